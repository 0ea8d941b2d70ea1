"""Problems, and how a user solves them."""

import json
import re

from playwright.sync_api import Page, expect

from .home import CALL_STATE, EXTENSIONS, PIN, SALES, STATUS, Home, wait_until
from .pages import NO_REPAIRS, REAUTHENTICATED, Pages

NEW_PIN = "46091357"
# The digits of a clock may be those of an extension.
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+")


def reject_account(home: Home) -> None:
    """Add an account, change the PIN that the server accepts, and reload the account."""
    entry_id = home.add_account("01001")
    home.set_pin(NEW_PIN)
    home.expected = ["The server refuses every extension"]
    home.reload(entry_id)
    home.wait_for({STATUS: "unavailable"})


def test_rejected_credentials_are_reported_and_new_ones_heal_at_once(
    home: Home, page: Page, pages: Pages
) -> None:
    reject_account(home)
    pages.open("/config/repairs")
    page.get_by_text("Authentication expired for Belfabriek").click()
    pages.fill("config.step.reauth_confirm", account_pin=PIN)
    pages.submit()
    pages.message("config.error.invalid_auth")
    pages.fill("config.step.reauth_confirm", account_pin=NEW_PIN)
    pages.submit()
    pages.close(after=REAUTHENTICATED)

    home.wait_for({STATUS: "ready"})
    expect(page.get_by_text(NO_REPAIRS)).to_be_visible()
    assert NEW_PIN not in home.log.read_text()


def test_server_that_accepts_the_credentials_again_asks_nothing_of_the_user(
    home: Home, page: Page, pages: Pages
) -> None:
    reject_account(home)
    pages.open("/config/repairs")
    expect(page.get_by_text("Authentication expired for Belfabriek")).to_be_visible()

    home.set_pin(PIN)

    expect(page.get_by_text(NO_REPAIRS)).to_be_visible()
    home.wait_for({STATUS: "ready"})


def test_extension_that_stays_refused_is_a_repair_until_it_is_accepted(
    home: Home, page: Page, pages: Pages
) -> None:
    home.expected = ["Sales is unavailable"]
    home.add_account("01001", "01002")
    home.inject("fault_struct", extension_id="01002", text="Extension is blocked")
    pages.open("/config/repairs")
    repair = page.get_by_text(f"{pages.texts('issues.extension_refused.title')} Sales")

    def reported() -> bool:
        home.poll()
        return repair.count() > 0

    wait_until(reported, "a repair")
    repair.click()
    expect(page.get_by_text("Extension is blocked")).to_be_visible()
    pages.close()
    home.wait_for({SALES: "unavailable", STATUS: "ready"})

    home.clear_faults()
    home.poll()
    expect(page.get_by_text(NO_REPAIRS)).to_be_visible()
    home.wait_for({SALES: "ready"})


def test_outage_leaves_nothing_old_and_nobody_needs_to_act(home: Home) -> None:
    home.add_account()
    home.expected = ["Error fetching", "the server answers again"]
    home.inject("status_500_html")
    home.poll()
    home.wait_for({STATUS: "unavailable", "sensor.belfabriek_extensions_ready": "unavailable"})
    home.clear_faults()
    home.poll()
    home.wait_for({STATUS: "ready", "sensor.belfabriek_extensions_ready": "5"})


def test_diagnostics_say_what_is_going_on_and_no_secret(home: Home) -> None:
    entry_id = home.add_account()
    home.agent("01002", call_state="called")
    home.poll()
    home.wait_for({SALES: "on_call"})

    data = home.diagnostics(entry_id)
    text = TIME.sub("", json.dumps(data, ensure_ascii=False))
    assert '"on_call"' in text
    secrets = (PIN, *CALL_STATE.values(), *EXTENSIONS, *EXTENSIONS.values(), "31201234567")
    assert [secret for secret in secrets if secret in text] == []
