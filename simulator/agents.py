"""The simulated account and its agents (the document also calls them endpoints)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
import re
from typing import Any, Final

DEFAULT_EXTENSIONS: Final[Mapping[str, str]] = {
    "01001": "Reception",
    "01002": "Sales",
    "01003": "Support",
    "01004": "Workshop",
    "01005": "Night desk",
}
"""The names of the default account's extensions, by extension ID."""

# XML 1.0 cannot contain these, not even as a character reference.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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

    def changed(self, changes: Mapping[str, object]) -> Account:
        """Return the account with some fields replaced; raise `ValueError` for an invalid one."""
        known = asdict(self)
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"unknown field: {name} (known: {', '.join(known)})")
            if not isinstance(value, str):
                raise ValueError(f'"{name}" must be a string (in quotes: leading zeros count)')  # noqa: TRY004 - one error for bad input
            known[name] = value
        return Account(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """The current state of one agent, as the server reports it.

    ivr.getAgentAvail returns `available`, `reason` (the document's `availReason`) and `endpoint` (a
    phone number), general.getExtensionStatus returns `call_state`. Raises `ValueError` for a text
    that XML cannot contain.
    """

    available: bool = True
    reason: str = "-"
    endpoint: str = "31201234567"
    call_state: str = "idle"

    def __post_init__(self) -> None:
        """Check the texts."""
        for name in ("reason", "endpoint", "call_state"):
            if _NOT_XML.search(getattr(self, name)):
                raise ValueError(f"{name} has a character that XML cannot carry")


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

    Setting a field also stops the agent's schedule (see `simulator.live`); `release` continues it.
    """

    available = _Field[bool]()
    reason = _Field[str]()
    endpoint = _Field[str]()
    call_state = _Field[str]()

    def __init__(self, extension_id: str, name: str, state: AgentState) -> None:
        self.extension_id: Final = extension_id
        self.name: Final = name
        self.state = state
        self.held = False
        self._scheduled: dict[str, Any] = {}

    def set(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of `AgentState`
        """Change the given fields.

        Raises `ValueError`, without a change, for a text that XML cannot contain.
        """
        self.state = replace(self.state, **changes)
        self.held = True

    def walk_to(self, **state: Any) -> None:  # noqa: ANN401 - the fields of `AgentState`
        """Set the next state of the schedule; it is used after `release` if the agent is held."""
        self._scheduled = state
        if not self.held:
            self.release()

    def release(self) -> None:
        """Follow the schedule again, from its current state."""
        self.held = False
        self.state = replace(self.state, **self._scheduled)
