"""What is left of a journey that failed: an assertion alone rarely tells what the user saw."""

from pathlib import Path
import re
from typing import Final

from playwright.async_api import Error, Page

from .log_book import LogBook

# Of the log; what led to a failure is hardly ever further back.
_LINES: Final = 60


class Evidence:
    """Prints what there is to know about one journey, and keeps it in a folder."""

    def __init__(self, folder: Path, journey: str) -> None:
        self._folder = folder
        self._name = re.sub(r"[^\w-]+", "-", journey).strip("-")

    async def keep_page(self, page: Page) -> None:
        """Keep what a page shows, which may be nothing any more."""
        try:
            path = self._path("png")
            await page.screenshot(path=path)
            _show(f"{path} is the screenshot of {page.url}, which shows:")
            _show(await page.locator("body").aria_snapshot())
        except Error as error:
            _show(f"There is no screenshot: {error}")

    def keep_log(self, log: LogBook) -> None:
        """Keep everything that Home Assistant has logged."""
        path = self._path("log")
        path.write_text(log.text)
        _show(f"{path} is the log of Home Assistant, which ends with:")
        _show(log.tail(_LINES))

    def _path(self, suffix: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{self._name}.{suffix}"


def _show(text: str) -> None:
    print(text)  # noqa: T201 - pytest shows what a journey that fails has printed
