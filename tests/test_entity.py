"""Every entity in both kinds of account: states, attributes and registry entries."""

from collections import Counter
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.logbook.processor import EventProcessor
from homeassistant.components.recorder.core import Recorder
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from syrupy.assertion import SnapshotAssertion

from simulator import Simulator

from .conftest import Poll, SetUp, make_entry


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
        assert owner == (each.config_subentry_id or entry.entry_id)
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


# The recorder notes that the account is gone, a second after the end of the test.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_change_of_an_agent_is_at_most_three_rows_in_the_logbook(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    frontend: None,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    assert await async_setup_component(hass, "logbook", {})

    @callback
    def let_time_pass(_: Event[EventStateChangedData]) -> None:
        """Tick, since two events in one millisecond would be one row."""
        freezer.tick(0.001)

    hass.bus.async_listen(EVENT_STATE_CHANGED, let_time_pass)
    rows = Counter[tuple[str, str]]()
    for call_state in ("calling", "called", "wrapup"):
        simulator.extension("01001").call_state = call_state
        start = dt_util.utcnow()
        freezer.tick(2)
        await poll()
        await async_wait_recording_done(hass)
        shown = await recorder_mock.async_add_executor_job(
            EventProcessor(hass, ()).get_events, start, dt_util.utcnow()
        )
        rows.update((call_state, each["entity_id"]) for each in shown)
    shown_by = ("event.reception_call", "sensor.reception", "binary_sensor.reception_on_a_call")
    assert rows == {
        **{("calling", each): 1 for each in shown_by},
        **{("called", each): 1 for each in shown_by[:2]},
        **{("wrapup", each): 1 for each in shown_by},
    }
