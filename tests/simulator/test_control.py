"""The control API sets the scene, and turns bad input away with a reason."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING
from xmlrpc.client import Fault

import aiohttp
import pytest

from simulator import FaultCode, Live, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Ask, Raw

METHOD = "ivr.getAgentAvail"


async def put(
    http: aiohttp.ClientSession, simulator: Simulator, path: str, content: object
) -> tuple[int, dict[str, object]]:
    async with http.put(f"{simulator.base_url}/control/{path}", json=content) as response:
        answer = await response.json()
        assert isinstance(answer, dict)
        return response.status, answer


async def get(http: aiohttp.ClientSession, simulator: Simulator, path: str) -> object:
    async with http.get(f"{simulator.base_url}/control/{path}") as response:
        assert response.status == 200
        answer: object = await response.json()
        return answer


async def test_all_extensions_are_listed_in_order(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    listed = await get(http, simulator, "extensions")
    assert isinstance(listed, list)
    assert [(one["id"], one["name"]) for one in listed] == [
        ("01001", "Reception"),
        ("01002", "Sales"),
        ("01003", "Support"),
        ("01004", "Workshop"),
        ("01005", "Night desk"),
    ]


async def test_what_is_put_is_what_both_calls_say(
    simulator: Simulator,
    http: aiohttp.ClientSession,
    ask: Ask,
    availability_params: Mapping[str, str],
    status_params: Mapping[str, str],
) -> None:
    scene = {
        "available": False,
        "reason": "Pauze é",
        "endpoint": "0032",
        "call_state": "anything",
    }
    expected = {"id": "01001", "name": "Reception", **scene, "live": False}
    assert await put(http, simulator, "extensions/01001", scene) == (200, expected)
    assert await get(http, simulator, "extensions/01001") == expected
    assert await ask(simulator, METHOD, availability_params) == {
        "available": 0,
        "availReason": "Pauze é",
        "endpoint": "0032",
    }
    answer = await ask(simulator, "general.getExtensionStatus", status_params)
    assert answer == {"Available": "anything"}


async def test_a_subset_leaves_the_rest(simulator: Simulator, http: aiohttp.ClientSession) -> None:
    simulator.extension("01001").set(available=False, reason="pause")
    status, answer = await put(http, simulator, "extensions/01001", {"reason": ""})
    assert (status, answer["available"], answer["reason"]) == (200, False, "")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"available": 1}, '"available" must be true or false'),
        ({"available": None}, '"available" must be true or false'),
        ({"reason": 5}, '"reason" must be a string'),
        ({"reason": "a\0b"}, "reason has a character that XML cannot carry"),
        ({"endpoint": 31}, '"endpoint" must be a string'),
        ({"live": True}, "the agents of this simulator stand still: it was not started live"),
        (
            {"avail": True},
            "unknown field: avail (known: available, reason, endpoint, call_state, live)",
        ),
        (["available"], "not a JSON object"),
    ],
)
async def test_bad_input_changes_nothing_and_says_why(
    simulator: Simulator, http: aiohttp.ClientSession, content: object, error: str
) -> None:
    before = simulator.extension("01001").state
    answer = await put(http, simulator, "extensions/01001", content)
    assert answer == (400, {"error": error})
    assert simulator.extension("01001").state is before


async def test_what_is_not_json_is_turned_away(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    url = f"{simulator.base_url}/control/extensions/01001"
    async with http.put(url, data=b"{") as response:
        assert response.status == 400
        assert (await response.json())["error"].startswith("not JSON: ")


async def test_an_unknown_extension_is_not_found(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    expected = (404, {"error": "no such extension"})
    assert await put(http, simulator, "extensions/1001", {"available": True}) == expected
    async with http.get(f"{simulator.base_url}/control/extensions/1001") as response:
        assert (response.status, await response.json()) == expected


async def test_requests_are_listed_in_order_and_can_be_forgotten(
    simulator: Simulator,
    http: aiohttp.ClientSession,
    ask: Ask,
    availability_params: Mapping[str, str],
) -> None:
    await ask(simulator, METHOD, availability_params)
    with pytest.raises(Fault):
        await ask(simulator, METHOD, {**availability_params, "extensionId": "2"})
    records = await get(http, simulator, "requests")
    assert isinstance(records, list)
    assert [record["number"] for record in records] == [1, 2]
    assert records[0]["method"] == METHOD
    assert records[0]["params"] == availability_params
    assert records[0]["state"]["available"] is True
    assert records[1]["fault_code"] == FaultCode.UNKNOWN_EXTENSION
    assert records[1]["state"] is None
    async with http.delete(f"{simulator.base_url}/control/requests") as response:
        assert response.status == 204
    assert await get(http, simulator, "requests") == []


async def test_credentials_can_be_changed_while_it_runs(
    simulator: Simulator,
    http: aiohttp.ClientSession,
    ask: Ask,
    availability_params: Mapping[str, str],
) -> None:
    status, answer = await put(http, simulator, "account", {"pin": "00099"})
    assert status == 200
    assert answer == {
        "pin": "00099",
        "account_id": "67890",
        "supervisor_id": "1",
        "manager_id": "2",
    }
    with pytest.raises(Fault, match="Unknown account"):
        await ask(simulator, METHOD, availability_params)
    await ask(simulator, METHOD, {**availability_params, "accountCode": "00099"})


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"pin": 12345}, '"pin" must be a string (in quotes: leading zeros count)'),
        (
            {"PIN": "1"},
            "unknown field: PIN (known: pin, account_id, supervisor_id, manager_id)",
        ),
    ],
)
async def test_bad_credentials_change_nothing(
    simulator: Simulator, http: aiohttp.ClientSession, content: object, error: str
) -> None:
    before = simulator.account
    assert await put(http, simulator, "account", content) == (400, {"error": error})
    assert simulator.account is before


async def test_a_held_agent_stands_still_until_it_may_live_again(
    http: aiohttp.ClientSession,
) -> None:
    async with Simulator(live=Live(speed=1e6)) as simulator:
        scene = {"reason": "held", "call_state": "held"}
        _, answer = await put(http, simulator, "extensions/01001", scene)
        assert answer["live"] is False
        for _ in range(20):
            assert await get(http, simulator, "extensions/01001") == answer
        _, answer = await put(http, simulator, "extensions/01001", {"live": True})
        assert answer["live"] is True
        assert answer["reason"] != "held"
        assert answer["call_state"] != "held"
        _, answer = await put(http, simulator, "extensions/01001", {"live": False})
        assert answer["live"] is False
        assert await get(http, simulator, "extensions/01001") == answer


async def test_faults_are_put_listed_and_ended(
    simulator: Simulator, http: aiohttp.ClientSession, raw: Raw
) -> None:
    await simulator.inject("status_404")
    faults: list[dict[str, object]] = [
        {"name": "status", "status": 404, "extension_id": "01002", "body": "é"},
        {"name": "delay", "seconds": 1, "method": METHOD, "count": 2, "share": 0.5},
    ]
    async with http.put(f"{simulator.base_url}/control/faults", json=faults) as response:
        assert await response.json() == [
            {**faults[0], "share": 1.0, "hits": 0},
            {**faults[1], "hits": 0},
        ]
    answer = await raw(simulator, METHOD, "01002")
    assert (answer.status, answer.body) == (404, "é".encode())
    listed = await get(http, simulator, "faults")
    assert isinstance(listed, list)
    assert [one["hits"] for one in listed] == [1, 0]
    async with http.delete(f"{simulator.base_url}/control/faults") as response:
        assert response.status == 204
    assert await get(http, simulator, "faults") == []


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("delay", 'a fault must be an object with a "name"'),
        ({}, 'a fault must be an object with a "name"'),
        ({"name": "nonsense"}, "there is no fault 'nonsense'"),
        ({"name": "delay", "share": "1"}, "not supported between"),
        ({"name": "body", "body": 1}, "body must be of type bytes"),
        ({"name": "refuse_connections"}, 'needs "seconds"'),
    ],
)
async def test_bad_faults_are_refused_with_a_reason(
    simulator: Simulator, http: aiohttp.ClientSession, content: object, error: str
) -> None:
    async with http.put(f"{simulator.base_url}/control/faults", json=content) as response:
        assert response.status == 400
        assert error in (await response.json())["error"]


async def test_a_refusal_asked_for_over_http_is_confirmed(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    fault = {"name": "refuse_connections", "seconds": 3600}
    async with http.put(f"{simulator.base_url}/control/faults", json=fault) as response:
        assert response.status == 200
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", simulator.port)
