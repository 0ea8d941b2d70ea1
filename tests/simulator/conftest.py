"""Requests to the simulator without the client under test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from xmlrpc.client import dumps, loads

import aiohttp
import pytest

from simulator import Method, Simulator

FIRST, SECOND = Method
PARAMS: Mapping[Method, Mapping[str, str]] = {
    FIRST: {"accountCode": "12345", "extensionId": "01001"},
    SECOND: {"supId": "1", "manId": "2", "accountCode": "67890", "extensionId": "01001"},
}
"""The parameters of the calls, named as in the document's samples."""
HEADERS = {"Content-Type": "text/xml"}

type Ask = Callable[..., Awaitable[dict[str, object]]]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    # The default resolver may start a thread, which the harness reports as a leak.
    connector = aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver())
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.fixture
def ask(http: aiohttp.ClientSession) -> Ask:
    """Return a function that makes a call and reads the answer, both with Python's own library.

    The parameters are those of the sample unless given. A fault is an `xmlrpc.client.Fault`.
    """

    async def function(
        simulator: Simulator, method: Method = FIRST, params: Mapping[str, str] | None = None
    ) -> dict[str, object]:
        body = dumps((dict(params or PARAMS[method]),), method).encode()
        async with http.post(simulator.url, data=body, headers=HEADERS) as response:
            (answer,), _ = loads(await response.read())
        assert isinstance(answer, dict)
        return answer

    return function


def request(
    method: Method = FIRST, extension_id: str = "01001", connection: str = "keep-alive"
) -> bytes:
    """Return an HTTP request with a call in it."""
    call = dumps(({**PARAMS[method], "extensionId": extension_id},), method).encode()
    return (
        b"POST /xml/agent/xml.asp HTTP/1.1\r\nHost: simulator\r\nConnection: %b\r\n"
        b"Content-Type: text/xml\r\nContent-Length: %d\r\n\r\n%b"
        % (connection.encode(), len(call), call)
    )


async def opened(
    simulator: Simulator, sent: bytes | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Make a call on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    writer.write(sent or request())
    return reader, writer


@dataclass(frozen=True)
class RawAnswer:
    """The response on a new connection, up to its end; the status is 0 if there is none."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


async def raw(
    simulator: Simulator, method: Method = FIRST, extension_id: str = "01001"
) -> RawAnswer:
    """Make a call and return the answer as it was sent."""
    reader, writer = await opened(simulator, request(method, extension_id, "close"))
    async with asyncio.timeout(20):
        received = await reader.read()
    writer.close()
    head, _, body = received.partition(b"\r\n\r\n")
    if not head:
        return RawAnswer()
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return RawAnswer(int(first.split()[1]), headers, body)
