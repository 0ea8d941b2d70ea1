"""Agents whose state changes by a schedule, which depends only on a seed."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from .agents import Extension


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Settings of the schedules: the `seed`, and the `speed` (2 is twice as fast).

    Raises `ValueError` for a speed of 0 or below.
    """

    seed: int = 0
    speed: float = 1.0

    def __post_init__(self) -> None:
        """Check the speed, by which durations are divided."""
        if not self.speed > 0:
            raise ValueError("speed must be above 0")


@dataclass(frozen=True, slots=True)
class Activity:
    """A state of an agent as both calls report it, with its duration in seconds."""

    available: bool
    reason: str
    call_state: str
    shortest: float
    longest: float


IDLE: Final = Activity(True, "-", "idle", 10, 60)
CALLING: Final = Activity(True, "-", "calling", 2, 8)
CALLED: Final = Activity(True, "-", "called", 20, 180)
WRAP_UP: Final = Activity(True, "-", "wrapup", 5, 20)
PAUSE: Final = Activity(False, "pause", "idle", 60, 300)
LOGGED_OFF: Final = Activity(False, "-", "idle", 300, 900)

_ANSWERED: Final = 0.85
_PAUSE_AFTER_CALL: Final = 0.12
_LOG_OFF_AFTER_CALL: Final = 0.03
_FIRST_CHANGE: Final = 30.0
"""Seconds within which every agent changes for the first time."""


def schedule(seed: int, extension_id: str) -> Iterator[tuple[Activity, float]]:
    """Yield the states of one agent and their seconds at speed 1, without end.

    They depend on the seed and the extension ID. Each agent starts at another point of its day, so
    that they do not change at the same time.
    """
    # Not a secret; the schedule must be reproducible.
    random = Random(f"{seed}/{extension_id}")  # noqa: S311
    start = random.choice((IDLE, IDLE, CALLING, CALLED, WRAP_UP, PAUSE))
    yield start, random.uniform(1, _FIRST_CHANGE)
    activity = start
    while True:
        activity = _next(activity, random.random())
        # Short ones are the most common.
        seconds = random.triangular(activity.shortest, activity.longest, activity.shortest)
        yield activity, seconds


def _next(activity: Activity, chance: float) -> Activity:
    """Return the next state; `chance` is at least 0 and below 1."""
    if activity is IDLE:
        return CALLING
    if activity is CALLING:
        return CALLED if chance < _ANSWERED else IDLE
    if activity is CALLED:
        return WRAP_UP
    if activity is WRAP_UP:
        if chance < _LOG_OFF_AFTER_CALL:
            return LOGGED_OFF
        if chance < _LOG_OFF_AFTER_CALL + _PAUSE_AFTER_CALL:
            return PAUSE
    return IDLE


async def walk(extension: Extension, live: Live) -> None:
    """Let one agent follow its schedule until cancelled."""
    loop = asyncio.get_running_loop()
    until = loop.time()
    for activity, seconds in schedule(live.seed, extension.extension_id):
        extension.walk_to(
            available=activity.available, reason=activity.reason, call_state=activity.call_state
        )
        # Summed, so that late timers do not shift the rest of the schedule.
        until += seconds / live.speed
        await asyncio.sleep(until - loop.time())
