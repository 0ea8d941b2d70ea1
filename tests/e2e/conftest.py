"""One Home Assistant at a time, and a browser in front of it."""

from collections.abc import AsyncIterator, Generator
from inspect import signature
from pathlib import Path
import signal
import sys
from typing import Final

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
import pytest

from .album import SCALE, Album
from .browser import PageProblems, launch, signed_in
from .evidence import Evidence
from .home import CHECKOUT, Home, Release, running_home
from .languages import Language
from .previous_release import previous_release
from .waiting import LIMIT

_HERE: Final = Path(__file__).parent
_ARCHIVE: Final = CHECKOUT / "dist/belfabriek.zip"

_EVIDENCE: Final = CHECKOUT / "dist/e2e"
_PROOFS: Final = CHECKOUT / "dist/screenshots"
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
    """Tell what the mark means, and end in good order when a machine is told to stop."""
    config.addinivalue_line("markers", "e2e: a journey in a real Home Assistant")
    # As Ctrl-C does: the processes that were started would go on without us.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the journeys, so that everything else can be run without them."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.e2e)
    if config.getoption("--screenshots"):
        others = [item for item in items if not _takes_screenshots(item)]
        config.hook.pytest_deselected(items=others)
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
    # Its end is nobody's journey.
    assert not home.log.problems


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Evidence:
    """Return where to leave what tells why the journey failed."""
    return Evidence(_EVIDENCE, request.node.name)


@pytest.fixture
async def home(
    running: Home, evidence: Evidence, request: pytest.FixtureRequest
) -> AsyncIterator[Home]:
    """Return a Home Assistant without an account, and make sure that its log stays clean."""
    await running.ensure_started()
    yield running
    if request.node.stash.get(_FAILED, False):
        evidence.keep_log(running.log)
    try:
        await running.ensure_started()
        await running.reset()
        assert not running.log.problems
        assert running.simulator.account.pin not in running.log.page
    finally:
        running.log.turn_page()


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Run a browser."""
    async with async_playwright() as playwright, await launch(playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def album(pytestconfig: pytest.Config) -> Album:
    """Return where the screenshots go, if there are to be any."""
    return Album(pytestconfig.getoption("--screenshots"), _PROOFS)


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
    window: BrowserContext, home: Home, evidence: Evidence, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """Open a page, and make sure that the integration's part of it reports no error."""
    page = await window.new_page()
    problems = PageProblems(page)
    yield page
    if request.node.stash.get(_FAILED, False):
        await evidence.keep_page(page)
    await page.close()
    assert not problems.found
