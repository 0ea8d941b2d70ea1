"""Polls extensions, as many at a time as the server allows."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from math import inf
from typing import Any, Final

from .exceptions import BelfabriekError, Failure, FailureKind, RateLimitedError
from .models import ExtensionState
from .pace import Pace, Pacer
from .refusals import Refusals

type Result = ExtensionState | Failure

_MAX_REFUSED_WITHOUT_RESPONSE: Final = 8
"""Number of refused requests without any response, after which the server may be down."""
_MAX_SILENCE: Final = 12.0
"""Seconds without a response after which a poll ends. Two calls may take ten."""
_HANGS: Final = 4
"""A request hangs if it takes this many times as long as the slowest response."""
_TICK: Final = 0.5
"""Seconds without a response after which the window is checked again."""
_MAX_REQUESTS: Final = 16
"""Maximum number of requests at a time, including those that hang."""
_NO_GAIN: Final = 0.95
"""A larger window is kept if it reduces the time per extension to this part or less."""
_REFUSALS: Final = {
    FailureKind.BUSY,
    FailureKind.CONNECTION_LOST,
    FailureKind.CONNECTION_REFUSED,
}
"""Failures that may mean that there were too many requests."""
_FAILED_RESPONSES: Final = {FailureKind.FAULT, FailureKind.UNUSABLE_ANSWER}
"""Failures that are a response of the server."""
_GRACE: Final = 2.0
"""Minimum number of seconds to wait for the next response after all extensions were asked."""


class Poller:
    """Polls the extensions of an account.

    A refused extension is asked again at once, at a slower pace. An extension without a response
    delays neither this poll nor the next one: the request continues, and its result is published
    when it arrives.
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
        """Requests in progress by extension ID, oldest first."""
        self._tail: asyncio.Task[None] | None = None
        self._seconds_before_growth = inf
        """Seconds per extension in the last poll, if the window has grown since."""
        self._begin((), (), 0.0)

    def _begin(self, healthy: Iterable[str], failing: Iterable[str], now: float) -> None:
        """Reset the state of the poll."""
        self.failure: Failure | None = None
        """Why the poll failed for all extensions."""
        self.is_limited = False
        """Whether the poll ended because the server asked for fewer requests."""
        self._queue = deque(healthy)
        self._failing = frozenset(failing)
        self._refusals = Refusals(self._pacer)
        self._started: dict[str, float] = {}
        self._responses = 0
        self._unresponsive = 0
        """Number of extensions without a response that are not asked again."""
        self._timeouts = 0
        self._slowest = 0.0
        """Seconds of the slowest response."""
        self._heard_at = now
        self._last_failure: Failure | None = None

    @property
    def _is_silent(self) -> bool:
        """Whether the server stopped responding."""
        return asyncio.get_running_loop().time() - self._heard_at >= _MAX_SILENCE

    async def poll(
        self, healthy: Collection[str], failing: Collection[str] = (), *, long: float = inf
    ) -> None:
        """Poll extensions; return when the healthy ones have a result.

        The failing ones are polled after them, until the next poll begins. If this poll takes
        longer than `long` seconds without a refusal, the next poll is faster.
        """
        self._stop_tail()
        running = set(self._running)
        loop = asyncio.get_running_loop()
        started = loop.time()
        late = failing if healthy else ()
        queue = [each for each in healthy or failing if each not in running]
        self._begin(queue, failing, started)
        pace = self._pacer.pace
        await self._work()
        is_silent = self._is_silent
        if self._responses == 0 and not self.is_limited:
            self.failure = self._last_failure
        elif is_silent and self._last_failure:
            # The server would not respond to the others either.
            for extension_id in (*self._refusals.queue, *self._queue):
                self._publish(extension_id, self._last_failure)
        self._refusals.queue.clear()
        self._queue.clear()
        if self.failure is not None or is_silent:
            # An outage says nothing about the pace.
            self._pacer.pace = pace
        else:
            self._refusals.restore_pace()
            self._adjust_pace(loop.time() - started, long)
        if not self.is_limited:
            self._pacer.was_allowed()
        if not is_silent and not self.is_limited:
            self._queue.extend([each for each in late if each not in running])
            if self._queue:
                self._tail = self._create_task(self._work())

    def _adjust_pace(self, seconds: float, long: float) -> None:
        """Make the next poll faster if this one took too long and a larger window helps."""
        before, self._seconds_before_growth = self._seconds_before_growth, inf
        if self.is_limited or self._refusals.count or self._unresponsive or not self._started:
            return
        pace = self._pacer.pace
        seconds_each = seconds / len(self._started)
        if seconds_each > _NO_GAIN * before:
            self._pacer.pace = pace.after_no_gain()
        elif seconds > long:
            self._pacer.pace = pace.faster()
            if self._pacer.pace.window > pace.window:
                self._seconds_before_growth = seconds_each

    def _stop_tail(self) -> None:
        if self._tail is not None:
            self._tail.cancel()
            self._tail = None

    async def finish(self) -> None:
        """Wait for all requests in progress."""
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

        Return without waiting for extensions that take too long.
        """
        requests: dict[asyncio.Task[None], str] = {}
        while True:
            rest = self._refusals.rest_until - asyncio.get_running_loop().time()
            if rest <= 0:
                self._start(requests)
            elif not requests:
                await asyncio.sleep(rest)
                continue
            if not requests:
                return
            is_last = self._responses > 0 and not self._refusals.queue and not self._queue
            done, _ = await asyncio.wait(
                requests,
                timeout=max(_GRACE, self._slowest) if is_last else _TICK,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if is_last and not done:
                for extension_id in requests.values():
                    # Nobody would ask again: whatever comes is the result.
                    del self._started[extension_id]
                return
            for each in done:
                del requests[each]
                each.result()

    def _start(self, requests: dict[asyncio.Task[None], str]) -> None:
        """Start as many requests as the pace allows."""
        while (queue := self._next_queue) and not self.is_limited and not self._is_silent:
            if not self._responses and (
                self._unresponsive or self._refusals.count >= _MAX_REFUSED_WITHOUT_RESPONSE
            ):
                # The server may be down.
                return
            active = [each for each in requests.values() if not self._hangs(each)]
            if len(active) >= self._pacer.pace.window or len(requests) >= _MAX_REQUESTS:
                return
            extension_id = queue.popleft()
            self._started[extension_id] = asyncio.get_running_loop().time()
            task = self._create_task(self._ask_for(extension_id))
            if not task.done():
                self._running[extension_id] = task
            requests[task] = extension_id

    @property
    def _next_queue(self) -> deque[str]:
        """The queue of refused extensions; sometimes the other one, to learn if all are refused."""
        if self._queue and (self._responses == 0 or self._refusals.asks_others):
            return self._queue
        return self._refusals.queue or self._queue

    def _hangs(self, extension_id: str) -> bool:
        """Return whether only this extension is slow: a busy server would delay the others too."""
        seconds = asyncio.get_running_loop().time() - self._started[extension_id]
        return self._slowest > 0 and seconds > max(_TICK, _HANGS * self._slowest)

    async def _ask_for(self, extension_id: str) -> None:
        """Request the state of one extension, and handle the result."""
        pace = self._pacer.pace
        try:
            result: Result = await self._ask(extension_id)
        except RateLimitedError as err:
            if not self.is_limited:
                self._pacer.was_limited(err.retry_after, again=not self._responses)
            self.is_limited = True
            return
        except BelfabriekError as err:
            result = err.failure
        finally:
            self._running.pop(extension_id, None)
        # A request that the poll did not wait for does not count.
        if extension_id not in self._started or self._is_final(extension_id, result, pace):
            self._publish(extension_id, result)

    def _is_final(self, extension_id: str, result: Result, pace: Pace) -> bool:
        """Count a result; return whether to publish it. `pace` is from the start of the request."""
        failure = result if isinstance(result, Failure) else result.call_state_failure
        kind = failure.kind if failure else None
        is_response = result is not failure or kind in _FAILED_RESPONSES
        if is_response:
            self._count_response(extension_id, kind)
        else:
            self._last_failure = failure
        if kind in _REFUSALS:
            fails_alone = extension_id in self._failing or self._hangs(extension_id)
            if not fails_alone and self._refusals.add(
                extension_id,
                pace,
                has_responses=self._responses > 0,
                has_others=bool(self._queue),
            ):
                return False
        elif self._refusals.count:
            self._refusals.resolve(extension_id, is_response=is_response)
        if kind is FailureKind.TIMEOUT:
            self._count_timeout(extension_id, pace)
        if not is_response:
            self._unresponsive += 1
        return True

    def _count_response(self, extension_id: str, kind: FailureKind | None) -> None:
        """Count a response; `kind` is the failure that it contains, or that of the second call."""
        self._heard_at = asyncio.get_running_loop().time()
        self._responses += 1
        if kind is None:
            seconds = self._heard_at - self._started[extension_id]
            self._slowest = max(self._slowest, seconds)

    def _count_timeout(self, extension_id: str, pace: Pace) -> None:
        """Slow down after several timeouts of extensions that do not hang by themselves."""
        if extension_id in self._failing or self._hangs(extension_id):
            return
        self._timeouts += 1
        if self._timeouts > 1 and self._responses and self._pacer.pace == pace:
            self._pacer.pace = self._pacer.pace.after_timeouts()
