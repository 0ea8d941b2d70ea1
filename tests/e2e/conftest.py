"""One Home Assistant at a time, and a browser in front of it."""

from collections.abc import AsyncIterator, Generator
from inspect import signature
from pathlib import Path
import sys
from typing import Final

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
import pytest

from .album import SCALE, Album
from .browser import Language, PageProblems, launch, signed_in
from .home import CHECKOUT, Home, Release, running_home
from .previous_release import previous_release
from .waiting import LIMIT

_HERE: Final = Path(__file__).parent
_ARCHIVE: Final = CHECKOUT / "dist/belfabriek.zip"

_FAILED: Final = pytest.StashKey[bool]()

PRESENT: Final = "present"
PREVIOUS: Final = "previous"
_HASS: Final = {
    PRESENT: Path(sys.executable).with_name("hass"),
    "oldest": CHECKOUT / ".venv-oldest/bin/hass",
    "newest": CHECKOUT / ".venv-newest/bin/hass",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what `scripts/screenshots` passes on."""
    parser.addoption(
        "--screenshots", type=Path, metavar="DIR", help="take the screenshots of the README"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell what the mark means."""
    config.addinivalue_line("markers", "e2e: a journey in a real Home Assistant")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the journeys, so that everything else can be run without them."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.e2e)
    if config.getoption("--screenshots"):
        items[:] = [item for item in items if _takes_screenshots(item)]


def _takes_screenshots(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "album" in signature(item.function).parameters


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the fixtures know that the journey failed."""
    report = yield
    if call.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def archive() -> Path:
    """Return what HACS would download."""
    if not _ARCHIVE.exists():
        pytest.fail(f"{_ARCHIVE.relative_to(CHECKOUT)} is not there: scripts/package makes it")
    return _ARCHIVE


@pytest.fixture(scope="session")
async def running(
    request: pytest.FixtureRequest, archive: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Home]:
    """Run a Home Assistant: one at a time, that of the checkout unless told.

    `oldest` and `newest` are other versions of it; `previous` has the release before this one.
    """
    which: str = getattr(request, "param", PRESENT)
    if which == PREVIOUS:
        archive = previous_release(tmp_path_factory.mktemp("archive"))
    release = Release(hass=_HASS.get(which, _HASS[PRESENT]), archive=archive)
    async with running_home(tmp_path_factory.mktemp(which), release) as home:
        yield home


@pytest.fixture
async def home(running: Home) -> AsyncIterator[Home]:
    """Return a Home Assistant without an account, and make sure that its log stays clean."""
    await running.ensure_started()
    running.log.turn_page()
    yield running
    await running.ensure_started()
    await running.reset()
    assert not running.log.problems
    assert running.simulator.account.pin not in running.log.page


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Run a browser."""
    async with async_playwright() as playwright, await launch(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def album(pytestconfig: pytest.Config) -> Album:
    """Return where the screenshots go, if there are to be any."""
    return Album(pytestconfig.getoption("--screenshots"))


@pytest.fixture(scope="session")
async def window(
    request: pytest.FixtureRequest, chromium: Browser, running: Home, album: Album
) -> AsyncIterator[BrowserContext]:
    """Open a window in which the owner is signed in, and reads English unless told."""
    expect.set_options(timeout=LIMIT * 1000)
    language: Language = getattr(request, "param", "en")
    scale = SCALE if album.is_open else 1
    async with signed_in(chromium, running, language, scale) as context:
        yield context


@pytest.fixture
async def page(
    window: BrowserContext, home: Home, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """Open a page, and make sure that the integration's part of it reports no error."""
    page = await window.new_page()
    problems = PageProblems(page)
    yield page
    if request.node.stash.get(_FAILED, False):
        # What the user would have seen: an assertion alone rarely tells.
        await page.screenshot(path=home.folder / f"{request.node.name}.png")
        print(f"{home.folder}/{request.node.name}.png shows:")  # noqa: T201
        print(await page.locator("body").aria_snapshot())  # noqa: T201
    await page.close()
    assert not problems.found
