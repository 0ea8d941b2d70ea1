from datetime import timedelta
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateReportedData, HomeAssistant, callback
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from simulator import Account, Simulator

from .conftest import Poll, SetUp, make_entry
from .helpers import state_of, states_of

REFUSED = "No extension could be polled: the server refuses the connection or is out of reach"


def is_unavailable(hass: HomeAssistant, name: str) -> bool:
    """Return whether every entity of an extension is, and check that they agree."""
    states = {state for entity_id, state in states_of(hass).items() if f".{name}_" in entity_id}
    assert STATE_UNAVAILABLE not in states or len(states) == 1
    return STATE_UNAVAILABLE in states


class TestOneExtension:
    async def test_its_failure_stays_its_own(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        simulator.remove_extension("01001")
        simulator.extension("01002").call_state = "called"
        await poll()
        assert is_unavailable(hass, "reception")
        assert state_of(hass, "sensor.sales_status") == "on_call"

        simulator.add_extension("01001", "Reception")
        await poll()
        assert state_of(hass, "sensor.reception_status") == "available"

    async def test_at_start_its_failure_stays_its_own(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
    ) -> None:
        simulator.remove_extension("01001")
        await set_up(entry)
        assert is_unavailable(hass, "reception")
        assert state_of(hass, "sensor.sales_status") == "available"

    async def test_refusing_all_extensions_is_about_the_extensions(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        for extension_id in list(simulator.extensions):
            simulator.remove_extension(extension_id)
        await poll()
        assert is_unavailable(hass, "reception")
        assert loaded.state is ConfigEntryState.LOADED
        assert not hass.config_entries.flow.async_progress()

        simulator.add_extension("01001", "Reception")
        await poll()
        assert state_of(hass, "sensor.reception_status") == "available"
        assert is_unavailable(hass, "sales")


class TestOutage:
    async def test_everything_is_unavailable_until_the_first_poll_after_it(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        await simulator.stop()
        caplog.clear()
        for _ in range(3):
            await poll()
            assert is_unavailable(hass, "reception")

        await simulator.start()
        simulator.extension("01001").call_state = "called"
        await poll()
        assert state_of(hass, "sensor.reception_status") == "on_call"
        assert not is_unavailable(hass, "sales")
        assert [
            record.message
            for record in caplog.records
            if record.name.startswith("custom_components.belfabriek")
            and record.levelno >= logging.INFO
        ] == [
            f"Error fetching Belfabriek …45 data: {REFUSED}",
            "Fetching Belfabriek …45 data recovered",
        ]

    async def test_at_start_home_assistant_tries_again(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
    ) -> None:
        await simulator.stop()
        await set_up(entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert entry.reason == REFUSED
        await simulator.start()
        await poll()
        assert state_of(hass, "sensor.reception_status") == "available"


class TestRejectedCredentials:
    async def test_for_every_extension_they_ask_for_new_ones(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        simulator.account = Account(pin="99999")
        await poll()
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["context"]["source"] == SOURCE_REAUTH
        assert is_unavailable(hass, "reception")

    async def test_at_start_they_ask_for_new_ones(
        self, hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp
    ) -> None:
        simulator.account = Account(manager_id="99")
        await set_up(entry)
        assert entry.state is ConfigEntryState.SETUP_ERROR
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["context"]["source"] == SOURCE_REAUTH

    async def test_for_some_extensions_they_are_those_extensions_problem(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        for extension_id in ("01002", "01003", "01004", "01005"):
            simulator.extension(extension_id).set(available=False)
        await poll()
        # Only an available extension is asked for its call state.
        simulator.account = Account(supervisor_id="99")
        await poll()
        assert is_unavailable(hass, "reception")
        assert state_of(hass, "sensor.sales_status") == "offline"
        assert not hass.config_entries.flow.async_progress()


class TestCost:
    async def test_a_poll_asks_each_extension_once_and_each_available_one_twice(
        self, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        simulator.extension("01001").set(available=False)
        await poll()
        simulator.journal.clear()
        await poll()
        asked = sorted((request.extension_id, request.method) for request in simulator.requests)
        assert len(asked) == len(set(asked)) == 5 + 4

    async def test_an_unchanged_poll_writes_no_state(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await poll()
        changed = async_capture_events(hass, EVENT_STATE_CHANGED)
        reported: list[str] = []

        @callback
        def note(event: Event[EventStateReportedData]) -> None:
            reported.append(event.data["entity_id"])

        @callback
        def anything(data: EventStateReportedData) -> bool:
            return True

        hass.bus.async_listen(EVENT_STATE_REPORTED, note, event_filter=anything)
        await poll()
        assert (changed, reported) == ([], [])

        simulator.extension("01001").call_state = "calling"
        await poll()
        assert {event.data["entity_id"] for event in changed} == {
            "sensor.reception_status",
            "sensor.reception_call_state",
            "sensor.reception_status_since",
            "binary_sensor.reception_on_call",
            "event.reception_call",
            "sensor.belfabriek_45_extensions_on_call",
            "sensor.belfabriek_45_extensions_ready",
        }
        assert reported == []

    async def test_an_unchanged_state_is_the_same_object(
        self, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        before = loaded.runtime_data.coordinator.data
        simulator.extension("01001").call_state = "calling"
        await poll()
        after = loaded.runtime_data.coordinator.data
        assert [key for key in before if before[key] is not after[key]] == ["01001"]


class TestInterval:
    @pytest.mark.parametrize(("options", "seconds"), [({}, 10), ({"scan_interval": 60}, 60)])
    async def test_polls_as_often_as_the_user_says(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry_data: dict[str, Any],
        set_up: SetUp,
        freezer: FrozenDateTimeFactory,
        options: dict[str, int],
        seconds: int,
    ) -> None:
        await set_up(make_entry(entry_data, {"01001": "Reception"}, options=options))
        simulator.extension("01001").call_state = "called"

        for after, status in ((seconds - 3, "available"), (4, "on_call")):
            freezer.tick(timedelta(seconds=after))
            async_fire_time_changed(hass)
            await hass.async_block_till_done(wait_background_tasks=True)
            assert state_of(hass, "sensor.reception_status") == status

    async def test_an_automation_that_asks_every_five_seconds_gets_five_seconds(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry_data: dict[str, Any],
        set_up: SetUp,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        await async_setup_component(hass, "homeassistant", {})
        await set_up(make_entry(entry_data, {"01001": "Reception"}, options={"scan_interval": 300}))
        for call_state, status in [("calling", "connecting"), ("called", "on_call")] * 3:
            simulator.extension("01001").call_state = call_state
            freezer.tick(timedelta(seconds=5))
            async_fire_time_changed(hass)
            await hass.services.async_call(
                "homeassistant",
                "update_entity",
                {"entity_id": "sensor.reception_status"},
                blocking=True,
            )
            assert state_of(hass, "sensor.reception_status") == status
