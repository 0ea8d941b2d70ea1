"""Which requests a fault affects, and how it is activated and removed."""

import aiohttp
import pytest

from simulator import FaultCode, Method, Simulator

from .conftest import FIRST, HEADERS, SECOND, raw


async def hits(simulator: Simulator) -> set[tuple[str, str]]:
    """Ask for two extensions with both methods; return what was answered with status 404."""
    return {
        (method, extension_id)
        for method in Method
        for extension_id in ("01001", "01002")
        if (await raw(simulator, method, extension_id)).status == 404
    }


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
async def test_a_fault_hits_what_it_names_until_it_is_cleared(
    simulator: Simulator, options: dict[str, str], expected: set[tuple[str, str]]
) -> None:
    await simulator.inject("status_404", **options)
    assert await hits(simulator) == expected
    assert await hits(simulator) == expected
    await simulator.clear_faults()
    assert await hits(simulator) == set()


async def test_the_oldest_fault_that_fits_goes_first(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    await simulator.inject("unknown_call_state")
    await simulator.inject("status_404", method=FIRST)
    await simulator.inject("status_404", extension_id="01001")
    await simulator.inject("status_401")
    assert (await raw(simulator, FIRST)).status == 404
    assert b"ringing" in (await raw(simulator, SECOND)).body
    assert (await raw(simulator, FIRST, "01002")).status == 404
    # A request that is not a call is affected only by faults without a filter.
    async with http.post(simulator.url, data=b"?", headers=HEADERS) as response:
        assert response.status == 401


@pytest.mark.parametrize("name", ["close_idle", "bom", "long_header"])
async def test_a_rejected_call_stays_rejected_however_it_is_sent(
    simulator: Simulator, name: str
) -> None:
    await simulator.inject(name)
    assert b"Unknown extension" in (await raw(simulator, FIRST, "9")).body
    (record,) = simulator.requests
    assert (record.injected, record.fault_code) == (name, FaultCode.UNKNOWN_EXTENSION)


@pytest.mark.parametrize(
    ("name", "options", "error"),
    [
        ("nonsense", {}, "there is no fault 'nonsense'"),
        ("delay", {"seconds": -1.0}, "seconds must not be below 0"),
        ("delay", {"seconds": "1"}, "seconds must be of type float"),
        ("delay", {"second": 1}, r"delay has no second \(known: seconds\)"),
        ("delay", {"method": "other"}, "'other' is not a valid Method"),
        ("status", {"status": 99}, "status must be from 200"),
        ("status", {"status": True}, "status must be of type int"),
        ("refuse_connections", {"extension_id": "01001"}, "hits the whole server"),
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
