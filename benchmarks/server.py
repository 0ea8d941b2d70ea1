"""The server, in a process of its own: as fast as Python allows, so that the clients are measured.

It speaks HTTP/1.1 on connections that it keeps, delays every answer by the time it is told, and
counts. Commands come through a pipe, see `remote.py`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import cycle, islice
from multiprocessing.connection import Connection
import random
import selectors
import time
from typing import Any, Final, override

from simulator import PATH, AgentState

from . import scene, wire

_WALK: Final[tuple[dict[str, Any], ...]] = (
    {"available": True, "reason": "-", "call_state": "idle"},
    {"available": True, "reason": "-", "call_state": "called"},
    {"available": False, "reason": "handling", "call_state": "idle"},
    {"available": False, "reason": "pause", "call_state": "idle"},
)
"""What an agent goes through while it lives: each of them is another status."""


@dataclass(slots=True)
class Traffic:
    """What reached the server since it was last asked."""

    requests: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    connections: int = 0
    """Connections that were opened."""
    most_in_flight: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """An agent's state became another one, on the clock that all processes of a machine share."""

    at: float
    extension_id: str
    answer: scene.Answer


class Server:
    """What the connections share."""

    def __init__(self) -> None:
        self.states: dict[str, AgentState] = {}
        self.delay = 0.0
        self.in_flight = 0
        self.traffic = Traffic()
        self._changes: list[Change] = []
        self._lives: list[asyncio.Task[None]] = []

    def prepare(self, count: int, delay: float) -> None:
        """Serve `count` extensions in their initial states, each answer after `delay` seconds."""
        self.delay = delay
        self.take_traffic()
        self.states = {
            extension_id: scene.initial_state(index)
            for index, extension_id in enumerate(scene.extension_ids(count))
        }

    def take_traffic(self) -> Traffic:
        """Return what was counted, and count from zero again."""
        traffic, self.traffic = self.traffic, Traffic(most_in_flight=self.in_flight)
        return traffic

    def change(self, extension_ids: list[str], available: bool, call_state: str) -> None:
        """Put agents into a state."""
        for extension_id in extension_ids:
            self.states[extension_id] = replace(
                self.states[extension_id], available=available, call_state=call_state
            )

    def start_life(self, pause: float, seed: int) -> None:
        """Let every agent change at random moments, on average every `pause` seconds."""
        dice = random.Random(seed)  # noqa: S311 - for changes that repeat, not for secrets
        self._changes = []
        loop = asyncio.get_running_loop()
        self._lives = [loop.create_task(self._live(each, pause, dice)) for each in self.states]

    def end_life(self) -> list[Change]:
        """Let nothing change any more, and return what did."""
        for life in self._lives:
            life.cancel()
        return self._changes

    async def _live(self, extension_id: str, pause: float, dice: random.Random) -> None:
        await asyncio.sleep(dice.uniform(0, pause))
        start = 1 if self.states[extension_id].available else 4
        for step in islice(cycle(_WALK), start, None):
            state = replace(self.states[extension_id], **step)
            self.states[extension_id] = state
            self._changes.append(Change(time.monotonic(), extension_id, scene.answer_of(state)))
            # What is over before anybody could see it would be no sample.
            await asyncio.sleep(dice.uniform(0.75, 1.25) * pause)


class _Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport
        self._server.traffic.connections += 1

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Answer nobody any more."""
        self._transport = None

    @override
    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete, after the delay."""
        self._received += data
        while (end := wire.request_end(self._received)) is not None:
            request = bytes(self._received[:end])
            del self._received[:end]
            self._take(request)

    def _take(self, request: bytes) -> None:
        server, traffic = self._server, self._server.traffic
        server.in_flight += 1
        traffic.requests += 1
        traffic.bytes_in += len(request)
        traffic.most_in_flight = max(traffic.most_in_flight, server.in_flight)
        method, extension_id = wire.question(request)
        if server.delay:
            asyncio.get_running_loop().call_later(server.delay, self._answer, method, extension_id)
        else:
            self._answer(method, extension_id)

    def _answer(self, method: bytes, extension_id: str) -> None:
        server = self._server
        server.in_flight -= 1
        answer = wire.answer(method, server.states[extension_id])
        server.traffic.bytes_out += len(answer)
        if self._transport is not None:
            self._transport.write(answer)


async def _serve(pipe: Connection) -> None:
    loop = asyncio.get_running_loop()
    server = Server()
    listener = await loop.create_server(lambda: _Client(server), "127.0.0.1", 0)
    over = loop.create_future()

    def obey() -> None:
        try:
            command: Callable[[Server], object] = pipe.recv()
        except EOFError:
            loop.remove_reader(pipe.fileno())
            over.set_result(None)
        else:
            pipe.send(command(server))

    loop.add_reader(pipe.fileno(), obey)
    port = listener.sockets[0].getsockname()[1]
    pipe.send(f"http://127.0.0.1:{port}{PATH}")
    await over


def run(pipe: Connection) -> None:
    """Serve until the other end of `pipe` is closed."""
    # epoll would round every delay up to whole milliseconds; select does not.
    with asyncio.Runner(
        loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())
    ) as runner:
        runner.run(_serve(pipe))
