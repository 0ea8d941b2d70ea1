"""Answers that are not the XML-RPC that was expected, or say what nobody knows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from xmlrpc.client import Fault, loads

import pytest

from simulator import FaultKind, FaultRule, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Ask, Raw

AVAILABILITY = "ivr.getAgentAvail"
STATUS = "general.getExtensionStatus"


async def test_an_empty_body(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.EMPTY_BODY))
    answer = await raw(simulator)
    assert (answer.status, answer.headers["Content-Length"], answer.body) == (200, "0", b"")


async def test_any_body(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.BODY, body=b"\x00<"))
    answer = await raw(simulator)
    assert (answer.status, answer.body) == (200, b"\x00<")
    await simulator.clear_faults()
    await simulator.inject(FaultRule(FaultKind.BODY))
    assert (await raw(simulator)).body == b"not XML"


async def test_xml_that_ends_too_early_in_a_complete_answer(simulator: Simulator, raw: Raw) -> None:
    whole = (await raw(simulator)).body
    await simulator.inject(FaultRule(FaultKind.TRUNCATED_XML))
    answer = await raw(simulator)
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert whole.startswith(answer.body)
    assert len(whole) / 2 < len(answer.body) < len(whole)


async def test_a_root_that_is_none_of_xml_rpcs(simulator: Simulator, raw: Raw) -> None:
    honest = ET.fromstring((await raw(simulator)).body)
    await simulator.inject(FaultRule(FaultKind.WRONG_ROOT))
    root = ET.fromstring((await raw(simulator)).body)
    assert root.tag == "answer"
    assert ET.tostring(root[0]) == ET.tostring(honest[0])


@pytest.mark.parametrize("method", [AVAILABILITY, STATUS])
async def test_a_call_instead_of_an_answer(simulator: Simulator, raw: Raw, method: str) -> None:
    (expected,), _ = loads((await raw(simulator, method)).body)
    await simulator.inject(FaultRule(FaultKind.METHOD_CALL))
    (struct,), name = loads((await raw(simulator, method)).body)
    assert name == method
    assert struct == expected


async def test_a_fault_with_code_and_text(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.FAULT_STRUCT, count=1))
    await simulator.inject(FaultRule(FaultKind.FAULT_STRUCT, code=-7, text="Zoë <3"))
    with pytest.raises(Fault) as raised:
        loads((await raw(simulator)).body)
    assert (raised.value.faultCode, raised.value.faultString) == (500, "Internal error")
    with pytest.raises(Fault) as raised:
        loads((await raw(simulator)).body)
    assert (raised.value.faultCode, raised.value.faultString) == (-7, "Zoë <3")
    # The code of an injected fault is no reason of ours to reject a call.
    assert simulator.requests[-1].fault_code is None


async def test_a_fault_that_is_only_a_text(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.FAULT_STRING, text="Sorry"))
    root = ET.fromstring((await raw(simulator)).body)
    assert root.findtext("fault/value/string") == "Sorry"
    assert len(root) == 1


async def test_a_fault_with_nothing_in_it(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.FAULT_EMPTY))
    (fault,) = ET.fromstring((await raw(simulator)).body)
    assert fault.tag == "fault"
    assert not list(fault)


async def test_a_fault_without_members(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.FAULT_EMPTY_STRUCT))
    struct = ET.fromstring((await raw(simulator)).body).find("fault/value/struct")
    assert struct is not None
    assert not list(struct)


async def test_a_fault_that_quotes_what_was_sent(
    simulator: Simulator,
    raw: Raw,
    availability_params: Mapping[str, str],
    status_params: Mapping[str, str],
) -> None:
    await simulator.inject(FaultRule(FaultKind.FAULT_QUOTING))
    for method, params in ((AVAILABILITY, availability_params), (STATUS, status_params)):
        with pytest.raises(Fault) as raised:
            loads((await raw(simulator, method)).body)
        assert all(value in raised.value.faultString for value in params.values())


async def test_an_available_that_is_neither_0_nor_1(simulator: Simulator, ask: Ask) -> None:
    await simulator.inject(FaultRule(FaultKind.UNKNOWN_AVAILABLE))
    params = {"accountCode": "12345", "extensionId": "01001"}
    answer = await ask(simulator, AVAILABILITY, params)
    assert answer == {"available": 2, "availReason": "-", "endpoint": "31201234567"}
    assert simulator.requests[-1].state is None


@pytest.mark.parametrize("available", [True, False])
async def test_a_reason_that_nobody_knows_leaves_the_rest_true(
    simulator: Simulator, ask: Ask, available: bool
) -> None:
    simulator.extension("01001").set(available=available, reason="pause")
    await simulator.inject(FaultRule(FaultKind.UNKNOWN_REASON, count=1))
    await simulator.inject(FaultRule(FaultKind.UNKNOWN_REASON, text="lunch"))
    params = {"accountCode": "12345", "extensionId": "01001"}
    for reason in ("sabbatical", "lunch"):
        answer = await ask(simulator, AVAILABILITY, params)
        assert answer["available"] == int(available)
        assert answer["availReason"] == reason
        state = simulator.requests[-1].state
        assert state is not None
        assert (state.available, state.reason) == (available, reason)
    assert simulator.extension("01001").reason == "pause"


async def test_a_call_state_that_nobody_knows(
    simulator: Simulator, ask: Ask, status_params: Mapping[str, str]
) -> None:
    await simulator.inject(FaultRule(FaultKind.UNKNOWN_CALL_STATE))
    assert await ask(simulator, STATUS, status_params) == {"Available": "ringing"}
    state = simulator.requests[-1].state
    assert state is not None
    assert state.call_state == "ringing"


async def test_a_call_that_is_rejected_anyway_is_rejected_as_ever(
    simulator: Simulator, raw: Raw
) -> None:
    await simulator.inject(FaultRule(FaultKind.UNKNOWN_REASON, count=1))
    with pytest.raises(Fault, match="Unknown extension"):
        loads((await raw(simulator, AVAILABILITY, "9")).body)
    assert len(simulator.active_faults) == 1
