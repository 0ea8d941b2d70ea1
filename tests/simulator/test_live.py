"""Schedules of agents: plausible, and the same for the same seed."""

import asyncio
from itertools import accumulate, islice, pairwise
from typing import Any, override

import pytest

from simulator import DEFAULT_EXTENSIONS, AgentState, Extension, Live, Simulator
from simulator.live import Activity, schedule, walk
from tests.helpers import until

Seen = tuple[bool, str, str]


def seen(of: Activity | Extension) -> Seen:
    return of.available, of.reason, of.call_state


def test_a_schedule_follows_from_its_seed_alone() -> None:
    first, again, other_seed, other_agent = (
        list(islice(schedule(seed, agent), 50))
        for seed, agent in ((7, "01001"), (7, "01001"), (8, "01001"), (7, "01002"))
    )
    assert first == again
    assert first != other_seed
    assert first != other_agent


def test_every_state_of_the_document_comes_by_in_a_believable_order() -> None:
    activities = [activity for activity, _ in islice(schedule(0, "01001"), 5000)]
    assert set(pairwise(each.call_state for each in activities)) == {
        ("idle", "calling"),
        ("calling", "called"),
        ("calling", "idle"),
        ("called", "wrapup"),
        ("wrapup", "idle"),
        ("idle", "idle"),
    }
    assert {seen(each) for each in activities} == {
        *((True, "-", call_state) for call_state in ("idle", "calling", "called", "wrapup")),
        (False, "pause", "idle"),
        (False, "-", "idle"),
    }


def test_no_minute_of_the_first_half_hour_is_without_a_change() -> None:
    times = [0.0]
    for extension_id in DEFAULT_EXTENSIONS:
        changes = list(accumulate(seconds for _, seconds in islice(schedule(0, extension_id), 200)))
        assert changes[0] <= 30
        times += changes
    first = sorted(time for time in times if time < 1800)
    assert max(later - earlier for earlier, later in pairwise(first)) < 60


async def test_an_agent_follows_its_schedule_at_its_speed() -> None:
    path: list[tuple[float, Seen]] = []

    class Recorder(Extension):
        @override
        def walk_to(self, **state: Any) -> None:
            super().walk_to(**state)
            path.append((asyncio.get_running_loop().time(), seen(self)))

    walking = asyncio.create_task(
        walk(Recorder("01001", "Reception", AgentState()), Live(seed=3, speed=1000))
    )
    await until(lambda: len(path) > 5)
    walking.cancel()
    due = accumulate((seconds / 1000 for _, seconds in schedule(3, "01001")), initial=path[0][0])
    for (when, state), (activity, _), expected in zip(
        path, schedule(3, "01001"), due, strict=False
    ):
        assert state == seen(activity)
        assert when >= expected - 0.01


async def test_agents_are_anywhere_in_their_day_from_the_first_moment() -> None:
    async with Simulator(live=Live()) as simulator:
        for extension_id, agent in simulator.extensions.items():
            first, _ = next(schedule(0, extension_id))
            assert seen(agent) == seen(first)


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_time_does_not_stand_still_or_run_back(speed: float) -> None:
    with pytest.raises(ValueError, match="speed must be above 0"):
        Live(speed=speed)
