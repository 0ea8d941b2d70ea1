"""The agents (the document also says endpoints) whose status the server reports."""

from dataclasses import dataclass, replace
import re
from typing import Final

# XML 1.0 has no way to write these, not even as a character reference.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """What the server says of one agent at one moment.

    `available`, `reason` (the document's `availReason`) and `endpoint` (a phone number) are what
    ivr.getAgentAvail answers, `call_state` what general.getExtensionStatus does. Texts may be
    anything that XML can carry: the document's own words and any other; `ValueError` otherwise.
    """

    available: bool = True
    reason: str = "-"
    endpoint: str = "31201234567"
    call_state: str = "idle"

    def __post_init__(self) -> None:
        """Check the texts."""
        for name in ("reason", "endpoint", "call_state"):
            if _NOT_XML.search(getattr(self, name)):
                message = f"{name} has a character that XML cannot carry"
                raise ValueError(message)


class Extension:
    """One extension of the account: an ID, a name, and an agent whose state can be set.

    Reading and assigning `available`, `reason`, `endpoint` and `call_state` is reading and setting
    the state that the next call reports. Setting any of them holds the agent still; `release` lets
    it walk its schedule again (see `simulator.live`).
    """

    def __init__(self, extension_id: str, name: str, state: AgentState) -> None:
        self.extension_id: Final = extension_id
        self.name: Final = name
        self.held = False
        self._state = state
        self._walk: tuple[bool, str, str] | None = None

    @property
    def state(self) -> AgentState:
        """The whole state, immutable."""
        return self._state

    @property
    def available(self) -> bool:
        """Whether the agent is enabled: the first answer's `available`."""
        return self._state.available

    @available.setter
    def available(self, value: bool) -> None:
        self.set(available=value)

    @property
    def reason(self) -> str:
        """The first answer's `availReason`."""
        return self._state.reason

    @reason.setter
    def reason(self, value: str) -> None:
        self.set(reason=value)

    @property
    def endpoint(self) -> str:
        """The first answer's `endpoint`, a phone number."""
        return self._state.endpoint

    @endpoint.setter
    def endpoint(self, value: str) -> None:
        self.set(endpoint=value)

    @property
    def call_state(self) -> str:
        """The second answer's only member."""
        return self._state.call_state

    @call_state.setter
    def call_state(self, value: str) -> None:
        self.set(call_state=value)

    def set(
        self,
        *,
        available: bool | None = None,
        reason: str | None = None,
        endpoint: str | None = None,
        call_state: str | None = None,
    ) -> None:
        """Change what is given, leave the rest, and hold the agent still.

        Raises `ValueError`, with nothing changed, for a text that XML cannot carry.
        """
        now = self._state
        self._state = AgentState(
            available=now.available if available is None else available,
            reason=now.reason if reason is None else reason,
            endpoint=now.endpoint if endpoint is None else endpoint,
            call_state=now.call_state if call_state is None else call_state,
        )
        self.held = True

    def walk_to(self, *, available: bool, reason: str, call_state: str) -> None:
        """Move on in the schedule: seen at once, or after `release` if the agent is held."""
        self._walk = (available, reason, call_state)
        if not self.held:
            self._show_walk()

    def release(self) -> None:
        """Stop holding the agent: it jumps to where its schedule is by now."""
        self.held = False
        self._show_walk()

    def _show_walk(self) -> None:
        if self._walk is not None:
            available, reason, call_state = self._walk
            self._state = replace(
                self._state, available=available, reason=reason, call_state=call_state
            )
