"""Which requests a fault hits, for how long, and how it is put in force and ended."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import aiohttp
import pytest

from simulator import FaultCode, FaultKind, FaultRule, Method, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Raw

AVAILABILITY = Method.AGENT_AVAIL
STATUS = Method.EXTENSION_STATUS


async def hits(simulator: Simulator, raw: Raw, times: int = 1) -> dict[tuple[str, str], int]:
    """Ask for two extensions with both methods; count what was answered with status 404."""
    found: dict[tuple[str, str], int] = {}
    for method in (AVAILABILITY, STATUS):
        for extension_id in ("01001", "01002"):
            answers = [await raw(simulator, method, extension_id) for _ in range(times)]
            if number := sum(answer.status == 404 for answer in answers):
                found[method, extension_id] = number
    return found


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (
            FaultRule(FaultKind.STATUS_404),
            {(m, e) for m in (AVAILABILITY, STATUS) for e in ("01001", "01002")},
        ),
        (
            FaultRule(FaultKind.STATUS_404, method=STATUS),
            {(STATUS, "01001"), (STATUS, "01002")},
        ),
        (
            FaultRule(FaultKind.STATUS_404, extension_id="01002"),
            {(AVAILABILITY, "01002"), (STATUS, "01002")},
        ),
        (
            FaultRule(FaultKind.STATUS_404, method=AVAILABILITY, extension_id="01001"),
            {(AVAILABILITY, "01001")},
        ),
        (FaultRule(FaultKind.STATUS_404, extension_id="1001"), set()),
    ],
)
async def test_a_rule_hits_what_it_names_and_nothing_else(
    simulator: Simulator, raw: Raw, rule: FaultRule, expected: set[tuple[str, str]]
) -> None:
    await simulator.inject(rule)
    assert set(await hits(simulator, raw)) == expected


async def test_a_rule_is_gone_after_its_count(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.STATUS_404, extension_id="01002", count=3))
    assert sum((await hits(simulator, raw, 2)).values()) == 3
    assert simulator.active_faults == []
    assert await hits(simulator, raw) == {}


async def test_a_rule_without_count_lasts_until_it_is_cleared(
    simulator: Simulator, raw: Raw
) -> None:
    await simulator.inject(FaultRule(FaultKind.STATUS_404))
    assert sum((await hits(simulator, raw, 3)).values()) == 12
    assert simulator.active_faults[0].hits == 12
    await simulator.clear_faults()
    assert await hits(simulator, raw) == {}


async def test_a_share_is_hit_the_same_for_the_same_seed(raw: Raw) -> None:
    runs: list[list[bool]] = []
    for seed in (1, 1, 2):
        async with Simulator(fault_seed=seed) as simulator:
            await simulator.inject(FaultRule(FaultKind.STATUS_404, share=0.3))
            answers = [(await raw(simulator)).status == 404 for _ in range(100)]
            runs.append(answers)
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert 15 < sum(runs[0]) < 45


async def test_the_oldest_rule_that_fits_goes_first(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.STATUS_404, count=1))
    await simulator.inject(FaultRule(FaultKind.STATUS_403))
    assert [(await raw(simulator)).status for _ in range(3)] == [404, 403, 403]


async def test_a_rule_waits_for_a_call_that_its_kind_can_hit(
    simulator: Simulator, raw: Raw
) -> None:
    await simulator.inject(FaultRule(FaultKind.UNKNOWN_CALL_STATE, count=1))
    assert b"ringing" not in (await raw(simulator, AVAILABILITY)).body
    assert b"ringing" in (await raw(simulator, STATUS)).body


async def test_what_is_no_call_is_hit_by_rules_for_everything_only(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    await simulator.inject(FaultRule(FaultKind.STATUS_404, method=AVAILABILITY))
    await simulator.inject(FaultRule(FaultKind.STATUS_404, extension_id="01001"))
    await simulator.inject(FaultRule(FaultKind.STATUS_403))
    headers = {"Content-Type": "text/xml"}
    async with http.post(simulator.url, data=b"?", headers=headers) as response:
        assert response.status == 403


async def test_the_journal_tells_which_fault_hit(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.EMPTY_BODY, count=1))
    await raw(simulator)
    await raw(simulator)
    assert [one.injected for one in simulator.requests] == [FaultKind.EMPTY_BODY, None]
    assert [one.state is None for one in simulator.requests] == [True, False]


@pytest.mark.parametrize(
    "kind", [FaultKind.DELAY, FaultKind.DRIP, FaultKind.CLOSE_IDLE, FaultKind.BOM]
)
async def test_a_rejected_call_stays_rejected_however_it_is_sent(
    simulator: Simulator, raw: Raw, kind: FaultKind
) -> None:
    await simulator.inject(FaultRule(kind, seconds=0.0))
    answer = await raw(simulator, AVAILABILITY, "9")
    assert b"Unknown extension" in answer.body
    (record,) = simulator.requests
    assert (record.injected, record.fault_code) == (kind, FaultCode.UNKNOWN_EXTENSION)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"share": 0.0}, "share must be above 0"),
        ({"share": 1.1}, "share must be above 0"),
        ({"share": float("nan")}, "share must be above 0"),
        ({"count": 0}, "count must be at least 1"),
        ({"seconds": -1.0}, "seconds must be a number from 0"),
        ({"seconds": float("inf")}, "seconds must be a number from 0"),
        ({"status": 99}, "status must be from 200"),
        ({"size": 0}, "size must be at least 1"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(options: Mapping[str, float], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        FaultRule(FaultKind.DELAY, **options)  # type: ignore[arg-type] # any of the numbers


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        (
            FaultRule(FaultKind.REFUSE_CONNECTIONS, extension_id="01001"),
            "hits the whole server",
        ),
        (FaultRule(FaultKind.REFUSE_CONNECTIONS, count=1), "hits the whole server"),
        (FaultRule(FaultKind.UNKNOWN_REASON, method=STATUS), "cannot hit general"),
        (FaultRule(FaultKind.UNTRUSTED_CERTIFICATE), "needs a simulator with TLS"),
    ],
)
async def test_a_rule_that_cannot_hit_is_refused(
    simulator: Simulator, rule: FaultRule, error: str
) -> None:
    with pytest.raises(ValueError, match=error):
        await simulator.inject(rule)
    assert simulator.active_faults == []


def connector() -> aiohttp.TCPConnector:
    # The default resolver may start a thread, which the harness takes for a leak.
    return aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver())


async def control(
    http: aiohttp.ClientSession, simulator: Simulator, method: str, content: object = None
) -> tuple[int, object]:
    url = f"{simulator.base_url}/control/faults"
    async with http.request(method, url, json=content) as response:
        text: object = await response.json() if response.status != 204 else None
        return response.status, text


async def test_rules_are_put_listed_and_ended_over_http(
    simulator: Simulator, http: aiohttp.ClientSession, raw: Raw
) -> None:
    rules = [
        {"kind": "status", "status": 404, "extension_id": "01002", "body": "é"},
        {"kind": "delay", "seconds": 1, "method": "ivr.getAgentAvail", "count": 2, "share": 0.5},
    ]
    status, listed = await control(http, simulator, "PUT", rules)
    assert status == 200
    assert listed == [
        {**rules[0], "share": 1.0, "hits": 0},
        {**rules[1], "hits": 0},
    ]
    answer = await raw(simulator, AVAILABILITY, "01002")
    assert (answer.status, answer.body) == (404, "é".encode())
    status, listed = await control(http, simulator, "GET")
    assert isinstance(listed, list)
    assert (status, listed[0]["hits"], listed[1]["hits"]) == (200, 1, 0)
    assert await control(http, simulator, "DELETE") == (204, None)
    assert await control(http, simulator, "GET") == (200, [])
    assert (await raw(simulator, AVAILABILITY, "01002")).status == 200


async def test_what_is_put_takes_the_place_of_what_was(
    simulator: Simulator, http: aiohttp.ClientSession, raw: Raw
) -> None:
    await control(http, simulator, "PUT", {"kind": "status_404"})
    await control(http, simulator, "PUT", {"kind": "status_403"})
    assert (await raw(simulator)).status == 403
    assert len(simulator.active_faults) == 1


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("delay", "a rule must be an object"),
        ({}, "'' is not a valid FaultKind"),
        ({"kind": "nonsense"}, "'nonsense' is not a valid FaultKind"),
        ({"kind": "delay", "method": "other"}, "'other' is not a valid Method"),
        ({"kind": "delay", "second": 1}, "unknown field: second"),
        ({"kind": "delay", "seconds": "1"}, '"seconds" must be a number'),
        ({"kind": "delay", "count": True}, '"count" must be a number'),
        ({"kind": "delay", "count": 1.5}, '"count" must be a number'),
        ({"kind": "delay", "extension_id": 1001}, '"extension_id" must be a string'),
        ({"kind": "body", "body": 1}, '"body" must be a string'),
        ({"kind": "delay", "share": 2}, "share must be above 0"),
        ({"kind": "untrusted_certificate"}, "needs a simulator with TLS"),
        ({"kind": "refuse_connections"}, 'needs "seconds"'),
        ({"kind": "unknown_reason", "method": "general.getExtensionStatus"}, "cannot hit"),
    ],
)
async def test_bad_rules_are_turned_away_and_change_nothing(
    simulator: Simulator, http: aiohttp.ClientSession, content: object, error: str
) -> None:
    await simulator.inject(FaultRule(FaultKind.STATUS_404))
    status, answer = await control(http, simulator, "PUT", [{"kind": "drip"}, content])
    assert status == 400
    assert isinstance(answer, dict)
    assert error in answer["error"]
    assert [one.rule.kind for one in simulator.active_faults] == [FaultKind.STATUS_404]


async def test_what_is_not_json_is_turned_away(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    async with http.put(f"{simulator.base_url}/control/faults", data=b"[") as response:
        assert response.status == 400


async def test_refusal_asked_for_over_http_is_confirmed_and_ends_by_itself(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    rule = {"kind": "refuse_connections", "seconds": 0.3}
    status, _ = await control(http, simulator, "PUT", rule)
    assert status == 200
    async with aiohttp.ClientSession(connector=connector()) as other:
        with pytest.raises(aiohttp.ClientConnectorError):
            await other.get(simulator.base_url)
    # The connection that asked was spared, so that the answer could come; it still works.
    assert await control(http, simulator, "DELETE") == (204, None)
    async with (
        aiohttp.ClientSession(connector=connector()) as other,
        other.get(simulator.base_url) as response,
    ):
        assert response.status == 404
