"""Which requests a fault hits, for how long, and how it is put in force and ended."""

from typing import TYPE_CHECKING

import aiohttp
import pytest

from simulator import FAULTS, FaultCode, Method, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Raw

FIRST, SECOND = Method


async def hits(simulator: Simulator, raw: Raw, times: int = 1) -> dict[tuple[str, str], int]:
    """Ask for two extensions with both methods; count what was answered with status 404."""
    found: dict[tuple[str, str], int] = {}
    for method in Method:
        for extension_id in ("01001", "01002"):
            answers = [await raw(simulator, method, extension_id) for _ in range(times)]
            if number := sum(answer.status == 404 for answer in answers):
                found[method, extension_id] = number
    return found


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {(m, e) for m in Method for e in ("01001", "01002")}),
        ({"method": SECOND}, {(SECOND, "01001"), (SECOND, "01002")}),
        ({"extension_id": "01002"}, {(FIRST, "01002"), (SECOND, "01002")}),
        ({"method": str(FIRST), "extension_id": "01001"}, {(FIRST, "01001")}),
        ({"extension_id": "1001"}, set()),
    ],
)
async def test_a_fault_hits_what_it_names_and_nothing_else(
    simulator: Simulator, raw: Raw, options: dict[str, str], expected: set[tuple[str, str]]
) -> None:
    await simulator.inject("status_404", **options)  # type: ignore[arg-type] # only these two
    assert set(await hits(simulator, raw)) == expected


async def test_a_fault_is_over_after_its_count(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject("status_404", extension_id="01002", count=3)
    assert sum((await hits(simulator, raw, 2)).values()) == 3
    assert simulator.active_faults == []


async def test_a_fault_without_count_lasts_until_it_is_cleared(
    simulator: Simulator, raw: Raw
) -> None:
    await simulator.inject("status_404")
    assert sum((await hits(simulator, raw, 3)).values()) == 12
    assert simulator.active_faults[0].hits == 12
    await simulator.clear_faults()
    assert await hits(simulator, raw) == {}


async def test_a_share_is_hit_the_same_for_the_same_seed(raw: Raw) -> None:
    runs: list[list[bool]] = []
    for seed in (1, 1, 2):
        async with Simulator(fault_seed=seed) as simulator:
            await simulator.inject("status_404", share=0.3)
            runs.append([(await raw(simulator)).status == 404 for _ in range(60)])
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert 6 < sum(runs[0]) < 30


async def test_the_oldest_fault_that_fits_goes_first(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject("status_404", count=1)
    await simulator.inject("status_401")
    assert [(await raw(simulator)).status for _ in range(3)] == [404, 401, 401]


async def test_a_fault_waits_for_a_call_that_it_can_hit(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject("unknown_call_state", count=1)
    assert b"ringing" not in (await raw(simulator, FIRST)).body
    assert b"ringing" in (await raw(simulator, SECOND)).body


async def test_what_is_no_call_is_hit_by_faults_for_everything_only(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    await simulator.inject("status_404", method=FIRST)
    await simulator.inject("status_404", extension_id="01001")
    await simulator.inject("status_401")
    headers = {"Content-Type": "text/xml"}
    async with http.post(simulator.url, data=b"?", headers=headers) as response:
        assert response.status == 401


@pytest.mark.parametrize("name", ["close_idle", "bom", "long_header"])
async def test_a_rejected_call_stays_rejected_however_it_is_sent(
    simulator: Simulator, raw: Raw, name: str
) -> None:
    await simulator.inject(name)
    assert b"Unknown extension" in (await raw(simulator, FIRST, "9")).body
    (record,) = simulator.requests
    assert (record.injected, record.fault_code) == (name, FaultCode.UNKNOWN_EXTENSION)


@pytest.mark.parametrize(
    ("name", "options", "error"),
    [
        ("nonsense", {}, "there is no fault 'nonsense'"),
        ("delay", {"share": 0.0}, "share must be above 0"),
        ("delay", {"share": 1.1}, "share must be above 0"),
        ("delay", {"count": 0}, "count must be at least 1"),
        ("delay", {"seconds": -1.0}, "seconds must not be below 0"),
        ("delay", {"seconds": "1"}, "seconds must be of type float"),
        ("delay", {"second": 1}, r"delay has no second \(known: seconds\)"),
        ("delay", {"method": "other"}, "'other' is not a valid Method"),
        ("status", {"status": 99}, "status must be from 200"),
        ("status", {"status": True}, "status must be of type int"),
        ("refuse_connections", {"extension_id": "01001"}, "hits the whole server"),
        ("refuse_connections", {"count": 1}, "hits the whole server"),
        ("unknown_reason", {"method": SECOND}, "cannot hit general"),
        ("untrusted_certificate", {}, "needs a simulator with TLS"),
    ],
)
async def test_what_cannot_be_is_refused(
    simulator: Simulator, name: str, options: dict[str, object], error: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=error):
        await simulator.inject(name, **options)  # type: ignore[arg-type] # that is the point
    assert simulator.active_faults == []


def test_the_table_has_every_fault_by_its_name_and_says_what_it_is() -> None:
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert fault.note
        assert fault.effect in {"true", "true_or_failed", "unknown", "failed"}
        fault.check(fault.parameters)
