"""TCP connections: which are accepted, and how they end."""

import asyncio
from collections.abc import Callable
import socket
import struct
from typing import Final, override

from aiohttp import web

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # linger for 0 seconds


def reset(transport: asyncio.Transport) -> None:
    """Reset a connection; the client gets an error, and unsent data is lost."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


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
        others = (one.transport for one in self._server.connections)
        address = _address(transport)
        if self._admit(sum(one is not None and _address(one) == address for one in others)):
            handler = self._server()
            transport.set_protocol(handler)
            handler.connection_made(transport)
        else:
            reset(transport)


class ResetOnData(asyncio.Protocol):
    """Resets a connection as soon as the client sends something."""

    def __init__(self, transport: asyncio.Transport, before: asyncio.BaseProtocol) -> None:
        self._transport = transport
        self._before = before

    @classmethod
    def watch(cls, transport: asyncio.Transport) -> None:
        """Reset this connection when the client uses it again."""
        transport.set_protocol(cls(transport, transport.get_protocol()))

    @override
    def data_received(self, data: bytes) -> None:
        reset(self._transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._before.connection_lost(exc)


def _address(transport: asyncio.BaseTransport) -> str:
    return str(transport.get_extra_info("peername")[0])
