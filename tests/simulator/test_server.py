"""Starting, stopping, connections and TLS."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
import socket
import ssl

import aiohttp
import pytest

from simulator import Simulator

from .conftest import CALL, HEADERS, Ask, Post, opened, until


async def test_connections_are_numbered_and_kept_alive(simulator: Simulator, post: Post) -> None:
    for _ in range(3):
        await post(simulator, CALL)
    _, writer = await opened(simulator)
    await until(lambda: len(simulator.requests) == 4)
    assert [record.connection for record in simulator.requests] == [1, 1, 1, 2]
    assert simulator.open_connections == 2
    writer.close()


async def test_a_record_says_when_and_what_was_answered(simulator: Simulator, post: Post) -> None:
    before = datetime.now(UTC)
    await post(simulator, CALL)
    told = simulator.extension("01001").state
    simulator.extension("01001").available = False
    (record,) = simulator.requests
    assert before <= record.time <= datetime.now(UTC)
    assert record.state is told
    assert record.state.available is True


async def test_requests_under_way_at_once_are_counted(post: Post) -> None:
    async with Simulator(delay=0.1) as simulator:
        await asyncio.gather(*(post(simulator, CALL) for _ in range(3)))
        assert simulator.peak_in_flight == 3


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


class TestTls:
    @pytest.fixture
    async def secure(self) -> AsyncIterator[Simulator]:
        async with Simulator(tls=True) as running:
            yield running

    @pytest.fixture
    async def trusting(self, secure: Simulator) -> AsyncIterator[aiohttp.ClientSession]:
        """Return a session that trusts the simulator's own certificate."""
        context = ssl.create_default_context(cadata=secure.certificate.decode())
        connector = aiohttp.TCPConnector(ssl=context, resolver=aiohttp.ThreadedResolver())
        async with aiohttp.ClientSession(connector=connector) as session:
            yield session

    @staticmethod
    async def ask(session: aiohttp.ClientSession, simulator: Simulator) -> None:
        async with session.post(simulator.url, data=CALL, headers=HEADERS) as response:
            assert b"<i4>1</i4>" in await response.read()

    async def test_only_a_client_that_was_given_the_certificate_trusts_it(
        self, secure: Simulator, trusting: aiohttp.ClientSession, http: aiohttp.ClientSession
    ) -> None:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await self.ask(http, secure)
        assert secure.requests == []
        await self.ask(trusting, secure)

    @pytest.mark.parametrize("end", ["clear_faults", "restart"])
    async def test_another_certificate_is_trusted_by_nobody_until_it_is_over(
        self, secure: Simulator, trusting: aiohttp.ClientSession, end: str
    ) -> None:
        await self.ask(trusting, secure)
        await secure.inject("untrusted_certificate")
        await asyncio.sleep(0.05)  # until the session knows that its connection was cut
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await self.ask(trusting, secure)
        await getattr(secure, end)()
        await self.ask(trusting, secure)

    async def test_connections_end_as_well(
        self, secure: Simulator, trusting: aiohttp.ClientSession
    ) -> None:
        await secure.inject("close_without_answer")
        with pytest.raises(aiohttp.ClientError):
            await self.ask(trusting, secure)
        await secure.clear_faults()
        await secure.inject("reset_on_reuse")
        await self.ask(trusting, secure)
        with pytest.raises(aiohttp.ClientError):
            await self.ask(trusting, secure)
        await self.ask(trusting, secure)
