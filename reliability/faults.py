"""Each fault of the simulator's catalogue, and what is shown meanwhile and afterwards."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Final, override
from unittest.mock import patch

from custom_components.belfabriek.api import client
from simulator import (
    CATALOGUE,
    DEFAULT_EXTENSIONS,
    AgentState,
    Effect,
    FaultKind,
    FaultRule,
    Method,
    RequestRecord,
)

from .figures import FaultFigures, Outcome
from .house import House
from .measure import Log, logging_to, timing, tracing_memory
from .oracle import UNAVAILABLE, Shown, allowed, truth
from .server import Server, clear_faults, inject, set_states, take_records

STATES: Final[Mapping[str, AgentState]] = {
    "available and idle": AgentState(call_state="idle"),
    "on a call": AgentState(call_state="called"),
    "in wrap-up": AgentState(call_state="wrapup"),
    "paused": AgentState(available=False, reason="pause"),
}
"""What agents are doing when a fault hits."""

_EXTENSIONS: Final = tuple(DEFAULT_EXTENSIONS)
_FAULTY: Final = _EXTENSIONS[0]
_SLOW: Final = {FaultKind.DELAY, FaultKind.DRIP}
_TIMEOUT: Final = 0.5
"""Seconds for one request, in place of 10, under a fault that is slow: all are slower than that."""
_IDLE_CLOSE: Final = 0.08
"""Seconds that the simulator needs to close an idle connection."""
_LONGEST_PAUSE: Final = 300
"""Seconds that a server is left alone at the most."""
BLOCKED_MS: Final = 5.0
"""Milliseconds that the event loop may be busy with one answer."""
MEMORY_KIB: Final = 4096.0
"""Memory that a poll may take: eight answers at a time, each of at most 64 KiB in the client and
256 KiB in the event loop's buffer for it, and Home Assistant's own share."""
_REFUSALS: Final = {
    FaultKind.FAULT_STRUCT,
    FaultKind.FAULT_STRING,
    FaultKind.FAULT_EMPTY,
    FaultKind.FAULT_EMPTY_STRUCT,
    FaultKind.FAULT_QUOTING,
}
"""With these the server is there and refuses each extension: it is told of each, not of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A fault that hits a faulty extension, or all of them if there is none."""

    kind: FaultKind
    method: Method | None = None
    extension_id: str | None = None
    state: str
    """What the faulty extension does when the fault begins."""

    @override
    def __str__(self) -> str:
        """Return it in words."""
        method = "" if self.method is None else f" in {self.method}"
        return f"{self.kind}{method}, {self.state}"

    @property
    def rule(self) -> FaultRule:
        """How the simulator is told."""
        return FaultRule(self.kind, method=self.method, extension_id=self.extension_id)


def cases(kind: FaultKind) -> tuple[list[Case], list[Case]]:
    """Return the cases of a kind: of one extension (none if it cannot be narrowed), and of all."""
    entry = CATALOGUE[kind]
    methods = () if entry.make is None else sorted(entry.methods)
    one = [
        Case(kind=kind, method=method, extension_id=_FAULTY, state=state)
        for method in methods
        for state in STATES
    ]
    return one, [Case(kind=kind, state=state) for state in STATES]


async def examine(house: House, server: Server, kind: FaultKind) -> FaultFigures:
    """Let every case of a kind happen, one after the other."""
    one, everywhere = cases(kind)
    entry = CATALOGUE[kind]
    return FaultFigures(
        kind=kind,
        note=entry.note,
        effect=entry.effect,
        one=await examine_cases(house, server, one) if one else None,
        all=await examine_cases(house, server, everywhere),
    )


def broken_promises(figures: FaultFigures) -> list[str]:
    """Return what was promised of a fault and not seen, in words."""
    outcomes = [each for each in (figures.one, figures.all) if each is not None]
    return [words for each in outcomes for words in (*each.wrong, *each.too_much)]


async def examine_cases(house: House, server: Server, chosen: list[Case]) -> Outcome:
    """Let cases happen, one after the other."""
    outcome = Outcome()
    for case in chosen:
        await _Examination(house, server, case, outcome).run()
    return outcome


@dataclass(slots=True)
class _Examination:
    """One case: everything is well, the fault begins, goes on, and is over."""

    house: House
    server: Server
    case: Case
    outcome: Outcome
    states: dict[str, AgentState] = field(default_factory=dict)
    """What the agents really do now."""
    log: Log = field(default_factory=Log)
    failed: int = 0
    """How many extensions were unavailable in the first poll under the fault."""

    async def run(self) -> None:
        self.outcome.cases += 1
        with logging_to(self.log):
            await self._move(0)
            self._check_truth("before", await self._poll())
            await self.server.do(inject, [self.case.rule])
            # Everybody does something new when the fault begins, and once more when it is over: a
            # state that stood still would be right by chance.
            await self._move(1)
            with self._impatience(), tracing_memory() as memory:
                records = await self._poll()
            self._check_fault("first poll", records)
            self.failed = sum(self.house.shown(each) == UNAVAILABLE for each in _EXTENSIONS)
            with self._impatience(), timing() as busy:
                records = await self._poll()
            self._check_fault("second poll", records)
            await self._move(2)
            await self.server.do(clear_faults)
            await self._heal()
        self._check_log()
        outcome = self.outcome
        outcome.memory_kib = max(outcome.memory_kib, memory.peak_kib)
        outcome.blocked_ms = max(outcome.blocked_ms, busy.callback_ms)
        outcome.decoded_ms = max(outcome.decoded_ms, busy.decoding_ms)
        if busy.callback_ms > BLOCKED_MS:
            words = f"{busy.callback_ms:.1f} ms in one callback: {busy.callback}"
            outcome.too_much.append(f"{self.case}: {words}")
        if memory.peak_kib > MEMORY_KIB:
            outcome.too_much.append(f"{self.case}: {memory.peak_kib:.0f} KiB")

    @contextmanager
    def _impatience(self) -> Iterator[None]:
        """Give a request less time if all it would do with it is wait.

        Not under any other fault, where a busy machine may need the time.
        """
        timeout = _TIMEOUT if self.case.kind in _SLOW else client.REQUEST_TIMEOUT
        with patch.object(client, "REQUEST_TIMEOUT", timeout):
            yield

    async def _move(self, step: int) -> None:
        """Let every agent do the next thing; the faulty one is in the case's state at step 1."""
        kinds = list(STATES.values())
        first = list(STATES).index(self.case.state) - 1
        # Each neighbour is at another place in the same round, so that all kinds are there.
        self.states = {
            extension_id: kinds[(first + step + number) % len(kinds)]
            for number, extension_id in enumerate(_EXTENSIONS)
        }
        await self.server.do(set_states, self.states)

    async def _poll(self, seconds: float | None = None) -> dict[str, list[RequestRecord]]:
        """Let the next poll happen, and return its requests by extension ID."""
        if self.case.kind is FaultKind.CLOSE_IDLE:
            await asyncio.sleep(_IDLE_CLOSE)
        await self.house.pass_time(*([] if seconds is None else [seconds]))
        requests: dict[str, list[RequestRecord]] = {each: [] for each in _EXTENSIONS}
        for record in await self.server.do(take_records):
            if record.extension_id is not None:
                requests[record.extension_id].append(record)
        return requests

    async def _heal(self) -> None:
        """Poll until all is well again: at once, but for the pause that the server asked for."""
        faulty = [_FAULTY] if self.case.extension_id else list(_EXTENSIONS)
        polls, waited = 0, 0.0
        while waited <= _LONGEST_PAUSE + 60:
            requests = await self._poll()
            waited += 11
            # Those that are left alone are not asked, and cannot heal yet.
            polls += any(requests[each] for each in faulty)
            if all(self.house.shown(each) == truth(self.states[each]) for each in _EXTENSIONS):
                break
        else:
            self._wrong("not healed")
        self.outcome.polls_until_healed = max(self.outcome.polls_until_healed, polls)
        if polls != 1:
            self._wrong(f"healed after {polls} polls")
        self.outcome.pause = max(self.outcome.pause, waited - 11)

    def _check_truth(self, when: str, requests: Mapping[str, list[RequestRecord]]) -> None:
        """Check that every extension shows what its agent does."""
        for extension_id, state in self.states.items():
            self._compare(when, extension_id, {truth(state)}, requests[extension_id])

    def _check_fault(self, when: str, requests: Mapping[str, list[RequestRecord]]) -> None:
        """Check what every extension shows under the fault."""
        for extension_id, state in self.states.items():
            records = requests[extension_id]
            if self.case.extension_id not in {None, extension_id}:
                self.outcome.neighbours += 1
                self._compare(f"{when}, neighbour", extension_id, {truth(state)}, records)
                continue
            self._compare(when, extension_id, allowed(records), records)
            self._compare(when, extension_id, self._promised(state, records), records)
            words = _in_words(self.house.shown(extension_id), truth(state))
            if words not in self.outcome.shown:
                self.outcome.shown.append(words)

    def _promised(self, state: AgentState, records: list[RequestRecord]) -> set[Shown]:
        """Return what the catalogue alone lets an extension show, whatever its requests were.

        Where a value is missing or strange, that depends on what was answered in its place.
        """
        entry = CATALOGUE[self.case.kind]
        methods = entry.methods if self.case.method is None else {self.case.method}
        if not state.available and Method.AGENT_AVAIL not in methods:
            return {truth(state)}
        match entry.effect:
            case Effect.TRUE:
                return {truth(state)}
            case Effect.TRUE_OR_FAILED:
                return {truth(state), UNAVAILABLE}
            case Effect.FAILED:
                return {UNAVAILABLE}
            case Effect.UNKNOWN:
                return allowed(records)

    def _compare(
        self, when: str, extension_id: str, wanted: set[Shown], records: list[RequestRecord]
    ) -> None:
        shown = self.house.shown(extension_id)
        if shown not in wanted:
            asked = [(each.method, each.injected, each.state) for each in records]
            self._wrong(f"{when}: {extension_id} shows {shown}, not {wanted}, after {asked}")

    def _check_log(self) -> None:
        """Check that an outage is logged once and its end once, and that nothing else is."""
        outage = self.failed == len(_EXTENSIONS) and self.case.kind not in _REFUSALS
        alone = 0 if outage else self.failed
        lines = {
            "Error fetching": int(outage),
            "data recovered": int(outage),
            "is unavailable: ": alone,
            "is available again": alone,
        }
        for text, wanted in lines.items():
            found = sum(text in line for line in self.log.lines)
            if found != wanted:
                self._wrong(f"logged {found} times instead of {wanted}: {text}: {self.log.lines}")
        if self.log.tracebacks or self.log.errors != lines["Error fetching"]:
            self._wrong(f"logged {self.log.lines}")

    def _wrong(self, text: str) -> None:
        self.outcome.wrong.append(f"{self.case}: {text}")


def _in_words(shown: Shown, true: Shown) -> str:
    """Return what an extension shows, compared with the truth."""
    if shown == true:
        return "the true state"
    if shown == UNAVAILABLE:
        return "unavailable"
    values = {name: value for name, value in asdict(shown).items() if value != getattr(true, name)}
    return ", ".join(f"{name} {value}" for name, value in values.items())
