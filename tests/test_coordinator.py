import asyncio
from datetime import timedelta
import logging
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateReportedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.belfabriek import coordinator
from custom_components.belfabriek.api import BelfabriekClient, ExtensionState, transport
from simulator import Account, Simulator

from .conftest import Poll, SetUp, make_entry
from .helpers import SECOND_CALL, state_of, states_of, until

REFUSED = "Failed to update: the server refuses the connection"
STATUS = "sensor.reception_status"
AVAILABLE = "sensor.belfabriek_extensions_accepting_calls"


def is_unavailable(hass: HomeAssistant, name: str) -> bool:
    """Return whether an extension is unavailable."""
    return state_of(hass, f"binary_sensor.{name}_accepting_calls") == STATE_UNAVAILABLE


async def poll_after(hass: HomeAssistant, seconds: float) -> None:
    """Fire the timers of the next seconds, and wait until their work is done."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done(wait_background_tasks=True)


def let_time_pass(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Advance the clock of the event loop."""
    real_time = hass.loop.time
    monkeypatch.setattr(hass.loop, "time", lambda: real_time() + seconds)


@pytest.fixture
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> float:
    """Shorten the timeout of a request, and return it in seconds."""
    # Long enough for forty answers on a machine under load.
    monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 2.0)
    return 2.0


@pytest.fixture
def many(simulator: Simulator, entry_data: dict[str, Any]) -> MockConfigEntry:
    """Return an account with forty extensions."""
    extensions = {f"02{number:03}": f"Agent {number}" for number in range(40)}
    for extension_id, name in extensions.items():
        simulator.add_extension(extension_id, name)
    return make_entry(entry_data, extensions)


def unavailable(hass: HomeAssistant) -> int:
    """Return how many extensions are unavailable."""
    return sum(
        state == STATE_UNAVAILABLE
        for entity_id, state in states_of(hass, "binary_sensor").items()
        if entity_id.endswith("_accepting_calls")
    )


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
        assert state_of(hass, STATUS) == "ready"

    async def test_refusing_all_extensions_is_about_the_extensions(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        for extension_id in list(simulator.extensions):
            simulator.remove_extension(extension_id)
        await poll()
        assert is_unavailable(hass, "reception")
        assert not hass.config_entries.flow.async_progress()

        simulator.add_extension("01001", "Reception")
        await poll()
        assert state_of(hass, STATUS) == "ready"
        assert is_unavailable(hass, "sales")

    async def test_one_that_hangs_keeps_nobody_waiting(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        short_timeout: float,
    ) -> None:
        await simulator.inject("delay", extension_id="01001", seconds=60)
        await poll()
        simulator.extension("01002").call_state = "called"
        started = hass.loop.time()
        polling = hass.async_create_task(loaded.runtime_data.async_refresh())
        await until(lambda: state_of(hass, "sensor.sales_status") == "on_call")
        assert not polling.done()
        await polling
        # An extension that timed out is not polled again in the same poll.
        assert hass.loop.time() - started < 2 * short_timeout
        assert is_unavailable(hass, "reception")

    @pytest.mark.parametrize("outage", [False, True])
    async def test_one_that_hangs_keeps_nobody_waiting_at_a_reload_or_after_an_outage(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        short_timeout: float,
        monkeypatch: pytest.MonkeyPatch,
        outage: bool,
    ) -> None:
        monkeypatch.setattr(coordinator, "_GRACE", 0.1)
        if outage:
            await simulator.stop()
            await poll()
            await simulator.start()
        await simulator.inject("delay", extension_id="01001", seconds=60)
        started = hass.loop.time()
        if outage:
            await loaded.runtime_data.async_refresh()
        else:
            assert await hass.config_entries.async_reload(loaded.entry_id)
        assert hass.loop.time() - started < 0.75 * short_timeout
        assert state_of(hass, "sensor.sales_status") == "ready"
        assert is_unavailable(hass, "reception")
        # It had no chance to answer, so it is polled again at once.
        await simulator.clear_faults()
        await until(lambda: state_of(hass, STATUS) == "ready", limit=5)

    async def test_a_server_that_takes_longer_than_that_is_waited_for(
        self, hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry, set_up: SetUp
    ) -> None:
        simulator.delay = 1.3
        await set_up(entry)
        assert state_of(hass, STATUS) == "ready"

    async def test_where_nothing_polls_again_a_slow_one_is_waited_for(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry: MockConfigEntry,
        enable_custom_integrations: None,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(coordinator, "_GRACE", 0.1)
        await simulator.inject("delay", extension_id="01001", seconds=1)
        entry.add_to_hass(hass)
        hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
        await hass.config_entries.async_setup(entry.entry_id)
        assert state_of(hass, STATUS) == "ready"

    async def test_when_all_hang_the_error_is_the_timeout(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        many: MockConfigEntry,
        set_up: SetUp,
        short_timeout: float,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(coordinator, "_POLL_TIMEOUT", 1.5 * short_timeout)
        await simulator.inject("delay", seconds=60)
        await set_up(many)
        assert many.reason == "Failed to update: no complete answer within 2 seconds"

    async def test_a_poll_that_lasts_does_not_put_the_next_one_off(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        simulator.delay = 1.1
        await poll()
        interval = loaded.runtime_data.update_interval
        assert interval is not None
        assert timedelta(seconds=7) <= interval <= timedelta(seconds=9)

    async def test_a_disabled_device_is_left_alone(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        registry = dr.async_get(hass)
        device = registry.async_get_device_by_identifier(
            ("belfabriek", "subentry-1"), loaded.entry_id
        )
        assert device is not None
        registry.async_update_device(device.id, disabled_by=dr.DeviceEntryDisabler.USER)
        simulator.remove_extension("01001")
        simulator.journal.clear()
        for _ in range(4):
            await poll()
        assert "01001" not in {request.extension_id for request in simulator.requests}
        assert "Reception is unavailable" not in caplog.text
        assert state_of(hass, AVAILABLE) == "4"


class TestSomeExtensions:
    @pytest.mark.parametrize("fault", ["close_without_answer", "delay"])
    async def test_seventeen_of_forty_that_fail_cost_the_others_nothing(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        many: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
        short_timeout: float,
        fault: str,
    ) -> None:
        for number in range(17):
            await simulator.inject(fault, extension_id=f"02{number:03}")
        await set_up(many)
        assert many.state is ConfigEntryState.LOADED
        assert unavailable(hass) == 17
        await poll()
        assert unavailable(hass) == 17
        await simulator.clear_faults()
        await poll()
        assert unavailable(hass) == 0

    async def test_those_that_begin_to_hang_take_nobody_with_them(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        many: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
        short_timeout: float,
    ) -> None:
        await set_up(many)
        for number in range(16):
            await simulator.inject("delay", extension_id=f"02{number:03}", seconds=60)
        await poll()
        assert unavailable(hass) == 16

    async def test_those_whose_second_call_fails_are_asked_after_the_healthy_ones(
        self,
        simulator: Simulator,
        many: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(coordinator, "MAX_IN_FLIGHT", 1)
        failing = {f"02{number:03}" for number in range(16)}
        for each in failing:
            await simulator.inject("fault_struct", method=SECOND_CALL, extension_id=each)
        await set_up(many)
        simulator.journal.clear()
        await poll()
        asked = [each.extension_id for each in simulator.requests if each.method != SECOND_CALL]
        assert len(asked) == 40
        assert set(asked[-16:]) == failing

    async def test_who_had_no_turn_is_among_the_first_in_the_next_poll(
        self,
        simulator: Simulator,
        many: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await set_up(many)
        simulator.delay = 0.06
        monkeypatch.setattr(coordinator, "_POLL_TIMEOUT", 0.3)
        asked: set[str | None] = set()
        for _ in range(20):
            simulator.journal.clear()
            await poll()
            asked |= {request.extension_id for request in simulator.requests}
            if len(asked) == 40:
                return
        pytest.fail(f"{len(asked)} have had their turn")

    async def test_one_that_failed_recovers_where_the_others_take_longer_than_the_interval(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await simulator.inject("close_without_answer", extension_id="01001")
        await poll()
        assert is_unavailable(hass, "reception")
        await simulator.clear_faults()
        real_time, ask = hass.loop.time, BelfabriekClient.get_extension_state
        taken = 0

        async def take_five_seconds(client: BelfabriekClient, extension_id: str) -> ExtensionState:
            nonlocal taken
            taken += 5
            return await ask(client, extension_id)

        monkeypatch.setattr(hass.loop, "time", lambda: real_time() + taken)
        monkeypatch.setattr(BelfabriekClient, "get_extension_state", take_five_seconds)
        await poll()
        assert not is_unavailable(hass, "reception")


class TestSecondCall:
    """The result of the first call is kept if the second one fails."""

    @pytest.fixture(params=["status_500_html", "close_without_answer", "fault_struct"])
    async def failing(
        self,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        request: pytest.FixtureRequest,
    ) -> None:
        await simulator.inject(request.param, method=SECOND_CALL)
        await poll()

    @pytest.mark.usefixtures("failing")
    async def test_accepting_calls_stands_and_the_status_is_unavailable(
        self, hass: HomeAssistant
    ) -> None:
        assert state_of(hass, "binary_sensor.reception_accepting_calls") == "on"
        assert state_of(hass, STATUS) == STATE_UNAVAILABLE
        assert state_of(hass, "binary_sensor.reception_on_call") == STATE_UNAVAILABLE
        assert state_of(hass, AVAILABLE) == "5"

    @pytest.mark.usefixtures("failing")
    async def test_a_count_that_could_be_too_small_is_unknown(self, hass: HomeAssistant) -> None:
        assert state_of(hass, "sensor.belfabriek_extensions_ready") == "unknown"
        assert state_of(hass, "sensor.belfabriek_extensions_on_call") == "unknown"


class TestMistake:
    async def test_a_mistake_of_ours_costs_one_poll_and_logs_no_secret(
        self,
        hass: HomeAssistant,
        loaded: MockConfigEntry,
        poll: Poll,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        with patch.object(BelfabriekClient, "get_call_state", side_effect=RuntimeError):
            await poll()
        assert is_unavailable(hass, "sales")
        await poll()
        assert state_of(hass, "sensor.sales_status") == "ready"
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
            assert state_of(hass, AVAILABLE) == STATE_UNAVAILABLE

        await simulator.start()
        simulator.extension("01001").call_state = "called"
        await poll()
        assert state_of(hass, STATUS) == "on_call"
        assert not is_unavailable(hass, "sales")
        assert [
            record.message
            for record in caplog.records
            if record.name.startswith("custom_components.belfabriek")
            and record.levelno >= logging.INFO
        ] == [f"Error fetching Belfabriek data: {REFUSED}", "Fetching Belfabriek data recovered"]

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
        assert state_of(hass, STATUS) == "ready"


class TestGap:
    """States before and after a gap are not compared."""

    async def test_a_process_that_was_frozen_reports_no_false_event(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        simulator.extension("01001").call_state = "calling"
        await poll()
        assert state_of(hass, "sensor.reception_status_since") != "unknown"
        events = async_capture_events(hass, EVENT_STATE_CHANGED)
        freezer.tick(75)
        simulator.extension("01001").call_state = "called"
        await poll()
        assert state_of(hass, STATUS) == "on_call"
        assert state_of(hass, "sensor.reception_status_since") == "unknown"
        assert "event.reception_call" not in {each.data["entity_id"] for each in events}

    async def test_a_clock_that_leaps_back_is_a_gap(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        await poll()
        freezer.tick(-3600)
        simulator.extension("01001").call_state = "called"
        await poll()
        assert state_of(hass, "sensor.reception_status_since") == "unknown"


class TestRejectedCredentials:
    async def test_for_every_extension_they_ask_for_new_ones_and_heal_by_themselves(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        account = simulator.account
        simulator.account = Account(pin="99999")
        for _ in range(2):
            simulator.journal.clear()
            await poll()
            assert simulator.requests
            (flow,) = hass.config_entries.flow.async_progress()
            assert flow["context"]["source"] == SOURCE_REAUTH
            assert is_unavailable(hass, "reception")

        simulator.account = account
        simulator.extension("01001").call_state = "called"
        await poll()
        assert state_of(hass, STATUS) == "on_call"
        assert not hass.config_entries.flow.async_progress()

    async def test_at_start_they_ask_for_new_ones_and_home_assistant_tries_again(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
    ) -> None:
        account = simulator.account
        simulator.account = Account(pin="99999")
        await set_up(entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert len(hass.config_entries.flow.async_progress()) == 1
        simulator.account = account
        await poll()
        assert state_of(hass, STATUS) == "ready"
        assert not hass.config_entries.flow.async_progress()

    async def test_a_question_that_a_user_opened_later_stays(
        self, hass: HomeAssistant, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await poll()
        loaded.async_start_reauth(hass)
        await hass.async_block_till_done()
        await poll()
        assert len(hass.config_entries.flow.async_progress()) == 1


class TestRateLimit:
    @pytest.mark.parametrize(("retry_after", "seconds"), [("6", 6), ("1000000", 300)])
    async def test_the_account_is_left_alone_as_long_as_the_server_asks_within_bounds(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        monkeypatch: pytest.MonkeyPatch,
        retry_after: str,
        seconds: int,
    ) -> None:
        hass.config_entries.async_update_entry(loaded, options={"scan_interval": 5})
        await hass.async_block_till_done()
        await simulator.inject("status_429", extension_id="01003", retry_after=retry_after)
        await poll()
        assert is_unavailable(hass, "sales")
        await simulator.clear_faults()
        simulator.journal.clear()
        await loaded.runtime_data.async_refresh()
        await poll_after(hass, seconds - 1)
        assert simulator.requests == []

        let_time_pass(hass, monkeypatch, seconds)
        await poll_after(hass, seconds + 2)
        assert state_of(hass, STATUS) == "ready"

    async def test_a_retry_of_the_setup_waits_as_well(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
    ) -> None:
        await simulator.inject("status_429", retry_after="100")
        await set_up(entry)
        await simulator.clear_faults()
        simulator.journal.clear()
        await poll()
        assert simulator.requests == []
        assert entry.state is ConfigEntryState.SETUP_RETRY

    async def test_another_address_is_asked_at_once(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await simulator.inject("status_429", retry_after="300")
        await poll()
        assert is_unavailable(hass, "reception")
        async with Simulator() as other:
            hass.config_entries.async_update_entry(loaded, data={**loaded.data, "url": other.url})
            await until(lambda: state_of(hass, STATUS) == "ready")

    async def test_too_many_requests_without_a_time_are_asked_again_in_the_next_poll(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await simulator.inject("status_429")
        await poll()
        assert is_unavailable(hass, "reception")
        await simulator.clear_faults()
        await poll()
        assert state_of(hass, STATUS) == "ready"


class TestPublishing:
    async def test_a_change_is_shown_while_others_have_not_answered(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
    ) -> None:
        changes = async_capture_events(hass, EVENT_STATE_CHANGED)
        await simulator.inject("delay", extension_id="01001", seconds=1)
        simulator.extension("01002").call_state = "called"
        polling = hass.async_create_task(loaded.runtime_data.async_refresh())
        await until(lambda: state_of(hass, "event.sales_call") != "unknown")
        assert state_of(hass, "sensor.sales_status") == "on_call"
        assert state_of(hass, "sensor.sales_status_since") != "unknown"
        assert state_of(hass, "sensor.belfabriek_extensions_on_call") == "1"
        assert not polling.done()
        await polling
        shown = [event.data["entity_id"] for event in changes]
        assert shown.count("sensor.sales_status") == 1
        # Started and connected.
        assert shown.count("event.sales_call") == 2

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
            "sensor.reception_status_since",
            "binary_sensor.reception_on_call",
            "event.reception_call",
            "sensor.belfabriek_extensions_on_call",
            "sensor.belfabriek_extensions_ready",
        }
        assert reported == []

    async def test_a_poll_asks_each_extension_once_and_each_that_accepts_calls_twice(
        self, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        simulator.extension("01001").set(available=False)
        simulator.journal.clear()
        await poll()
        asked = sorted((request.extension_id, request.method) for request in simulator.requests)
        assert len(asked) == len(set(asked)) == 5 + 4


class TestRequestedRefresh:
    async def test_fifty_at_once_are_one_or_two_polls(
        self, simulator: Simulator, loaded: MockConfigEntry
    ) -> None:
        simulator.journal.clear()
        await asyncio.gather(*(loaded.runtime_data.async_refresh() for _ in range(50)))
        assert len(simulator.requests) in {10, 20}

    async def test_one_that_is_cancelled_leaves_no_old_state(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
    ) -> None:
        simulator.delay = 0.2
        refresh = hass.async_create_task(loaded.runtime_data.async_request_refresh())
        simulator.journal.clear()
        await until(lambda: bool(simulator.requests))
        refresh.cancel()
        await simulator.stop()
        await until(lambda: is_unavailable(hass, "reception"))

    async def test_it_ends_with_the_entry(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
    ) -> None:
        simulator.delay = 60
        simulator.journal.clear()
        waiting = hass.async_create_task(loaded.runtime_data.async_refresh())
        await until(lambda: bool(simulator.requests))
        assert await hass.config_entries.async_unload(loaded.entry_id)
        async with asyncio.timeout(10):
            await waiting

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
                "homeassistant", "update_entity", {"entity_id": STATUS}, blocking=True
            )
            assert state_of(hass, STATUS) == status


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

        for after, status in ((seconds - 3, "ready"), (4, "on_call")):
            freezer.tick(timedelta(seconds=after))
            async_fire_time_changed(hass)
            await hass.async_block_till_done(wait_background_tasks=True)
            assert state_of(hass, STATUS) == status


async def test_the_debug_log_names_the_extensions_but_never_by_their_id(
    hass: HomeAssistant,
    simulator: Simulator,
    entry_data: dict[str, Any],
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.belfabriek")
    entry = make_entry(entry_data, {"01001": "Reception", "01002": "Sales", "01003": "01003"})
    await simulator.inject("delay", extension_id="01003", seconds=30)
    with patch("custom_components.belfabriek.api.transport.REQUEST_TIMEOUT", 0.5):
        await set_up(entry)
    ours = "\n".join(each.message for each in caplog.records if each.name.endswith("api.client"))
    assert "ivr.getAgentAvail for Reception: HTTP status 200" in ours
    assert "ivr.getAgentAvail for subentry-3: no complete answer" in ours
    assert "01003" not in ours
