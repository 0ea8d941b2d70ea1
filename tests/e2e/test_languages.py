"""The texts for a user whose language is not English."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect
import pytest

from .home import EXTENSIONS, PIN, Home
from .pages import Pages, Texts


@pytest.fixture
def dutch_home(home: Home, pages: Pages) -> Iterator[Home]:
    """Return a Home Assistant whose language is Dutch."""
    pages.open("/config")
    pages.page.wait_for_function("document.querySelector('home-assistant')?.hass?.connected")
    # It looks for texts of every platform that is set up, and there are none.
    home.expected = ["[homeassistant.helpers.translation] Failed to load integration"]
    pages.call_home_assistant("config/core/update", language="nl")
    yield home
    pages.call_home_assistant("config/core/update", language="en")


@pytest.mark.parametrize("pages", ["nl"], indirect=True)
def test_user_reads_no_language_but_their_own(dutch_home: Home, page: Page, pages: Pages) -> None:
    step = "config.step.user"
    read: list[str] = []

    def read_page() -> None:
        read.append(page.locator("body").aria_snapshot())

    pages.add_account()
    lines = "\n".join(f"{number} {name}" for number, name in EXTENSIONS.items())
    pages.fill(step, account_pin="99999999", extensions=lines)
    pages.unfold(step, "connection")
    pages.fill(step, url=f"{dutch_home.simulator.url}/xml/agent/xml.asp")
    read_page()
    pages.submit()
    pages.message("config.error.invalid_auth")
    read_page()
    pages.fill(step, account_pin=PIN)
    pages.submit()
    expect(page.locator("step-flow-create-entry .device")).to_have_count(1 + len(EXTENSIONS))
    read_page()

    pages.open_account()
    read_page()
    pages.open_account()
    pages.configure("polling")
    read_page()
    pages.open_account()
    pages.configure("website", first="website_address")
    read_page()
    pages.save("options.step.website_address")
    expect(pages.text(pages.texts("options.step.website.data.renew"))).to_be_visible()
    read_page()
    pages.open_account()
    pages.add_extensions()
    expect(pages.field("config_subentries.extension.step.user", "extensions")).to_be_visible()
    read_page()
    pages.open_account()
    pages.change_extension("Reception")
    expect(pages.field("config_subentries.extension.step.reconfigure", "name")).to_be_visible()
    read_page()
    pages.open_device("Reception")
    read_page()
    pages.open("/belfabriek-team")
    expect(pages.tile("Reception", "ready")).to_be_visible()
    read_page()

    # Short words are parts of others.
    english = {text for text in Texts("en").all() if " " in text}
    assert [text for text in english if any(text in each for each in read)] == []
