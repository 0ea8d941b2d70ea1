"""Measures what one poll costs, compared with other ways to make the same requests.

Prints a table, writes it into docs/performance.md, and exits with 1 if a target is missed.
"""

from argparse import ArgumentParser
import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
import gc
from importlib.util import find_spec
from pathlib import Path
from statistics import median
import sys
import time
from typing import Final

from .benchmark_server import Server, running_server, takes_calls
from .contenders import CONTENDERS, FLOOR, NEEDS, NEVER, OURS, Poll
from .in_process import add_account, running_home_assistant

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "performance.md"
MARKERS: Final = ("<!-- table -->", "<!-- /table -->")
MAX_WALL: Final = 1.10
"""Maximum wall time as a multiple of bare aiohttp's, with `PROMISED_FROM` extensions or more."""
MAX_CPU: Final = 1.5
"""Maximum CPU time, likewise."""
PROMISED_FROM: Final = 100
MAX_GROWTH: Final = 10.5
"""Maximum growth of the wall and CPU time with ten times the extensions."""
SLOW_SECONDS: Final = 10
"""A sequential poll that takes longer is measured only once."""


def numbered_ids(count: int) -> list[str]:
    """Return the extension IDs of an account of this size."""
    return [f"{number:05}" for number in range(1, count + 1)]


def expected_requests(count: int) -> int:
    """Return the requests of one poll: one per extension, a second one if it takes calls."""
    return count + sum(map(takes_calls, numbered_ids(count)))


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """The number of extensions, and the delay of an answer in seconds."""

    count: int
    delay: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll took."""

    wall: float
    cpu: float
    requests: int


type Rounds = dict[str, list[Cost]]
"""Costs by client, one for each round."""
type Results = dict[Setting, Rounds]


async def measure(server: Server, settings: Sequence[Setting], rounds: int) -> Results:
    """Poll with every client in every setting."""
    results: Results = {}
    names = [name for name in CONTENDERS if all(map(find_spec, NEEDS.get(name, ())))]
    for count in sorted({setting.count for setting in settings}):
        ids = numbered_ids(count)
        async with running_home_assistant() as hass, AsyncExitStack() as stack:
            polls = {
                name: await stack.enter_async_context(CONTENDERS[name](hass, server.url, ids))
                for name in names
            }
            server.delay.value = 0.0
            for name, poll in polls.items():
                answers = await poll()
                if answers not in (None, {each: takes_calls(each) for each in ids}):
                    raise RuntimeError(f"{name} got other answers than the server sent")
            # Objects of other clients must not make garbage collection slower for this one.
            gc.collect()
            gc.freeze()
            for setting in sorted(each for each in settings if each.count == count):
                print(f"{count} extensions, {setting.delay * 1000:.0f} ms", file=sys.stderr)
                server.delay.value = setting.delay
                results[setting] = await _measure_in_turns(server, polls, setting, rounds)
            gc.unfreeze()
    return results


async def _measure_in_turns(
    server: Server, polls: dict[str, Poll], setting: Setting, rounds: int
) -> Rounds:
    costs: Rounds = defaultdict(list)
    slow = expected_requests(setting.count) * setting.delay > SLOW_SECONDS
    for number in range(rounds):
        # In alternating order, so that no client is always first.
        for name in polls if number % 2 == 0 else reversed(polls):
            if number and slow and "sequential" in name:
                continue
            requests = server.requests.value
            wall, cpu = await _measure(polls[name], 1)
            costs[name].append(Cost(wall, cpu, server.requests.value - requests))
    return dict(costs)


async def measure_growth(
    server: Server, count: int, delays: Sequence[float], rounds: int
) -> dict[float, tuple[float, float]]:
    """Return the growth of wall and CPU time from `count` extensions to ten times as many.

    Ten polls of the small account and one of the large take turns: measured minutes apart, the
    growth would differ by a fifth from run to run.
    """
    ids = numbered_ids(11 * count)
    growth = {}
    async with running_home_assistant() as hass:
        server.delay.value = 0.0
        small = await add_account(hass, server.url, ids[:count], scan_interval=NEVER)
        large = await add_account(hass, server.url, ids[count:], scan_interval=NEVER)
        gc.collect()
        gc.freeze()
        for delay in delays:
            server.delay.value = delay
            pairs = []
            for _ in range(rounds):
                before = await _measure(small.runtime_data.async_refresh, 10)
                after = await _measure(large.runtime_data.async_refresh, 1)
                if not (small.runtime_data.last_update_success and large.runtime_data.data):
                    raise RuntimeError("a poll failed")
                pairs.append((10 * after[0] / before[0], 10 * after[1] / before[1]))
            growth[delay] = median(wall for wall, _ in pairs), median(cpu for _, cpu in pairs)
        gc.unfreeze()
    return growth


async def _measure(poll: Poll, times: int) -> tuple[float, float]:
    """Return the wall and CPU time of so many polls."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        await poll()
    return time.perf_counter() - wall, time.process_time() - cpu


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return the median of the ratios within a round."""
    return median(one / other for one, other in zip(numerators, denominators, strict=False))


def over_floor(rounds: Rounds, name: str) -> tuple[float, float]:
    """Return the wall and CPU time of a client as multiples of bare aiohttp's."""
    costs, floor = rounds[name], rounds[FLOOR]
    return (
        ratio([each.wall for each in costs], [each.wall for each in floor]),
        ratio([each.cpu for each in costs], [each.cpu for each in floor]),
    )


def table(results: Results) -> str:
    """Return the figures as a table in Markdown."""
    rows = [
        ("extensions", "delay", "", "wall", "of aiohttp", "CPU", "of aiohttp", "requests"),
        ("--:", "--:", ":--", "--:", "--:", "--:", "--:", "--:"),
    ]
    for setting, rounds in results.items():
        for name, costs in rounds.items():
            wall, cpu = over_floor(rounds, name)
            rows.append(
                (
                    f"{setting.count:,}",
                    f"{setting.delay * 1000:.0f} ms",
                    name,
                    f"{median(each.wall for each in costs) * 1000:,.0f} ms",
                    f"{wall:.2f}",
                    f"{median(each.cpu for each in costs) * 1000:,.0f} ms",
                    f"{cpu:.2f}",
                    f"{max(each.requests for each in costs):,}",
                )
            )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if align == ":--" else cell.rjust(width)
            for cell, width, align in zip(row, widths, rows[1], strict=True)
        )
        + " |"
        for row in rows
    )


def promises(
    results: Results, growth: Mapping[float, tuple[float, float]]
) -> list[tuple[str, bool]]:
    """Return the targets with the measured values, and whether they are met."""
    checked: list[tuple[str, bool]] = []
    for setting, rounds in results.items():
        name = f"{setting.count:,} extensions, {setting.delay * 1000:.0f} ms"
        wanted = expected_requests(setting.count)
        counts = {each.requests for each in rounds[OURS]}
        checked.append((f"{name}: {counts} requests, exactly {wanted}", counts == {wanted}))
        if setting.count >= PROMISED_FROM and setting.delay:
            for what, bound, value in zip(
                ("wall time", "CPU"), (MAX_WALL, MAX_CPU), over_floor(rounds, OURS), strict=True
            ):
                text = f"{name}: {what} {value:.2f} of {FLOOR}, at most {bound}"
                checked.append((text, value <= bound))
    for delay, values in growth.items():
        for what, value in zip(("wall time", "CPU"), values, strict=True):
            text = f"ten times the extensions, {delay * 1000:.0f} ms: {what} x {value:.2f}"
            checked.append((f"{text}, at most {MAX_GROWTH}", value <= MAX_GROWTH))
    return checked


def write(text: str) -> None:
    """Replace the text between the markers of the document."""
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(MARKERS[0])
    _, after = rest.split(MARKERS[1])
    DOCUMENT.write_text(f"{before}{MARKERS[0]}\n\n{text}\n\n{MARKERS[1]}{after}", encoding="utf-8")


def main() -> int:
    """Measure, print, write, check."""
    parser = ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 and 100 extensions, 3 rounds")
    parser.add_argument("--rounds", type=int, default=7, help="polls of each contender")
    options = parser.parse_args()
    counts, rounds = ((10, 100), 3) if options.quick else ((100, 1000), options.rounds)
    delays = (0.0, 0.02)
    settings = [Setting(count, delay) for count in counts for delay in delays]
    with running_server() as server:
        results = asyncio.run(measure(server, settings, rounds))
        growth = asyncio.run(measure_growth(server, counts[0], delays, rounds))
    print(text := table(results))
    if not options.quick:
        write(text)
    checked = promises(results, growth)
    for sentence, held in checked:
        print("ok      " if held else "NOT HELD", sentence)
    return 0 if all(held for _, held in checked) else 1


if __name__ == "__main__":
    sys.exit(main())
