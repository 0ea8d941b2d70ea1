"""Adding, renaming and removing an extension of an account that is set up."""

import asyncio
from dataclasses import replace
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Account, Simulator

from .conftest import Poll, SetUp, make_entry
from .flows import (
    UNMISTAKABLE_PIN,
    Flow,
    assert_follows_the_server,
    open_extension,
    open_rename,
    row,
)
from .helpers import state_of
from .strangers import STRANGERS, Handler, serving

SUPPORT = row("01003", "Support")


@pytest.fixture
def entry(entry_data: dict[str, Any]) -> MockConfigEntry:
    """Return an account with two of its five extensions."""
    return make_entry(entry_data, {"01001": "Reception", "01002": "Sales"})


def entities_of(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str]:
    """Return the entity IDs of the account by unique ID."""
    registry = er.async_get(hass)
    return {
        entity.unique_id: entity.entity_id
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
    }


def devices_of(hass: HomeAssistant, entry: MockConfigEntry) -> set[str | None]:
    """Return the names of the account's devices."""
    registry = dr.async_get(hass)
    return {device.name for device in dr.async_entries_for_config_entry(registry, entry.entry_id)}


async def add_and_expect(
    hass: HomeAssistant, entry: MockConfigEntry, typed: dict[str, Any], errors: dict[str, str]
) -> Flow:
    """Try to add an extension, and return the form that says why it was not."""
    flow = await open_extension(hass, entry)
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("user", errors)
    assert flow.suggested == typed
    assert len(entry.subentries) == 2
    return flow


async def test_an_added_extension_appears_next_to_the_others(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    before = entities_of(hass, loaded)
    flow = await open_extension(hass, loaded)
    assert (flow.step, flow.suggested) == ("user", {})
    assert (await flow.submit(row(" 01003 ", " Support "))).created
    await hass.async_block_till_done()

    added = list(loaded.subentries.values())[-1]
    assert (added.subentry_type, added.unique_id, added.title, dict(added.data)) == (
        "extension",
        "01003",
        "Support",
        {"extension_id": "01003"},
    )
    after = entities_of(hass, loaded)
    assert after.items() > before.items()
    assert all("_01003_" in unique_id for unique_id in after.keys() - before.keys())
    assert devices_of(hass, loaded) == {loaded.title, "Reception", "Sales", "Support"}
    assert state_of(hass, "sensor.support_status") == "available"

    simulator.extension("01003").call_state = "called"
    await poll()
    assert state_of(hass, "sensor.support_status") == "on_call"
    await assert_follows_the_server(hass, loaded, simulator, poll)


async def test_an_agent_that_is_not_available_can_be_added(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.extension("01003").set(available=False, reason="paused")
    flow = await open_extension(hass, loaded)
    assert (await flow.submit(SUPPORT)).created
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.support_status") == "paused"


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        pytest.param(row("", "A"), {"extension_id": "empty_extension_id"}, id="empty ID"),
        pytest.param(row("  ", "A"), {"extension_id": "empty_extension_id"}, id="blank ID"),
        pytest.param(row("01003", ""), {"name": "empty_name"}, id="empty name"),
        pytest.param(row("01003", " "), {"name": "empty_name"}, id="blank name"),
        pytest.param(row("01001", "A"), {"extension_id": "duplicate_extension"}, id="twice"),
        pytest.param(
            row("01001 ", "A"), {"extension_id": "duplicate_extension"}, id="twice but a space"
        ),
    ],
)
async def test_what_cannot_be_right_is_refused_before_anything_is_sent(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    typed: dict[str, str],
    errors: dict[str, str],
) -> None:
    simulator.journal.clear()
    flow = await add_and_expect(hass, loaded, typed, errors)
    assert simulator.requests == []
    assert (await flow.submit(SUPPORT)).created


async def test_an_unknown_extension_is_refused_with_the_servers_words(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    errors = {"extension_id": "extension_refused"}
    flow = await add_and_expect(hass, loaded, row("09999", "Nobody"), errors)
    assert "“Unknown extension”" in flow.message("extension_id")
    assert (await flow.submit(SUPPORT)).created


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"pin": "54321"}, "invalid_auth", "Unknown account"),
        ({"manager_id": "3"}, "invalid_call_state_ids", "Unknown manager"),
    ],
)
async def test_rejected_credentials_are_no_mistake_of_this_form(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    changed: dict[str, str],
    error: str,
    words: str,
) -> None:
    right = simulator.account
    simulator.account = replace(right, **changed)
    flow = await add_and_expect(hass, loaded, SUPPORT, {"base": error})
    assert f"“{words}”" in flow.message("base")
    simulator.account = right
    assert (await flow.submit(SUPPORT)).created


async def test_a_server_that_is_down_can_be_tried_again(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    await simulator.stop()
    flow = await add_and_expect(hass, loaded, SUPPORT, {"base": "cannot_connect"})
    await simulator.start()
    assert (await flow.submit(SUPPORT)).created


async def test_a_server_that_never_answers_can_be_tried_again(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulator.delay = 60
    with monkeypatch.context() as patched:
        patched.setattr("custom_components.belfabriek.api.client.REQUEST_TIMEOUT", 0.05)
        flow = await add_and_expect(hass, loaded, SUPPORT, {"base": "timeout"})
    simulator.delay = 0
    assert (await flow.submit(SUPPORT)).created


@pytest.mark.usefixtures("enable_custom_integrations")
@pytest.mark.parametrize(("handler", "error"), STRANGERS)
async def test_a_server_that_gives_no_answer_of_the_api_is_told_apart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    handler: Handler,
    error: str,
) -> None:
    right = dict(entry.data)
    entry.add_to_hass(hass)
    async with serving(handler) as url:
        hass.config_entries.async_update_entry(entry, data=right | {"url": url})
        flow = await add_and_expect(hass, entry, SUPPORT, {"base": error})
    hass.config_entries.async_update_entry(entry, data=right)
    assert (await flow.submit(SUPPORT)).created


async def test_an_extension_that_was_added_meanwhile_is_not_added_twice(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flows = [await open_extension(hass, loaded) for _ in range(3)]
    # Both find out that the server knows the extension before either adds it.
    await asyncio.gather(*(flow.submit(SUPPORT) for flow in flows[:2]))
    assert sorted(str(flow.aborted) for flow in flows[:2]) == ["None", "already_configured"]
    await flows[2].submit(SUPPORT)
    assert flows[2].errors == {"extension_id": "duplicate_extension"}
    assert len(loaded.subentries) == 3


async def test_a_renamed_extension_keeps_its_entities(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    before = entities_of(hass, loaded)
    flow = await open_rename(hass, loaded, "subentry-1")
    assert (flow.step, flow.suggested) == ("reconfigure", {"name": "Reception"})
    await flow.submit({"name": " Front desk "})
    assert flow.aborted == "reconfigure_successful"
    await hass.async_block_till_done()

    assert loaded.subentries["subentry-1"].title == "Front desk"
    assert loaded.subentries["subentry-1"].data == {"extension_id": "01001"}
    assert devices_of(hass, loaded) == {loaded.title, "Front desk", "Sales"}
    assert entities_of(hass, loaded) == before
    state = hass.states.get("sensor.reception_status")
    assert state is not None
    assert state.name == "Front desk Status"
    await assert_follows_the_server(hass, loaded, simulator, poll)


@pytest.mark.parametrize("name", ["", "  "])
async def test_an_extension_cannot_lose_its_name(
    hass: HomeAssistant, loaded: MockConfigEntry, name: str
) -> None:
    flow = await open_rename(hass, loaded, "subentry-1")
    await flow.submit({"name": name})
    assert (flow.step, flow.errors) == ("reconfigure", {"name": "empty_name"})
    assert flow.suggested == {"name": name}
    assert loaded.subentries["subentry-1"].title == "Reception"
    await flow.submit({"name": "Front desk"})
    assert flow.aborted == "reconfigure_successful"


async def test_an_extension_can_be_renamed_while_the_server_is_down(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    await simulator.stop()
    flow = await open_rename(hass, loaded, "subentry-1")
    await flow.submit({"name": "Front desk"})
    assert flow.aborted == "reconfigure_successful"
    await hass.async_block_till_done()
    assert loaded.state is ConfigEntryState.SETUP_RETRY


async def test_a_removed_extension_takes_its_device_and_entities_along_and_no_others(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    before = entities_of(hass, loaded)
    assert hass.config_entries.async_remove_subentry(loaded, "subentry-2")
    await hass.async_block_till_done()
    assert entities_of(hass, loaded) == {
        unique_id: entity_id
        for unique_id, entity_id in before.items()
        if "_01002_" not in unique_id
    }
    assert devices_of(hass, loaded) == {loaded.title, "Reception"}
    assert state_of(hass, "sensor.sales_status") is None
    await assert_follows_the_server(hass, loaded, simulator, poll)
    simulator.journal.clear()
    await poll()
    assert {request.extension_id for request in simulator.requests} == {"01001"}


async def test_the_last_extension_can_go_and_another_one_can_come(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    for subentry_id in ("subentry-1", "subentry-2"):
        hass.config_entries.async_remove_subentry(loaded, subentry_id)
        await hass.async_block_till_done()
    assert loaded.state is ConfigEntryState.LOADED
    assert devices_of(hass, loaded) == {loaded.title}
    flow = await open_extension(hass, loaded)
    assert (await flow.submit(row("01001", "Reception"))).created
    await hass.async_block_till_done()
    await assert_follows_the_server(hass, loaded, simulator, poll)


async def test_the_pin_is_in_no_log(
    hass: HomeAssistant,
    simulator: Simulator,
    entry_data: dict[str, Any],
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    simulator.account = Account(pin=UNMISTAKABLE_PIN)
    entry = make_entry(entry_data | {"account_pin": UNMISTAKABLE_PIN}, {"01001": "Reception"})
    await set_up(entry)
    flow = await open_extension(hass, entry)
    await flow.submit(row("09999", "Nobody"))
    assert (await flow.submit(SUPPORT)).created
    await hass.async_block_till_done()
    assert "Belfabriek" in caplog.text
    assert UNMISTAKABLE_PIN not in caplog.text
