"""The server no longer accepts the credentials."""

from dataclasses import replace
import re

from playwright.async_api import Page, expect

from .account import ACCOUNT, TITLE
from .account_page import AccountPage
from .home import Home

NEW_PIN = "46091357"


async def reject_account(home: Home) -> None:
    """Add an account that works, until the server wants another PIN."""
    await home.add_account()
    home.simulator.account = replace(ACCOUNT, pin=NEW_PIN)
    home.log.expect("rejected the credentials")
    await home.poll("sensor.reception_status")
    await home.wait_for({"sensor.reception_status": "unavailable"})


async def test_rejected_credentials_are_notified_and_new_ones_heal_at_once(
    home: Home, page: Page
) -> None:
    await page.goto("/")
    # The number on it is how Home Assistant calls its user, on whatever page that is.
    quiet = page.get_by_role("link", name="Settings", exact=True)
    calling = page.get_by_role("link", name=re.compile("Settings 1$"))
    await expect(quiet).to_be_visible()
    await reject_account(home)

    await calling.click()
    await page.get_by_text(f"Authentication expired for {TITLE}").click()
    form = AccountPage(page)
    await form.fill_in(account_pin=ACCOUNT.pin)
    await form.submit("The server does not accept this account PIN.")
    await form.fill_in(account_pin=NEW_PIN)
    await form.submit("Re-authentication was successful")
    await form.close()

    await expect(quiet).to_be_visible()
    # Without new credentials, the next poll would be five minutes later.
    await home.wait_for({"sensor.reception_status": "available"})
    assert NEW_PIN not in home.log.page


async def test_a_server_that_accepts_the_credentials_again_asks_nothing_of_the_user(
    home: Home, page: Page
) -> None:
    await reject_account(home)
    await page.goto("/config/repairs")
    await expect(page.get_by_text(f"Authentication expired for {TITLE}")).to_be_visible()

    home.simulator.account = ACCOUNT
    await home.poll("sensor.reception_status")

    await expect(page.get_by_text("There are currently no repairs pending")).to_be_visible()
    await home.wait_for({"sensor.reception_status": "available"})
