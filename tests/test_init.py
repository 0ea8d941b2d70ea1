from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from simulator import DEFAULT_EXTENSIONS, Simulator

from .conftest import SetUp, make_entry
from .helpers import state_of, states_of


async def test_every_extension_is_a_device_under_the_account(
    device_registry: dr.DeviceRegistry, loaded: MockConfigEntry
) -> None:
    devices = dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    (account,) = [device for device in devices if device.via_device_id is None]
    assert account.name == "Belfabriek …45"
    assert {device.name for device in devices if device.via_device_id == account.id} == set(
        DEFAULT_EXTENSIONS.values()
    )
    assert {device.entry_type for device in devices} == {dr.DeviceEntryType.SERVICE}


async def test_unique_ids_carry_the_extension_and_nothing_secret(
    entity_registry: er.EntityRegistry, loaded: MockConfigEntry
) -> None:
    entries = er.async_entries_for_config_entry(entity_registry, loaded.entry_id)
    assert {
        entry.unique_id for entry in entries if entry.entity_id.split(".")[1].startswith("sales_")
    } == {
        f"{loaded.entry_id}_01002_{key}"
        for key in (
            "available",
            "call",
            "on_call",
            "status",
            "status_since",
            "call_state",
            "availability_reason",
            "endpoint",
        )
    }


async def test_two_accounts_with_the_same_extension_live_side_by_side(
    hass: HomeAssistant, simulator: Simulator, entry_data: dict[str, Any], set_up: SetUp
) -> None:
    async with Simulator() as other:
        other.extension("01001").call_state = "called"
        await set_up(make_entry(entry_data, {"01001": "Here"}))
        data = {**entry_data, "url": other.url}
        entry = make_entry(data, {"01001": "There"})
        await set_up(entry)
        assert state_of(hass, "sensor.here_status") == "available"
        assert state_of(hass, "sensor.there_status") == "on_call"
        await hass.config_entries.async_unload(entry.entry_id)


async def test_an_account_without_extensions_loads(
    entry_data: dict[str, Any], simulator: Simulator, set_up: SetUp
) -> None:
    entry = make_entry(entry_data, {})
    await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert simulator.requests == []


async def test_unload_leaves_nothing_behind(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert loaded.state is ConfigEntryState.NOT_LOADED
    assert set(states_of(hass).values()) == {"unavailable"}
    simulator.journal.clear()
    freezer.tick(timedelta(minutes=10))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.requests == []
    assert not hasattr(loaded, "runtime_data")


async def test_removal_leaves_no_device_entity_or_state(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    loaded: MockConfigEntry,
) -> None:
    await hass.config_entries.async_remove(loaded.entry_id)
    await hass.async_block_till_done()
    assert states_of(hass) == {}
    assert not list(entity_registry.entities)
    assert not dr.async_entries_for_config_entry(device_registry, loaded.entry_id)


async def test_a_reload_keeps_entities_and_devices(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, loaded: MockConfigEntry
) -> None:
    before = {entry.entity_id: entry.id for entry in entity_registry.entities.values()}
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert {entry.entity_id: entry.id for entry in entity_registry.entities.values()} == before


@pytest.mark.parametrize("extension_id", ["01001", "001001", "1001"])
async def test_extension_ids_are_asked_as_they_were_typed(
    hass: HomeAssistant, entry_data: dict[str, Any], set_up: SetUp, extension_id: str
) -> None:
    extensions = {extension_id: "Desk"}
    async with Simulator(extensions=extensions) as simulator:
        entry = make_entry({**entry_data, "url": simulator.url}, extensions)
        await set_up(entry)
        assert state_of(hass, "sensor.desk_status") == "available"
        assert {request.extension_id for request in simulator.requests} == {extension_id}
        await hass.config_entries.async_unload(entry.entry_id)
