from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
import pytest

from tests.helpers import state_of

from .house import FAIL, HOURS, MEMORY, House, note

NOBODY_AVAILABLE = "nobody_available"
EXTENSIONS = ["reception", "sales"]
NOBODY = "nobody"
SOMEBODY = "somebody"
TEAM: dict[str, Any] = {
    "extensions": EXTENSIONS,
    "minutes": 5,
    "nobody_actions": note(NOBODY),
    "somebody_actions": note(SOMEBODY),
}
WITH_HOURS = TEAM | {"working_hours": [HOURS]}
WITH_MEMORY = TEAM | {"memory": MEMORY}


async def begin(house: House, reception: str, sales: str, inputs: dict[str, Any] = TEAM) -> None:
    """Make the automation while they are doing this."""
    await house.set(reception=reception, sales=sales)
    await house.automate(NOBODY_AVAILABLE, **inputs)


@pytest.mark.parametrize("busy", ["on_call", "wrap_up", "paused", "offline"])
async def test_it_is_told_when_nobody_is_ready_for_long_and_when_that_is_over(
    house: House, busy: str
) -> None:
    await begin(house, "ready", "ready")
    await house.set(reception=busy)
    await house.wait(minutes=10)
    assert house.said() == []
    await house.set(sales=busy)
    await house.wait(minutes=4.9)
    assert house.said() == []
    await house.wait(minutes=0.2)
    assert house.said() == [NOBODY]
    await house.wait(minutes=30)
    assert house.said() == []
    await house.set(sales="ready")
    assert house.said() == [SOMEBODY]
    await house.set(reception="ready")
    await house.wait(minutes=10)
    assert house.said() == []


async def test_nothing_is_told_when_somebody_is_ready_soon(house: House) -> None:
    await begin(house, "ready", "paused")
    for _ in range(3):
        await house.set(reception="on_call")
        await house.wait(minutes=4)
        await house.set(reception="ready")
    await house.wait(minutes=10)
    assert house.said() == []


@pytest.mark.parametrize("minutes", [0, 5])
async def test_every_time_is_told(house: House, minutes: int) -> None:
    await begin(house, "ready", "paused", TEAM | {"minutes": minutes})
    for _ in range(2):
        await house.set(reception="on_call")
        await house.wait(minutes=minutes)
        assert house.said() == [NOBODY]
        await house.set(reception="ready")
        assert house.said() == [SOMEBODY]


@pytest.mark.parametrize("no_status", [STATE_UNAVAILABLE, STATE_UNKNOWN])
async def test_it_keeps_still_over_one_that_cannot_be_read_for_a_quarter_of_an_hour(
    house: House, no_status: str
) -> None:
    await begin(house, "ready", "paused")
    await house.set(reception=no_status)
    await house.wait(minutes=14)
    assert house.said() == []
    await house.wait(minutes=7)
    assert house.said() == [NOBODY]


@pytest.mark.parametrize("lost", [["reception"], EXTENSIONS])
async def test_an_outage_is_not_an_empty_team(house: House, lost: list[str]) -> None:
    await begin(house, "ready", "paused")
    await house.set(**dict.fromkeys(lost, STATE_UNAVAILABLE))
    await house.wait(minutes=10)
    await house.set(reception="ready")
    await house.wait(minutes=30)
    assert house.said() == []


async def test_an_outage_does_not_start_the_minutes_anew(house: House) -> None:
    await begin(house, "paused", "ready")
    await house.set(sales="on_call")
    await house.wait(minutes=3)
    await house.set(reception=STATE_UNAVAILABLE, sales=STATE_UNAVAILABLE)
    await house.wait(minutes=1)
    await house.set(reception="paused", sales="paused")
    await house.wait(minutes=1.1)
    assert house.said() == [NOBODY]


@pytest.mark.parametrize(("after", "said"), [("paused", [NOBODY]), ("ready", [])])
async def test_an_outage_that_lasts_longer_than_the_minutes_is_sat_out(
    house: House, after: str, said: list[str]
) -> None:
    await begin(house, "paused", "ready")
    await house.set(sales="on_call")
    await house.set(reception=STATE_UNAVAILABLE, sales=STATE_UNAVAILABLE)
    await house.wait(minutes=30)
    assert house.said() == []
    await house.set(reception=after)
    assert house.said() == said


async def test_minutes_in_which_somebody_may_have_been_ready_do_not_count(house: House) -> None:
    await begin(house, "ready", "ready")
    await house.set(reception=STATE_UNAVAILABLE, sales=STATE_UNAVAILABLE)
    await house.wait(minutes=10)
    await house.set(reception="paused", sales="paused")
    await house.wait(minutes=4.9)
    assert house.said() == []
    await house.wait(minutes=0.2)
    assert house.said() == [NOBODY]


async def test_an_outage_is_not_somebody_available(house: House) -> None:
    await begin(house, "paused", "ready")
    await house.set(sales="on_call")
    await house.wait(minutes=6)
    await house.set(reception=STATE_UNAVAILABLE, sales=STATE_UNKNOWN)
    await house.wait(minutes=10)
    await house.set(reception="paused", sales="paused")
    assert house.said() == [NOBODY]
    await house.set(sales="ready")
    assert house.said() == [SOMEBODY]


# Working hours


async def test_outside_working_hours_nothing_is_told_and_no_minutes_are_counted(
    house: House,
) -> None:
    await house.toggle(HOURS, on=False)
    await begin(house, "ready", "offline", WITH_HOURS)
    await house.set(reception="offline")
    await house.wait(minutes=30)
    await house.toggle(HOURS, on=True)
    await house.wait(minutes=4.9)
    assert house.said() == []
    await house.wait(minutes=0.2)
    assert house.said() == [NOBODY]


async def test_the_end_of_working_hours_ends_it_silently(house: House) -> None:
    await house.toggle(HOURS, on=True)
    await begin(house, "ready", "offline", WITH_HOURS)
    await house.set(reception="offline")
    await house.wait(minutes=6)
    assert house.said() == [NOBODY]
    await house.toggle(HOURS, on=False)
    await house.set(reception="ready")
    assert house.said() == []
    await house.set(reception="offline")
    await house.toggle(HOURS, on=True)
    await house.wait(minutes=6)
    assert house.said() == [NOBODY]


async def test_every_working_day_counts_anew(house: House) -> None:
    await house.toggle(HOURS, on=True)
    await house.set(reception="offline", sales="offline")
    await house.start(NOBODY_AVAILABLE, **WITH_HOURS)
    for _ in range(2):
        await house.wait(minutes=4)
        assert house.said() == []
        await house.wait(minutes=1.1)
        assert house.said() == [NOBODY]
        await house.toggle(HOURS, on=False)
        await house.wait(minutes=30)
        await house.toggle(HOURS, on=True)


async def test_the_end_of_working_hours_stops_the_minutes(house: House) -> None:
    await house.toggle(HOURS, on=True)
    await begin(house, "ready", "offline", WITH_HOURS)
    await house.set(reception="offline")
    await house.wait(minutes=4)
    await house.toggle(HOURS, on=False)
    await house.wait(minutes=30)
    assert house.said() == []


# Restarts


async def test_the_minutes_start_anew_at_a_restart(house: House) -> None:
    await house.set(reception="paused", sales="paused")
    await house.start(NOBODY_AVAILABLE, **TEAM)
    await house.wait(minutes=4.9)
    assert house.said() == []
    await house.wait(minutes=0.2)
    assert house.said() == [NOBODY]
    await house.set(reception="ready")
    assert house.said() == [SOMEBODY]


async def test_somebody_after_a_restart_is_not_told_to_who_was_not_told_before(
    house: House,
) -> None:
    await house.set(reception=STATE_UNAVAILABLE, sales=STATE_UNAVAILABLE)
    await house.start(NOBODY_AVAILABLE, **TEAM)
    await house.set(sales="paused")
    await house.set(reception="ready")
    await house.wait(minutes=10)
    assert house.said() == []


async def test_a_restart_during_an_outage_counts_from_the_first_status(house: House) -> None:
    await house.set(reception=STATE_UNAVAILABLE, sales=STATE_UNAVAILABLE)
    await house.start(NOBODY_AVAILABLE, **TEAM)
    await house.wait(minutes=10)
    await house.set(sales="paused", reception="paused")
    await house.wait(minutes=5.1)
    assert house.said() == [NOBODY]


async def test_the_toggle_says_whether_it_was_told_after_a_power_failure_too(
    house: House,
) -> None:
    await house.toggle(MEMORY, on=False)
    await begin(house, "ready", "paused", WITH_MEMORY)
    await house.set(reception="paused")
    await house.wait(minutes=4)
    assert state_of(house.hass, MEMORY) == "off"
    await house.wait(minutes=2)
    assert state_of(house.hass, MEMORY) == house.saved(MEMORY) == "on"
    await house.set(reception="ready")
    assert state_of(house.hass, MEMORY) == house.saved(MEMORY) == "off"
    assert house.said() == [NOBODY, SOMEBODY]


async def test_with_a_toggle_nothing_is_told_twice_after_a_restart(house: House) -> None:
    await house.toggle(MEMORY, on=True)
    await house.set(reception="paused", sales="paused")
    await house.start(NOBODY_AVAILABLE, **WITH_MEMORY)
    await house.wait(minutes=30)
    assert house.said() == []
    await house.set(reception="ready")
    assert house.said() == [SOMEBODY]


async def test_with_a_toggle_somebody_is_told_although_it_was_during_the_restart(
    house: House,
) -> None:
    await house.toggle(MEMORY, on=True)
    await house.set(reception=STATE_UNAVAILABLE, sales=STATE_UNAVAILABLE)
    await house.start(NOBODY_AVAILABLE, **WITH_MEMORY)
    assert house.said() == []
    await house.set(reception="ready")
    assert house.said() == [SOMEBODY]
    assert state_of(house.hass, MEMORY) == "off"


async def test_with_a_toggle_the_end_of_working_hours_during_a_restart_is_silent(
    house: House,
) -> None:
    await house.toggle(MEMORY, on=True)
    await house.toggle(HOURS, on=False)
    await house.set(reception="ready", sales="paused")
    await house.start(NOBODY_AVAILABLE, **WITH_HOURS | WITH_MEMORY)
    assert house.said() == []
    assert state_of(house.hass, MEMORY) == "off"


async def test_an_automation_that_is_saved_or_turned_on_counts_at_once(house: House) -> None:
    await begin(house, "paused", "paused", TEAM | {"minutes": 3})
    await house.wait(minutes=3.1)
    assert house.said() == [NOBODY]
    await house.edit(NOBODY_AVAILABLE, **TEAM | {"minutes": 2})
    await house.wait(minutes=2.1)
    assert house.said() == [NOBODY]
    await house.turn_off_and_on()
    await house.wait(minutes=2.1)
    assert house.said() == [NOBODY]


async def test_without_a_reason_nothing_runs(house: House) -> None:
    await house.set(reception="ready", sales="paused")
    await house.start(NOBODY_AVAILABLE, **TEAM)
    await house.turn_off_and_on()
    await house.set(sales="offline")
    assert house.last_run() is None


# Messages


async def test_the_actions_know_what_everybody_is_doing(house: House) -> None:
    actions = note("{{ minutes }}: {{ team }}")
    inputs = TEAM | {"nobody_actions": actions, "somebody_actions": actions}
    await begin(house, "ready", "paused", inputs)
    await house.set(reception="on_call")
    await house.wait(minutes=6)
    await house.set(sales="ready")
    assert house.said() == [
        "5: Reception: on_call, Sales: paused",
        "5: Reception: on_call, Sales: ready",
    ]


async def test_without_actions_of_ones_own_home_assistant_shows_it(house: House) -> None:
    await house.set(reception="ready", sales="paused")
    await house.automate(NOBODY_AVAILABLE, extensions=EXTENSIONS)
    await house.set(reception="on_call")
    await house.wait(minutes=6)
    assert house.notifications == {
        "Nobody is ready": (
            "For 5 minutes, nobody was ready to take a call. Reception: on_call, Sales: paused"
        )
    }
    await house.set(reception="ready")
    assert house.notifications["Somebody is ready again"] == "Reception: ready, Sales: paused"


async def test_actions_that_fail_stop_nothing(house: House) -> None:
    await begin(house, "ready", "paused", TEAM | {"nobody_actions": FAIL})
    await house.set(reception="on_call")
    await house.wait(minutes=6)
    await house.set(reception="ready")
    assert house.said() == [SOMEBODY]


async def test_what_happens_while_somebody_is_being_told_is_not_lost(house: House) -> None:
    slow = [*note(SOMEBODY), {"delay": {"minutes": 1}}]
    await begin(house, "ready", "paused", TEAM | {"somebody_actions": slow})
    await house.set(reception="on_call")
    await house.wait(minutes=6)
    await house.set(reception="ready")
    await house.set(reception="on_call")
    await house.wait(minutes=6.1)
    assert house.said() == [NOBODY, SOMEBODY, NOBODY]
