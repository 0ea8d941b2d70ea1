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
    """One extension of the account: an ID, a name, and an agent whose state can be set."""

    available = _Field[bool]()
    reason = _Field[str]()
    endpoint = _Field[str]()
    call_state = _Field[str]()

    def __init__(self, extension_id: str, name: str, state: AgentState) -> None:
        self.extension_id: Final = extension_id
        self.name: Final = name
        self.state = state
        self.live = True
        """Whether the agent follows its day, if it has one (`live.py`)."""

    def set(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of `AgentState`
        """Change the given fields; the agent follows its day no longer."""
        self.state = replace(self.state, **changes)
        self.live = False
