"""A lamp, automated without writing anything."""

from collections.abc import AsyncIterator

from playwright.async_api import Page, expect
import pytest
from yarl import URL

from .album import EDITOR, Album
from .blueprints import published_blueprints
from .home import Home
from .lamp import GREEN, RED, wait_until_lamp_is


@pytest.fixture
async def published() -> AsyncIterator[URL]:
    """Return an address that has the blueprints, as the repository's pages have them."""
    async with published_blueprints() as url:
        yield URL(url)


async def test_a_busy_light_is_made_of_its_imported_blueprint_in_the_editor(
    home: Home, page: Page, album: Album, published: URL
) -> None:
    await home.add_account()

    # Where the README's buttons lead.
    link = URL("/_my_redirect/blueprint_import")
    await page.goto(str(link.with_query(blueprint_url=str(published / "busy_light.yaml"))))
    await page.get_by_role("button", name="Preview").click()
    await (
        page.locator("ha-dialog-import-blueprint")
        .get_by_role("button", name="Import blueprint")
        .click()
    )
    await page.get_by_role("row", name="127.0.0.1/busy_light.yaml").click()
    # The picker that a field opens is on top of the other fields.
    choices = page.locator("ha-picker-combo-box ha-combo-box-item")
    fields = page.locator("ha-selector-entity")
    await fields.first.get_by_text("Select an entity").click()
    await choices.filter(has_text="Status").filter(has_text="Reception").click()
    await fields.nth(1).get_by_text("Select an entity").click()
    await choices.filter(has_text="Desk lamp").click()
    await fold(page, "Colors")
    await album.take(page, "busy-light", window=EDITOR)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Traces")).to_be_visible()

    await wait_until_lamp_is(home, GREEN)
    home.simulator.extension("01001").call_state = "called"
    await home.poll("sensor.reception_status")
    await wait_until_lamp_is(home, RED)
    home.simulator.extension("01001").call_state = "idle"
    await home.poll("sensor.reception_status")
    await wait_until_lamp_is(home, GREEN)


async def fold(page: Page, section: str) -> None:
    """Close a section of the form: there is more in it than a picture needs."""
    await page.get_by_role("heading", name=section, exact=True).click()
