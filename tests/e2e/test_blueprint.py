"""A lamp, automated without writing anything."""

from playwright.async_api import Page, expect

from .home import Home
from .lamp import GREEN, RED, wait_until_lamp_is


async def test_a_busy_light_is_made_of_its_blueprint_in_the_editor(home: Home, page: Page) -> None:
    await home.add_account()

    await page.goto("/config/blueprint/dashboard")
    await page.get_by_text("Belfabriek - Busy light").click()
    # The picker that a field opens is on top of the other fields.
    choices = page.locator("ha-picker-combo-box ha-combo-box-item")
    fields = page.locator("ha-selector-entity")
    await fields.first.get_by_text("Select an entity").click()
    await choices.filter(has_text="Status").filter(has_text="Reception").click()
    await fields.nth(1).get_by_text("Select an entity").click()
    await choices.filter(has_text="Desk lamp").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Traces")).to_be_visible()

    await wait_until_lamp_is(home, GREEN)
    home.simulator.extension("01001").call_state = "called"
    await home.poll("sensor.reception_status")
    await wait_until_lamp_is(home, RED)
