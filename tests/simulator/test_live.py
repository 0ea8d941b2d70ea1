"""Agents that live: believable, and the same for the same seed."""

import asyncio
from itertools import accumulate, islice, pairwise
from typing import Any, override

import pytest

from simulator import DEFAULT_EXTENSIONS, AgentState, Extension, Live, Simulator
from simulator.live import Activity, schedule, walk

Seen = tuple[bool, str, str]


def seen(activity: Activity) -> Seen:
    return activity.available, activity.reason, activity.call_state


def change_times(seed: int, until: float) -> list[float]:
    """Return when anything changes among the five agents, in seconds from the start."""
    times: list[float] = []
    for extension_id in DEFAULT_EXTENSIONS:
        ends = accumulate(step.seconds for step in schedule(seed, extension_id))
        for end in ends:
            if end > until:
                break
            times.append(end)
    return sorted(times)


def test_a_schedule_follows_from_its_seed_alone() -> None:
    first, again, other_seed, other_agent = (
        list(islice(schedule(seed, agent), 50))
        for seed, agent in ((7, "01001"), (7, "01001"), (8, "01001"), (7, "01002"))
    )
    assert first == again
    assert first != other_seed
    assert first != other_agent


def test_a_call_goes_from_calling_over_called_to_wrap_up() -> None:
    steps = list(islice(schedule(0, "01001"), 5000))
    allowed = {
        ("idle", "calling"),
        ("calling", "called"),
        ("calling", "idle"),
        ("called", "wrapup"),
        ("wrapup", "idle"),
        ("idle", "idle"),
    }
    assert {
        (one.activity.call_state, two.activity.call_state) for one, two in pairwise(steps)
    } == allowed


def test_every_state_of_the_document_comes_by() -> None:
    states = {seen(step.activity) for step in islice(schedule(0, "01001"), 2000)}
    assert states == {
        (True, "-", "idle"),
        (True, "-", "calling"),
        (True, "-", "called"),
        (True, "-", "wrapup"),
        (False, "pause", "idle"),
        (False, "-", "idle"),
    }


@pytest.mark.parametrize("seed", range(20))
def test_whoever_watches_from_the_start_sees_a_change_within_half_a_minute(seed: int) -> None:
    assert change_times(seed, 3600)[0] <= 30


def test_by_default_no_minute_of_the_first_half_hour_is_without_a_change() -> None:
    times = [0.0, *change_times(0, 1800)]
    assert max(later - earlier for earlier, later in pairwise(times)) < 60


class Recorder(Extension):
    """An extension that remembers where it was led, and when."""

    def __init__(self) -> None:
        super().__init__("01001", "Reception", AgentState())
        self.path: list[tuple[float, Seen]] = []

    @override
    def walk_to(self, **state: Any) -> None:
        super().walk_to(**state)
        now = asyncio.get_running_loop().time()
        self.path.append((now, (self.available, self.reason, self.call_state)))


async def walked(live: Live, steps: int) -> Recorder:
    recorder = Recorder()
    walking = asyncio.create_task(walk(recorder, live))
    async with asyncio.timeout(20):
        while len(recorder.path) < steps:  # noqa: ASYNC110 - a walk tells nobody
            await asyncio.sleep(0.001)
    walking.cancel()
    return recorder


async def test_an_agent_is_led_along_its_schedule_step_by_step() -> None:
    recorder = await walked(Live(seed=3, speed=1e9), 100)
    expected = [seen(step.activity) for step in islice(schedule(3, "01001"), 100)]
    assert [state for _, state in recorder.path[:100]] == expected


async def test_steps_take_as_long_as_scheduled_divided_by_the_speed() -> None:
    recorder = await walked(Live(seed=3, speed=200), 6)
    start = recorder.path[0][0]
    due = accumulate((step.seconds / 200 for step in schedule(3, "01001")), initial=0.0)
    for (when, _), expected in zip(recorder.path[:6], due, strict=False):
        assert expected - 0.01 <= when - start < expected + 0.5


async def test_agents_are_anywhere_in_their_day_from_the_first_moment() -> None:
    async with Simulator(live=Live()) as simulator:
        for extension_id, agent in simulator.extensions.items():
            first = next(schedule(0, extension_id)).activity
            assert (agent.available, agent.reason, agent.call_state) == seen(first)


async def test_agents_stand_still_unless_asked_to_live(simulator: Simulator) -> None:
    before = [one.state for one in simulator.extensions.values()]
    await asyncio.sleep(0.05)
    assert [one.state for one in simulator.extensions.values()] == before


async def test_a_hold_outlasts_the_schedule_and_a_release_catches_up() -> None:
    async with Simulator(live=Live(speed=1e6)) as simulator:
        agent = simulator.extension("01001")
        agent.call_state = "mine"
        await asyncio.sleep(0.05)
        assert agent.call_state == "mine"
        agent.release()
        assert agent.call_state != "mine"


@pytest.mark.parametrize("speed", [0.0, -1.0])
def test_time_does_not_stand_still_or_run_back(speed: float) -> None:
    with pytest.raises(ValueError, match="speed must be above 0"):
        Live(speed=speed)
