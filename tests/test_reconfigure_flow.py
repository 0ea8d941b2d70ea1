"""Changing an account that is set up."""

import logging
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Account, Dialect, Method, Simulator

from .conftest import Poll, SetUp, make_entry
from .flows import (
    PIN,
    UNMISTAKABLE_PIN,
    account_input,
    assert_follows_the_server,
    open_reconfigure,
)
from .helpers import state_of
from .strangers import serving, web_page

NO_CALL_STATE = {"supervisor_id": None, "manager_id": None, "account_id": None}


async def change(hass: HomeAssistant, entry: MockConfigEntry, typed: dict[str, Any]) -> None:
    """Change an account to what is right."""
    flow = await open_reconfigure(hass, entry)
    await flow.submit(typed)
    assert flow.aborted == "reconfigure_successful"
    await hass.async_block_till_done()


async def test_the_form_suggests_all_but_the_pin(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    flow = await open_reconfigure(hass, loaded)
    assert flow.step == "reconfigure"
    assert "Belfabriek …45" in flow.description
    assert flow.suggested == account_input(simulator.url, account_pin=None)
    assert flow.schema["connection"].options == {"collapsed": True}


@pytest.mark.parametrize("pin", [None, "", " "])
async def test_an_empty_pin_and_nothing_changed_leaves_the_account_as_it_is(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    poll: Poll,
    pin: str | None,
) -> None:
    before = dict(loaded.data)
    await change(hass, loaded, account_input(simulator.url, account_pin=pin))
    assert loaded.data == before
    assert (loaded.title, loaded.unique_id) == ("Belfabriek …45", PIN)
    await assert_follows_the_server(hass, loaded, simulator, poll)


async def test_another_address_is_polled_from_then_on(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with Simulator() as moved:
        await change(
            hass, loaded, account_input(moved.url, account_pin=None, allow_unencrypted=True)
        )
        assert loaded.data["url"] == moved.url
        assert loaded.data["allow_unencrypted"] is True
        await simulator.stop()
        await assert_follows_the_server(hass, loaded, moved, poll)
    assert "has an update listener" not in caplog.text


async def test_an_account_that_could_not_be_set_up_is_set_up_at_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
    poll: Poll,
) -> None:
    right = dict(entry.data)
    async with serving(web_page) as url:
        entry.add_to_hass(hass)
        hass.config_entries.async_update_entry(entry, data=right | {"url": url})
        await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
    await change(hass, entry, account_input(simulator.url, account_pin=None))
    assert entry.data == right
    await assert_follows_the_server(hass, entry, simulator, poll)


@pytest.mark.usefixtures("loaded")
async def test_the_call_state_can_be_given_up_and_taken_up_again(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    await change(hass, entry, account_input(simulator.url, account_pin=None, **NO_CALL_STATE))
    assert not {"supervisor_id", "manager_id", "account_id"} & set(entry.data)
    assert state_of(hass, "binary_sensor.reception_on_call") in {None, "unavailable"}
    simulator.journal.clear()
    await poll()
    assert {request.method for request in simulator.requests} == {Method.AGENT_AVAIL}

    flow = await open_reconfigure(hass, entry)
    assert flow.suggested["call_state"] == {}
    await flow.submit(account_input(simulator.url, account_pin=None))
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.reception_on_call") == "off"
    await assert_follows_the_server(hass, entry, simulator, poll)


async def test_a_new_pin_is_taken_over_by_the_unique_id_and_the_title(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    simulator.account = Account(pin="0054321")
    await change(hass, loaded, account_input(simulator.url, account_pin=" 0054321 "))
    assert loaded.data["account_pin"] == "0054321"
    assert (loaded.title, loaded.unique_id) == ("Belfabriek …321", "0054321")
    await assert_follows_the_server(hass, loaded, simulator, poll)


@pytest.mark.parametrize(
    ("url", "changes", "errors", "words"),
    [
        pytest.param("nowhere", {}, {"connection": "invalid_url"}, "", id="no URL"),
        pytest.param(
            "http://belfabriek.invalid", {}, {"connection": "unencrypted_url"}, "", id="unencrypted"
        ),
        pytest.param(
            None, {"manager_id": ""}, {"call_state": "incomplete_call_state"}, "", id="no manager"
        ),
        pytest.param(
            None,
            {"account_pin": "99999"},
            {"account_pin": "invalid_auth"},
            "“Unknown account”",
            id="wrong PIN",
        ),
        pytest.param(
            None,
            {"account_id": "9"},
            {"call_state": "invalid_call_state_ids"},
            "“Unknown account ID”",
            id="wrong account ID",
        ),
        pytest.param(
            "http://127.0.0.1:{closed}/",
            {},
            {"connection": "cannot_connect"},
            "",
            id="unreachable",
        ),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_can_be_corrected(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    poll: Poll,
    url: str | None,
    changes: dict[str, str],
    errors: dict[str, str],
    words: str,
) -> None:
    async with Simulator() as gone:
        closed = gone.port
    before = dict(loaded.data)
    flow = await open_reconfigure(hass, loaded)
    typed: dict[str, Any] = account_input(
        (url or simulator.url).format(closed=closed), **({"account_pin": None} | changes)
    )
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("reconfigure", errors)
    assert all(words in flow.message(field) for field in errors)
    assert "Belfabriek …45" in flow.description
    assert flow.suggested == typed
    assert flow.schema["connection"].options == {"collapsed": "connection" not in errors}
    assert loaded.data == before

    await flow.submit(account_input(simulator.url, account_pin=None))
    assert flow.aborted == "reconfigure_successful"
    await hass.async_block_till_done()
    assert loaded.data == before
    await assert_follows_the_server(hass, loaded, simulator, poll)


async def test_the_pin_of_another_account_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    make_entry({**loaded.data, "account_pin": "77777"}, {}).add_to_hass(hass)
    flow = await open_reconfigure(hass, loaded)
    await flow.submit(account_input(simulator.url, account_pin="77777"))
    assert flow.aborted == "already_configured"
    assert loaded.unique_id == PIN
    await assert_follows_the_server(hass, loaded, simulator, poll)


async def test_an_account_without_extensions_can_be_changed_although_nothing_proves_it(
    hass: HomeAssistant, entry_data: dict[str, Any], simulator: Simulator, set_up: SetUp
) -> None:
    entry = make_entry(entry_data, {})
    await set_up(entry)
    await change(hass, entry, account_input(simulator.url, account_pin="54321"))
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id == "54321"
    assert simulator.requests == []


async def test_the_parameter_names_of_another_server_are_found_out(
    hass: HomeAssistant, loaded: MockConfigEntry, poll: Poll
) -> None:
    async with Simulator(dialect=Dialect(parameters="table")) as moved:
        await change(hass, loaded, account_input(moved.url, account_pin=None))
        assert loaded.data["parameter_names"] == "table"
        await assert_follows_the_server(hass, loaded, moved, poll)


async def test_the_pin_is_in_no_log(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    flow = await open_reconfigure(hass, loaded)
    await flow.submit(account_input(simulator.url, account_pin=UNMISTAKABLE_PIN))
    assert flow.errors == {"account_pin": "invalid_auth"}
    simulator.account = Account(pin=UNMISTAKABLE_PIN)
    await flow.submit(account_input(simulator.url, account_pin=UNMISTAKABLE_PIN))
    await hass.async_block_till_done()
    await assert_follows_the_server(hass, loaded, simulator, poll)
    assert "Belfabriek …846" in caplog.text
    assert UNMISTAKABLE_PIN not in caplog.text
