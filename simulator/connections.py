"""The TCP connections of requests, and how replies are sent on them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
import socket
import struct
from typing import override
from weakref import WeakKeyDictionary, WeakSet

from aiohttp import web

from .fault import Reply

_BLOCK = 1 << 16  # bytes
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # linger for 0 seconds


class Gate(asyncio.Protocol):
    """Passes a new connection on to `server`, or resets it.

    `admit` is told how many connections the client's address has already.
    """

    def __init__(self, server: web.Server, admit: Callable[[int], bool]) -> None:
        self._server = server
        self._admit = admit

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Decide."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        address = _address(transport)
        others = (one.transport for one in self._server.connections)
        if self._admit(sum(one is not None and _address(one) == address for one in others)):
            handler = self._server()
            transport.set_protocol(handler)
            handler.connection_made(transport)
        else:
            reset(transport)


class Connections:
    """The state of each open connection.

    `in_flight` is how many requests are being answered now.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self._count = 0
        self._numbers: WeakKeyDictionary[asyncio.Transport, int] = WeakKeyDictionary()
        self._doomed: WeakKeyDictionary[asyncio.Transport, str] = WeakKeyDictionary()
        self._busy: WeakSet[asyncio.Transport] = WeakSet()
        self._timers: dict[asyncio.TimerHandle, Callable[[], None]] = {}

    def number(self, transport: asyncio.Transport) -> int:
        """Return the number of a connection: 1 for the first that a request came on."""
        if transport not in self._numbers:
            self._count += 1
            self._numbers[transport] = self._count
        return self._numbers[transport]

    @contextmanager
    def busy(self, transport: asyncio.Transport) -> Iterator[None]:
        """Count a request as in flight, and its connection as not idle."""
        self.in_flight += 1
        self._busy.add(transport)
        try:
            yield
        finally:
            self.in_flight -= 1
            self._busy.discard(transport)

    def doomed(self, transport: asyncio.Transport) -> str | None:
        """Return the fault that an earlier reply left on a connection."""
        return self._doomed.get(transport)

    def cut(self) -> None:
        """Cut every connection that a request came on."""
        for transport in list(self._numbers):
            transport.abort()

    def expire(self) -> None:
        """Run the actions for idle connections now."""
        for timer, on_idle in list(self._timers.items()):
            timer.cancel()
            on_idle()

    def forget_timers(self) -> None:
        """Cancel the actions for idle connections."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    async def send(
        self, request: web.Request, transport: asyncio.Transport, reply: Reply, content_type: str
    ) -> web.StreamResponse:
        """Answer `request`, which came on `transport`.

        Raises `ConnectionError` when the client is gone.
        """
        if reply.idle_seconds is not None:
            self._when_idle(transport, reply.idle_seconds, reply.behind)
        if reply.afterwards is not None:
            self._doomed[transport] = reply.afterwards
        if reply.cut_after == 0:
            transport.close()
            return web.Response()
        await _send_interim(transport, reply)
        headers = {"Content-Type": content_type, **reply.headers}
        response = web.StreamResponse(status=reply.status, headers=headers)
        if reply.chunks is None:
            response.content_length = len(reply.body)
        elif reply.declared_length is not None:
            response.content_length = reply.declared_length
        else:
            response.enable_chunked_encoding()
        await response.prepare(request)
        async for chunk in _paced(reply):
            await response.write(chunk)
        if reply.cut_after is not None:
            transport.close()
        return response

    def _when_idle(self, transport: asyncio.Transport, seconds: float, behind: bytes) -> None:
        def on_idle() -> None:
            del self._timers[timer]
            if transport in self._busy:
                return
            if behind:
                transport.write(behind)
            else:
                transport.close()

        timer = asyncio.get_running_loop().call_later(seconds, on_idle)
        self._timers[timer] = on_idle


def _address(transport: asyncio.BaseTransport) -> str:
    return str(transport.get_extra_info("peername")[0])


def reset(transport: asyncio.Transport) -> None:
    """Reset a connection; the client gets an error, and unsent data is lost."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


async def _send_interim(transport: asyncio.Transport, reply: Reply) -> None:
    """Send interim answers as fast as the client reads them, for as long as the reply says."""
    loop = asyncio.get_running_loop()
    end = loop.time() + reply.interim_seconds
    block = reply.interim * (1 + _BLOCK // max(1, len(reply.interim)))
    while loop.time() < end:
        if transport.is_closing():
            raise ConnectionResetError
        if transport.get_write_buffer_size() < _BLOCK:
            transport.write(block)
        await asyncio.sleep(0.001)


async def _paced(reply: Reply) -> AsyncIterator[bytes]:
    """Yield the parts of a body that are sent."""
    if reply.chunks is not None:
        for chunk in reply.chunks():
            yield chunk
            # Without this, a client that reads fast enough would block the event loop.
            await asyncio.sleep(0)
    elif reply.pause is not None:
        for byte in reply.body:
            await asyncio.sleep(reply.pause)
            yield bytes((byte,))
    else:
        yield reply.body[: reply.cut_after]
