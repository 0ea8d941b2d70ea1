"""Polls extensions, as many at a time as the server allows."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from math import inf
from typing import Any, Final

from .exceptions import BelfabriekError, Failure, FailureKind, RateLimitedError
from .models import ExtensionState
from .pace import Pace, Pacer

type Result = ExtensionState | Failure

_MAX_TRIES: Final = 4
"""Maximum number of times that a refused extension is asked in one poll."""
_MAX_REFUSED_WITHOUT_RESPONSE: Final = 8
"""Number of refused requests without any answer, after which the server may be down."""
_MAX_EXHAUSTED: Final = 2
"""Number of extensions that are refused in every try, after which no other is asked again."""
_MAX_SILENCE: Final = 12.0
"""Seconds without an answer after which a poll is over. Two calls may take ten."""
_HANGS: Final = 4
"""How many times as long as the slowest answer an extension that hangs takes at least."""
_TICK: Final = 0.5
"""Seconds after which the window is checked, if nothing is answered."""
_MAX_REQUESTS: Final = 16
"""Maximum number of requests at a time, with those that hang."""
_NO_GAIN: Final = 0.95
"""Part of the time that a poll must not exceed with a larger window."""
_REFUSALS: Final = {
    FailureKind.BUSY,
    FailureKind.CONNECTION_LOST,
    FailureKind.CONNECTION_REFUSED,
}
"""Failures that may mean that there were too many requests."""
_ANSWERS: Final = {FailureKind.FAULT, FailureKind.UNUSABLE_ANSWER}
"""Failures with an answer of the server."""
_RESTS: Final = (0.5, 1.5)
"""Seconds to wait while every request is refused: a server may count those of the last seconds."""
_GRACE: Final = 2.0
"""Seconds that a poll waits for the next answer at least, when nothing else is left to ask."""


class Poller:
    """Polls the extensions of an account.

    A refused extension is asked again at once, at a slower pace. If it is answered then, the pace
    was the reason. If it is not, and others are, the pace is as before. An extension that does
    not answer delays neither the poll nor the next one: its request continues, and the result is
    published when it comes.
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
        """In the order of their starts."""
        self._tail: asyncio.Task[None] | None = None
        self._seconds_before_growth = inf
        """Seconds for one extension in the last poll, if the window is larger since."""
        self._begin((), (), 0.0)

    def _begin(self, healthy: Iterable[str], failing: Iterable[str], now: float) -> None:
        """Reset what is known of the poll."""
        self.failure: Failure | None = None
        """Why the poll failed for all extensions."""
        self.is_limited = False
        """Whether the poll ended because the server asked for fewer requests."""
        self.refused = 0
        """Number of requests that the server refused for being too many."""
        self._queue = deque(healthy)
        self._refused: deque[str] = deque()
        """Extensions to ask again; they come before all others."""
        self._retried: set[str] = set()
        """Extensions that were refused, and have no result yet."""
        self._failing = frozenset(failing)
        self._tries: Counter[str] = Counter()
        self._exhausted = 0
        """Number of extensions that were refused in every try, since one recovered."""
        self._refused_in_a_row = 0
        """Number of refusals since the last answer, each at a slower pace than the one before."""
        self._rests = iter(_RESTS)
        self._rests_until = now
        self._started: dict[str, float] = {}
        self._pace_before_refusals: Pace | None = None
        """`None` if nothing was refused, or if the pace proved to be the reason."""
        self._responses = 0
        self._unresponsive = 0
        """Number of extensions without an answer that are not asked again."""
        self._timeouts = 0
        self._slowest = 0.0
        """Seconds until the slowest extension had answered."""
        self._heard_at = now
        self._last_failure: Failure | None = None

    @property
    def _is_silent(self) -> bool:
        """Whether the server stopped answering."""
        return asyncio.get_running_loop().time() - self._heard_at >= _MAX_SILENCE

    @property
    def _is_over(self) -> bool:
        return self.is_limited or self._is_silent

    async def poll(
        self, healthy: Collection[str], failing: Collection[str] = (), *, long: float = inf
    ) -> None:
        """Poll extensions; return when the healthy ones have answered.

        The failing ones are polled after them, until the next poll begins. A poll that takes
        longer than `long` seconds makes the next one faster, if nothing was refused.
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
            # The others would not get an answer either.
            for extension_id in (*self._refused, *self._queue):
                self._publish(extension_id, self._last_failure)
        self._refused.clear()
        self._queue.clear()
        if self.failure is not None or is_silent:
            # An outage says nothing about the pace.
            self._pacer.pace = pace
        else:
            self._restore_pace()
            self._adjust_pace(loop.time() - started, long)
        if not self.is_limited:
            self._pacer.was_allowed()
        if not self._is_over:
            self._queue.extend([each for each in late if each not in running])
            if self._queue:
                self._tail = self._create_task(self._work())

    def _adjust_pace(self, seconds: float, long: float) -> None:
        """Make the next poll faster if this one took too long, and if that helps."""
        before, self._seconds_before_growth = self._seconds_before_growth, inf
        if self.is_limited or self.refused or self._unresponsive or not self._started:
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
        requests: dict[asyncio.Task[None], str] = {}
        while True:
            rest = self._rests_until - asyncio.get_running_loop().time()
            if rest <= 0:
                self._start(requests)
            elif not requests:
                await asyncio.sleep(rest)
                continue
            if not requests:
                return
            is_last = self._responses > 0 and not self._refused and not self._queue
            done, _ = await asyncio.wait(
                requests,
                timeout=max(_GRACE, self._slowest) if is_last else _TICK,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if is_last and not done:
                return
            for each in done:
                del requests[each]
                each.result()

    def _start(self, requests: dict[asyncio.Task[None], str]) -> None:
        """Start as many requests as the pace allows."""
        while (queue := self._next_queue) and not self._is_over:
            if not self._responses and (
                self._unresponsive or self.refused >= _MAX_REFUSED_WITHOUT_RESPONSE
            ):
                # The server may be down.
                return
            active = sum(not self._hangs(each) for each in requests.values())
            if active >= self._pacer.pace.window or len(requests) >= _MAX_REQUESTS:
                return
            extension_id = queue.popleft()
            self._started[extension_id] = asyncio.get_running_loop().time()
            task = self._create_task(self._ask_for(extension_id))
            if not task.done():
                self._running[extension_id] = task
            requests[task] = extension_id

    @property
    def _next_queue(self) -> deque[str]:
        """The extensions to ask next: a refused one, or another to learn if all are refused."""
        row = self._refused_in_a_row
        others_first = self._responses == 0 or (row > 0 and row % 2 == 0)
        return self._queue if others_first and self._queue else self._refused or self._queue

    def _hangs(self, extension_id: str) -> bool:
        """Return whether an extension hangs, while a busy server would delay the others as well."""
        seconds = asyncio.get_running_loop().time() - self._started[extension_id]
        return self._slowest > 0 and seconds > max(_TICK, _HANGS * self._slowest)

    async def _ask_for(self, extension_id: str) -> None:
        """Ask for one extension, and handle the result."""
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
        # Nothing of a request of an earlier poll counts in this one.
        if extension_id not in self._started or self._is_final(extension_id, result, pace):
            self._publish(extension_id, result)

    def _is_final(self, extension_id: str, result: Result, pace: Pace) -> bool:
        """Count a result; return whether it is published. `pace` is that when it was asked."""
        failure = result if isinstance(result, Failure) else result.call_state_failure
        kind = failure.kind if failure else None
        is_answer = result is not failure or kind in _ANSWERS
        if is_answer:
            self._count_response(extension_id, kind)
        else:
            self._last_failure = failure
        if kind in _REFUSALS:
            if self._is_asked_again(extension_id, pace):
                return False
        elif extension_id in self._retried:
            # Not refused at the slower pace.
            self._pace_before_refusals = None
            self._exhausted = 0
        elif is_answer and not self._retried:
            self._restore_pace()
        self._retried.discard(extension_id)
        if kind is FailureKind.TIMEOUT:
            self._count_timeout(extension_id, pace)
        if not is_answer:
            self._unresponsive += 1
        return True

    def _count_response(self, extension_id: str, kind: FailureKind | None) -> None:
        """Count an answer; `kind` is the failure of the second call, or that which it tells."""
        self._heard_at = asyncio.get_running_loop().time()
        self._responses += 1
        if kind is None:
            seconds = self._heard_at - self._started[extension_id]
            self._slowest = max(self._slowest, seconds)
        if kind is None or kind in _ANSWERS:
            self._refused_in_a_row = 0
            self._rests = iter(_RESTS)

    def _count_timeout(self, extension_id: str, pace: Pace) -> None:
        """Slow down after several timeouts, unless these extensions hang by themselves."""
        if extension_id in self._failing or self._hangs(extension_id):
            return
        self._timeouts += 1
        if self._timeouts > 1 and self._responses and self._pacer.pace == pace:
            self._pacer.pace = self._pacer.pace.after_timeouts()

    def _is_asked_again(self, extension_id: str, pace: Pace) -> bool:
        """Count a refusal; return whether the extension is asked again in this poll."""
        if extension_id in self._failing or self._hangs(extension_id):
            return False
        self.refused += 1
        if self._exhausted >= _MAX_EXHAUSTED:
            return False
        self._tries[extension_id] += 1
        if self._pace_before_refusals is None:
            self._pace_before_refusals = self._pacer.pace
        rests = self._slow_down(pace)
        if self._tries[extension_id] >= _MAX_TRIES and not rests:
            self._exhausted += 1
            if self._exhausted >= _MAX_EXHAUSTED:
                self._restore_pace()
            return False
        self._retried.add(extension_id)
        self._refused.append(extension_id)
        return True

    def _slow_down(self, pace: Pace) -> bool:
        """Slow down after a refusal at this pace, if it is the current one; return whether to rest.

        A slower pace since the start of the request was not refused.
        """
        if self._pacer.pace != pace:
            return False
        if not self._responses:
            # It may be an outage, which waits do not end.
            self._pacer.pace = pace.after_timeouts()
            return False
        self._refused_in_a_row += 1
        all_are_refused = self._refused_in_a_row >= (3 if self._queue else 2)
        rest = next(self._rests, 0.0) if all_are_refused else 0.0
        self._rests_until = asyncio.get_running_loop().time() + rest
        self._pacer.was_refused(rest)
        return rest > 0

    def _restore_pace(self) -> None:
        """Undo what refused extensions changed, which were the reason themselves."""
        if self._pace_before_refusals:
            self._pacer.pace = self._pace_before_refusals
            self._pace_before_refusals = None
