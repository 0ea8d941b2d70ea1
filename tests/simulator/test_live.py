"""Agents' days: plausible, the same for the same seed, or written by a test."""

from itertools import islice, pairwise

from simulator import Simulator, random_day
from simulator.live import CALLED, CALLING, IDLE, LOGGED_OUT, PAUSE, WRAP_UP
from tests.helpers import until


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


async def test_agent_follows_its_day_at_a_speed_and_keeps_its_phone_number(
    simulator: Simulator,
) -> None:
    agent = simulator.extension("01001")
    endpoint = agent.endpoint
    simulator.follow("01001", [(60, CALLED), (5, CALLING), (1, PAUSE)], speed=10_000)
    assert agent.call_state == "called"
    await until(lambda: not agent.available)
    assert agent.endpoint == endpoint
    assert simulator.extension("01003").call_state == "idle"
