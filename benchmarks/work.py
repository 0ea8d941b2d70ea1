"""What Home Assistant has to do for a poll, and for an entry."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
import gc
import time
import tracemalloc
from typing import Final
from unittest.mock import patch

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import (
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    callback,
)

from custom_components.belfabriek.api import AgentAvailability, BelfabriekClient, ExtensionState

from . import home, scene
from .contenders import HomeContender, Ours, Rest
from .options import Options
from .polls import Say
from .remote import RemoteServer

SHARES: Final = (0, 1, 10)
"""Percentages of the extensions that change between two polls."""
_REPEATED: Final = 3
"""How often an entry is set up."""


@dataclass(slots=True)
class Writes:
    """What one poll wrote into the state machine."""

    changed: int = 0
    """States that became others."""
    reported: int = 0
    """States that were written although they were the same."""
    differing: int = 0
    """Entities whose state or attributes differ from those before the poll."""


@dataclass(slots=True)
class Work:
    """What polls are for Home Assistant, where always as many extensions change."""

    loop: list[float] = field(default_factory=list)
    """Seconds of CPU in the thread of the event loop."""
    outside: list[float] = field(default_factory=list)
    """Those of them outside the client: the same poll with a client that knows the answers."""
    writes: list[Writes] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """What it is to have the account at all."""

    wall: list[float] = field(default_factory=list)
    """Seconds to set it up, the first poll included."""
    cpu: list[float] = field(default_factory=list)
    """Seconds of CPU in the thread of the event loop."""
    memory: float = 0.0
    """Bytes that its objects hold."""


@dataclass(slots=True)
class Works:
    """Everything that was measured, contenders by their names."""

    polls: dict[tuple[int, int, str], Work] = field(default_factory=dict)
    """By number of extensions, percentage of changes, and contender."""
    entries: dict[tuple[int, str], Entry] = field(default_factory=dict)
    """By number of extensions and contender."""


async def measure(server: RemoteServer, options: Options, say: Say) -> Works:
    """Measure what ours and `rest` are for Home Assistant."""
    works = Works()
    for contender in (Ours, Rest):
        for count in options.work_counts:
            say(f"{count} extensions: set {contender.name} up, and count what its polls write")
            server.prepare(count, 0)
            works.entries[count, contender.name] = await _entry(contender, server.url, count)
            async with home.running_home() as hass:
                running = contender(hass, server.url, count)
                await running.start()
                gc.collect()
                gc.freeze()
                for share in SHARES:
                    changing = scene.extension_ids(count)[::2][: -(-count * share // 100)]
                    polls = _Polls(server, hass, running, changing)
                    works.polls[count, share, contender.name] = await polls.measure(options.rounds)
                gc.unfreeze()
                await running.stop()
    return works


async def _entry(contender: type[HomeContender], url: str, count: int) -> Entry:
    """Set up several times, and once more to see what stays in memory."""
    entry = Entry()
    for number in range(_REPEATED + 1):
        async with home.running_home() as hass:
            running = contender(hass, url, count)
            # As for a poll: what the process holds by now must not make this dearer.
            gc.collect()
            gc.freeze()
            if number == _REPEATED:
                tracemalloc.start()
                await running.start()
                gc.collect()
                entry.memory, _ = tracemalloc.get_traced_memory()
                tracemalloc.stop()
            else:
                wall, cpu = time.perf_counter(), time.thread_time()
                await running.start()
                entry.wall.append(time.perf_counter() - wall)
                entry.cpu.append(time.thread_time() - cpu)
            gc.unfreeze()
            await running.stop()
    return entry


class _Polls:
    """Polls between which the calls of some agents begin, and end again."""

    def __init__(
        self,
        server: RemoteServer,
        hass: HomeAssistant,
        contender: HomeContender,
        changing: list[str],
    ) -> None:
        self._server = server
        self._hass = hass
        self._contender = contender
        self._changing = changing

    async def measure(self, rounds: int) -> Work:
        """Poll, and poll again with a client that knows the answers if it is ours."""
        work = Work()
        for call_state in self._call_states(rounds):
            self._change(call_state)
            work.loop.append(await self._thread_time())
        for call_state in self._call_states(2):
            self._change(call_state)
            if self._changing:
                # The moment of a change is shown in whole seconds, and no user polls more often.
                await asyncio.sleep(1.01)
            work.writes.append(await self._writes())
        if isinstance(self._contender, Ours):
            states: list[Mapping[str, ExtensionState]] = []
            for call_state in ("calling", "idle"):
                self._change(call_state)
                await self._contender.poll()
                states.append(self._contender.coordinator.data)
            for number in range(rounds):
                with _client_that_knows(states[number % 2]):
                    work.outside.append(await self._thread_time())
            await self._contender.poll()
        return work

    def _call_states(self, count: int) -> Iterator[str]:
        """Yield what the agents change to; even times, so that it ends as it began."""
        for _ in range(-(-count // 2)):
            yield "calling"
            yield "idle"

    def _change(self, call_state: str) -> None:
        self._server.change(self._changing, call_state=call_state)

    async def _thread_time(self) -> float:
        gc.collect()
        before = time.thread_time()
        await self._contender.poll()
        return time.thread_time() - before

    async def _writes(self) -> Writes:
        writes = Writes()

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            writes.changed += 1

        @callback
        def reported(event: Event[EventStateReportedData]) -> None:
            writes.reported += 1

        @callback
        def anything(data: EventStateReportedData) -> bool:
            return True

        bus = self._hass.bus
        before = self._shown()
        ends = (
            bus.async_listen(EVENT_STATE_CHANGED, changed),
            bus.async_listen(EVENT_STATE_REPORTED, reported, event_filter=anything),
        )
        await self._contender.poll()
        for end in ends:
            end()
        after = self._shown()
        writes.differing = sum(before[entity_id] != after[entity_id] for entity_id in after)
        return writes

    def _shown(self) -> dict[str, tuple[str, Mapping[str, object]]]:
        return {
            state.entity_id: (state.state, state.attributes)
            for state in self._hass.states.async_all()
        }


@contextmanager
def _client_that_knows(states: Mapping[str, ExtensionState]) -> Iterator[None]:
    """Let every client answer at once, with states that are equal to these but new."""
    answers = {extension_id: replace(state.availability) for extension_id, state in states.items()}

    async def get_agent_availability(
        client: BelfabriekClient, extension_id: str
    ) -> AgentAvailability:
        await asyncio.sleep(0)
        return answers[extension_id]

    async def get_extension_status(client: BelfabriekClient, extension_id: str) -> str:
        await asyncio.sleep(0)
        return states[extension_id].call_state_text or ""

    with (
        patch.object(BelfabriekClient, "get_agent_availability", get_agent_availability),
        patch.object(BelfabriekClient, "get_extension_status", get_extension_status),
    ):
        yield
