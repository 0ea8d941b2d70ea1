"""Starting, stopping, connections and time."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
import socket
from typing import TYPE_CHECKING

import aiohttp
import pytest

from simulator import Simulator
from tests.simulator.sockets import CALL, METHOD, REQUEST, until

if TYPE_CHECKING:
    from tests.simulator.conftest import Ask


async def post_raw(simulator: Simulator) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    writer.write(REQUEST)
    return reader, writer


async def test_connections_are_counted_and_kept_alive(
    simulator: Simulator, ask: Ask, availability_params: Mapping[str, str]
) -> None:
    for _ in range(3):
        await ask(simulator, METHOD, availability_params)
    assert [record.connection for record in simulator.requests] == [1, 1, 1]
    assert simulator.open_connections == 1
    _, writer = await post_raw(simulator)
    await until(lambda: len(simulator.requests) == 4)
    assert simulator.requests[-1].connection == 2
    assert simulator.peak_connections == 2
    writer.close()
    await writer.wait_closed()


async def test_a_record_says_when_and_what_was_answered(
    simulator: Simulator, ask: Ask, availability_params: Mapping[str, str]
) -> None:
    before = datetime.now(UTC)
    await ask(simulator, METHOD, availability_params)
    told = simulator.extension("01001").state
    simulator.extension("01001").available = False
    (record,) = simulator.requests
    assert before <= record.time <= datetime.now(UTC)
    assert record.state is told
    assert record.state.available is True


async def test_requests_under_way_at_once_are_counted(
    http: aiohttp.ClientSession,
) -> None:
    async with Simulator(delay=0.1) as simulator:

        async def once() -> None:
            headers = {"Content-Type": "text/xml"}
            async with http.post(simulator.url, data=CALL, headers=headers) as response:
                await response.read()

        await asyncio.gather(once(), once(), once())
        assert simulator.peak_in_flight == 3
        assert sorted(record.in_flight for record in simulator.requests) == [1, 2, 3]
        await once()
        assert simulator.requests[-1].in_flight == 1


async def test_every_answer_waits_for_the_delay(
    ask: Ask, availability_params: Mapping[str, str]
) -> None:
    loop = asyncio.get_running_loop()
    async with Simulator(delay=0.2) as simulator:
        before = loop.time()
        await ask(simulator, METHOD, availability_params)
        assert loop.time() - before >= 0.19


async def test_the_journal_is_bounded(ask: Ask, availability_params: Mapping[str, str]) -> None:
    async with Simulator(history=2) as simulator:
        for _ in range(3):
            await ask(simulator, METHOD, availability_params)
        assert [record.number for record in simulator.requests] == [2, 3]


async def test_a_restart_keeps_port_and_scene_and_loses_connections(
    simulator: Simulator, ask: Ask, availability_params: Mapping[str, str]
) -> None:
    port = simulator.port
    simulator.extension("01001").reason = "kept"
    await ask(simulator, METHOD, availability_params)
    await simulator.restart()
    assert simulator.port == port
    assert simulator.open_connections == 0
    answer = await ask(simulator, METHOD, availability_params)
    assert answer["availReason"] == "kept"
    assert [record.connection for record in simulator.requests] == [1, 2]


async def test_after_stop_nobody_answers(simulator: Simulator) -> None:
    await simulator.stop()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", simulator.port)


async def test_stop_does_not_wait_for_an_answer_under_way() -> None:
    simulator = Simulator(delay=3600)
    await simulator.start()
    _, writer = await post_raw(simulator)
    await until(lambda: bool(simulator.requests))
    async with asyncio.timeout(30):
        await simulator.stop()
    writer.close()


async def test_a_client_that_is_gone_takes_its_request_along() -> None:
    async with Simulator(delay=3600) as simulator:
        _, writer = await post_raw(simulator)
        await until(lambda: bool(simulator.requests))
        writer.close()
        await until(lambda: not simulator.open_connections)
        (record,) = simulator.requests
        assert record.state is None


async def test_a_taken_port_is_an_error_and_leaves_nothing_behind() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        simulator = Simulator(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            await simulator.start()
    assert simulator.open_connections == 0


async def test_a_port_is_not_shared_with_another_simulator(simulator: Simulator) -> None:
    with pytest.raises(OSError, match="in use"):
        await Simulator(port=simulator.port).start()
    await simulator.inject("refuse_connections")
    with pytest.raises(OSError, match="in use"):
        await Simulator(port=simulator.port).start()


async def test_a_start_that_fails_half_way_gives_the_port_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: object, **__: object) -> None:
        message = "no socket for you"
        raise OSError(message)

    simulator = Simulator()
    with monkeypatch.context() as patch:
        patch.setattr(asyncio.get_running_loop(), "create_server", fail)
        with pytest.raises(OSError, match="no socket for you"):
            await simulator.start()
    async with Simulator(port=simulator.port) as another:
        assert another.port == simulator.port


async def test_the_address_can_be_another() -> None:
    async with Simulator(host="::1") as simulator:
        assert simulator.url == f"http://[::1]:{simulator.port}/xml/agent/xml.asp"
