"""Immutable models of the responses, and the mapping to a status."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
import re
from typing import Final, Self

from .exceptions import Failure, UnusableAnswerError
from .xmlrpc import Struct


class CallState(StrEnum):
    """The call states of `general.getExtensionStatus` (vendor's document, "Out: status")."""

    IDLE = "idle"
    CALLING = "calling"
    """Connecting. Not called ringing: the document does not say which side rings."""
    CALLED = "called"
    """Connection established."""
    WRAPUP = "wrapup"


class Status(StrEnum):
    """Status of an agent, from availability and call state."""

    READY = "ready"
    CONNECTING = "connecting"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    HANDLING = "handling"
    OFFLINE = "offline"
    NOT_AVAILABLE = "not_available"


_MAX_ENDPOINT = 255
_ZERO_OR_ONE = re.compile(r"[01](?:[.,]0*)?(?:[eE][+-]?0+)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
_DIGITS_WITH_FRACTION = re.compile(r"[0-9]+[.,]0*", re.ASCII)
_CUT_NUMBER = re.compile(r"[1-9][.,][0-9]{4}[1-9]e\+(?:0[7-9]|[1-9][0-9])", re.ASCII)
_STATUS_WHEN_AVAILABLE: dict[str, Status] = {
    CallState.IDLE: Status.READY,
    CallState.CALLING: Status.CONNECTING,
    CallState.CALLED: Status.ON_CALL,
    CallState.WRAPUP: Status.WRAP_UP,
}
ACCEPTING_CALLS: Final = frozenset(_STATUS_WHEN_AVAILABLE.values())
"""The statuses of an agent who is available."""
CONNECTED: Final = frozenset({Status.ON_CALL, Status.HANDLING})
"""The statuses of an established connection."""
IN_CALL: Final = CONNECTED | {Status.CONNECTING}
"""The statuses from the start of a call to its end."""
WORKING: Final = IN_CALL | {Status.WRAP_UP}
"""The statuses of an agent who is busy with calls."""
_STATUS_BY_REASON = {
    "pause": Status.PAUSED,
    "paused": Status.PAUSED,
    "handling": Status.HANDLING,
    "-": Status.OFFLINE,
}
KNOWN_WORDS: Final = frozenset({"0", "1", "true", "false", *CallState, *_STATUS_BY_REASON})
"""Values that the vendor's document defines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAvailability:
    """The answer of `ivr.getAgentAvail`."""

    available: bool | None
    """`None` if the value is neither 0 nor 1."""
    reason: str | None
    """The reason as the server wrote it; `None` if there is none."""
    endpoint: str | None
    """The phone number that the extension currently connects to."""
    unrecognized: str | None = None
    """The value of `available`, if it is neither 0 nor 1."""

    @classmethod
    def from_answer(cls, answer: Struct) -> Self:
        """Read the members of the answer.

        Raises `UnusableAnswerError` if `available` is missing, or if a member is ambiguous.
        """
        text = _text_of(answer, "available")
        if text is None:
            raise UnusableAnswerError("the answer does not say whether the agent is available")
        available = _to_bool(text)
        # The vendor's older pages call the same member `extension`.
        endpoint = _shown_text(answer, "endpoint") or _shown_text(answer, "extension")
        return cls(
            available=available,
            reason=_text_of(answer, "availreason"),
            endpoint=(_to_digits(endpoint) or "")[:_MAX_ENDPOINT] or None if endpoint else None,
            unrecognized=text if available is None else None,
        )


def call_state_from_answer(answer: Struct) -> str:
    """Return the text in the answer of `general.getExtensionStatus`.

    The vendor's table calls the member `status`, the sample answer `Available`.

    Raises `UnusableAnswerError` if the member is missing or holds no text.
    """
    text = _text_of(answer, "status")
    # If there is a `status`, `Available` may be the 0 or 1 of the first call.
    other = _text_of(answer, "available") if text is None else _optional_text(answer, "available")
    if text is None:
        text = other
    elif other and other.lower() in CallState and other.lower() != text.lower():
        raise UnusableAnswerError("the answer holds two call states")
    if text is None:
        raise UnusableAnswerError("the answer holds no status")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionState:
    """State of an extension after one poll."""

    availability: AgentAvailability
    call_state_text: str | None = None
    """The call state as the server wrote it; `None` if the second call was not made or failed."""
    call_state_failure: Failure | None = None
    """Why the second call failed; the status is unknown then."""

    @property
    def call_state(self) -> CallState | None:
        """Call state; `None` if the second call was not made or its value is not documented."""
        try:
            return CallState((self.call_state_text or "").lower())
        except ValueError:
            return None

    @property
    def status(self) -> Status | None:
        """The status that both answers give together (vendor's document, "How to use these calls").

        `None` if it is unknown: the second call failed, or the document does not name a value.
        """
        if self.availability.available is None or self.call_state_failure:
            return None
        if not self.availability.available:
            reason = (self.availability.reason or "").lower()
            return _STATUS_BY_REASON.get(reason, Status.NOT_AVAILABLE)
        if self.call_state_text is None:
            return Status.READY
        return _STATUS_WHEN_AVAILABLE.get(self.call_state_text.lower())

    @property
    def unrecognized(self) -> str | None:
        """The undocumented value because of which the status is unknown, if any."""
        text = self.call_state_text
        if text is not None and text.lower() not in _STATUS_WHEN_AVAILABLE:
            return text
        return self.availability.unrecognized


def _text_of(answer: Struct, name: str) -> str | None:
    """Return the text of a required member; `None` if it is empty.

    Raises `UnusableAnswerError` if the member has two values, or one that is not text.
    """
    match list(answer.get(name, (None,))):
        case [str() | None as text]:
            return text
    raise UnusableAnswerError(f"the answer does not hold one text as {name}")


def _optional_text(answer: Struct, name: str) -> str | None:
    """Return the text of an optional member; `None` if it is empty.

    Raises `UnusableAnswerError` if the member has two texts.
    """
    texts = [each for each in answer.get(name, ()) if isinstance(each, str)]
    if len(texts) > 1:
        raise UnusableAnswerError(f"the answer holds two values of {name}")
    return texts[0] if texts else None


def _shown_text(answer: Struct, name: str) -> str | None:
    """Return the text of a member on which no status depends; `None` if it has none or two."""
    texts = [each for each in answer.get(name, ()) if isinstance(each, str)]
    return texts[0] if len(texts) == 1 else None


def _to_bool(text: str) -> bool | None:
    """Return the boolean that 0, 1, false or true means in any type; `None` for another text."""
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    return text[0] == "1" if _ZERO_OR_ONE.fullmatch(text) else None


def _to_digits(text: str) -> str | None:
    """Return the digits of a phone number, which may have been sent as a floating-point number.

    `None` if the number was rounded to six significant digits, as `%g` in C does.
    """
    if _CUT_NUMBER.fullmatch(text):
        return None
    if _DIGITS_WITH_FRACTION.fullmatch(text):
        return text.replace(",", ".").partition(".")[0]
    if not text.isdigit() and _NUMBER.fullmatch(text):
        number = Decimal(text.replace(",", "."))
        if number == number.to_integral_value():
            return f"{number.to_integral_value():f}"
    return text
