"""What a busy light shows, without Home Assistant."""

from dataclasses import replace
from math import inf
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.belfabriek.agent import Agent
from custom_components.belfabriek.api import Status
from custom_components.belfabriek.busy_light import (
    BUSIEST,
    COLORS,
    NO_STATUS,
    OFF,
    Color,
    Command,
    Display,
    Lamp,
    Light,
    Look,
    Settings,
    Sighting,
    display,
    may_show_status,
    update_sightings,
    want,
)
from custom_components.belfabriek.const import DEFAULT_ON_CALL_STATUSES

RED: Color = (255, 0, 0)
GREEN: Color = (0, 255, 0)
ORANGE: Color = (255, 110, 0)
BLUE: Color = (0, 0, 255)
BREATHE = ("None", "Breathe")

COLORED = Light(is_on=False, effects=BREATHE, has_white=True)
WHITE_ONLY = Light(is_on=False, has_colors=False)
SWITCH = Light(is_on=False, has_colors=False, has_brightness=False)
"""Kinds of lights, all off."""


def settings(**data: object) -> Settings:
    return Settings.from_data({"extensions": ["anna", "ben"], "lights": ["light.desk"], **data})


def agent(status: Status | None) -> Agent:
    return replace(Agent(extension_id="01001"), status=status)


def on(color: Color, brightness: int = 255, **changes: Any) -> Light:  # noqa: ANN401 - of any field
    """Return the colored light while it shows this color."""
    return replace(COLORED, is_on=True, color=color, brightness=brightness, **changes)


class Watched:
    """A light, and the commands that it got."""

    def __init__(self, *, obeys: bool = True, held: bool = True, kind: Light = COLORED) -> None:
        self.lamp = Lamp()
        self.light = kind
        self.obeys = obeys
        self.settings = settings(correct=held)
        self.now = 1000.0
        self.sent: list[tuple[float, Color | str | None]] = []
        """Times and commands: a color, "on", "back", or `None` for off."""
        self.is_taken = False
        self.shown: Display | None = None
        self.check_at = inf

    def show(self, status: Status | None) -> None:
        """Show a status."""
        self.shown = Display(status, is_held=self.settings.correct)
        self.step()

    def step(self) -> None:
        """Check once, and obey the command."""
        wanted = None
        if self.shown is not None:
            wanted = want(self.shown, self.settings, self.light, DEFAULT_ON_CALL_STATUSES)
        command, self.check_at = self.lamp.step(
            wanted,
            self.light,
            self.now,
            is_taken=self.is_taken,
            is_ours=may_show_status(self.light, self.settings),
        )
        if command is Command.FORGET:
            self.is_taken = False
        if command in {Command.SHOW, Command.GIVE_BACK}:
            self.lamp.sent(self.light, self.now, str(self.now))
        if command is Command.SHOW:
            assert wanted is not None
            assert wanted.look is not None
            self.is_taken = wanted.look.is_on
            self.sent.append((self.now, wanted.look.color or ("on" if wanted.look.is_on else None)))
            if self.obeys:
                self.become(is_on=wanted.look.is_on, color=wanted.look.color)
        if command is Command.GIVE_BACK:
            self.sent.append((self.now, "back"))
            if self.obeys:
                self.become(is_on=False)

    def become(self, **changes: Any) -> None:  # noqa: ANN401 - of any field
        """Let the light report a change."""
        if changes.get("is_on") is False:
            changes["color"] = None
        self.light = replace(self.light, **changes)
        self.step()

    def wait(self, seconds: float) -> None:
        """Let time pass, and check whenever a check is due."""
        until = self.now + seconds
        while self.check_at <= until:
            self.now = max(self.now, self.check_at)
            self.step()
        self.now = until

    def commands(self) -> list[Color | str | None]:
        """Return and clear the commands that were sent."""
        commands = [what for _, what in self.sent]
        self.sent.clear()
        return commands


# What the lights show together


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_color_and_a_rank(status: Status) -> None:
    assert list(COLORS) == list(Status)
    assert status in BUSIEST


def test_lamp_and_dashboard_show_the_same_colors() -> None:
    source = Path(__file__).parents[1] / "frontend/src/status.ts"
    shown = dict(re.findall(r'(\w+): \{ color: "(\w+)"', source.read_text("utf-8")))
    names: dict[Color, str] = {
        (0, 255, 0): "green",
        (255, 0, 0): "red",
        (255, 110, 0): "orange",
        (0, 0, 255): "blue",
        (0, 0, 0): "grey",
    }
    assert shown == {status: names[color] for status, color in COLORS.items()}


@pytest.mark.parametrize(
    ("anna", "ben", "shown"),
    [
        (Status.ON_CALL, Status.READY, Status.ON_CALL),
        (Status.WRAP_UP, Status.CONNECTING, Status.CONNECTING),
        (Status.READY, Status.WRAP_UP, Status.WRAP_UP),
        (Status.PAUSED, Status.READY, Status.READY),
        (Status.OFFLINE, Status.READY, Status.READY),
        (Status.NOT_AVAILABLE, Status.PAUSED, Status.PAUSED),
        (Status.OFFLINE, Status.OFFLINE, Status.OFFLINE),
    ],
)
def test_display_shows_the_busiest(anna: Status, ben: Status, shown: Status) -> None:
    for pair in ((anna, ben), (ben, anna)):
        sightings = [Sighting(each) for each in pair]
        assert display(sightings, settings(), 0) == (Display(shown, is_held=True), inf)


def test_display_is_empty_without_extensions() -> None:
    assert display([], settings(), 0) == (Display(None, is_held=True), inf)


@pytest.mark.parametrize(
    ("anna", "ben", "during", "after"),
    [
        # Known before the outage: the last status counts for five minutes.
        (Sighting(Status.ON_CALL, 0), Sighting(Status.READY), Status.ON_CALL, Status.READY),
        (Sighting(Status.READY, 0), Sighting(Status.ON_CALL), Status.ON_CALL, Status.ON_CALL),
        (Sighting(Status.READY, 0), Sighting(Status.WRAP_UP), Status.WRAP_UP, Status.WRAP_UP),
        (Sighting(Status.ON_CALL, 0), Sighting(Status.READY, 0), Status.ON_CALL, None),
        # Never known: the light is not changed, unless somebody is on a call.
        (Sighting(None, 0), Sighting(Status.READY), "keep", Status.READY),
        (Sighting(None, 0), Sighting(Status.CONNECTING), Status.CONNECTING, Status.CONNECTING),
        (Sighting(None, 0), Sighting(None, 0), "keep", None),
    ],
)
def test_display_keeps_the_last_status_in_an_outage(
    anna: Sighting, ben: Sighting, during: Status | str | None, after: Status | None
) -> None:
    for pair in ([anna, ben], [ben, anna]):
        shown, check_at = display(pair, settings(), 299)
        assert (shown.status if shown else "keep") == during
        assert check_at == 300
        assert display(pair, settings(), 300) == (Display(after, is_held=True), inf)


def test_display_is_dark_at_once_if_dark_after_is_zero() -> None:
    lost = [Sighting(Status.ON_CALL, 10)]
    assert display(lost, settings(dark_after=0), 10)[0] == Display(None, is_held=True)


def test_sighting_has_the_last_status_and_when_it_became_unknown() -> None:
    seen = update_sightings({}, {"anna": agent(Status.ON_CALL), "ben": agent(None)}, 1)
    assert seen == {"anna": Sighting(Status.ON_CALL), "ben": Sighting(None, 1)}
    seen = update_sightings(seen, {"anna": agent(None), "ben": agent(None)}, 2)
    seen = update_sightings(seen, {"anna": agent(None), "ben": agent(Status.READY)}, 3)
    assert seen == {"anna": Sighting(Status.ON_CALL, 2), "ben": Sighting(Status.READY)}
    assert update_sightings(seen, {"ben": agent(Status.READY)}, 4) == {
        "ben": Sighting(Status.READY)
    }


# What one light shows


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("kind", [COLORED, WHITE_ONLY, SWITCH], ids=["color", "white", "switch"])
def test_light_shows_a_color_or_is_on_during_calls(status: Status, kind: Light) -> None:
    look = want(Display(status), settings(give_back=False), kind, DEFAULT_ON_CALL_STATUSES).look
    brightness = 100 if kind.has_brightness else None
    if kind is COLORED and status not in {Status.OFFLINE, Status.NOT_AVAILABLE}:
        assert look == Look(color=COLORS[status], brightness=brightness)
    elif kind is not COLORED and status in {Status.CONNECTING, Status.ON_CALL, Status.HANDLING}:
        assert look == Look(brightness=brightness)
    else:
        assert look == OFF


def test_light_without_colors_follows_the_on_call_statuses() -> None:
    shown = Display(Status.WRAP_UP)
    assert want(shown, settings(), SWITCH, [Status.WRAP_UP]).look == Look()
    assert want(Display(Status.ON_CALL), settings(), SWITCH, [Status.WRAP_UP]).look is None


@pytest.mark.parametrize(
    "shown", [NO_STATUS, Display(Status.OFFLINE), Display(Status.NOT_AVAILABLE)]
)
@pytest.mark.parametrize("kind", [COLORED, SWITCH], ids=["color", "switch"])
def test_light_without_a_status_is_given_back_or_turned_off(shown: Display, kind: Light) -> None:
    assert want(shown, settings(), kind, ()).look is None
    assert want(shown, settings(give_back=False), kind, ()).look == OFF


def test_light_shows_colors_and_brightness_of_the_settings() -> None:
    own = settings(
        colors={"ready": [1, 2, 3], "on_call": [0, 0, 0], "offline": [9, 9, 9]}, brightness=1
    )

    def look(status: Status, kind: Light) -> Look | None:
        return want(Display(status), own, kind, DEFAULT_ON_CALL_STATUSES).look

    assert look(Status.READY, COLORED) == Look(color=(1, 2, 3), brightness=1)
    assert look(Status.OFFLINE, COLORED) == Look(color=(9, 9, 9), brightness=1)
    assert look(Status.WRAP_UP, COLORED) == Look(color=ORANGE, brightness=1)
    # Black is off, for every kind.
    assert look(Status.ON_CALL, COLORED) is None
    assert look(Status.ON_CALL, WHITE_ONLY) is None
    assert look(Status.CONNECTING, WHITE_ONLY) == Look(brightness=1)


@pytest.mark.parametrize(
    ("status", "effects", "effect"),
    [
        (Status.CONNECTING, BREATHE, "Breathe"),
        (Status.ON_CALL, BREATHE, None),
        (Status.CONNECTING, ("None", "Blink"), None),
        (Status.CONNECTING, (), None),
    ],
)
def test_effect_is_shown_in_its_statuses_on_lights_that_support_it(
    status: Status, effects: tuple[str, ...], effect: str | None
) -> None:
    own = settings(effect="Breathe", effect_statuses=["connecting"])
    look = want(Display(status), own, replace(COLORED, effects=effects), ()).look
    assert look == Look(color=RED, brightness=100, effect=effect)


@pytest.mark.parametrize("end", ["None", "off", "Solid", "No effect"])
def test_effect_is_ended_by_a_name_that_the_light_supports(end: str) -> None:
    light = on(RED, effects=("Breathe", end), effect="Breathe")
    assert light.no_effect == end
    assert replace(light, effect=end).no_effect is None
    assert replace(light, is_on=False).no_effect is None
    assert replace(light, effects=("Breathe",)).no_effect is None


# When a light gets a command


def test_light_gets_one_command_for_a_status() -> None:
    watched = Watched()
    watched.show(Status.ON_CALL)
    watched.wait(60)
    assert watched.commands() == [RED]
    assert watched.check_at == inf


def test_light_that_shows_the_status_gets_no_command() -> None:
    watched = Watched()
    watched.light = on(GREEN)
    watched.show(Status.READY)
    watched.wait(60)
    assert watched.commands() == []
    watched.show(Status.ON_CALL)
    watched.show(Status.HANDLING)  # the same color
    watched.wait(60)
    assert watched.commands() == [RED]


def test_light_gets_no_command_before_a_status_is_known() -> None:
    watched = Watched()
    watched.light = on((9, 200, 77))
    watched.step()
    watched.wait(600)
    assert watched.commands() == []


@pytest.mark.parametrize("last", [Status.ON_CALL, Status.PAUSED])
def test_many_changes_at_once_cost_two_commands(last: Status) -> None:
    watched = Watched()
    for status in (Status.READY, Status.CONNECTING, Status.ON_CALL, Status.WRAP_UP, last):
        watched.show(status)
        watched.wait(0.3)
    watched.wait(60)
    assert watched.sent == [(1000, GREEN), (1002, COLORS[last])]


def test_change_undone_within_two_seconds_costs_no_command() -> None:
    watched = Watched()
    watched.show(Status.ON_CALL)
    watched.wait(0.5)
    watched.show(Status.READY)
    watched.wait(0.5)
    watched.show(Status.ON_CALL)
    watched.wait(60)
    assert watched.commands() == [RED]


def test_late_report_does_not_hide_the_next_change() -> None:
    watched = Watched()
    watched.show(Status.READY)
    watched.wait(60)
    watched.obeys = False
    watched.show(Status.ON_CALL)
    watched.wait(1)
    watched.show(Status.READY)  # the light still reports green, but red is on its way
    watched.wait(1)
    assert watched.commands() == [GREEN, RED, GREEN]


@pytest.mark.parametrize("seconds", [4.9, 5])
def test_lost_command_is_repeated_after_five_seconds(seconds: float) -> None:
    watched = Watched(obeys=False)
    watched.show(Status.ON_CALL)
    watched.wait(seconds)
    assert watched.commands() == [RED] * (2 if seconds == 5 else 1)


def test_light_that_never_obeys_gets_six_commands_a_status() -> None:
    watched = Watched(obeys=False)
    for status in (Status.ON_CALL, Status.READY):
        watched.show(status)
        watched.wait(3600)
        assert watched.commands() == [COLORS[status]] * 6


@pytest.mark.parametrize(
    "change", [{"is_on": False}, {"color": BLUE}, {"color": (255, 180, 120), "is_white": True}]
)
@pytest.mark.parametrize("held", [True, False])
def test_change_by_others_is_corrected_after_five_seconds_if_configured(
    change: dict[str, Any], held: bool
) -> None:
    watched = Watched(held=held)
    watched.show(Status.ON_CALL)
    watched.wait(20)
    watched.become(**change)
    watched.wait(4.9)
    assert watched.commands() == [RED]
    watched.wait(0.1)
    assert watched.commands() == ([RED] if held else [])
    # If not configured, the next status is shown, even if its color is the same.
    watched.show(Status.HANDLING)
    assert watched.commands() == ([] if held else [RED])


def test_conflict_with_another_automation_costs_three_commands_a_minute() -> None:
    watched = Watched()
    watched.show(Status.ON_CALL)
    for _ in range(600):
        watched.wait(1)
        if watched.light.is_on:
            watched.become(is_on=False)
    assert 25 <= len(watched.commands()) <= 32


def test_dimmed_light_stays_dimmed() -> None:
    watched = Watched()
    watched.show(Status.ON_CALL)
    watched.become(brightness=20)
    watched.wait(60)
    assert watched.commands() == [RED]


def test_unreachable_light_is_updated_at_once_when_it_returns() -> None:
    watched = Watched()
    watched.show(Status.READY)
    watched.become(is_reachable=False)
    watched.show(Status.ON_CALL)
    watched.wait(60)
    assert watched.commands() == [GREEN]
    watched.become(is_reachable=True)  # still on, with the old color
    assert watched.commands() == [RED]
    watched.become(is_reachable=False)
    watched.wait(60)
    watched.become(is_reachable=True)  # already in the right color
    assert watched.commands() == []


@pytest.mark.parametrize("held", [True, False])
def test_light_that_returns_changed_is_updated_even_without_correction(held: bool) -> None:
    watched = Watched(held=held)
    watched.show(Status.ON_CALL)
    watched.wait(60)
    watched.become(is_reachable=False)
    watched.become(is_reachable=True, color=(255, 180, 120), is_white=True)
    assert watched.commands() == [RED, RED]


def test_light_with_an_unknown_state_gets_one_command_a_status() -> None:
    watched = Watched(obeys=False)
    watched.light = replace(COLORED, is_on=None)
    for status in (Status.ON_CALL, Status.READY):
        watched.show(status)
        watched.wait(60)
    assert watched.commands() == [RED, GREEN]


def test_light_that_reports_another_color_gets_no_second_command() -> None:
    watched = Watched(obeys=False)
    watched.show(Status.READY)
    watched.wait(1)
    lime = (222, 255, 0)
    watched.become(is_on=True, color=lime, context_id="1000.0")
    watched.wait(60)
    assert watched.commands() == [GREEN]
    watched.become(color=BLUE, context_id="somebody")
    watched.wait(60)
    assert watched.commands()[0] == GREEN


def test_slow_transition_costs_no_second_command() -> None:
    watched = Watched(obeys=False)
    watched.light = on(GREEN)
    watched.show(Status.ON_CALL)
    for seconds, color in enumerate([(200, 50, 0), (220, 40, 0), (240, 20, 0), RED], start=1):
        watched.wait(seconds)
        watched.become(color=color, context_id="1000.0")
    watched.wait(60)
    assert watched.commands() == [RED]


def test_running_effect_may_have_its_own_colors() -> None:
    watched = Watched()
    watched.settings = settings(effect="Breathe", effect_statuses=["on_call"])
    watched.show(Status.ON_CALL)
    watched.become(effect="Breathe", color=(9, 99, 199))
    watched.wait(60)
    assert watched.commands() == [RED]
    watched.become(effect="None")
    watched.wait(60)
    assert watched.commands()[0] == RED


@pytest.mark.parametrize("kind", [WHITE_ONLY, SWITCH], ids=["white", "switch"])
def test_light_without_colors_is_on_during_a_call(kind: Light) -> None:
    watched = Watched(kind=kind)
    for status in (Status.READY, Status.CONNECTING, Status.ON_CALL, Status.WRAP_UP):
        watched.show(status)
        watched.wait(60)
    assert watched.commands() == ["on", "back"]
    assert not watched.is_taken


# Giving back


def test_light_is_given_back_once_and_not_touched_again() -> None:
    watched = Watched()
    watched.show(Status.ON_CALL)
    watched.wait(60)
    watched.show(Status.OFFLINE)
    watched.wait(60)
    assert watched.commands() == [RED, "back"]
    assert not watched.is_taken
    watched.show(Status.NOT_AVAILABLE)
    watched.become(is_on=True, color=BLUE)
    watched.become(is_reachable=False)
    watched.become(is_reachable=True)
    watched.wait(600)
    assert watched.commands() == []


def test_light_changed_by_others_is_given_back() -> None:
    watched = Watched(held=False)
    watched.show(Status.ON_CALL)
    watched.wait(60)
    watched.become(color=BLUE)
    watched.show(None)
    assert watched.commands() == [RED, "back"]


def test_light_that_ignores_commands_is_given_back_up_to_six_times() -> None:
    watched = Watched()
    watched.show(Status.ON_CALL)
    watched.obeys = False
    watched.wait(60)
    watched.show(None)
    watched.wait(3600)
    assert watched.commands() == [RED] + 6 * ["back"]
    assert watched.is_taken


def test_light_used_right_after_it_is_given_back_gets_no_command() -> None:
    watched = Watched()
    watched.show(Status.ON_CALL)
    watched.wait(60)
    watched.show(None)
    watched.wait(1)
    watched.become(is_on=True, color=(255, 180, 120), is_white=True)
    watched.wait(600)
    assert watched.commands() == [RED, "back"]


@pytest.mark.parametrize(("color", "commands"), [(RED, ["back"]), ((255, 200, 180), [])])
def test_light_that_returns_is_given_back_only_in_a_status_color(
    color: Color, commands: list[str]
) -> None:
    watched = Watched()
    watched.show(Status.ON_CALL)
    watched.become(is_reachable=False)
    watched.show(None)
    watched.commands()
    watched.become(is_reachable=True, color=color)
    watched.wait(60)
    assert watched.commands() == commands
    assert not watched.is_taken


@pytest.mark.parametrize(("color", "commands"), [(ORANGE, ["back"]), ((200, 9, 200), [])])
def test_light_is_given_back_after_a_restart_only_in_a_status_color(
    color: Color, commands: list[str]
) -> None:
    watched = Watched()
    watched.light = on(color)
    watched.is_taken = True
    watched.show(Status.OFFLINE)
    watched.wait(60)
    assert watched.commands() == commands
    assert not watched.is_taken


def test_call_right_after_the_light_is_given_back_is_shown_within_two_seconds() -> None:
    watched = Watched()
    watched.show(Status.ON_CALL)
    watched.wait(60)
    watched.show(None)
    watched.wait(1)
    watched.show(Status.ON_CALL)
    watched.wait(1)
    assert watched.commands() == [RED, "back", RED]
    assert watched.is_taken


@pytest.mark.parametrize("held", [True, False])
def test_light_that_is_not_given_back_is_turned_off_and_held_off_if_configured(held: bool) -> None:
    watched = Watched()
    watched.settings = settings(give_back=False, correct=held)
    watched.show(Status.ON_CALL)
    watched.wait(60)
    watched.show(Status.OFFLINE)
    watched.wait(60)
    watched.become(is_on=True, color=BLUE)
    watched.wait(5)
    assert watched.commands() == [RED, None] + [None] * held


def test_light_is_free_outside_working_hours() -> None:
    watched = Watched()
    watched.settings = settings(give_back=False)
    watched.show(Status.ON_CALL)
    watched.wait(60)
    watched.shown = NO_STATUS
    watched.step()
    watched.wait(60)
    assert watched.commands() == [RED, None]
    watched.become(is_on=True, color=(255, 200, 180))
    watched.wait(60)
    watched.become(is_reachable=False)
    watched.become(is_reachable=True)
    watched.wait(60)
    assert watched.commands() == []


@pytest.mark.parametrize(
    ("light", "ours"),
    [
        (COLORED, False),
        (on(ORANGE), True),
        (on((255, 120, 10)), True),
        (on((200, 9, 200)), False),
        # Warm white, as Home Assistant reports its color.
        (on((255, 137, 14), is_white=True), False),
        (SWITCH, False),
        (replace(SWITCH, is_on=True), True),
        (replace(COLORED, is_on=None), True),
    ],
)
def test_light_may_show_status_if_its_color_is_that_of_a_status(light: Light, ours: bool) -> None:
    assert may_show_status(light, settings()) is ours


@pytest.mark.parametrize(
    ("look", "light", "shown"),
    [
        (OFF, COLORED, True),
        (OFF, on(RED), False),
        (Look(), replace(SWITCH, is_on=True), True),
        (Look(color=RED, brightness=100), on(RED), True),
        (Look(color=RED, brightness=50), on(RED, 127), True),
        (Look(color=RED, brightness=1), on(RED, 3), True),
        (Look(color=RED, brightness=50), on(RED, 255), False),
        (Look(color=RED), on(ORANGE), False),
        (Look(color=RED, effect="Breathe"), on(RED), False),
        (Look(color=RED), on(RED, effect="Breathe"), False),
        (Look(color=RED), on(RED, effect="None"), True),
        (Look(color=(255, 255, 255)), on((255, 180, 120), is_white=True), False),
    ],
)
def test_look_is_shown_by_a_matching_light(look: Look, light: Light, shown: bool) -> None:
    assert look.is_shown_by(light) is shown
