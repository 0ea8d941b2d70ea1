import dataclasses

import pytest

from custom_components.belfabriek.api import (
    ACCEPTING_CALLS,
    CONNECTED,
    IN_CALL,
    WORKING,
    AgentAvailability,
    CallState,
    ExtensionState,
    Failure,
    FailureKind,
    Status,
    UnusableAnswerError,
)
from custom_components.belfabriek.api.models import call_state_from_answer
from custom_components.belfabriek.api.xmlrpc import NOT_SCALAR, Struct, Value


def state(*, available: bool, reason: str | None, call_state: str | None) -> ExtensionState:
    return ExtensionState(
        availability=AgentAvailability(available=available, reason=reason, endpoint=None),
        call_state_text=call_state,
    )


@pytest.mark.parametrize(
    ("available", "reason", "call_state", "expected"),
    [
        (True, "-", "idle", Status.READY),
        (True, "pause", "calling", Status.CONNECTING),
        (True, None, "called", Status.ON_CALL),
        (True, "", "wrapup", Status.WRAP_UP),
        (True, "-", "IDLE", Status.READY),
        (True, "-", None, Status.READY),
        (True, "-", "ringing", None),
        (True, "-", "", None),
        (False, "pause", None, Status.PAUSED),
        (False, "Paused", None, Status.PAUSED),
        (False, "handling", None, Status.HANDLING),
        (False, "HANDLING", None, Status.HANDLING),
        (False, "-", None, Status.OFFLINE),
        (False, "", None, Status.NOT_AVAILABLE),
        (False, "lunch", None, Status.NOT_AVAILABLE),
        (False, None, None, Status.NOT_AVAILABLE),
    ],
)
def test_status_combines_both_answers(
    available: bool, reason: str | None, call_state: str | None, expected: Status | None
) -> None:
    assert state(available=available, reason=reason, call_state=call_state).status is expected


@pytest.mark.parametrize(
    ("text", "expected", "unrecognized"),
    [
        ("called", CallState.CALLED, None),
        ("Wrapup", CallState.WRAPUP, None),
        ("ringing", None, "ringing"),
        (None, None, None),
    ],
)
def test_unrecognized_call_state_is_kept_as_text(
    text: str | None, expected: CallState | None, unrecognized: str | None
) -> None:
    read = state(available=True, reason=None, call_state=text)
    assert read.call_state is expected
    assert read.unrecognized == unrecognized


def struct(**members: Value) -> Struct:
    return {name: frozenset({value}) for name, value in members.items()}


@pytest.mark.parametrize("value", ["2", "-1", "yes", "01", "0_1", "1.5", "1e1", "\u0661"])
def test_unrecognized_availability_is_kept_as_text(value: str) -> None:
    availability = AgentAvailability.from_answer(struct(available=value, availreason="-"))
    read = ExtensionState(availability=availability)
    assert availability.available is None
    assert read.status is None
    assert read.unrecognized == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", False),
        ("1", True),
        ("true", True),
        ("FALSE", False),
        ("1.0", True),
        ("0.0000", False),
        ("1,0", True),
        ("1E0", True),
    ],
)
def test_available_is_read_from_every_type(value: str, expected: bool) -> None:
    assert AgentAvailability.from_answer(struct(available=value)).available is expected


@pytest.mark.parametrize(
    "answer",
    [
        {},
        struct(available=None),
        struct(avail="1"),
        struct(available=NOT_SCALAR),
        {"available": frozenset({"1", "0"})},
        {**struct(available="0"), "availreason": frozenset({"pause", "-"})},
    ],
)
def test_ambiguous_answer_is_unusable(answer: Struct) -> None:
    with pytest.raises(UnusableAnswerError):
        AgentAvailability.from_answer(answer)


@pytest.mark.parametrize(
    ("answer", "reason", "endpoint"),
    [
        (struct(availreason="-", endpoint="31201234567"), "-", "31201234567"),
        (struct(availreason="pause", extension="0031201234567"), "pause", "0031201234567"),
        (struct(endpoint="1", extension="2"), None, "1"),
        (struct(endpoint="31201234567.0"), None, "31201234567"),
        (struct(endpoint="3.1201234567E+10"), None, "31201234567"),
        (struct(endpoint="0031201234567,0000"), None, "0031201234567"),
        (struct(endpoint="3.12012e+10"), None, None),
        (struct(endpoint="3.12E10"), None, "31200000000"),
        (struct(endpoint="+31 20 123"), None, "+31 20 123"),
        (struct(endpoint=NOT_SCALAR), None, None),
        ({**struct(), "endpoint": frozenset({"1", "2"})}, None, None),
        (struct(availreason=None), None, None),
    ],
)
def test_reason_and_endpoint_are_read_under_every_name(
    answer: Struct, reason: str | None, endpoint: str | None
) -> None:
    read = AgentAvailability.from_answer({**struct(available="1"), **answer})
    assert (read.reason, read.endpoint) == (reason, endpoint)


@pytest.mark.parametrize(
    "answer",
    [
        struct(status="called"),
        struct(available="called"),
        struct(status="called", available="1"),
        struct(status=None, available="called"),
    ],
)
def test_call_state_is_read_under_both_names(answer: Struct) -> None:
    assert call_state_from_answer(answer) == "called"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        struct(status=None),
        struct(state="called"),
        struct(status="idle", available="called"),
        {**struct(status="idle"), "available": frozenset({"idle", "called"})},
    ],
)
def test_answer_without_one_call_state_is_unusable(answer: Struct) -> None:
    with pytest.raises(UnusableAnswerError):
        call_state_from_answer(answer)


@pytest.mark.parametrize("available", [True, False])
def test_status_is_unknown_after_a_failed_second_call(available: bool) -> None:
    read = ExtensionState(
        availability=AgentAvailability(available=available, reason="pause", endpoint=None),
        call_state_failure=Failure(FailureKind.UNUSABLE_ANSWER, "no"),
    )
    assert read.status is None
    assert read.call_state is None
    assert read.unrecognized is None


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (ACCEPTING_CALLS, "ready connecting on_call wrap_up"),
        (CONNECTED, "on_call handling"),
        (IN_CALL, "connecting on_call handling"),
        (WORKING, "connecting on_call handling wrap_up"),
    ],
)
def test_group_contains_the_expected_statuses(group: frozenset[Status], expected: str) -> None:
    assert group == set(map(Status, expected.split()))


def test_state_cannot_be_changed() -> None:
    read = state(available=True, reason=None, call_state=None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        read.call_state_text = "called"  # type: ignore[misc]
