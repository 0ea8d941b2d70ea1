from typing import Any

from homeassistant.components.sensor import ATTR_OPTIONS
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import DEFAULT_EXTENSIONS, Simulator

from .conftest import Poll, SetUp, make_entry
from .helpers import state_of


@pytest.mark.parametrize(
    ("scene", "status", "call_state", "reason"),
    [
        ({"call_state": "idle"}, "available", "idle", "-"),
        ({"call_state": "calling"}, "connecting", "calling", "-"),
        ({"call_state": "called"}, "on_call", "called", "-"),
        ({"call_state": "wrapup"}, "wrap_up", "wrapup", "-"),
        ({"call_state": "ringing"}, "unknown", "unknown", "-"),
        ({"available": False, "reason": "pause"}, "paused", "unknown", "pause"),
        ({"available": False, "reason": "handling"}, "handling", "unknown", "handling"),
        ({"available": False, "reason": "-"}, "offline", "unknown", "-"),
        ({"available": False, "reason": ""}, "offline", "unknown", "unknown"),
        ({"available": False, "reason": "Café"}, "not_available", "unknown", "Café"),
    ],
)
async def test_what_the_server_reports_is_shown(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    scene: dict[str, Any],
    status: str,
    call_state: str,
    reason: str,
) -> None:
    simulator.extension("01001").set(**scene)
    await poll()
    assert state_of(hass, "sensor.reception_status") == status
    assert state_of(hass, "sensor.reception_call_state") == call_state
    assert state_of(hass, "sensor.reception_availability_reason") == reason
    assert state_of(hass, "sensor.sales_status") == "available"


async def test_the_states_of_an_enum_are_listed(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    status = hass.states.get("sensor.reception_status")
    call_state = hass.states.get("sensor.reception_call_state")
    assert status is not None
    assert call_state is not None
    assert status.attributes[ATTR_OPTIONS] == (
        "available connecting on_call wrap_up paused handling offline not_available".split()
    )
    assert call_state.attributes[ATTR_OPTIONS] == "idle calling called wrapup".split()


async def test_the_phone_number_is_shown_only_where_somebody_asks_for_it(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    entry = entity_registry.async_get("sensor.reception_endpoint")
    assert entry is not None
    assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    assert entry.entity_category is EntityCategory.DIAGNOSTIC

    entity_registry.async_update_entity("sensor.reception_endpoint", disabled_by=None)
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.reception_endpoint") == simulator.extension("01001").endpoint


async def test_without_supervisor_and_manager_there_is_no_call_state(
    hass: HomeAssistant, entry_data: dict[str, Any], set_up: SetUp
) -> None:
    data = {key: entry_data[key] for key in entry_data if key != "supervisor_id"}
    await set_up(make_entry(data, DEFAULT_EXTENSIONS))
    assert state_of(hass, "sensor.reception_status") == "available"
    assert state_of(hass, "sensor.reception_call_state") is None
    assert state_of(hass, "binary_sensor.reception_on_call") is None
    assert state_of(hass, "binary_sensor.reception_available") == "on"


async def counts(hass: HomeAssistant) -> list[str | None]:
    return [
        state_of(hass, f"sensor.belfabriek_45_extensions_{key}")
        for key in ("available", "ready", "on_call")
    ]


async def test_the_account_counts_the_extensions_that_answered(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    assert await counts(hass) == ["5", "5", "0"]
    simulator.extension("01001").call_state = "called"
    simulator.extension("01002").call_state = "wrapup"
    simulator.extension("01003").set(available=False, reason="handling")
    simulator.extension("01004").call_state = "ringing"
    await poll()
    assert await counts(hass) == ["4", "1", "2"]
    simulator.remove_extension("01001")
    await poll()
    assert await counts(hass) == ["3", "1", "1"]
    for extension_id in list(simulator.extensions):
        simulator.remove_extension(extension_id)
    await poll()
    assert await counts(hass) == ["unavailable"] * 3
    state = hass.states.get("sensor.belfabriek_45_extensions_ready")
    assert state is not None
    assert state.attributes["state_class"] == "measurement"
