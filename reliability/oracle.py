"""What entities may show after what a server answered: the vendor's table, written once more.

It shares no code with the integration, so that one mistake cannot hide in both.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from simulator import CATALOGUE, AgentState, Effect, Method, RequestRecord

UNKNOWN: Final = "unknown"
_BY_CALL_STATE: Final = {
    "idle": "available",
    "calling": "connecting",
    "called": "on_call",
    "wrapup": "wrap_up",
}
_BY_REASON: Final = {
    "pause": "paused",
    "paused": "paused",
    "handling": "handling",
    "-": "offline",
    "": "offline",
}
_ON_CALL: Final = {"connecting", "on_call", "handling"}


@dataclass(frozen=True, slots=True)
class Shown:
    """The states of three entities of an extension, as Home Assistant writes them."""

    status: str
    available: str
    on_call: str


UNAVAILABLE: Final = Shown("unavailable", "unavailable", "unavailable")
ALL_UNKNOWN: Final = Shown(UNKNOWN, UNKNOWN, UNKNOWN)


def truth(state: AgentState) -> Shown:
    """Return what an agent's state is shown as, if it is known."""
    if not state.available:
        status = _BY_REASON.get(state.reason.strip().lower(), "not_available")
    else:
        status = _BY_CALL_STATE.get(state.call_state.strip().lower(), UNKNOWN)
    on_call = UNKNOWN if status == UNKNOWN else _on_off(status in _ON_CALL)
    return Shown(status, _on_off(state.available), on_call)


def allowed(records: Iterable[RequestRecord]) -> set[Shown]:
    """Return what one extension may show after a poll in which these were its requests.

    The last answer of each call counts. A value that is missing from an answer, or that the
    document does not name, may be unknown and never anything else than what was answered; an answer
    that tells nothing makes the extension unavailable.
    """
    last = {record.method: record for record in records}
    first = last.get(Method.AGENT_AVAIL)
    if first is None or (effect := _effect(first)) is Effect.FAILED:
        return {UNAVAILABLE}
    if first.state is None:
        return {ALL_UNKNOWN}
    if not first.state.available:
        return _shown_after(first.state, {effect})
    second = last.get(Method.EXTENSION_STATUS)
    if second is None or second.state is None or _effect(second) is Effect.FAILED:
        return {UNAVAILABLE}
    state = replace(first.state, call_state=second.state.call_state)
    return _shown_after(state, {effect, _effect(second)})


def _shown_after(state: AgentState, effects: set[Effect]) -> set[Shown]:
    """Return how a state that was answered may be shown, after what was done to the answers."""
    true = truth(state)
    shown = {true}
    if Effect.UNKNOWN in effects:
        values = ((each, UNKNOWN) for each in (true.status, true.available, true.on_call))
        shown |= {Shown(*each) for each in product(*values)}
    if Effect.TRUE_OR_FAILED in effects:
        shown.add(UNAVAILABLE)
    return shown


def _effect(record: RequestRecord) -> Effect:
    """Return what can be learnt from an exchange."""
    if record.injected is not None and record.fault_code is None:
        return CATALOGUE[record.injected].effect
    # Without a state it was rejected, or the client was gone before there was an answer.
    return Effect.FAILED if record.state is None else Effect.TRUE


def _on_off(value: bool) -> str:
    return "on" if value else "off"
