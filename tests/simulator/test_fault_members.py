"""Answers with too little, too much, or the wrong types in them."""

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from simulator import Dialect, FaultKind, FaultRule, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Raw

AVAILABILITY = "ivr.getAgentAvail"
STATUS = "general.getExtensionStatus"
METHODS = pytest.mark.parametrize("method", [AVAILABILITY, STATUS])


def values(body: bytes) -> list[tuple[str, ET.Element]]:
    """Return the names and the typed values of an answer's struct, in order."""
    struct = ET.fromstring(body).find("params/param/value/struct")
    assert struct is not None
    found = []
    for member in struct:
        name, value = member
        found.append((name.text or "", value[0] if len(value) else value))
    return found


def summary(body: bytes) -> list[tuple[str, str, str]]:
    """Return name, type and text of each member."""
    return [(name, one.tag, one.text or "") for name, one in values(body)]


async def spoilt(
    simulator: Simulator, raw: Raw, method: str, rule: FaultRule
) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """Return the members of an honest answer, and those of a spoilt one."""
    before = summary((await raw(simulator, method)).body)
    await simulator.inject(rule)
    return before, summary((await raw(simulator, method)).body)


@METHODS
async def test_the_first_member_is_missing(simulator: Simulator, raw: Raw, method: str) -> None:
    rule = FaultRule(FaultKind.MISSING_MEMBER)
    honest, found = await spoilt(simulator, raw, method, rule)
    assert found == honest[1:]
    assert simulator.requests[-1].state is None


async def test_the_reason_is_missing(simulator: Simulator, raw: Raw) -> None:
    rule = FaultRule(FaultKind.MISSING_REASON)
    honest, found = await spoilt(simulator, raw, AVAILABILITY, rule)
    assert found == [honest[0], honest[2]]
    assert simulator.requests[-1].state is simulator.extension("01001").state


@pytest.mark.parametrize("name", ["endpoint", "extension"])
async def test_the_phone_number_is_missing_in_either_dialect(raw: Raw, name: str) -> None:
    dialect = Dialect(endpoint="endpoint" if name == "endpoint" else "extension")
    async with Simulator(dialect=dialect) as simulator:
        rule = FaultRule(FaultKind.MISSING_ENDPOINT)
        honest, found = await spoilt(simulator, raw, AVAILABILITY, rule)
        assert honest[2][0] == name
        assert found == honest[:2]


async def test_any_member_can_be_missing(simulator: Simulator, raw: Raw) -> None:
    rule = FaultRule(FaultKind.MISSING_MEMBER, member="availReason")
    honest, found = await spoilt(simulator, raw, AVAILABILITY, rule)
    assert found == [honest[0], honest[2]]


@METHODS
async def test_no_members(simulator: Simulator, raw: Raw, method: str) -> None:
    _, found = await spoilt(simulator, raw, method, FaultRule(FaultKind.NO_MEMBERS))
    assert found == []


@METHODS
async def test_members_more_than_expected(simulator: Simulator, raw: Raw, method: str) -> None:
    rule = FaultRule(FaultKind.EXTRA_MEMBERS)
    honest, found = await spoilt(simulator, raw, method, rule)
    assert found[0] == ("queue", "string", "sales")
    assert found[1:-2] == honest
    assert [(name, tag) for name, tag, _ in found[-2:]] == [("skills", "array"), ("", "value")]
    assert simulator.requests[-1].state is simulator.extension("01001").state


@METHODS
async def test_a_member_twice(simulator: Simulator, raw: Raw, method: str) -> None:
    rule = FaultRule(FaultKind.REPEATED_MEMBER)
    honest, found = await spoilt(simulator, raw, method, rule)
    assert found == [*honest, honest[0]]


@pytest.mark.parametrize(
    ("method", "available", "call_state", "other"),
    [
        (AVAILABILITY, True, "idle", ("available", "i4", "0")),
        (AVAILABILITY, False, "idle", ("available", "i4", "1")),
        (STATUS, True, "idle", ("Available", "string", "calling")),
        (STATUS, True, "called", ("Available", "string", "idle")),
    ],
)
async def test_a_member_twice_with_two_values(
    simulator: Simulator,
    raw: Raw,
    method: str,
    available: bool,
    call_state: str,
    other: tuple[str, str, str],
) -> None:
    simulator.extension("01001").set(available=available, call_state=call_state)
    rule = FaultRule(FaultKind.CONTRADICTORY_MEMBER)
    honest, found = await spoilt(simulator, raw, method, rule)
    assert found == [*honest, other]
    assert simulator.requests[-1].state is None


@pytest.mark.parametrize(("method", "name"), [(AVAILABILITY, "availabel"), (STATUS, "Availabel")])
async def test_a_misspelt_member(simulator: Simulator, raw: Raw, method: str, name: str) -> None:
    rule = FaultRule(FaultKind.MISSPELT_MEMBER)
    honest, found = await spoilt(simulator, raw, method, rule)
    assert found == [(name, *honest[0][1:]), *honest[1:]]


@METHODS
@pytest.mark.parametrize(
    ("kind", "tag", "text"),
    [
        (FaultKind.TYPE_NIL, "nil", ""),
        (FaultKind.TYPE_DATETIME, "dateTime.iso8601", "20260101T00:00:00"),
        (FaultKind.TYPE_BASE64, "base64", "aWRsZQ=="),
        (FaultKind.TYPE_HUGE_INTEGER, "i4", "1" * 5000),
    ],
)
async def test_wrong_types(
    simulator: Simulator, raw: Raw, method: str, kind: FaultKind, tag: str, text: str
) -> None:
    honest, found = await spoilt(simulator, raw, method, FaultRule(kind))
    assert (found[0][0], found[0][1], found[0][2].strip()) == (honest[0][0], tag, text)
    assert found[1:] == honest[1:]
    assert simulator.requests[-1].state is None


@pytest.mark.parametrize("available", [True, False])
@pytest.mark.parametrize(
    ("kind", "tag", "suffix"),
    [(FaultKind.TYPE_DOUBLE, "double", ".0"), (FaultKind.TYPE_I8, "i8", "")],
)
async def test_types_that_still_carry_the_number(
    simulator: Simulator, raw: Raw, available: bool, kind: FaultKind, tag: str, suffix: str
) -> None:
    simulator.extension("01001").available = available
    _, found = await spoilt(simulator, raw, AVAILABILITY, FaultRule(kind))
    assert found[0] == ("available", tag, f"{int(available)}{suffix}")
    assert simulator.requests[-1].state is simulator.extension("01001").state


@METHODS
async def test_a_value_wrapped_in_a_list(simulator: Simulator, raw: Raw, method: str) -> None:
    honest = values((await raw(simulator, method)).body)
    await simulator.inject(FaultRule(FaultKind.TYPE_LIST))
    found = values((await raw(simulator, method)).body)
    (inner,) = found[0][1].findall("data/value/*")
    assert (found[0][1].tag, inner.tag, inner.text) == (
        "array",
        honest[0][1].tag,
        honest[0][1].text,
    )


@METHODS
async def test_a_value_wrapped_in_a_struct(simulator: Simulator, raw: Raw, method: str) -> None:
    honest = values((await raw(simulator, method)).body)
    await simulator.inject(FaultRule(FaultKind.TYPE_STRUCT))
    found = values((await raw(simulator, method)).body)
    (inner,) = found[0][1].findall("member/value/*")
    assert (found[0][1].tag, inner.tag, inner.text) == (
        "struct",
        honest[0][1].tag,
        honest[0][1].text,
    )


async def test_any_member_can_have_the_wrong_type(simulator: Simulator, raw: Raw) -> None:
    rule = FaultRule(FaultKind.TYPE_NIL, member="endpoint")
    honest, found = await spoilt(simulator, raw, AVAILABILITY, rule)
    assert found == [*honest[:2], ("endpoint", "nil", "")]
