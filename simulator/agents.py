"""The simulated account and its agents (the document also calls them endpoints)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

DEFAULT_EXTENSIONS: Final[Mapping[str, str]] = {
    "01001": "Reception",
    "01002": "Sales",
    "01003": "Support",
    "01004": "Workshop",
    "01005": "Night desk",
}
"""The names of the default account's extensions, by extension ID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The credentials that the simulator accepts.

    `pin` is the document's "Customer account PIN" (first call), `account_id` its "account Id"
    (second call). Without an `account_id` the second call accepts the PIN instead.
    """

    pin: str = "12345"
    account_id: str = "67890"
    supervisor_id: str = "1"
    manager_id: str = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """The current state of one agent, as the server reports it.

    ivr.getAgentAvail returns `available`, `reason` (the document's `availReason`) and `endpoint` (a
    phone number), general.getExtensionStatus returns `call_state`.
    """

    available: bool = True
    reason: str = "-"
    endpoint: str = "31201234567"
    call_state: str = "idle"


class _Field[ValueT]:
    """Reads one field of an extension's state, or sets it."""

    def __set_name__(self, owner: type[Extension], name: str) -> None:
        self._name = name

    def __get__(self, extension: Extension, owner: type[Extension]) -> ValueT:
        value: ValueT = getattr(extension.state, self._name)
        return value

    def __set__(self, extension: Extension, value: ValueT) -> None:
        extension.set(**{self._name: value})


class Extension:
    """One extension of the account: an ID, a name, and an agent whose state can be set.

    An agent that is set keeps its state until `release`, also if it follows a day (`live.py`).
    """

    available = _Field[bool]()
    reason = _Field[str]()
    endpoint = _Field[str]()
    call_state = _Field[str]()

    def __init__(self, extension_id: str, name: str, state: AgentState) -> None:
        self.extension_id: Final = extension_id
        self.name: Final = name
        self.state = state
        self._held = False
        self._next: AgentState | None = None

    @property
    def live(self) -> bool:
        """Whether the agent follows its day."""
        return self._next is not None and not self._held

    def set(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of `AgentState`
        """Change the given fields."""
        self.state = replace(self.state, **changes)
        self._held = True

    def walk_to(self, state: AgentState) -> None:
        """Set the next state of the agent's day, except its phone number."""
        self._next = replace(state, endpoint=self.endpoint)
        if not self._held:
            self.state = self._next

    def release(self) -> None:
        """Follow the day again, from its current state; `ValueError` if there is none."""
        if self._next is None:
            raise ValueError(f"the agent of {self.extension_id} follows no day")
        self.state, self._held = self._next, False
