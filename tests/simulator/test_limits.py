"""What the server allows: decisions as tables, and refusals over real HTTP."""

import asyncio
import math

import pytest

from simulator import (
    AtOnce,
    Bucket,
    Hang,
    Limit,
    OneLane,
    PerAddress,
    Simulator,
    Window,
)
from tests.helpers import until

from .conftest import opened, raw, request

REFUSED = None


def decisions(limit: Limit, times: list[float]) -> list[float | None]:
    """Return how long each request waits that arrives at one of these times."""
    found = [limit.arrive(each) for each in times]
    return [REFUSED if each is None else round(each, 6) for each in found]


@pytest.mark.parametrize(
    ("limit", "times", "expected"),
    [
        (AtOnce(requests=2), [0, 0, 0, 9], [0, 0, REFUSED, REFUSED]),
        (Window(requests=2, seconds=0.5), [1, 1.2, 1.4, 1.5, 1.6], [0, 0, REFUSED, 0, REFUSED]),
        (
            Window(requests=2, seconds=0.5, count_refused=True),
            [1, 1.2, 1.4, 1.5, 1.8, 2],
            [0, 0, REFUSED, REFUSED, REFUSED, 0],
        ),
        (Bucket(rate=2, burst=1), [5, 5, 5, 5.5, 5.5, 9, 9], [0, 0, REFUSED, 0, REFUSED, 0, 0]),
        (OneLane(seconds=0.7), [1, 1, 1.5, 9], [0.7, 1.4, 1.6, 0.7]),
        (Hang(), [1, 2], [math.inf, math.inf]),
        (PerAddress(connections=1), [1, 1], [0, 0]),
    ],
)
def test_limit_admits_and_refuses(
    limit: Limit, times: list[float], expected: list[float | None]
) -> None:
    assert decisions(limit, times) == expected


def test_at_once_admits_another_when_a_request_leaves() -> None:
    limit = AtOnce(requests=1)
    assert decisions(limit, [0, 0]) == [0, REFUSED]
    limit.leave()
    assert decisions(limit, [0, 0]) == [0, REFUSED]


def test_per_address_counts_connections() -> None:
    limit = PerAddress(connections=2)
    assert [limit.arrive(0, each) for each in range(4)] == [0, 0, None, None]


async def statuses(simulator: Simulator, number: int) -> list[int]:
    """Make requests at the same time; return each answer's status, 0 for none."""

    async def status() -> int:
        try:
            return (await raw(simulator)).status
        except ConnectionError:
            return 0

    return sorted(await asyncio.gather(*(status() for _ in range(number))))


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (AtOnce(requests=2), [200, 200, 403, 403, 403]),
        (AtOnce(requests=4, refusal="503"), [200, 200, 200, 200, 503]),
        (AtOnce(requests=3, refusal="reset"), [0, 0, 200, 200, 200]),
        (PerAddress(connections=1), [0, 0, 0, 0, 200]),
        (Window(requests=3, seconds=60, refusal="429"), [200, 200, 200, 429, 429]),
        (Bucket(rate=0.1, burst=1), [200, 200, 503, 503, 503]),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Limit) else "",
)
async def test_server_refuses_what_is_above_the_limit(
    simulator: Simulator, limit: Limit, expected: list[int]
) -> None:
    simulator.delay, simulator.limit = 0.1, limit
    assert await statuses(simulator, 5) == expected
    assert simulator.refused == 5 - expected.count(200)
    assert all(each.refused is (each.state is None) for each in simulator.requests)
    assert {each.extension_id for each in simulator.requests} == {"01001"}
    simulator.limit = None
    assert await statuses(simulator, 5) == [200] * 5


async def test_client_that_leaves_makes_room_for_another(simulator: Simulator) -> None:
    simulator.delay, simulator.limit = 3600, AtOnce(requests=1)
    _, writer = await opened(simulator)
    await until(lambda: len(simulator.requests) == 1)
    assert await statuses(simulator, 1) == [403]
    writer.close()
    await until(lambda: not simulator.in_flight)
    simulator.delay = 0
    assert await statuses(simulator, 1) == [200]


async def test_one_lane_computes_the_answers_of_clients_that_left(simulator: Simulator) -> None:
    simulator.limit = OneLane(seconds=0.2)
    loop = asyncio.get_running_loop()
    began = loop.time()
    _, writer = await opened(simulator)
    await until(lambda: len(simulator.requests) == 1)
    writer.close()
    await until(lambda: not simulator.in_flight)
    assert await statuses(simulator, 2) == [200, 200]
    assert loop.time() - began >= 0.59
    assert [each.state is None for each in simulator.requests] == [True, False, False]


async def test_firewall_lets_other_addresses_in(simulator: Simulator) -> None:
    simulator.limit = PerAddress(connections=1)
    reader, writer = await opened(simulator)
    assert await reader.readuntil(b"</methodResponse>")
    connection = asyncio.open_connection("127.0.0.1", simulator.port, local_addr=("127.0.0.2", 0))
    other_reader, other = await connection
    other.write(request())
    assert await other_reader.readuntil(b"</methodResponse>")
    assert simulator.refused == 0
    writer.close()
    other.close()
