"""The control API changes the simulator, and rejects bad input with a reason."""

from typing import Any

import aiohttp
import pytest

from simulator import DEFAULT_EXTENSIONS, AgentState, Simulator
from simulator.live import CALLED
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


async def test_agent_keeps_its_state_until_it_may_live_again(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    simulator.follow("01001", [(9, CALLED)])
    held = {"reason": "held", "call_state": "held"}
    _, answer = await control(http, simulator, "PUT", "extensions/01001", held)
    assert answer == answer | held | {"live": False}
    _, answer = await control(http, simulator, "PUT", "extensions/01001", {"live": True})
    assert (answer["reason"], answer["call_state"], answer["live"]) == ("-", "called", True)
    _, answer = await control(http, simulator, "PUT", "extensions/01001", {"live": False})
    simulator.follow("01001", [(9, AgentState())])
    _, (listed, *_) = await control(http, simulator, "GET", "extensions")
    assert answer == listed == listed | {"call_state": "called", "live": False}


async def test_agent_follows_a_day(simulator: Simulator, http: aiohttp.ClientSession) -> None:
    day = [[0.01, {"call_state": "called"}], [9, {"available": False, "reason": "pause"}]]
    _, answer = await control(http, simulator, "PUT", "extensions/01001", {"day": day})
    assert (answer["call_state"], answer["live"]) == ("called", True)
    await until(lambda: simulator.extension("01001").reason == "pause")


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


async def test_credentials_are_changed(simulator: Simulator, http: aiohttp.ClientSession) -> None:
    _, before = await control(http, simulator, "GET", "account")
    answer = await control(http, simulator, "PUT", "account", {"pin": "00099"})
    assert answer == (200, before | {"pin": "00099"})
    assert b"Unknown account" in (await raw(simulator)).body


async def test_faults_are_replaced_listed_and_removed(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    await simulator.inject("status_503")
    faults = [
        {"name": "status", "status": 404, "extension_id": "01002", "body": "é"},
        {"name": "delay", "seconds": 1, "method": FIRST},
    ]
    listed = [
        {"name": "status", "method": None, "extension_id": "01002"},
        {"name": "delay", "method": FIRST, "extension_id": None},
    ]
    assert await control(http, simulator, "PUT", "faults", faults) == (200, listed)
    answer = await raw(simulator, FIRST, "01002")
    assert (answer.status, answer.body) == (404, "é".encode())
    assert await control(http, simulator, "GET", "faults") == (200, listed)
    assert await control(http, simulator, "DELETE", "faults") == (200, [])
    assert await control(http, simulator, "GET", "faults") == (200, [])


async def test_limit_is_set_and_refusals_are_counted(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    limit = {"name": "window", "requests": 1, "seconds": 60, "refusal": "429"}
    status, answer = await control(http, simulator, "PUT", "limit", limit)
    assert (status, answer["refused"]) == (200, 0)
    assert answer["limit"] == limit | {"retry_after": "", "count_refused": False}
    assert [(await raw(simulator)).status for _ in range(3)] == [200, 429, 429]
    assert await control(http, simulator, "GET", "limit") == (200, answer | {"refused": 2})
    nothing = {"limit": None, "refused": 0}
    assert await control(http, simulator, "DELETE", "limit") == (200, nothing)
    assert (await raw(simulator)).status == 200


@pytest.mark.parametrize(
    ("path", "content", "error"),
    [
        ("extensions/01001", {"available": 1}, "available must be of type bool"),
        ("extensions/01001", {"live": True}, "the agent of 01001 follows no day"),
        ("extensions/01001", {"day": [[1, {"state": "x"}]]}, "a state has no state"),
        ("extensions/01001", {"avail": True}, "has no avail (known: available, reason"),
        ("extensions/01001", ["available"], "not a JSON object"),
        ("account", {"pin": 12345}, "pin must be of type str"),
        ("account", {"PIN": "1"}, "the account has no PIN (known: pin, account_id"),
        ("faults", [{"name": "bom"}, {}], "name"),
        ("faults", {"name": "nonsense"}, "there is no fault 'nonsense'"),
        ("limit", {"name": "nonsense"}, "there is no limit 'nonsense'"),
    ],
)
async def test_bad_input_changes_nothing(
    simulator: Simulator, http: aiohttp.ClientSession, path: str, content: object, error: str
) -> None:
    before = simulator.extension("01001").state, simulator.account, simulator.limit
    status, answer = await control(http, simulator, "PUT", path, content)
    assert status == 400
    assert error in answer["error"]
    assert (simulator.extension("01001").state, simulator.account, simulator.limit) == before
    assert simulator.active_faults == []


async def test_unknown_extension_and_no_json_are_errors(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    async with http.put(f"{simulator.base_url}/control/account", data=b"{") as response:
        assert response.status == 400
    answer = await control(http, simulator, "PUT", "extensions/1001", {"available": True})
    assert answer == (404, {"error": "no such extension"})
