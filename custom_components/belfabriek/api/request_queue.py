"""Many requests, a few at a time."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from .client import MAX_IN_FLIGHT
from .exceptions import BelfabriekError, CannotConnectError, NotTriedError


class RequestQueue:
    """Makes `MAX_IN_FLIGHT` requests at a time, until a whole round of them has failed in a row.

    Where the server is down, the rest of the requests do not wait for their own failure as well:
    a queue of any length is over after two timeouts at most. A task for each request would wait
    as well as a queue does, and cost more the more of them wait.
    """

    def __init__(self) -> None:
        """Start with nothing to ask."""
        self._requests: deque[Callable[[], Awaitable[None]]] = deque()
        self._failures_in_a_row = 0

    def add[AnswerT](
        self,
        call: Callable[[str], Awaitable[AnswerT]],
        extension_id: str,
        take: Callable[[str, AnswerT | BelfabriekError], None],
    ) -> None:
        """Make a call after all others; `take` is given its answer, or why there is none."""
        self._requests.append(partial(self._ask, call, extension_id, take))

    def add_next[AnswerT](
        self,
        call: Callable[[str], Awaitable[AnswerT]],
        extension_id: str,
        take: Callable[[str, AnswerT | BelfabriekError], None],
    ) -> None:
        """Make a call before all others that wait."""
        self._requests.appendleft(partial(self._ask, call, extension_id, take))

    async def run(self) -> None:
        """Make all calls. Raises what `take` raises, and what a call does beyond its errors."""
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(MAX_IN_FLIGHT, len(self._requests))):
                workers.create_task(self._work())
        while self._requests:
            await self._requests.popleft()()

    async def _work(self) -> None:
        # Who stops here leaves the rest to those whose requests are still under way: if one of
        # them is answered, it was not the server that failed.
        while self._requests and not self._is_given_up:
            await self._requests.popleft()()

    @property
    def _is_given_up(self) -> bool:
        return self._failures_in_a_row >= MAX_IN_FLIGHT

    async def _ask[AnswerT](
        self,
        call: Callable[[str], Awaitable[AnswerT]],
        extension_id: str,
        take: Callable[[str, AnswerT | BelfabriekError], None],
    ) -> None:
        if self._is_given_up:
            take(extension_id, NotTriedError("not tried: the server does not answer"))
            return
        try:
            answer = await call(extension_id)
        except BelfabriekError as err:
            unreachable = isinstance(err, CannotConnectError)
            self._failures_in_a_row = self._failures_in_a_row + 1 if unreachable else 0
            # Whoever keeps it need not keep what led to it: the answer, the frames.
            err.__context__ = None
            take(extension_id, err.with_traceback(None))
        else:
            self._failures_in_a_row = 0
            take(extension_id, answer)
