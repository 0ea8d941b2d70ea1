"""Measures what one poll costs, compared with other ways to make the same requests.

Prints a table, writes it into docs/performance.md, and exits with 1 if a target is missed.
"""

from argparse import ArgumentParser
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
import gc
from itertools import product
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
import sys
import time
from typing import Final
from xmlrpc.client import dumps

import aiohttp
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback

from custom_components.belfabriek.coordinator import BelfabriekCoordinator
from simulator import Simulator

from .in_process import ACCOUNT, add_account, running_home_assistant

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "performance.md"
MARKERS: Final = ("<!-- table -->", "<!-- /table -->")
MAX_CPU: Final = 2.0
"""Maximum CPU time as a multiple of bare aiohttp's at the same pace."""
MAX_GROWTH: Final = 10.5
"""Maximum growth of the CPU time with ten times the extensions."""
DELAY: Final = 0.02
"""Seconds until an answer of the server."""
INTERVAL: Final = 10.0
SHARES: Final = (0.0, 0.05, 1.0)
"""Parts of the extensions whose state changes before a poll."""
OURS: Final = "belfabriek"
FLOOR: Final = "bare aiohttp"
"""The same requests at the same pace, prepared in advance; the answers are ignored."""
BURST: Final = "bare aiohttp, 8 at a time"

type Poll = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll took."""

    wall: float
    """In seconds, as `cpu`."""
    cpu: float
    requests: int
    states: int = 0
    """States that changed in Home Assistant."""


type Rounds = dict[str, list[Cost]]
"""Costs by contender, one for each round."""


class Server:
    """The simulator in another process, so that only its clients are measured."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.url: str = pipe.recv()

    def change(self, ids: Sequence[str]) -> int:
        """Change these agents; return how many requests came since the last call."""
        self._pipe.send(ids)
        requests: int = self._pipe.recv()
        return requests


@contextmanager
def running_server(ids: Sequence[str]) -> Iterator[Server]:
    """Run a server with these extensions, every second of which takes calls."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, ids), daemon=True)
    process.start()
    try:
        yield Server(ours)
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection, ids: Sequence[str]) -> None:
    async def serve() -> None:
        names = {each: f"Agent {each}" for each in ids}
        async with Simulator(account=ACCOUNT, extensions=names, delay=DELAY) as simulator:
            for each in ids[1::2]:
                simulator.extension(each).set(available=False, reason="pause")
            loop = asyncio.get_running_loop()
            pipe.send(simulator.url)
            while True:
                changed: Sequence[str] = await loop.run_in_executor(None, pipe.recv)
                for each in changed:
                    _change(simulator, each)
                pipe.send(len(simulator.journal))
                simulator.journal.clear()

    asyncio.run(serve())


def _change(simulator: Simulator, extension_id: str) -> None:
    """Change a status, and not whether the agent takes calls, which decides about the requests."""
    extension = simulator.extension(extension_id)
    if extension.available:
        extension.call_state = "called" if extension.call_state == "idle" else "idle"
    else:
        extension.reason = "-" if extension.reason == "pause" else "pause"


def numbered_ids(count: int) -> list[str]:
    """Return the extension IDs of an account of this size."""
    return [f"{number:05}" for number in range(1, count + 1)]


def expected_requests(count: int) -> int:
    """Return the requests of one poll: one per extension, a second one if it takes calls."""
    return count + (count + 1) // 2


def parameters(extension_id: str) -> dict[str, dict[str, str]]:
    """Return the parameters of both calls by method."""
    credentials = {"supId": ACCOUNT.supervisor_id, "manId": ACCOUNT.manager_id}
    return {
        "ivr.getAgentAvail": {"accountCode": ACCOUNT.pin, "extensionId": extension_id},
        "general.getExtensionStatus": {
            **credentials,
            "accountCode": ACCOUNT.account_id,
            "extensionId": extension_id,
        },
    }


@asynccontextmanager
async def bare_aiohttp(
    url: str, ids: Sequence[str], at_a_time: Callable[[], int], turn: Poll
) -> AsyncIterator[Poll]:
    """Send the same requests, prepared in advance, and ignore the answers."""
    calls = [
        dumps((params,), method).encode()
        for number, extension_id in enumerate(ids)
        for method, params in list(parameters(extension_id).items())[: 2 - number % 2]
    ]
    headers = {"Content-Type": "text/xml", "Accept-Encoding": "identity"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def send(pending: Iterator[bytes]) -> None:
            for body in pending:
                await turn()
                async with session.post(url, data=body) as response:
                    await response.read()

        async def poll() -> None:
            pending = iter(calls)
            await asyncio.gather(*(send(pending) for _ in range(at_a_time())))

        yield poll


@asynccontextmanager
async def running_contenders(
    hass: HomeAssistant, url: str, ids: Sequence[str]
) -> AsyncIterator[dict[str, Poll]]:
    """Prepare the contenders for an account with these extensions."""
    entry = await add_account(hass, url, ids, scan_interval=INTERVAL)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    coordinator: BelfabriekCoordinator = entry.runtime_data
    pacer = coordinator.client.pacer

    async def poll() -> None:
        await coordinator.async_refresh()
        await hass.async_block_till_done()
        if any(each.status is None for each in coordinator.data.values()):
            raise RuntimeError("an extension has no status")

    async def at_once() -> None:
        """Do not wait."""

    async with (
        bare_aiohttp(url, ids, lambda: pacer.pace.window, pacer.turn) as bare,
        bare_aiohttp(url, ids, lambda: 8, at_once) as burst,
    ):
        for _ in range(8):
            # The pace settles in the first polls.
            await poll()
        yield {OURS: poll, FLOOR: bare, BURST: burst}


async def measure(
    server: Server, accounts: Sequence[Sequence[str]], rounds: int
) -> dict[tuple[int, float], Rounds]:
    """Poll with every contender in turn.

    Returns the costs by the number of extensions and the share of those that changed.
    """
    results: dict[tuple[int, float], Rounds] = {}
    async with running_home_assistant() as hass, AsyncExitStack() as stack:
        contenders = [
            await stack.enter_async_context(running_contenders(hass, server.url, ids))
            for ids in accounts
        ]
        written = 0

        @callback
        def count_state(_: Event[EventStateChangedData]) -> None:
            nonlocal written
            written += 1

        hass.bus.async_listen(EVENT_STATE_CHANGED, count_state)
        # Objects of other contenders must not make garbage collection slower for this one.
        gc.collect()
        gc.freeze()
        for number, share in product(range(rounds + 1), SHARES):
            for ids, polls in zip(accounts, contenders, strict=True):
                costs = results.setdefault((len(ids), share), {name: [] for name in polls})
                for name, poll in polls.items():
                    written = 0
                    changed = ids[: round(share * len(ids))] if name == OURS else ()
                    cost = await _measure(server, poll, changed)
                    # The first round opens connections.
                    if number:
                        costs[name].append(replace(cost, states=written))
        gc.unfreeze()
    return results


async def _measure(server: Server, poll: Poll, changed: Sequence[str]) -> Cost:
    server.change(changed)
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    await poll()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Cost(wall, cpu, server.change(()))


def over_floor(rounds: Rounds, name: str) -> float:
    """Return the CPU time of a contender as a multiple of the floor's."""
    pairs = zip(rounds[name], rounds[FLOOR], strict=True)
    return median(ours.cpu / floor.cpu for ours, floor in pairs)


def growth(small: Rounds, large: Rounds) -> float:
    """Return how many times as much CPU time the larger account takes."""
    pairs = zip(small[OURS], large[OURS], strict=True)
    return median(after.cpu / before.cpu for before, after in pairs)


def table(results: dict[tuple[int, float], Rounds]) -> str:
    """Return the figures as a table in Markdown."""
    lines = [
        "| extensions | changed | | CPU | of bare aiohttp | wall | requests | states changed |",
        "| --: | --: | :-- | --: | --: | --: | --: | --: |",
    ]
    for (count, share), rounds in sorted(results.items()):
        for name, costs in rounds.items():
            cells = (
                f"{count:,}",
                f"{share:.0%}",
                name,
                f"{median(each.cpu for each in costs) * 1000:,.0f} ms",
                f"{over_floor(rounds, name):.2f}",
                f"{median(each.wall for each in costs):.1f} s",
                f"{max(each.requests for each in costs):,}",
                f"{max(each.states for each in costs):,}" if name == OURS else "",
            )
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def promises(results: dict[tuple[int, float], Rounds]) -> list[tuple[str, bool]]:
    """Return the targets with the measured values, and whether they are met."""
    checked: list[tuple[str, bool]] = []
    for (count, share), rounds in results.items():
        name = f"{count:,} extensions, {share:.0%} changed"
        wanted = expected_requests(count)
        counts = {each.requests for each in rounds[OURS]}
        checked.append((f"{name}: {counts} requests, exactly {wanted}", counts == {wanted}))
        cpu = over_floor(rounds, OURS)
        checked.append((f"{name}: CPU {cpu:.2f} of {FLOOR}, at most {MAX_CPU}", cpu <= MAX_CPU))
    small, large = min(results)[0], max(results)[0]
    for share in sorted({share for _, share in results}):
        times = growth(results[small, share], results[large, share])
        text = f"from {small:,} to {large:,} extensions, {share:.0%} changed: CPU x {times:.2f}"
        checked.append((f"{text}, at most {MAX_GROWTH}", times <= MAX_GROWTH))
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
    small, rounds = (10, 3) if options.quick else (100, options.rounds)
    ids = numbered_ids(11 * small)
    with running_server(ids) as server:
        results = asyncio.run(measure(server, (ids[:small], ids[small:]), rounds))
    print(text := table(results))
    if not options.quick:
        write(text)
    checked = promises(results)
    for sentence, held in checked:
        print("ok      " if held else "NOT HELD", sentence)
    return 0 if all(held for _, held in checked) else 1


if __name__ == "__main__":
    sys.exit(main())
