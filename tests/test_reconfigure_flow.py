"""Changing an account: its credentials, its address, and its extensions."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from simulator import Account, Dialect, Simulator

from .conftest import Poll, SetUp, make_entry
from .flows import PIN, account_input, open_extension, open_reconfigure, row
from .strangers import serving, web_page

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

LINES = "01001 Reception\n01002 Sales, Support"
STORED = {"01001": "Reception", "01002": "Sales, Support"}


@pytest.fixture
def entry(entry_data: dict[str, Any]) -> MockConfigEntry:
    """Return an account with two of its five extensions."""
    return make_entry(entry_data, STORED)


@pytest.fixture
def scheduled(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the entries that are to be reloaded, which does not happen."""
    scheduled: list[str] = []
    monkeypatch.setattr(hass.config_entries, "async_schedule_reload", scheduled.append)
    return scheduled


def names(entry: MockConfigEntry) -> dict[str | None, str]:
    """Return the names of the extensions by ID."""
    return {each.unique_id: each.title for each in entry.subentries.values()}


def keeping_pin(
    url: str, lines: str | None = LINES, **changes: str | bool | None
) -> dict[str, Any]:
    """Return the form with an empty PIN."""
    return account_input(url, lines, **({"account_pin": None, **changes}))


async def change(hass: HomeAssistant, entry: MockConfigEntry, typed: dict[str, Any]) -> None:
    """Change an account to valid values."""
    flow = await open_reconfigure(hass, entry)
    await flow.submit(typed)
    assert flow.aborted == "reconfigure_successful"
    await hass.async_block_till_done()


async def test_the_form_is_filled_in_but_for_the_pin_and_says_that_lines_never_remove(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    flow = await open_reconfigure(hass, loaded)
    assert flow.step == "reconfigure"
    assert loaded.title in flow.description
    texts = flow.texts["step"]["reconfigure"]["data_description"]
    assert "Deleting a line does not remove the extension" in texts["extensions"]
    assert flow.suggested == keeping_pin(simulator.url)
    assert flow.schema["connection"].options == {"collapsed": True}


@pytest.mark.parametrize("pin", [None, "", " ", PIN])
@pytest.mark.parametrize("lines", [LINES, None, "", "01001\n01002"])
async def test_nothing_changed_leaves_everything_as_it_is(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    scheduled: list[str],
    pin: str | None,
    lines: str | None,
) -> None:
    before, modified = dict(loaded.data), loaded.modified_at
    await change(hass, loaded, keeping_pin(simulator.url, lines, account_pin=pin))
    assert loaded.data == before
    assert (loaded.modified_at, names(loaded)) == (modified, STORED)
    assert scheduled == []


@pytest.mark.parametrize("name", ['"Jo"', "; Jo", "Ann  Lee", "01001"])
async def test_a_name_that_a_line_cannot_hold_is_not_changed_by_accident(
    hass: HomeAssistant, entry_data: dict[str, Any], name: str
) -> None:
    entry = make_entry(entry_data, {"01001": name})
    entry.add_to_hass(hass)
    flow = await open_reconfigure(hass, entry)
    await change(hass, entry, flow.suggested)
    assert names(entry) == {"01001": name}


async def test_lines_add_and_rename_and_never_remove(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    before = list(loaded.subentries)
    await change(hass, loaded, keeping_pin(simulator.url, "01003 Jo\n01004\n01001  FRONT desk"))
    assert names(loaded) == STORED | {"01001": "FRONT desk", "01003": "Jo", "01004": "01004"}
    assert list(loaded.subentries)[:2] == before
    added = list(loaded.subentries.values())[2]
    assert (added.subentry_type, dict(added.data)) == ("extension", {"extension_id": "01003"})


async def test_a_new_id_under_an_old_name_is_a_new_extension(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    await change(hass, loaded, keeping_pin(simulator.url, "01003 Reception"))
    assert names(loaded) == STORED | {"01003": "Reception"}


async def test_extensions_can_be_renamed_while_the_server_is_down(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    await simulator.stop()
    await change(hass, loaded, keeping_pin(simulator.url, "01001 Front desk"))
    assert names(loaded)["01001"] == "Front desk"


async def test_only_the_added_extension_is_tried_if_nothing_else_changed(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, scheduled: list[str]
) -> None:
    entry.add_to_hass(hass)
    await change(hass, entry, keeping_pin(simulator.url, f"{LINES}\n01003 Jo"))
    assert {request.extension_id for request in simulator.requests} == {"01003"}
    # There is no update listener that would reload it.
    assert scheduled == [entry.entry_id]


async def test_an_added_extension_that_the_server_refuses_changes_nothing(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    flow = await open_reconfigure(hass, loaded)
    typed = keeping_pin(simulator.url, "01001 Front desk\n01003 Jo\n09999 Nobody")
    await flow.submit(typed)
    assert flow.errors == {"extensions": "extensions_refused", "base": "extensions_refused"}
    assert "3: 09999 Nobody (“Unknown extension”)" in flow.message("base")
    assert flow.suggested == typed
    assert names(loaded) == STORED
    await flow.submit(keeping_pin(simulator.url, "01001 Front desk\n01003 Jo"))
    assert flow.aborted == "reconfigure_successful"


async def test_a_stored_extension_that_is_refused_does_not_keep_others_from_being_added(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.remove_extension("01002")
    typed = keeping_pin(simulator.url, f"{LINES}\n01003 Jo", allow_unencrypted=True)
    await change(hass, loaded, typed)
    assert names(loaded) == STORED | {"01003": "Jo"}


async def test_what_another_flow_changed_meanwhile_stays(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, scheduled: list[str]
) -> None:
    entry.add_to_hass(hass)
    changing = await open_reconfigure(hass, entry)
    adding = await open_extension(hass, entry)
    simulator.delay = 0.2
    lines = "01001 Front desk\n01002 Sales\n01003 Jo\n01004 Ann"
    submitted = asyncio.gather(
        adding.submit(row("01003", "Jo Lee")), changing.submit(keeping_pin(simulator.url, lines))
    )
    await asyncio.sleep(0.1)
    hass.config_entries.async_remove_subentry(entry, "subentry-2")
    await submitted
    assert changing.aborted == "reconfigure_successful"
    assert names(entry) == {"01001": "Front desk", "01003": "Jo Lee", "01004": "Ann"}
    assert scheduled == [entry.entry_id]


async def test_a_name_that_another_page_changed_meanwhile_stays(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    first, second = [await open_reconfigure(hass, loaded) for _ in range(2)]
    await first.submit(keeping_pin(simulator.url, LINES.replace("Reception", "Front desk")))
    await second.submit(keeping_pin(simulator.url, f"{LINES}\n01003 Jo"))
    assert names(loaded) == STORED | {"01001": "Front desk", "01003": "Jo"}


async def test_a_form_whose_page_was_closed_does_not_keep_the_question_for_credentials_away(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    flow = await open_reconfigure(hass, loaded)
    await flow.submit(keeping_pin(simulator.url, "Jo"))
    simulator.account = Account(pin="54321")
    await poll()
    assert [each["context"]["source"] for each in hass.config_entries.flow.async_progress()] == [
        SOURCE_RECONFIGURE
    ]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=61))
    await hass.async_block_till_done()
    await poll()
    assert [each["context"]["source"] for each in hass.config_entries.flow.async_progress()] == [
        SOURCE_REAUTH
    ]


async def test_another_address_is_stored_and_used_at_once(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    async with Simulator() as moved:
        await change(hass, loaded, keeping_pin(moved.url, allow_unencrypted=True))
        assert loaded.data["url"] == moved.url
        assert loaded.data["allow_unencrypted"] is True
        assert loaded.state is ConfigEntryState.LOADED
        await hass.config_entries.async_unload(loaded.entry_id)
    # Home Assistant's complaint about a flow that reloads an entry with a listener of its own.
    assert "has an update listener" not in caplog.text


async def test_an_account_that_could_not_be_set_up_is_set_up_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator
) -> None:
    right = dict(entry.data)
    entry.add_to_hass(hass)
    async with serving(web_page) as url:
        hass.config_entries.async_update_entry(entry, data=right | {"url": url})
        await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state.value == "setup_retry"
    await change(hass, entry, keeping_pin(simulator.url))
    assert entry.data == right
    assert entry.state is ConfigEntryState.LOADED


async def test_the_call_state_can_be_given_up_and_taken_up_again(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    nothing = {"supervisor_id": None, "manager_id": None, "account_id": None}
    await change(hass, loaded, keeping_pin(simulator.url, **nothing))
    assert not {"supervisor_id", "manager_id", "account_id"} & set(loaded.data)
    assert (await open_reconfigure(hass, loaded)).suggested["call_state"] == {}
    await change(hass, loaded, keeping_pin(simulator.url))
    assert loaded.data["account_id"] == "67890"


async def test_a_new_pin_is_stored_and_the_title_stays(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    title = loaded.title
    simulator.account = Account(pin="0054321")
    await change(hass, loaded, keeping_pin(simulator.url, account_pin=" 0054321 "))
    assert (loaded.data["account_pin"], loaded.title) == ("0054321", title)


@pytest.mark.parametrize(
    ("url", "changes", "field", "error", "words"),
    [
        ("nowhere", {}, "connection", "invalid_url", ""),
        ("http://192.0.2.1", {}, "connection", "unencrypted_url", ""),
        (None, {"manager_id": ""}, "call_state", "incomplete_call_state", ""),
        (None, {"lines": "Jo"}, "extensions", "malformed_lines", "1 (“Jo”)"),
        (None, {"account_pin": "99999"}, "account_pin", "invalid_auth", "“Unknown account”"),
        (
            None,
            {"account_id": "9"},
            "call_state",
            "invalid_call_state_ids",
            "“Unknown account ID”",
        ),
        ("http://127.0.0.1:{closed}/", {}, "connection", "cannot_connect", ""),
    ],
)
async def test_what_is_wrong_is_said_and_can_be_corrected(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    url: str | None,
    changes: dict[str, str],
    field: str,
    error: str,
    words: str,
) -> None:
    async with Simulator() as gone:
        closed = gone.port
    before = dict(loaded.data)
    flow = await open_reconfigure(hass, loaded)
    typed = keeping_pin((url or simulator.url).format(closed=closed), **changes)
    await flow.submit(typed)
    errors = {field: error} if field == "account_pin" else {field: error, "base": error}
    assert (flow.step, flow.errors) == ("reconfigure", errors)
    assert words in flow.message(field)
    assert flow.suggested == typed
    assert flow.schema["connection"].options == {"collapsed": field != "connection"}
    assert loaded.data == before

    await flow.submit(None)
    assert (flow.errors, flow.suggested) == ({}, typed)
    await flow.submit(keeping_pin(simulator.url))
    assert flow.aborted == "reconfigure_successful"
    assert loaded.data == before


async def test_extensions_that_the_server_refuses_all_prove_nothing(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    for extension_id in list(simulator.extensions):
        simulator.remove_extension(extension_id)
    flow = await open_reconfigure(hass, loaded)
    await flow.submit(keeping_pin(simulator.url))
    assert flow.errors == {"base": "no_extension_works"}
    assert "01001 Reception (“Unknown extension”)" in flow.message("base")


async def test_the_account_of_another_entry_is_refused_and_that_entry_is_named(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    other = make_entry({**loaded.data, "account_pin": "77777"}, {})
    other.add_to_hass(hass)
    hass.config_entries.async_update_entry(other, title="Head office")
    flow = await open_reconfigure(hass, loaded)
    await flow.submit(keeping_pin(simulator.url, account_pin="77777"))
    assert flow.aborted == "already_configured"
    assert "Head office" in flow.ending
    assert loaded.data["account_pin"] == PIN


async def test_an_account_without_extensions_can_be_changed_although_nothing_proves_it(
    hass: HomeAssistant, entry_data: dict[str, Any], simulator: Simulator, set_up: SetUp
) -> None:
    entry = make_entry(entry_data, {})
    await set_up(entry)
    await change(hass, entry, keeping_pin(simulator.url, None, account_pin="54321"))
    assert entry.data["account_pin"] == "54321"
    assert simulator.requests == []


async def test_the_parameter_names_of_another_server_are_found_out(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    async with Simulator(dialect=Dialect(parameters="table")) as moved:
        await change(hass, loaded, keeping_pin(moved.url))
        assert loaded.data["parameter_names"] == "table"
        await hass.config_entries.async_unload(loaded.entry_id)
