"""A browser, signed in as the owner of a Home Assistant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
import shutil
import time
from typing import Final

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

from development.account import DOMAIN
from development.onboarding import CLIENT_ID

from .album import WINDOW
from .home import Home
from .languages import Language
from .waiting import LIMIT

# As root in a container there is no sandbox; the rest looks for servers that nobody needs here.
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Long enough for every page that is opened with it.
_TOKEN_SECONDS: Final = 1800


async def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium, or Playwright's own where the system has none."""
    return await playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=_ARGUMENTS
    )


@asynccontextmanager
async def signed_in(
    browser: Browser, home: Home, language: Language = "en", scale: float = 1
) -> AsyncIterator[BrowserContext]:
    """Open a window of its own, in which Home Assistant asks for no login.

    `scale` is the number of pixels, in each direction, that a screenshot has for one of the page.
    """
    tokens = {
        "hassUrl": str(home.url).rstrip("/"),
        "clientId": CLIENT_ID,
        "access_token": home.tokens.access,
        "refresh_token": home.tokens.refresh,
        "token_type": "Bearer",
        "expires_in": _TOKEN_SECONDS,
        "expires": (time.time() + _TOKEN_SECONDS) * 1000,
    }
    stored = {"hassTokens": tokens, "selectedLanguage": language}
    context = await browser.new_context(
        base_url=str(home.url),
        viewport=WINDOW,
        device_scale_factor=scale,
        locale=language,
        timezone_id="Europe/Amsterdam",
        # Every dialog would slide in, and every click wait for it.
        reduced_motion="reduce",
        # It would answer from its own store what a restarted Home Assistant is asked.
        service_workers="block",
        storage_state={
            "origins": [
                {
                    "origin": str(home.url.origin()),
                    "localStorage": [
                        {"name": name, "value": json.dumps(value)} for name, value in stored.items()
                    ],
                }
            ]
        },
    )
    context.set_default_timeout(LIMIT * 1000)
    async with context:
        yield context


class PageProblems:
    """Collects what a page reports and what it fails to load, as far as it is the integration's."""

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        page.on("console", self._on_message)
        page.on("pageerror", lambda error: self._note(f"{error} {error.stack}"))

    def _on_message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._note(f"{message.text} {message.location['url']}")

    def _note(self, text: str) -> None:
        if DOMAIN in text:
            self.found.append(text)
