"""Agents whose state changes by itself: days that depend on a seed, or that a test has written."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from random import Random
from typing import Final

from .agents import AgentState, Extension

type Day = Iterable[tuple[float, AgentState]]
"""The states of an agent in order, each with the seconds that it lasts. The last one stays."""

IDLE: Final = AgentState()
CALLING: Final = AgentState(call_state="calling")
CALLED: Final = AgentState(call_state="called")
WRAP_UP: Final = AgentState(call_state="wrapup")
PAUSE: Final = AgentState(available=False, reason="pause")
LOGGED_OUT: Final = AgentState(available=False)

_SECONDS: Final = {
    IDLE: (10, 60),
    CALLING: (2, 8),
    CALLED: (20, 180),
    WRAP_UP: (5, 20),
    PAUSE: (60, 300),
    LOGGED_OUT: (300, 900),
}
_NEXT: Final[dict[AgentState, tuple[tuple[AgentState, float], ...]]] = {
    IDLE: ((CALLING, 1.0),),
    CALLING: ((CALLED, 0.85), (IDLE, 0.15)),
    CALLED: ((WRAP_UP, 1.0),),
    WRAP_UP: ((IDLE, 0.85), (PAUSE, 0.12), (LOGGED_OUT, 0.03)),
    PAUSE: ((IDLE, 1.0),),
    LOGGED_OUT: ((IDLE, 1.0),),
}
"""What follows a state, with probabilities."""
_FIRST_CHANGE: Final = 30.0
"""Seconds within which every agent changes for the first time."""


def random_day(seed: int, extension_id: str) -> Iterator[tuple[float, AgentState]]:
    """Yield the states of an agent and their seconds, without end.

    They depend on the seed and the extension ID only. Each agent begins at another point of its
    day, so that they do not change at the same time.
    """
    # Not a secret; the day must be reproducible.
    random = Random(f"{seed}/{extension_id}")  # noqa: S311
    state = random.choice((IDLE, IDLE, CALLING, CALLED, WRAP_UP, PAUSE))
    yield random.uniform(1, _FIRST_CHANGE), state
    while True:
        states, weights = zip(*_NEXT[state], strict=True)
        (state,) = random.choices(states, weights)
        shortest, longest = _SECONDS[state]
        # Short ones are the most common.
        yield random.triangular(shortest, longest, shortest), state


async def follow(extension: Extension, day: Day, speed: float) -> None:
    """Let an agent follow its day to the end, while it is live. Its phone number stays."""
    loop = asyncio.get_running_loop()
    until = loop.time()
    for seconds, state in day:
        if extension.live:
            extension.state = replace(state, endpoint=extension.endpoint)
        # Summed, so that late timers do not shift the rest of the day.
        until += seconds / speed
        await asyncio.sleep(until - loop.time())
