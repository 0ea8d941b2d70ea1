"""Accelerated time: the event loop's clock runs as it does, and is put forward between polls."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch


class Clock:
    """How far the event loop's clock is put forward.

    Everything that waits for a time rings as it would: polls, pauses, idle connections. Time limits
    of what is under way stay true as long as the clock is put forward between polls only.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start at the present."""
        self.ahead = 0.0
        self._real_time = loop.time

    def time(self) -> float:
        """Return the event loop's time."""
        return self._real_time() + self.ahead


@contextmanager
def accelerated(loop: asyncio.AbstractEventLoop) -> Iterator[Clock]:
    """Let `loop` take its time from a clock that can be put forward."""
    clock = Clock(loop)
    # aiohttp does not ask the loop how long a connection has been idle.
    with patch.object(loop, "time", clock.time), patch("aiohttp.connector.monotonic", clock.time):
        yield clock
