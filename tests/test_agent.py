"""Observations of an extension, without Home Assistant."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

from hypothesis import given, strategies as st
import pytest

from custom_components.belfabriek.agent import (
    MAX_ABSENCE,
    Agent,
    CallEvent,
    CallEventType,
    Counts,
    LastKnown,
    Moment,
    Totals,
    count,
    lose,
    observe,
)
from custom_components.belfabriek.api import (
    AgentAvailability,
    ExtensionState,
    Failure,
    FailureKind,
    Result,
    Status,
)

START = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
MAX_GAP = timedelta(seconds=30)
CALL_STATES = {
    Status.READY: "idle",
    Status.CONNECTING: "calling",
    Status.ON_CALL: "called",
    Status.WRAP_UP: "wrapup",
}
REASONS = {
    Status.PAUSED: "pause",
    Status.HANDLING: "handling",
    Status.OFFLINE: "-",
    Status.NOT_AVAILABLE: "lunch",
}
CONNECTED_STATUSES = {Status.ON_CALL, Status.HANDLING}
IN_CALL = {*CONNECTED_STATUSES, Status.CONNECTING}
COUNTED = {Status.READY, Status.ON_CALL, Status.HANDLING, Status.WRAP_UP, Status.PAUSED}
TIMEOUT = Failure(FailureKind.TIMEOUT, "no answer")
FAULT = Failure(FailureKind.FAULT, "refused", "Unknown extension")
SECOND_CALL_FAILED = ExtensionState(
    availability=AgentAvailability(available=True, reason=None, endpoint=None),
    call_state_failure=TIMEOUT,
)
UNKNOWN_CALL_STATE = ExtensionState(
    availability=AgentAvailability(available=True, reason=None, endpoint=None),
    call_state_text="parked",
)
UNKNOWN_AVAILABILITY = ExtensionState(
    availability=AgentAvailability(
        available=None, reason=None, endpoint=None, unrecognized="perhaps"
    ),
)
STARTED = CallEvent(CallEventType.STARTED)
CONNECTED = CallEvent(CallEventType.CONNECTED)


def ended(*, answered: bool, duration: int | None = None) -> CallEvent:
    return CallEvent(CallEventType.ENDED, duration, answered)


def state_of(status: Status) -> ExtensionState:
    """Return an answer with this status."""
    call_state = CALL_STATES.get(status)
    return ExtensionState(
        availability=AgentAvailability(
            available=call_state is not None, reason=REASONS.get(status), endpoint=None
        ),
        call_state_text=call_state,
    )


def result_of(result: Result | Status) -> Result:
    return state_of(result) if isinstance(result, Status) else result


def at(seconds: float, *, clock_set_by: float = 0) -> Moment:
    """Return the moment some seconds after the start; the wall clock was set by `clock_set_by`."""
    return Moment(START + timedelta(seconds=seconds + clock_set_by), 500 + seconds)


def observed(
    *observations: tuple[float, Result | Status],
    before: Agent | None = None,
) -> list[Agent]:
    """Return the agent after each observation, which are seconds after the start and a result."""
    agents = [before or Agent(extension_id="01001")]
    for seconds, result in observations:
        agents.append(observe(agents[-1], result_of(result), at(seconds), MAX_GAP))
    return agents[1:]


def last_of(*observations: tuple[float, Result | Status], before: Agent | None = None) -> Agent:
    return observed(*observations, before=before)[-1]


def wall(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class TestObservation:
    def test_first_observation_has_no_events(self) -> None:
        agent = last_of((0, Status.ON_CALL))
        assert agent == Agent(
            extension_id="01001", state=state_of(Status.ON_CALL), status=Status.ON_CALL
        )
        assert (agent.events, agent.totals, agent.added) == ((), Totals(), Totals())
        assert (agent.seen, agent.step) == (at(0), timedelta(0))
        assert agent.last_known == LastKnown(Status.ON_CALL, None, wall(0))

    @pytest.mark.parametrize("status", Status)
    def test_status_is_read_from_the_answer(self, status: Status) -> None:
        agent = last_of((0, status))
        assert (agent.status, agent.failure, agent.call_state_failure) == (status, None, None)
        assert agent.available is (status in CALL_STATES)
        assert agent.is_on_call({"on_call", "handling"}) is (
            status in {Status.ON_CALL, Status.HANDLING}
        )

    @pytest.mark.parametrize(
        ("result", "available", "call_state_failure"),
        [
            (TIMEOUT, None, None),
            (SECOND_CALL_FAILED, True, TIMEOUT),
            (UNKNOWN_CALL_STATE, True, None),
            (UNKNOWN_AVAILABILITY, None, None),
        ],
    )
    def test_unknown_status_is_neither_ready_nor_on_call(
        self, result: Result, available: bool | None, call_state_failure: Failure | None
    ) -> None:
        agent = last_of((0, Status.READY), (10, result))
        assert agent.failure is (result if isinstance(result, Failure) else None)
        assert agent.state is (None if isinstance(result, Failure) else result)
        assert (agent.status, agent.is_on_call({"on_call"})) == (None, None)
        assert (agent.since, agent.events) == (None, ())
        assert agent.available is available
        assert agent.call_state_failure is call_state_failure

    def test_agents_with_the_same_status_are_equal(self) -> None:
        first, second, third = observed(
            (0, Status.ON_CALL), (10, Status.ON_CALL), (20, Status.WRAP_UP)
        )
        assert first == second
        assert second != third
        assert second.totals != first.totals


class TestEvents:
    @pytest.mark.parametrize(
        ("before", "after", "expected"),
        [
            *product(
                (
                    Status.READY,
                    Status.WRAP_UP,
                    Status.PAUSED,
                    Status.OFFLINE,
                    Status.NOT_AVAILABLE,
                ),
                (Status.CONNECTING,),
                ([STARTED],),
            ),
            *product(
                (
                    Status.READY,
                    Status.WRAP_UP,
                    Status.PAUSED,
                    Status.OFFLINE,
                    Status.NOT_AVAILABLE,
                ),
                (Status.ON_CALL, Status.HANDLING),
                ([STARTED, CONNECTED],),
            ),
            *product(
                (Status.CONNECTING,),
                (Status.READY, Status.PAUSED, Status.OFFLINE, Status.NOT_AVAILABLE),
                ([ended(answered=False)],),
            ),
            # Only a connected call has a wrap-up.
            (Status.CONNECTING, Status.WRAP_UP, [ended(answered=True)]),
            *product((Status.CONNECTING,), (Status.ON_CALL, Status.HANDLING), ([CONNECTED],)),
            *product(
                (Status.ON_CALL, Status.HANDLING),
                (
                    Status.READY,
                    Status.WRAP_UP,
                    Status.PAUSED,
                    Status.OFFLINE,
                    Status.NOT_AVAILABLE,
                ),
                ([ended(answered=True)],),
            ),
            # Connecting after a connection is the next call.
            *product(
                (Status.ON_CALL, Status.HANDLING),
                (Status.CONNECTING,),
                ([ended(answered=True), STARTED],),
            ),
            *product((Status.ON_CALL, Status.HANDLING), (Status.ON_CALL, Status.HANDLING), ([],)),
            (Status.CONNECTING, Status.CONNECTING, []),
            # A call that started and ended between two observations has no events.
            *product(
                (
                    Status.READY,
                    Status.WRAP_UP,
                    Status.PAUSED,
                    Status.OFFLINE,
                    Status.NOT_AVAILABLE,
                ),
                (
                    Status.READY,
                    Status.WRAP_UP,
                    Status.PAUSED,
                    Status.OFFLINE,
                    Status.NOT_AVAILABLE,
                ),
                ([],),
            ),
        ],
    )
    def test_each_pair_of_statuses_has_its_events(
        self, before: Status, after: Status, expected: list[CallEvent]
    ) -> None:
        agent = last_of((0, before), (10, after))
        assert list(agent.events) == expected
        # Connected calls are counted.
        assert agent.totals.calls == expected.count(CONNECTED)

    @pytest.mark.parametrize(
        ("observations", "duration", "answered"),
        [
            (
                [Status.READY, Status.CONNECTING, Status.ON_CALL, Status.ON_CALL, Status.WRAP_UP],
                30,
                True,
            ),
            ([Status.READY, Status.ON_CALL, Status.READY], 10, True),
            ([Status.READY, Status.CONNECTING, Status.CONNECTING, Status.READY], 20, False),
            (
                [Status.PAUSED, Status.HANDLING, Status.ON_CALL, Status.HANDLING, Status.READY],
                30,
                True,
            ),
            # The start was not observed.
            ([Status.ON_CALL, Status.ON_CALL, Status.READY], None, True),
            ([Status.CONNECTING, Status.READY], None, False),
        ],
    )
    def test_end_of_a_call_has_duration_and_answered(
        self, observations: list[Status], duration: int | None, answered: bool
    ) -> None:
        agent = last_of(*((10.0 * number, each) for number, each in enumerate(observations)))
        assert agent.events == (ended(answered=answered, duration=duration),)

    def test_duration_is_rounded(self) -> None:
        agent = last_of((0, Status.READY), (10.2, Status.ON_CALL), (29.9, Status.READY))
        assert agent.events[0].duration == 20

    def test_next_call_has_its_own_duration(self) -> None:
        *_, agent, last = observed(
            (0, Status.READY),
            (10, Status.ON_CALL),
            (40, Status.CONNECTING),
            (45, Status.ON_CALL),
            (50, Status.READY),
        )
        assert agent.events == (CONNECTED,)
        assert last.events == (ended(answered=True, duration=10),)

    def test_call_is_counted_once_when_it_is_connected(self) -> None:
        agents = observed(
            (0, Status.READY),
            (10, Status.CONNECTING),
            (20, Status.ON_CALL),
            (30, Status.HANDLING),
            (40, Status.WRAP_UP),
        )
        assert [each.added.calls for each in agents] == [0, 0, 1, 0, 0]
        assert [each.totals.calls for each in agents] == [0, 0, 1, 1, 1]

    @pytest.mark.parametrize(
        "failed", [TIMEOUT, SECOND_CALL_FAILED, UNKNOWN_CALL_STATE, UNKNOWN_AVAILABILITY]
    )
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (Status.READY, Status.ON_CALL),
            (Status.ON_CALL, Status.READY),
            (Status.ON_CALL, Status.CONNECTING),
            (Status.CONNECTING, Status.ON_CALL),
        ],
    )
    def test_statuses_before_and_after_an_unknown_one_are_not_compared(
        self, before: Status, failed: Result, after: Status
    ) -> None:
        agent = last_of((0, before), (5, failed), (10, after))
        assert (agent.status, agent.events, agent.added, agent.since) == (
            after,
            (),
            Totals(),
            None,
        )

    def test_end_after_a_failed_observation_has_no_duration(self) -> None:
        agent = last_of(
            (0, Status.READY),
            (10, Status.ON_CALL),
            (20, TIMEOUT),
            (30, Status.ON_CALL),
            (40, Status.READY),
        )
        assert agent.events == (ended(answered=True, duration=None),)


class TestSince:
    @pytest.mark.parametrize(
        ("observations", "expected"),
        [
            ([(0, Status.READY)], None),
            ([(0, Status.READY), (10, Status.READY)], None),
            ([(0, Status.READY), (10, Status.PAUSED)], 10),
            ([(0, Status.READY), (10, Status.PAUSED), (20, Status.PAUSED)], 10),
            ([(0, Status.READY), (10, Status.PAUSED), (20, Status.READY)], 20),
            # A failure says nothing about the status.
            ([(0, Status.READY), (10, Status.PAUSED), (20, TIMEOUT), (30, Status.PAUSED)], 10),
            ([(0, Status.READY), (10, TIMEOUT), (20, Status.PAUSED)], None),
            # An agent who accepts calls is not paused.
            (
                [
                    (0, Status.READY),
                    (9, Status.PAUSED),
                    (19, SECOND_CALL_FAILED),
                    (29, Status.PAUSED),
                ],
                None,
            ),
            (
                [
                    (0, Status.READY),
                    (9, Status.ON_CALL),
                    (19, SECOND_CALL_FAILED),
                    (29, Status.ON_CALL),
                ],
                9,
            ),
            # An unknown value is another status.
            (
                [
                    (0, Status.READY),
                    (9, Status.ON_CALL),
                    (19, UNKNOWN_CALL_STATE),
                    (29, Status.ON_CALL),
                ],
                None,
            ),
            (
                [
                    (0, Status.READY),
                    (9, Status.PAUSED),
                    (19, UNKNOWN_AVAILABILITY),
                    (29, Status.PAUSED),
                ],
                None,
            ),
        ],
    )
    def test_since_is_when_the_change_was_observed(
        self, observations: list[tuple[float, Result | Status]], expected: float | None
    ) -> None:
        since = last_of(*observations).since
        assert since == (None if expected is None else wall(expected))

    @pytest.mark.parametrize("seconds", [60, 3599, 3600])
    def test_since_survives_failures_of_up_to_an_hour(self, seconds: float) -> None:
        agent = last_of(
            (0, Status.READY), (10, Status.PAUSED), (20, TIMEOUT), (10 + seconds, Status.PAUSED)
        )
        assert agent.since == wall(10)

    def test_since_is_unknown_after_longer_failures(self) -> None:
        agent = last_of(
            (0, Status.READY), (10, Status.PAUSED), (20, TIMEOUT), (3611, Status.PAUSED)
        )
        assert agent.since is None


class TestGap:
    @pytest.mark.parametrize(
        ("step_before", "step", "is_gap"),
        [
            # Three intervals of 10 s.
            (10, 29, False),
            (10, 30, False),
            (10, 31, True),
            (1, 30, False),
            (1, 31, True),
            # Three times the step before.
            (20, 59, False),
            (20, 60, False),
            (20, 61, True),
            (60, 180, False),
            (60, 181, True),
        ],
    )
    def test_gap_is_longer_than_three_intervals_and_three_steps(
        self, step_before: float, step: float, is_gap: bool
    ) -> None:
        agent = last_of(
            (0, Status.READY),
            (step_before, Status.READY),
            (step_before + step, Status.ON_CALL),
        )
        assert agent.events == (() if is_gap else (STARTED, CONNECTED))
        assert agent.since == (None if is_gap else wall(step_before + step))
        expected = step_before if step_before <= 30 else 0
        assert agent.totals.seconds_in(Status.READY) == expected + (0 if is_gap else step)
        assert agent.totals.calls == (0 if is_gap else 1)

    def test_slow_polls_have_events_from_the_third_poll_on(self) -> None:
        agents = observed(
            (0, Status.READY), (64, Status.ON_CALL), (128, Status.READY), (192, Status.ON_CALL)
        )
        assert [each.events for each in agents] == [
            (),
            (),
            (ended(answered=True),),
            (STARTED, CONNECTED),
        ]

    def test_end_after_a_gap_in_the_call_has_no_duration(self) -> None:
        agent = last_of(
            (0, Status.READY),
            (10, Status.ON_CALL),
            (80, Status.ON_CALL),
            (90, Status.READY),
        )
        assert agent.events == (ended(answered=True, duration=None),)

    def test_step_is_the_time_between_observations(self) -> None:
        agents = observed((0, Status.READY), (12, TIMEOUT), (40, Status.READY))
        assert [each.step for each in agents] == [
            timedelta(0),
            timedelta(seconds=12),
            timedelta(seconds=28),
        ]


class TestClock:
    @pytest.mark.parametrize(
        ("set_by", "since"),
        [
            # The clock may differ a little.
            (1, 10),
            (2, 10),
            (-1, 10),
            (-2, 10),
            # The clock was set.
            (3, 13),
            (10, 20),
            (30, 40),
            (-3, 7),
            (-10, 0),
            (-7200, -7190),
            # The clock was set forward far, or the computer was asleep.
            (31, None),
            (10_800, None),
        ],
    )
    def test_since_moves_with_the_clock(self, set_by: float, since: float | None) -> None:
        before = last_of((0, Status.READY), (10, Status.ON_CALL), (20, Status.ON_CALL))
        agent = observe(before, state_of(Status.ON_CALL), at(30, clock_set_by=set_by), MAX_GAP)
        assert agent.since == (None if since is None else wall(since))
        assert agent.events == ()

    @pytest.mark.parametrize(
        ("set_by", "duration", "seconds"),
        [
            *((each, 20, 20.0) for each in (0, 1, 10, 30, -1, -10, -7200)),
            *((each, None, 10.0) for each in (31, 10_800)),
        ],
    )
    def test_duration_and_seconds_do_not_depend_on_the_clock(
        self, set_by: float, duration: int | None, seconds: float
    ) -> None:
        before = last_of((0, Status.READY), (10, Status.ON_CALL), (20, Status.ON_CALL))
        agent = observe(before, state_of(Status.READY), at(30, clock_set_by=set_by), MAX_GAP)
        is_known = duration is not None
        expected = (ended(answered=True, duration=duration),) if is_known else ()
        assert agent.events == expected
        assert agent.totals.seconds_in(Status.ON_CALL) == seconds
        # A change in a gap is not observed.
        assert agent.since == (wall(30 + set_by) if is_known else None)

    def test_since_moves_with_a_clock_set_back_during_an_outage(self) -> None:
        before = last_of((0, Status.READY), (10, Status.PAUSED), (20, TIMEOUT))
        agent = observe(before, state_of(Status.PAUSED), at(30, clock_set_by=-7200), MAX_GAP)
        assert agent.since == wall(10 - 7200)

    def test_since_is_unknown_after_the_computer_was_asleep(self) -> None:
        """The monotonic clock stands still during sleep."""
        before = last_of((0, Status.READY), (10, Status.ON_CALL))
        woken = observe(before, state_of(Status.ON_CALL), at(20, clock_set_by=75), MAX_GAP)
        assert (woken.since, woken.events, woken.added) == (None, (), Totals())
        later = observe(woken, state_of(Status.READY), at(30, clock_set_by=75), MAX_GAP)
        assert later.events == (ended(answered=True, duration=None),)
        assert later.since == wall(105)

    def test_frozen_process_is_a_gap(self) -> None:
        """The monotonic clock goes on in a paused container."""
        agent = last_of((0, Status.READY), (10, Status.READY), (85, Status.ON_CALL))
        assert (agent.since, agent.events) == (None, ())

    def test_since_is_unknown_after_a_failure_and_sleep(self) -> None:
        before = last_of((0, Status.READY), (10, Status.PAUSED), (20, TIMEOUT))
        agent = observe(before, state_of(Status.PAUSED), at(30, clock_set_by=600), MAX_GAP)
        assert agent.since is None

    def test_small_differences_do_not_add_up(self) -> None:
        agent = last_of((0, Status.READY), (10, Status.ON_CALL))
        for number in range(2, 50):
            moment = at(10 * number, clock_set_by=-1.5 * number)
            agent = observe(agent, state_of(Status.ON_CALL), moment, MAX_GAP)
            assert agent.since is not None
            assert agent.since <= moment.wall


class TestRestart:
    """Only the totals and the last known status are restored."""

    @pytest.mark.parametrize(
        ("absence", "is_known"),
        [
            (timedelta(minutes=2), True),
            (MAX_ABSENCE, True),
            (MAX_ABSENCE + timedelta(seconds=1), False),
            (timedelta(weeks=3), False),
            # The clock may differ a little.
            (timedelta(seconds=-2), True),
            (timedelta(seconds=-3), False),
            (timedelta(hours=-2), False),
        ],
    )
    def test_since_survives_an_absence_of_up_to_an_hour(
        self, absence: timedelta, is_known: bool
    ) -> None:
        since = START - timedelta(hours=5)
        agent = last_of(
            (0, Status.ON_CALL), before=restored(LastKnown(Status.ON_CALL, since, START - absence))
        )
        assert agent.since == (since if is_known else None)
        assert agent.events == ()

    def test_since_is_unknown_if_the_status_is_another(self) -> None:
        last_known = LastKnown(Status.ON_CALL, wall(-300), wall(-60))
        agent = last_of((0, Status.READY), before=restored(last_known))
        assert (agent.since, agent.events) == (None, ())

    def test_unknown_since_stays_unknown(self) -> None:
        last_known = LastKnown(Status.ON_CALL, None, wall(-60))
        assert last_of((0, Status.ON_CALL), before=restored(last_known)).since is None

    def test_since_in_the_future_is_now(self) -> None:
        last_known = LastKnown(Status.ON_CALL, wall(1.5), wall(1.5))
        assert last_of((0, Status.ON_CALL), before=restored(last_known)).since == wall(0)

    def test_since_survives_failed_first_polls(self) -> None:
        last_known = LastKnown(Status.ON_CALL, wall(-300), wall(-60))
        agents = observed(
            (0, TIMEOUT),
            (10, SECOND_CALL_FAILED),
            (20, Status.ON_CALL),
            before=restored(last_known),
        )
        assert [each.since for each in agents] == [None, None, wall(-300)]

    def test_end_of_a_call_from_before_the_restart_has_no_duration(self) -> None:
        last_known = LastKnown(Status.ON_CALL, wall(-300), wall(-60))
        agent = last_of((0, Status.ON_CALL), (10, Status.READY), before=restored(last_known))
        assert agent.events == (ended(answered=True, duration=None),)

    def test_totals_continue_after_a_restart(self) -> None:
        totals = Totals(7, {Status.ON_CALL: 100.0, Status.READY: 5.0})
        before = Agent(extension_id="01001", totals=totals)
        agent = last_of((0, Status.READY), (10, Status.ON_CALL), (15, Status.READY), before=before)
        assert agent.totals == Totals(8, {Status.ON_CALL: 105.0, Status.READY: 15.0})


def restored(last_known: LastKnown) -> Agent:
    return Agent(extension_id="01001", last_known=last_known)


class TestLose:
    def test_lost_agent_keeps_only_totals_and_last_known_status(self) -> None:
        before = last_of((0, Status.READY), (10, Status.ON_CALL), (20, Status.ON_CALL))
        lost = lose(before)
        assert lost == Agent(extension_id="01001")
        assert (lost.totals, lost.last_known, lost.seen, lost.step) == (
            before.totals,
            before.last_known,
            before.seen,
            before.step,
        )
        assert (lost.events, lost.added, lost.call_started) == ((), Totals(), None)

    @pytest.mark.parametrize(
        ("status", "since"), [(Status.ON_CALL, 10), (Status.READY, None), (Status.WRAP_UP, None)]
    )
    def test_observation_after_a_loss_has_no_events(
        self, status: Status, since: float | None
    ) -> None:
        before = lose(last_of((0, Status.READY), (10, Status.ON_CALL)))
        agent = last_of((20, status), before=before)
        assert (agent.events, agent.added) == ((), Totals())
        assert agent.since == (None if since is None else wall(since))


class TestRefusal:
    @pytest.mark.parametrize(
        ("results", "is_refused"),
        [
            ([FAULT, FAULT], False),
            ([FAULT, FAULT, FAULT], True),
            ([FAULT] * 5, True),
            ([FAULT, FAULT, Status.PAUSED], False),
            ([FAULT, FAULT, Status.PAUSED, FAULT, FAULT], False),
            ([FAULT, FAULT, TIMEOUT, FAULT], False),
            ([TIMEOUT] * 5, False),
            ([SECOND_CALL_FAILED] * 3, False),
        ],
    )
    def test_extension_is_refused_after_three_faults(
        self, results: list[Result | Status], is_refused: bool
    ) -> None:
        agent = last_of(*((10.0 * number, each) for number, each in enumerate(results)))
        assert agent.is_refused is is_refused


def refused() -> Agent:
    return last_of((0, FAULT), (10, FAULT), (20, FAULT))


class TestCount:
    @pytest.mark.parametrize(
        ("agents", "available", "ready", "on_call"),
        [
            ([], 0, 0, 0),
            ([Status.READY, Status.ON_CALL, Status.READY], 3, 2, 1),
            ([Status.PAUSED], 0, 0, 0),
            # Only the statuses in the option count as being on a call.
            ([Status.ON_CALL, Status.HANDLING], 1, 0, 1),
            # An unknown extension might be ready or on a call.
            ([Status.READY, TIMEOUT], None, None, None),
            ([Status.READY, FAULT], None, None, None),
            ([Status.READY, UNKNOWN_AVAILABILITY], None, None, None),
            # The extension accepts calls, whatever its call state is.
            ([Status.READY, SECOND_CALL_FAILED], 2, None, None),
        ],
    )
    def test_count_is_unknown_if_an_unknown_extension_may_count(
        self,
        agents: list[Result | Status],
        available: int | None,
        ready: int | None,
        on_call: int | None,
    ) -> None:
        counts = count([last_of((0, each)) for each in agents], {Status.ON_CALL})
        assert counts == Counts(available, ready, on_call)

    def test_refused_extension_is_not_counted(self) -> None:
        agents = [last_of((0, Status.READY)), refused()]
        assert count(agents, {Status.ON_CALL}) == Counts(1, 1, 0)


class TestTotals:
    def test_sum_has_every_status(self) -> None:
        first = Totals(1, {Status.ON_CALL: 2.0, Status.READY: 3.0})
        second = Totals(10, {Status.READY: 20.0, Status.PAUSED: 30.0})
        assert first + second == Totals(
            11, {Status.ON_CALL: 2.0, Status.READY: 23.0, Status.PAUSED: 30.0}
        )

    def test_seconds_of_several_statuses_are_added(self) -> None:
        totals = Totals(0, {Status.ON_CALL: 2.0, Status.READY: 3.0})
        assert totals.seconds_in(Status.ON_CALL, Status.READY, Status.PAUSED) == 5

    @pytest.mark.parametrize("status", Status)
    def test_seconds_are_added_to_the_previous_status(self, status: Status) -> None:
        agent = last_of((0, status), (7.5, Status.OFFLINE))
        assert agent.added.seconds_in(*Status) == (7.5 if status in COUNTED else 0)
        assert agent.added.seconds_in(status) == (7.5 if status in COUNTED else 0)


type Observations = list[tuple[float, float, Result | Status]]

RESULTS = st.one_of(
    st.sampled_from(list(Status)),
    st.sampled_from([TIMEOUT, FAULT, SECOND_CALL_FAILED, UNKNOWN_CALL_STATE, UNKNOWN_AVAILABILITY]),
)
STEPS = st.one_of(st.floats(0.1, 40), st.floats(0.1, 10_000))
CLOCKS = st.one_of(st.just(0.0), st.floats(-3, 3), st.floats(-10_000, 10_000))


def run(observations: Observations) -> list[Agent]:
    """Return the agents after observations: the step, by how much the clock was set, the result."""
    agent = Agent(extension_id="01001")
    seconds = set_by = 0.0
    agents = []
    for step, clock, result in observations:
        seconds += step
        set_by += clock
        agent = observe(agent, result_of(result), at(seconds, clock_set_by=set_by), MAX_GAP)
        agents.append(agent)
    return agents


observations_of = st.lists(st.tuples(STEPS, CLOCKS, RESULTS), max_size=30)


class TestAnyHistory:
    @given(observations_of)
    def test_totals_never_fall(self, observations: Observations) -> None:
        for before, after in pairwise(run(observations)):
            assert after.totals == before.totals + after.added
            assert after.totals.calls >= before.totals.calls
            assert all(
                after.totals.seconds_in(each) >= before.totals.seconds_in(each) for each in Status
            )

    @given(
        st.lists(
            st.tuples(st.floats(0.1, 30), st.floats(-5000, 29), st.sampled_from(sorted(COUNTED))),
            min_size=1,
        )
    )
    def test_seconds_add_up_to_the_time_observed(self, observations: Observations) -> None:
        agent = run(observations)[-1]
        time = sum(step for step, _, _ in observations[1:])
        assert agent.totals.seconds_in(*Status) == pytest.approx(time, abs=1e-6 * len(observations))

    @given(observations_of)
    def test_seconds_never_exceed_the_time_observed(self, observations: Observations) -> None:
        for agent in run(observations):
            assert agent.added.seconds_in(*Status) <= agent.step.total_seconds() + 1e-6

    @given(
        st.lists(
            st.tuples(st.floats(0.1, 30), st.floats(-5000, 29), st.sampled_from(Status)), min_size=1
        )
    )
    def test_events_alternate(self, observations: Observations) -> None:
        first, *agents = run(observations)
        in_call, connected = first.status in IN_CALL, first.status in CONNECTED_STATUSES
        for agent in agents:
            for event in agent.events:
                assert in_call is not (event.type is CallEventType.STARTED)
                assert not (connected and event.type is CallEventType.CONNECTED)
                in_call = event.type is not CallEventType.ENDED
                connected = event.type is CallEventType.CONNECTED
            assert in_call is (agent.status in IN_CALL)
            assert connected is (agent.status in CONNECTED_STATUSES)

    @given(observations_of)
    def test_events_occur_only_between_two_known_statuses(self, observations: Observations) -> None:
        for before, after in pairwise(run(observations)):
            if None in (before.status, after.status):
                assert after.events == ()

    @given(observations_of)
    def test_since_is_never_in_the_future(self, observations: Observations) -> None:
        for agent in run(observations):
            assert agent.seen is not None
            assert agent.since is None or agent.since <= agent.seen.wall
            if agent.status is None:
                assert agent.since is None

    @given(observations_of)
    def test_duration_never_exceeds_the_time_observed(self, observations: Observations) -> None:
        time = sum(step for step, _, _ in observations)
        for agent in run(observations):
            for event in agent.events:
                assert event.duration is None or 0 <= event.duration <= time + 1

    @given(observations_of, st.integers(0, 30))
    def test_lost_agents_have_no_state(self, observations: Observations, number: int) -> None:
        for agent in run(observations)[:number]:
            assert lose(agent) == Agent(extension_id="01001")
            assert lose(agent).totals == agent.totals
