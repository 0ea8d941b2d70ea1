"""The control API changes the simulator."""

from typing import Any

import aiohttp
import pytest

from simulator import DEFAULT_EXTENSIONS, Simulator
from simulator.live import CALLED, PAUSE
from tests.helpers import until

from .conftest import FIRST, PARAMS, SECOND, Ask, raw

type Answer = tuple[int, Any]


async def control(
    http: aiohttp.ClientSession,
    simulator: Simulator,
    method: str,
    path: str,
    content: object = None,
) -> Answer:
    url = f"{simulator.base_url}/control/{path}"
    async with http.request(method, url, json=content) as response:
        return response.status, await response.json()


async def test_extension_is_changed_and_listed(
    simulator: Simulator, http: aiohttp.ClientSession, ask: Ask
) -> None:
    scene = {"available": False, "reason": "Pauze é", "endpoint": "0032", "call_state": "anything"}
    expected = {"id": "01001", "name": "Reception", **scene, "live": False}
    assert await control(http, simulator, "PUT", "extensions/01001", scene) == (200, expected)
    assert await ask(simulator) == {"available": 0, "availReason": "Pauze é", "endpoint": "0032"}
    assert await ask(simulator, SECOND) == {"Available": "anything"}
    _, listed = await control(http, simulator, "GET", "extensions")
    assert [one["id"] for one in listed] == list(DEFAULT_EXTENSIONS)
    assert listed[0] == expected


async def test_changed_agent_keeps_its_state_until_it_may_live_again(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    simulator.follow("01001", [(0.01, CALLED)] * 1000)
    await control(http, simulator, "PUT", "extensions/01001", {"call_state": "held"})
    # Meanwhile, its day goes on.
    simulator.follow("01002", [(0.05, PAUSE), (9, CALLED)])
    await until(lambda: simulator.extension("01002").call_state == "called")
    assert simulator.extension("01001").call_state == "held"
    _, answer = await control(http, simulator, "PUT", "extensions/01001", {"live": True})
    assert answer["live"] is True
    await until(lambda: simulator.extension("01001").call_state == "called")


async def test_requests_are_listed_and_cleared(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    await raw(simulator)
    await raw(simulator, extension_id="2")
    _, (first, second) = await control(http, simulator, "GET", "requests")
    assert (first["method"], first["params"]) == (FIRST, PARAMS[FIRST])
    assert first["state"]["available"] is True
    assert (second["state"], second["rejection"]) == (None, "Unknown extension")
    assert await control(http, simulator, "DELETE", "requests") == (200, [])
    assert await control(http, simulator, "GET", "requests") == (200, [])


async def test_credentials_faults_and_limit_are_changed(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    await control(http, simulator, "PUT", "account", {"pin": "00099"})
    assert b"Unknown account" in (await raw(simulator)).body
    faults = [{"name": "status", "status": 404, "extension_id": "01002", "body": "é"}]
    assert await control(http, simulator, "PUT", "faults", faults) == (200, ["status"])
    answer = await raw(simulator, FIRST, "01002")
    assert (answer.status, answer.body) == (404, "é".encode())
    await control(http, simulator, "DELETE", "faults")
    limit = {"name": "window", "requests": 1, "seconds": 60, "refusal": "429"}
    await control(http, simulator, "PUT", "limit", limit)
    assert [(await raw(simulator)).status for _ in range(3)] == [200, 429, 429]
    await control(http, simulator, "DELETE", "limit")
    assert (await raw(simulator)).status == 200


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("extensions/1001", {"available": True}),
        ("extensions/01001", {"avail": True}),
        ("account", ["pin"]),
        ("faults", {"name": "nonsense"}),
        ("faults", {"name": "delay", "second": 1}),
        ("limit", {"name": "nonsense"}),
    ],
)
async def test_bad_input_is_an_error(
    simulator: Simulator, http: aiohttp.ClientSession, path: str, content: object
) -> None:
    status, answer = await control(http, simulator, "PUT", path, content)
    assert status == 400
    assert answer["error"]
