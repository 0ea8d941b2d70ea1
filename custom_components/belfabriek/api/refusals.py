"""What the refusals of one poll mean: a pace that is too fast, or an extension that fails."""

import asyncio
from collections import Counter, deque
from typing import Final

from .pace import Pace, Pacer

_MAX_TRIES: Final = 4
"""Maximum number of tries for a refused extension in one poll."""
_MAX_EXHAUSTED: Final = 2
"""Number of extensions refused in every try, after which refused extensions are not retried."""
_RESTS: Final = (0.5, 1.5)
"""Seconds to rest if all requests are refused: a server may count those of the last seconds."""


class Refusals:
    """Slows down after a refusal, and finds out whether the pace was the reason.

    If the server responds to the extension at the slower pace, the pace stays slow. If it refuses
    only this extension, the pace is restored.
    """

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self.count = 0
        """Number of requests that the server refused for being too many."""
        self.queue: deque[str] = deque()
        """Extensions to ask again."""
        self.rest_until = 0.0
        """When the next request may start, on the clock of the event loop."""
        self._retried: set[str] = set()
        """Extensions that were refused, and have no result yet."""
        self._tries: Counter[str] = Counter()
        self._exhausted = 0
        """Number of extensions refused in every try since the last one that recovered."""
        self._in_a_row = 0
        """Number of refusals since the last response, each at a slower pace than the last one."""
        self._rests = iter(_RESTS)
        self._pace_before: Pace | None = None
        """The pace to restore; `None` if nothing was refused, or if the pace was the reason."""

    @property
    def asks_others(self) -> bool:
        """Whether to ask another extension next, to learn if all are refused."""
        return self._in_a_row > 0 and self._in_a_row % 2 == 0

    def add(self, extension_id: str, pace: Pace, *, has_responses: bool, has_others: bool) -> bool:
        """Count a refusal; return whether the extension is retried in this poll.

        `pace` is that from the start of the request. Without any response, it may be an outage.
        """
        self._retried.discard(extension_id)
        self.count += 1
        if self._exhausted >= _MAX_EXHAUSTED:
            return False
        self._tries[extension_id] += 1
        if self._pace_before is None:
            self._pace_before = self._pacer.pace
        rests = self._slow_down(pace, has_responses=has_responses, has_others=has_others)
        if self._tries[extension_id] >= _MAX_TRIES and not rests:
            self._exhausted += 1
            if self._exhausted >= _MAX_EXHAUSTED:
                self.restore_pace()
            return False
        self._retried.add(extension_id)
        self.queue.append(extension_id)
        return True

    def resolve(self, extension_id: str, *, is_response: bool) -> None:
        """Note that an extension has a result that is no refusal."""
        if extension_id in self._retried:
            # The slower pace was not refused.
            self._retried.discard(extension_id)
            self._pace_before = None
            self._exhausted = 0
        elif is_response and not self._retried:
            self.restore_pace()
        if is_response:
            self._in_a_row = 0
            self._rests = iter(_RESTS)

    def restore_pace(self) -> None:
        """Restore the pace from before the refusals: the pace was not the reason."""
        if self._pace_before:
            self._pacer.pace = self._pace_before
            self._pace_before = None

    def _slow_down(self, pace: Pace, *, has_responses: bool, has_others: bool) -> bool:
        """Slow down after a refusal at this pace; return whether to rest.

        If the pace has changed since the request started, the current one was not refused.
        """
        if self._pacer.pace != pace:
            return False
        if not has_responses:
            # This may be an outage, which does not end sooner after a rest.
            self._pacer.pace = pace.after_timeouts()
            return False
        self._in_a_row += 1
        all_are_refused = self._in_a_row >= (3 if has_others else 2)
        rest = next(self._rests, 0.0) if all_are_refused else 0.0
        self.rest_until = asyncio.get_running_loop().time() + rest
        self._pacer.was_refused(rest)
        return rest > 0
