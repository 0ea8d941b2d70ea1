"""Changes on the page of the integration after the account was added."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from .home import AVAILABILITY, CALL_STATE_METHOD, ON_CALL, SALES, STATUS, Home, wait_until
from .pages import RECONFIGURED, Pages

RECONFIGURE = "config.step.reconfigure"
EXTENSION = "config_subentries.extension"


def test_an_extension_is_tried_before_it_is_added(home: Home, pages: Pages) -> None:
    home.add_account("01001")
    pages.open_account()

    pages.add_extension()
    pages.fill(f"{EXTENSION}.step.user", extension_id="01999", name="Support")
    pages.submit()
    pages.message(f"{EXTENSION}.error.extension_refused")
    pages.fill(f"{EXTENSION}.step.user", extension_id="01003")
    pages.submit()
    pages.close("Finish")

    expect(pages.extension("Support").first).to_be_visible()
    home.wait_for({"sensor.support": "ready", STATUS: "ready"})


def test_an_extension_is_renamed_then_removed_with_its_device(home: Home, pages: Pages) -> None:
    home.add_account("01001", "01002")
    pages.open_account()

    change = pages.texts(f"{EXTENSION}.initiate_flow.reconfigure")
    pages.extension("Sales").get_by_role("button", name=change).click()
    pages.fill(f"{EXTENSION}.step.reconfigure", name="Front desk")
    pages.submit()
    pages.close(after=RECONFIGURED)
    # The name of the extension, and that of its device.
    expect(pages.extension("Front desk").get_by_text("Front desk")).to_have_count(2)

    pages.choose("Delete", extension="Front desk")
    pages.close("Delete")
    expect(pages.extension("Front desk")).to_have_count(0)
    home.wait_for({SALES: None, STATUS: "ready"})


def test_the_options_decide_how_often_to_ask_and_what_counts_as_a_call(
    home: Home, page: Page, pages: Pages
) -> None:
    home.add_account("01001")
    home.agent("01001", call_state="wrapup")
    home.poll()
    home.wait_for({STATUS: "wrap_up", ON_CALL: "off"})
    pages.open_account()

    pages.configure("polling")
    label = pages.texts.label("options.step.polling", "scan_interval")
    page.get_by_role("spinbutton", name=label).fill("5")
    wrap_up = pages.texts("selector.on_call_statuses.options.wrap_up")
    pages.text(wrap_up).click()
    expect(page.get_by_role("checkbox", name=wrap_up)).to_be_checked()
    pages.submit()
    pages.close("Finish")

    home.wait_for({ON_CALL: "on"})
    home.forget_calls()
    wait_until(lambda: len(home.calls(AVAILABILITY)) > 1, "two polls")
    first, second, *_ = home.calls(AVAILABILITY)
    assert second - first < timedelta(seconds=8)


def test_a_new_pin_and_another_extension_are_tried_before_they_are_used(
    home: Home, pages: Pages
) -> None:
    home.add_account("01001")
    home.set_pin("46091357")
    home.expected = ["rejected the credentials"]
    pages.open_account()

    pages.choose("Reconfigure")
    pages.fill(RECONFIGURE, account_pin="46091358", extensions="01001 Reception\n01002 Sales")
    pages.submit()
    pages.message("config.error.invalid_auth")
    pages.fill(RECONFIGURE, account_pin="46091357")
    pages.submit()
    pages.close(after=RECONFIGURED)

    home.wait_for({STATUS: "ready", SALES: "ready"})
    expect(pages.extension("Sales").first).to_be_visible()
    assert "46091357" not in home.log.read_text()


def test_without_the_ids_of_the_call_state_only_availability_is_followed(
    home: Home, pages: Pages
) -> None:
    home.add_account("01001")
    pages.open_account()

    pages.choose("Reconfigure")
    pages.fill(RECONFIGURE, supervisor_id="")
    pages.submit()
    pages.message("config.error.incomplete_call_state")
    pages.fill(RECONFIGURE, manager_id="", account_id="")
    pages.submit()
    pages.close(after=RECONFIGURED)

    home.wait_for({STATUS: "ready", ON_CALL: None})
    home.forget_calls()
    home.poll()
    assert home.calls(AVAILABILITY)
    assert home.calls(CALL_STATE_METHOD) == []
