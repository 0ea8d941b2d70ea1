"""New credentials for an account whose credentials the server rejects."""

from dataclasses import replace

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Dialect, Simulator

from .conftest import Poll, SetUp, make_entry
from .flows import (
    PIN,
    Flow,
    credentials_input,
    open_reauth,
)

NEW_PIN = "54321"


def change_pin(simulator: Simulator, pin: str) -> None:
    """Change the PIN that the server accepts."""
    simulator.account = replace(simulator.account, pin=pin)


@pytest.fixture(params=["while loaded", "at setup"])
async def rejected(
    request: pytest.FixtureRequest,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
    poll: Poll,
) -> MockConfigEntry:
    """Return an account whose PIN was rejected in the last poll."""
    if request.param == "at setup":
        change_pin(simulator, NEW_PIN)
        await set_up(entry)
        assert entry.state is not ConfigEntryState.LOADED
    else:
        await set_up(entry)
        change_pin(simulator, NEW_PIN)
        await poll()
        assert entry.state is ConfigEntryState.LOADED
    return entry


async def renew(hass: HomeAssistant, flow: Flow, **changes: str) -> None:
    """Enter credentials that are right."""
    await flow.submit(credentials_input(**({"account_pin": NEW_PIN} | changes)))
    assert flow.aborted == "reauth_successful"
    await hass.async_block_till_done()


async def test_the_form_names_the_account_and_suggests_all_but_the_pin(
    hass: HomeAssistant, rejected: MockConfigEntry
) -> None:
    flow = await open_reauth(hass, rejected)
    assert flow.step == "reauth_confirm"
    assert rejected.title in flow.description
    assert flow.suggested == {
        "call_state": {"supervisor_id": "1", "manager_id": "2", "account_id": "67890"}
    }
    assert [str(field) for field in flow.schema] == ["account_pin", "call_state"]


async def test_a_new_pin_is_stored_and_used_at_once(
    hass: HomeAssistant, rejected: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    before, title, extensions = dict(rejected.data), rejected.title, dict(rejected.subentries)
    await renew(hass, await open_reauth(hass, rejected))
    assert rejected.data == before | {"account_pin": NEW_PIN}
    assert (rejected.title, dict(rejected.subentries)) == (title, extensions)
    assert rejected.state is ConfigEntryState.LOADED
    assert not list(rejected.async_get_active_flows(hass, {"reauth"}))
    # Home Assistant's complaint about a flow that reloads an entry with a listener of its own.
    assert "has an update listener" not in caplog.text


async def test_the_same_credentials_are_accepted_once_the_server_accepts_them_again(
    hass: HomeAssistant,
    rejected: MockConfigEntry,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = dict(rejected.data)
    change_pin(simulator, PIN)
    await renew(hass, await open_reauth(hass, rejected), account_pin=PIN)
    assert rejected.data == before
    assert rejected.state is ConfigEntryState.LOADED
    assert "has an update listener" not in caplog.text


async def test_a_loaded_entry_is_not_reloaded_by_the_flow(
    hass: HomeAssistant, loaded: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled: list[str] = []
    monkeypatch.setattr(hass.config_entries, "async_schedule_reload", scheduled.append)
    await renew(hass, await open_reauth(hass, loaded), account_pin=PIN)
    assert scheduled == []


async def test_an_entry_without_a_listener_is_reloaded_by_the_flow(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await simulator.stop()
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await simulator.start()
    scheduled: list[str] = []
    monkeypatch.setattr(hass.config_entries, "async_schedule_reload", scheduled.append)
    await renew(hass, await open_reauth(hass, entry), account_pin=PIN)
    assert scheduled == [entry.entry_id]


async def test_a_pin_that_is_still_wrong_can_be_corrected(
    hass: HomeAssistant, rejected: MockConfigEntry
) -> None:
    before = dict(rejected.data)
    flow = await open_reauth(hass, rejected)
    typed = credentials_input(account_pin="99999", account_id=None)
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("reauth_confirm", {"account_pin": "invalid_auth"})
    assert "“Unknown account”" in flow.message("account_pin")
    assert rejected.title in flow.description
    assert flow.suggested == typed
    assert rejected.data == before

    await flow.submit(None)
    assert (flow.errors, flow.suggested) == ({}, typed)
    await renew(hass, flow)
    assert rejected.data["account_pin"] == NEW_PIN


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        pytest.param({"account_pin": " "}, "account_pin", "empty_account_pin", id="no PIN"),
        pytest.param({"manager_id": ""}, "call_state", "incomplete_call_state", id="no manager"),
        pytest.param({"manager_id": "a@b"}, "call_state", "malformed_call_state_ids", id="@"),
        pytest.param({"manager_id": "9"}, "call_state", "invalid_call_state_ids", id="manager"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_can_be_corrected(
    hass: HomeAssistant,
    rejected: MockConfigEntry,
    changes: dict[str, str],
    field: str,
    error: str,
) -> None:
    flow = await open_reauth(hass, rejected)
    typed = credentials_input(**({"account_pin": NEW_PIN} | changes))
    await flow.submit(typed)
    errors = {field: error} if field == "account_pin" else {field: error, "base": error}
    assert (flow.step, flow.errors) == ("reauth_confirm", errors)
    assert flow.suggested == typed
    await renew(hass, flow)


async def test_an_unreachable_server_is_said_above_the_form_which_has_no_field_for_it(
    hass: HomeAssistant, rejected: MockConfigEntry, simulator: Simulator
) -> None:
    await simulator.stop()
    flow = await open_reauth(hass, rejected)
    typed = credentials_input(account_pin=NEW_PIN)
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("reauth_confirm", {"base": "cannot_connect"})
    assert flow.suggested == typed
    await simulator.start()
    await renew(hass, flow)


async def test_the_pin_of_another_account_is_refused(
    hass: HomeAssistant,
    rejected: MockConfigEntry,
) -> None:
    other = make_entry({**rejected.data, "account_pin": "77777"}, {})
    other.add_to_hass(hass)
    hass.config_entries.async_update_entry(other, title="Head office")
    flow = await open_reauth(hass, rejected)
    await flow.submit(credentials_input(account_pin="77777"))
    assert flow.aborted == "already_configured"
    assert "Head office" in flow.ending
    assert rejected.data["account_pin"] == PIN

    await renew(hass, await open_reauth(hass, rejected))


async def test_one_extension_that_works_proves_the_credentials(
    hass: HomeAssistant, rejected: MockConfigEntry, simulator: Simulator
) -> None:
    for extension_id in ("01002", "01003"):
        simulator.remove_extension(extension_id)
    await renew(hass, await open_reauth(hass, rejected))


async def test_extensions_that_the_server_refuses_all_prove_nothing(
    hass: HomeAssistant, rejected: MockConfigEntry, simulator: Simulator
) -> None:
    for extension_id in list(simulator.extensions):
        simulator.remove_extension(extension_id)
    flow = await open_reauth(hass, rejected)
    await flow.submit(credentials_input(account_pin=NEW_PIN))
    assert (flow.step, flow.errors) == ("reauth_confirm", {"base": "no_extension_works"})
    assert "01001 Reception (“Unknown extension”)" in flow.message("base")
    simulator.add_extension("01001", "Reception")
    await renew(hass, flow)


async def test_the_parameter_names_that_the_server_accepts_now_are_stored(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    async with Simulator(dialect=Dialect(parameters="table")) as other:
        hass.config_entries.async_update_entry(loaded, data={**loaded.data, "url": other.url})
        await hass.async_block_till_done()
        await renew(hass, await open_reauth(hass, loaded), account_pin=PIN)
        assert loaded.data["parameter_names"] == "table"
        await hass.config_entries.async_unload(loaded.entry_id)
