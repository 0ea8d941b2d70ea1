"""Which extensions count as ready or as being on a call."""

from collections.abc import Callable, Collection, Iterable

from .api import ExtensionState, FaultError, Status
from .coordinator import Outcome


def is_ready(state: ExtensionState) -> bool | None:
    """Return whether somebody can be called; `None` if that is not known."""
    return None if state.status is None else state.status is Status.READY


def is_on_call(state: ExtensionState, on_call_statuses: Collection[str]) -> bool | None:
    """Return whether somebody is on a call; `None` if that is not known."""
    return None if state.status is None else state.status in on_call_statuses


def count(
    outcomes: Iterable[Outcome], counts_fn: Callable[[ExtensionState], bool | None]
) -> int | None:
    """Return how many extensions count; `None` if that may be too few.

    One that does not answer might count. One that the server refuses does not.
    """
    counted = 0
    for outcome in outcomes:
        if isinstance(outcome, ExtensionState):
            counts = counts_fn(outcome)
        else:
            counts = False if isinstance(outcome, FaultError) else None
        if counts is None:
            return None
        counted += counts
    return counted
