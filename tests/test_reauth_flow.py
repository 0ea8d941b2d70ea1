"""New credentials for an account whose own the server no longer takes."""

from dataclasses import replace
import logging

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Account, Simulator

from .conftest import Poll, SetUp, make_entry
from .flows import (
    PIN,
    UNMISTAKABLE_PIN,
    Flow,
    assert_follows_the_server,
    credentials_input,
    open_reauth,
)

NEW_PIN = "54321"


def change_pin(simulator: Simulator, pin: str) -> None:
    """Let the server take another PIN than before."""
    simulator.account = replace(simulator.account, pin=pin)


@pytest.fixture(params=["while loaded", "at setup"])
async def rejected(
    request: pytest.FixtureRequest,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
    poll: Poll,
) -> MockConfigEntry:
    """Return an account whose PIN the server takes no longer, and that noticed."""
    if request.param == "at setup":
        change_pin(simulator, NEW_PIN)
        await set_up(entry)
        assert entry.state is ConfigEntryState.SETUP_ERROR
    else:
        await set_up(entry)
        change_pin(simulator, NEW_PIN)
        await poll()
        assert entry.state is ConfigEntryState.LOADED
    return entry


def reauth_flows(hass: HomeAssistant, entry: MockConfigEntry) -> int:
    """Return how many forms ask for new credentials of the account."""
    return len(list(entry.async_get_active_flows(hass, {"reauth"})))


def asks_in_repairs(hass: HomeAssistant, entry: MockConfigEntry) -> bool:
    """Return whether Home Assistant shows that the account needs new credentials."""
    issue_id = f"config_entry_reauth_belfabriek_{entry.entry_id}"
    return ir.async_get(hass).async_get_issue("homeassistant", issue_id) is not None


async def renew(hass: HomeAssistant, flow: Flow, **changes: str) -> None:
    """Enter credentials that are right."""
    await flow.submit(credentials_input(**({"account_pin": NEW_PIN} | changes)))
    assert flow.aborted == "reauth_successful"
    await hass.async_block_till_done()


async def test_new_credentials_are_asked_once_and_nothing_more_is_sent(
    hass: HomeAssistant, rejected: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    assert reauth_flows(hass, rejected) == 1
    assert asks_in_repairs(hass, rejected)
    sent = len(simulator.requests)
    await poll()
    assert reauth_flows(hass, rejected) == 1
    assert len(simulator.requests) == sent


async def test_the_form_names_the_account_and_suggests_all_but_the_pin(
    hass: HomeAssistant, rejected: MockConfigEntry
) -> None:
    flow = await open_reauth(hass, rejected)
    assert flow.step == "reauth_confirm"
    assert "Belfabriek …45" in flow.description
    assert flow.suggested == {
        "call_state": {"supervisor_id": "1", "manager_id": "2", "account_id": "67890"}
    }
    assert [str(field) for field in flow.schema] == ["account_pin", "call_state"]


async def test_a_new_pin_is_taken_over_by_the_unique_id_and_the_title(
    hass: HomeAssistant,
    rejected: MockConfigEntry,
    simulator: Simulator,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = dict(rejected.data)
    await renew(hass, await open_reauth(hass, rejected))
    assert rejected.data == before | {"account_pin": NEW_PIN}
    assert rejected.unique_id == NEW_PIN
    assert rejected.title == "Belfabriek …21"
    await assert_follows_the_server(hass, rejected, simulator, poll)
    assert reauth_flows(hass, rejected) == 0
    assert not asks_in_repairs(hass, rejected)
    # Home Assistant's complaint about a flow that reloads an entry with a listener of its own.
    assert "has an update listener" not in caplog.text


async def test_a_title_that_the_user_gave_stays(
    hass: HomeAssistant, rejected: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    hass.config_entries.async_update_entry(rejected, title="Head office")
    await hass.async_block_till_done()
    flow = await open_reauth(hass, rejected)
    assert "Head office" in flow.description
    await renew(hass, flow)
    assert (rejected.title, rejected.unique_id) == ("Head office", NEW_PIN)
    await assert_follows_the_server(hass, rejected, simulator, poll)


async def test_the_same_credentials_go_on_once_the_server_takes_them_again(
    hass: HomeAssistant,
    rejected: MockConfigEntry,
    simulator: Simulator,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    change_pin(simulator, PIN)
    flow = await open_reauth(hass, rejected)
    await renew(hass, flow, account_pin=PIN)
    assert (rejected.title, rejected.unique_id) == ("Belfabriek …45", PIN)
    await assert_follows_the_server(hass, rejected, simulator, poll)
    assert "has an update listener" not in caplog.text


async def test_a_pin_that_is_still_wrong_can_be_corrected(
    hass: HomeAssistant, rejected: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    before = dict(rejected.data)
    flow = await open_reauth(hass, rejected)
    typed = credentials_input(account_pin="99999", account_id=None)
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("reauth_confirm", {"account_pin": "invalid_auth"})
    assert "“Unknown account”" in flow.message("account_pin")
    assert "Belfabriek …45" in flow.description
    assert flow.suggested == typed
    assert rejected.data == before

    await renew(hass, flow)
    assert rejected.unique_id == NEW_PIN
    await assert_follows_the_server(hass, rejected, simulator, poll)


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        pytest.param({"account_pin": " "}, "account_pin", "empty_account_pin", id="no PIN"),
        pytest.param({"manager_id": ""}, "call_state", "incomplete_call_state", id="no manager"),
        pytest.param({"manager_id": "9"}, "call_state", "invalid_call_state_ids", id="manager"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_can_be_corrected(
    hass: HomeAssistant,
    rejected: MockConfigEntry,
    simulator: Simulator,
    poll: Poll,
    changes: dict[str, str],
    field: str,
    error: str,
) -> None:
    flow = await open_reauth(hass, rejected)
    typed = credentials_input(**({"account_pin": NEW_PIN} | changes))
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("reauth_confirm", {field: error})
    assert flow.suggested == typed
    await renew(hass, flow)
    await assert_follows_the_server(hass, rejected, simulator, poll)


async def test_an_unreachable_server_is_said_above_the_form_which_has_no_field_for_it(
    hass: HomeAssistant, rejected: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    await simulator.stop()
    flow = await open_reauth(hass, rejected)
    typed = credentials_input(account_pin=NEW_PIN)
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("reauth_confirm", {"base": "cannot_connect"})
    assert flow.suggested == typed
    await simulator.start()
    await renew(hass, flow)
    await assert_follows_the_server(hass, rejected, simulator, poll)


async def test_the_pin_of_another_account_is_refused(
    hass: HomeAssistant,
    rejected: MockConfigEntry,
    simulator: Simulator,
    poll: Poll,
) -> None:
    other = make_entry({**rejected.data, "account_pin": "77777"}, {})
    other.add_to_hass(hass)
    flow = await open_reauth(hass, rejected)
    await flow.submit(credentials_input(account_pin="77777"))
    assert flow.aborted == "already_configured"
    assert rejected.unique_id == PIN

    await renew(hass, await open_reauth(hass, rejected))
    await assert_follows_the_server(hass, rejected, simulator, poll)


async def test_one_extension_that_works_proves_the_credentials(
    hass: HomeAssistant, rejected: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    for extension_id in ("01002", "01003"):
        simulator.remove_extension(extension_id)
    await renew(hass, await open_reauth(hass, rejected))
    await assert_follows_the_server(hass, rejected, simulator, poll)


async def test_extensions_that_the_server_refuses_all_prove_nothing(
    hass: HomeAssistant, rejected: MockConfigEntry, simulator: Simulator
) -> None:
    for extension_id in list(simulator.extensions):
        simulator.remove_extension(extension_id)
    flow = await open_reauth(hass, rejected)
    await flow.submit(credentials_input(account_pin=NEW_PIN))
    assert (flow.step, flow.errors) == ("reauth_confirm", {"base": "extensions_refused"})
    assert "Reception" in flow.message("base")
    assert "“Unknown extension”" in flow.message("base")
    simulator.add_extension("01001", "Reception")
    await renew(hass, flow)


async def test_wrong_ids_for_the_call_state_ask_for_new_credentials(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    simulator.account = replace(simulator.account, supervisor_id="3")
    await poll()
    assert reauth_flows(hass, loaded) == 1
    flow = await open_reauth(hass, loaded)
    await renew(hass, flow, account_pin=PIN, supervisor_id="3")
    assert loaded.data["supervisor_id"] == "3"
    await assert_follows_the_server(hass, loaded, simulator, poll)


async def test_the_pin_is_in_no_log(
    hass: HomeAssistant,
    rejected: MockConfigEntry,
    simulator: Simulator,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    flow = await open_reauth(hass, rejected)
    await flow.submit(credentials_input(account_pin=UNMISTAKABLE_PIN))
    assert flow.errors == {"account_pin": "invalid_auth"}
    simulator.account = Account(pin=UNMISTAKABLE_PIN)
    await renew(hass, flow, account_pin=UNMISTAKABLE_PIN)
    await assert_follows_the_server(hass, rejected, simulator, poll)
    simulator.account = Account()
    await poll()
    assert reauth_flows(hass, rejected) == 1
    assert "Belfabriek …846" in caplog.text
    assert UNMISTAKABLE_PIN not in caplog.text
