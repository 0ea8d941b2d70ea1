"""What a user changes on the integration's page after it was added."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from playwright.async_api import Page, expect

from simulator import Method

from .account import ACCOUNT
from .account_page import AccountPage
from .home import Home
from .waiting import eventually

RECEPTION = "sensor.reception_status"


async def test_an_extension_is_tried_before_it_is_added(home: Home, page: Page) -> None:
    await home.add_account("01001")
    account = AccountPage(page)
    await account.open()

    await account.add_extension()
    await account.fill_in(extension_id="01999", name="Support")
    await account.submit("The server refused this extension. It says: “Unknown extension”")
    await account.fill_in(extension_id="01003")
    await account.submit("Created configuration for Support.")
    await account.close("Finish")

    await expect(account.extension("Support").first).to_be_visible()
    await home.wait_for({"sensor.support_status": "available", RECEPTION: "available"})


async def test_a_removed_extension_takes_its_device_along_and_leaves_the_others(
    home: Home, page: Page
) -> None:
    await home.add_account("01001", "01002")
    account = AccountPage(page)
    await account.open()

    await account.choose("Delete", extension="Sales")
    await account.close("Delete")

    await expect(account.extension("Sales")).to_have_count(0)
    await home.wait_for({"sensor.sales_status": None, RECEPTION: "available"})


async def test_an_extension_is_renamed_with_its_device(home: Home, page: Page) -> None:
    await home.add_account("01001")
    account = AccountPage(page)
    await account.open()

    await account.extension("Reception").get_by_role("button", name="Rename extension").click()
    await account.fill_in(name="Front desk")
    await account.submit("Reconfiguration was successful")
    await account.close()

    # The name of the extension, and that of its device.
    await expect(account.extension("Front desk").get_by_text("Front desk")).to_have_count(2)


async def test_the_options_decide_how_often_to_ask_and_what_counts_as_a_call(
    home: Home, page: Page
) -> None:
    await home.add_account("01001")
    home.simulator.extension("01001").call_state = "wrapup"
    await home.poll(RECEPTION)
    await home.wait_for({RECEPTION: "wrap_up", "binary_sensor.reception_on_call": "off"})
    account = AccountPage(page)
    await account.open()

    await account.configure()
    await page.get_by_role("spinbutton", name="Poll every").fill("5")
    await page.get_by_text("Wrap-up", exact=True).click()
    await expect(page.get_by_role("checkbox", name="Wrap-up")).to_be_checked()
    await account.submit("Options successfully saved.")
    await account.close("Finish")

    await home.wait_for({"binary_sensor.reception_on_call": "on"})
    home.simulator.journal.clear()

    async def pauses() -> list[timedelta]:
        asked = [one.time for one in home.simulator.requests if one.method == Method.AGENT_AVAIL]
        return [after - before for before, after in pairwise(asked)]

    (pause, *_) = await eventually(pauses, bool, "two polls")
    assert pause < timedelta(seconds=8)


async def test_a_new_pin_is_taken_over_once_the_server_accepts_it(home: Home, page: Page) -> None:
    await home.add_account("01001")
    home.simulator.account = replace(ACCOUNT, pin="46091357")
    home.log.expect("rejected the credentials")
    account = AccountPage(page)
    await account.open()

    await account.choose("Reconfigure")
    await account.fill_in(account_pin="46091358")
    await account.submit("The server does not accept this account PIN.")
    await account.fill_in(account_pin="46091357")
    await account.submit("Reconfiguration was successful")
    await account.close()

    await expect(page.get_by_text("Belfabriek …357").first).to_be_visible()
    await home.wait_for({RECEPTION: "available"})
    assert "46091357" not in home.log.page


async def test_without_the_ids_of_the_second_call_only_availability_is_followed(
    home: Home, page: Page
) -> None:
    await home.add_account("01001")
    account = AccountPage(page)
    await account.open()

    await account.choose("Reconfigure")
    await account.fill_in(supervisor_id="")
    await account.submit("The call state needs both a supervisor ID and a manager ID.")
    await account.fill_in(manager_id="", account_id="")
    await account.submit("Reconfiguration was successful")
    await account.close()

    home.simulator.journal.clear()
    await home.poll(RECEPTION)
    await home.wait_for({RECEPTION: "available"})
    assert {one.method for one in home.simulator.requests} == {Method.AGENT_AVAIL}
