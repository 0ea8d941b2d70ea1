"""The two blueprints that time something: a call, and the wrap-up after it."""

from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
import pytest

from .house import FAIL, House, note

LONG_CALL = "long_call"
LONG_WRAP_UP = "long_wrap_up"
EXTENSIONS = ["sensor.reception_status", "sensor.sales_status"]
TIMED: dict[str, Any] = {"extensions": EXTENSIONS, "minutes": 10, "actions": note("{{ name }}")}
RECEPTION = "reception status"
SALES = "sales status"

both = pytest.mark.parametrize(
    ("blueprint", "status"), [(LONG_CALL, "on_call"), (LONG_WRAP_UP, "wrap_up")]
)


@both
async def test_what_lasts_too_long_is_told_once(house: House, blueprint: str, status: str) -> None:
    await house.set(reception="ready")
    await house.automate(blueprint, **TIMED)
    await house.set(reception=status)
    await house.wait(minutes=9.9)
    assert house.said() == []
    await house.wait(minutes=0.2)
    assert house.said() == [RECEPTION]
    await house.wait(minutes=60)
    assert house.said() == []


@both
async def test_what_ends_in_time_is_not_told(house: House, blueprint: str, status: str) -> None:
    await house.set(reception="ready")
    await house.automate(blueprint, **TIMED)
    for _ in range(3):
        await house.set(reception=status)
        await house.wait(minutes=9)
        await house.set(reception="ready")
    await house.wait(minutes=30)
    assert house.said() == []


@both
async def test_the_next_one_is_told_again(house: House, blueprint: str, status: str) -> None:
    await house.set(reception="ready")
    await house.automate(blueprint, **TIMED)
    for _ in range(2):
        await house.set(reception=status)
        await house.wait(minutes=11)
        await house.set(reception="ready")
    assert house.said() == [RECEPTION] * 2


@both
async def test_each_extension_is_timed_on_its_own(
    house: House, blueprint: str, status: str
) -> None:
    await house.set(reception="ready", sales="ready")
    await house.automate(blueprint, **TIMED)
    await house.set(reception=status)
    await house.wait(minutes=6)
    await house.set(sales=status)
    await house.wait(minutes=5)
    assert house.said() == [RECEPTION]
    await house.set(reception="ready")
    await house.wait(minutes=4)
    assert house.said() == []
    await house.set(reception=status)
    await house.wait(minutes=2)
    assert house.said() == [SALES]
    await house.wait(minutes=9)
    assert house.said() == [RECEPTION]


@both
async def test_one_that_was_told_hides_no_other(house: House, blueprint: str, status: str) -> None:
    await house.set(reception="ready", sales="ready")
    await house.automate(blueprint, **TIMED)
    await house.set(reception=status)
    await house.wait(minutes=12)
    assert house.said() == [RECEPTION]
    await house.set(sales=status)
    await house.wait(minutes=10.1)
    assert house.said() == [SALES]


@both
@pytest.mark.parametrize("no_status", [STATE_UNAVAILABLE, STATE_UNKNOWN])
async def test_an_outage_in_the_middle_does_not_start_the_minutes_anew(
    house: House, blueprint: str, status: str, no_status: str
) -> None:
    await house.set(reception="ready")
    await house.automate(blueprint, **TIMED)
    await house.set(reception=status)
    await house.wait(minutes=4)
    await house.set(reception=no_status)
    await house.wait(minutes=3)
    await house.set(reception=status)
    await house.wait(minutes=2.9)
    assert house.said() == []
    await house.wait(minutes=0.2)
    assert house.said() == [RECEPTION]
    await house.set(reception=no_status)
    await house.set(reception=status)
    await house.wait(minutes=30)
    assert house.said() == []


@both
@pytest.mark.parametrize("no_status", [STATE_UNAVAILABLE, STATE_UNKNOWN])
async def test_it_does_not_while_others_come_and_go_either(
    house: House, blueprint: str, status: str, no_status: str
) -> None:
    await house.set(reception="ready", sales="ready")
    await house.automate(blueprint, **TIMED)
    await house.set(reception=status)
    await house.wait(minutes=4)
    await house.set(reception=no_status)
    await house.set(sales=status)
    await house.set(sales="ready")
    await house.set(reception=status)
    await house.wait(minutes=6.1)
    assert house.said() == [RECEPTION]


@both
@pytest.mark.parametrize("still", [True, False])
async def test_an_outage_that_lasts_longer_than_the_minutes_is_sat_out(
    house: House, blueprint: str, status: str, still: bool
) -> None:
    await house.set(reception="ready")
    await house.automate(blueprint, **TIMED)
    await house.set(reception=status)
    await house.wait(minutes=4)
    await house.set(reception=STATE_UNAVAILABLE)
    await house.wait(minutes=20)
    assert house.said() == []
    await house.set(reception=status if still else "ready")
    assert house.said() == ([RECEPTION] if still else [])


@both
async def test_an_extension_that_was_removed_is_forgotten(
    house: House, blueprint: str, status: str
) -> None:
    await house.set(reception="ready")
    await house.automate(blueprint, **TIMED)
    await house.set(reception=status)
    await house.remove("reception")
    await house.wait(minutes=20)
    await house.set(reception="ready")
    assert house.said() == []


@both
async def test_the_minutes_start_anew_at_a_restart(
    house: House, blueprint: str, status: str
) -> None:
    await house.set(reception=status)
    await house.start(blueprint, **TIMED)
    await house.wait(minutes=9.9)
    assert house.said() == []
    await house.wait(minutes=0.2)
    assert house.said() == [RECEPTION]


@both
async def test_they_do_when_the_extension_is_found_late(
    house: House, blueprint: str, status: str
) -> None:
    await house.set(reception=STATE_UNAVAILABLE)
    await house.start(blueprint, **TIMED)
    await house.wait(minutes=20)
    await house.set(reception=status)
    await house.wait(minutes=10.1)
    assert house.said() == [RECEPTION]


@both
async def test_an_automation_that_is_saved_goes_on_counting(
    house: House, blueprint: str, status: str
) -> None:
    await house.set(reception=status)
    await house.wait(minutes=3)
    await house.create(blueprint, **TIMED)
    await house.wait(minutes=3)
    await house.edit(blueprint, **TIMED | {"minutes": 8})
    await house.wait(minutes=2.1)
    assert house.said() == [RECEPTION]


@both
async def test_a_new_automation_counts_from_the_start(
    house: House, blueprint: str, status: str
) -> None:
    await house.set(reception=status)
    await house.wait(minutes=4)
    await house.create(blueprint, **TIMED)
    await house.wait(minutes=6.1)
    assert house.said() == [RECEPTION]


@both
async def test_without_a_reason_nothing_runs(house: House, blueprint: str, status: str) -> None:
    await house.set(reception="ready")
    await house.start(blueprint, **TIMED)
    await house.turn_off_and_on()
    await house.set(reception="paused")
    assert house.last_run() is None


@both
async def test_an_automation_that_is_turned_on_goes_on_counting(
    house: House, blueprint: str, status: str
) -> None:
    await house.set(reception="ready")
    await house.automate(blueprint, **TIMED)
    await house.set(reception=status)
    await house.wait(minutes=4)
    await house.turn_off_and_on()
    await house.wait(minutes=6.1)
    assert house.said() == [RECEPTION]


@both
async def test_actions_that_fail_for_one_extension_are_done_for_the_next(
    house: House, blueprint: str, status: str
) -> None:
    await house.set(reception="ready", sales="ready")
    await house.automate(blueprint, **TIMED | {"actions": [*note("{{ extension }}"), *FAIL]})
    await house.set(reception=status, sales=status)
    await house.wait(minutes=11)
    assert house.said() == EXTENSIONS


@both
async def test_what_happens_while_it_is_being_told_is_not_lost(
    house: House, blueprint: str, status: str
) -> None:
    slow = [*note("{{ name }}"), {"delay": {"minutes": 1}}]
    await house.set(reception="ready", sales="ready")
    await house.automate(blueprint, **TIMED | {"actions": slow})
    await house.set(reception=status)
    await house.wait(minutes=10.1)
    await house.set(reception="ready", sales=status)
    await house.wait(minutes=10.1)
    assert house.said() == [RECEPTION, SALES]


@both
async def test_the_name_is_that_of_the_extension(house: House, blueprint: str, status: str) -> None:
    house.give_device("reception")
    await house.set(reception="ready")
    await house.automate(blueprint, **TIMED)
    await house.set(reception=status)
    await house.wait(minutes=11)
    assert house.said() == ["Reception"]


@pytest.mark.parametrize(
    ("blueprint", "status", "title", "doing"),
    [
        (LONG_CALL, "on_call", "Long call", "on a call"),
        (LONG_WRAP_UP, "wrap_up", "Long wrap-up", "in wrap-up"),
    ],
)
async def test_without_actions_of_ones_own_home_assistant_shows_it(
    house: House, blueprint: str, status: str, title: str, doing: str
) -> None:
    await house.set(reception="ready")
    await house.automate(blueprint, extensions=EXTENSIONS, minutes=2)
    await house.set(reception=status)
    await house.wait(minutes=3)
    assert house.notifications == {title: f"{RECEPTION} has been {doing} for 2 minutes."}


async def test_connecting_is_part_of_a_call(house: House) -> None:
    await house.set(reception="ready")
    await house.automate(LONG_CALL, **TIMED)
    await house.set(reception="connecting")
    await house.wait(minutes=4)
    await house.set(reception="on_call")
    await house.wait(minutes=6.1)
    assert house.said() == [RECEPTION]


async def test_wrap_up_is_not_part_of_a_call(house: House) -> None:
    await house.set(reception="ready")
    await house.automate(LONG_CALL, **TIMED)
    await house.set(reception="on_call")
    await house.wait(minutes=6)
    await house.set(reception="wrap_up")
    await house.wait(minutes=20)
    assert house.said() == []


async def test_what_counts_as_a_call_is_ones_own(house: House) -> None:
    await house.set(reception="ready", sales="ready")
    await house.automate(LONG_CALL, **TIMED | {"statuses": ["handling"]})
    await house.set(reception="handling", sales="on_call")
    await house.wait(minutes=20)
    assert house.said() == [RECEPTION]


async def test_a_call_is_not_part_of_the_wrap_up(house: House) -> None:
    await house.set(reception="ready")
    await house.automate(LONG_WRAP_UP, **TIMED)
    await house.set(reception="on_call")
    await house.wait(minutes=20)
    await house.set(reception="wrap_up")
    await house.wait(minutes=9)
    assert house.said() == []
    await house.wait(minutes=1.1)
    assert house.said() == [RECEPTION]
