"""Faults of the connection and of time."""

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from simulator import FaultKind, FaultRule, Simulator
from tests.simulator.sockets import CALL, REQUEST, until

if TYPE_CHECKING:
    from tests.simulator.conftest import Post, Raw


async def kept_alive(
    simulator: Simulator,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Make a call, read its answer whole, and return the connection, still open."""
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    writer.write(REQUEST)
    answer = await reader.readuntil(b"</methodResponse>")
    assert b"<i4>1</i4>" in answer
    assert b"connection: close" not in answer.lower()
    return reader, writer


async def test_refused_connections_are_refused_and_cut(simulator: Simulator) -> None:
    reader, writer = await kept_alive(simulator)
    await simulator.inject(FaultRule(FaultKind.REFUSE_CONNECTIONS))
    assert await reader.read() == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", simulator.port)
    await simulator.clear_faults()
    _, writer = await kept_alive(simulator)
    writer.close()


async def test_nobody_else_gets_the_port_while_connections_are_refused(
    simulator: Simulator,
) -> None:
    await simulator.inject(FaultRule(FaultKind.REFUSE_CONNECTIONS))
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", simulator.port))


async def test_refusal_ends_by_itself_when_told_so(simulator: Simulator) -> None:
    await simulator.inject(FaultRule(FaultKind.REFUSE_CONNECTIONS, seconds=0.2))
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", simulator.port)
    await until(lambda: not simulator.active_faults)
    _, writer = await kept_alive(simulator)
    writer.close()


async def test_a_later_refusal_outlasts_an_earlier_one(simulator: Simulator) -> None:
    await simulator.inject(FaultRule(FaultKind.REFUSE_CONNECTIONS, seconds=0.05))
    await simulator.inject(FaultRule(FaultKind.REFUSE_CONNECTIONS))
    await asyncio.sleep(0.2)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", simulator.port)


async def test_a_restart_ends_a_refusal(simulator: Simulator) -> None:
    await simulator.inject(FaultRule(FaultKind.REFUSE_CONNECTIONS))
    await simulator.restart()
    assert simulator.active_faults == []
    _, writer = await kept_alive(simulator)
    writer.close()


async def test_what_is_stopped_cannot_refuse() -> None:
    with pytest.raises(RuntimeError, match="stopped"):
        await Simulator().inject(FaultRule(FaultKind.REFUSE_CONNECTIONS))


async def test_closed_without_an_answer(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.CLOSE_WITHOUT_ANSWER))
    answer = await raw(simulator)
    assert (answer.status, answer.body, answer.was_reset) == (0, b"", False)
    assert simulator.requests[-1].injected is FaultKind.CLOSE_WITHOUT_ANSWER
    assert simulator.requests[-1].state is None


async def test_closed_after_half_of_the_body(simulator: Simulator, raw: Raw) -> None:
    whole = (await raw(simulator)).body
    await simulator.inject(FaultRule(FaultKind.CLOSE_AFTER_HALF_BODY))
    answer = await raw(simulator)
    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) == len(whole)
    assert answer.body == whole[: len(whole) // 2]
    assert simulator.requests[-1].state is None


async def test_an_idle_connection_is_closed_after_a_whole_answer(simulator: Simulator) -> None:
    await simulator.inject(FaultRule(FaultKind.CLOSE_IDLE))
    reader, writer = await kept_alive(simulator)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()
    assert simulator.requests[-1].state is simulator.extension("01001").state


async def test_a_connection_that_is_not_idle_is_not_closed(simulator: Simulator) -> None:
    await simulator.inject(FaultRule(FaultKind.CLOSE_IDLE, count=1, seconds=0.1))
    await simulator.inject(FaultRule(FaultKind.DELAY, seconds=0.3))
    reader, writer = await kept_alive(simulator)
    writer.write(REQUEST)
    assert b"<i4>1</i4>" in await reader.readuntil(b"</methodResponse>")
    writer.close()


async def test_a_kept_connection_is_reset_by_its_next_request(simulator: Simulator) -> None:
    await simulator.inject(FaultRule(FaultKind.RESET_ON_REUSE, count=1))
    reader, writer = await kept_alive(simulator)
    await asyncio.sleep(0.1)
    assert not reader.at_eof()
    writer.write(REQUEST)
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    first, second = simulator.requests
    assert first.connection == second.connection
    assert first.state is not None
    assert (second.state, second.injected) == (None, FaultKind.RESET_ON_REUSE)
    _, writer = await kept_alive(simulator)
    writer.close()


async def test_a_delayed_answer_is_what_is_true_when_it_is_sent(
    simulator: Simulator, raw: Raw
) -> None:
    loop = asyncio.get_running_loop()
    await simulator.inject(FaultRule(FaultKind.DELAY, seconds=0.3))
    before = loop.time()
    waiting = asyncio.ensure_future(raw(simulator))
    await until(lambda: bool(simulator.requests))
    simulator.extension("01001").reason = "changed meanwhile"
    answer = await waiting
    assert loop.time() - before >= 0.29
    assert b"changed meanwhile" in answer.body
    assert simulator.requests[-1].state is simulator.extension("01001").state


async def test_bytes_drip_one_at_a_time(simulator: Simulator) -> None:
    await simulator.inject(FaultRule(FaultKind.DRIP, seconds=0.001))
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    writer.write(REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    assert b"Content-Length: " in head
    blocks: list[bytes] = []
    while not (b"".join(blocks)).endswith(b"</methodResponse>"):
        blocks.append(await reader.read(1 << 16))
    writer.close()
    assert b"<i4>1</i4>" in b"".join(blocks)
    # A late reader may find a few bytes waiting for it.
    assert len(blocks) > len(b"".join(blocks)) / 3


async def test_a_client_that_gives_up_was_told_nothing(simulator: Simulator) -> None:
    await simulator.inject(FaultRule(FaultKind.DRIP, seconds=0.01))
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    writer.write(REQUEST)
    await reader.readuntil(b"<methodResponse>")
    writer.close()
    await until(lambda: not simulator.open_connections)
    assert simulator.requests[-1].state is None


@pytest.mark.parametrize(
    "kind", [kind for kind in FaultKind if kind is not FaultKind.UNTRUSTED_CERTIFICATE]
)
async def test_stop_is_quick_whatever_is_under_way(kind: FaultKind) -> None:
    simulator = Simulator()
    await simulator.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    await simulator.inject(FaultRule(kind))
    writer.write(REQUEST)
    # The client reads nothing from here on, so that what is huge gets stuck half-way.
    if kind is not FaultKind.REFUSE_CONNECTIONS:
        await until(lambda: bool(simulator.requests))
    await asyncio.sleep(0.02)
    async with asyncio.timeout(30):
        await simulator.stop()
    assert simulator.open_connections == 0
    writer.close()
    assert reader is not None


async def test_idle_timers_do_not_outlive_the_server(simulator: Simulator, post: Post) -> None:
    await simulator.inject(FaultRule(FaultKind.CLOSE_IDLE, seconds=3600))
    await post(simulator, CALL)
    # The harness fails a test that leaves a timer behind.
