from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.light.const import LightEntityFeature
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.helpers import state_of

from .house import AUTOMATION, HOURS, House
from .lamps import AS_WHITE, WHITE, ColorLamp, Plug, WhiteLamp, install

RED = (255, 0, 0)
ORANGE = (255, 110, 0)
GREEN = (0, 255, 0)
BLUE = (0, 0, 255)

ONE: dict[str, Any] = {"extensions": ["reception"], "lights": ["light.desk"]}
TWO: dict[str, Any] = {
    "extensions": ["reception", "sales"],
    "lights": ["light.desk"],
}
PLAIN: dict[str, Any] = {
    "extensions": ["reception"],
    "lights": ["light.hall", "switch.sign"],
}
BUSY_LIGHT = "busy_light"

no_status = pytest.mark.parametrize("no_status", [STATE_UNAVAILABLE, STATE_UNKNOWN])


@pytest.fixture
async def lamp(hass: HomeAssistant) -> ColorLamp:
    """Return a light with colors, `light.desk`."""
    lamp = ColorLamp("Desk")
    await install(hass, lamp)
    return lamp


@pytest.fixture
async def plain(hass: HomeAssistant) -> tuple[WhiteLamp, Plug]:
    """Return a light without colors, `light.hall`, and a switch, `switch.sign`."""
    things = WhiteLamp("Hall"), Plug("Sign")
    await install(hass, *things)
    return things


# What it shows


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("on_call", RED),
        ("connecting", RED),
        ("handling", RED),
        ("wrap_up", ORANGE),
        ("paused", ORANGE),
        ("not_available", ORANGE),
        ("ready", GREEN),
        ("offline", None),
    ],
)
async def test_every_status_has_its_color(
    house: House, lamp: ColorLamp, status: str, shown: object
) -> None:
    lamp.come_back(on=status == "offline", **AS_WHITE)
    await house.automate(BUSY_LIGHT, **ONE)
    await house.set(reception=status)
    assert lamp.shows() == shown


async def test_a_whole_call_is_shown(house: House, lamp: ColorLamp) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    shown = []
    for status in "ready connecting on_call wrap_up ready paused offline".split():
        await house.set(reception=status)
        shown.append(lamp.shows())
        await house.wait(seconds=30)
        assert lamp.shows() == shown[-1]
    assert shown == [GREEN, RED, RED, ORANGE, GREEN, ORANGE, None]


@pytest.mark.parametrize(
    ("busier", "other", "shown"),
    [
        ("on_call", "connecting", (1, 0, 0)),
        ("connecting", "handling", (2, 0, 0)),
        ("handling", "wrap_up", (3, 0, 0)),
        ("wrap_up", "paused", (4, 0, 0)),
        ("paused", "ready", (5, 0, 0)),
        ("not_available", "ready", (5, 0, 0)),
        ("ready", "offline", (6, 0, 0)),
    ],
)
async def test_the_busiest_of_several_extensions_is_shown(
    house: House,
    lamp: ColorLamp,
    busier: str,
    other: str,
    shown: tuple[int, int, int],
) -> None:
    names = "on_call connecting handling wrap_up paused available".split()
    colors = {f"color_{name}": [level, 0, 0] for level, name in enumerate(names, start=1)}
    await house.automate(BUSY_LIGHT, **TWO, **colors)
    await house.set(reception=other, sales=busier)
    assert lamp.shows() == shown


async def test_colors_and_brightness_are_ones_own(house: House, lamp: ColorLamp) -> None:
    await house.automate(
        BUSY_LIGHT,
        **ONE,
        color_offline=list(BLUE),
        color_available=[1, 2, 3],
        brightness=20,
        dark_statuses=["paused"],
    )
    await house.set(reception="offline")
    assert lamp.shows() == BLUE
    assert lamp.brightness == 51
    await house.set(reception="paused")
    assert lamp.shows() is None
    await house.set(reception="ready")
    assert lamp.shows() == (1, 2, 3)


async def test_colors_that_are_much_alike_are_told_apart(house: House, lamp: ColorLamp) -> None:
    await house.automate(BUSY_LIGHT, **ONE, color_paused=[255, 150, 0])
    await house.set(reception="wrap_up")
    await house.wait(seconds=30)
    await house.set(reception="paused")
    assert lamp.shows() == (255, 150, 0)


async def test_a_light_without_colors_and_a_switch_are_on_during_a_call(
    house: House, plain: tuple[WhiteLamp, Plug]
) -> None:
    hall, sign = plain
    await house.automate(BUSY_LIGHT, **PLAIN, brightness=20)
    seen = []
    for status in "ready connecting on_call wrap_up handling offline".split():
        await house.set(reception=status)
        assert hall.is_on == sign.is_on
        seen.append(sign.is_on)
    assert seen == [False, True, True, False, True, False]
    assert hall.brightness == 51


async def test_the_statuses_of_a_switch_are_ones_own(
    house: House, plain: tuple[WhiteLamp, Plug]
) -> None:
    _, sign = plain
    await house.automate(BUSY_LIGHT, **PLAIN, plain_statuses=["ready"])
    await house.set(reception="ready")
    assert sign.is_on
    await house.set(reception="on_call")
    assert not sign.is_on


async def test_lights_of_all_kinds_can_be_mixed(hass: HomeAssistant, house: House) -> None:
    lamp, hall, sign = ColorLamp("Desk"), WhiteLamp("Hall"), Plug("Sign")
    await install(hass, lamp, hall, sign)
    inputs = ONE | {"lights": ["light.desk", "light.hall", "switch.sign"]}
    await house.automate(BUSY_LIGHT, **inputs)
    await house.set(reception="on_call")
    assert (lamp.shows(), hall.is_on, sign.is_on) == (RED, True, True)
    await house.set(reception="ready")
    assert (lamp.shows(), hall.is_on, sign.is_on) == (GREEN, False, False)


# Restarts


@pytest.mark.parametrize(("status", "shown"), [("on_call", RED), ("offline", None)])
async def test_the_light_is_right_after_a_restart(
    house: House, lamp: ColorLamp, status: str, shown: object
) -> None:
    lamp.come_back(on=True, rgb_color=GREEN)
    await house.set(reception=status)
    await house.start(BUSY_LIGHT, **ONE)
    assert lamp.shows() == shown


async def test_a_restart_during_an_outage_waits_for_the_first_status(
    house: House, lamp: ColorLamp
) -> None:
    lamp.come_back(on=True, rgb_color=RED)
    await house.set(reception=STATE_UNAVAILABLE)
    await house.start(BUSY_LIGHT, **ONE)
    await house.wait(minutes=10)
    assert lamp.shows() == RED
    await house.set(reception="ready")
    assert lamp.shows() == GREEN


async def test_a_light_that_is_found_only_after_the_restart_is_set_when_it_is(
    house: House, lamp: ColorLamp
) -> None:
    lamp.lose()
    await house.set(reception="on_call")
    await house.start(BUSY_LIGHT, **ONE)
    lamp.come_back(on=True, rgb_color=GREEN)
    await house.wait(seconds=3)
    assert lamp.shows() == RED


async def test_an_automation_that_is_saved_turned_on_or_run_sets_the_light_at_once(
    house: House, lamp: ColorLamp
) -> None:
    await house.set(reception="on_call")
    await house.automate(BUSY_LIGHT, **ONE)
    assert lamp.shows() == RED
    await house.edit(BUSY_LIGHT, **ONE, color_on_call=list(BLUE))
    assert lamp.shows() == BLUE
    await house.call("automation", "turn_off", entity_id=AUTOMATION)
    await house.set(reception="ready")
    assert lamp.shows() == BLUE
    await house.call("automation", "turn_on", entity_id=AUTOMATION)
    assert lamp.shows() == GREEN
    await house.run_by_hand()
    assert lamp.shows() == GREEN


# Outages


@no_status
async def test_the_light_keeps_its_color_in_an_outage(
    house: House, lamp: ColorLamp, no_status: str
) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    await house.set(reception="on_call")
    await house.set(reception=no_status)
    await house.wait(minutes=10)
    assert lamp.shows() == RED
    await house.set(reception="ready")
    assert lamp.shows() == GREEN


@no_status
async def test_the_light_goes_dark_in_an_outage_if_wanted(
    house: House, lamp: ColorLamp, no_status: str
) -> None:
    await house.automate(BUSY_LIGHT, **ONE, dark_when_unknown=True, patience=1)
    for status in ("on_call", no_status, "on_call"):
        await house.set(reception=status)
        await house.wait(seconds=30)
    await house.wait(minutes=5)
    assert lamp.shows() == RED
    await house.set(reception=no_status)
    await house.wait(seconds=55)
    assert lamp.shows() == RED
    await house.wait(seconds=15)
    assert lamp.shows() is None
    await house.set(reception="on_call")
    assert lamp.shows() == RED


async def test_all_extensions_unavailable_is_an_outage(house: House, lamp: ColorLamp) -> None:
    await house.automate(BUSY_LIGHT, **TWO)
    await house.set(reception="on_call", sales="ready")
    await house.set(reception=STATE_UNAVAILABLE, sales=STATE_UNAVAILABLE)
    await house.wait(minutes=10)
    assert lamp.shows() == RED


@no_status
async def test_a_call_is_shown_although_another_extension_cannot_be_read(
    house: House, lamp: ColorLamp, no_status: str
) -> None:
    await house.automate(BUSY_LIGHT, **TWO)
    await house.set(reception="ready", sales=no_status)
    await house.set(reception="on_call")
    assert lamp.shows() == RED
    await house.wait(minutes=5)
    assert lamp.shows() == RED


async def test_an_extension_that_gets_lost_during_its_call_keeps_the_light_red_for_a_while(
    house: House, lamp: ColorLamp
) -> None:
    await house.automate(BUSY_LIGHT, **TWO)
    await house.set(reception="on_call", sales="ready")
    await house.set(reception=STATE_UNAVAILABLE)
    await house.wait(seconds=110)
    assert lamp.shows() == RED
    await house.wait(seconds=20)
    assert lamp.shows() == GREEN


async def test_the_next_busiest_is_shown_then_even_if_its_color_is_much_alike(
    house: House, lamp: ColorLamp
) -> None:
    await house.automate(BUSY_LIGHT, **TWO, color_paused=[255, 150, 0])
    await house.set(reception="wrap_up", sales="paused")
    await house.set(reception=STATE_UNAVAILABLE)
    await house.wait(seconds=130)
    assert lamp.shows() == (255, 150, 0)


async def test_patience_survives_a_reload(house: House, lamp: ColorLamp) -> None:
    await house.automate(BUSY_LIGHT, **TWO)
    await house.set(reception="on_call", sales="ready")
    await house.set(reception=STATE_UNAVAILABLE)
    await house.wait(seconds=60)
    await house.edit(BUSY_LIGHT, **TWO, brightness=50)
    assert lamp.shows() == RED
    await house.wait(seconds=70)
    assert lamp.shows() == GREEN


async def test_an_extension_that_was_removed_is_not_waited_for(
    house: House, lamp: ColorLamp
) -> None:
    await house.automate(BUSY_LIGHT, **TWO)
    await house.set(reception="on_call", sales="ready")
    await house.remove("reception")
    assert lamp.shows() == GREEN


async def test_a_status_that_the_blueprint_does_not_know_changes_nothing(
    house: House, lamp: ColorLamp
) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    await house.set(reception="on_call")
    await house.set(reception="on_the_moon")
    assert lamp.shows() == RED


# Unavailable lights, and changes by others


async def test_a_light_that_comes_back_shows_the_status_at_once(
    house: House, lamp: ColorLamp
) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    await house.set(reception="ready")
    lamp.lose()
    await house.set(reception="on_call")
    await house.wait(seconds=30)
    lamp.come_back(on=True, **AS_WHITE)
    await house.wait(seconds=3)
    assert lamp.shows() == RED


async def test_a_light_that_comes_back_on_is_turned_off_when_there_is_nothing_to_show(
    house: House, lamp: ColorLamp
) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    await house.set(reception="offline")
    lamp.lose()
    await house.settle()
    lamp.come_back(on=True, **AS_WHITE)
    await house.wait(seconds=3)
    assert lamp.shows() is None


@pytest.mark.parametrize(
    "other", [{"on": False}, {"on": True, **AS_WHITE}, {"on": True, "rgb_color": BLUE}]
)
async def test_a_light_that_others_changed_is_set_right(
    house: House, lamp: ColorLamp, other: dict[str, Any]
) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    await house.set(reception="on_call")
    await house.wait(seconds=30)
    lamp.come_back(**other)
    await house.wait(seconds=10)
    assert lamp.shows() == RED


async def test_a_light_that_others_changed_is_left_alone_if_wanted(
    house: House, lamp: ColorLamp
) -> None:
    await house.automate(BUSY_LIGHT, **ONE, correct=False)
    await house.set(reception="on_call")
    await house.wait(seconds=30)
    lamp.come_back(on=False)
    await house.wait(minutes=10)
    assert lamp.shows() is None
    await house.set(reception="wrap_up")
    assert lamp.shows() == ORANGE


async def test_a_light_that_is_dimmed_stays_so(house: House, lamp: ColorLamp) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    await house.set(reception="on_call")
    await house.wait(seconds=30)
    lamp.come_back(on=True, brightness=10)
    await house.wait(minutes=1)
    assert lamp.brightness == 10


async def test_a_status_costs_one_command(house: House, lamp: ColorLamp) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    await house.set(reception="on_call")
    await house.wait(minutes=5)
    assert lamp.commands == 1


async def test_a_light_that_shows_a_color_as_near_as_it_can_is_not_told_again(
    house: House, lamp: ColorLamp
) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    await house.set(reception="ready")
    lamp.come_back(on=True, rgb_color=(86, 255, 46))
    await house.wait(minutes=5)
    assert lamp.commands == 1


@pytest.mark.parametrize("wrong", ["deaf", "broken"])
async def test_a_command_that_got_lost_or_failed_is_repeated(
    house: House, lamp: ColorLamp, wrong: str
) -> None:
    house.complaints_expected = True
    await house.automate(BUSY_LIGHT, **ONE)
    await house.set(reception="ready")
    setattr(lamp, wrong, True)
    await house.set(reception="on_call")
    assert lamp.shows() == GREEN
    setattr(lamp, wrong, False)
    await house.wait(seconds=20)
    assert lamp.shows() == RED


async def test_a_light_that_never_listens_is_not_told_for_ever(
    house: House, lamp: ColorLamp
) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    lamp.deaf = True
    await house.set(reception="on_call")
    await house.wait(minutes=30)
    assert lamp.commands == 6


@pytest.mark.parametrize("lost", [False, True])
async def test_one_light_that_fails_does_not_stop_the_others(
    hass: HomeAssistant, house: House, lost: bool
) -> None:
    house.complaints_expected = not lost
    lamp, hall, sign = ColorLamp("Desk"), WhiteLamp("Hall"), Plug("Sign")
    await install(hass, lamp, hall, sign)
    inputs = ONE | {"lights": ["light.desk", "light.hall", "switch.sign"]}
    await house.automate(BUSY_LIGHT, **inputs)
    if lost:
        lamp.lose()
    else:
        lamp.broken = True
    await house.set(reception="on_call")
    assert (lamp.is_on, hall.is_on, sign.is_on) == (False, True, True)


async def test_a_newer_status_wins_over_one_that_is_still_being_set(
    house: House, lamp: ColorLamp
) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    lamp.deaf = True
    await house.set(reception="on_call")
    await house.wait(seconds=1)
    lamp.deaf = False
    await house.set(reception="wrap_up")
    assert lamp.shows() == ORANGE
    await house.wait(minutes=2)
    assert lamp.shows() == ORANGE


# Working hours


async def test_the_light_goes_dark_at_the_end_of_working_hours_and_comes_back(
    house: House, lamp: ColorLamp
) -> None:
    await house.toggle(HOURS, on=True)
    await house.automate(BUSY_LIGHT, **ONE, working_hours=[HOURS])
    await house.set(reception="on_call")
    assert lamp.shows() == RED
    await house.toggle(HOURS, on=False)
    assert lamp.shows() is None
    await house.set(reception="ready")
    assert lamp.shows() is None
    await house.toggle(HOURS, on=True)
    assert lamp.shows() == GREEN


async def test_the_light_goes_dark_at_the_end_of_working_hours_in_an_outage_too(
    house: House, lamp: ColorLamp
) -> None:
    await house.toggle(HOURS, on=True)
    await house.automate(BUSY_LIGHT, **ONE, working_hours=[HOURS])
    await house.set(reception="on_call")
    await house.set(reception=STATE_UNAVAILABLE)
    await house.toggle(HOURS, on=False)
    assert lamp.shows() is None


async def test_outside_working_hours_the_light_is_for_everybody(
    house: House, lamp: ColorLamp
) -> None:
    await house.toggle(HOURS, on=False)
    await house.automate(BUSY_LIGHT, **ONE, working_hours=[HOURS])
    await house.set(reception="on_call")
    await house.wait(minutes=1)
    lamp.come_back(on=True, **AS_WHITE)
    await house.wait(minutes=10)
    assert lamp.shows() == WHITE


async def test_working_hours_end_when_one_of_several_schedules_says_so(
    hass: HomeAssistant, house: House, lamp: ColorLamp
) -> None:
    hours = ["schedule.office", "binary_sensor.workday"]
    hass.states.async_set(hours[0], STATE_ON)
    hass.states.async_set(hours[1], STATE_OFF)
    await house.set(reception="ready")
    await house.start(BUSY_LIGHT, **ONE, working_hours=hours)
    assert lamp.shows() is None
    hass.states.async_set(hours[1], STATE_UNAVAILABLE)
    await house.wait(seconds=3)
    assert lamp.shows() == GREEN


# A light that is also used for something else


async def test_the_light_is_given_back_as_it_was(house: House, lamp: ColorLamp) -> None:
    lamp.come_back(on=True, brightness=77, **AS_WHITE)
    await house.automate(BUSY_LIGHT, **ONE, restore=True)
    await house.set(reception="on_call")
    assert lamp.shows() == RED
    await house.set(reception="wrap_up")
    assert lamp.shows() == ORANGE
    await house.set(reception="offline")
    assert lamp.shows() == WHITE
    assert lamp.brightness == 77


async def test_a_light_that_was_off_is_given_back_off(house: House, lamp: ColorLamp) -> None:
    await house.automate(BUSY_LIGHT, **ONE, restore=True)
    await house.set(reception="on_call")
    await house.set(reception="offline")
    assert lamp.shows() is None


async def test_a_switch_is_given_back_as_it_was(
    house: House, plain: tuple[WhiteLamp, Plug]
) -> None:
    hall, sign = plain
    hall.come_back(on=True)
    await house.automate(BUSY_LIGHT, **PLAIN, restore=True)
    await house.set(reception="on_call")
    assert (hall.is_on, sign.is_on) == (True, True)
    await house.set(reception="ready")
    assert (hall.is_on, sign.is_on) == (True, False)


async def test_a_light_that_was_given_back_is_left_alone(house: House, lamp: ColorLamp) -> None:
    await house.automate(BUSY_LIGHT, **ONE, restore=True)
    await house.set(reception="on_call")
    await house.set(reception="offline")
    await house.wait(minutes=1)
    lamp.come_back(on=True, **AS_WHITE)
    await house.wait(minutes=1)
    await house.edit(BUSY_LIGHT, **ONE, restore=True, brightness=50)
    assert lamp.shows() == WHITE
    await house.set(reception="on_call")
    await house.set(reception="offline")
    assert lamp.shows() == WHITE


@pytest.mark.parametrize("at_the_wall", [False, True])
async def test_a_light_that_was_given_back_can_be_used_without_a_trace(
    house: House, lamp: ColorLamp, at_the_wall: bool
) -> None:
    await house.automate(BUSY_LIGHT, **ONE, restore=True)
    await house.set(reception="offline")
    if at_the_wall:
        lamp.lose()
    await house.wait(minutes=1)
    ran = house.last_run()
    lamp.come_back(on=True, **AS_WHITE)
    await house.wait(minutes=1)
    assert (lamp.shows(), house.last_run()) == (WHITE, ran)


async def test_the_light_is_given_back_at_the_end_of_working_hours(
    house: House, lamp: ColorLamp
) -> None:
    lamp.come_back(on=True, **AS_WHITE)
    await house.toggle(HOURS, on=True)
    await house.automate(BUSY_LIGHT, **ONE, working_hours=[HOURS], restore=True)
    await house.set(reception="on_call")
    await house.toggle(HOURS, on=False)
    assert lamp.shows() == WHITE


async def test_a_reload_of_automations_does_not_take_our_color_for_what_was_before(
    house: House, lamp: ColorLamp
) -> None:
    lamp.come_back(on=True, **AS_WHITE)
    await house.automate(BUSY_LIGHT, **ONE, restore=True)
    await house.set(reception="on_call")
    await house.edit(BUSY_LIGHT, **ONE, restore=True, brightness=50)
    await house.set(reception="offline")
    assert lamp.shows() == WHITE


@pytest.mark.parametrize("status", ["on_call", "offline", STATE_UNAVAILABLE])
async def test_our_color_is_not_taken_for_what_was_before_a_restart(
    house: House, lamp: ColorLamp, status: str
) -> None:
    lamp.come_back(on=True, rgb_color=RED)
    await house.set(reception=status)
    await house.start(BUSY_LIGHT, **ONE, restore=True)
    await house.set(reception="offline")
    await house.wait(seconds=5)
    assert lamp.shows() is None


@pytest.mark.parametrize("status", ["on_call", "offline", STATE_UNAVAILABLE])
async def test_a_switch_that_is_on_is_not_taken_for_what_was_before_a_restart(
    house: House, plain: tuple[WhiteLamp, Plug], status: str
) -> None:
    hall, sign = plain
    hall.lose()
    sign.come_back(on=True)
    await house.set(reception=status)
    await house.start(BUSY_LIGHT, **PLAIN, restore=True)
    await house.set(reception="offline")
    hall.come_back(on=True)
    await house.wait(seconds=5)
    assert (hall.is_on, sign.is_on) == (False, False)


async def test_a_light_that_somebody_uses_survives_a_restart(house: House, lamp: ColorLamp) -> None:
    lamp.come_back(on=True, **AS_WHITE)
    await house.set(reception="offline")
    await house.start(BUSY_LIGHT, **ONE, restore=True)
    await house.wait(minutes=1)
    assert lamp.shows() == WHITE


async def test_a_light_in_our_color_that_is_found_only_after_the_restart_is_turned_off(
    house: House, lamp: ColorLamp
) -> None:
    lamp.lose()
    await house.set(reception="offline")
    await house.start(BUSY_LIGHT, **ONE, restore=True)
    lamp.come_back(on=True, rgb_color=RED)
    await house.wait(seconds=3)
    assert lamp.shows() is None


@pytest.mark.parametrize("during", ["on_call", STATE_UNAVAILABLE])
async def test_a_reload_of_scenes_does_not_leave_the_light_on(
    house: House, plain: tuple[WhiteLamp, Plug], during: str
) -> None:
    hall, sign = plain
    await house.automate(BUSY_LIGHT, **PLAIN, restore=True)
    await house.set(reception="on_call")
    await house.set(reception=during)
    await house.call("scene", "reload")
    await house.set(reception="connecting")
    await house.set(reception="offline")
    assert (hall.is_on, sign.is_on) == (False, False)


async def test_a_reload_of_scenes_leaves_a_light_alone_that_was_given_back(
    house: House, plain: tuple[WhiteLamp, Plug]
) -> None:
    _, sign = plain
    await house.automate(BUSY_LIGHT, **PLAIN, restore=True)
    await house.set(reception="offline")
    sign.come_back(on=True)
    await house.call("scene", "reload")
    assert sign.is_on


async def test_a_light_that_is_lost_at_the_end_of_a_call_is_given_back_when_it_returns(
    house: House, lamp: ColorLamp
) -> None:
    lamp.come_back(on=True, **AS_WHITE)
    await house.automate(BUSY_LIGHT, **ONE, restore=True)
    await house.set(reception="on_call")
    lamp.lose()
    await house.set(reception="offline")
    lamp.come_back(on=True, rgb_color=RED)
    await house.wait(seconds=3)
    assert lamp.shows() == WHITE


async def test_a_light_that_was_lost_at_the_start_of_a_call_is_given_back_off(
    house: House, lamp: ColorLamp
) -> None:
    await house.automate(BUSY_LIGHT, **ONE, restore=True)
    lamp.lose()
    await house.set(reception="on_call")
    lamp.come_back(on=True, **AS_WHITE)
    await house.settle()
    assert lamp.shows() == RED
    await house.set(reception="offline")
    assert lamp.shows() is None


async def test_a_light_that_cannot_be_given_back_now_is_later(
    house: House, lamp: ColorLamp
) -> None:
    house.complaints_expected = True
    lamp.come_back(on=True, **AS_WHITE)
    await house.automate(BUSY_LIGHT, **ONE, restore=True)
    await house.set(reception="on_call")
    lamp.broken = True
    await house.set(reception="offline")
    assert lamp.shows() == RED
    lamp.broken = False
    await house.wait(seconds=10)
    assert lamp.shows() == WHITE


async def test_one_light_that_cannot_be_given_back_does_not_stop_the_others(
    hass: HomeAssistant, house: House
) -> None:
    house.complaints_expected = True
    lamp, sign = ColorLamp("Desk"), Plug("Sign")
    await install(hass, lamp, sign)
    inputs = ONE | {"lights": ["light.desk", "switch.sign"], "restore": True}
    await house.automate(BUSY_LIGHT, **inputs)
    await house.set(reception="on_call")
    lamp.broken = True
    await house.set(reception="offline")
    assert (lamp.is_on, sign.is_on) == (True, False)


async def test_a_light_that_others_changed_during_a_call_is_given_back_as_it_was(
    house: House, lamp: ColorLamp
) -> None:
    lamp.come_back(on=True, brightness=77, **AS_WHITE)
    await house.automate(BUSY_LIGHT, **ONE, restore=True)
    await house.set(reception="on_call")
    await house.wait(seconds=30)
    lamp.come_back(on=True, rgb_color=BLUE)
    await house.wait(seconds=10)
    assert lamp.shows() == RED
    await house.set(reception="offline")
    assert (lamp.shows(), lamp.brightness) == (WHITE, 77)


# Effects


class EffectLamp(ColorLamp):
    """A light with effects, which go on until another one is chosen."""

    _attr_supported_features = LightEntityFeature.EFFECT

    def __init__(self, name: str, *effects: str) -> None:
        super().__init__(name)
        self._attr_effect_list = list(effects)
        self._attr_effect = effects[-1]

    @override
    def _look(self, how: Mapping[str, Any]) -> None:
        super()._look(how)
        self._attr_effect = how.get("effect", self._attr_effect)


BREATHE: dict[str, Any] = ONE | {"effect": "Breathe", "effect_statuses": ["connecting"]}


@pytest.mark.parametrize("none", ["off", "None", "Solid"])
async def test_an_effect_is_used_in_its_statuses_and_ended(
    hass: HomeAssistant, house: House, none: str
) -> None:
    lamp = EffectLamp("Desk", "Rainbow", "Breathe", none)
    await install(hass, lamp)
    await house.automate(BUSY_LIGHT, **BREATHE)
    seen = []
    for status in ("connecting", "on_call", "connecting", "offline"):
        await house.set(reception=status)
        seen.append((lamp.effect, lamp.shows()))
    assert seen[:3] == [("Breathe", RED), (none, RED), ("Breathe", RED)]
    assert lamp.shows() is None
    lamp.come_back(on=True)
    assert lamp.effect == none


async def test_a_light_that_is_given_back_runs_no_effect(hass: HomeAssistant, house: House) -> None:
    lamp = EffectLamp("Desk", "Breathe", "off")
    await install(hass, lamp)
    lamp.come_back(on=True, **AS_WHITE)
    await house.automate(BUSY_LIGHT, **BREATHE, restore=True)
    await house.set(reception="connecting")
    await house.set(reception="offline")
    assert (lamp.effect, lamp.shows()) == ("off", WHITE)


async def test_a_light_without_the_effect_shows_the_color(house: House, lamp: ColorLamp) -> None:
    await house.automate(BUSY_LIGHT, **BREATHE)
    await house.set(reception="connecting")
    assert lamp.shows() == RED
    assert lamp.commands == 1


# Groups, areas, and the number of commands


async def test_a_group_counts_as_its_lights(hass: HomeAssistant, house: House) -> None:
    lamp, hall = ColorLamp("Desk"), WhiteLamp("Hall")
    await install(hass, lamp, hall)
    members = {"entities": ["light.desk", "light.hall"], "hide_members": False, "all": False}
    group = MockConfigEntry(
        domain="group", title="Room", options={"group_type": "light", "name": "Room", **members}
    )
    group.add_to_hass(hass)
    assert await hass.config_entries.async_setup(group.entry_id)
    await hass.async_block_till_done()
    await house.automate(BUSY_LIGHT, **ONE | {"lights": ["light.room", "light.desk"]})
    await house.set(reception="on_call")
    assert (lamp.shows(), hall.is_on) == (RED, True)
    await house.set(reception="ready")
    await house.wait(minutes=2)
    assert (lamp.shows(), hall.is_on) == (GREEN, False)
    assert lamp.commands == 2


async def test_an_area_stands_for_the_extensions_in_it(
    hass: HomeAssistant, house: House, lamp: ColorLamp
) -> None:
    office = ar.async_get(hass).async_create("Office")
    house.team.add("support", office.id)
    other = house.team.entities.async_get_or_create("sensor", "other", "1", suggested_object_id="x")
    house.team.entities.async_update_entity(other.entity_id, area_id=office.id)
    hass.states.async_set(other.entity_id, "on_call", {"options": ["on_call", "wrap_up"]})
    await house.automate(BUSY_LIGHT, areas=[office.id], lights=["light.desk"])
    await house.set(support="ready", reception="on_call")
    assert lamp.shows() is None  # no extension had a state when it started
    house.team.add("workshop", office.id)
    await house.set(workshop="wrap_up")
    await house.wait(seconds=10)
    assert lamp.shows() == ORANGE


async def test_an_extension_that_is_put_into_the_area_counts_from_then_on(
    hass: HomeAssistant, house: House, lamp: ColorLamp
) -> None:
    office = ar.async_get(hass).async_create("Office")
    await house.set(reception="on_call")
    await house.automate(BUSY_LIGHT, areas=[office.id], lights=["light.desk"])
    assert lamp.shows() is None
    house.team.devices.async_update_device(house.devices["reception"], area_id=office.id)
    await house.wait(seconds=3)
    assert lamp.shows() == RED


async def test_without_extensions_it_is_refused_by_what_is_missing(
    hass: HomeAssistant, house: House, lamp: ColorLamp, caplog: pytest.LogCaptureFixture
) -> None:
    house.complaints_expected = True
    await house.start(BUSY_LIGHT, lights=["light.desk"])
    assert state_of(hass, AUTOMATION) == STATE_UNAVAILABLE
    assert "the target is empty" in caplog.text


async def test_many_changes_at_once_cost_two_commands(house: House, lamp: ColorLamp) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    house.pause = 0
    for status in "connecting on_call wrap_up ready paused".split():
        await house.set(reception=status)
    await house.wait(minutes=2)
    assert lamp.shows() == ORANGE
    assert lamp.commands == 2


@pytest.mark.parametrize("every", [5, 15])
async def test_it_does_not_fight_with_another_automation(
    house: House, lamp: ColorLamp, every: int
) -> None:
    await house.automate(BUSY_LIGHT, **ONE)
    await house.set(reception="on_call")
    await house.wait(minutes=2)
    commands = lamp.commands
    for _ in range(300 // every):
        lamp.come_back(on=True, rgb_color=BLUE)
        await house.wait(seconds=every)
    assert 3 <= lamp.commands - commands <= 15
    await house.set(reception="wrap_up")
    assert lamp.shows() == ORANGE


async def test_a_light_is_left_white_if_wanted(house: House, lamp: ColorLamp) -> None:
    await house.automate(BUSY_LIGHT, **ONE, leave_white=True)
    await house.set(reception="on_call")
    await house.set(reception="offline")
    assert lamp.shows() is None
    lamp.come_back(on=True)
    assert lamp.shows() == WHITE
