"""What the pages show, while agents take calls and pause."""

from playwright.async_api import Page, expect

from development.account import DOMAIN

from .album import DEVICE_PAGE, Album
from .home import Home


async def test_a_device_page_follows_its_agent_by_itself(
    home: Home, page: Page, album: Album
) -> None:
    await home.add_account(
        "01001", options={"scan_interval": 5, "on_call_statuses": ["connecting", "on_call"]}
    )
    agent = home.simulator.extension("01001")
    await page.goto(f"/config/devices/dashboard?domain={DOMAIN}")
    await page.get_by_text("Reception").first.click()
    rows = page.locator("ha-device-entities-card hui-generic-entity-row")

    async def shows(**values: str) -> None:
        for label, value in values.items():
            name = page.get_by_text(label.replace("_", " "), exact=True)
            await expect(rows.filter(has=name)).to_contain_text(value)

    await shows(Status="Available", On_call="Not on a call", Available="Available")
    agent.call_state = "calling"
    await shows(Status="Connecting", On_call="On a call")
    agent.call_state = "called"
    await shows(Status="On a call", On_call="On a call")
    await album.take(page, "extension", window=DEVICE_PAGE)
    agent.set(available=False, reason="pause", call_state="idle")
    await shows(Status="Paused", On_call="Not on a call", Available="Not available")
