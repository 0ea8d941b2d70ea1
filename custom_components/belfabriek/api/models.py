"""What the answers mean: immutable values, and the table that turns two answers into one status."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from .exceptions import UnusableAnswerError
from .xmlrpc import Value


class CallState(StrEnum):
    """What `general.getExtensionStatus` answers (vendor's document, "Out: status")."""

    IDLE = "idle"
    CALLING = "calling"
    """Connecting. Not ringing: the document does not say which side is."""
    CALLED = "called"
    """Connection established."""
    WRAPUP = "wrapup"


class Status(StrEnum):
    """Availability and call state together: one word for what an agent is doing."""

    READY = "ready"
    CONNECTING = "connecting"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    HANDLING = "handling"
    OFFLINE = "offline"
    NOT_AVAILABLE = "not_available"


_AVAILABLE = {"1": True, "0": False, "true": True, "false": False}
_STATUS_WHEN_AVAILABLE = {
    CallState.IDLE: Status.READY,
    CallState.CALLING: Status.CONNECTING,
    CallState.CALLED: Status.ON_CALL,
    CallState.WRAPUP: Status.WRAP_UP,
}
_STATUS_BY_REASON = {
    "pause": Status.PAUSED,
    "paused": Status.PAUSED,
    "handling": Status.HANDLING,
    "-": Status.OFFLINE,
    "": Status.OFFLINE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentAvailability:
    """The answer of `ivr.getAgentAvail`."""

    available: bool | None
    """`None`: the answer says something else than 0 or 1."""
    reason: str | None
    """The server's own text, trimmed; `None` if the answer had none, which is not the same as an
    empty one."""
    endpoint: str | None
    """The phone number that the extension connects to now."""
    unrecognized: str | None = None
    """What stands in place of 0 or 1."""

    @classmethod
    def from_answer(cls, answer: Mapping[str, Value]) -> Self:
        """Read the members of the answer, whatever the case of their names.

        Raises `UnusableAnswerError` if `available` is missing.
        """
        members = {name.lower(): _to_text(value) for name, value in answer.items()}
        text = members.get("available")
        if not text:
            raise UnusableAnswerError("the answer does not say whether the agent is available")
        available = _AVAILABLE.get(text.lower())
        endpoint = members.get("endpoint")
        return cls(
            available=available,
            reason=members.get("availreason"),
            # The vendor's older pages call the same member `extension`.
            endpoint=endpoint if endpoint is not None else members.get("extension"),
            unrecognized=text if available is None else None,
        )


def call_state_from_answer(answer: Mapping[str, Value]) -> str:
    """Return the text in the answer of `general.getExtensionStatus`, trimmed.

    The vendor's table calls the member `status`, the sample answer `Available`.

    Raises `UnusableAnswerError` if it is missing or holds no text.
    """
    members = {name.lower(): _to_text(value) for name, value in answer.items()}
    text = members.get("status", members.get("available"))
    if not text:
        raise UnusableAnswerError("the answer holds no status")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionState:
    """What is known of an extension after one poll."""

    availability: AgentAvailability
    call_state_text: str | None = None
    """The second answer, in the server's own words; `None` if it was not asked."""

    @property
    def call_state(self) -> CallState | None:
        """The second answer; `None` if it was not asked, or is none that the document names."""
        try:
            return CallState((self.call_state_text or "").lower())
        except ValueError:
            return None

    @property
    def status(self) -> Status | None:
        """Both answers together (vendor's document, "How to use these calls").

        `None`: the answers name a state that the document does not know. Nothing may be
        concluded from it.
        """
        if self.availability.available is None:
            return None
        if not self.availability.available:
            reason = self.availability.reason
            if reason is None:
                return None
            return _STATUS_BY_REASON.get(reason.lower(), Status.NOT_AVAILABLE)
        if self.call_state_text is None:
            return Status.READY
        return _STATUS_WHEN_AVAILABLE.get(self.call_state) if self.call_state else None

    @property
    def unrecognized(self) -> str | None:
        """What the answers say that the document does not name, and why the status is unknown."""
        if self.call_state_text is not None and self.call_state is None:
            return self.call_state_text
        return self.availability.unrecognized


def _to_text(value: Value) -> str | None:
    """Return a value as text on one line."""
    return None if value is None else " ".join(str(value).split())
