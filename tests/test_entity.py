"""Every entity in both kinds of account: states, attributes and registry entries."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from syrupy.assertion import SnapshotAssertion

from simulator import Simulator

from .conftest import SetUp, make_entry


@pytest.mark.parametrize("kind", ["with call state", "without call state"])
async def test_every_entity_and_device_is_as_recorded(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
    simulator: Simulator,
    entry_data: dict[str, Any],
    set_up: SetUp,
    snapshot: SnapshotAssertion,
    kind: str,
) -> None:
    simulator.extension("01001").call_state = "called"
    if kind == "without call state":
        del entry_data["supervisor_id"]
    entry = make_entry(entry_data, {"01001": "Reception"})
    await set_up(entry)
    entries = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    shown = {}
    for each in sorted(entries, key=lambda each: each.entity_id):
        owner, _, key = each.unique_id.partition("_")
        assert owner in {entry.entry_id, "subentry-1"}
        state = hass.states.get(each.entity_id)
        attributes = dict(state.attributes) if state else {}
        attributes.pop("event_type", None)
        shown[each.entity_id] = {
            "key": key,
            "translation_key": each.translation_key,
            "category": each.entity_category,
            "disabled_by": each.disabled_by,
            "unit": each.unit_of_measurement,
            "state": state and state.state,
            "attributes": attributes,
        }
    assert shown == snapshot
    devices = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert [
        (each.name, each.manufacturer, each.model_id, each.entry_type, each.configuration_url)
        for each in devices
    ] == snapshot(name="devices")
