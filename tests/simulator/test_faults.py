"""What each fault sends, and which requests it hits."""

import asyncio
from collections.abc import Set as AbstractSet
from itertools import product
import logging
import re

import pytest

from simulator import FAULTS, Method, Simulator
from tests.helpers import until

from .conftest import FIRST, SECOND, opened, raw, request


@pytest.mark.parametrize(
    ("name", "parameters", "sent"),
    [
        ("close_without_answer", {}, rb"^$"),
        ("close_after_half", {}, rb"^HTTP/1.1 200 OK.*<methodResponse>(?!.*</methodResponse>)"),
        ("delay", {"seconds": 0.0}, rb"<i4>1</i4>"),
        ("drip", {"seconds": 0.0}, rb"<i4>1</i4>.*</methodResponse>$"),
        ("status", {"status": 599, "body": b"\x00\xff"}, rb"^HTTP/1.1 599.*\x00\xff$"),
        ("status_429", {"retry_after": "30"}, rb"^HTTP/1.1 429.*Retry-After: 30\r.*<html>"),
        ("status_503", {}, rb"^HTTP/1.1 503.*<html>"),
        ("status_500_html", {}, rb"^HTTP/1.1 500.*<html>"),
        ("status_200_html", {}, rb"^HTTP/1.1 200.*<html>"),
        ("redirect", {"location": "/other"}, rb"^HTTP/1.1 307.*Location: /other\r"),
        ("long_header", {}, rb"X-Long: x{9000}\r.*<i4>1</i4>"),
        ("content_encoding_charset", {}, rb"Content-Encoding: utf-8\r.*<i4>1</i4>"),
        ("body", {"body": b"\x00<"}, rb"\r\r\x00<$"),
        ("empty_body", {}, rb"Content-Length: 0\r"),
        ("truncated_xml", {}, rb"<methodResponse><par$"),
        ("fault_struct", {"code": -7, "text": "ë <3"}, rb"<i4>-7</i4>.*<string>&#235; &lt;3<"),
        ("status_500_fault", {}, rb"^HTTP/1.1 500.*<fault>.*<i4>500</i4>.*Internal error"),
        ("fault_quoting", {}, rb"Internal error \(accountCode=12345, extensionId=01001\)"),
        ("null_member", {}, rb"<i4>1</i4>.*<name>endpoint</name></member>"),
        ("extra_members", {}, rb"sales.*sales.*<i4>1</i4>.*skills.*<name></name><value/>"),
        ("bare_ampersand", {}, rb"<string>R & D</string>"),
        ("control_characters", {"text": "a\0"}, rb"availReason</name><value><base64>YQA=<"),
        ("windows_1252", {}, rb"<methodResponse>.*Zo\xeb\x92s caf\xe9"),
        ("bom", {}, rb"\r(\xef\xbb\xbf){3}\r\r<methodResponse>"),
    ],
)
async def test_fault_is_on_the_wire(
    simulator: Simulator, name: str, parameters: dict[str, object], sent: bytes
) -> None:
    await simulator.inject(name, **parameters)  # type: ignore[arg-type] # each has its own
    reader, writer = await opened(simulator, request(connection="close"))
    assert re.search(sent, (await reader.read()).replace(b"\n", b""), re.DOTALL)
    writer.close()


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("name", FAULTS)
async def test_journal_has_the_state_that_a_client_may_learn(
    simulator: Simulator, name: str, method: Method
) -> None:
    short = {"seconds": 0.0} if name in {"delay", "drip", "interim"} else {}
    await simulator.inject(name, **short)  # type: ignore[arg-type] # none has a method
    await raw(simulator, method)
    (record,) = simulator.requests
    assert record.injected == name
    assert (record.state is not None) is (FAULTS[name].readable or FAULTS[name].slow)


@pytest.mark.parametrize("name", [name for name, each in FAULTS.items() if each.readable])
async def test_rejection_is_kept_under_a_readable_fault(simulator: Simulator, name: str) -> None:
    await simulator.inject(name)
    assert b"Unknown extension" in (await raw(simulator, FIRST, "9")).body
    assert simulator.requests[0].rejection == "Unknown extension"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("close_idle", b""),
        ("reset_on_reuse", ConnectionResetError),
        ("silent_on_reuse", TimeoutError),
        ("answer_twice", b"HTTP/1.1 200 OK"),
    ],
)
async def test_fault_of_a_kept_connection_comes_after_the_answer(
    simulator: Simulator, name: str, expected: bytes | type[Exception]
) -> None:
    await simulator.inject(name)
    reader, writer = await opened(simulator)
    answer = await reader.readuntil(b"</methodResponse>")
    assert b"connection: close" not in answer.lower()
    if isinstance(expected, bytes):
        assert await reader.read(len(expected)) == expected
    else:
        writer.write(request())
        with pytest.raises(expected):
            async with asyncio.timeout(0.1):
                await reader.read(1)
    await simulator.clear_faults()
    assert (await raw(simulator)).status == 200
    writer.close()


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


@pytest.mark.parametrize("name", ["delay", "drip", "interim"])
@pytest.mark.parametrize("end", ["client", "server"])
async def test_slow_answer_ends_with_its_client_or_server(
    simulator: Simulator, caplog: pytest.LogCaptureFixture, name: str, end: str
) -> None:
    await simulator.inject(name)
    _, writer = await opened(simulator)
    await until(lambda: any(each.injected for each in simulator.requests))
    if end == "client":
        writer.close()
        await until(lambda: not simulator.in_flight)
    else:
        async with asyncio.timeout(10):
            await simulator.stop()
        writer.close()
    assert simulator.requests[-1].state is None
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


ALL = frozenset(product(Method, ("01001", "01002")))


@pytest.mark.parametrize(
    ("options", "hit"),
    [
        ({}, ALL),
        ({"method": SECOND}, {(SECOND, "01001"), (SECOND, "01002")}),
        ({"extension_id": "01002"}, {(FIRST, "01002"), (SECOND, "01002")}),
        ({"method": str(FIRST), "extension_id": "01001"}, {(FIRST, "01001")}),
    ],
)
async def test_fault_hits_what_it_names_until_it_is_cleared(
    simulator: Simulator, options: dict[str, str], hit: AbstractSet[tuple[Method, str]]
) -> None:
    await simulator.inject("status", **options)
    await simulator.inject("status_503", method=SECOND, extension_id="01001")  # the first hits
    assert {each for each in ALL if (await raw(simulator, *each)).status == 418} == hit
    await simulator.clear_faults()
    assert (await raw(simulator)).status == 200
