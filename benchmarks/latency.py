"""From a change at the server to the change in Home Assistant, in real time."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing import get_context
from multiprocessing.connection import Connection
import time
from typing import Final

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, callback

from . import home
from .contenders import HomeContender, Ours, Rest
from .options import Options
from .polls import Say
from .remote import RemoteServer
from .server import Change

COUNT: Final = 100
DELAY: Final = 20
"""Milliseconds."""
_SEED: Final = 1
_PAUSE: Final = 1.7
"""Times the interval: how long an agent stays in a state on average. Three quarters of that, the
shortest, are still longer than the time from one poll to the next, so that none is missed."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A state was written, on the clock that all processes of a machine share."""

    at: float
    entity_id: str
    state: str


@dataclass(slots=True)
class Latency:
    """How late the changes were seen."""

    seconds: list[float] = field(default_factory=list)
    missed: int = 0
    """Changes that were not seen before the next one."""


type Latencies = dict[tuple[int, str], Latency]
"""By interval and contender."""


def measure(server: RemoteServer, options: Options, say: Say) -> Latencies:
    """Watch ours and `rest` at the same time, each in a Home Assistant and a process of its own."""
    latencies: Latencies = {}
    for interval, seconds in options.latency:
        say(f"{COUNT} extensions, a poll every {interval} s: latencies, for {seconds:.0f} s")
        server.prepare(COUNT, DELAY / 1000)
        with (
            _watching(Ours, server.url, interval) as ours,
            _watching(Rest, server.url, interval) as rest,
        ):
            for pipe in (ours, rest):
                pipe.recv()
            server.start_life(_PAUSE * interval, _SEED)
            time.sleep(seconds)
            changes = server.end_life()
            # What changed last is seen by the next poll.
            time.sleep(1.5 * interval)
            for contender, pipe in ((Ours, ours), (Rest, rest)):
                pipe.send(changes)
                latencies[interval, contender.name] = pipe.recv()
    return latencies


@contextmanager
def _watching(contender: type[HomeContender], url: str, interval: int) -> Iterator[Connection]:
    """Run a Home Assistant that says when it is ready, and its latencies when told the changes."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, contender, url, interval), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join()


def _run(pipe: Connection, contender: type[HomeContender], url: str, interval: int) -> None:
    asyncio.run(_watch(pipe, contender, url, interval))


async def _watch(pipe: Connection, contender: type[HomeContender], url: str, interval: int) -> None:
    sights: list[Sight] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            sights.append(Sight(time.monotonic(), state.entity_id, state.state))

    async with home.running_home() as hass:
        running = contender(hass, url, COUNT, interval=interval)
        await running.start()
        hass.bus.async_listen(EVENT_STATE_CHANGED, note)
        pipe.send(None)
        changes = await hass.async_add_executor_job(pipe.recv)
        pipe.send(latency_of(running, changes, sights))
        await running.stop()


def latency_of(
    contender: HomeContender, changes: Sequence[Change], sights: Sequence[Sight]
) -> Latency:
    """Return how long after each change the first sight of it was."""
    by_entity: defaultdict[str, list[Sight]] = defaultdict(list)
    for sight in sights:
        by_entity[sight.entity_id].append(sight)
    latency = Latency()
    for change, until in _with_ends(changes):
        entity_id, state = contender.shows(change.extension_id, change.answer)
        first = next(
            (
                sight.at
                for sight in by_entity[entity_id]
                if change.at < sight.at < until and sight.state == state
            ),
            None,
        )
        if first is None:
            latency.missed += 1
        else:
            latency.seconds.append(first - change.at)
    return latency


def _with_ends(changes: Sequence[Change]) -> Iterator[tuple[Change, float]]:
    """Yield each change with the moment of the extension's next one."""
    by_extension: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_extension[change.extension_id].append(change)
    for own in by_extension.values():
        for change, following in pairwise(own):
            yield change, following.at
        yield own[-1], float("inf")
