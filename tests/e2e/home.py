"""A running Home Assistant with the release archive, and the simulator that it polls."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
import os
from pathlib import Path
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import Any, Final
import zipfile

from tools import develop

ARCHIVE: Final = develop.CHECKOUT / "dist/belfabriek.zip"
EVIDENCE: Final = develop.CHECKOUT / "dist/e2e"
LIMIT: Final = 60.0
"""Seconds to wait for anything; a machine under load is slow."""

# Not part of any other number in a log or on a page: if it is shown, it leaked.
PIN: Final = "83615204"
CALL_STATE: Final = {
    "supervisor_id": "74018265",
    "manager_id": "74028391",
    "account_id": "59317246",
}
EXTENSIONS: Final = dict(line.split(maxsplit=1) for line in develop.EXTENSIONS.splitlines())

STATUS: Final = "sensor.reception"
ON_CALL: Final = "binary_sensor.reception_on_a_call"
SALES: Final = "sensor.sales"

AVAILABILITY: Final = "ivr.getAgentAvail"
CALL_STATE_METHOD: Final = "general.getExtensionStatus"

_FLOWS: Final = "/api/config/config_entries"
_AUTOMATIONS: Final = "/api/config/automation/config"
# The warning about custom integrations.
_CUSTOM: Final = "has not been tested by Home Assistant"


class Home:
    """A Home Assistant and the simulator that its accounts poll."""

    def __init__(self, folder: Path, hass: Path) -> None:
        self.folder = folder
        self.log = folder / "run.log"
        self.expected: list[str] = []
        self._hass = hass
        self._port, simulator_port = _free_port(), _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self.simulator = develop.Request(f"http://127.0.0.1:{simulator_port}")
        self.request = develop.Request(self.url)
        self._stack = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self._seen = 0
        develop.prepare(folder, self._port)
        self.install(ARCHIVE)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run both until the end of the context. The agents have no schedules."""
        port = self.simulator.url.rpartition(":")[2]
        command = (sys.executable, "-m", "simulator", "--no-live", "--port", port)
        with develop.running(command, self.folder / "simulator.log"):
            wait_until(self._simulator_answers, "the simulator")
            self.reset_simulator()
            try:
                self.start()
                yield
            finally:
                self.stop()

    def install(self, archive: Path) -> None:
        """Unpack a release where HACS would; Home Assistant loads it at its next start."""
        target = self.folder / "custom_components/belfabriek"
        shutil.rmtree(target, ignore_errors=True)
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(target)

    def start(self) -> None:
        """Start Home Assistant and wait until everything is set up."""
        process = develop.home_assistant(self._hass, self.folder, self.log)
        self._process = self._stack.enter_context(process)
        self.request = develop.sign_in(self.url, self._process)

    def stop(self) -> None:
        """Stop Home Assistant."""
        self._stack.close()
        self._process = None

    def kill(self) -> None:
        """Kill Home Assistant, as in a power failure: it saves nothing."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self.stop()

    def restart(self) -> None:
        """Stop Home Assistant and start it again."""
        self.stop()
        self.start()

    def add_account(self, *extension_ids: str, options: dict[str, Any] | None = None) -> str:
        """Add an account with extensions (all if none is given) and return the entry's ID."""
        lines = "\n".join(f"{each} {EXTENSIONS[each]}" for each in extension_ids or EXTENSIONS)
        result = develop.add_account(
            self.request, self.simulator.url, lines, account_pin=PIN, call_state=CALL_STATE
        )
        assert result["type"] == "create_entry", result
        entry_id: str = result["result"]["entry_id"]
        if options is not None:
            flow = self.request(f"{_FLOWS}/options/flow", {"handler": entry_id})
            for answer in ({"next_step_id": "polling"}, options):
                self.request(f"{_FLOWS}/options/flow/{flow['flow_id']}", answer)
        self.wait_for({STATUS: "ready"})
        return entry_id

    def add_extension(self, entry_id: str, extension_id: str) -> None:
        """Add an extension to an account."""
        flow = self.request(f"{_FLOWS}/subentries/flow", {"handler": [entry_id, "extension"]})
        answer = {"extensions": f"{extension_id} {EXTENSIONS[extension_id]}"}
        self.request(f"{_FLOWS}/subentries/flow/{flow['flow_id']}", answer)

    def agent(self, extension_id: str, **changes: object) -> None:
        """Set the state of an agent: `call_state`, `available`, `reason`."""
        self.simulator(f"/control/extensions/{extension_id}", changes, method="PUT")

    def inject(self, name: str, **options: object) -> None:
        """Activate a fault of the simulator."""
        self.simulator("/control/faults", {"name": name, **options}, method="PUT")

    def clear_faults(self) -> None:
        """Remove all faults."""
        self.simulator("/control/faults", method="DELETE")

    def calls(self, method: str) -> list[datetime]:
        """Return when a method of the vendor's API was called."""
        calls = self.simulator("/control/requests")
        return [datetime.fromisoformat(each["time"]) for each in calls if each["method"] == method]

    def forget_calls(self) -> None:
        """Clear the list of calls."""
        self.simulator("/control/requests", method="DELETE")

    def set_pin(self, pin: str) -> None:
        """Change the PIN that the simulator accepts."""
        self.simulator("/control/account", {"pin": pin}, method="PUT")

    def act(self, action: str, **data: object) -> None:
        """Perform an action."""
        self.request(f"/api/services/{action.replace('.', '/')}", data)

    def ask(self, question: str, language: str) -> str:
        """Return what Assist answers."""
        asked = {"text": question, "language": language}
        answer = self.request("/api/conversation/process", asked)["response"]["speech"]
        speech: str = answer["plain"]["speech"]
        return speech

    def poll(self) -> None:
        """Poll the account now instead of at its interval."""
        self.act("homeassistant.update_entity", entity_id="sensor.belfabriek_extensions_ready")

    def states(self) -> dict[str, str]:
        """Return every state by entity ID."""
        return {each["entity_id"]: each["state"] for each in self.request("/api/states")}

    def attributes(self, entity_id: str) -> dict[str, Any]:
        """Return the attributes of an entity."""
        attributes: dict[str, Any] = self.request(f"/api/states/{entity_id}")["attributes"]
        return attributes

    def wait_for(self, expected: Mapping[str, str | None]) -> None:
        """Wait until entities have these states; `None` means that there is no such entity."""
        found: dict[str, str | None] = {}

        def matches() -> bool:
            states = self.states()
            found.update({entity_id: states.get(entity_id) for entity_id in expected})
            return found == expected

        wait_until(matches, f"{expected}", lambda: f"{found}")

    def reset(self) -> None:
        """Remove everything that a test added, in Home Assistant and in the simulator."""
        self.reset_simulator()
        if self._process is None:
            self.start()
        for entry in self.request(f"{_FLOWS}/entry?domain=belfabriek"):
            self.request(f"{_FLOWS}/entry/{entry['entry_id']}", method="DELETE")
        for entity_id in self.states():
            if entity_id.startswith("automation."):
                automation = self.attributes(entity_id)["id"]
                self.request(f"{_AUTOMATIONS}/{automation}", method="DELETE")

    def reset_simulator(self) -> None:
        """Reset the simulator: the account, all agents ready, no faults."""
        self.clear_faults()
        self.simulator("/control/account", {"pin": PIN, **CALL_STATE}, method="PUT")
        for extension_id in EXTENSIONS:
            self.agent(extension_id, available=True, reason="-", call_state="idle")

    def reload(self, entry_id: str) -> None:
        """Reload an account."""
        self.request(f"{_FLOWS}/entry/{entry_id}/reload", method="POST")

    def diagnostics(self, entry_id: str) -> Any:  # noqa: ANN401 - whatever JSON says
        """Return the diagnostics of an account, which its menu downloads."""
        return self.request(f"/api/diagnostics/config_entry/{entry_id}")["data"]

    def new_log(self) -> str:
        """Return what Home Assistant has logged since the last time."""
        text = self.log.read_text("utf-8", "replace")
        new, self._seen = text[self._seen :], len(text)
        return new

    def check_log(self) -> None:
        """Check that the new log entries have no warning of the integration and no secret."""
        log, expected = self.new_log(), (_CUSTOM, *self.expected)
        self.expected = []
        problems = [
            line
            for line in log.splitlines()
            if "belfabriek" in line.lower()
            and any(f" {level} " in line for level in ("WARNING", "ERROR", "CRITICAL"))
            and not any(text in line for text in expected)
        ]
        assert problems == []
        assert [each for each in (PIN, *CALL_STATE.values()) if each in log] == []

    def _simulator_answers(self) -> bool:
        try:
            return bool(self.simulator("/control/extensions"))
        except OSError:
            return False


def wait_until(
    condition: Callable[[], bool], what: str, describe: Callable[[], str] = lambda: ""
) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what}; the last was {describe()}"
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
