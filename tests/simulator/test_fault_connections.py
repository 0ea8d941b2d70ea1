"""Faults of the connection and of time."""

import asyncio
from collections.abc import AsyncIterator
import logging
import time
import tracemalloc

import pytest

from simulator import Simulator
from tests.helpers import until

from .conftest import CALL, Post, Stream, opened, raw, request


async def answered(reader: asyncio.StreamReader) -> None:
    """Read one answer, after which the connection is kept."""
    answer = await reader.readuntil(b"</methodResponse>")
    assert b"<i4>1</i4>" in answer
    assert b"connection: close" not in answer.lower()


@pytest.fixture
async def kept(simulator: Simulator) -> AsyncIterator[Stream]:
    """Return a connection on which a call was answered."""
    reader, writer = await opened(simulator)
    await answered(reader)
    yield reader, writer
    writer.close()


@pytest.mark.parametrize("end", ["clear_faults", "restart"])
async def test_connections_are_refused_and_cut(
    simulator: Simulator, kept: Stream, post: Post, end: str
) -> None:
    await simulator.inject("refuse_connections")
    assert await kept[0].read() == b""
    with pytest.raises(ConnectionRefusedError):
        await opened(simulator)
    await getattr(simulator, end)()
    assert simulator.active_faults == []
    await post(simulator, CALL)


async def test_a_refusal_ends_by_itself_when_told_so(simulator: Simulator, post: Post) -> None:
    await simulator.inject("refuse_connections", seconds=0.05)
    await until(lambda: not simulator.active_faults)
    await post(simulator, CALL)


async def test_closed_without_an_answer_or_after_half_of_it(simulator: Simulator) -> None:
    whole = (await raw(simulator)).body
    await simulator.inject("close_without_answer", extension_id="01002")
    assert (await raw(simulator, extension_id="01002")).status == 0
    await simulator.inject("close_after_half_body")
    answer = await raw(simulator)
    assert int(answer.headers["Content-Length"]) == len(whole)
    assert answer.body == whole[: len(whole) // 2]


async def test_a_connection_is_closed_only_while_it_is_idle(simulator: Simulator) -> None:
    await simulator.inject("close_idle", seconds=3600.0)
    reader, writer = await opened(simulator)
    await answered(reader)
    simulator.delay = 0.1
    writer.write(request())
    await until(lambda: len(simulator.requests) == 2)
    simulator.expire_idle_connections()
    await answered(reader)
    simulator.expire_idle_connections()
    async with asyncio.timeout(20):
        assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize(
    ("name", "seconds", "expected"),
    [("reset_on_reuse", 20, ConnectionResetError), ("silent_on_reuse", 0.05, TimeoutError)],
)
async def test_a_kept_connection_is_dead_and_a_new_one_is_not(
    simulator: Simulator, post: Post, name: str, seconds: float, expected: type[Exception]
) -> None:
    await simulator.inject(name)
    reader, writer = await opened(simulator)
    await answered(reader)
    writer.write(request())
    await until(lambda: len(simulator.requests) == 2)
    with pytest.raises(expected):
        async with asyncio.timeout(seconds):
            await reader.read(1)
    first, second = simulator.requests
    assert (second.connection, second.state, second.injected) == (first.connection, None, name)
    await post(simulator, CALL)
    writer.close()


@pytest.mark.parametrize(
    ("name", "parameters", "behind"),
    [
        ("answer_twice", {}, rb"HTTP/1.1 200 OK"),
        ("bytes_behind", {"body": b"\r\n?"}, b"\r\n?"),
    ],
)
async def test_bytes_follow_the_answer(
    simulator: Simulator, name: str, parameters: dict[str, bytes], behind: bytes
) -> None:
    await simulator.inject(name, **parameters)  # type: ignore[arg-type] # each has its own
    reader, writer = await opened(simulator)
    await answered(reader)
    assert await reader.readexactly(len(behind)) == behind
    if name == "answer_twice":
        await answered(reader)
    writer.close()


async def test_a_delayed_answer_is_late(simulator: Simulator, post: Post) -> None:
    loop = asyncio.get_running_loop()
    await simulator.inject("delay", seconds=0.1)
    simulator.delay = 0.1
    before = loop.time()
    await post(simulator, CALL)
    assert loop.time() - before >= 0.19


@pytest.mark.parametrize(("code", "size"), [(100, 0), (103, 2000)])
async def test_interim_answers_come_before_the_answer(
    simulator: Simulator, code: int, size: int
) -> None:
    await simulator.inject("interim", seconds=0.1, code=code, size=size)
    reader, writer = await opened(simulator, request(connection="close"))
    interim, _, answer = (await reader.read()).partition(b"HTTP/1.1 200 OK\r\n")
    heads = interim.split(b"\r\n\r\n")[:-1]
    assert len(heads) > 100
    assert {head[:12] for head in heads} == {b"HTTP/1.1 %d" % code}
    assert len(heads[0]) > size
    assert b"<i4>1</i4>" in answer
    writer.close()


async def test_bytes_drip_one_at_a_time(simulator: Simulator) -> None:
    await simulator.inject("drip", seconds=0.001)
    reader, writer = await opened(simulator)
    await reader.readuntil(b"\r\n\r\n")
    blocks: list[bytes] = []
    while not b"".join(blocks).endswith(b"</methodResponse>"):
        blocks.append(await reader.read(1 << 16))
    writer.close()
    # A late reader may find buffered bytes.
    assert len(blocks) > 10


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("drip", {}), ("interim", {}), ("huge_body", {"size": 10**12}), ("delay", {})],
)
async def test_a_client_that_gives_up_was_told_nothing_and_leaves_no_traceback(
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
    name: str,
    parameters: dict[str, int],
) -> None:
    await simulator.inject(name, **parameters)  # type: ignore[arg-type] # each has its own
    reader, writer = await opened(simulator)
    if name == "delay":
        await until(lambda: bool(simulator.requests))
    else:
        await reader.readuntil(b"Interim" if name == "interim" else b"<m")
    writer.close()
    await until(lambda: not simulator.open_connections)
    assert simulator.requests[-1].state is None
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_connection_that_ends_just_before_its_answer_leaves_no_traceback(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.delay = 0.2
    _, writer = await opened(simulator)
    await until(lambda: bool(simulator.requests))
    # The answer is due in the same round of the event loop, after this.
    loop = asyncio.get_running_loop()
    loop.call_later(0, loop.call_soon, simulator._connections.cut)
    time.sleep(0.3)  # noqa: ASYNC251 - so that both are due
    await until(lambda: not simulator.open_connections)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    writer.close()


async def test_a_huge_body_is_sent_and_never_held_and_others_are_served_meanwhile(
    simulator: Simulator,
) -> None:
    await simulator.inject("huge_body", extension_id="01001", size=50_000_000)
    reader, writer = await opened(simulator, request(connection="close"))
    tracemalloc.start()
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"Transfer-Encoding: chunked" in head
        assert (await raw(simulator, extension_id="01002")).status == 200
        length = 0
        while block := await reader.read(1 << 20):
            length += len(block)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        writer.close()
    assert length > 50_000_000
    assert peak < 10_000_000


@pytest.mark.parametrize(
    "name", ["delay", "drip", "interim", "silent_on_reuse", "huge_body", "gzip_bomb", "close_idle"]
)
async def test_stop_is_quick_whatever_is_under_way(name: str) -> None:
    simulator = Simulator()
    await simulator.start()
    reader, writer = await opened(simulator)
    await answered(reader)
    parameters = {"seconds": 3600.0} if name == "close_idle" else {}
    await simulator.inject(name, **parameters)  # type: ignore[arg-type] # each has its own
    writer.write(request() * 2)
    # The client stops reading here, so that a large body blocks.
    await until(lambda: len(simulator.requests) > 1)
    async with asyncio.timeout(30):
        await simulator.stop()
    assert simulator.open_connections == 0
    writer.close()
    # The harness fails a test that leaves a timer behind.
