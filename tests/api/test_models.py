import dataclasses

import pytest

from custom_components.belfabriek.api import (
    AgentAvailability,
    CallState,
    ExtensionState,
    Status,
    UnusableAnswerError,
)
from custom_components.belfabriek.api.models import call_state_from_answer
from custom_components.belfabriek.api.xmlrpc import Value


def state(*, available: bool, reason: str | None, call_state: str | None) -> ExtensionState:
    return ExtensionState(
        availability=AgentAvailability(available=available, reason=reason, endpoint=None),
        call_state_text=call_state,
    )


@pytest.mark.parametrize(
    ("available", "reason", "call_state", "expected"),
    [
        (True, "-", "idle", Status.AVAILABLE),
        (True, "pause", "calling", Status.CONNECTING),
        (True, None, "called", Status.ON_CALL),
        (True, "", "wrapup", Status.WRAP_UP),
        (True, "-", "IDLE", Status.AVAILABLE),
        (True, "-", None, Status.AVAILABLE),
        (True, "-", "ringing", None),
        (True, "-", "", None),
        (False, "pause", None, Status.PAUSED),
        (False, "Paused", None, Status.PAUSED),
        (False, "handling", None, Status.HANDLING),
        (False, "HANDLING", None, Status.HANDLING),
        (False, "-", None, Status.OFFLINE),
        (False, "", None, Status.OFFLINE),
        (False, "lunch", None, Status.NOT_AVAILABLE),
        (False, None, None, None),
    ],
)
def test_two_answers_make_one_status(
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
def test_a_call_state_that_is_not_recognized_stays_available_as_text(
    text: str | None, expected: CallState | None, unrecognized: str | None
) -> None:
    read = state(available=True, reason=None, call_state=text)
    assert read.call_state is expected
    assert read.unrecognized == unrecognized


@pytest.mark.parametrize("value", [2, -1, "yes", "01"])
def test_an_availability_that_is_not_recognized_stays_available_as_text(value: Value) -> None:
    availability = AgentAvailability.from_answer({"available": value, "availReason": "-"})
    read = ExtensionState(availability=availability)
    assert availability.available is None
    assert read.status is None
    assert read.unrecognized == str(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, False), (1, True), ("0", False), (" 1 ", True), (True, True), (False, False)],
)
def test_available_is_read_from_every_type(value: Value, expected: bool) -> None:
    assert AgentAvailability.from_answer({"available": value}).available is expected


@pytest.mark.parametrize("answer", [{}, {"available": ""}, {"available": None}, {"avail": 1}])
def test_an_answer_that_does_not_say_whether_available_is_unusable(
    answer: dict[str, Value],
) -> None:
    with pytest.raises(UnusableAnswerError):
        AgentAvailability.from_answer(answer)


@pytest.mark.parametrize(
    ("answer", "reason", "endpoint"),
    [
        ({"availReason": " - ", "endpoint": "31201234567"}, "-", "31201234567"),
        ({"AVAILREASON": "pause", "extension": 31201234567}, "pause", "31201234567"),
        ({"endpoint": "1", "extension": "2"}, None, "1"),
        ({"availReason": None}, None, None),
    ],
)
def test_reason_and_endpoint_are_read_under_all_their_names(
    answer: dict[str, Value], reason: str | None, endpoint: str | None
) -> None:
    read = AgentAvailability.from_answer({"available": 1, **answer})
    assert (read.reason, read.endpoint) == (reason, endpoint)


@pytest.mark.parametrize(
    "answer", [{"status": "called"}, {"Available": " called"}, {"STATUS": "called", "available": 1}]
)
def test_the_call_state_is_read_under_both_its_names(answer: dict[str, Value]) -> None:
    assert call_state_from_answer(answer) == "called"


@pytest.mark.parametrize("answer", [{}, {"status": ""}, {"status": None}, {"state": "called"}])
def test_an_answer_without_a_call_state_is_unusable(answer: dict[str, Value]) -> None:
    with pytest.raises(UnusableAnswerError):
        call_state_from_answer(answer)


def test_a_state_cannot_be_changed() -> None:
    read = state(available=True, reason=None, call_state=None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        read.call_state_text = "called"  # type: ignore[misc]
