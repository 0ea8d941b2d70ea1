"""Polls extensions, as many at a time as the server allows."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from math import inf
from typing import Any, Final

from .exceptions import BelfabriekError, Failure, FailureKind, RateLimitedError
from .models import ExtensionState
from .pace import Pacer

type Result = ExtensionState | Failure

_MAX_TRIES: Final = 4
"""Maximum number of times that a refused extension is asked in one poll."""
_MAX_SILENCE: Final = 6
"""Consecutive requests without an answer after which a poll is over."""
_REFUSALS: Final = {
    FailureKind.BUSY,
    FailureKind.CONNECTION_LOST,
    FailureKind.CONNECTION_REFUSED,
}
"""Failures that may mean that there were too many requests."""
_ANSWERS: Final = {FailureKind.FAULT, FailureKind.UNUSABLE_ANSWER}
"""Failures with an answer of the server."""
_OF_ALL: Final = {
    FailureKind.UNREACHABLE,
    FailureKind.NO_ENCRYPTION,
    FailureKind.UNTRUSTED_CERTIFICATE,
}
"""Failures that concern every extension."""
_GRACE = 2.0
"""Seconds that a poll waits for the last answers, when nothing else is left to ask."""


class Poller:
    """Polls the extensions of an account.

    A refusal that no single extension explains slows down the pace, and the extension is asked
    again in the same poll. An extension that does not answer delays neither the poll nor the next
    one: its request continues, and the result is published when it comes.
    """

    def __init__(
        self,
        ask: Callable[[str], Awaitable[ExtensionState]],
        pacer: Pacer,
        publish: Callable[[str, Result], None],
        create_task: Callable[
            [Coroutine[Any, Any, None]], asyncio.Task[None]
        ] = asyncio.create_task,
    ) -> None:
        """`publish` is called with the extension ID and the result of each request."""
        self._ask = ask
        self._pacer = pacer
        self._publish = publish
        self._create_task = create_task
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tail: asyncio.Task[None] | None = None
        self._begin((), ())

    def _begin(self, healthy: Iterable[str], failing: Iterable[str]) -> None:
        """Reset what is known of the poll."""
        self.failure: Failure | None = None
        """Why the poll failed for all extensions."""
        self.is_limited = False
        """Whether the poll ended because the server asked for fewer requests."""
        self.refused = 0
        """Number of requests that the server refused for being too many."""
        self._queue = deque(healthy)
        self._failing = frozenset(failing)
        self._asked: set[str] = set()
        self._tries: Counter[str] = Counter()
        self._answered = 0
        self._recovered = 0
        self._silence = 0
        self._timeouts = 0
        self._last_failure: Failure | None = None

    @property
    def _is_over(self) -> bool:
        return self.failure is not None or self.is_limited or self._silence >= _MAX_SILENCE

    async def poll(
        self, healthy: Collection[str], failing: Collection[str] = (), *, long: float = inf
    ) -> None:
        """Poll extensions; return when the healthy ones have answered.

        The failing ones are polled after them, until the next poll begins. A poll that takes
        longer than `long` seconds makes the next one faster, if nothing was refused.
        """
        self._stop_tail()
        if not healthy:
            healthy, failing = failing, ()
        running = set(self._running)
        self._begin((each for each in healthy if each not in running), failing)
        pace = self._pacer.pace
        loop = asyncio.get_running_loop()
        started = loop.time()
        await self._work()
        if self._answered == 0 and not self.is_limited:
            self.failure = self.failure or self._last_failure
        elif self._silence >= _MAX_SILENCE and self._last_failure:
            # The server stopped answering: the others would not get an answer either.
            for extension_id in self._queue:
                self._publish(extension_id, self._last_failure)
        self._queue.clear()
        if self.failure is not None or (self.refused and not self._recovered):
            # An outage, or the refused extensions themselves were the reason.
            self._pacer.pace = pace
        elif not self.refused and not self._timeouts and loop.time() - started > long:
            self._pacer.pace = pace.faster()
        if not self.is_limited:
            self._pacer.was_allowed()
        if not self._is_over:
            self._queue.extend(each for each in failing if each not in running)
            if self._queue:
                self._tail = self._create_task(self._work())

    def _stop_tail(self) -> None:
        if self._tail is not None:
            self._tail.cancel()
            self._tail = None

    async def finish(self) -> None:
        """Wait for the extensions that take long to answer."""
        await asyncio.gather(*self._running.values())

    async def stop(self) -> None:
        """Cancel all requests."""
        self._stop_tail()
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self) -> None:
        """Ask for the extensions in the queue.

        Return early if only extensions are left that take long to answer.
        """
        requests: set[asyncio.Task[None]] = set()
        while True:
            self._start(requests)
            if not requests:
                return
            is_last = self._answered > 0 and not self._queue
            done, requests = await asyncio.wait(
                requests,
                timeout=_GRACE if is_last else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not done:
                return
            for each in done:
                each.result()

    def _start(self, requests: set[asyncio.Task[None]]) -> None:
        """Start as many requests as the pace allows."""
        while self._queue and not self._is_over and len(requests) < self._pacer.pace.window:
            if self._timeouts and not self._answered:
                # The server may hang.
                return
            extension_id = self._queue.popleft()
            self._asked.add(extension_id)
            task = self._create_task(self._ask_for(extension_id))
            if not task.done():
                self._running[extension_id] = task
            requests.add(task)

    async def _ask_for(self, extension_id: str) -> None:
        """Ask for one extension, and publish the result."""
        try:
            result: Result = await self._ask(extension_id)
        except RateLimitedError as err:
            if not self.is_limited:
                self._pacer.was_limited(err.retry_after, again=not self._answered)
            self.is_limited = True
            return
        except BelfabriekError as err:
            result = err.failure
        finally:
            self._running.pop(extension_id, None)
        failure = result if isinstance(result, Failure) else result.call_state_failure
        kind = failure.kind if failure else None
        if result is not failure or kind in _ANSWERS:
            self._answered += 1
            self._silence = 0
        else:
            self._silence += 1
            self._last_failure = failure
        if kind in _OF_ALL:
            self.failure = failure
            return
        if kind in _REFUSALS and self._is_refused(extension_id):
            return
        if kind is FailureKind.TIMEOUT:
            self._count_timeout(extension_id)
        if kind not in _REFUSALS and self._tries[extension_id]:
            self._recovered += 1
        self._publish(extension_id, result)

    def _count_timeout(self, extension_id: str) -> None:
        # Not of an extension that was asked in an earlier poll, and delays nobody.
        if extension_id in self._asked - self._failing:
            self._timeouts += 1
            if self._timeouts > 1 and self._answered:
                self._pacer.pace = self._pacer.pace.after_timeouts()

    def _is_refused(self, extension_id: str) -> bool:
        """Count a refusal; return whether the extension is asked again in this poll."""
        if extension_id in self._failing:
            return False
        self._tries[extension_id] += 1
        self.refused += 1
        if self._tries[extension_id] == 1:
            self._pacer.pace = self._pacer.pace.after_refusal()
        if self._tries[extension_id] >= _MAX_TRIES:
            return False
        self._queue.append(extension_id)
        return True
