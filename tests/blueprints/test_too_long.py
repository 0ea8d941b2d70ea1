"""The blueprints *Long call* and *Long wrap-up*."""

from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
import pytest

from .house import FAIL, House, note

TIMED: dict[str, Any] = {
    "extensions": ["reception", "sales"],
    "minutes": 10,
    "actions": note("{{ name }}"),
}
LONG_CALL = "long_call"

both = pytest.mark.parametrize(
    ("blueprint", "status"), [(LONG_CALL, "on_call"), ("long_wrap_up", "wrap_up")]
)


async def begin(house: House, blueprint: str, inputs: dict[str, Any] = TIMED) -> None:
    """Make the automation while nobody is on a call."""
    await house.set(reception="ready", sales="ready")
    await house.automate(blueprint, **inputs)


@both
async def test_what_lasts_too_long_is_told_once_and_each_time(
    house: House, blueprint: str, status: str
) -> None:
    await begin(house, blueprint)
    for _ in range(2):
        await house.set(reception=status)
        await house.wait(minutes=9.9)
        assert house.said() == []
        await house.wait(minutes=0.2)
        assert house.said() == ["Reception"]
        await house.wait(minutes=60)
        assert house.said() == []
        await house.set(reception="ready")


async def test_what_ends_in_time_is_not_told(house: House) -> None:
    await begin(house, LONG_CALL)
    for status in ("connecting", "on_call", "wrap_up", "on_call", "ready"):
        await house.set(reception=status)
        await house.wait(minutes=9)
    await house.wait(minutes=30)
    assert house.said() == []


async def test_each_extension_is_timed_on_its_own(house: House) -> None:
    await begin(house, LONG_CALL)
    await house.set(reception="on_call")
    await house.wait(minutes=5)
    await house.set(sales="on_call")
    await house.wait(minutes=6)
    assert house.said() == ["Reception"]
    await house.wait(minutes=5)
    assert house.said() == ["Sales"]


@both
@pytest.mark.parametrize("no_status", [STATE_UNAVAILABLE, STATE_UNKNOWN])
async def test_a_failed_poll_changes_nothing(
    house: House, blueprint: str, status: str, no_status: str
) -> None:
    await begin(house, blueprint)
    await house.set(reception=status)
    await house.wait(minutes=8)
    await house.set(reception=no_status)
    await house.wait(seconds=10)
    await house.set(reception=status)
    await house.wait(minutes=1.5)
    assert house.said() == []
    await house.wait(minutes=0.5)
    assert house.said() == ["Reception"]
    await house.set(reception=no_status)
    await house.set(reception=status)
    await house.wait(minutes=20)
    assert house.said() == []


async def test_nothing_is_told_in_an_outage(house: House) -> None:
    await begin(house, LONG_CALL)
    await house.set(reception="on_call")
    await house.set(reception=STATE_UNAVAILABLE, sales=STATE_UNAVAILABLE)
    await house.wait(minutes=20)
    assert house.said() == []
    await house.set(sales="ready", reception="on_call")
    assert house.said() == ["Reception"]


async def test_a_restart_in_a_call_does_not_start_the_minutes_anew(house: House) -> None:
    await house.set(reception="on_call", sales="ready")
    await house.wait(minutes=8)
    await house.start(LONG_CALL, **TIMED)
    await house.wait(minutes=2.2)
    assert house.said() == ["Reception"]


async def test_what_was_told_before_a_restart_is_not_told_again(house: House) -> None:
    await house.set(reception="on_call", sales="ready")
    await house.wait(minutes=30)
    await house.start(LONG_CALL, **TIMED)
    await house.wait(minutes=10)
    assert house.said() == []


async def test_an_automation_that_is_saved_goes_on_counting(house: House) -> None:
    await begin(house, LONG_CALL)
    await house.set(reception="on_call")
    await house.wait(minutes=8)
    await house.edit(LONG_CALL, **TIMED | {"minutes": 9})
    await house.wait(minutes=1.1)
    assert house.said() == ["Reception"]


async def test_an_extension_that_was_removed_is_forgotten(house: House) -> None:
    await begin(house, LONG_CALL)
    await house.set(reception="on_call", sales="on_call")
    await house.remove("reception")
    await house.wait(minutes=11)
    assert house.said() == ["Sales"]


async def test_without_a_reason_nothing_runs(house: House) -> None:
    await house.set(reception="ready", sales="paused")
    await house.automate(LONG_CALL, **TIMED)
    assert house.last_run() is None


async def test_actions_that_fail_for_one_are_done_for_the_next(house: House) -> None:
    actions = [*note("{{ name }}"), *FAIL]
    await begin(house, LONG_CALL, TIMED | {"actions": actions})
    await house.set(reception="on_call", sales="on_call")
    await house.wait(minutes=11)
    assert sorted(house.said()) == ["Reception", "Sales"]


async def test_what_counts_as_a_call_is_ones_own(house: House) -> None:
    await begin(house, LONG_CALL, TIMED | {"statuses": ["handling"]})
    await house.set(reception="handling", sales="on_call")
    await house.wait(minutes=11)
    assert house.said() == ["Reception"]


@both
async def test_without_actions_of_ones_own_home_assistant_shows_it(
    house: House, blueprint: str, status: str
) -> None:
    await house.set(reception="ready")
    await house.automate(blueprint, extensions=["reception"], minutes=1)
    await house.set(reception=status)
    await house.wait(minutes=1.2)
    (message,) = house.notifications.values()
    assert message.startswith("Reception has been ")
    assert message.endswith(" for 1 minute.")
