"""What a busy light shows, and which light needs a command. No I/O."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from math import inf
from types import MappingProxyType
from typing import Any, Final, Self

from .agent import Agent
from .api import IN_CALL, Status
from .const import (
    CONF_BRIGHTNESS,
    CONF_COLORS,
    CONF_CORRECT,
    CONF_DARK_AFTER,
    CONF_EFFECT,
    CONF_EFFECT_STATUSES,
    CONF_EXTENSIONS,
    CONF_GIVE_BACK,
    CONF_LIGHTS,
    CONF_WORKING_HOURS,
)

type Color = tuple[int, int, int]

_BLACK: Final = (0, 0, 0)
_RED: Final = (255, 0, 0)
COLORS: Final[Mapping[Status, Color]] = MappingProxyType(
    {
        Status.READY: (0, 255, 0),
        Status.CONNECTING: _RED,
        Status.ON_CALL: _RED,
        Status.WRAP_UP: (255, 110, 0),
        Status.PAUSED: (0, 0, 255),
        Status.HANDLING: _RED,
        Status.OFFLINE: _BLACK,
        Status.NOT_AVAILABLE: _BLACK,
    }
)
"""The default color of each status. Black is off."""
DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        CONF_COLORS: {status: list(color) for status, color in COLORS.items()},
        CONF_BRIGHTNESS: 100,
        CONF_EFFECT: "",
        CONF_EFFECT_STATUSES: [],
        CONF_GIVE_BACK: True,
        CONF_CORRECT: True,
        CONF_DARK_AFTER: 5,
    }
)
BUSIEST: Final = (
    Status.ON_CALL,
    Status.HANDLING,
    Status.CONNECTING,
    Status.WRAP_UP,
    Status.READY,
    Status.PAUSED,
    Status.NOT_AVAILABLE,
    Status.OFFLINE,
)
"""Of several people, the status that is first in this order is shown."""
NO_EFFECT: Final = ("None", "none", "off", "Off", "Solid", "solid", "No effect", "stop_effect")
"""Names of "no effect" in light integrations."""

_SPACING: Final = 2.0
"""Minimum number of seconds between two commands to a light."""
_SETTLING: Final = 5.0
"""Seconds in which a light should report a command, and before a change by others is undone."""
_MAX_TRIES: Final = 6
"""Maximum number of commands to a light that ignores them."""
_MAX_REPEATS: Final = 3
"""Maximum number of repeated commands in a minute."""
_MINUTE: Final = 60.0
_LIKE: Final = 0.25
"""Maximum difference between sent and reported color: lights show the nearest one they can."""
_SAME: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a busy light."""

    extensions: tuple[str, ...]
    """Subentry IDs."""
    lights: tuple[str, ...]
    """Entity IDs of lights, groups and switches."""
    colors: Mapping[str, Color]
    """By status. Black is off."""
    brightness: int
    """In percent."""
    effect: str
    effect_statuses: frozenset[str]
    working_hours: str | None
    """Entity ID of a schedule, or the like, that is on during working hours."""
    give_back: bool
    correct: bool
    dark_after: float
    """Seconds for which the last status counts after the status became unknown."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read the data of a subentry."""
        data = {**DEFAULTS, **data}
        colors = {**COLORS, **data[CONF_COLORS]}
        return cls(
            extensions=tuple(data[CONF_EXTENSIONS]),
            lights=tuple(data[CONF_LIGHTS]),
            colors={status: (color[0], color[1], color[2]) for status, color in colors.items()},
            brightness=int(data[CONF_BRIGHTNESS]),
            effect=data[CONF_EFFECT],
            effect_statuses=frozenset(data[CONF_EFFECT_STATUSES]),
            working_hours=data.get(CONF_WORKING_HOURS),
            give_back=data[CONF_GIVE_BACK],
            correct=data[CONF_CORRECT],
            dark_after=data[CONF_DARK_AFTER] * _MINUTE,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A light or switch as Home Assistant has it now."""

    is_reachable: bool = True
    is_on: bool | None = None
    """`None` if unknown."""
    has_colors: bool = True
    has_brightness: bool = True
    color: Color | None = None
    has_white: bool = False
    """Whether the light has a mode for white."""
    is_white: bool = False
    """Whether the light shows white, in a mode without colors."""
    brightness: int | None = None
    """From 0 to 255."""
    effect: str | None = None
    effects: Collection[str] = ()
    context_id: str | None = field(default=None, compare=False)
    """The context of this state, which is that of the command that caused it."""

    @property
    def no_effect(self) -> str | None:
        """The name that ends the running effect; `None` if none is running or has such a name."""
        if not self.is_on or self.effect is None or self.effect in NO_EFFECT:
            return None
        return next((each for each in NO_EFFECT if each in self.effects), None)

    def is_like(self, color: Color, tolerance: float = _LIKE) -> bool:
        """Return whether the light may be showing this color."""
        if self.color is None:
            return True
        if self.is_white and min(color) < max(color) / 2:
            return False
        return _difference(self.color, color) <= tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a light should show; without a color, only on or off."""

    is_on: bool = True
    color: Color | None = None
    brightness: int | None = None
    """In percent."""
    effect: str | None = None

    def is_shown_by(self, light: Light) -> bool:
        """Return whether the light shows exactly this, so that it needs no command."""
        if not self._agrees_with(light):
            return False
        if self.color and not (light.color and light.is_like(self.color, _SAME)):
            return False
        if self.brightness is None or light.brightness is None:
            return True
        return abs(light.brightness - self.brightness * 2.55) <= 3  # noqa: PLR2004 - rounding

    def may_be_shown_by(self, light: Light, rendering: Color | None) -> bool:
        """Return whether the light shows this as well as it can, at any brightness.

        `rendering` is the color that the light reported after the last command. An effect may have
        its own colors.
        """
        if light.is_on is None:
            return True
        if not self._agrees_with(light):
            return False
        if self.color is None or self.effect or light.is_like(self.color):
            return True
        return rendering is not None and light.is_like(rendering, _SAME)

    def _agrees_with(self, light: Light) -> bool:
        """Compare everything but color and brightness."""
        if light.is_on != self.is_on:
            return False
        return not self.is_on or self.effect == light.effect or not (self.effect or light.no_effect)


OFF: Final = Look(is_on=False)


@dataclass(frozen=True, slots=True)
class Sighting:
    """The last known status of an extension since the busy light started."""

    status: Status | None
    lost_at: float | None = None
    """When the status became unknown; `None` if it is known."""


def update_sightings(
    before: Mapping[str, Sighting], agents: Mapping[str, Agent], now: float
) -> dict[str, Sighting]:
    """Return the last known status of each extension, and since when it is unknown."""
    return {
        subentry_id: _sighting(before.get(subentry_id), agent, now)
        for subentry_id, agent in agents.items()
    }


def _sighting(before: Sighting | None, agent: Agent, now: float) -> Sighting:
    if agent.status is not None:
        return Sighting(agent.status)
    if before is None:
        return Sighting(None, now)
    return Sighting(before.status, now if before.lost_at is None else before.lost_at)


@dataclass(frozen=True, slots=True)
class Display:
    """What the lights show together."""

    status: Status | None
    """`None` if there is nothing to show."""
    is_held: bool = False
    """Whether changes by others are corrected."""


NO_STATUS: Final = Display(None)


def display(
    sightings: Iterable[Sighting], settings: Settings, now: float
) -> tuple[Display | None, float]:
    """Return what to show, and when to check again.

    `None` if too little is known to change a light. An extension whose status became unknown counts
    with its last status for `dark_after` seconds.
    """
    statuses: set[Status] = set()
    is_pending = False
    check_at = inf
    for each in sightings:
        if each.lost_at is not None:
            until = each.lost_at + settings.dark_after
            if now >= until:
                continue
            check_at = min(check_at, until)
        if each.status is None:
            is_pending = True
        else:
            statuses.add(each.status)
    status = next((each for each in BUSIEST if each in statuses), None)
    if is_pending and status not in IN_CALL:
        return None, check_at
    return Display(status, is_held=settings.correct), check_at


@dataclass(frozen=True, slots=True)
class Want:
    """What one light should show."""

    look: Look | None
    """`None` to give the light back."""
    is_held: bool = False
    status: Status | None = None


def want(
    shown: Display, settings: Settings, light: Light, on_call_statuses: Collection[str]
) -> Want:
    """Return what a light should show. A light without colors is on during calls."""
    status = shown.status
    color = settings.colors[status] if status else _BLACK
    if status is None or color == _BLACK or not (light.has_colors or status in on_call_statuses):
        return Want(None if settings.give_back else OFF, shown.is_held)
    has_effect = status in settings.effect_statuses and settings.effect in light.effects
    look = Look(
        color=color if light.has_colors else None,
        brightness=settings.brightness if light.has_brightness else None,
        effect=settings.effect if has_effect else None,
    )
    return Want(look, shown.is_held, status)


def may_show_status(light: Light, settings: Settings) -> bool:
    """Return whether a light may be showing a current or an old status."""
    if light.is_on is None or (light.is_on and not light.has_colors):
        return True
    return light.is_on and any(
        light.is_like(color) for color in settings.colors.values() if color != _BLACK
    )


class Command(Enum):
    """What to do with a light now."""

    NONE = auto()
    SHOW = auto()
    """Send the look."""
    GIVE_BACK = auto()
    """Restore the state that the light had before."""
    FORGET = auto()
    """Forget the state that the light had before."""


@dataclass(slots=True)
class Lamp:
    """The commands sent to one light, and whether the light followed them."""

    shown: Look | None = None
    """The look that was sent last, or was shown already; `None` if the light is given back."""
    was_unreachable: bool = True
    """Whether the light was unreachable before the current look."""
    _wanted: Want | None = None
    _is_known: bool = False
    _is_due: bool = False
    _is_confirmed: bool = False
    _sent_at: float = -inf
    _wrong_since: float | None = None
    _tries: int = 0
    _repeats: deque[float] = field(default_factory=lambda: deque(maxlen=_MAX_REPEATS))
    _context_id: str | None = None
    _before_command: Light = Light()
    _rendering: Color | None = None
    """The color that the light reported after the last command, if another one was sent."""

    def step(
        self, wanted: Want | None, light: Light, now: float, *, is_taken: bool, is_ours: bool
    ) -> tuple[Command, float]:
        """Return what to do, and when to check again.

        `is_taken`: the previous state of the light is remembered. `is_ours`: the light may be
        showing a status.
        """
        if not light.is_reachable:
            self._is_known = False
            return Command.NONE, inf
        if wanted is None:
            return Command.NONE, inf
        has_returned = not self._is_known
        has_changed = has_returned or (wanted.look, wanted.status) != (
            self._wanted and (self._wanted.look, self._wanted.status)
        )
        self._is_known = True
        self._wanted = wanted
        if has_changed:
            self._tries = 0
            self.was_unreachable = has_returned
        if wanted.look is None:
            return self._give_back(
                light, now, has_changed=has_changed, is_taken=is_taken, is_ours=is_ours
            )
        if has_returned and wanted.look == OFF and not wanted.is_held and not is_ours:
            # The light was turned on by others while the busy light did not use it.
            self._adopt(wanted.look)
        elif has_changed:
            self._change(wanted.look, light, now, has_returned=has_returned)
        if self._is_due:
            self._rendering = None
            return self._when_spaced(Command.SHOW, now)
        return self._check(wanted, light, now)

    def sent(self, light: Light, now: float, context_id: str) -> None:
        """Record that the command was sent."""
        self.shown = self._wanted.look if self._wanted else None
        self._is_due = self._is_confirmed = False
        self._sent_at = now
        self._wrong_since = None
        self._tries += 1
        self._context_id = context_id
        self._before_command = light

    def _change(self, look: Look, light: Light, now: float, *, has_returned: bool) -> None:
        """Decide whether a new look needs a command."""
        if look == self.shown and not has_returned:
            is_shown = look.may_be_shown_by(light, self._rendering)
            self._is_due = self._is_confirmed and not is_shown
            return
        # The state of a light says nothing while a command is in progress.
        is_settled = self._is_confirmed or now >= self._sent_at + _SETTLING
        self._is_due = not (is_settled and look.is_shown_by(light))
        if not self._is_due:
            self._adopt(look)

    def _adopt(self, look: Look) -> None:
        self.shown = look
        self._is_due, self._is_confirmed = False, True
        self._wrong_since = self._rendering = None

    def _check(self, wanted: Want, light: Light, now: float) -> tuple[Command, float]:
        """Repeat a command that was lost, or undone by others."""
        look = self.shown
        if look is None or look.may_be_shown_by(light, self._rendering):
            self._is_confirmed = True
            self._wrong_since = None
            self._tries = 0
            return Command.NONE, inf
        if not self._is_confirmed and self._is_rendering(look, light, now):
            self._is_confirmed = True
            self._rendering = light.color
            return Command.NONE, inf
        if self._is_confirmed and not wanted.is_held:
            return Command.NONE, inf
        return self._repeat(Command.SHOW, now)

    def _is_rendering(self, look: Look, light: Light, now: float) -> bool:
        """Return whether the light reported another color as the result of our command."""
        return (
            now >= self._sent_at + _SETTLING
            and light.context_id == self._context_id
            and light.color is not None
            and light.color != self._before_command.color
            and look.color is not None
            and Look(color=light.color, effect=look.effect).may_be_shown_by(light, None)
        )

    def _repeat(self, command: Command, now: float) -> tuple[Command, float]:
        if self._wrong_since is None:
            self._wrong_since = now
        if self._tries >= _MAX_TRIES:
            return Command.NONE, inf
        at = (self._wrong_since if self._is_confirmed else self._sent_at) + _SETTLING
        if len(self._repeats) == _MAX_REPEATS:
            at = max(at, self._repeats[0] + _MINUTE)
        if now < at:
            return Command.NONE, at
        self._repeats.append(now)
        return command, now + _SETTLING

    def _give_back(
        self, light: Light, now: float, *, has_changed: bool, is_taken: bool, is_ours: bool
    ) -> tuple[Command, float]:
        """Give the light back once, and do not touch it after that."""
        if not is_taken:
            return self._free(Command.NONE)
        if has_changed:
            if self.was_unreachable and not is_ours:
                return self._free(Command.FORGET)
            self._is_due = True
        if self._is_due:
            return self._when_spaced(Command.GIVE_BACK, now)
        if now < self._sent_at + _SPACING:
            return Command.NONE, self._sent_at + _SPACING
        if light == self._before_command and light.is_on is not None:
            return self._repeat(Command.GIVE_BACK, now)
        return self._free(Command.FORGET)

    def _free(self, command: Command) -> tuple[Command, float]:
        self.shown = self._rendering = None
        self._is_due = False
        return command, inf

    def _when_spaced(self, command: Command, now: float) -> tuple[Command, float]:
        at = self._sent_at + _SPACING
        if now < at:
            return Command.NONE, at
        return command, now + _SETTLING


def _difference(one: Color, other: Color) -> float:
    """Return the difference between two colors, from 0 to 1, regardless of brightness."""
    return max(
        abs(a / (max(one) or 1) - b / (max(other) or 1)) for a, b in zip(one, other, strict=True)
    )
