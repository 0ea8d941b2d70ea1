"""New credentials for an account that the server refuses.

What this form shares with `reconfigure` is tested there.
"""

from dataclasses import replace

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator

from .conftest import SetUp
from .flows import PIN, Flow, change_input, open_reauth

NEW_PIN = "54321"


def change_pin(simulator: Simulator, pin: str) -> None:
    """Change the PIN that the server accepts."""
    simulator.account = replace(simulator.account, pin=pin)


@pytest.fixture(params=["while loaded", "at setup"])
async def refused(
    request: pytest.FixtureRequest,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
) -> MockConfigEntry:
    """Return an account whose PIN the server refuses."""
    if request.param == "at setup":
        change_pin(simulator, NEW_PIN)
    await set_up(entry)
    change_pin(simulator, NEW_PIN)
    assert (entry.state is ConfigEntryState.LOADED) is (request.param == "while loaded")
    return entry


async def renew(hass: HomeAssistant, flow: Flow, simulator: Simulator, pin: str = NEW_PIN) -> None:
    """Enter a PIN that is right."""
    await flow.submit(change_input(simulator.url, account_pin=pin))
    assert flow.aborted == "reauth_successful"
    await hass.async_block_till_done()


async def test_form_quotes_the_server_and_suggests_all_but_the_pin(
    hass: HomeAssistant, refused: MockConfigEntry, simulator: Simulator
) -> None:
    flow = await open_reauth(hass, refused)
    assert flow.step == "reauth_confirm"
    assert refused.title in flow.description
    assert "“Unknown account”" in flow.description
    assert [str(field) for field in flow.schema] == ["account_pin", "call_state", "connection"]
    assert flow.suggested == change_input(simulator.url)


async def test_new_pin_is_stored_and_used_at_once(
    hass: HomeAssistant,
    refused: MockConfigEntry,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before, title, extensions = dict(refused.data), refused.title, dict(refused.subentries)
    await renew(hass, await open_reauth(hass, refused), simulator)
    assert refused.data == before | {"account_pin": NEW_PIN}
    assert (refused.title, dict(refused.subentries)) == (title, extensions)
    assert refused.state is ConfigEntryState.LOADED
    assert not list(refused.async_get_active_flows(hass, {"reauth"}))
    # Home Assistant's complaint about a flow that reloads an entry with a listener of its own.
    assert "has an update listener" not in caplog.text


@pytest.mark.parametrize("pin", [PIN, ""])
async def test_same_credentials_are_accepted_if_the_server_accepts_them_again(
    hass: HomeAssistant, refused: MockConfigEntry, simulator: Simulator, pin: str
) -> None:
    before = dict(refused.data)
    change_pin(simulator, PIN)
    await renew(hass, await open_reauth(hass, refused), simulator, pin)
    assert refused.data == before
    assert refused.state is ConfigEntryState.LOADED


async def test_loaded_entry_is_not_reloaded_by_the_flow(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scheduled: list[str] = []
    monkeypatch.setattr(hass.config_entries, "async_schedule_reload", scheduled.append)
    await renew(hass, await open_reauth(hass, loaded), simulator, PIN)
    assert scheduled == []


async def test_pin_that_is_still_wrong_can_be_corrected(
    hass: HomeAssistant, refused: MockConfigEntry, simulator: Simulator
) -> None:
    before = dict(refused.data)
    flow = await open_reauth(hass, refused)
    await flow.submit(change_input(simulator.url, account_pin="99999"))
    assert (flow.step, flow.errors) == ("reauth_confirm", {"account_pin": "invalid_auth"})
    assert refused.data == before
    await renew(hass, flow, simulator)
