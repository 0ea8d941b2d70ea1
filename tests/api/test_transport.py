"""Connections of servers and networks that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
import logging

import pytest

from custom_components.belfabriek.api import (
    CannotConnectError,
    FaultError,
    RequestTimeoutError,
    transport,
)

from .conftest import MakeClient

type Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]
"""Serves one connection, which has a number."""


def answer(reason: str, *, headers: bytes = b"", status: bytes = b"200 OK") -> bytes:
    """Return a response that says that an agent is not available."""
    body = (
        "<methodResponse><params><param><value><struct>"
        "<member><name>available</name><value><i4>0</i4></value></member>"
        f"<member><name>availReason</name><value>{reason}</value></member>"
        "</struct></value></param></params></methodResponse>"
    ).encode()
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, headers, len(body), body)


async def request_of(reader: asyncio.StreamReader) -> str:
    """Read one request and return the extension that it asks for."""
    request = await reader.readuntil(b"</methodCall>\n")
    return request.decode().split("<name>extensionId</name><value><string>")[1].split("<")[0]


@asynccontextmanager
async def serve(speak: Speak) -> AsyncIterator[str]:
    """Serve connections, and return the address."""
    connections = 0

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        try:
            await speak(reader, writer, connections)
        except asyncio.IncompleteReadError, ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        server.close_clients()


@pytest.mark.parametrize("pause", [None, 0.05])
@pytest.mark.parametrize(
    "extra",
    [answer("-"), answer("-")[:60], answer("-")[:-20], b"\r\n", b"garbage"],
    ids=["whole", "half a header", "half a body", "line end", "garbage"],
)
async def test_bytes_that_nobody_asked_for_are_never_another_extensions_answer(
    make_client: MakeClient, extra: bytes, pause: float | None
) -> None:
    async def speak(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            extension_id = await request_of(reader)
            writer.write(answer(f"I am {extension_id[0]}"))
            if pause is not None:
                await writer.drain()
                await asyncio.sleep(pause)
            writer.write(extra)
            await writer.drain()

    async with serve(speak) as url:
        client = make_client(url=url)
        for extension_id in ("a0", "b0", "c0", "d0"):
            # Garbage in one packet with an answer makes that answer unusable, and no other.
            with suppress(CannotConnectError):
                read = await client.get_agent_availability(extension_id)
                assert read.reason == f"I am {extension_id[0]}"
            await asyncio.sleep((pause or 0) * 2)


async def test_an_answer_that_is_too_late_is_never_another_extensions(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 1.0)

    async def speak(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            extension_id = await request_of(reader)
            if extension_id == "a0":
                await asyncio.sleep(1.1)
            writer.write(answer(f"I am {extension_id[0]}"))
            await writer.drain()

    async with serve(speak) as url:
        client = make_client(url=url)
        assert (await client.get_agent_availability("b0")).reason == "I am b"
        with pytest.raises(RequestTimeoutError):
            await client.get_agent_availability("a0")
        for _ in range(5):
            assert (await client.get_agent_availability("b0")).reason == "I am b"
            await asyncio.sleep(0.05)


async def test_kept_connections_that_are_silently_dead_fail_no_request(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 1.0)
    together = asyncio.Barrier(8)

    async def speak(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            await request_of(reader)
            if number <= 8:
                await together.wait()
            writer.write(answer("pause"))
            await writer.drain()
            if number <= 8:
                # The network path has changed: no data arrives any more.
                await reader.read()
                return

    async with serve(speak) as url:
        client = make_client(url=url)
        for _ in range(2):
            reads = await asyncio.gather(
                *(client.get_agent_availability(f"{number}0") for number in range(8))
            )
            assert [read.reason for read in reads] == ["pause"] * 8


async def test_a_server_that_keeps_silent_is_asked_on_a_new_connection_and_only_once(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 0.5)
    asked: list[str] = []

    async def speak(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            asked.append(await request_of(reader))
            if asked[-1] != "a0":
                writer.write(answer("pause"))
                await writer.drain()

    async with serve(speak) as url:
        client = make_client(url=url)
        with pytest.raises(RequestTimeoutError):
            await client.get_agent_availability("a0")
        await client.get_agent_availability("b0")
        with pytest.raises(RequestTimeoutError):
            await client.get_agent_availability("a0")
    assert asked == ["a0", "b0", "a0"]


@pytest.mark.parametrize(
    "headers",
    [b"X-Long: " + b"x" * 9000 + b"\r\n", b"Content-Encoding: utf-8\r\n"],
    ids=["9,000 characters", "a charset as the encoding"],
)
async def test_headers_that_are_odd_do_not_matter(make_client: MakeClient, headers: bytes) -> None:
    async def speak(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        await request_of(reader)
        writer.write(answer("pause", headers=headers))
        await writer.drain()

    async with serve(speak) as url:
        assert (await make_client(url=url).get_agent_availability("a0")).reason == "pause"


@pytest.mark.parametrize("status", [b"500 Oh", b"404 No", b"503 Busy", b"400 Bad"])
async def test_a_fault_survives_any_status(make_client: MakeClient, status: bytes) -> None:
    async def speak(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        await request_of(reader)
        body = b"<methodResponse><fault><value>No such desk</value></fault></methodResponse>"
        writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))
        await writer.drain()

    async with serve(speak) as url:
        with pytest.raises(FaultError, match="No such desk"):
            await make_client(url=url).get_agent_availability("a0")


async def test_the_debug_log_shows_the_answer_without_credentials(
    make_client: MakeClient, caplog: pytest.LogCaptureFixture
) -> None:
    async def speak(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        await request_of(reader)
        writer.write(answer("lunch 12345 31201234567"))
        await writer.drain()

    async with serve(speak) as url:
        client = make_client(url=url)
        client.set_labels({"01001": "Reception"})
        with caplog.at_level(logging.INFO, "custom_components.belfabriek"):
            await client.get_agent_availability("01001")
        assert "ivr" not in caplog.text
        with caplog.at_level(logging.DEBUG, "custom_components.belfabriek"):
            await client.get_agent_availability("01001")
    (message,) = (record.message for record in caplog.records if "ivr" in record.message)
    assert message.startswith("ivr.getAgentAvail for Reception: HTTP status 200")
    assert "lunch *** 31201234567" in message
