"""A simulator on loopback, and ways to ask it that know nothing of the client under test."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from xmlrpc.client import dumps, loads

import aiohttp
import pytest

from simulator import Simulator

type Post = Callable[[Simulator, bytes], Awaitable[bytes]]
type Raw = Callable[..., Awaitable[RawAnswer]]
type Ask = Callable[[Simulator, str, Mapping[str, str]], Awaitable[dict[str, object]]]


@dataclass(frozen=True)
class RawAnswer:
    """What came over a connection of its own, up to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    was_reset: bool


@pytest.fixture(autouse=True)
def _loopback(socket_enabled: None) -> None:
    """Home Assistant's test harness forbids sockets unless asked."""


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Return a simulator in which nothing moves by itself."""
    async with Simulator() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    # The default resolver may start a thread, which the harness takes for a leak.
    connector = aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver())
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        yield session


@pytest.fixture
def post(http: aiohttp.ClientSession) -> Post:
    """Return a function that posts a body as a call and returns the answer's bytes."""

    async def function(simulator: Simulator, body: bytes) -> bytes:
        headers = {"Content-Type": "text/xml"}
        async with http.post(simulator.url, data=body, headers=headers) as response:
            assert response.status == 200
            return await response.read()

    return function


@pytest.fixture
def ask(post: Post) -> Ask:
    """Return a function that makes a call and reads the answer, both with Python's own library.

    A fault comes out as `xmlrpc.client.Fault`.
    """

    async def function(
        simulator: Simulator, method: str, params: Mapping[str, str]
    ) -> dict[str, object]:
        body = dumps((dict(params),), method).encode()
        (answer,), _ = loads(await post(simulator, body))
        assert isinstance(answer, dict)
        return answer

    return function


@pytest.fixture
def availability_params() -> dict[str, str]:
    """Return what ivr.getAgentAvail must be sent, named as in the document's sample."""
    return {"accountCode": "12345", "extensionId": "01001"}


@pytest.fixture
def status_params() -> dict[str, str]:
    """Return what general.getExtensionStatus must be sent, named as in the document's sample."""
    return {"supId": "1", "manId": "2", "accountCode": "67890", "extensionId": "01001"}


@pytest.fixture
def raw(availability_params: Mapping[str, str], status_params: Mapping[str, str]) -> Raw:
    """Return a function that makes one of the calls and returns what came over the wire.

    The status is 0 if nothing came. The body is as it was sent, chunked or compressed.
    """

    async def function(
        simulator: Simulator, method: str = "ivr.getAgentAvail", extension_id: str = "01001"
    ) -> RawAnswer:
        params = availability_params if method == "ivr.getAgentAvail" else status_params
        call = dumps(({**params, "extensionId": extension_id},), method).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
        writer.write(
            b"POST /xml/agent/xml.asp HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\n"
            b"Content-Type: text/xml\r\nContent-Length: %d\r\n\r\n%b" % (len(call), call)
        )
        received, was_reset = bytearray(), False
        try:
            async with asyncio.timeout(20):
                while block := await reader.read(1 << 16):
                    received += block
        except ConnectionResetError:
            was_reset = True
        writer.close()
        head, _, body = bytes(received).partition(b"\r\n\r\n")
        if not head:
            return RawAnswer(0, {}, b"", was_reset)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        return RawAnswer(int(first.split()[1]), headers, body, was_reset)

    return function
