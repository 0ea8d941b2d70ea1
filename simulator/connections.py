"""The TCP connections that requests come on: which is which, and how each of them ends."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import socket
import struct
from weakref import WeakKeyDictionary, WeakSet

from .faults.exchange import Afterwards, Reply

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # linger for 0 seconds


def reset(transport: asyncio.Transport) -> None:
    """Reset a connection: the other side gets an error, and whatever was under way is lost."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


class Connections:
    """What is known of each connection, for as long as it lives."""

    def __init__(self) -> None:
        self._numbers: WeakKeyDictionary[asyncio.Transport, int] = WeakKeyDictionary()
        self._count = 0
        self._busy: WeakSet[asyncio.Transport] = WeakSet()
        self._doomed: WeakSet[asyncio.Transport] = WeakSet()
        self._timers: set[asyncio.TimerHandle] = set()

    def number(self, transport: asyncio.Transport) -> int:
        """Return the number of a connection: 1 for the first that a request came on."""
        number = self._numbers.get(transport)
        if number is None:
            self._count += 1
            number = self._numbers[transport] = self._count
        return number

    @contextmanager
    def busy(self, transport: asyncio.Transport) -> Iterator[None]:
        """Say that a request is being answered on a connection."""
        self._busy.add(transport)
        try:
            yield
        finally:
            self._busy.discard(transport)

    def arrange(self, transport: asyncio.Transport, reply: Reply) -> None:
        """See to it that a connection ends as a reply, which is about to be sent, wants."""
        if reply.afterwards is Afterwards.CLOSE_WHEN_IDLE:
            self._close_when_idle(transport, reply.idle_seconds)
        elif reply.afterwards is Afterwards.RESET_ON_REUSE:
            self._doomed.add(transport)

    def doomed(self, transport: asyncio.Transport) -> bool:
        """Whether a connection is to be reset."""
        return transport in self._doomed

    def forget_timers(self) -> None:
        """Leave every idle connection as it is."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _close_when_idle(self, transport: asyncio.Transport, seconds: float) -> None:
        def ring() -> None:
            self._timers.discard(timer)
            if transport not in self._busy:
                transport.close()

        timer = asyncio.get_running_loop().call_later(seconds, ring)
        self._timers.add(timer)
