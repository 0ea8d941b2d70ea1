"""Changing an account: its credentials and its address."""

from datetime import timedelta
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from simulator import Account, Dialect, Simulator

from .conftest import SetUp, make_entry
from .flows import PIN, change_input, open_reauth, open_reconfigure
from .strangers import serving, web_page

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")


@pytest.fixture
def entry(entry_data: dict[str, Any]) -> MockConfigEntry:
    """Return an account with two of its five extensions."""
    return make_entry(entry_data, {"01001": "Reception", "01002": "Sales"})


@pytest.fixture
def scheduled(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the entries that are to be reloaded, which does not happen."""
    scheduled: list[str] = []
    monkeypatch.setattr(hass.config_entries, "async_schedule_reload", scheduled.append)
    return scheduled


async def change(hass: HomeAssistant, entry: MockConfigEntry, typed: dict[str, Any]) -> None:
    """Change an account to valid values."""
    flow = await open_reconfigure(hass, entry)
    await flow.submit(typed)
    assert flow.aborted == "reconfigure_successful"
    await hass.async_block_till_done()


async def test_form_asks_for_credentials_and_connection_only(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    flow = await open_reconfigure(hass, loaded)
    assert flow.step == "reconfigure"
    assert [str(field) for field in flow.schema] == ["account_pin", "call_state", "connection"]
    assert loaded.title in flow.description
    assert "Add extensions" in flow.description
    assert flow.suggested == change_input(simulator.url)
    assert flow.schema["connection"].options == {"collapsed": True}


@pytest.mark.parametrize("pin", [None, "", " ", PIN])
async def test_entry_is_neither_written_nor_reloaded_if_nothing_changed(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    scheduled: list[str],
    pin: str | None,
) -> None:
    before = dict(loaded.data), loaded.modified_at, dict(loaded.subentries)
    await change(hass, loaded, change_input(simulator.url, account_pin=pin))
    assert (dict(loaded.data), loaded.modified_at, dict(loaded.subentries)) == before
    assert scheduled == []


async def test_abandoned_form_ends_so_that_credentials_can_be_asked_for(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    def sources() -> list[str]:
        return [each["context"]["source"] for each in hass.config_entries.flow.async_progress()]

    flow = await open_reconfigure(hass, loaded)
    await flow.submit(change_input("nowhere"))
    loaded.async_start_reauth(hass)
    await hass.async_block_till_done()
    assert sources() == [SOURCE_RECONFIGURE]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=61))
    await hass.async_block_till_done()
    loaded.async_start_reauth(hass)
    await hass.async_block_till_done()
    assert sources() == [SOURCE_REAUTH]


async def test_another_address_is_stored_and_used_at_once(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    async with Simulator() as moved:
        await change(hass, loaded, change_input(moved.url, allow_unencrypted=True))
        assert loaded.data["url"] == moved.url
        assert loaded.data["allow_unencrypted"] is True
        assert loaded.state is ConfigEntryState.LOADED
        await hass.config_entries.async_unload(loaded.entry_id)
    # Home Assistant's complaint about a flow that reloads an entry with a listener of its own.
    assert "has an update listener" not in caplog.text


async def test_account_that_could_not_be_set_up_is_set_up_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator
) -> None:
    right = dict(entry.data)
    entry.add_to_hass(hass)
    async with serving(web_page) as url:
        hass.config_entries.async_update_entry(entry, data=right | {"url": url})
        await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
    await change(hass, entry, change_input(simulator.url))
    assert entry.data == right
    states = [entry.state]
    assert states == [ConfigEntryState.LOADED]


async def test_ids_of_the_call_state_can_be_removed_and_entered_again(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    nothing = {"supervisor_id": None, "manager_id": None, "account_id": None}
    await change(hass, loaded, change_input(simulator.url, **nothing))
    assert not {"supervisor_id", "manager_id", "account_id"} & set(loaded.data)
    assert (await open_reconfigure(hass, loaded)).suggested["call_state"] == {}
    await change(hass, loaded, change_input(simulator.url))
    assert loaded.data["account_id"] == "67890"


async def test_new_pin_is_stored_and_the_title_stays(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    title = loaded.title
    simulator.account = Account(pin="0054321")
    await change(hass, loaded, change_input(simulator.url, account_pin=" 0054321 "))
    assert (loaded.data["account_pin"], loaded.title) == ("0054321", title)


@pytest.mark.parametrize("step", ["reconfigure", "reauth"])
@pytest.mark.parametrize(
    ("url", "changes", "field", "error", "words"),
    [
        ("nowhere", {}, "connection", "invalid_url", ""),
        ("http://192.0.2.1", {}, "connection", "unencrypted_url", ""),
        (None, {"account_pin": "1" * 65}, "account_pin", "long_account_pin", "64"),
        (None, {"manager_id": ""}, "call_state", "incomplete_call_state", ""),
        (None, {"manager_id": "a@b"}, "call_state", "malformed_call_state_ids", "“a@b”"),
        (None, {"account_pin": "99999"}, "account_pin", "invalid_auth", "“Unknown account”"),
        (None, {"account_id": "9"}, "call_state", "invalid_call_state_ids", "“Unknown account ID”"),
    ],
)
async def test_error_is_shown_at_its_field_and_can_be_corrected(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    step: str,
    url: str | None,
    changes: dict[str, str],
    field: str,
    error: str,
    words: str,
) -> None:
    before = dict(loaded.data)
    flow = await (open_reconfigure if step == "reconfigure" else open_reauth)(hass, loaded)
    typed = change_input(url or simulator.url, **changes)
    await flow.submit(typed)
    assert flow.errors == {field: error} | ({"base": error} if field == "connection" else {})
    assert words in flow.message(field)
    assert flow.suggested == typed
    assert flow.schema["connection"].options == {"collapsed": field != "connection"}
    assert loaded.data == before

    await flow.submit(change_input(simulator.url))
    assert flow.aborted == f"{step}_successful"
    assert loaded.data == before


async def test_unreachable_server_changes_nothing(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    before = dict(loaded.data)
    await simulator.stop()
    flow = await open_reconfigure(hass, loaded)
    await flow.submit(change_input(simulator.url, account_pin="54321"))
    assert flow.errors["connection"] in {"connection_refused", "unreachable"}
    assert loaded.data == before
    await simulator.start()


async def test_account_with_one_extension_that_works_can_be_changed(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.remove_extension("01002")
    await change(hass, loaded, change_input(simulator.url, allow_unencrypted=True))
    assert loaded.data["allow_unencrypted"] is True


async def test_pin_has_the_error_if_every_extension_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    for extension_id in list(simulator.extensions):
        simulator.remove_extension(extension_id)
    flow = await open_reconfigure(hass, loaded)
    await flow.submit(change_input(simulator.url))
    assert flow.errors == {"account_pin": "invalid_auth"}
    assert "“Unknown extension”" in flow.message("account_pin")


async def test_extensions_are_named_if_they_fail_in_different_ways(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.remove_extension("01001")
    await simulator.inject("status_500_html", extension_id="01002")
    flow = await open_reconfigure(hass, loaded)
    await flow.submit(change_input(simulator.url))
    assert flow.errors == {"base": "no_extension_works"}
    assert ": 01001 Reception; 01002 Sales. " in flow.message("base")


async def test_account_of_another_entry_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    other = make_entry({**loaded.data, "account_pin": "77777"}, {})
    other.add_to_hass(hass)
    hass.config_entries.async_update_entry(other, title="Head office")
    flow = await open_reconfigure(hass, loaded)
    await flow.submit(change_input(simulator.url, account_pin="77777"))
    assert flow.aborted == "already_configured"
    assert "Head office" in flow.ending
    assert loaded.data["account_pin"] == PIN


async def test_account_without_extensions_is_changed_untried(
    hass: HomeAssistant, entry_data: dict[str, Any], simulator: Simulator, set_up: SetUp
) -> None:
    entry = make_entry(entry_data, {})
    await set_up(entry)
    await change(hass, entry, change_input(simulator.url, account_pin="54321"))
    assert entry.data["account_pin"] == "54321"
    assert simulator.requests == []


async def test_parameter_names_of_another_server_are_found(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    async with Simulator(dialect=Dialect(parameters="table")) as moved:
        await change(hass, loaded, change_input(moved.url))
        assert loaded.data["parameter_names"] == "table"
        await hass.config_entries.async_unload(loaded.entry_id)
