"""Agents' days: plausible, the same for the same seed, or written by a test."""

from itertools import islice, pairwise

import pytest

from simulator import AgentState, Extension, Simulator, random_day, state_at
from simulator.live import CALLED, CALLING, IDLE, LOGGED_OUT, PAUSE, WRAP_UP, follow
from tests.helpers import until

DAY = [(60, IDLE), (5, CALLING), (120, CALLED), (20, WRAP_UP), (1, PAUSE)]


def test_random_day_depends_on_its_seed_only() -> None:
    first, again, other_seed, other_agent = (
        list(islice(random_day(seed, agent), 50))
        for seed, agent in ((7, "01001"), (7, "01001"), (8, "01001"), (7, "01002"))
    )
    assert first == again
    assert first != other_seed
    assert first != other_agent


def test_random_day_has_every_state_in_a_believable_order() -> None:
    states = [state for _, state in islice(random_day(0, "01001"), 5000)]
    assert set(pairwise(states)) == {
        (IDLE, CALLING),
        (CALLING, CALLED),
        (CALLING, IDLE),
        (CALLED, WRAP_UP),
        (WRAP_UP, IDLE),
        (WRAP_UP, PAUSE),
        (WRAP_UP, LOGGED_OUT),
        (PAUSE, IDLE),
        (LOGGED_OUT, IDLE),
    }


@pytest.mark.parametrize(
    ("seconds", "state"), [(0, IDLE), (59.9, IDLE), (60, CALLING), (66, CALLED), (9999, PAUSE)]
)
def test_written_day_has_a_state_at_any_time(seconds: float, state: AgentState) -> None:
    assert state_at(DAY, seconds) == state


async def test_agent_follows_its_day_and_keeps_its_phone_number() -> None:
    extension = Extension("01001", "Reception", AgentState(endpoint="0032"))
    states = []
    for seconds in (0, 60, 65, 185, 205):
        await follow(extension, [(0, state_at(DAY, seconds))], 1.0)
        states.append(extension.state)
    assert [each.call_state for each in states] == ["idle", "calling", "called", "wrapup", "idle"]
    assert {each.endpoint for each in states} == {"0032"}


async def test_server_starts_days_at_their_speed(simulator: Simulator) -> None:
    agent = simulator.extension("01001")
    simulator.follow("01001", DAY, speed=10_000)
    simulator.follow("01002", [(0, CALLED)])
    assert agent.call_state == "idle"
    assert simulator.extension("01002").call_state == "called"
    await until(lambda: not agent.available)
    assert simulator.extension("01003").state.call_state == "idle"


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
def test_speed_must_be_above_0(simulator: Simulator, speed: float) -> None:
    with pytest.raises(ValueError, match="speed must be above 0"):
        simulator.follow("01001", DAY, speed)
