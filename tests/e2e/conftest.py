"""A Home Assistant that most tests share, and a browser."""

from collections.abc import Callable, Iterator
import os
import shutil
import signal
from typing import Any

from playwright.sync_api import Page, expect
import pytest

from tools import develop

from .home import EVIDENCE, LIMIT, Home
from .pages import Pages


def pytest_configure(config: pytest.Config) -> None:
    """Exit cleanly on SIGTERM; otherwise, the started processes would continue."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def running_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Run one Home Assistant."""
    home = Home(tmp_path_factory.mktemp("home"), develop.CHECKOUT / ".venv-journeys/bin/hass")
    with home.running():
        yield home


@pytest.fixture
def home(running_home: Home) -> Iterator[Home]:
    """Return a Home Assistant without an account, and check its log after the test."""
    yield running_home
    try:
        running_home.reset()
    finally:
        running_home.check_log()


@pytest.fixture
def picture(page: Page, pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Return a function that saves a screenshot of the whole page, with `--screenshot on`."""

    def function(name: str) -> None:
        if pytestconfig.getoption("--screenshot") == "on":
            EVIDENCE.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=EVIDENCE / f"{name}.png", full_page=True)

    return function


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium if there is one; as root in a container there is no sandbox."""
    arguments = ["--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    executable = shutil.which("chromium")
    return {**browser_type_launch_args, "executable_path": executable, "args": arguments}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Open windows without animations and without a cache."""
    return {
        **browser_context_args,
        "reduced_motion": "reduce",
        "service_workers": "block",
        "timezone_id": "Europe/Amsterdam",
        "viewport": {"width": 1280, "height": 900},
    }


@pytest.fixture
def page(page: Page, home: Home) -> Iterator[Page]:
    """Open a page, and fail on errors of the integration."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(f"{error} {error.stack}"))
    page.on("console", lambda message: problems.append(f"{message.type} {message.text}"))
    page.set_default_timeout(LIMIT * 1000)
    expect.set_options(timeout=LIMIT * 1000)
    yield page
    # The account is removed while the page still shows it.
    page.goto("about:blank")
    quiet = ("log ", "info ", "debug ")
    assert [each for each in problems if "belfabriek" in each and not each.startswith(quiet)] == []


@pytest.fixture
def pages(page: Page, home: Home, request: pytest.FixtureRequest) -> Pages:
    """Return the pages of a user, by default in English."""
    return Pages(page, home, getattr(request, "param", "en"))
