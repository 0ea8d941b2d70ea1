"""Weeks of polls in minutes: random faults, agents that live, and a look at every entity each time.

What is compared is what the server answered in that very poll, so that no wrong state can hide
between two right ones.
"""

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
import gc
from random import Random
from time import monotonic
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util.async_ import get_scheduled_timer_handles

from simulator import CATALOGUE, AgentState, FaultKind, FaultRule, RequestRecord

from .figures import SoakFigures
from .house import House, living_in
from .measure import Log, counting_connections, logging_to, memory_in_use
from .oracle import UNAVAILABLE, allowed
from .server import Server, clear_faults, count, inject, serving, set_states, take_records

SHARE: Final = 0.1
"""The part of the requests that a fault hits."""
WARM_UP: Final = 1000
"""Polls after which memory is looked at for the first time."""
MAX_GROWTH: Final = 0.02
"""How much more memory there may be in use at the end."""
MAX_CONNECTIONS: Final = 8

_TOO_SLOW: Final = {
    FaultKind.DELAY,
    FaultKind.DRIP,
    FaultKind.HUGE_BODY,
    FaultKind.HUGE_BODY_DECLARED,
    FaultKind.GZIP_BOMB,
}
"""Faults that wait or send 200 MB; `scripts/faults` has them."""
_CHANGE: Final = 0.1
"""The chance of each agent to do something else before a poll."""
_OUTAGE_EVERY: Final = 500
"""Polls from one outage of the server to the next."""
_OUTAGE_POLLS: Final = 3
_SHOWN: Final = 10
"""Wrong states that are told in words."""
_IDLE_CONNECTIONS_CLOSE: Final = 20.0
"""Seconds after which Home Assistant has closed every connection that is not used any more."""
_NEXT: Final = {
    "idle": (AgentState(call_state="calling"), AgentState(available=False, reason="pause")),
    "calling": (AgentState(call_state="called"), AgentState(call_state="idle")),
    "called": (AgentState(call_state="wrapup"), AgentState(available=False, reason="handling")),
    "wrapup": (AgentState(call_state="idle"), AgentState(available=False, reason="-")),
}
_BACK: Final = (AgentState(call_state="idle"), AgentState(available=False, reason="lunch"))


@dataclass(slots=True)
class _Soak:
    """A soak under way."""

    house: House
    server: Server
    figures: SoakFigures
    random: Random
    log: Log
    states: dict[str, AgentState]
    wrong: list[str] = field(default_factory=list)
    """The first wrong states, in words."""

    async def run(self) -> None:
        """Poll, and look at the memory after the warm-up and at the end."""
        figures = self.figures
        warm_up = min(WARM_UP, figures.polls // 2)
        gc.collect()
        gc.freeze()
        before = memory_in_use()
        for number in range(1, figures.polls + 1):
            await self._poll(number)
            if number == warm_up:
                before = memory_in_use()
        after = memory_in_use()
        gc.unfreeze()
        figures.rss_mib = (round(before[0], 2), round(after[0], 2))
        figures.blocks = (before[1], after[1])
        figures.error_records, figures.tracebacks = self.log.errors, self.log.tracebacks

    async def _poll(self, number: int) -> None:
        """Let agents live, let time pass, and compare every entity with the server's answers."""
        phase = number % _OUTAGE_EVERY
        if phase == 0:
            await self.server.do(clear_faults)
            await self.server.do(inject, [FaultRule(FaultKind.REFUSE_CONNECTIONS)])
        elif phase == _OUTAGE_POLLS and number > _OUTAGE_EVERY:
            await self.server.do(clear_faults)
            await self.server.do(inject, rules())
        self.figures.outages += phase == 0
        changes = {
            extension_id: self._next(state)
            for extension_id, state in self.states.items()
            if self.random.random() < _CHANGE
        }
        self.states |= changes
        self.figures.changes += len(changes)
        await self.server.do(set_states, changes)
        await self.house.pass_time()
        requests: defaultdict[str, list[RequestRecord]] = defaultdict(list)
        for record in await self.server.do(take_records):
            self.figures.requests += 1
            self.figures.injected += record.injected is not None
            if record.extension_id is not None:
                requests[record.extension_id].append(record)
        for extension_id in self.states:
            self._compare(number, extension_id, requests[extension_id])

    def _next(self, state: AgentState) -> AgentState:
        return self.random.choice(_NEXT[state.call_state] if state.available else _BACK)

    def _compare(self, number: int, extension_id: str, records: list[RequestRecord]) -> None:
        shown = self.house.shown(extension_id)
        may_show = allowed(records)
        self.figures.compared += 1
        if shown == UNAVAILABLE:
            self.figures.needlessly_unavailable += UNAVAILABLE not in may_show
        elif shown not in may_show:
            self.figures.wrong += 1
        else:
            return
        if UNAVAILABLE not in may_show and len(self.wrong) < _SHOWN:
            asked = [(each.method, each.injected, each.state) for each in records]
            self.wrong.append(f"poll {number}: {extension_id} shows {shown} after {asked}")


def rules() -> list[FaultRule]:
    """Return faults of every kind that is quick, which together hit their share of the requests.

    The first rule that fits a request hits it, so each takes an equal part of what is left.
    """
    kinds = [
        kind
        for kind, entry in CATALOGUE.items()
        if entry.make is not None and kind not in _TOO_SLOW
    ]
    each = SHARE / len(kinds)
    return [FaultRule(kind, share=each / (1 - number * each)) for number, kind in enumerate(kinds)]


async def soak(
    hass: HomeAssistant, *, polls: int, extensions: int, seed: int = 0
) -> tuple[SoakFigures, list[str]]:
    """Poll so many times, and return what was measured and what was wrong, in words."""
    names = {f"{1000 + number:05}": f"Desk {number}" for number in range(extensions)}
    figures = SoakFigures(
        polls=polls, extensions=extensions, seed=seed, kinds=len(rules()),
        seconds=0, requests=0, injected=0, outages=0, changes=0, compared=0, wrong=0,
        needlessly_unavailable=0, error_records=0, tracebacks=0, peak_connections=0,
        rss_mib=(0, 0), blocks=(0, 0), left_over=[],
    )  # fmt: skip
    log = Log(keep=False)
    began = monotonic()
    with serving(names, fault_seed=seed) as server:
        tasks, timers = asyncio.all_tasks(), _timers(hass)
        with logging_to(log), counting_connections() as connections:
            async with living_in(hass, server, names) as house:
                await server.do(take_records)
                await server.do(inject, rules())
                # Not a secret: a day that can be repeated.
                random = Random(seed)  # noqa: S311
                states = dict.fromkeys(names, AgentState())
                running = _Soak(house, server, figures, random, log, states)
                await running.run()
                await server.do(clear_faults)
                await hass.config_entries.async_unload(house.entry.entry_id)
                await house.pass_time(_IDLE_CONNECTIONS_CLOSE)
                figures.left_over = [
                    *map(repr, asyncio.all_tasks() - tasks),
                    *(_timers(hass) - timers),
                    *["a connection"] * connections.now,
                    *["a connection to the server"] * await _open_at_server(server),
                ]
                figures.peak_connections = connections.most
    figures.seconds = round(monotonic() - began, 1)
    return figures, [*running.wrong, *log.lines[: 10 * log.tracebacks]]


def broken_promises(figures: SoakFigures) -> list[str]:
    """Return what was promised of a soak and not seen, in words."""
    grown = [
        (after - before) / before
        for before, after in (figures.rss_mib, figures.blocks)
        if figures.polls > WARM_UP
    ]
    promises = {
        f"{figures.wrong} wrong states": not figures.wrong,
        f"{figures.needlessly_unavailable} needlessly unavailable": (
            not figures.needlessly_unavailable
        ),
        f"{figures.tracebacks} tracebacks": not figures.tracebacks,
        f"{figures.error_records} errors logged in {figures.outages} outages": (
            figures.error_records == figures.outages
        ),
        f"{figures.peak_connections} connections": figures.peak_connections <= MAX_CONNECTIONS,
        f"memory grew by {grown}": all(each < MAX_GROWTH for each in grown),
        f"left over: {figures.left_over}": not figures.left_over,
    }
    return [sentence for sentence, kept in promises.items() if not kept]


async def _open_at_server(server: Server) -> int:
    """Return how many connections stay open; the server, a process of its own, hears of it late."""
    for _ in range(100):
        if not (still_open := (await server.do(count)).open_connections):
            return 0
        await asyncio.sleep(0.05)
    return still_open


def _timers(hass: HomeAssistant) -> Counter[str]:
    """Return what waits for a time; Home Assistant's own timers are set again and again."""
    return Counter(
        f"a timer of {getattr(getattr(each, '_callback', None), '__qualname__', each)}"
        for each in get_scheduled_timer_handles(hass.loop)
        if not each.cancelled()
    )
