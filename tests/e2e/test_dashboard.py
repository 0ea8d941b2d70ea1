"""The team on a dashboard, made in the dialog that makes dashboards."""

from playwright.async_api import Page, expect

from .album import DASHBOARD, PHONE, Album
from .home import Home
from .past import write_past


async def test_the_team_is_among_the_dashboards_to_add_and_follows_the_account(
    home: Home, page: Page
) -> None:
    entry_id = await home.add_account("01001", "01002")
    await add_dashboard(page)

    await expect(page.get_by_role("button", name="Reception Available")).to_be_visible()
    await expect(page.get_by_role("button", name="Sales Available")).to_be_visible()

    home.simulator.extension("01002").call_state = "called"
    await home.poll("sensor.sales_status")
    await expect(page.get_by_role("button", name="Sales On a call")).to_be_visible()
    await expect(page.get_by_role("button", name="Extensions on call 1")).to_be_visible()

    await home.add_extension(entry_id, "01003", "Support")
    await expect(page.get_by_role("button", name="Support Available")).to_be_visible()
    await home.remove_extension(entry_id, "01002")
    await expect(page.get_by_role("button", name="Sales")).to_have_count(0)


async def test_the_team_is_seen_at_a_glance_on_every_screen(
    home: Home, page: Page, album: Album
) -> None:
    home.simulator.extension("01003").call_state = "wrapup"
    home.simulator.extension("01004").set(available=False, reason="pause")
    home.simulator.extension("01005").set(available=False, reason="-")
    await home.add_account()
    home.simulator.extension("01002").call_state = "called"
    await home.poll("sensor.sales_status")
    await home.wait_for({"sensor.sales_status": "on_call"})
    if album.is_open:
        await write_past(home)
    await add_dashboard(page)

    for tile in ("Reception Available", "Sales On a call", "Support Wrap-up", "Workshop Paused"):
        await expect(page.get_by_role("button", name=tile)).to_be_visible()
    await album.take(page, "team", window=DASHBOARD)
    await album.take(page, "team-phone", window=PHONE)


async def add_dashboard(page: Page) -> None:
    """Add the dashboard of the team, and go there."""
    await page.goto("/config/lovelace/dashboards")
    await page.get_by_role("button", name="Add dashboard").click()
    await page.get_by_role("button", name="Belfabriek team").click()
    await page.get_by_role("button", name="Create").click()
    await page.get_by_role("link", name="Team").click()
