"""The website link: from the form to a page of another origin."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import override

from playwright.sync_api import Page, expect
import pytest

from tools import develop

from .home import EXTENSIONS, Home, wait_until
from .pages import OPTIONS_SAVED, Pages


@contextmanager
def site(link: str) -> Iterator[str]:
    """Serve the example page with a link in it, on a port of its own."""
    page = (develop.CHECKOUT / "docs/website.html").read_text("utf-8").replace("LINK", link)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def link(page: Page) -> str:
    """Return the link that the form shows."""
    return page.locator("ha-markdown code").first.inner_text()


def visit_until(page: Page, url: str, text: str, *, badge: bool) -> None:
    """Reload the page until it shows a text; the browser may cache an answer for 10 s."""

    def seen() -> tuple[str | None, bool]:
        page.goto(url, wait_until="networkidle")
        drawn: bool = page.evaluate("document.querySelector('img').naturalWidth > 0")
        return page.locator("#ready").text_content(), drawn

    wait_until(lambda: seen() == (text, badge), f"{text!r} on the page")


@pytest.fixture
def public_home(home: Home, pages: Pages) -> Iterator[Home]:
    """Return a Home Assistant that has an external URL."""
    pages.open("/config")
    pages.page.wait_for_function("document.querySelector('home-assistant')?.hass?.connected")
    pages.call_home_assistant("config/core/update", external_url=home.url)
    yield home
    pages.open("/config")
    pages.page.wait_for_function("document.querySelector('home-assistant')?.hass?.connected")
    pages.call_home_assistant("config/core/update", external_url=None)


def test_a_page_of_another_origin_says_whether_somebody_is_ready(
    public_home: Home, page: Page, pages: Pages
) -> None:
    home = public_home
    home.add_account()
    pages.open_account()
    pages.configure("website")
    first = link(page)
    assert first.startswith(f"{home.url}/api/webhook/")
    page.locator("ha-switch").first.click()
    page.locator("ha-selector-select").get_by_text("Reception", exact=True).click()
    pages.submit()
    expect(pages.text(OPTIONS_SAVED)).to_be_visible()

    with site(first) as url:
        visit_until(page, url, "You can call us now.", badge=True)
        for extension_id in EXTENSIONS:
            home.agent(extension_id, available=False, reason="pause")
        home.poll()
        visit_until(page, url, "All of us are busy or away.", badge=True)

        pages.open_account()
        pages.configure("website")
        assert link(page) == first
        expect(page.locator("ha-markdown img")).to_be_visible()
        expect(page.locator("ha-markdown code").last).to_contain_text('"name": "Reception"')
        page.locator("ha-switch").last.click()
        pages.submit()
        expect(pages.text(OPTIONS_SAVED)).to_be_visible()
        visit_until(page, url, "", badge=False)
