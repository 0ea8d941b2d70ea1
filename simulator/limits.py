"""What a server allows its clients: limits of the whole server, which decide without waiting.

Each is told the time by its caller, in seconds of a clock that never goes back.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
import math
from typing import Final, override


@dataclass(kw_only=True)
class Limit:
    """A limit of the whole server.

    `refusal` is how it refuses: an HTTP status as text, or `reset` to reset the connection.
    """

    refusal: str = "403"

    def arrive(self, now: float, connections: int = 0) -> float | None:
        """Return how many seconds a request that arrives now waits; `None` if it is refused.

        `connections` is how many open ones of the same client are older than the request's.
        """
        return 0.0

    def leave(self) -> None:
        """Note the end of an admitted request: it was answered, or its client is gone."""


@dataclass(kw_only=True)
class AtOnce(Limit):
    """At most so many requests at a time, as IIS's dynamic IP restrictions do."""

    requests: int = 5
    _admitted: int = field(default=0, init=False, repr=False)

    @override
    def arrive(self, now: float, connections: int = 0) -> float | None:
        if self._admitted >= self.requests:
            return None
        self._admitted += 1
        return 0.0

    @override
    def leave(self) -> None:
        self._admitted -= 1


@dataclass(kw_only=True)
class PerAddress(Limit):
    """At most so many connections from one address, as a firewall does."""

    refusal: str = "reset"
    connections: int = 4

    @override
    def arrive(self, now: float, connections: int = 0) -> float | None:
        return None if connections >= self.connections else 0.0


@dataclass(kw_only=True)
class Window(Limit):
    """At most so many requests in any period of so many seconds.

    By default IIS's dynamic IP restrictions; a limit per minute has 60 seconds and status 429.
    With `count_refused`, a client that goes on asking stays refused.
    """

    requests: int = 20
    seconds: float = 0.2
    count_refused: bool = False
    _times: deque[float] = field(default_factory=deque, init=False, repr=False)

    @override
    def arrive(self, now: float, connections: int = 0) -> float | None:
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        refused = len(self._times) >= self.requests
        if not refused or self.count_refused:
            self._times.append(now)
        return None if refused else 0.0


@dataclass(kw_only=True)
class Bucket(Limit):
    """A token bucket: `rate` requests a second, and `burst` more that may come early (nginx)."""

    refusal: str = "503"
    rate: float = 10.0
    burst: int = 20
    _excess: float = field(default=0.0, init=False, repr=False)
    _last: float = field(default=-math.inf, init=False, repr=False)

    @override
    def arrive(self, now: float, connections: int = 0) -> float | None:
        self._excess = max(0.0, self._excess - (now - self._last) * self.rate)
        self._last = now
        if self._excess > self.burst:
            return None
        self._excess += 1
        return 0.0


@dataclass(kw_only=True)
class OneLane(Limit):
    """Requests are answered one after another, each in so many seconds.

    An answer is also computed for a client that is gone.
    """

    seconds: float = 0.7
    _free: float = field(default=-math.inf, init=False, repr=False)

    @override
    def arrive(self, now: float, connections: int = 0) -> float | None:
        self._free = max(now, self._free) + self.seconds
        return self._free - now


@dataclass(kw_only=True)
class Hang(Limit):
    """Connections are accepted, and no request is ever answered."""

    @override
    def arrive(self, now: float, connections: int = 0) -> float | None:
        return math.inf


LIMITS: Final[Mapping[str, type[Limit]]] = {
    "at_once": AtOnce,
    "per_address": PerAddress,
    "window": Window,
    "bucket": Bucket,
    "one_lane": OneLane,
    "hang": Hang,
}
"""The limits by name, as the control API names them."""
