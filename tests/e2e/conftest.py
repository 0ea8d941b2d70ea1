"""A Home Assistant that runs with the release archive in it, the simulator, and a browser."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
import json
import os
from pathlib import Path
import shutil
import socket
import subprocess
import sys
import time
from typing import Any, Final
import zipfile

from playwright.sync_api import Page
import pytest

from tools import develop

ARCHIVE: Final = develop.CHECKOUT / "dist" / "belfabriek.zip"
EVIDENCE: Final = develop.CHECKOUT / "dist" / "e2e"
LIMIT: Final = 60.0
"""Seconds that a journey waits for anything; a machine under load is slow."""


def texts(language: str) -> dict[str, Any]:
    """Return the integration's texts in a language."""
    path = develop.INTEGRATION / "translations" / f"{language}.json"
    content: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return content


class Home:
    """A Home Assistant and the simulator that its accounts ask."""

    def __init__(self, folder: Path, hass: Path) -> None:
        self.folder = folder
        self.hass = hass
        self.port, self.simulator_port = _free_port(), _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.simulator = develop.Request(f"http://127.0.0.1:{self.simulator_port}")
        self.log = folder / "run.log"
        develop.prepare(folder, self.port)
        configuration = folder / "configuration.yaml"
        shutil.rmtree(folder / "custom_components", ignore_errors=True)
        target = folder / "custom_components" / "belfabriek"
        with zipfile.ZipFile(ARCHIVE) as archive:
            archive.extractall(target)
        assert configuration.exists()
        for blueprint in develop.BLUEPRINTS.glob("*.yaml"):
            copy = folder / "blueprints" / "automation" / "belfabriek" / blueprint.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(blueprint.read_bytes())
        self.request = develop.Request(self.url)

    def running(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """Run Home Assistant until the end of the context."""
        command, environment = develop.home_assistant(self.hass, self.folder)
        return develop.running(command, self.log, **environment)

    def serve(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """Run the simulator until the end of the context; nobody moves by himself."""
        command = [
            sys.executable,
            "-m",
            "simulator",
            "--no-live",
            "--port",
            str(self.simulator_port),
        ]
        return develop.running(
            command, self.folder / "simulator.log", PYTHONPATH=str(develop.CHECKOUT)
        )

    def sign_in(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until Home Assistant runs."""
        self.request = develop.sign_in(self.url, process)

    def add_account(self, **changes: str) -> str:
        """Add the simulator's account over HTTP and return the entry's ID."""
        result = develop.add_account(self.request, self.simulator.url, **changes)
        assert result["type"] == "create_entry", result
        self.wait_for({"sensor.reception_status": "ready"})
        entry_id: str = result["result"]["entry_id"]
        return entry_id

    def reset(self) -> None:
        """Remove every account, and let the simulator be as at its start."""
        self.simulator("/control/faults", method="DELETE")
        for extension in self.simulator("/control/extensions"):
            self.set_extension(extension["id"], available=True, reason="-", call_state="idle")
        self.simulator("/control/account", {"pin": "12345"}, method="PUT")
        for entry in self.request("/api/config/config_entries/entry?domain=belfabriek"):
            path = f"/api/config/config_entries/entry/{entry['entry_id']}"
            self.request(path, method="DELETE")

    def set_extension(self, extension_id: str, **changes: object) -> None:
        """Let an agent do something."""
        self.simulator(f"/control/extensions/{extension_id}", changes, method="PUT")

    def states(self) -> dict[str, str]:
        """Return every state by entity ID."""
        return {each["entity_id"]: each["state"] for each in self.request("/api/states")}

    def wait_for(self, expected: dict[str, str]) -> None:
        """Wait until entities have these states."""

        def found() -> dict[str, str | None]:
            states = self.states()
            return {entity_id: states.get(entity_id) for entity_id in expected}

        wait_until(lambda: found() == expected, lambda: str(found()))

    def problems(self) -> list[str]:
        """Return the warnings and errors in Home Assistant's log that name the integration."""
        return [
            line
            for line in self.log.read_text("utf-8", "replace").splitlines()
            if "belfabriek" in line
            and (" WARNING " in line or " ERROR " in line)
            and "has not been tested by Home Assistant" not in line
            and "Error fetching" not in line  # what an outage logs once
        ]


def wait_until(condition: Callable[[], bool], describe: Callable[[], str] = lambda: "") -> None:
    """Wait for something that takes as long as it takes."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, describe()
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def running_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Run one Home Assistant for all journeys that can share it."""
    home = Home(tmp_path_factory.mktemp("home"), develop.CHECKOUT / ".venv-home/bin/hass")
    with home.serve(), home.running() as process:
        home.sign_in(process)
        yield home


@pytest.fixture
def home(running_home: Home) -> Iterator[Home]:
    """Return a Home Assistant without an account, and look at its log after the journey."""
    before = len(running_home.problems())
    yield running_home
    running_home.reset()
    assert running_home.problems()[before:] == []


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium; as root in a container there is no sandbox."""
    arguments = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return {
        **browser_type_launch_args,
        "executable_path": shutil.which("chromium"),
        "args": arguments,
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Open windows without animations and without a store of old answers."""
    return {
        **browser_context_args,
        "reduced_motion": "reduce",
        "service_workers": "block",
        "viewport": {"width": 1280, "height": 900},
    }


@pytest.fixture
def page(page: Page, home: Home, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open a page in which nothing of the integration's fails; leave a picture of its end."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"{error} {error.stack}"))
    page.set_default_timeout(LIMIT * 1000)
    yield page
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=EVIDENCE / f"{request.node.name}.png")
    assert not [each for each in problems if "belfabriek" in each]


def open_page(page: Page, home: Home, path: str, language: str = "en") -> None:
    """Open a page of Home Assistant in a language."""
    page.add_init_script(f"localStorage.setItem('selectedLanguage', '\"{language}\"')")
    page.goto(f"{home.url}{path}")
