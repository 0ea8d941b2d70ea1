"""Many requests, a few at a time."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

from .client import MAX_IN_FLIGHT
from .exceptions import BelfabriekError, CannotConnectError, NotTriedError


class RequestQueue:
    """Makes `MAX_IN_FLIGHT` requests at a time, until as many have failed in a row.

    Where nothing is reached, the rest of the requests do not wait for their own failure as well:
    a queue of any length is over after two timeouts at most. An answer to a request that was
    still under way brings the queue back. A task for each request would wait as well as a queue
    does, and cost more the more of them wait.
    """

    def __init__(self) -> None:
        """Start with nothing to ask."""
        self._requests: deque[Callable[[], Awaitable[None]]] = deque()
        self._failures_in_a_row = 0
        self._workers = asyncio.TaskGroup()
        self._working = 0

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
        """Make all calls, once.

        Raises an `ExceptionGroup` of what `take` raises, or a call beyond `BelfabriekError`.
        """
        async with self._workers:
            self._start_workers()
        while self._requests:
            await self._requests.popleft()()

    def _start_workers(self) -> None:
        for _ in range(min(MAX_IN_FLIGHT - self._working, len(self._requests))):
            self._working += 1
            self._workers.create_task(self._work())

    async def _work(self) -> None:
        while self._requests and not self._is_given_up:
            await self._requests.popleft()()
        self._working -= 1

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
            self._note(reached=not isinstance(err, CannotConnectError))
            # Whoever keeps it need not keep what led to it: the answer, the frames.
            err.__context__ = None
            take(extension_id, err.with_traceback(None))
        else:
            self._note(reached=True)
            take(extension_id, answer)

    def _note(self, *, reached: bool) -> None:
        if not reached:
            self._failures_in_a_row += 1
        elif self._is_given_up:
            self._failures_in_a_row = 0
            self._start_workers()
        else:
            self._failures_in_a_row = 0
