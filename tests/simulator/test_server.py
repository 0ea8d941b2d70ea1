"""Starting, stopping, connections and TLS."""

from datetime import UTC, datetime
import ssl

import aiohttp
import pytest

from simulator import Simulator
from tests.certificates import Certificate
from tests.helpers import until

from .conftest import Ask, opened, raw


async def test_record_says_when_where_and_what_was_answered(simulator: Simulator, ask: Ask) -> None:
    before = datetime.now(UTC)
    for _ in range(2):
        await ask(simulator)
    told = simulator.extension("01001").state
    await raw(simulator)
    simulator.extension("01001").available = False
    first, second, other = simulator.requests
    assert first.connection == second.connection != other.connection
    assert first.state is told
    assert before <= first.time <= datetime.now(UTC)


async def test_requests_in_flight_are_counted(simulator: Simulator) -> None:
    simulator.delay = 3600
    writers = [(await opened(simulator))[1] for _ in range(3)]
    await until(lambda: simulator.in_flight == 3)
    for writer in writers:
        writer.close()
    await until(lambda: simulator.in_flight == 0)
    assert simulator.peak_in_flight == 3


async def test_restart_keeps_port_and_agents(simulator: Simulator, ask: Ask) -> None:
    port = simulator.port
    simulator.extension("01001").reason = "kept"
    await ask(simulator)
    await simulator.stop()
    with pytest.raises(ConnectionRefusedError):
        await opened(simulator)
    await simulator.start()
    assert simulator.port == port
    assert (await ask(simulator))["availReason"] == "kept"


async def test_only_a_client_with_the_certificate_trusts_it(
    http: aiohttp.ClientSession,
) -> None:
    certificate = Certificate.make()
    trusted = ssl.create_default_context(cadata=certificate.certificate.decode())
    async with Simulator(ssl_context=certificate.server_context()) as simulator:
        async with http.get(f"{simulator.base_url}/control/extensions", ssl=trusted) as response:
            assert response.status == 200
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await http.get(f"{simulator.base_url}/control/extensions")
