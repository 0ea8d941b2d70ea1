"""Starting, stopping, connections and TLS."""

import asyncio
from datetime import UTC, datetime
import socket
import ssl

import aiohttp
import pytest

from simulator import Simulator
from tests.helpers import until

from .conftest import CALL, HEADERS, Ask, Post, opened


async def test_a_record_says_when_where_and_what_was_answered(
    simulator: Simulator, post: Post
) -> None:
    before = datetime.now(UTC)
    for _ in range(3):
        await post(simulator, CALL)
    told = simulator.extension("01001").state
    _, writer = await opened(simulator)
    await until(lambda: len(simulator.requests) == 4)
    simulator.extension("01001").available = False
    assert [record.connection for record in simulator.requests] == [1, 1, 1, 2]
    assert simulator.requests[0].state is told
    assert told.available is True
    assert before <= simulator.requests[0].time <= datetime.now(UTC)
    writer.close()


async def test_requests_under_way_at_once_are_counted() -> None:
    async with Simulator(delay=3600) as simulator:
        writers = [(await opened(simulator))[1] for _ in range(3)]
        await until(lambda: len(simulator.requests) == 3)
        assert simulator.peak_in_flight == 3
        for writer in writers:
            writer.close()


async def test_a_restart_keeps_port_and_scene_and_loses_connections(
    simulator: Simulator, ask: Ask
) -> None:
    port = simulator.port
    simulator.extension("01001").reason = "kept"
    await ask(simulator)
    await simulator.restart()
    assert simulator.port == port
    assert simulator.open_connections == 0
    assert (await ask(simulator))["availReason"] == "kept"
    assert [record.connection for record in simulator.requests] == [1, 2]
    await simulator.stop()
    with pytest.raises(ConnectionRefusedError):
        await opened(simulator)


async def test_a_taken_port_is_an_error_and_leaves_nothing_behind(simulator: Simulator) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        for port in (taken.getsockname()[1], simulator.port):
            other = Simulator(port=port)
            with pytest.raises(OSError, match="in use"):
                await other.start()
            assert other.open_connections == 0


async def test_the_address_can_be_another() -> None:
    async with Simulator(host="::1") as simulator:
        assert simulator.url == f"http://[::1]:{simulator.port}/xml/agent/xml.asp"


@pytest.mark.parametrize("end", ["clear_faults", "restart"])
async def test_only_a_client_that_was_given_the_certificate_trusts_it(
    http: aiohttp.ClientSession, end: str
) -> None:
    async def trusts(session: aiohttp.ClientSession) -> bool:
        try:
            async with session.post(simulator.url, data=CALL, headers=HEADERS) as response:
                return b"<i4>1</i4>" in await response.read()
        except aiohttp.ClientConnectorCertificateError:
            return False

    async with Simulator(tls=True) as simulator:
        context = ssl.create_default_context(cadata=simulator.certificate.decode())
        connector = aiohttp.TCPConnector(ssl=context, resolver=aiohttp.ThreadedResolver())
        async with aiohttp.ClientSession(connector=connector) as trusting:
            assert not await trusts(http)
            assert await trusts(trusting)
            await simulator.inject("untrusted_certificate")
            await asyncio.sleep(0.05)  # until the session knows that its connection was cut
            assert not await trusts(trusting)
            await getattr(simulator, end)()
            assert await trusts(trusting)
