"""The simulator in a process of its own, so that what is measured here is the client alone.

What is to be done with it is sent there as one of the functions below.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
import logging
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from simulator import Account, AgentState, FaultRule, RequestRecord, Simulator

ACCOUNT = Account(
    pin="0057193846", account_id="60718293", supervisor_id="70819204", manager_id="90628351"
)
"""Credentials that are in no time, port or other number by chance."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What the simulator counted since its start."""

    peak_connections: int
    peak_in_flight: int
    open_connections: int
    trapped: int
    """Requests to where only a redirect or an XML entity leads."""


class Server:
    """A simulator elsewhere."""

    def __init__(self, pipe: Connection, url: str, certificate: bytes) -> None:
        """Talk to the simulator through `pipe`."""
        self.url = url
        self.certificate = certificate
        self._pipe = pipe

    async def do[*Ts, R](
        self, function: Callable[[Simulator, *Ts], Awaitable[R]], *arguments: *Ts
    ) -> R:
        """Call a function there with its simulator, and return what it returns."""
        return await asyncio.to_thread(self._do, function, arguments)

    def _do[R](self, function: Callable[..., Awaitable[R]], arguments: tuple[Any, ...]) -> R:
        self._pipe.send((function, arguments))
        result: R = self._pipe.recv()
        return result


@contextmanager
def serving(extensions: Mapping[str, str], **options: Any) -> Iterator[Server]:  # noqa: ANN401 - those of `Simulator`
    """Run a simulator with these extensions (names by ID) elsewhere."""
    here, there = get_context("spawn").Pipe()
    arguments = (there, {"account": ACCOUNT, "extensions": dict(extensions), **options})
    process = get_context("spawn").Process(target=_main, args=arguments, daemon=True)
    process.start()
    there.close()
    try:
        yield Server(here, *here.recv())
    finally:
        here.close()
        process.join()


async def set_states(simulator: Simulator, states: Mapping[str, AgentState]) -> None:
    """Let agents be in these states from now on."""
    for extension_id, state in states.items():
        simulator.extension(extension_id).set(**asdict(state))


async def take_records(simulator: Simulator) -> list[RequestRecord]:
    """Return what was asked since the last time, and forget it."""
    records = simulator.requests
    simulator.journal.clear()
    return records


async def inject(simulator: Simulator, rules: Sequence[FaultRule]) -> None:
    """Put faults in force."""
    for rule in rules:
        await simulator.inject(rule)


async def clear_faults(simulator: Simulator) -> None:
    """End every fault."""
    await simulator.clear_faults()


async def set_account(simulator: Simulator, account: Account) -> None:
    """Accept other credentials from now on."""
    simulator.account = account


async def count(simulator: Simulator) -> Counts:
    """Return what was counted."""
    return Counts(
        peak_connections=simulator.peak_connections,
        peak_in_flight=simulator.peak_in_flight,
        open_connections=simulator.open_connections,
        trapped=len(simulator.trapped),
    )


def _main(pipe: Connection, options: dict[str, Any]) -> None:
    # A client that hangs up on 200 MB is what is wanted, and no trouble of the server's.
    logging.disable()
    asyncio.run(_serve(pipe, options))


async def _serve(pipe: Connection, options: dict[str, Any]) -> None:
    """Do what is sent until the other side is gone."""
    async with Simulator(**options) as simulator:
        pipe.send((simulator.url, simulator.certificate))
        while True:
            try:
                function, arguments = await asyncio.to_thread(pipe.recv)
            except EOFError:
                return
            pipe.send(await function(simulator, *arguments))
