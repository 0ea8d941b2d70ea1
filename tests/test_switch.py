"""The switch of a busy light."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.belfabriek.const import DOMAIN
from simulator import Simulator

from .conftest import SetUp
from .helpers import state_of, states_of
from .lamps import ColorLamp, add_busy_light, install

SWITCH = "switch.desk_follow_the_status"


@pytest.fixture
async def loaded(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp) -> MockConfigEntry:
    """Return an account with a busy light, set up."""
    await install(hass, ColorLamp("Lamp"))
    add_busy_light(entry, extensions=["subentry-1"], lights=["light.lamp"])
    await set_up(entry)
    await hass.async_block_till_done(wait_background_tasks=True)
    return entry


async def turn(hass: HomeAssistant, action: str) -> None:
    await hass.services.async_call("switch", f"turn_{action}", {"entity_id": SWITCH}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_switch_is_on_in_a_device_with_the_name_of_the_light(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    assert states_of(hass, "switch") == {SWITCH: "on"}
    registry = er.async_get(hass)
    switch = registry.async_get(SWITCH)
    assert switch is not None
    assert switch.device_id is not None
    assert (switch.unique_id, switch.config_subentry_id) == ("desk_follow", "desk")
    device = dr.async_get(hass).async_get(switch.device_id)
    assert device is not None
    assert (device.name, device.identifiers) == ("Desk", {(DOMAIN, "desk")})
    assert [each.entity_id for each in er.async_entries_for_device(registry, device.id)] == [SWITCH]

    desk = loaded.subentries["desk"]
    hass.config_entries.async_update_subentry(loaded, desk, title="Hall")
    await hass.async_block_till_done(wait_background_tasks=True)
    device = dr.async_get(hass).async_get(switch.device_id)
    assert device is not None
    assert device.name == "Hall"


async def test_switch_stays_off_after_a_reload(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    await turn(hass, "off")
    # On disk at once, so that a crash changes nothing.
    stored = hass_storage[f"{DOMAIN}.{loaded.entry_id}"]["data"]["busy_lights"]
    assert stored["desk"]["is_following"] is False
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, SWITCH) == "off"
    await turn(hass, "on")
    assert state_of(hass, SWITCH) == "on"


async def test_switch_works_in_an_outage(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    await simulator.stop()
    await loaded.runtime_data.async_refresh()
    await turn(hass, "off")
    assert state_of(hass, SWITCH) == "off"


async def test_switch_disappears_with_the_busy_light(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    hass.config_entries.async_remove_subentry(loaded, "desk")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert states_of(hass, "switch") == {}
