"""Faults of the HTTP status."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import aiohttp
import pytest

from simulator import FaultKind, FaultRule, Simulator, TrappedRequest

if TYPE_CHECKING:
    from tests.simulator.conftest import Raw


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_lead_into_the_trap(simulator: Simulator, raw: Raw, status: int) -> None:
    await simulator.inject(FaultRule(FaultKind(f"status_{status}")))
    answer = await raw(simulator)
    assert answer.status == status
    assert answer.headers["Location"] == f"{simulator.base_url}/trap/redirected"
    assert not simulator.trapped


async def test_who_follows_a_redirect_is_trapped_with_what_was_sent(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    await simulator.inject(FaultRule(FaultKind.STATUS_307))
    headers = {"Content-Type": "text/xml"}
    async with http.post(simulator.url, data=b"secret", headers=headers) as response:
        assert response.status == 404
    assert list(simulator.trapped) == [TrappedRequest("POST", "/trap/redirected", b"secret")]


async def test_a_redirect_can_lead_elsewhere(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.STATUS_301, location="/other"))
    assert (await raw(simulator)).headers["Location"] == "/other"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 503])
async def test_errors_come_with_a_page_and_without_retry_after(
    simulator: Simulator, raw: Raw, status: int
) -> None:
    await simulator.inject(FaultRule(FaultKind(f"status_{status}")))
    answer = await raw(simulator)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "text/html"
    assert b"<html>" in answer.body
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("variant", "expected"),
    [("seconds", "30"), ("negative", "-5"), ("huge", "1" + 40 * "0"), ("garbage", "soon")],
)
async def test_retry_after_as_a_text(
    simulator: Simulator, raw: Raw, status: int, variant: str, expected: str
) -> None:
    await simulator.inject(FaultRule(FaultKind(f"status_{status}_{variant}")))
    answer = await raw(simulator)
    assert (answer.status, answer.headers["Retry-After"]) == (status, expected)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("variant", "offset"), [("date", 30), ("past_date", -86400)])
async def test_retry_after_as_a_date(
    simulator: Simulator, raw: Raw, status: int, variant: str, offset: float
) -> None:
    await simulator.inject(FaultRule(FaultKind(f"status_{status}_{variant}")))
    answer = await raw(simulator)
    assert answer.status == status
    assert answer.headers["Retry-After"].endswith(" GMT")
    date = parsedate_to_datetime(answer.headers["Retry-After"])
    assert (date - datetime.now(UTC)).total_seconds() == pytest.approx(offset, abs=5)


async def test_retry_after_can_be_anything(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.STATUS_503, retry_after="1.5"))
    assert (await raw(simulator)).headers["Retry-After"] == "1.5"


@pytest.mark.parametrize("status", [200, 500])
async def test_a_page_that_is_not_xml(simulator: Simulator, raw: Raw, status: int) -> None:
    await simulator.inject(FaultRule(FaultKind(f"status_{status}_html")))
    answer = await raw(simulator)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "text/html"
    assert b"<html>" in answer.body
    assert b"<hr>" in answer.body  # never closed: no XML reader gets through


async def test_any_status_with_any_body(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.STATUS, status=599, body=b"\x00\xff"))
    answer = await raw(simulator)
    assert (answer.status, answer.body) == (599, b"\x00\xff")
