"""The server that the clients poll, in another process, so that only the client is measured."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_double, c_ulonglong
from functools import lru_cache
from multiprocessing import get_context
import re
import selectors
import socket
from typing import Final, override

FIRST_CALL: Final = "ivr.getAgentAvail"
SECOND_CALL: Final = "general.getExtensionStatus"


def takes_calls(extension_id: str) -> bool:
    """Return whether an agent takes calls, and is idle: every other one."""
    return int(extension_id) % 2 == 1


class Server:
    """The address of the server, and the values shared with its process."""

    def __init__(self) -> None:
        """Share two numbers with the server's process."""
        context = get_context("spawn")
        self.delay = context.RawValue(c_double, 0.0)
        """Seconds before each answer."""
        self.requests = context.RawValue(c_ulonglong, 0)
        """Requests that were received."""
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/xml/agent/xml.asp"


@contextmanager
def running_server() -> Iterator[Server]:
    """Run the server."""
    server = Server()
    process = get_context("spawn").Process(
        target=_run_server, args=(server.listener, server.delay, server.requests), daemon=True
    )
    process.start()
    try:
        yield server
    finally:
        process.terminate()
        process.join()
        server.listener.close()


def _run_server(listener: socket.socket, delay: c_double, requests: c_ulonglong) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(delay, requests), sock=listener)
        await server.serve_forever()

    # epoll rounds every delay up to whole milliseconds; select does not.
    with asyncio.Runner(
        loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())
    ) as runner:
        runner.run(serve())


_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CALL: Final = re.compile(
    rb"<methodName>([^<]+)</methodName>.*<name>extensionId</name>\s*<value>\s*<string>(\d+)<",
    re.DOTALL,
)


class _Connection(asyncio.Protocol):
    """One connection, on which one request is sent at a time."""

    def __init__(self, delay: c_double, requests: c_ulonglong) -> None:
        self._delay = delay
        self._requests = requests
        self._received = bytearray()
        self._transport: asyncio.BaseTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        length = _LENGTH.search(self._received, 0, head) if head >= 0 else None
        if length is None or len(self._received) < head + 4 + int(length[1]):
            return
        call = _CALL.search(self._received)
        if call is None:
            raise ValueError("the request has no method or no extension ID")
        answer = _answer(bytes(call[1]).decode(), bytes(call[2]).decode())
        self._received = bytearray()
        self._requests.value += 1
        if self._delay.value:
            asyncio.get_running_loop().call_later(self._delay.value, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        if isinstance(self._transport, asyncio.Transport):
            self._transport.write(answer)


@lru_cache(maxsize=8192)
def _answer(method: str, extension_id: str) -> bytes:
    available = takes_calls(extension_id)
    members = (
        (
            ("available", "i4", str(int(available))),
            ("availReason", "string", "-" if available else "pause"),
            ("endpoint", "string", f"3120{extension_id:>07}"),
        )
        if method == FIRST_CALL
        else (("Available", "string", "idle"),)
    )
    # Tags on lines of their own with blank lines between them, as in the vendor's samples.
    struct = "".join(
        f"<member>\n\n<name>{name}</name>\n\n<value>\n\n<{kind}>{value}</{kind}>\n\n</value>\n\n"
        "</member>\n\n"
        for name, kind, value in members
    )
    opening = ("methodResponse", "params", "param", "value", "struct")
    before = "".join(f"<{tag}>\n\n" for tag in opening)
    after = "".join(f"</{tag}>\n\n" for tag in reversed(opening))
    body = f"{before}{struct}{after}".encode()
    # The content type is the one that `rest` accepts as XML.
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )
