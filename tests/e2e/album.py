"""The screenshots of the README, taken on the way of the journeys."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Final, Literal

from PIL import Image
from playwright.async_api import FloatRect, Page, ViewportSize

from .waiting import eventually

type Theme = Literal["light", "dark"]

# Pixels, in each direction, for one of the page: sharp on every screen.
SCALE: Final = 2

WINDOW: Final = ViewportSize(width=1280, height=900)
# High enough for a whole form; a dialog takes what it needs of it.
DIALOG: Final = ViewportSize(width=1280, height=1200)
# High enough for what is on them, and no higher.
ACCOUNT_PAGE: Final = ViewportSize(width=1280, height=1400)
DEVICE_PAGE: Final = ViewportSize(width=1280, height=960)
DASHBOARD: Final = ViewportSize(width=1280, height=620)
EDITOR: Final = ViewportSize(width=1280, height=1000)
PHONE: Final = ViewportSize(width=412, height=960)

_MARGIN: Final = 16
# Through the shadow trees in which Home Assistant's pages are built.
_BLUR: Final = """() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    element?.blur();
}"""
_NOTHING_BEHIND: Final = "home-assistant-main { visibility: hidden }"
# More than an interface has, and what one byte can tell apart.
_COLORS: Final = 256
_SUFFIXES: Final[Mapping[Theme, str]] = {"light": "", "dark": "-dark"}


class Album:
    """Takes screenshots into a folder, and proofs into another; without one it does nothing."""

    def __init__(self, folder: Path | None, proofs: Path) -> None:
        self._folder = folder
        self._proofs = proofs

    @property
    def is_open(self) -> bool:
        """Whether screenshots are taken at all."""
        return self._folder is not None

    async def take(self, page: Page, name: str, *, window: ViewportSize = WINDOW) -> None:
        """Take what a window of a size shows, light and dark; of a dialog no more than itself."""
        if self._folder is None:
            return
        async with _posing(page, window):
            for theme, suffix in _SUFFIXES.items():
                await page.emulate_media(color_scheme=theme)
                _save(await _shot(page), self._folder / f"{name}{suffix}.png")
            await page.emulate_media(color_scheme="light")

    async def prove(self, page: Page, name: str, *, window: ViewportSize = DIALOG) -> None:
        """Take what nobody but us is to look at: whether all is translated, and fits."""
        if self._folder is None:
            return
        async with _posing(page, window):
            _save(await _shot(page), self._proofs / f"{name}.png")


@asynccontextmanager
async def _posing(page: Page, window: ViewportSize) -> AsyncIterator[None]:
    """Give a page a size, and let nothing in it light up because somebody is using it."""
    await page.set_viewport_size(window)
    await page.mouse.move(0, 0)
    await page.evaluate(_BLUR)
    yield
    await page.set_viewport_size(WINDOW)


async def _shot(page: Page) -> bytes:
    """Return a picture of a page that has come to rest: icons, graphs and texts arrive late."""
    last = b""

    async def take() -> tuple[bytes, bytes]:
        nonlocal last
        dialog = await _dialog(page)
        before, last = (
            last,
            await page.screenshot(
                animations="disabled",
                clip=dialog,
                style=None if dialog is None else _NOTHING_BEHIND,
            ),
        )
        return before, last

    await eventually(take, lambda pair: pair[0] == pair[1], "the page to come to rest")
    return last


async def _dialog(page: Page) -> FloatRect | None:
    """Return where the open dialog is, with some of what is behind it; `None` without one."""
    dialog = page.locator("dialog[open]").last
    box = await dialog.bounding_box() if await dialog.count() else None
    if box is None:
        return None
    return FloatRect(
        x=box["x"] - _MARGIN,
        y=box["y"] - _MARGIN,
        width=box["width"] + 2 * _MARGIN,
        height=box["height"] + 2 * _MARGIN,
    )


def _save(picture: bytes, path: Path) -> None:
    """Save a picture in as few bytes as it looks the same in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(BytesIO(picture)) as image:
        image.convert("RGB").quantize(_COLORS, dither=Image.Dither.NONE).save(path, optimize=True)
