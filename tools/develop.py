"""A real Home Assistant with the integration and the simulator's account in it.

`scripts/develop` runs it for a person; the end-to-end tests use the same functions.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time
from typing import Any, Final
import urllib.error
import urllib.request

CHECKOUT: Final = Path(__file__).resolve().parents[1]
INTEGRATION: Final = CHECKOUT / "custom_components" / "belfabriek"
BLUEPRINTS: Final = CHECKOUT / "blueprints" / "automation" / "belfabriek"
OWNER: Final = "8e1f0a3c5b7d49e2a6c4d8f1b3e5a7c9"
START_TIMEOUT: Final = 300
"""Seconds. The first start installs what Home Assistant requires."""
ACCOUNT: Final = {"account_pin": "12345"}
CALL_STATE: Final = {"supervisor_id": "1", "manager_id": "2", "account_id": "67890"}
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
lovelace:
  dashboards:
    belfabriek-team:
      mode: yaml
      title: Team
      icon: mdi:headset
      filename: team.yaml
automation: !include automations.yaml
scene: !include scenes.yaml
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
# Home Assistant installs these two for voice, which needs a compiler on some machines.
_STAND_INS = ("pymicro-vad", "pyspeex-noise")


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


def prepare(folder: Path, port: int) -> None:
    """Write what lets Home Assistant start without its onboarding; keep what is there."""
    storage = folder / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    _write(folder / "configuration.yaml", _CONFIGURATION)
    _write(folder / "team.yaml", "strategy:\n  type: custom:belfabriek-team\n")
    for name in ("automations", "scenes", "scripts"):
        _write(folder / f"{name}.yaml", "")
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
    # In configuration.yaml these settings would be on trial, and undone after five minutes.
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
    for target, source in (
        (folder / "custom_components" / "belfabriek", INTEGRATION),
        *(
            (folder / "blueprints" / "automation" / "belfabriek" / each.name, each)
            for each in BLUEPRINTS.glob("*.yaml")
        ),
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            target.symlink_to(source)


@contextmanager
def running(
    command: Sequence[str | Path], log: Path, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process of a group of its own, and end it with all that it started."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
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


def home_assistant(hass: Path, folder: Path) -> tuple[Sequence[str | Path], dict[str, str]]:
    """Return the command that runs Home Assistant on a folder, and its environment."""
    command: list[str | Path] = [
        hass,
        "--config",
        folder,
        "--log-no-color",
        "--skip-pip-packages",
        ",".join(_STAND_INS),
    ]
    return command, {"PYTHONPATH": str(Path(__file__).with_name("stand_ins"))}


def sign_in(url: str, process: subprocess.Popen[bytes]) -> Request:
    """Wait until Home Assistant runs, and return requests as its owner, who needs no password."""
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
    request: Request, url: str, extensions: str = EXTENSIONS, **changes: str
) -> Mapping[str, Any]:
    """Add the account of the simulator at `url` through the integration's own flow."""
    flows = "/api/config/config_entries/flow"
    flow = request(flows, {"handler": "belfabriek"})
    account = {**ACCOUNT, "extensions": extensions, "call_state": CALL_STATE, **changes}
    connection = {"url": f"{url}/xml/agent/xml.asp", "allow_unencrypted": False}
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


def main() -> None:
    """Run both until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="scripts/develop", description=__doc__)
    parser.add_argument("--port", type=int, default=8123)
    parser.add_argument("--simulator-port", type=int, default=8480)
    parser.add_argument("--config-dir", type=Path, default=CHECKOUT / ".homeassistant")
    parser.add_argument("--hass", type=Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder: Path = options.config_dir.absolute()
    prepare(folder, options.port)
    link(folder)
    url, simulated = (
        f"http://127.0.0.1:{options.port}",
        f"http://127.0.0.1:{options.simulator_port}",
    )
    simulator = [sys.executable, "-m", "simulator", "--port", str(options.simulator_port)]
    command, environment = home_assistant(options.hass, folder)
    print(f"Starting Home Assistant; the first start takes a minute. Log: {folder}/run.log")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        suppress(KeyboardInterrupt),
        running(simulator, folder / "simulator.log"),
        running(command, folder / "run.log", **environment) as process,
    ):
        request = sign_in(url, process)
        entries = request("/api/config/config_entries/entry?domain=belfabriek")
        if not entries:
            add_account(request, simulated)
        print(f"Home Assistant: {url}/belfabriek-team   Simulator: {simulated}   Ctrl-C ends both.")
        while process.poll() is None:
            time.sleep(0.5)


if __name__ == "__main__":
    main()
