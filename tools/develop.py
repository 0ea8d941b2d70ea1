"""A real Home Assistant with the integration and the simulator's account in it.

`scripts/develop` runs it for developers; the end-to-end tests use the same functions.
"""

import argparse
import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import signal
import socket
import subprocess
import sys
import time
from typing import Any, Final
import urllib.error
import urllib.request
from zoneinfo import ZoneInfo

from tools import trial

CHECKOUT: Final = Path(__file__).resolve().parents[1]
INTEGRATION: Final = CHECKOUT / "custom_components" / "belfabriek"
BLUEPRINTS: Final = CHECKOUT / "blueprints" / "automation" / "belfabriek"
OWNER: Final = "8e1f0a3c5b7d49e2a6c4d8f1b3e5a7c9"
START_TIMEOUT: Final = 300
"""Seconds. The first start installs what Home Assistant requires."""
ACCOUNT: Final = {"account_pin": "12345"}
CALL_STATE: Final = {"supervisor_id": "1", "manager_id": "2", "account_id": "67890"}
API_PATH: Final = "/xml/agent/xml.asp"
EXTENSIONS: Final = "01001 Reception\n01002 Sales\n01003 Support\n01004 Workshop\n01005 Night desk"

_CONFIGURATION = """\
homeassistant:
  auth_providers:
    - type: trusted_networks
      allow_bypass_login: true
      trusted_networks: ["127.0.0.1/32", "::1/128"]
    - type: homeassistant
frontend:
history:
logbook:
my:
conversation:
config:
automation: !include automations.yaml
scene: !include scenes.yaml
schedule:
script: !include scripts.yaml
logger:
  default: warning
  logs:
    custom_components.belfabriek: info
    haffmpeg: critical
    homeassistant.components.camera.img_util: critical
    homeassistant.requirements: error
template:
  - light:
      - name: Busy light
        unique_id: busy_light
        turn_on: []
        turn_off: []
        set_level: []
        set_hs: []
"""
# What Home Assistant imports for voice. The packages have no wheel for Python 3.14, so each start
# would try to compile them. It finds these modules in its folder instead.
_STAND_INS = {"pymicro_vad": "MicroVad = object\n", "pyspeex_noise": "AudioProcessor = object\n"}
_RESTART_EXIT_CODE = 100


class Request:
    """JSON over HTTP, with an access token once there is one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.token: str | None = None

    def __call__(
        self,
        path: str,
        body: object = None,
        *,
        method: str | None = None,
        form: bytes | None = None,
    ) -> Any:  # noqa: ANN401 - whatever JSON says
        """Send a body as JSON, or a form, and return the JSON of the answer."""
        headers = {} if form else {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = form if form is not None else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310 - http
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - http
            return json.loads(response.read() or b"null")


def prepare(folder: Path, port: int, *, external_url: str | None = None) -> None:
    """Write the files that let Home Assistant start without onboarding; keep existing ones."""
    storage = folder / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    _write(folder / "configuration.yaml", _CONFIGURATION)
    for name in ("automations", "scenes", "scripts"):
        _write(folder / f"{name}.yaml", "")
    for name, text in _STAND_INS.items():
        _write(folder / f"{name}.py", text)
    _store(storage, "onboarding", 4, {"done": ["user", "core_config", "analytics", "integration"]})
    owner = {
        "id": OWNER,
        "group_ids": ["system-admin"],
        "is_owner": True,
        "is_active": True,
        "name": "Robin",
        "system_generated": False,
        "local_only": False,
    }
    auth = {"users": [owner], "groups": [], "credentials": [], "refresh_tokens": []}
    _store(storage, "auth", 1, auth)
    dashboard = {
        "id": "belfabriek_team",
        "url_path": "belfabriek-team",
        "title": "Team",
        "icon": "mdi:headset",
        "mode": "storage",
        "require_admin": False,
        "show_in_sidebar": True,
    }
    _store(storage, "lovelace_dashboards", 1, {"items": [dashboard]})
    strategy = {"strategy": {"type": "custom:belfabriek-team"}}
    _store(storage, "lovelace.belfabriek_team", 1, {"config": strategy})
    # Without a country, there is a repair issue, and the time zone is UTC.
    home = {
        "latitude": 52.09,
        "longitude": 5.12,
        "elevation": 0,
        "unit_system_v2": "metric",
        "location_name": "Home",
        "time_zone": "Europe/Amsterdam",
        "currency": "EUR",
        "country": "NL",
        "language": "en",
        "radius": 100,
        "external_url": external_url,
    }
    _store(storage, "core.config", 1, home, minor_version=4)
    # In configuration.yaml, Home Assistant would revert these settings after five minutes.
    http = {
        "server_host": ["127.0.0.1"],
        "server_port": port,
        "cors_allowed_origins": ["https://cast.home-assistant.io"],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": datetime.now(UTC).isoformat(),
        "error": None,
        "error_message": None,
    }
    data = {"stable": http, "pending": None, "yaml_migration_done": True}
    (storage / "http").unlink(missing_ok=True)
    _store(storage, "http", 2, data, minor_version=2)


def link(folder: Path) -> None:
    """Let Home Assistant read the integration and the blueprints where they are."""
    blueprints = folder / "blueprints" / "automation" / "belfabriek"
    links = {folder / "custom_components" / "belfabriek": INTEGRATION}
    links |= {blueprints / each.name: each for each in BLUEPRINTS.glob("*.yaml")}
    for target, source in links.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_symlink():  # also one of a checkout that has moved
            target.unlink()
        target.symlink_to(source)


@contextmanager
def running(
    command: Sequence[str | Path], log: Path, *, python_path: Path = CHECKOUT
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in its own process group, and end the whole group."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(python_path)},
            # Ctrl-C reaches the whole group of the terminal; these are ended below, in order.
            start_new_session=True,
        )
    try:
        yield process
    finally:
        for ending in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, ending)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
                break


def home_assistant(
    hass: Path, folder: Path, log: Path
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """Run a Home Assistant on a prepared folder until the end of the context."""
    skipped = ("--skip-pip-packages", ",".join(_STAND_INS).replace("_", "-"))
    command = (hass.absolute(), "--config", folder, "--log-no-color", *skipped)
    # Only the folder: another `custom_components` would hide the one in it.
    return running(command, log, python_path=folder)


def sign_in(url: str, process: subprocess.Popen[bytes]) -> Request:
    """Wait until Home Assistant runs, and return requests as its owner."""
    request = Request(url)
    client = {"client_id": f"{url}/"}
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"Home Assistant ended with {process.returncode}; see its log")
        try:
            flow = request(
                "/auth/login_flow",
                {**client, "handler": ["trusted_networks", None], "redirect_uri": f"{url}/"},
            )
            break
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
    if flow["type"] == "form":
        flow = request(f"/auth/login_flow/{flow['flow_id']}", {**client, "user": OWNER})
    form = f"grant_type=authorization_code&code={flow['result']}&client_id={url}/"
    request.token = request("/auth/token", form=form.encode())["access_token"]
    while request("/api/config")["state"] != "RUNNING":
        time.sleep(0.2)
    return request


def add_account(
    request: Request, url: str, extensions: str = EXTENSIONS, **changes: object
) -> Mapping[str, Any]:
    """Add the account of the simulator at `url` through the integration's own flow.

    Returns the result of the flow, which has `errors` if the form was refused.
    """
    flows = "/api/config/config_entries/flow"
    flow = request(flows, {"handler": "belfabriek"})
    account = {**ACCOUNT, "extensions": extensions, "call_state": CALL_STATE, **changes}
    connection = {"url": url + API_PATH, "allow_unencrypted": False}
    result: Mapping[str, Any] = request(
        f"{flows}/{flow['flow_id']}", {**account, "connection": connection}
    )
    return result


def _write(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text)


def _store(folder: Path, key: str, version: int, data: object, *, minor_version: int = 1) -> None:
    content = {"version": version, "minor_version": minor_version, "key": key, "data": data}
    _write(folder / key, json.dumps(content))


def ensure_free(port: int) -> None:
    """Exit if a port is in use; its server would be mistaken for ours."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            sys.exit(f"Port {port} is in use: choose others with --port and --simulator-port.")


def _add_statistics(request: Request, folder: Path, agents: int) -> None:
    """Fill the graphs of a new account."""
    zone = ZoneInfo(request("/api/config")["time_zone"])
    states = request("/api/states")
    statistics = trial.statistics(states, agents, zone)
    asyncio.run(trial.import_statistics(request.url, request.token, statistics))
    trial.write_short_term(folder / "home-assistant_v2.db", states, agents, zone)


def main() -> None:
    """Run both until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="scripts/develop", description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--simulator-port", type=int, default=8480, help="of a new folder")
    parser.add_argument("--agents", type=int, help="size of the team, of a new folder")
    parser.add_argument("--config-dir", type=Path, default=CHECKOUT / ".homeassistant")
    parser.add_argument("--hass", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    for port in (options.port, options.simulator_port):
        ensure_free(port)
    folder: Path = options.config_dir.absolute()
    url = f"http://127.0.0.1:{options.port}"
    # So that the website line works in a page on this machine.
    prepare(folder, options.port, external_url=url)
    link(folder)
    simulated = f"http://127.0.0.1:{options.simulator_port}"
    credentials = ", ".join(f"{name} {value}" for name, value in (ACCOUNT | CALL_STATE).items())
    credentials = credentials.replace("_pin", " PIN").replace("_id", " ID")
    team = trial.team(options.agents)
    extensions = "\n".join(f"{extension_id} {name}" for extension_id, name in team.items())
    program = ("tools.trial", "--agents", str(len(team))) if options.agents else ("simulator",)
    simulator = (sys.executable, "-m", *program, "--port", str(options.simulator_port))
    print(f"Starting Home Assistant; the first start takes a minute. Log: {folder}/run.log")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt), running(simulator, folder / "simulator.log"):
        exit_code = _RESTART_EXIT_CODE
        # A restart in the browser loads changed code.
        while exit_code == _RESTART_EXIT_CODE:
            with home_assistant(options.hass, folder, folder / "run.log") as process:
                request = sign_in(url, process)
                if not request("/api/config/config_entries/entry?domain=belfabriek"):
                    result = add_account(request, simulated, extensions)
                    if errors := result.get("errors"):
                        print(f"The account was not added: {errors}", file=sys.stderr)
                    else:
                        _add_statistics(request, folder, len(team))
                print(f"Home Assistant: {url}/belfabriek-team")
                print(f"Simulator:      {simulated}{API_PATH}")
                print(f"Credentials:    {credentials}")
                print(f"Extensions, one on each line:\n{extensions}")
                print("Press Ctrl-C to stop both.", flush=True)
                exit_code = process.wait()
        sys.exit(f"Home Assistant ended with {exit_code}; see {folder}/run.log")


if __name__ == "__main__":
    main()
