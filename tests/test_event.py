from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from simulator import Simulator

from .conftest import Poll, SetUp
from .helpers import since_of, state_of

SCENES: dict[str, dict[str, Any]] = {
    "ready": {"available": True, "call_state": "idle"},
    "connecting": {"available": True, "call_state": "calling"},
    "on_call": {"available": True, "call_state": "called"},
    "wrap_up": {"available": True, "call_state": "wrapup"},
    "paused": {"available": False, "reason": "pause"},
    "handling": {"available": False, "reason": "handling"},
    "offline": {"available": False, "reason": "-"},
    "not_available": {"available": False, "reason": "lunch"},
    "unknown": {"available": True, "call_state": "ringing"},
}
NO_CALL = {"ready", "wrap_up", "paused", "offline", "not_available"}
CONNECTED = {"on_call", "handling"}

type Events = list[tuple[str, int | None, bool | None]]
"""Type of each event; for the end of a call also the duration in seconds, and answered."""
type Follow = Callable[..., Awaitable[Events]]


def expected(before: str, after: str) -> list[str]:
    """Return the expected events."""
    if before == after or "unknown" in {before, after}:
        return []
    if before in NO_CALL:
        begin = {key: ["call_started", "call_connected"] for key in CONNECTED}
        return {"connecting": ["call_started"], **begin}.get(after, [])
    end = {key: ["call_ended"] for key in NO_CALL}
    if before == "connecting":
        return {**end, **{key: ["call_connected"] for key in CONNECTED}}[after]
    return {**end, "connecting": ["call_ended", "call_started"]}.get(after, [])


@pytest.fixture
def follow(hass: HomeAssistant, simulator: Simulator, poll: Poll) -> Follow:
    """Return a function that sets statuses of Reception, and returns the events."""
    known: set[str] = set()

    async def function(*statuses: str) -> Events:
        changes: list[Event[Any]] = async_capture_events(hass, EVENT_STATE_CHANGED)
        for status in statuses:
            if status == "outage":
                await simulator.stop()
                await poll()
                await simulator.start()
            else:
                simulator.extension("01001").set(**SCENES[status])
                await poll()
                assert state_of(hass, "sensor.reception") == status
        events: Events = []
        for change in changes:
            if change.data["entity_id"] == "event.reception_call":
                state = change.data["new_state"]
                # After an outage, the entity shows its last event again.
                if state.state not in {"unavailable", "unknown", *known}:
                    known.add(state.state)
                    attributes = state.attributes
                    event = attributes["event_type"]
                    events.append((event, attributes.get("duration"), attributes.get("answered")))
        return events

    return function


@pytest.mark.parametrize(("before", "after"), product(SCENES, repeat=2))
async def test_difference_of_two_polls_is_reported(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    follow: Follow,
    before: str,
    after: str,
) -> None:
    simulator.extension("01001").set(**SCENES[before])
    await set_up(entry)
    assert state_of(hass, "event.reception_call") == "unknown"
    events = await follow(after)
    assert [event for event, _, _ in events] == expected(before, after)


@pytest.mark.parametrize("gap", ["unknown", "outage"])
@pytest.mark.parametrize(("before", "after"), product(["ready", "on_call"], repeat=2))
async def test_no_event_is_fired_across_a_gap(
    loaded: MockConfigEntry, follow: Follow, gap: str, before: str, after: str
) -> None:
    await follow(before)
    assert await follow(gap, after) == []


async def test_whole_call_has_its_duration(
    freezer: FrozenDateTimeFactory, loaded: MockConfigEntry, follow: Follow
) -> None:
    assert await follow("connecting") == [("call_started", None, None)]
    freezer.tick(7)
    assert await follow("on_call") == [("call_connected", None, None)]
    for _ in range(5):
        freezer.tick(11)
        await follow("on_call")
    assert await follow("wrap_up", "ready") == [("call_ended", 62, True)]


@pytest.mark.parametrize(
    ("statuses", "answered"),
    [
        (["connecting", "ready"], False),
        (["connecting", "paused"], False),
        (["connecting", "wrap_up"], True),
        (["on_call", "ready"], True),
        (["handling", "connecting"], True),
    ],
)
async def test_call_that_ended_was_answered_or_not(
    loaded: MockConfigEntry, follow: Follow, statuses: list[str], answered: bool
) -> None:
    events = await follow(*statuses)
    assert [event[2] for event in events if event[0] == "call_ended"] == [answered]


@pytest.mark.parametrize("before", ["start", "unknown", "outage"])
async def test_call_whose_start_was_not_seen_ends_without_a_duration(
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    follow: Follow,
    before: str,
) -> None:
    simulator.extension("01001").set(**SCENES["on_call"])
    await set_up(entry)
    if before != "start":
        await follow("ready", "on_call", before, "on_call")
    assert await follow("ready") == [("call_ended", None, True)]


async def test_call_with_a_gap_ends_without_a_duration(
    freezer: FrozenDateTimeFactory, loaded: MockConfigEntry, follow: Follow
) -> None:
    await follow("on_call")
    freezer.tick(75)
    assert await follow("on_call", "ready") == [("call_ended", None, True)]


async def test_call_that_started_without_polling_fires_no_event(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    loaded: MockConfigEntry,
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    hass.config_entries.async_update_entry(loaded, pref_disable_polling=True)
    await hass.config_entries.async_reload(loaded.entry_id)
    freezer.tick(75)
    simulator.extension("01001").set(**SCENES["on_call"])
    await hass.services.async_call(
        "homeassistant", "update_entity", {"entity_id": "sensor.reception"}, blocking=True
    )
    assert state_of(hass, "sensor.reception") == "on_call"
    assert since_of(hass, "sensor.reception") is None
    assert state_of(hass, "event.reception_call") == "unknown"


async def test_only_the_end_of_a_call_has_attributes(
    hass: HomeAssistant, loaded: MockConfigEntry, follow: Follow
) -> None:
    for status, is_end in (("connecting", False), ("on_call", False), ("ready", True)):
        await follow(status)
        state = hass.states.get("event.reception_call")
        assert state is not None
        assert ({"duration", "answered"} <= set(state.attributes)) is is_end
        assert ("duration" in state.attributes) is is_end


async def test_another_extension_has_no_event(
    hass: HomeAssistant, loaded: MockConfigEntry, follow: Follow
) -> None:
    await follow("connecting", "on_call", "ready")
    assert state_of(hass, "event.sales_call") == "unknown"


async def test_changed_option_fires_no_event_again(
    hass: HomeAssistant, loaded: MockConfigEntry, follow: Follow
) -> None:
    assert await follow("on_call")
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    hass.config_entries.async_update_entry(loaded, options={"scan_interval": 30})
    await hass.async_block_till_done()
    assert not [each for each in changes if each.data["entity_id"] == "event.reception_call"]


async def test_outage_puts_no_old_event_into_the_logbook(
    hass: HomeAssistant, loaded: MockConfigEntry, follow: Follow
) -> None:
    await follow("on_call")
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    await follow("outage", "ready")
    assert not [each for each in changes if each.data["entity_id"] == "event.reception_call"]


async def test_reload_puts_no_old_event_into_the_logbook(
    hass: HomeAssistant, loaded: MockConfigEntry, follow: Follow
) -> None:
    await follow("on_call")
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, "event.reception_call") == "unknown"
