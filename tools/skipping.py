"""An event loop that skips the time in which there is nothing to do."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from selectors import SelectorKey
import time
from typing import Any, Final
from unittest.mock import patch

_PATIENCE: Final = 0.001
"""Real seconds without anything to do, after which the clock goes to the next timer."""


class SkippedTime:
    """The clock of an event loop, which goes to the next timer when there is nothing to do.

    Client and server must both run in the loop: it does not know of work in another process, or in
    a thread that is not its executor's.
    """

    def __init__(self, loop: Any) -> None:  # noqa: ANN401 - private attributes
        self._seconds = 0.0
        self._jobs = 0
        """Number of jobs in other threads, for which time passes."""
        self._select = loop._selector.select  # noqa: SLF001 - there is no other way
        self._run_in_executor = loop.run_in_executor
        self._shutdown = loop.shutdown_default_executor

    def time(self) -> float:
        """Return the time of the loop, in seconds."""
        return time.monotonic() + self._seconds

    def skip(self, seconds: float) -> None:
        """Put the clock forward."""
        self._seconds += seconds

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Wait for events, and skip the time if none comes."""
        ready: list[tuple[SelectorKey, int]]
        if self._jobs or timeout is None or timeout <= _PATIENCE:
            ready = self._select(timeout)
        elif not (ready := self._select(_PATIENCE)):
            self._seconds += timeout - _PATIENCE
        return ready

    def run_in_executor(self, *args: Any) -> asyncio.Future[Any]:  # noqa: ANN401 - passed on
        """Do not skip the time that a job takes."""
        self._jobs += 1
        future: asyncio.Future[Any] = self._run_in_executor(*args)
        future.add_done_callback(self._end_job)
        return future

    def _end_job(self, _: asyncio.Future[Any]) -> None:
        self._jobs -= 1

    async def shutdown_default_executor(self, *args: Any) -> None:  # noqa: ANN401 - passed on
        """Do not skip the time that the threads take to end."""
        self._jobs += 1
        await self._shutdown(*args)
        self._jobs -= 1


@contextmanager
def skipping(loop: asyncio.AbstractEventLoop) -> Iterator[Callable[[float], None]]:
    """Skip time. Yields a function that puts the clock forward by a number of seconds."""
    skipped = SkippedTime(loop)
    with (
        patch.object(loop, "time", skipped.time),
        patch.object(loop._selector, "select", skipped.select),  # type: ignore[attr-defined] # noqa: SLF001
        patch.object(loop, "run_in_executor", skipped.run_in_executor),
        patch.object(loop, "shutdown_default_executor", skipped.shutdown_default_executor),
        # aiohttp has its own clock for idle connections.
        patch("aiohttp.connector.monotonic", skipped.time),
    ):
        yield skipped.skip
