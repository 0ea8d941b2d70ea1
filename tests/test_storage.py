from datetime import datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from simulator import Simulator

from .conftest import Poll, SetUp, make_entry
from .helpers import since_of, state_of, until

RECEPTION = "sensor.reception"
NOW = datetime(2026, 11, 30, 12, tzinfo=dt_util.UTC)
EARLIER = "2026-11-30T11:40:00+00:00"
NO_TOTALS = {"calls": 0, "seconds": {}}


def store(storage: dict[str, Any], entry: MockConfigEntry, data: object) -> None:
    """Store data, as an earlier run would have."""
    key = f"belfabriek.{entry.entry_id}"
    storage[key] = {"version": 1, "minor_version": 1, "key": key, "data": data}


def stored(storage: dict[str, Any], entry: MockConfigEntry) -> dict[str, Any]:
    """Return the stored data of an entry."""
    data = storage[f"belfabriek.{entry.entry_id}"]["data"]
    assert isinstance(data, dict)
    return data


def agent(**changes: object) -> dict[str, Any]:
    """Return the stored agent of Reception, who was on a call a minute ago."""
    past = {"status": "on_call", "since": EARLIER, "seen": "2026-11-30T11:59:00+00:00"}
    return {"extension_id": "01001", "past": {**past, **changes}, "totals": NO_TOTALS}


def talk_time(hass: HomeAssistant) -> int:
    """Return the account's talk time in seconds, which the sensor shows in hours."""
    return round(float(state_of(hass, "sensor.belfabriek_talk_time") or "nan") * 3600)


@pytest.mark.parametrize(
    ("stored_agent", "since"),
    [
        (agent(), EARLIER),
        (agent(since=None), None),
        (agent(status="paused"), None),
        (agent(seen="2026-11-30T10:59:00+00:00"), None),
        (agent(seen="2026-11-09T12:00:00+00:00"), None),
        (agent(seen="2026-11-30T12:05:00+00:00"), None),
        # The ID was corrected while the entry was not loaded.
        ({**agent(), "extension_id": "09999"}, None),
        (agent(status="a status of another version"), None),
        (agent(since="yesterday"), None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
async def test_since_survives_a_short_restart_with_the_same_status(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    stored_agent: object,
    since: str | None,
) -> None:
    freezer.move_to(NOW)
    store(hass_storage, entry, {"totals": NO_TOTALS, "agents": {"subentry-1": stored_agent}})
    simulator.extension("01001").call_state = "called"
    await set_up(entry)
    assert state_of(hass, RECEPTION) == "on_call"
    assert since_of(hass, RECEPTION) == since


@pytest.mark.parametrize("data", [[], {}, {"totals": [], "agents": []}, {"totals": {"calls": "x"}}])
async def test_setup_ignores_a_damaged_file(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    set_up: SetUp,
    data: object,
) -> None:
    store(hass_storage, entry, data)
    await set_up(entry)
    assert state_of(hass, "sensor.belfabriek_calls") == "0"
    await entry.runtime_data.store.async_save()
    assert set(stored(hass_storage, entry)) == {"totals", "agents", "busy_lights"}


async def test_since_survives_a_failed_first_poll(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    poll: Poll,
) -> None:
    freezer.move_to(NOW)
    store(hass_storage, entry, {"totals": NO_TOTALS, "agents": {"subentry-1": agent()}})
    simulator.extension("01001").call_state = "called"
    await simulator.inject("status_500_html", extension_id="01001")
    await set_up(entry)
    assert state_of(hass, RECEPTION) == "unavailable"
    await simulator.clear_faults()
    await poll()
    assert since_of(hass, RECEPTION) == EARLIER


async def test_since_survives_a_reload(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    simulator.extension("01001").call_state = "called"
    await poll()
    since = since_of(hass, RECEPTION)
    assert since is not None
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert since_of(hass, RECEPTION) == since


async def test_removal_during_a_poll_leaves_no_file(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    loaded: MockConfigEntry,
) -> None:
    simulator.delay = 0.2
    simulator.extension("01001").call_state = "called"
    simulator.journal.clear()
    hass.async_create_task(loaded.runtime_data.async_refresh())
    await until(lambda: bool(simulator.requests))
    await hass.config_entries.async_remove(loaded.entry_id)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=90))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert f"belfabriek.{loaded.entry_id}" not in hass_storage


async def test_agents_are_written_when_home_assistant_stops(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    freezer.tick(8)
    await poll()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    past = stored(hass_storage, loaded)["agents"]["subentry-1"]["past"]
    assert past["seen"] == dt_util.utcnow().isoformat()


async def test_agents_are_still_written_after_a_failed_unload(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: object) -> bool:
        return False

    monkeypatch.setattr(hass.config_entries, "async_unload_platforms", fail)
    await hass.config_entries.async_unload(loaded.entry_id)
    simulator.extension("01001").call_state = "called"
    freezer.tick(31)
    await loaded.runtime_data.async_refresh()
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert stored(hass_storage, loaded)["agents"]["subentry-1"]["past"]["status"] == "on_call"
    monkeypatch.undo()
    # Home Assistant does not stop an entry whose unload failed (2026.9).
    await loaded.runtime_data.async_shutdown()


async def test_store_is_written_twice_a_minute_at_most(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writes: list[datetime] = []
    save = loaded.runtime_data.store.async_save

    async def count() -> None:
        writes.append(dt_util.utcnow())
        await save()

    monkeypatch.setattr(loaded.runtime_data.store, "async_save", count)
    for number in range(30):
        simulator.extension("01001").call_state = ("called", "idle")[number % 2]
        freezer.tick(10)
        await poll()
    assert 9 <= len(writes) <= 15
    # A change is on disk within half a minute.
    simulator.extension("01001").call_state = "wrapup"
    for _ in range(3):
        freezer.tick(10)
        await poll()
    past = stored(hass_storage, loaded)["agents"]["subentry-1"]["past"]
    assert past["status"] == "wrap_up"


async def test_no_person_is_counted_without_the_option(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    entry_data: dict[str, Any],
    set_up: SetUp,
    poll: Poll,
) -> None:
    entry = make_entry(entry_data, {"01001": "Reception"}, {"count_per_person": True})
    await set_up(entry)
    for option in (True, False):
        hass.config_entries.async_update_entry(entry, options={"count_per_person": option})
        for call_state in ("called", "idle"):
            simulator.extension("01001").call_state = call_state
            freezer.tick(10)
            await poll()
        await entry.runtime_data.store.async_save()
        totals = stored(hass_storage, entry)["agents"]["subentry-1"]["totals"]
        assert totals["calls"] == option
        assert bool(totals["seconds"]) == option
    assert stored(hass_storage, entry)["totals"]["calls"] == 2


class TestCounters:
    """The number of connected calls, and their duration."""

    async def test_call_is_counted_once_with_its_talk_time(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        assert state_of(hass, "sensor.belfabriek_calls") == "0"
        for call_state in ("idle", *["called"] * 6, "wrapup", *["idle"] * 4):
            simulator.extension("01001").call_state = call_state
            freezer.tick(10)
            await poll()
        assert state_of(hass, "sensor.belfabriek_calls") == "1"
        assert talk_time(hass) == 60
        await loaded.runtime_data.store.async_save()
        wrap_up_time = float(state_of(hass, "sensor.belfabriek_wrap_up_time") or 0)
        assert wrap_up_time * 3600 == pytest.approx(10)
        assert float(state_of(hass, "sensor.belfabriek_ready_time") or 0) * 3600 == pytest.approx(
            4 * 120 + 50
        )

    async def test_counter_is_shown_only_after_it_was_written(
        self,
        hass: HomeAssistant,
        hass_storage: dict[str, Any],
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        on_disk: dict[str, int] = {}

        @callback
        def note(event: Event[EventStateChangedData]) -> None:
            if event.data["entity_id"] == "sensor.belfabriek_calls" and event.data["new_state"]:
                on_disk[event.data["new_state"].state] = stored(hass_storage, loaded)["totals"][
                    "calls"
                ]

        hass.bus.async_listen(EVENT_STATE_CHANGED, note)
        simulator.extension("01001").call_state = "called"
        await poll()
        await loaded.runtime_data.store.async_save()
        assert on_disk == {"1": 1}

    async def test_call_in_progress_at_the_first_poll_adds_only_talk_time(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        entry: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
    ) -> None:
        simulator.extension("01001").call_state = "called"
        await set_up(entry)
        for call_state in ("called", "idle", "idle", "idle", "idle"):
            simulator.extension("01001").call_state = call_state
            freezer.tick(10)
            await poll()
        assert state_of(hass, "sensor.belfabriek_calls") == "0"
        assert talk_time(hass) == 20

    async def test_long_call_is_written_each_minute(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        entry_data: dict[str, Any],
        set_up: SetUp,
        poll: Poll,
    ) -> None:
        await set_up(make_entry(entry_data, {"01001": "Reception"}))
        simulator.extension("01001").call_state = "called"
        await poll()
        changes = async_capture_events(hass, EVENT_STATE_CHANGED)
        for _ in range(60):
            freezer.tick(10)
            await poll()
        written = [each for each in changes if "talk_time" in each.data["entity_id"]]
        assert 9 <= len(written) <= 12

    async def test_account_totals_grow_while_an_extension_fails(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        await simulator.inject("status_500_html", extension_id="01002")
        # A transferred call counts for both extensions.
        for first, second in (("called", "idle"), ("called", "called"), ("idle", "idle")):
            simulator.extension("01001").call_state = first
            simulator.extension("01003").call_state = second
            freezer.tick(10)
            await poll()
        await loaded.runtime_data.store.async_save()
        assert state_of(hass, "sensor.belfabriek_calls") == "2"
        assert talk_time(hass) == 30

    async def test_chosen_unit_survives_a_reload(
        self,
        hass: HomeAssistant,
        hass_storage: dict[str, Any],
        entry: MockConfigEntry,
        set_up: SetUp,
    ) -> None:
        store(hass_storage, entry, {"totals": {"calls": 1, "seconds": {"on_call": 90}}})
        await set_up(entry)
        er.async_get(hass).async_update_entity_options(
            "sensor.belfabriek_talk_time", "sensor", {"unit_of_measurement": "min"}
        )
        for _ in range(2):
            await hass.config_entries.async_reload(entry.entry_id)
            await hass.async_block_till_done()
            assert state_of(hass, "sensor.belfabriek_talk_time") == "1.5"

    async def test_counters_survive_a_restart_and_an_outage(
        self,
        hass: HomeAssistant,
        hass_storage: dict[str, Any],
        simulator: Simulator,
        entry: MockConfigEntry,
        set_up: SetUp,
        poll: Poll,
    ) -> None:
        store(hass_storage, entry, {"totals": {"calls": 105, "seconds": {"handling": 100}}})
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
