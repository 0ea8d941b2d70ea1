from datetime import timedelta
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from simulator import Simulator

from .conftest import Poll, SetUp, make_entry
from .helpers import SECOND_CALL, state_of, until

SINCE = "sensor.reception_status_since"
YESTERDAY = "2026-01-01T12:00:00+00:00"


async def test_it_is_not_known_until_a_change_was_witnessed(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    await poll()
    assert state_of(hass, SINCE) == "unknown"

    simulator.extension("01001").call_state = "called"
    before = dt_util.utcnow() - timedelta(seconds=1)
    await poll()
    since = dt_util.parse_datetime(state_of(hass, SINCE) or "")
    assert since is not None
    assert before <= since <= dt_util.utcnow()

    simulator.extension("01001").reason = "something else, same status"
    await poll()
    assert dt_util.parse_datetime(state_of(hass, SINCE) or "") == since
    assert state_of(hass, "sensor.sales_status_since") == "unknown"


@pytest.mark.parametrize(("after", "kept"), [("called", True), ("wrapup", False)])
async def test_after_an_outage_it_is_known_only_if_the_status_is_the_same(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    after: str,
    kept: bool,
) -> None:
    simulator.extension("01001").call_state = "called"
    await poll()
    since = state_of(hass, SINCE)
    await simulator.stop()
    await poll()
    assert state_of(hass, SINCE) == "unavailable"
    simulator.extension("01001").call_state = after
    await simulator.start()
    await poll()
    assert state_of(hass, SINCE) == (since if kept else "unknown")


async def test_what_comes_after_an_unknown_status_was_not_witnessed(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    for call_state in ("called", "ringing", "called"):
        simulator.extension("01001").call_state = call_state
        await poll()
    assert state_of(hass, SINCE) == "unknown"


async def test_who_accepts_calls_meanwhile_was_not_paused_all_the_time(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    simulator.extension("01001").set(available=False, reason="pause")
    await poll()
    assert state_of(hass, SINCE) != "unknown"
    await simulator.inject("status_500_html", method=SECOND_CALL)
    simulator.extension("01001").set(available=True)
    await poll()
    simulator.extension("01001").set(available=False, reason="pause")
    await poll()
    assert state_of(hass, "sensor.reception") == "paused"
    assert state_of(hass, SINCE) == "unknown"


async def test_removal_during_a_poll_leaves_no_file(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    loaded: MockConfigEntry,
) -> None:
    write = Store.async_save

    async def write_while_an_answer_comes(store: Store[Any], data: object) -> None:
        await write(store, data)
        simulator.extension("01001").call_state = "called"
        await loaded.runtime_data.async_refresh()

    with patch.object(Store, "async_save", write_while_an_answer_comes):
        await hass.config_entries.async_remove(loaded.entry_id)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=5))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert f"belfabriek.{loaded.entry_id}" not in hass_storage


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ({"status": "on_call", "since": YESTERDAY}, YESTERDAY),
        ({"status": "on_call", "since": None}, "unknown"),
        ({"status": "paused", "since": YESTERDAY}, "unknown"),
        # The ID was corrected while the entry was not loaded.
        ({"status": "on_call", "since": YESTERDAY, "extension_id": "09999"}, "unknown"),
        ({"status": "a status of another version", "since": YESTERDAY}, "unknown"),
        ({}, "unknown"),
    ],
)
async def test_it_survives_a_restart_if_the_status_is_the_same(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    stored: dict[str, Any],
    shown: str,
) -> None:
    store(
        hass_storage,
        entry,
        {"subentry-1": {"extension_id": "01001", "calls": 0, "talk_time": 0, **stored}},
    )
    simulator.extension("01001").call_state = "called"
    await set_up(entry)
    assert state_of(hass, SINCE) == shown


async def test_it_survives_a_first_poll_that_fails(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    record = {
        "extension_id": "01001",
        "status": "on_call",
        "since": YESTERDAY,
        "calls": 0,
        "talk_time": 0,
    }
    store(hass_storage, entry, {"subentry-1": record})
    simulator.extension("01001").call_state = "called"
    await simulator.inject("status_500_html", extension_id="01001")
    await set_up(entry)
    assert state_of(hass, SINCE) == "unavailable"
    await simulator.clear_faults()
    await poll()
    assert state_of(hass, SINCE) == YESTERDAY


async def test_another_extension_under_an_old_name_inherits_nothing(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entity_registry_enabled_by_default: None,
    simulator: Simulator,
    entry_data: dict[str, Any],
    set_up: SetUp,
    poll: Poll,
) -> None:
    entry = make_entry(entry_data, {"01001": "Reception", "01002": "Sales"})
    await set_up(entry)
    for call_state in ("calling", "called", "called"):
        simulator.extension("01001").call_state = call_state
        await poll()
    assert state_of(hass, "sensor.reception_calls") == "1"
    hass.config_entries.async_remove_subentry(entry, "subentry-1")
    await hass.async_block_till_done()
    simulator.extension("01003").call_state = "called"
    hass.config_entries.async_add_subentry(
        entry,
        ConfigSubentry(
            data=MappingProxyType({"extension_id": "01003"}),
            subentry_type="extension",
            title="Reception",
            unique_id="01003",
        ),
    )
    # Two refreshes after changes are at least a second apart.
    await until(lambda: state_of(hass, "sensor.reception") == "on_call")
    assert state_of(hass, SINCE) == "unknown"
    assert state_of(hass, "event.reception_call") == "unknown"
    assert state_of(hass, "sensor.reception_calls") == "0"
    assert state_of(hass, "sensor.belfabriek_calls") == "1"


class TestCounters:
    """The number of connected calls, and their duration."""

    async def test_a_call_is_counted_once_with_its_time(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        assert state_of(hass, "sensor.belfabriek_calls") == "0"
        for call_state in ("idle", *["called"] * 6, "wrapup", "idle"):
            simulator.extension("01001").call_state = call_state
            freezer.tick(10)
            await poll()
        assert state_of(hass, "sensor.belfabriek_calls") == "1"
        assert talk_time(hass) == 60

    async def test_a_call_under_way_at_the_first_poll_is_not_counted_but_its_time_is(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        simulator.extension("01001").call_state = "called"
        await set_up(entry)
        for call_state in ("called", "idle"):
            simulator.extension("01001").call_state = call_state
            freezer.tick(10)
            await poll()
        assert state_of(hass, "sensor.belfabriek_calls") == "0"
        assert talk_time(hass) == 20

    @pytest.mark.parametrize("seconds", [300, 3600, 3600 * 24 * 3650, -3600])
    async def test_nothing_is_added_for_a_gap_or_a_leap_of_the_clock(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        freezer: FrozenDateTimeFactory,
        seconds: int,
    ) -> None:
        # The timers of the test use this clock, so they do not fire after it was set back.
        poll = loaded.runtime_data.async_refresh
        simulator.extension("01001").call_state = "called"
        await poll()
        freezer.tick(seconds)
        await poll()
        simulator.extension("01001").call_state = "idle"
        freezer.tick(10)
        await poll()
        assert state_of(hass, "sensor.belfabriek_calls") == "1"
        assert talk_time(hass) == 10

    async def test_a_long_call_is_written_each_minute(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        simulator.extension("01001").call_state = "called"
        await poll()
        changes = async_capture_events(hass, EVENT_STATE_CHANGED)
        for _ in range(60):
            freezer.tick(10)
            await poll()
        written = [each for each in changes if "talk_time" in each.data["entity_id"]]
        assert 9 <= len(written) <= 12
        simulator.extension("01001").call_state = "idle"
        await poll()
        changes.clear()
        await poll()
        assert changes == []

    async def test_the_account_counts_on_while_an_extension_does_not_answer(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        freezer: FrozenDateTimeFactory,
    ) -> None:
        await simulator.inject("status_500_html", extension_id="01002")
        # A transferred call counts for both extensions.
        for first, second in (("called", "idle"), ("called", "called"), ("idle", "idle")):
            simulator.extension("01001").call_state = first
            simulator.extension("01003").call_state = second
            freezer.tick(10)
            await poll()
        assert state_of(hass, "sensor.belfabriek_calls") == "2"
        assert talk_time(hass) == 30

    async def test_the_unit_that_a_user_chose_changes_nothing_but_the_unit(
        self,
        hass: HomeAssistant,
        hass_storage: dict[str, Any],
        entry: MockConfigEntry,
        set_up: SetUp,
    ) -> None:
        record = {"status": None, "since": None, "calls": 0, "talk_time": 90}
        store(hass_storage, entry, {"account": record})
        await set_up(entry)
        er.async_get(hass).async_update_entity_options(
            "sensor.belfabriek_talk_time", "sensor", {"unit_of_measurement": "min"}
        )
        for _ in range(2):
            await hass.config_entries.async_reload(entry.entry_id)
            await hass.async_block_till_done()
            assert state_of(hass, "sensor.belfabriek_talk_time") == "1.5"

    async def test_they_survive_a_restart_and_an_outage(
        self,
        hass: HomeAssistant,
        hass_storage: dict[str, Any],
        simulator: Simulator,
        entry: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
    ) -> None:
        record = {"status": None, "since": None, "calls": 105, "talk_time": 100}
        store(hass_storage, entry, {"account": record})
        changes = async_capture_events(hass, EVENT_STATE_CHANGED)
        await set_up(entry)
        await simulator.stop()
        await poll()
        assert talk_time(hass) == 100
        assert {
            getattr(each.data["new_state"], "state", None)
            for each in changes
            if each.data["entity_id"] == "sensor.belfabriek_calls"
        } == {"105"}


def store(storage: dict[str, Any], entry: MockConfigEntry, records: dict[str, Any]) -> None:
    key = f"belfabriek.{entry.entry_id}"
    storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": records}


def talk_time(hass: HomeAssistant) -> int:
    """Return the account's talk time in seconds; it is shown in hours."""
    return round(float(state_of(hass, "sensor.belfabriek_talk_time") or "nan") * 3600)


async def test_it_survives_a_reload(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    simulator.extension("01001").call_state = "called"
    await poll()
    since = state_of(hass, SINCE)
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, SINCE) == since
