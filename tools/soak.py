"""Runs many polls with random faults, and compares every state with the answers."""

from argparse import ArgumentParser
import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
import ctypes
from dataclasses import asdict, dataclass, field
import gc
import logging
from pathlib import Path
from random import Random
import resource
import sys
import time
from typing import Final, override
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from simulator import FAULTS, AgentState, Method, RequestRecord, Simulator

from .in_process import ACCOUNT, add_account, running_home_assistant

INTERVAL: Final = 10
WARM_UP: Final = 1000
"""Polls after which memory is measured for the first time."""
MAX_MEMORY_GROWTH: Final = 0.02
FAULT_SHARE: Final = 0.1
"""Probability of a fault of an extension in a poll."""
CHANGE_SHARE: Final = 0.1
"""Probability that an agent changes before a poll."""
OUTAGE_EVERY: Final = 500
OUTAGE_POLLS: Final = 3
EXCLUDED: Final = {
    *("refuse_connections", "untrusted_certificate"),  # of the whole server
    *(
        "delay",
        "drip",
        "interim",
        "silent_on_reuse",
        "huge_body",
        "huge_body_declared",
        "gzip_bomb",
    ),  # slow
    # A client cannot tell bytes that come during a request from the answer to it.
    *("answer_twice", "bytes_behind"),
}

# A second copy of the vendor's table, independent of the integration, so that one mistake cannot
# hide in both.
UNAVAILABLE: Final = "unavailable"
UNKNOWN: Final = "unknown"
BY_CALL_STATE: Final[Mapping[str | None, str]] = {
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
}
BACK: Final = (AgentState(call_state="idle"), AgentState(available=False, reason="lunch"))

type States = dict[str, str]
"""The states of an extension's entities, by translation key."""


def expected(records: Iterable[RequestRecord]) -> dict[str, set[str]]:
    """Return which states an extension may have after a poll with these requests.

    The last answer of each call counts. Several states are allowed only where a client may refuse
    an answer that it could also read.
    """
    last = {record.method: record for record in records}
    first, second = last.get(Method.AGENT_AVAIL), last.get(Method.EXTENSION_STATUS)
    if first is None or first.fault_code is not None or _effect(first) == "failed":
        return {key: {UNAVAILABLE} for key in KEYS}
    if first.state is None:
        return {key: {UNKNOWN} for key in KEYS}
    refused = _refused(first)
    available = {_on_off(first.state.available)} | refused
    if not first.state.available:
        status = BY_REASON.get(first.state.reason, "not_available")
    elif second is None or _effect(second) == "failed":
        return {"available": available, "status": {UNAVAILABLE}, "on_call": {UNAVAILABLE}}
    else:
        call_state = second.state.call_state if second.state else None
        status = BY_CALL_STATE.get(call_state, UNKNOWN)
        refused = refused | _refused(second)
    on_call = UNKNOWN if status == UNKNOWN else _on_off(status in ON_CALL)
    return {"available": available, "status": {status} | refused, "on_call": {on_call} | refused}


def _effect(record: RequestRecord) -> str:
    if record.injected is not None:
        return str(FAULTS[record.injected].effect)
    # Without a state the client closed the connection before the answer.
    return "failed" if record.state is None else "true"


def _refused(record: RequestRecord) -> set[str]:
    return {UNAVAILABLE} if _effect(record) == "true_or_failed" else set()


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
        # A rate limit makes the whole account unavailable.
        limited = any(each.injected == "status_429" for each in records)
        for extension_id, states in shown.items():
            allowed = expected([] if limited else by_extension[extension_id])
            for key, state in states.items():
                self.states += 1
                if state in allowed[key]:
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
            *[f"{self.tracebacks} tracebacks"] * bool(self.tracebacks),
            *[f"memory grew by {each:.1%}" for each in grown if each > MAX_MEMORY_GROWTH],
        ]


async def soak(polls: int, extensions: int, seed: int) -> Figures:
    """Run this number of polls, with changing agents and faults."""
    random = Random(seed)  # noqa: S311 - so that a run can be repeated
    states = {f"{number:05}": AgentState() for number in range(1000, 1000 + extensions)}
    names = {extension_id: f"Agent {extension_id}" for extension_id in states}
    faults = sorted(FAULTS.keys() - EXCLUDED)
    figures = Figures(polls=polls, extensions=extensions)
    began = time.monotonic()
    async with (
        Simulator(account=ACCOUNT, extensions=names) as simulator,
        running_home_assistant() as hass,
    ):
        with clock_of(hass.loop) as clock, counting_tracebacks(figures):
            entry = await add_account(hass, simulator.url, states, scan_interval=INTERVAL)
            entities = entity_ids(hass, entry)
            before = memory()
            for number in range(1, polls + 1):
                outage = number >= OUTAGE_EVERY and number % OUTAGE_EVERY < OUTAGE_POLLS
                await simulator.clear_faults()
                if outage:
                    figures.outages += number % OUTAGE_EVERY == 0
                    await simulator.inject("refuse_connections")
                for extension_id, state in states.items():
                    if random.random() < CHANGE_SHARE:
                        after = random.choice(NEXT[state.call_state] if state.available else BACK)
                        states[extension_id] = after
                        simulator.extension(extension_id).set(**asdict(after))
                        figures.changes += 1
                    if random.random() < FAULT_SHARE and not outage:
                        await simulator.inject(random.choice(faults), extension_id=extension_id)
                simulator.journal.clear()
                await clock.advance(hass, INTERVAL + 1)
                records = simulator.requests
                figures.requests += len(records)
                figures.faults.update(each.injected for each in records if each.injected)
                figures.compared.compare(states_of(hass, entities), records, f"poll {number}")
                if number == min(WARM_UP, polls // 2):
                    before = memory()
            after_all = memory()
            await hass.config_entries.async_unload(entry.entry_id)
    figures.mib, figures.blocks = (before[0], after_all[0]), (before[1], after_all[1])
    figures.seconds = time.monotonic() - began
    return figures


@dataclass(slots=True)
class Clock:
    """The event loop's clock, which can be advanced between two polls."""

    ahead: float = 0.0

    async def advance(self, hass: HomeAssistant, seconds: float) -> None:
        """Fire the timers of the next seconds, and wait until their work is done."""
        self.ahead += seconds
        # Timers fire in the second iteration of the event loop.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await hass.async_block_till_done(wait_background_tasks=True)


@contextmanager
def clock_of(loop: asyncio.AbstractEventLoop) -> Iterator[Clock]:
    """Let an event loop use a clock that can be advanced."""
    clock = Clock()
    real_time = loop.time

    def now() -> float:
        return real_time() + clock.ahead

    # aiohttp has its own clock for idle connections.
    with patch.object(loop, "time", now), patch("aiohttp.connector.monotonic", now):
        yield clock


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
