"""How many requests are sent to a server, and how fast.

The limits of the server are not known. Common limits are 5 requests at a time, 20 in 200 ms, 10 a
second, 60 a minute, or one after another.
"""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Final, Self

_MAX_WINDOW: Final = 8
_TRY_AGAIN: Final = 20
"""Number of polls that took too long, after which a window above the ceiling is tried again."""
_FIRST_GAP: Final = 0.03
_MAX_GAP: Final = 1.0
_MAX_SPREAD: Final = 0.02
_FEW: Final = 10
"""Maximum number of requests that are not spread."""
_MIN_LONGEST_GAP: Final = 0.25
_FIRST_PAUSE: Final = 10.0
_MAX_PAUSE: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many requests run at a time, and how fast they start."""

    window: int = 3
    """Number of requests at a time."""
    ceiling: int = _MAX_WINDOW
    """Largest window to try: a larger one was refused, or made no poll shorter."""
    gap: float = 0.0
    """Minimum number of seconds between the starts of two requests."""
    waited: int = field(default=0, compare=False)
    """Number of polls at the ceiling that took too long."""

    def after_refusal(self, longest_gap: float = _MAX_GAP, least_gap: float = 0.0) -> Self:
        """Return the pace after the server refused a request for being too many."""
        gap = min(longest_gap, max(_FIRST_GAP, 2 * self.gap, least_gap))
        return replace(self.after_timeouts(), gap=max(gap, self.gap))

    def after_timeouts(self) -> Self:
        """Return the pace after several requests were not answered in time."""
        if self.window == 1:
            return self
        return replace(self, window=self.window // 2, ceiling=min(self.ceiling, self.window - 1))

    def faster(self) -> Self:
        """Return the pace after a poll that took too long without a refusal.

        What set the ceiling may be over, so a larger window is tried from time to time.
        """
        window, ceiling, waited = self.window + 1, self.ceiling, 0
        if window > ceiling:
            waited = self.waited + 1
            if waited < _TRY_AGAIN or window > _MAX_WINDOW:
                window = ceiling
            else:
                ceiling, waited = window, 0
        return replace(self, window=window, ceiling=ceiling, gap=0.9 * self.gap, waited=waited)

    def after_no_gain(self) -> Self:
        """Return the pace after a larger window did not make the poll shorter."""
        window = max(1, self.window - 1)
        return replace(self, window=window, ceiling=window)


def next_pause(last: float, *, again: bool) -> float:
    """Return the seconds to pause after a rate limit that names no time.

    `last` is the previous pause. If the server has answered nothing since (`again`), that pause was
    too short.
    """
    return min(_MAX_PAUSE, max(_FIRST_PAUSE, 2 * last if again else last))


class Pacer:
    """Delays requests to keep the pace of one server; shared by all that use its address."""

    def __init__(self) -> None:
        self.pace = Pace()
        self._spread = 0.0
        self._longest_gap = _MAX_GAP
        self._last = 0.0
        self._pause = 0.0
        self._paused_until = 0.0

    @property
    def pause(self) -> float:
        """Seconds until the next request is allowed; negative if it is allowed now."""
        return self._paused_until - asyncio.get_running_loop().time()

    async def turn(self) -> None:
        """Wait until the next request may start."""
        now = asyncio.get_running_loop().time()
        self._last = start = max(now, self._last + max(self.pace.gap, self._spread))
        if start > now:
            await asyncio.sleep(start - now)

    def spread(self, requests: int, seconds: float) -> None:
        """Spread the requests of a poll over at most `seconds`, unless there are few.

        After refusals, the requests may take twice as long.
        """
        each = seconds / max(1, requests)
        self._spread = min(_MAX_SPREAD, each) if requests > _FEW else 0.0
        self._longest_gap = min(_MAX_GAP, max(_MIN_LONGEST_GAP, 2 * each))

    def was_refused(self, rest: float = 0.0) -> None:
        """Slow down after the server refused a request for being too many.

        `rest` is for how many seconds no request starts now, because a slower pace did not help.
        """
        self.pace = self.pace.after_refusal(self._longest_gap, min(rest, self._longest_gap / 3))

    def was_limited(self, retry_after: float | None, *, again: bool) -> None:
        """Pause after a rate limit: as long as the server asked for, up to five minutes."""
        if retry_after is None:
            retry_after = self._pause = next_pause(self._pause, again=again)
        now = asyncio.get_running_loop().time()
        self._paused_until = max(self._paused_until, now + min(retry_after, _MAX_PAUSE))

    def was_allowed(self) -> None:
        """Make the next pause shorter after a poll without a rate limit."""
        self._pause /= 2
