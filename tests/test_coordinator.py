import asyncio
from collections.abc import Callable
from datetime import timedelta
import logging
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateReportedData, HomeAssistant, callback
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.belfabriek import coordinator
from custom_components.belfabriek.api import BelfabriekClient, client
from simulator import Account, Simulator
from simulator.faults import FaultKind, FaultRule

from .conftest import Poll, SetUp, make_entry
from .helpers import state_of, states_of

REFUSED = "No extension could be polled: the server refuses the connection or is out of reach"


def is_unavailable(hass: HomeAssistant, name: str) -> bool:
    """Return whether every entity of an extension is, and check that they agree."""
    states = {state for entity_id, state in states_of(hass).items() if f".{name}_" in entity_id}
    assert STATE_UNAVAILABLE not in states or len(states) == 1
    return STATE_UNAVAILABLE in states


async def poll_after(hass: HomeAssistant, seconds: float) -> None:
    """Bring everything forward that is due within so many seconds, and wait until it is over."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done(wait_background_tasks=True)


def let_time_pass(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Put the event loop's clock forward."""
    real_time = hass.loop.time
    monkeypatch.setattr(hass.loop, "time", lambda: real_time() + seconds)


async def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for what tells nobody."""
    async with asyncio.timeout(10):
        while not happened():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)


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


class TestSomeExtensions:
    """Some that fail keep nobody else from being asked."""

    @pytest.fixture
    async def sixty(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry_data: dict[str, Any],
        set_up: SetUp,
    ) -> MockConfigEntry:
        """Return an account with sixty extensions at a server that takes its time."""
        extensions = {f"02{number:03}": f"Agent {number}" for number in range(60)}
        for extension_id, name in extensions.items():
            simulator.add_extension(extension_id, name)
        entry = make_entry(entry_data, extensions)
        await set_up(entry)
        simulator.delay = 0.02
        return entry

    @pytest.mark.parametrize(
        ("kind", "faulty", "polls"),
        [
            (FaultKind.CLOSE_WITHOUT_ANSWER, 4, 1),
            (FaultKind.CLOSE_WITHOUT_ANSWER, 8, 2),
            (FaultKind.CLOSE_WITHOUT_ANSWER, 40, 8),
            (FaultKind.DELAY, 4, 1),
            (FaultKind.DELAY, 8, 2),
        ],
    )
    async def test_what_answers_is_asked(
        self,
        simulator: Simulator,
        sixty: MockConfigEntry,
        poll: Poll,
        monkeypatch: pytest.MonkeyPatch,
        kind: FaultKind,
        faulty: int,
        polls: int,
    ) -> None:
        if kind is FaultKind.DELAY:
            monkeypatch.setattr(client, "REQUEST_TIMEOUT", 1.0)
        for number in range(faulty):
            await simulator.inject(FaultRule(kind, extension_id=f"02{number:03}"))
        for _ in range(polls):
            await poll()
        polled = sixty.runtime_data.coordinator
        for _ in range(3):
            assert polled.last_update_success
            assert set(polled.failures) == {f"02{number:03}" for number in range(faulty)}
            assert len(polled.data) == 60 - faulty
            await poll()

    async def test_who_had_no_turn_is_the_first_in_the_next_poll(
        self,
        simulator: Simulator,
        sixty: MockConfigEntry,
        poll: Poll,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        simulator.delay = 0.06
        monkeypatch.setattr(coordinator, "_POLL_TIMEOUT", 0.5)
        polled = sixty.runtime_data.coordinator
        answered: set[str] = set()
        for _ in range(20):
            await poll()
            assert polled.failures
            answered |= set(polled.data)
            if len(answered) == 60:
                return
        pytest.fail(f"{len(answered)} have had their turn")


class TestMistake:
    async def test_it_costs_one_poll_and_tells_no_secret(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """Nobody knows of one; this is what keeps it from being worse."""
        await simulator.inject(
            FaultRule(FaultKind.STATUS_429, extension_id="01001", retry_after="100")
        )

        async def fail(client: BelfabriekClient, extension_id: str) -> str:
            """Fail when the other answers are there."""
            await asyncio.sleep(0.3)
            raise RuntimeError

        with patch.object(BelfabriekClient, "get_extension_status", fail):
            await poll()
        assert is_unavailable(hass, "sales")
        await poll()
        assert state_of(hass, "sensor.sales_status") == "available"
        assert "RuntimeError" in caplog.text
        assert "01001" not in caplog.text


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

    async def test_a_server_that_accepts_them_again_needs_no_new_ones(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        account = simulator.account
        simulator.account = Account(pin="99999")
        await poll()
        simulator.journal.clear()
        await poll()
        assert simulator.requests == []  # rejected credentials are not tried every ten seconds

        simulator.account = account
        simulator.extension("01001").call_state = "called"
        await poll_after(hass, 301)
        assert state_of(hass, "sensor.reception_status") == "on_call"
        assert not hass.config_entries.flow.async_progress()

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


class TestRateLimit:
    @pytest.mark.parametrize(("retry_after", "seconds"), [("100", 100), ("1000000", 300)])
    async def test_the_server_is_left_alone_as_long_as_it_asks_within_bounds(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        monkeypatch: pytest.MonkeyPatch,
        retry_after: str,
        seconds: int,
    ) -> None:
        await simulator.inject(FaultRule(FaultKind.STATUS_429, retry_after=retry_after))
        await poll()
        assert is_unavailable(hass, "reception")
        await simulator.clear_faults()
        simulator.journal.clear()
        await loaded.runtime_data.coordinator.async_refresh()
        await poll_after(hass, seconds - 5)
        assert simulator.requests == []

        let_time_pass(hass, monkeypatch, seconds)
        await poll_after(hass, seconds + 1)
        assert state_of(hass, "sensor.reception_status") == "available"

    async def test_one_extension_that_is_left_alone_keeps_nobody_waiting(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await simulator.inject(
            FaultRule(FaultKind.STATUS_429, extension_id="01001", retry_after="100")
        )
        await poll()
        await simulator.clear_faults()
        simulator.journal.clear()
        simulator.extension("01002").call_state = "called"
        await poll()
        assert is_unavailable(hass, "reception")
        assert state_of(hass, "sensor.sales_status") == "on_call"
        assert "01001" not in {request.extension_id for request in simulator.requests}

        let_time_pass(hass, monkeypatch, 100)
        await poll()
        assert state_of(hass, "sensor.reception_status") == "available"

    async def test_too_many_requests_without_a_time_are_asked_again_in_the_next_poll(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await simulator.inject(FaultRule(FaultKind.STATUS_429))
        await poll()
        assert is_unavailable(hass, "reception")
        await simulator.clear_faults()
        await poll()
        assert state_of(hass, "sensor.reception_status") == "available"


class TestTime:
    async def test_a_poll_ends_without_those_that_have_not_answered(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(coordinator, "_POLL_TIMEOUT", 0.2)
        await simulator.inject(FaultRule(FaultKind.DELAY, extension_id="01001", seconds=5))
        simulator.extension("01002").call_state = "called"
        await poll()
        assert is_unavailable(hass, "reception")
        assert state_of(hass, "sensor.sales_status") == "on_call"
        assert "over after" in str(loaded.runtime_data.coordinator.failures["01001"])

    async def test_the_interval_is_counted_from_the_beginning_of_a_poll(
        self, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        simulator.delay = 1.1
        await poll()
        interval = loaded.runtime_data.coordinator.update_interval
        assert timedelta(seconds=7) <= interval <= timedelta(seconds=9)

    async def test_polls_that_take_longer_than_the_interval_leave_a_pause(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        hass.config_entries.async_update_entry(loaded, options={"scan_interval": 2})
        await hass.async_block_till_done()
        simulator.delay = 2.1
        await poll()
        assert loaded.runtime_data.coordinator.update_interval == timedelta(seconds=1)

    async def test_whoever_waits_for_a_poll_goes_on_when_the_entry_is_unloaded(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
    ) -> None:
        simulator.delay = 60
        simulator.journal.clear()
        waiting = hass.async_create_task(loaded.runtime_data.coordinator.async_refresh())
        await wait_until(lambda: bool(simulator.requests))
        assert await hass.config_entries.async_unload(loaded.entry_id)
        async with asyncio.timeout(10):
            await waiting


class TestChange:
    """A change is shown as soon as it is known, and not when the poll is over."""

    ON_CALL = "sensor.belfabriek_45_extensions_on_call"

    async def test_it_is_shown_while_others_have_not_answered(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
    ) -> None:
        calls = async_capture_events(hass, EVENT_STATE_CHANGED)
        await simulator.inject(FaultRule(FaultKind.DELAY, extension_id="01001", seconds=1))
        simulator.extension("01002").call_state = "called"
        polling = hass.async_create_task(loaded.runtime_data.coordinator.async_refresh())
        await wait_until(lambda: state_of(hass, "event.sales_call") != "unknown")
        assert state_of(hass, "sensor.sales_status") == "on_call"
        assert state_of(hass, "sensor.sales_status_since") != "unknown"
        assert state_of(hass, "binary_sensor.sales_on_call") == "on"
        assert not polling.done()
        # The account's numbers are those of one poll.
        assert state_of(hass, self.ON_CALL) == "0"

        await polling
        assert state_of(hass, self.ON_CALL) == "1"
        shown = [event.data["entity_id"] for event in calls]
        assert shown.count("sensor.sales_status") == 1
        # Started and connected.
        assert shown.count("event.sales_call") == 2

    async def test_after_an_outage_everything_is_shown_together(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await simulator.stop()
        await poll()
        await simulator.start()
        await simulator.inject(FaultRule(FaultKind.DELAY, extension_id="01001", seconds=0.5))
        simulator.journal.clear()
        simulator.extension("01002").call_state = "called"
        changed = async_capture_events(hass, EVENT_STATE_CHANGED)
        polling = hass.async_create_task(loaded.runtime_data.coordinator.async_refresh())
        await wait_until(lambda: len(simulator.requests) == 10)
        await asyncio.sleep(0.1)
        assert (changed, is_unavailable(hass, "sales")) == ([], True)
        await polling
        assert state_of(hass, "sensor.sales_status") == "on_call"
        assert state_of(hass, "event.sales_call") == "unknown"

    async def test_whoever_fails_to_show_it_keeps_nobody_else_from_it(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def fail() -> None:
            raise RuntimeError("no room for it")

        coordinator = loaded.runtime_data.coordinator
        end = coordinator.async_add_extension_listener("01001", fail)
        for extension_id in ("01001", "01002"):
            simulator.extension(extension_id).call_state = "called"
        await poll()
        assert coordinator.last_update_success
        assert state_of(hass, "sensor.reception_status") == "on_call"
        assert state_of(hass, "sensor.sales_status") == "on_call"
        assert caplog.text.count("RuntimeError: no room for it") == 1
        assert "01001" not in caplog.text

        end()
        simulator.extension("01001").call_state = "idle"
        await poll()
        assert caplog.text.count("RuntimeError: no room for it") == 1

    async def test_a_requested_poll_that_had_to_wait_ends_with_the_entry(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        for _ in range(2):
            await loaded.runtime_data.coordinator.async_request_refresh()
        simulator.delay = 0.3
        simulator.journal.clear()
        await wait_until(lambda: len(simulator.requests) == 8)
        assert await hass.config_entries.async_unload(loaded.entry_id)
        caplog.clear()
        await asyncio.sleep(0.5)
        assert len(simulator.requests) == 8
        assert "custom_components.belfabriek" not in caplog.text


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
