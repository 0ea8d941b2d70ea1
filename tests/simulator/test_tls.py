"""The simulator over TLS, with a certificate that is trusted, and one that is not."""

import asyncio
from collections.abc import AsyncIterator
import ssl

import aiohttp
import pytest

from simulator import Simulator
from tests.simulator.sockets import CALL


@pytest.fixture
async def secure() -> AsyncIterator[Simulator]:
    async with Simulator(tls=True) as running:
        yield running


@pytest.fixture
async def trusting(secure: Simulator) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a session that trusts the simulator's own certificate."""
    context = ssl.create_default_context(cadata=secure.certificate.decode())
    connector = aiohttp.TCPConnector(ssl=context, resolver=aiohttp.ThreadedResolver())
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


async def ask(session: aiohttp.ClientSession, simulator: Simulator) -> None:
    headers = {"Content-Type": "text/xml"}
    async with session.post(simulator.url, data=CALL, headers=headers) as response:
        assert b"<i4>1</i4>" in await response.read()


async def test_only_a_client_that_was_given_the_certificate_trusts_it(
    secure: Simulator, trusting: aiohttp.ClientSession, http: aiohttp.ClientSession
) -> None:
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await ask(http, secure)
    assert secure.requests == []
    await ask(trusting, secure)


@pytest.mark.parametrize("end", ["clear_faults", "restart"])
async def test_another_certificate_is_trusted_by_nobody_until_it_is_over(
    secure: Simulator, trusting: aiohttp.ClientSession, end: str
) -> None:
    await ask(trusting, secure)
    await secure.inject("untrusted_certificate")
    await asyncio.sleep(0.05)  # until the session knows that its connection was cut
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await ask(trusting, secure)
    await getattr(secure, end)()
    await ask(trusting, secure)


async def test_connections_end_over_tls_as_well(
    secure: Simulator, trusting: aiohttp.ClientSession
) -> None:
    await secure.inject("close_without_answer", count=2)
    with pytest.raises(aiohttp.ClientError):
        await ask(trusting, secure)
    await secure.clear_faults()
    await secure.inject("reset_on_reuse", count=1)
    await ask(trusting, secure)
    with pytest.raises(aiohttp.ClientError):
        await ask(trusting, secure)
    await ask(trusting, secure)
