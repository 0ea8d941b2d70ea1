"""Runs many polls with random faults and limits, and compares every state with the answers."""

from argparse import ArgumentParser
import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
import ctypes
from dataclasses import asdict, dataclass, field
from functools import partial
import gc
import logging
from pathlib import Path
from random import Random
import resource
import sys
import time
from typing import Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from simulator import (
    FAULTS,
    AgentState,
    AtOnce,
    Bucket,
    Limit,
    Method,
    OneLane,
    PerAddress,
    RequestRecord,
    Simulator,
    Window,
)

from .in_process import ACCOUNT, add_account, running_home_assistant
from .skipping import skipping

INTERVAL: Final = 10
WARM_UP: Final = 1000
"""Polls after which memory is measured for the first time."""
MAX_MEMORY_GROWTH: Final = 0.02
FAULT_SHARE: Final = 0.1
"""Probability of a fault of an extension in a poll."""
CHANGE_SHARE: Final = 0.1
"""Probability that an agent changes before a poll."""
CYCLE: Final = 500
"""Polls; each cycle begins with an outage, and has a limit in its middle."""
OUTAGE: Final = range(3)
LIMITED: Final = range(250, 260)
LIMIT_DELAY: Final = 0.05
"""Seconds until an answer of a server with a limit, so that requests are there at the same time."""
LIMITS: Final[tuple[Callable[[], Limit], ...]] = (
    AtOnce,
    partial(AtOnce, requests=2, refusal="503"),
    partial(AtOnce, requests=3, refusal="reset"),
    PerAddress,
    Window,
    Bucket,
    partial(OneLane, seconds=0.2),
)
MAX_REFUSED_SHARE: Final = 0.01
"""Of the requests under a limit, except in the first two polls."""
FAULTS_USED: Final = sorted(FAULTS.keys() - {"interim", "status_429"})
"""Interim answers keep this process busy; "too many requests" pauses the account."""

# A second copy of the vendor's table, independent of the integration, so that one mistake cannot
# hide in both.
UNAVAILABLE: Final = "unavailable"
UNKNOWN: Final = "unknown"
BY_CALL_STATE: Final = {
    "idle": "ready",
    "calling": "connecting",
    "called": "on_call",
    "wrapup": "wrap_up",
}
BY_REASON: Final = {"pause": "paused", "handling": "handling", "-": "offline"}
ON_CALL: Final = {"connecting", "on_call", "handling"}
KEYS: Final = ("available", "status", "on_call")
"""Translation keys of the entities that are compared."""

NEXT: Final = {
    "idle": (AgentState(call_state="calling"), AgentState(available=False, reason="pause")),
    "calling": (AgentState(call_state="called"), AgentState(call_state="idle")),
    "called": (AgentState(call_state="wrapup"), AgentState(available=False, reason="handling")),
    "wrapup": (AgentState(call_state="idle"), AgentState(available=False, reason="-")),
    "ringing": (AgentState(call_state="called"),),
}
BACK: Final = (
    *(AgentState(call_state=call_state) for call_state in ("idle", "ringing")),
    AgentState(available=False, reason="lunch"),
)

type States = dict[str, str]
"""The states of an extension's entities, by translation key."""


def expected(records: Iterable[RequestRecord]) -> States:
    """Return the states of an extension after a poll with these requests.

    The last answer of each call counts. One without a state was refused, or could not be read.
    """
    last = {record.method: record.state for record in records}
    first, second = last.get(Method.AGENT_AVAIL), last.get(Method.EXTENSION_STATUS)
    if first is None:
        return dict.fromkeys(KEYS, UNAVAILABLE)
    available = _on_off(first.available)
    if not first.available:
        status = BY_REASON.get(first.reason, "not_available")
    elif second is None:
        return {"available": available, "status": UNAVAILABLE, "on_call": UNAVAILABLE}
    else:
        status = BY_CALL_STATE.get(second.call_state, UNKNOWN)
    on_call = UNKNOWN if status == UNKNOWN else _on_off(status in ON_CALL)
    return {"available": available, "status": status, "on_call": on_call}


def _on_off(value: bool) -> str:
    return "on" if value else "off"


@dataclass(slots=True)
class Comparison:
    """The comparisons so far."""

    states: int = 0
    wrong: list[str] = field(default_factory=list)

    def compare(
        self, shown: Mapping[str, States], records: Collection[RequestRecord], when: str
    ) -> None:
        """Compare the states of every extension with the answers of this poll."""
        by_extension: defaultdict[str | None, list[RequestRecord]] = defaultdict(list)
        for record in records:
            by_extension[record.extension_id].append(record)
        for extension_id, states in shown.items():
            right = expected(by_extension[extension_id])
            for key, state in states.items():
                self.states += 1
                if state == right[key]:
                    continue
                asked = [
                    (each.method, each.injected, each.state) for each in by_extension[extension_id]
                ]
                self.wrong.append(f"{when}: {key} of {extension_id} is {state} after {asked}")


def entity_ids(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, dict[str, str]]:
    """Return the entity IDs of every extension by translation key."""
    found: dict[str, dict[str, str]] = {}
    for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
        if entity.config_subentry_id is not None and entity.translation_key in KEYS:
            subentry = entry.subentries[entity.config_subentry_id]
            of_extension = found.setdefault(str(subentry.data["extension_id"]), {})
            of_extension[str(entity.translation_key)] = entity.entity_id
    return found


def states_of(hass: HomeAssistant, entities: Mapping[str, Mapping[str, str]]) -> dict[str, States]:
    """Return the states of these entities."""
    return {
        extension_id: {
            key: "missing" if (state := hass.states.get(entity_id)) is None else state.state
            for key, entity_id in of_extension.items()
        }
        for extension_id, of_extension in entities.items()
    }


@dataclass(slots=True)
class Figures:
    """The result of a soak."""

    polls: int
    extensions: int
    requests: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    """Requests with a fault, by the fault's name."""
    changes: int = 0
    outages: int = 0
    limited: int = 0
    """Polls under a limit, except the first of each limit."""
    not_whole: list[str] = field(default_factory=list)
    """Those of them after which an extension was unavailable."""
    asked: int = 0
    refused: int = 0
    """Requests under a limit, except in its first two polls, and how many of them were refused."""
    tracebacks: int = 0
    compared: Comparison = field(default_factory=Comparison)
    mib: tuple[float, float] = (0.0, 0.0)
    """Memory of the process (with the simulator) after the warm-up and at the end."""
    blocks: tuple[int, int] = (0, 0)
    """Memory blocks of Python objects, at the same moments."""
    seconds: float = 0.0

    @property
    def lines(self) -> list[str]:
        """The figures as text."""
        return [
            f"{self.polls:,} polls of {self.extensions} extensions in {self.seconds:.0f} s",
            f"{self.requests:,} requests; {self.outages} outages",
            f"{self.limited} polls under a limit, {len(self.not_whole)} with unavailable states",
            f"{self.asked:,} requests under a limit after two polls, {self.refused} refused",
            f"{self.faults.total():,} requests with one of {len(self.faults)} faults",
            f"{self.changes:,} changes of an agent; {self.compared.states:,} states compared",
            f"wrong: {len(self.compared.wrong)}",
            f"tracebacks logged: {self.tracebacks}",
            f"memory: {self.mib[0]:.1f} MiB after the warm-up, {self.mib[1]:.1f} MiB at the end",
            f"Python objects: {self.blocks[0]:,} blocks, {self.blocks[1]:,} at the end",
        ]

    @property
    def failures(self) -> list[str]:
        """The targets that were missed."""
        grown = [
            (after - before) / before
            for before, after in (self.mib, self.blocks)
            if self.polls > 2 * WARM_UP
        ]
        return [
            *self.compared.wrong[:10],
            *self.not_whole[:10],
            *[f"{self.refused} of {self.asked} requests refused"]
            * (self.refused > MAX_REFUSED_SHARE * self.asked),
            *[f"{self.tracebacks} tracebacks"] * bool(self.tracebacks),
            *[f"memory grew by {each:.1%}" for each in grown if each > MAX_MEMORY_GROWTH],
        ]


async def soak(polls: int, extensions: int, seed: int) -> Figures:
    """Run this number of polls, with changing agents, faults and limits."""
    names = {f"{number:05}": f"Agent {number}" for number in range(1000, 1000 + extensions)}
    figures = Figures(polls=polls, extensions=extensions)
    began = time.monotonic()
    async with (
        Simulator(account=ACCOUNT, extensions=names) as simulator,
        running_home_assistant() as hass,
    ):
        with counting_tracebacks(figures):
            entry = await add_account(hass, simulator.url, names, scan_interval=INTERVAL)
            entities = entity_ids(hass, entry)
            before = memory()
            scene = Scene(simulator, Random(seed), figures)  # noqa: S311 - can be repeated
            with skipping(hass.loop) as skip:
                for number in range(1, polls + 1):
                    await scene.change(number)
                    await advance(hass, skip, INTERVAL + 1)
                    scene.compare(number, states_of(hass, entities))
                    if number == min(WARM_UP, polls // 2):
                        before = memory()
            after_all = memory()
            await hass.config_entries.async_unload(entry.entry_id)
    figures.mib, figures.blocks = (before[0], after_all[0]), (before[1], after_all[1])
    figures.seconds = time.monotonic() - began
    return figures


@dataclass(frozen=True, slots=True)
class Scene:
    """The server and its agents, before and after each poll."""

    simulator: Simulator
    random: Random
    figures: Figures

    async def change(self, number: int) -> None:
        """Change the server and its agents before a poll."""
        cycle, step = divmod(number, CYCLE)
        outage = cycle > 0 and step in OUTAGE
        if outage and step == OUTAGE.start:
            self.figures.outages += 1
            await self.simulator.stop()
        elif cycle > 0 and step == OUTAGE.stop:
            await self.simulator.start()
        elif step == LIMITED.start:
            limit = LIMITS[cycle % len(LIMITS)]()
            self.simulator.limit, self.simulator.delay = limit, LIMIT_DELAY
        elif step == LIMITED.stop:
            self.simulator.limit, self.simulator.delay = None, 0.0
        self.simulator.refused = 0
        self.simulator.journal.clear()
        await self.simulator.clear_faults()
        for extension_id, extension in self.simulator.extensions.items():
            if self.random.random() < CHANGE_SHARE:
                state = extension.state
                after = NEXT[state.call_state] if state.available else BACK
                extension.set(**asdict(self.random.choice(after)))
                self.figures.changes += 1
            if self.random.random() < FAULT_SHARE and not outage and step not in LIMITED:
                name = self.random.choice(FAULTS_USED)
                await self.simulator.inject(name, extension_id=extension_id)

    def compare(self, number: int, shown: Mapping[str, States]) -> None:
        """Compare the states after a poll with the server's answers."""
        figures, records, step = self.figures, self.simulator.requests, number % CYCLE
        figures.requests += len(records)
        figures.faults.update(each.injected for each in records if each.injected)
        figures.compared.compare(shown, records, f"poll {number}")
        if step in LIMITED[1:]:
            figures.limited += 1
            if any(UNAVAILABLE in each.values() for each in shown.values()):
                figures.not_whole.append(f"poll {number}: not whole under {self.simulator.limit}")
        if step in LIMITED[2:]:
            figures.asked += len(records)
            figures.refused += self.simulator.refused


async def advance(hass: HomeAssistant, skip: Callable[[float], None], seconds: float) -> None:
    """Fire the timers of the next seconds, and wait until their work is done."""
    skip(seconds)
    # Timers fire in the second iteration of the event loop.
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await hass.async_block_till_done(wait_background_tasks=True)


@contextmanager
def counting_tracebacks(figures: Figures) -> Iterator[None]:
    """Count the log records that have a traceback."""

    class Handler(logging.Handler):
        @override
        def emit(self, record: logging.LogRecord) -> None:
            figures.tracebacks += record.exc_info is not None and record.exc_info[0] is not None

    handler = Handler(logging.WARNING)
    loggers = [logging.getLogger(name) for name in ("homeassistant", "custom_components")]
    propagated = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagate in zip(loggers, propagated, strict=True):
            logger.removeHandler(handler)
            logger.propagate = propagate


def memory() -> tuple[float, int]:
    """Return the resident memory in MiB and the allocated blocks of Python objects."""
    gc.collect()
    # Return freed memory to the system first, so that it does not count.
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20, sys.getallocatedblocks()


def main() -> int:
    """Run the soak, print the figures, and return 1 if a target was missed."""
    parser = ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--polls", type=int, default=20_000)
    parser.add_argument("--extensions", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    figures = asyncio.run(soak(options.polls, options.extensions, options.seed))
    print(*figures.lines, sep="\n")
    for sentence in (failures := figures.failures):
        print("NOT HELD", sentence)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
