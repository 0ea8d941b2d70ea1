"""The state of one extension, and how an observation changes it. Pure functions."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

from .api import (
    ACCEPTING_CALLS,
    CONNECTED,
    IN_CALL,
    ExtensionState,
    Failure,
    FailureKind,
    Status,
)

MAX_ABSENCE: Final = timedelta(hours=1)
"""Time without an observation after which the start of a status is unknown."""
_CLOCK_TOLERANCE: Final = 2.0
"""Seconds by which both clocks may drift apart between two observations."""
_COUNTED: Final = CONNECTED | {Status.WRAP_UP, Status.READY, Status.PAUSED}
MAX_REFUSALS: Final = 3
"""Number of consecutive faults after which an extension counts as refused, not as unknown."""


class CallEventType(StrEnum):
    """Types of call events."""

    STARTED = "call_started"
    CONNECTED = "call_connected"
    ENDED = "call_ended"


@dataclass(frozen=True, slots=True)
class CallEvent:
    """A call event between two observations."""

    type: CallEventType
    duration: int | None = None
    """Seconds from the start of the call to its end, if both were observed."""
    answered: bool | None = None
    """Whether the call was connected; only for its end."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time on both clocks: the wall clock can be set, the monotonic clock cannot."""

    wall: datetime
    monotonic: float
    """In seconds."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of connected calls, and of seconds by status."""

    calls: int = 0
    seconds: Mapping[Status, float] = field(default_factory=lambda: MappingProxyType({}))

    def __add__(self, other: Self) -> Self:
        """Return the sum."""
        seconds = {
            status: self.seconds.get(status, 0.0) + other.seconds.get(status, 0.0)
            for status in self.seconds.keys() | other.seconds.keys()
        }
        return type(self)(self.calls + other.calls, seconds)

    def seconds_in(self, *statuses: Status) -> float:
        """Return the seconds in these statuses."""
        return sum(self.seconds.get(each, 0.0) for each in statuses)


NO_TOTALS: Final = Totals()


@dataclass(frozen=True, slots=True)
class LastKnown:
    """The last known status of an extension. Kept over failures and restarts."""

    status: Status
    since: datetime | None
    seen: datetime
    """When the extension last had this status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """The state of one extension after an observation.

    Agents that entities show in the same way are equal: totals and times are not compared.
    """

    extension_id: str
    state: ExtensionState | None = None
    """The answers of both calls; `None` if the first call failed or was not made."""
    failure: Failure | None = None
    """Why the first call failed."""
    status: Status | None = None
    """`None` if the status is unknown."""
    since: datetime | None = None
    """When the status started; `None` if the change was not observed."""
    totals: Totals = field(default=NO_TOTALS, compare=False)
    added: Totals = field(default=NO_TOTALS, compare=False)
    """What this observation added to the totals."""
    events: tuple[CallEvent, ...] = field(default=(), compare=False)
    """The call events since the previous observation."""
    seen: Moment | None = field(default=None, compare=False)
    """The time of this observation; `None` before the first one."""
    step: timedelta = field(default=timedelta(0), compare=False)
    """The time between this observation and the previous one."""
    call_started: float | None = field(default=None, compare=False)
    """When the current call started, on the monotonic clock; `None` if not observed."""
    last_known: LastKnown | None = field(default=None, compare=False)
    refusals: int = 0
    """Number of consecutive faults, up to `MAX_REFUSALS`."""

    @property
    def is_refused(self) -> bool:
        """Whether the server refuses this extension, which is then neither ready nor on a call."""
        return self.refusals >= MAX_REFUSALS

    @property
    def call_state_failure(self) -> Failure | None:
        """Why the second call failed."""
        return self.state.call_state_failure if self.state else None

    @property
    def available(self) -> bool | None:
        """Whether the agent accepts calls; `None` if unknown."""
        return self.state.availability.available if self.state else None

    def is_on_call(self, on_call_statuses: Collection[str]) -> bool | None:
        """Return whether the status counts as being on a call; `None` if it is unknown."""
        return None if self.status is None else self.status in on_call_statuses


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of agents; `None` if an agent with an unknown status might count."""

    available: int | None
    ready: int | None
    on_call: int | None


def count(agents: Iterable[Agent], on_call_statuses: Collection[str]) -> Counts:
    """Return how many agents accept calls, are ready and are on a call.

    An agent that the server refuses does not count.
    """
    counted = [each for each in agents if not each.is_refused]
    available = Counter([each.available for each in counted])
    statuses = Counter[str | None]([each.status for each in counted])
    is_known = None not in statuses
    return Counts(
        available=None if None in available else available[True],
        ready=statuses[Status.READY] if is_known else None,
        on_call=sum([statuses[each] for each in on_call_statuses]) if is_known else None,
    )


def observe(
    before: Agent, result: ExtensionState | Failure, now: Moment, max_gap: timedelta
) -> Agent:
    """Return the agent after an observation.

    The statuses before and after a gap are not compared. A gap is a failed observation, or a step
    longer than both `max_gap` and three times the previous step.
    """
    before = _with_clock_set(before, now, max_gap)
    step = timedelta(seconds=now.monotonic - before.seen.monotonic) if before.seen else timedelta(0)
    status = result.status if isinstance(result, ExtensionState) else None
    longest = max(max_gap, 3 * before.step)
    is_gap = before.seen is None or not timedelta(0) <= step <= longest
    previous = None if is_gap else before.status
    started, events = _follow_call(before, previous, status, now)
    last_known = _last_known(before, previous, result, status, now)
    connected = CallEventType.CONNECTED in [each.type for each in events]
    added = _counted(previous, step, connected=connected)
    return Agent(
        extension_id=before.extension_id,
        state=result if isinstance(result, ExtensionState) else None,
        failure=result if isinstance(result, Failure) else None,
        status=status,
        since=last_known.since if last_known and status else None,
        totals=before.totals + added,
        added=added,
        events=events,
        seen=now,
        step=step,
        call_started=started,
        last_known=last_known,
        refusals=min(before.refusals + 1, MAX_REFUSALS)
        if isinstance(result, Failure) and result.kind is FailureKind.FAULT
        else 0,
    )


def lose(before: Agent) -> Agent:
    """Return the agent without its state: the account failed, or the state is too old."""
    return Agent(
        extension_id=before.extension_id,
        totals=before.totals,
        seen=before.seen,
        step=before.step,
        last_known=before.last_known,
    )


def _with_clock_set(before: Agent, now: Moment, max_gap: timedelta) -> Agent:
    """Return the agent with its times corrected if the wall clock was set.

    A wall clock that was set forward far cannot be told from a computer that was asleep, during
    which the monotonic clock stands still. The time in between is unknown then.
    """
    if before.seen is None:
        return before
    passed = now.monotonic - before.seen.monotonic
    shift = now.wall - before.seen.wall - timedelta(seconds=passed)
    if abs(shift.total_seconds()) <= _CLOCK_TOLERANCE:
        return before
    if shift > max_gap:
        last_known = before.last_known and replace(before.last_known, since=None, seen=now.wall)
        return replace(before, status=None, since=None, call_started=None, last_known=last_known)
    return replace(before, last_known=before.last_known and _shifted(before.last_known, shift))


def _shifted(last_known: LastKnown, shift: timedelta) -> LastKnown:
    return replace(
        last_known,
        since=last_known.since and last_known.since + shift,
        seen=last_known.seen + shift,
    )


def _last_known(
    before: Agent,
    previous: Status | None,
    result: ExtensionState | Failure,
    status: Status | None,
    now: Moment,
) -> LastKnown | None:
    """Return the last known status after an observation."""
    last_known = before.last_known
    if status is None:
        if (
            last_known
            and isinstance(result, ExtensionState)
            and not _may_still_be(last_known.status, result)
        ):
            return None
        return last_known
    if last_known is None or last_known.status is not status:
        return LastKnown(status, now.wall if previous else None, now.wall)
    absence = now.wall - last_known.seen
    is_known = timedelta(seconds=-_CLOCK_TOLERANCE) <= absence <= MAX_ABSENCE
    since = min(last_known.since, now.wall) if last_known.since and is_known else None
    return LastKnown(status, since, now.wall)


def _may_still_be(status: Status, state: ExtensionState) -> bool:
    """Return whether a partial answer is consistent with a status."""
    return state.unrecognized is None and status in ACCEPTING_CALLS


def _follow_call(
    before: Agent, previous: Status | None, status: Status | None, now: Moment
) -> tuple[float | None, tuple[CallEvent, ...]]:
    """Return when the current call started, and the events since the last observation.

    A call that started and ended between two observations has no events.
    """
    if previous is None or status is None:
        return None, ()
    started = before.call_started
    events: list[CallEvent] = []
    # Connecting after a connection is the next call.
    next_call = previous in CONNECTED and status is Status.CONNECTING
    if previous in IN_CALL and (status not in IN_CALL or next_call):
        duration = None if started is None else round(now.monotonic - started)
        # Only a connected call has a wrap-up.
        answered = previous in CONNECTED or status is Status.WRAP_UP
        events.append(CallEvent(CallEventType.ENDED, duration, answered))
        started = None
    if status in IN_CALL and (previous not in IN_CALL or next_call):
        events.append(CallEvent(CallEventType.STARTED))
        started = now.monotonic
    if status in CONNECTED and previous not in CONNECTED:
        events.append(CallEvent(CallEventType.CONNECTED))
    return started, tuple(events)


def _counted(previous: Status | None, step: timedelta, *, connected: bool) -> Totals:
    """Return the calls and seconds that an observation adds to the totals."""
    seconds = {previous: step.total_seconds()} if previous in _COUNTED else {}
    return Totals(int(connected), seconds) if connected or seconds else NO_TOTALS
