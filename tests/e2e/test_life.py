"""What an account goes through: calls, an outage, other credentials, restarts."""

from playwright.sync_api import Page, expect

from .conftest import Home, open_page


def test_the_team_is_on_the_dashboard_and_follows_the_calls(home: Home, page: Page) -> None:
    home.add_account()
    open_page(page, home, "/belfabriek-team")
    for name in ("Reception", "Sales", "Support", "Workshop", "Night desk"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    home.set_extension("01002", call_state="called")
    home.wait_for({"sensor.sales_status": "on_call", "binary_sensor.sales_on_call": "on"})
    expect(page.get_by_text("On a call").first).to_be_visible()


def test_rejected_credentials_are_asked_for_and_heal_by_themselves(home: Home, page: Page) -> None:
    home.add_account()
    home.simulator("/control/account", {"pin": "54321"}, method="PUT")
    home.wait_for({"sensor.reception_status": "unavailable"})
    open_page(page, home, "/config/integrations/dashboard")
    expect(page.locator("ha-config-flow-card")).to_contain_text("Belfabriek")
    home.simulator("/control/account", {"pin": "12345"}, method="PUT")
    home.wait_for({"sensor.reception_status": "ready"})
    expect(page.locator("ha-config-flow-card")).to_have_count(0)


def test_an_outage_leaves_nothing_old_and_nobody_needs_to_act(home: Home) -> None:
    home.add_account()
    fault = {"name": "status_500_html"}
    home.simulator("/control/faults", fault, method="PUT")
    home.wait_for({"sensor.reception_status": "unavailable"})
    home.simulator("/control/faults", method="DELETE")
    home.wait_for({"sensor.reception_status": "ready"})


def test_diagnostics_can_be_downloaded_without_a_secret(home: Home) -> None:
    entry_id = home.add_account()
    download = str(home.request(f"/api/diagnostics/config_entry/{entry_id}"))
    assert "<name>available</name>" in download
    assert "01001" not in download
    assert "67890" not in download
