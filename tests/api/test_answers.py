"""Every recorded answer, served byte for byte to the client."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from custom_components.belfabriek.api import (
    BelfabriekClient,
    BelfabriekError,
    CheckedRequest,
    Credentials,
    FaultError,
    UnusableAnswerError,
)

ANSWERS = Path(__file__).parent / "answers"
EXPECTED: dict[str, dict[str, Any]] = json.loads((ANSWERS / "expected.json").read_text("utf-8"))
FILES = sorted(path for path in ANSWERS.glob("*/*") if path.suffix in {".http", ".xml"})
CREDENTIALS = Credentials(account_pin="98765", supervisor_id="71", manager_id="72")


def response_of(path: Path) -> bytes:
    """Return the bytes of a whole HTTP response."""
    content = path.read_bytes()
    if path.suffix == ".http":
        return content
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(content), content)


@asynccontextmanager
async def answering(response: bytes) -> AsyncIterator[str]:
    """Serve one answer to everything, and return the address."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        header = await reader.readuntil(b"\r\n\r\n")
        length = int(header.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        writer.write(response)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@asynccontextmanager
async def client_of(response: bytes) -> AsyncIterator[BelfabriekClient]:
    """Return a client of a server that gives one answer to everything."""
    connector = aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver())
    async with (
        answering(response) as url,
        aiohttp.ClientSession(connector=connector, request_class=CheckedRequest) as session,
    ):
        yield BelfabriekClient(session, CREDENTIALS, url=url)


def expected_of(path: Path) -> dict[str, Any]:
    """Return the call of a recorded answer, and its expected reading."""
    # Two servers cannot send some cases, and have their own expected values.
    keys = (f"{path.parent.name}/{path.name}", path.name, path.stem)
    expected = next((EXPECTED[key] for key in keys if key in EXPECTED), None)
    assert expected is not None, f"expected.json has no entry for {path.name}"
    return dict(expected)


async def reading_of(call: Callable[[str], Awaitable[object]]) -> dict[str, Any]:
    """Return how the client reads an answer, in the format of `expected.json`."""
    try:
        answer: Any = await call("01001")
    except FaultError as err:
        return {"fault": err.text}
    except UnusableAnswerError:
        return {"unusable": True}
    except BelfabriekError as err:
        return {"error": repr(err)}
    if isinstance(answer, str):
        return {"call_state": answer}
    return {
        "available": answer.available,
        "reason": answer.reason,
        "endpoint": answer.endpoint,
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
async def test_recorded_answer_is_read_as_expected(path: Path) -> None:
    expected = expected_of(path)
    method = expected.pop("call")
    async with client_of(response_of(path)) as client:
        first = method == "ivr.getAgentAvail"
        reading = await reading_of(
            client.get_agent_availability if first else client.get_call_state
        )
    assert reading == expected


def test_no_recorded_answer_is_missing() -> None:
    assert len(FILES) >= 234
