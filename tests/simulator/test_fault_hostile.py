"""Answers that mean to hurt: what is on the wire, and that the simulator survives sending it."""

import asyncio
import gzip
import re
import socket
import threading
import tracemalloc
from typing import TYPE_CHECKING
import zlib

import pytest

from simulator import FaultKind, FaultRule, Simulator
from tests.simulator.sockets import LAST_REQUEST

if TYPE_CHECKING:
    from tests.simulator.conftest import Raw

CLIENT_LIMIT = 64 * 1024
ENOUGH = 64 << 20  # bytes
"""What the client reads at most: what is meant for its XML reader must not exceed that."""


def entities(body: bytes) -> dict[str, str]:
    """Return the general entities that a document declares, by name."""
    return dict(re.findall(r'<!ENTITY (\w+) "([^"]*)">', body.decode()))


def expanded_length(name: str, declared: dict[str, str]) -> int:
    """Return how long an entity gets, without expanding it."""
    text = declared[name]
    inner = re.findall(r"&(\w+);", text)
    return len(re.sub(r"&\w+;", "", text)) + sum(
        expanded_length(n, declared) for n in inner[:1]
    ) * len(inner)


async def test_a_doctype_that_declares_nothing(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.DOCTYPE))
    body = (await raw(simulator)).body
    assert body.startswith(b"<!DOCTYPE methodResponse>\n\n<methodResponse>")
    assert b"<i4>1</i4>" in body


async def test_entities_that_grow_exponentially(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.DOCTYPE_EXPONENTIAL))
    body = (await raw(simulator)).body
    assert len(body) < 2000
    assert b"<string>&e9;</string>" in body
    assert expanded_length("e9", entities(body)) == 2 * 10**9


async def test_an_entity_that_grows_quadratically(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.DOCTYPE_QUADRATIC))
    body = (await raw(simulator)).body
    assert len(body) < CLIENT_LIMIT
    assert body.count(b"&long;") * len(entities(body)["long"]) == 100_000_000


async def test_entities_from_elsewhere_point_into_the_trap(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.DOCTYPE_EXTERNAL))
    body = (await raw(simulator)).body.decode()
    assert "<string>&elsewhere;</string>" in body
    addresses = re.findall(r'SYSTEM "([^"]+)"', body)
    assert addresses == [
        f"{simulator.base_url}/trap/{name}" for name in ("dtd", "parameter-entity", "entity")
    ]


async def test_twenty_thousand_lists_in_lists(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.NESTING))
    body = (await raw(simulator)).body
    assert body.count(b"<value><array><data>") == body.count(b"</data></array></value>") == 20_000


async def test_twenty_thousand_tags_that_fit_into_what_a_client_reads(
    simulator: Simulator, raw: Raw
) -> None:
    await simulator.inject(FaultRule(FaultKind.NESTING_UNCLOSED))
    body = (await raw(simulator)).body
    assert len(body) < CLIENT_LIMIT
    assert body == b"<methodResponse>" + b"<a>" * 20_000


async def test_nesting_can_be_as_deep_as_wanted(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.NESTING, size=3))
    assert (await raw(simulator)).body.count(b"<array>") == 3


@pytest.mark.parametrize("kind", [FaultKind.HUGE_BODY, FaultKind.HUGE_BODY_DECLARED])
async def test_two_hundred_megabytes_are_sent_and_never_held(
    simulator: Simulator, kind: FaultKind
) -> None:
    await simulator.inject(FaultRule(kind))
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    tracemalloc.start()
    try:
        writer.write(LAST_REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        tail = b""
        async with asyncio.timeout(60):
            while block := await reader.read(1 << 20):
                length += len(block)
                tail = (tail + block)[-200:]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        writer.close()
    assert length > 200_000_000
    assert b"</methodResponse>" in tail
    declared = re.search(rb"Content-Length: (\d+)", head)
    if kind is FaultKind.HUGE_BODY_DECLARED:
        assert declared is not None
        assert int(declared[1]) == length
    else:
        assert declared is None
        assert b"Transfer-Encoding: chunked" in head
    assert peak < 20_000_000


async def test_a_huge_body_ends_with_its_client(simulator: Simulator) -> None:
    await simulator.inject(FaultRule(FaultKind.HUGE_BODY))
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    writer.write(LAST_REQUEST)
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()
    async with asyncio.timeout(5):
        while simulator.open_connections:  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


def dechunked(body: bytes) -> bytes:
    """Return a chunked body without its chunks' lengths."""
    whole = bytearray()
    while body:
        length, _, body = body.partition(b"\r\n")
        size = int(length, 16)
        whole += body[:size]
        body = body[size + 2 :]
    return bytes(whole)


async def test_a_gzip_bomb_is_small_and_becomes_huge(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.GZIP_BOMB))
    answer = await raw(simulator)
    assert answer.headers["Content-Encoding"] == "gzip"
    compressed = dechunked(answer.body)
    assert len(compressed) < 500_000
    decompressor = zlib.decompressobj(wbits=31)
    length, rest = 0, compressed
    while rest:
        length += len(decompressor.decompress(rest, 1 << 20))
        rest = decompressor.unconsumed_tail
    assert decompressor.eof
    assert length > 200_000_000


async def test_a_gzip_bomb_is_an_honest_answer_inside(simulator: Simulator, raw: Raw) -> None:
    honest = (await raw(simulator)).body
    await simulator.inject(FaultRule(FaultKind.GZIP_BOMB, size=3_000_000))
    answer = await raw(simulator)
    inside = gzip.decompress(dechunked(answer.body))
    assert len(inside) == 3_000_000 + len(honest)
    assert inside.replace(b" ", b"") == honest.replace(b" ", b"")


async def test_stop_lets_go_of_a_client_that_does_not_read(simulator: Simulator) -> None:
    await simulator.inject(FaultRule(FaultKind.HUGE_BODY))
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    writer.write(LAST_REQUEST)
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.sleep(0.1)
    await simulator.stop()
    async with asyncio.timeout(5):
        while not writer.transport.is_closing():
            writer.write(b"x")  # fails as soon as nobody is at the other end
            await asyncio.sleep(0.01)


async def test_a_client_that_reads_fast_does_not_hold_up_the_others(
    simulator: Simulator,
) -> None:
    await simulator.inject(FaultRule(FaultKind.HUGE_BODY, size=10**12))
    ended = threading.Event()
    received = 0

    def drain() -> None:
        nonlocal received
        buffer = bytearray(1 << 22)
        with socket.create_connection(("127.0.0.1", simulator.port), timeout=5) as client:
            client.sendall(LAST_REQUEST)
            while not ended.is_set():
                received += client.recv_into(buffer)

    draining = asyncio.create_task(asyncio.to_thread(drain))
    most = before = 0
    while before < ENOUGH:
        await asyncio.sleep(0)
        most, before = max(most, received - before), received
    ended.set()
    await draining
    # One block, and what the operating system holds back for a while.
    assert most < ENOUGH / 4


async def test_others_are_served_while_a_huge_body_is_sent(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.HUGE_BODY, extension_id="01001", size=10**12))
    reader, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
    writer.write(LAST_REQUEST)

    async def drain() -> None:
        while await reader.read(1 << 20):
            pass

    draining = asyncio.create_task(drain())
    answer = await raw(simulator, "ivr.getAgentAvail", "01002")
    assert not draining.done()
    assert answer.status == 200
    draining.cancel()
    writer.transport.abort()
