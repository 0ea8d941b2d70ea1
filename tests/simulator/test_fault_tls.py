"""The simulator over TLS, with a certificate that is trusted, and one that is not."""

import asyncio
from collections.abc import AsyncIterator
import ssl
from xmlrpc.client import dumps, loads

import aiohttp
import pytest

from simulator import FaultKind, FaultRule, Simulator

CALL = dumps(({"accountCode": "12345", "extensionId": "01001"},), "ivr.getAgentAvail").encode()


@pytest.fixture
async def secure() -> AsyncIterator[Simulator]:
    async with Simulator(tls=True) as running:
        yield running


def trusting(simulator: Simulator) -> aiohttp.ClientSession:
    """Return a session that trusts the simulator's own certificate, and checks it strictly."""
    context = ssl.create_default_context(cadata=simulator.certificate.decode())
    connector = aiohttp.TCPConnector(ssl=context, resolver=aiohttp.ThreadedResolver())
    return aiohttp.ClientSession(connector=connector)


async def ask(session: aiohttp.ClientSession, simulator: Simulator) -> dict[str, object]:
    headers = {"Content-Type": "text/xml"}
    async with session.post(simulator.url, data=CALL, headers=headers) as response:
        (answer,), _ = loads(await response.read())
        assert isinstance(answer, dict)
        return answer


async def test_who_was_given_the_certificate_is_answered(secure: Simulator) -> None:
    assert secure.url.startswith("https://127.0.0.1:")
    async with trusting(secure) as session:
        assert (await ask(session, secure))["available"] == 1


async def test_who_was_not_trusts_nobody(secure: Simulator, http: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await ask(http, secure)
    assert secure.requests == []


async def test_a_stranger_is_not_trusted_by_anybody_until_it_is_over(secure: Simulator) -> None:
    async with trusting(secure) as session:
        await ask(session, secure)
        await secure.inject(FaultRule(FaultKind.UNTRUSTED_CERTIFICATE))
        await asyncio.sleep(0.05)  # until the session knows that its connection was cut
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await ask(session, secure)
        await secure.clear_faults()
        await ask(session, secure)
    assert len(secure.requests) == 2


async def test_a_restart_brings_the_own_certificate_back(secure: Simulator) -> None:
    await secure.inject(FaultRule(FaultKind.UNTRUSTED_CERTIFICATE))
    await secure.restart()
    async with trusting(secure) as session:
        await ask(session, secure)


async def test_connections_end_over_tls_as_well(secure: Simulator) -> None:
    async with trusting(secure) as session:
        await secure.inject(FaultRule(FaultKind.CLOSE_WITHOUT_ANSWER, count=2))
        with pytest.raises(aiohttp.ClientError):
            await ask(session, secure)
        await secure.clear_faults()
        await secure.inject(FaultRule(FaultKind.RESET_ON_REUSE, count=1))
        await ask(session, secure)
        with pytest.raises(aiohttp.ClientError):
            await ask(session, secure)
        await ask(session, secure)


async def test_plain_http_has_no_certificate(simulator: Simulator) -> None:
    assert simulator.certificate == b""
