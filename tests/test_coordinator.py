import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from random import seed
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateReportedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.belfabriek.api import BelfabriekClient
from custom_components.belfabriek.api.transport import REQUEST_TIMEOUT
from simulator import Account, Simulator

from .conftest import Poll, SetUp, make_entry
from .helpers import SECOND_CALL, since_of, state_of, states_of, until

pytestmark = pytest.mark.usefixtures("skip")

REFUSED = "The server refuses the connection"
STATUS = "sensor.reception"
AVAILABLE = "sensor.belfabriek_extensions_accepting_calls"


def is_unavailable(hass: HomeAssistant, name: str) -> bool:
    """Return whether an extension is unavailable."""
    return state_of(hass, f"binary_sensor.{name}_accepting_calls") == STATE_UNAVAILABLE


async def poll_after(hass: HomeAssistant, seconds: float) -> None:
    """Fire the timers of the next seconds, and wait until their work is done."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def many(simulator: Simulator, entry_data: dict[str, Any]) -> MockConfigEntry:
    """Return an account with forty extensions."""
    extensions = {f"02{number:03}": f"Agent {number}" for number in range(40)}
    for extension_id, name in extensions.items():
        simulator.add_extension(extension_id, name)
    return make_entry(entry_data, extensions)


def count_unavailable(hass: HomeAssistant) -> int:
    """Return how many extensions are unavailable."""
    return sum(
        state == STATE_UNAVAILABLE
        for entity_id, state in states_of(hass, "binary_sensor").items()
        if entity_id.endswith("_accepting_calls")
    )


class TestFailingExtension:
    async def test_failing_extension_affects_no_other(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        simulator.remove_extension("01001")
        simulator.extension("01002").call_state = "called"
        await poll()
        assert is_unavailable(hass, "reception")
        assert state_of(hass, "sensor.sales") == "on_call"

        simulator.add_extension("01001", "Reception")
        await poll()
        assert state_of(hass, STATUS) == "ready"

    async def test_first_refusal_of_all_extensions_starts_no_reauth(
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

    async def test_hanging_extension_delays_no_update_of_others(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        await simulator.inject("delay", extension_id="01001", seconds=60)
        await poll()
        simulator.extension("01002").call_state = "called"
        started = hass.loop.time()
        await loaded.runtime_data.async_refresh()
        assert state_of(hass, "sensor.sales") == "on_call"
        assert hass.loop.time() - started < REQUEST_TIMEOUT / 2
        assert is_unavailable(hass, "reception")

    @pytest.mark.parametrize("outage", [False, True])
    async def test_hanging_extension_delays_no_reload_and_no_end_of_an_outage(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        outage: bool,
    ) -> None:
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
        assert hass.loop.time() - started < REQUEST_TIMEOUT
        assert state_of(hass, "sensor.sales") == "ready"
        assert is_unavailable(hass, "reception")

    async def test_hanging_extension_delays_no_later_poll(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
    ) -> None:
        await simulator.inject("delay", extension_id="01001", seconds=60)
        started = hass.loop.time()
        for call_state, status in (("called", "on_call"), ("wrapup", "wrap_up")):
            simulator.extension("01002").call_state = call_state
            await loaded.runtime_data.async_refresh()
            assert state_of(hass, "sensor.sales") == status
        # At most twice the grace; the hanging request continues in the background.
        assert hass.loop.time() - started < REQUEST_TIMEOUT
        asked = [each for each in simulator.requests if each.extension_id == "01001"]
        assert len(asked) <= 4

    async def test_first_poll_waits_for_every_extension_if_polling_is_disabled(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry: MockConfigEntry,
        enable_custom_integrations: None,
    ) -> None:
        simulator.delay = 2
        entry.add_to_hass(hass)
        hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
        await hass.config_entries.async_setup(entry.entry_id)
        assert count_unavailable(hass) == 0

    async def test_first_poll_of_a_slow_server_continues_in_the_background(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry: MockConfigEntry,
        enable_custom_integrations: None,
    ) -> None:
        simulator.delay = 2
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.LOADED
        assert count_unavailable(hass) > 0
        await until(lambda: count_unavailable(hass) == 0)

    async def test_setup_fails_with_a_timeout_if_all_extensions_hang(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        many: MockConfigEntry,
        set_up: SetUp,
    ) -> None:
        await simulator.inject("delay", seconds=60)
        started = hass.loop.time()
        await set_up(many)
        assert many.state is ConfigEntryState.SETUP_RETRY
        assert many.reason == "The server did not answer in time"
        assert hass.loop.time() - started < 2 * REQUEST_TIMEOUT
        assert len({each.extension_id for each in simulator.requests}) <= 4

    async def test_interval_counts_from_the_start_of_a_poll(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        simulator.delay = 1.1
        await poll()
        interval = loaded.runtime_data.update_interval
        assert interval is not None
        assert timedelta(seconds=4) <= interval <= timedelta(seconds=7)
        # Home Assistant counts in whole seconds.
        assert interval.microseconds == 0

    async def test_extension_with_a_disabled_device_is_not_polled(
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


class TestFailingExtensions:
    @pytest.mark.parametrize("fault", ["close_without_answer", "delay"])
    async def test_seventeen_failing_extensions_of_forty_affect_no_other(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        many: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
        fault: str,
    ) -> None:
        for number in range(17):
            await simulator.inject(fault, extension_id=f"02{number:03}")
        # With another seed, the first three requests could all hang.
        seed(1)
        await set_up(many)
        assert many.state is ConfigEntryState.LOADED
        await hass.async_block_till_done(wait_background_tasks=True)
        assert count_unavailable(hass) == 17
        await poll()
        assert count_unavailable(hass) == 17
        await simulator.clear_faults()
        await poll()
        assert count_unavailable(hass) == 0

    async def test_sixteen_extensions_that_begin_to_hang_affect_no_other(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        many: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
    ) -> None:
        await set_up(many)
        for number in range(16):
            await simulator.inject("delay", extension_id=f"02{number:03}", seconds=60)
        await poll()
        assert count_unavailable(hass) == 16

    async def test_extension_whose_second_call_hangs_is_asked_last(
        self,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        await simulator.inject("delay", method=SECOND_CALL, extension_id="01001", seconds=60)
        await poll()
        for _ in range(3):
            simulator.journal.clear()
            await poll()
            asked = [each.extension_id for each in simulator.requests if each.method != SECOND_CALL]
            assert asked.index("01001") == len(simulator.extensions) - 1

    async def test_extension_refused_by_itself_is_asked_once_in_later_polls(
        self,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        await simulator.inject("status_503", extension_id="01001")
        await poll()
        simulator.journal.clear()
        await poll()
        assert [each.extension_id for each in simulator.requests].count("01001") == 1


class TestSecondCall:
    """The second call fails."""

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

    @pytest.mark.usefixtures("skip", "failing")
    async def test_availability_is_kept_and_the_status_is_unavailable(
        self, hass: HomeAssistant
    ) -> None:
        assert state_of(hass, "binary_sensor.reception_accepting_calls") == "on"
        assert state_of(hass, STATUS) == STATE_UNAVAILABLE
        assert state_of(hass, "binary_sensor.reception_on_a_call") == STATE_UNAVAILABLE
        assert state_of(hass, AVAILABLE) == "5"

    @pytest.mark.usefixtures("skip", "failing")
    async def test_counts_are_unknown_if_they_may_be_too_low(self, hass: HomeAssistant) -> None:
        assert state_of(hass, "sensor.belfabriek_extensions_ready") == "unknown"
        assert state_of(hass, "sensor.belfabriek_extensions_on_a_call") == "unknown"


class TestUnexpectedError:
    async def test_unexpected_error_fails_one_poll_and_logs_no_credential(
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
        assert state_of(hass, "sensor.sales") == "ready"
        assert "RuntimeError" in caplog.text
        texts = [each.getMessage() for each in caplog.records if each.levelno > logging.DEBUG]
        assert "12345" not in "".join(texts)


class TestOutage:
    async def test_entities_are_unavailable_until_the_server_answers_again(
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
        failed, healed, recovered = [
            record.message
            for record in caplog.records
            if record.name.startswith("custom_components.belfabriek")
            and record.levelno >= logging.INFO
        ]
        assert failed == f"Error fetching Belfabriek data: {REFUSED}"
        assert healed.startswith("Belfabriek: the server answers again, after ")
        assert recovered == "Fetching Belfabriek data recovered"

    async def test_setup_is_retried_after_an_outage(
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
    """Statuses before and after a gap are not compared."""

    async def test_frozen_process_reports_no_false_event(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        simulator.extension("01001").call_state = "calling"
        await poll()
        assert since_of(hass, STATUS) is not None
        events = async_capture_events(hass, EVENT_STATE_CHANGED)
        freezer.tick(75)
        simulator.extension("01001").call_state = "called"
        await poll()
        assert state_of(hass, STATUS) == "on_call"
        assert since_of(hass, STATUS) is None
        assert "event.reception_call" not in {each.data["entity_id"] for each in events}

    async def test_slow_polls_of_equal_length_are_no_gap(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        for call_state in ("idle", "idle", "called"):
            simulator.extension("01001").call_state = call_state
            freezer.tick(64)
            await poll()
        assert since_of(hass, STATUS) == dt_util.utcnow().isoformat()
        await loaded.runtime_data.store.async_save()
        assert state_of(hass, "sensor.belfabriek_calls") == "1"

    @pytest.mark.parametrize("hours", [3, -2])
    async def test_since_stays_right_if_the_clock_is_set_during_a_call(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        monkeypatch: pytest.MonkeyPatch,
        hours: int,
    ) -> None:
        simulator.extension("01001").call_state = "called"
        await poll()
        real = dt_util.utcnow
        monkeypatch.setattr(dt_util, "utcnow", lambda: real() + timedelta(hours=hours))
        await loaded.runtime_data.async_refresh()
        since = since_of(hass, STATUS)
        assert since is None or abs(dt_util.utcnow() - datetime.fromisoformat(since)) < timedelta(
            minutes=1
        )
        assert (since is None) == (hours > 0)


class TestReauth:
    """Faults for every extension start a reauth flow."""

    async def test_reauth_starts_after_five_minutes_and_ends_after_an_answer(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        account = simulator.account
        simulator.account = Account(pin="99999")
        for minute in range(6):
            simulator.journal.clear()
            freezer.tick(60)
            await poll()
            assert simulator.requests
            assert is_unavailable(hass, "reception")
            assert bool(hass.config_entries.flow.async_progress()) == (minute == 5)
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["context"]["source"] == SOURCE_REAUTH

        simulator.account = account
        simulator.extension("01001").call_state = "called"
        await poll()
        assert state_of(hass, STATUS) == "on_call"
        assert not hass.config_entries.flow.async_progress()

    async def test_no_reauth_starts_if_every_other_poll_is_answered(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        accounts = simulator.account, Account(pin="99999")
        for number in range(20):
            simulator.account = accounts[number % 2]
            freezer.tick(60)
            await poll()
            assert not hass.config_entries.flow.async_progress()

    async def test_no_reauth_starts_if_an_extension_fails_for_another_reason(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        await simulator.inject("status_500_html", extension_id="01003")
        await simulator.inject("fault_struct")
        for _ in range(8):
            freezer.tick(60)
            await poll()
        assert is_unavailable(hass, "reception")
        assert not hass.config_entries.flow.async_progress()

    async def test_reauth_starts_at_once_during_setup_which_is_retried(
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

    async def test_reauth_starts_if_every_second_call_is_refused(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        account = simulator.account
        simulator.account = replace(account, supervisor_id="99999")
        # No second call is made for an agent who takes no calls.
        simulator.extension("01001").set(available=False, reason="pause")
        for minute in range(6):
            freezer.tick(60)
            await poll()
            assert bool(hass.config_entries.flow.async_progress()) == (minute == 5)
        assert state_of(hass, "binary_sensor.sales_accepting_calls") == "on"
        simulator.account = account
        await poll()
        assert not hass.config_entries.flow.async_progress()

    async def test_poll_without_second_calls_does_not_delay_reauth(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        simulator.account = replace(simulator.account, supervisor_id="99999")
        for minute in range(6):
            for extension in simulator.extensions.values():
                extension.set(available=minute != 3, reason="pause" if minute == 3 else "-")
            freezer.tick(60)
            await poll()
        assert hass.config_entries.flow.async_progress()


class TestRateLimit:
    @pytest.mark.parametrize(("retry_after", "seconds"), [("6", 6), ("1000000", 300)])
    async def test_server_is_polled_as_soon_as_retry_after_allows(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        skip: Callable[[float], None],
        retry_after: str,
        seconds: int,
    ) -> None:
        hass.config_entries.async_update_entry(loaded, options={"scan_interval": 5})
        await hass.async_block_till_done()
        await simulator.inject("status", status=429, extension_id="01003", retry_after=retry_after)
        await poll()
        # Home Assistant may poll almost a second early.
        interval = loaded.runtime_data.update_interval
        assert interval is not None
        assert interval.total_seconds() > seconds + 0.5
        await simulator.clear_faults()
        simulator.journal.clear()
        await loaded.runtime_data.async_refresh()
        await poll_after(hass, seconds - 1)
        assert simulator.requests == []

        simulator.extension("01001").call_state = "called"
        skip(seconds)
        await poll_after(hass, seconds + 2)
        assert state_of(hass, STATUS) == "on_call"

    async def test_states_are_kept_for_two_minutes_of_rate_limits(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        await poll()
        await simulator.inject("status", status=429)
        for seconds, is_shown in ((60, True), (50, True), (60, False)):
            freezer.tick(seconds)
            await poll()
            assert is_unavailable(hass, "reception") == (not is_shown)
        await simulator.clear_faults()
        freezer.tick(300)
        await poll()
        assert state_of(hass, STATUS) == "ready"

    async def test_repeated_rate_limits_create_an_issue_until_they_end(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        issues = ir.async_get(hass).issues
        await simulator.inject("status", status=429, extension_id="01003")
        for number in range(4):
            assert bool(issues) == (number > 2)
            freezer.tick(300)
            await poll()
        await simulator.clear_faults()
        for number in range(12):
            freezer.tick(300)
            await poll()
            assert bool(issues) == (number < 9)

    async def test_setup_retry_waits_for_retry_after(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
    ) -> None:
        await simulator.inject("status", status=429, retry_after="100")
        await set_up(entry)
        await simulator.clear_faults()
        simulator.journal.clear()
        await poll()
        assert simulator.requests == []
        assert entry.state is ConfigEntryState.SETUP_RETRY

    async def test_other_address_is_polled_at_once_during_a_rate_limit(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await simulator.inject("status", status=429, retry_after="300")
        await poll()
        async with Simulator() as other:
            other.extension("01001").call_state = "called"
            hass.config_entries.async_update_entry(loaded, data={**loaded.data, "url": other.url})
            await until(lambda: state_of(hass, STATUS) == "on_call")


class TestPublishing:
    async def test_data_of_an_earlier_poll_does_not_change(
        self, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        handed_out = loaded.runtime_data.data
        before = dict(handed_out)
        simulator.extension("01001").call_state = "called"
        await poll()
        assert handed_out == before
        assert loaded.runtime_data.data != before

    async def test_change_is_shown_before_other_extensions_answer(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
    ) -> None:
        changes = async_capture_events(hass, EVENT_STATE_CHANGED)
        await simulator.inject("delay", extension_id="01001", seconds=1)
        simulator.extension("01002").call_state = "called"
        polling = hass.async_create_task(loaded.runtime_data.async_refresh())
        await until(lambda: state_of(hass, "event.sales_call") != "unknown")
        assert state_of(hass, "sensor.sales") == "on_call"
        assert since_of(hass, "sensor.sales") is not None
        assert not polling.done()
        await until(lambda: state_of(hass, "sensor.belfabriek_extensions_on_a_call") == "1")
        assert not polling.done()
        await polling
        shown = [event.data["entity_id"] for event in changes]
        assert shown.count("sensor.sales") == 1
        # The events are call_started and call_connected.
        assert shown.count("event.sales_call") == 2

    async def test_unchanged_poll_writes_no_state(
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
            "sensor.reception",
            "binary_sensor.reception_on_a_call",
            "event.reception_call",
            "sensor.belfabriek_extensions_on_a_call",
            "sensor.belfabriek_extensions_ready",
        }
        assert reported == []

    async def test_second_call_is_made_once_for_each_agent_who_accepts_calls(
        self, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        simulator.extension("01001").set(available=False)
        simulator.journal.clear()
        await poll()
        asked = sorted((request.extension_id, request.method) for request in simulator.requests)
        assert len(asked) == len(set(asked)) == 5 + 4


class TestRequestedRefresh:
    async def test_fifty_refreshes_at_once_make_one_or_two_polls(
        self, simulator: Simulator, loaded: MockConfigEntry
    ) -> None:
        simulator.journal.clear()
        await asyncio.gather(*(loaded.runtime_data.async_refresh() for _ in range(50)))
        assert len(simulator.requests) in {10, 20}

    async def test_cancelled_refresh_leaves_no_old_state(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
    ) -> None:
        simulator.delay = 0.2
        refresh = hass.async_create_task(loaded.runtime_data.async_request_refresh())
        simulator.journal.clear()
        await until(lambda: bool(simulator.requests))
        refresh.cancel()
        await simulator.stop()
        await until(lambda: is_unavailable(hass, "reception"))

    async def test_refresh_ends_when_the_entry_is_unloaded(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
    ) -> None:
        simulator.delay = 60
        simulator.journal.clear()
        waiting = hass.async_create_task(loaded.runtime_data.async_refresh())
        await until(lambda: bool(simulator.requests))
        assert await hass.config_entries.async_unload(loaded.entry_id)
        async with asyncio.timeout(10):
            await waiting

    async def test_refresh_every_five_seconds_is_not_dropped(
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
    async def test_account_is_polled_at_the_interval_of_the_options(
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
