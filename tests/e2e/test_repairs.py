"""The server refuses one extension, and the user is told what to do about it."""

from playwright.async_api import Page, expect

from simulator import FaultKind, FaultRule

from .home import Home
from .waiting import eventually


async def test_an_extension_that_stays_refused_is_a_repair_until_it_is_accepted(
    home: Home, page: Page
) -> None:
    await home.add_account("01001", "01002")
    await home.simulator.inject(
        FaultRule(FaultKind.FAULT_STRUCT, extension_id="01002", text="Extension is blocked")
    )
    await page.goto("/config/repairs")
    repair = page.get_by_text("The server refuses Sales")

    async def reported() -> int:
        await home.poll("sensor.reception_status")
        return await repair.count()

    await eventually(reported, bool, "a repair")
    await repair.click()
    await expect(page.get_by_text("Extension is blocked")).to_be_visible()
    await page.get_by_role("button", name="Close").click()
    await home.wait_for(
        {"sensor.sales_status": "unavailable", "sensor.reception_status": "available"}
    )

    await home.simulator.clear_faults()
    await home.poll("sensor.reception_status")
    await expect(page.get_by_text("There are currently no repairs pending")).to_be_visible()
    await home.wait_for({"sensor.sales_status": "available"})
