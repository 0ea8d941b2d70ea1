"""Call events derived from two consecutive statuses."""

from enum import StrEnum
from typing import Final

from .api import Status

ATTR_ANSWERED: Final = "answered"


class CallEvent(StrEnum):
    """Events of the call event entity."""

    STARTED = "call_started"
    CONNECTED = "call_connected"
    ENDED = "call_ended"
    WRAP_UP_STARTED = "wrap_up_started"


CONNECTED = frozenset({Status.ON_CALL, Status.HANDLING})
IN_CALL = CONNECTED | {Status.CONNECTING}


def call_events(before: Status, after: Status) -> tuple[CallEvent, ...]:
    """Return the events between two polls, in order.

    A call that began and ended in between leaves no trace, except for the wrap-up after it.
    """
    # A connection does not go back to connecting: that is the next call.
    next_call = before in CONNECTED and after is Status.CONNECTING
    events: list[CallEvent] = []
    if before in IN_CALL and (after not in IN_CALL or next_call):
        events.append(CallEvent.ENDED)
    if after in IN_CALL and (before not in IN_CALL or next_call):
        events.append(CallEvent.STARTED)
    if after in CONNECTED and before not in CONNECTED:
        events.append(CallEvent.CONNECTED)
    if after is Status.WRAP_UP and before is not Status.WRAP_UP:
        events.append(CallEvent.WRAP_UP_STARTED)
    return tuple(events)


def was_answered(before: Status, after: Status) -> bool:
    """Return whether a call that ended between two polls was connected.

    Only what was connected needs wrapping up.
    """
    return before in CONNECTED or after is Status.WRAP_UP
