"""The control API changes the simulator, and refuses bad input with a reason."""

import asyncio
from typing import Any
from xmlrpc.client import Fault

import aiohttp
import pytest

from simulator import DEFAULT_EXTENSIONS, FaultCode, Live, Simulator

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
        return response.status, await response.json() if response.status != 204 else None


async def test_what_is_put_is_what_both_calls_say(
    simulator: Simulator, http: aiohttp.ClientSession, ask: Ask
) -> None:
    scene = {"available": False, "reason": "Pauze é", "endpoint": "0032", "call_state": "anything"}
    expected = {"id": "01001", "name": "Reception", **scene, "live": False}
    assert await control(http, simulator, "PUT", "extensions/01001", scene) == (200, expected)
    assert await ask(simulator) == {"available": 0, "availReason": "Pauze é", "endpoint": "0032"}
    assert await ask(simulator, SECOND) == {"Available": "anything"}
    _, answer = await control(http, simulator, "PUT", "extensions/01001", {"reason": ""})
    assert answer == expected | {"reason": ""}
    _, listed = await control(http, simulator, "GET", "extensions")
    assert [one["id"] for one in listed] == list(DEFAULT_EXTENSIONS)
    assert listed[0] == answer


async def test_requests_are_listed_in_order_and_can_be_forgotten(
    simulator: Simulator, http: aiohttp.ClientSession, ask: Ask
) -> None:
    await ask(simulator)
    with pytest.raises(Fault):
        await ask(simulator, FIRST, {**PARAMS[FIRST], "extensionId": "2"})
    _, (first, second) = await control(http, simulator, "GET", "requests")
    assert (first["method"], first["params"]) == (FIRST, PARAMS[FIRST])
    assert first["state"]["available"] is True
    assert (second["state"], second["fault_code"]) == (None, FaultCode.UNKNOWN_EXTENSION)
    assert await control(http, simulator, "DELETE", "requests") == (204, None)
    assert await control(http, simulator, "GET", "requests") == (200, [])


async def test_credentials_can_be_changed_while_it_runs(
    simulator: Simulator, http: aiohttp.ClientSession, ask: Ask
) -> None:
    _, before = await control(http, simulator, "GET", "account")
    answer = await control(http, simulator, "PUT", "account", {"pin": "00099"})
    assert answer == (200, before | {"pin": "00099"})
    with pytest.raises(Fault, match="Unknown account"):
        await ask(simulator)
    await ask(simulator, FIRST, {**PARAMS[FIRST], "accountCode": "00099"})


async def test_an_agent_stands_still_until_it_may_live_again(http: aiohttp.ClientSession) -> None:
    async with Simulator(live=Live(speed=1e6)) as simulator:
        scene = {"reason": "held", "call_state": "held"}
        _, answer = await control(http, simulator, "PUT", "extensions/01001", scene)
        for _ in range(20):
            assert answer == answer | scene | {"live": False}
            _, (answer, *_) = await control(http, simulator, "GET", "extensions")
        _, answer = await control(http, simulator, "PUT", "extensions/01001", {"live": True})
        assert answer["live"] is True
        assert "held" not in {answer["reason"], answer["call_state"]}
        _, held = await control(http, simulator, "PUT", "extensions/01001", {"live": False})
        _, (answer, *_) = await control(http, simulator, "GET", "extensions")
        assert answer == held == held | {"live": False}


async def test_faults_are_put_listed_and_ended(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    await simulator.inject("status_404")
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
    assert await control(http, simulator, "DELETE", "faults") == (204, None)
    assert await control(http, simulator, "GET", "faults") == (200, [])
    refusal = {"name": "refuse_connections", "seconds": 3600}
    assert (await control(http, simulator, "PUT", "faults", refusal))[0] == 200
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", simulator.port)


@pytest.mark.parametrize(
    ("path", "content", "error"),
    [
        ("extensions/01001", {"available": 1}, '"available" must be true or false'),
        ("extensions/01001", {"reason": 5}, '"reason" must be a string'),
        ("extensions/01001", {"reason": "a\0b"}, "a character that XML cannot carry"),
        ("extensions/01001", {"live": True}, "started without live agents"),
        ("extensions/01001", {"avail": True}, "unknown field: avail (known: available, reason"),
        ("extensions/01001", ["available"], "not a JSON object"),
        ("account", {"pin": 12345}, '"pin" must be a string (in quotes: leading zeros count)'),
        ("account", {"PIN": "1"}, "unknown field: PIN (known: pin, account_id"),
        ("faults", [{"name": "bom"}, {}], 'a fault must be an object with a "name"'),
        ("faults", {"name": "nonsense"}, "there is no fault 'nonsense'"),
        ("faults", {"name": "refuse_connections"}, 'needs "seconds"'),
    ],
)
async def test_bad_input_changes_nothing_and_says_why(
    simulator: Simulator, http: aiohttp.ClientSession, path: str, content: object, error: str
) -> None:
    before = simulator.extension("01001").state, simulator.account
    status, answer = await control(http, simulator, "PUT", path, content)
    assert status == 400
    assert error in answer["error"]
    assert (simulator.extension("01001").state, simulator.account) == before
    assert simulator.active_faults == []


async def test_what_is_not_json_or_not_there_is_turned_away(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    url = f"{simulator.base_url}/control/extensions/01001"
    async with http.put(url, data=b"{") as response:
        assert response.status == 400
        assert (await response.json())["error"].startswith("not JSON: ")
    answer = await control(http, simulator, "PUT", "extensions/1001", {"available": True})
    assert answer == (404, {"error": "no such extension"})
