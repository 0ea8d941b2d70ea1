"""Measures what one poll costs in a running Home Assistant, compared with other clients.

Prints a table and the targets, and exits with 1 if a target is missed. All clients take turns,
because the speed of a machine varies: only the ratios within a round are meaningful.
"""

from argparse import ArgumentParser
import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from ctypes import c_double, c_ulonglong
from dataclasses import dataclass
import gc
from multiprocessing import get_context
import re
import socket
from statistics import median
import sys
from threading import local
import time
from typing import Final, Self
from xmlrpc.client import ServerProxy, dumps

import aiohttp
from aiohttp import web
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import httpx

from custom_components.belfabriek.coordinator import ON_DISK

from .in_process import ACCOUNT, add_account, running_home_assistant
from .soak import INTERVAL, clock_of

DELAY: Final = 0.02
"""Seconds before each answer of the server."""
IN_FLIGHT: Final = 8
"""Requests at a time of the other clients."""
MAX_CPU: Final = 2.0
"""Maximum CPU time as a multiple of that of bare aiohttp at the same pace.

A request that is sent alone costs two to three times as much CPU as one of a burst.
"""
MAX_GROWTH: Final = 10.5
"""Maximum growth of the CPU time with ten times the extensions."""
CHANGED: Final = (0, 5, 100)
"""Percentages of the answers that differ from the poll before."""
POLLS_TO_FULL_PACE: Final = 5
SMALL_TEAM: Final = 5
FIRST_CALL: Final = "ivr.getAgentAvail"
SECOND_CALL: Final = "general.getExtensionStatus"

type Poll = Callable[[], Awaitable[object]]
type Contender = Callable[[HomeAssistant, str, Sequence[str]], AbstractAsyncContextManager[Poll]]
"""Yields a function that polls all extensions once."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll took."""

    wall: float
    cpu: float
    requests: float


type Results = dict[tuple[int, int], dict[str, list[Cost]]]
"""Costs of the rounds by client, by the number of extensions and the percentage that changed."""


def takes_calls(extension_id: str) -> bool:
    """Return whether an agent takes calls: every other one."""
    return int(extension_id) % 2 == 1


def expected_requests(count: int) -> int:
    """Return the requests of one poll: one per extension, a second one if it takes calls."""
    return count + (count + 1) // 2


class Server:
    """The server that all clients poll. It runs in another process, which is not measured."""

    def __init__(self) -> None:
        # A new interpreter would import Home Assistant again.
        context = get_context("fork")
        self.changed = context.RawValue(c_double, 0.0)
        """Proportion of the answers that differ from the answer before to the same client."""
        self.requests = context.RawValue(c_ulonglong, 0)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        arguments = self._listener, self.changed, self.requests
        self._process = context.Process(target=_serve, args=arguments, daemon=True)

    def __enter__(self) -> Self:
        """Start the server."""
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self._process.terminate()
        self._process.join()
        self._listener.close()


_CALL: Final = re.compile(
    r"<methodName>(.+?)<.*<name>extensionId</name>\s*<value>\s*<string>(\d+)", re.DOTALL
)


def _serve(listener: socket.socket, changed: c_double, requests: c_ulonglong) -> None:
    changes: defaultdict[tuple[str, ...], float] = defaultdict(float)

    async def answer(request: web.Request) -> web.Response:
        call = _CALL.search(await request.text())
        if call is None:
            raise web.HTTPBadRequest
        requests.value += 1
        key = (request.path, *call.groups())
        changes[key] += changed.value
        # The extensions change one after another, not all in the same poll.
        is_other = int(changes[key] + int(call[2]) % 100 / 100) % 2 == 1
        await asyncio.sleep(DELAY)
        return web.Response(text=_answer(call[1], call[2], is_other), content_type="text/xml")

    app = web.Application()
    app.router.add_post("/{client}", answer)
    web.run_app(app, sock=listener, print=None, access_log=None)


def _answer(method: str, extension_id: str, is_other: bool) -> str:
    available = takes_calls(extension_id)
    members = [("Available", "string", "called" if is_other else "idle")]
    if method == FIRST_CALL:
        members = [
            ("available", "i4", str(int(available))),
            ("availReason", "string", "-" if available else "pause"),
            ("endpoint", "string", f"312{is_other:d}{extension_id:>07}"),
        ]
    # Tags on lines of their own with blank lines between them, as in the vendor's samples.
    lines = ["<methodResponse>", "<params>", "<param>", "<value>", "<struct>"]
    for name, kind, value in members:
        lines += ["<member>", f"<name>{name}</name>", "<value>", f"<{kind}>{value}</{kind}>"]
        lines += ["</value>", "</member>"]
    lines += ["</struct>", "</value>", "</param>", "</params>", "</methodResponse>"]
    return "\n\n".join(lines)


def parameters(method: str, extension_id: str) -> dict[str, str]:
    """Return the parameters of a call."""
    call_state = {"supId": ACCOUNT.supervisor_id, "manId": ACCOUNT.manager_id}
    account = ACCOUNT.pin if method == FIRST_CALL else ACCOUNT.account_id
    extra = {} if method == FIRST_CALL else call_state
    return {**extra, "accountCode": account, "extensionId": extension_id}


def request_bodies(ids: Sequence[str]) -> list[str]:
    """Return the XML of all calls of a poll."""
    calls = [(FIRST_CALL, each) for each in ids]
    calls += [(SECOND_CALL, each) for each in ids if takes_calls(each)]
    return [dumps((parameters(*call),), call[0]) for call in calls]


@asynccontextmanager
async def belfabriek(hass: HomeAssistant, url: str, ids: Sequence[str]) -> AsyncIterator[Poll]:
    """Poll with this integration, including its entities."""
    entry = await add_account(hass, url, ids, scan_interval=INTERVAL, is_polled=False)
    coordinator = entry.runtime_data
    for _ in range(POLLS_TO_FULL_PACE):
        await coordinator.async_refresh()
    shown = {each.extension_id: each.available for each in coordinator.agents.values()}
    if shown != {each: takes_calls(each) for each in ids}:
        raise RuntimeError("the states are not what the server answered")
    yield coordinator.async_refresh
    await hass.config_entries.async_unload(entry.entry_id)


def bare_aiohttp(*, is_spread: bool) -> Contender:
    """Send the same requests, prepared in advance, and ignore the answers."""

    @asynccontextmanager
    async def contender(_: HomeAssistant, url: str, ids: Sequence[str]) -> AsyncIterator[Poll]:
        bodies = [each.encode() for each in request_bodies(ids)]
        gap = min(0.02, INTERVAL / 2 / (2 * len(ids))) if is_spread else 0.0

        async def send(pending: Iterator[bytes], first: float) -> None:
            start = first
            for body in pending:
                await asyncio.sleep(max(0.0, start - time.monotonic()))
                async with session.post(url, data=body) as response:
                    await response.read()
                start += IN_FLIGHT * gap

        async def poll() -> None:
            pending, now = iter(bodies), time.monotonic()
            await asyncio.gather(*(send(pending, now + each * gap) for each in range(IN_FLIGHT)))

        async with aiohttp.ClientSession(headers={"Content-Type": "text/xml"}) as session:
            yield poll

    return contender


@asynccontextmanager
async def server_proxy(_: HomeAssistant, url: str, ids: Sequence[str]) -> AsyncIterator[Poll]:
    """Use the client of the standard library in threads."""
    own = local()

    def ask(extension_id: str) -> None:
        if own.proxy.ivr.getAgentAvail(parameters(FIRST_CALL, extension_id))["available"]:
            own.proxy.general.getExtensionStatus(parameters(SECOND_CALL, extension_id))

    def connect() -> None:
        own.proxy = ServerProxy(url)

    async def poll() -> None:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(pool, ask, each) for each in ids))

    with ThreadPoolExecutor(IN_FLIGHT, initializer=connect) as pool:
        yield poll


@asynccontextmanager
async def aioxmlrpc(_: HomeAssistant, url: str, ids: Sequence[str]) -> AsyncIterator[Poll]:
    """Use the asyncio client from PyPI."""
    from aioxmlrpc.client import ServerProxy as AsyncServerProxy  # noqa: PLC0415 - optional

    slots = asyncio.Semaphore(IN_FLIGHT)

    async def ask(extension_id: str) -> None:
        async with slots:
            first = await proxy.ivr.getAgentAvail(parameters(FIRST_CALL, extension_id))
            if first["available"]:
                await proxy.general.getExtensionStatus(parameters(SECOND_CALL, extension_id))

    # The library never closes a session that it creates itself.
    async with httpx.AsyncClient(headers={"Content-Type": "text/xml"}) as session:
        proxy = AsyncServerProxy(url, session=session)
        yield lambda: asyncio.gather(*map(ask, ids))


@asynccontextmanager
async def core_rest(hass: HomeAssistant, url: str, ids: Sequence[str]) -> AsyncIterator[Poll]:
    """Use Home Assistant's `rest`, for the same requests, all of them at once."""
    template = "{{ value_json.methodResponse.params.param.value.struct.member | length }}"
    resources = [
        {
            "resource": url,
            "method": "POST",
            "headers": {"Content-Type": "text/xml"},
            "payload": body,
            "scan_interval": 86_400,
            "sensor": [{"name": f"Rest {number}", "value_template": template}],
        }
        for number, body in enumerate(request_bodies(ids))
    ]
    if not await async_setup_component(hass, "rest", {"rest": resources}):
        raise RuntimeError("rest was not set up")
    await hass.async_block_till_done()
    coordinators = hass.data["rest"]["coordinator"]
    yield lambda: asyncio.gather(*(each.async_refresh() for each in coordinators))


OURS: Final = "belfabriek"
FLOOR: Final = "bare aiohttp, spread"
MEASURED: Final[dict[str, Contender]] = {
    OURS: belfabriek,
    FLOOR: bare_aiohttp(is_spread=True),
    f"bare aiohttp, {IN_FLIGHT} at a time": bare_aiohttp(is_spread=False),
}
OTHERS: Final[dict[str, Contender]] = {
    f"ServerProxy, {IN_FLIGHT} threads": server_proxy,
    "aioxmlrpc": aioxmlrpc,
    "rest (YAML)": core_rest,
}


async def measure(server: Server, counts: Sequence[int], rounds: int) -> Results:
    """Poll with every client; the others only the largest account, without changes."""
    results: Results = {}
    async with running_home_assistant() as hass, AsyncExitStack() as stack:
        polls: dict[tuple[int, str], Poll] = {}
        for count in counts:
            ids = [f"{count + each:05}" for each in range(1, count + 1)]
            clients = MEASURED | (OTHERS if count == max(counts) else {})
            for name, contender in clients.items():
                print(f"Set up {name} with {count} extensions", file=sys.stderr)
                context = contender(hass, f"{server.url}/{len(polls)}", ids)
                polls[count, name] = poll = await stack.enter_async_context(context)
                await poll()
        # Objects of other clients must not make garbage collection slower for this one.
        gc.collect()
        gc.freeze()
        for percentage in CHANGED:
            server.changed.value = percentage / 100
            for number in range(rounds):
                print(f"{percentage} % changed, round {number + 1}", file=sys.stderr)
                for count, name in list(polls)[:: 1 if number % 2 else -1]:
                    if name in MEASURED or not percentage:
                        times = 3 if count < max(counts) else 1
                        cost = await _measure(server, polls[count, name], times)
                        costs = results.setdefault((count, percentage), {})
                        costs.setdefault(name, []).append(cost)
        gc.unfreeze()
    return results


async def _measure(server: Server, poll: Poll, times: int) -> Cost:
    """Return the mean cost of so many polls."""
    gc.collect()
    requests, wall, cpu = server.requests.value, time.perf_counter(), time.process_time()
    for _ in range(times):
        await poll()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Cost(wall / times, cpu / times, (server.requests.value - requests) / times)


async def measure_hour(server: Server, percentage: int) -> Counter[str]:
    """Count the polls, the sweeps over the account's listeners and the writes of an hour."""
    server.changed.value = percentage / 100
    counted: Counter[str] = Counter()
    async with running_home_assistant() as hass:
        with clock_of(hass.loop) as clock:
            ids = [f"{each:05}" for each in range(1, SMALL_TEAM + 1)]
            entry = await add_account(hass, f"{server.url}/h", ids, scan_interval=INTERVAL)
            entry.runtime_data.async_add_listener(lambda: counted.update(["sweeps"]))
            entry.runtime_data.async_add_listener(lambda: counted.update(["writes"]), ON_DISK)
            requests = server.requests.value
            for _ in range(3600):
                await clock.advance(hass, 1)
            requests = server.requests.value - requests
            counted["polls"] = requests // expected_requests(SMALL_TEAM)
            await hass.config_entries.async_unload(entry.entry_id)
    return counted


def cpu_ratio(costs: Sequence[Cost], others: Sequence[Cost]) -> float:
    """Return the median of the ratios within a round."""
    return median(one.cpu / other.cpu for one, other in zip(costs, others, strict=True))


def table(results: Results) -> str:
    """Return the figures as a table in Markdown."""
    lines = [
        "| extensions | changed | | wall | CPU | of aiohttp | requests |",
        "|--:|--:|:--|--:|--:|--:|--:|",
    ]
    for (count, percentage), clients in results.items():
        for name, costs in clients.items():
            wall, cpu = median(each.wall for each in costs), median(each.cpu for each in costs)
            lines.append(
                f"| {count:,} | {percentage} % | {name} | {wall * 1000:,.0f} ms"
                f" | {cpu * 1000:,.0f} ms | {cpu_ratio(costs, clients[FLOOR]):.2f}"
                f" | {max(each.requests for each in costs):,.0f} |"
            )
    return "\n".join(lines)


def targets(results: Results) -> list[tuple[str, bool]]:
    """Return the targets with the measured values, and whether they are met."""
    checked: list[tuple[str, bool]] = []
    for (count, percentage), clients in results.items():
        where = f"{count:,} extensions, {percentage} % changed"
        wanted, counts = expected_requests(count), {each.requests for each in clients[OURS]}
        checked.append((f"{where}: {counts} requests, exactly {wanted}", counts == {wanted}))
        ratio = cpu_ratio(clients[OURS], clients[FLOOR])
        text = f"{where}: CPU {ratio:.2f} of {FLOOR}, at most {MAX_CPU}"
        checked.append((text, ratio <= MAX_CPU))
        if small := results.get((count // 10, percentage)):
            growth = cpu_ratio(clients[OURS], small[OURS])
            text = f"{where}: CPU x {growth:.2f} of a tenth of them, at most {MAX_GROWTH}"
            checked.append((text, growth <= MAX_GROWTH))
    return checked


def main() -> int:
    """Measure, print, check."""
    parser = ArgumentParser(prog="scripts/benchmark", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 and 100 extensions")
    parser.add_argument("--rounds", type=int, default=3, help="polls of each client")
    options = parser.parse_args()
    with Server() as server:
        counts = (10, 100) if options.quick else (100, 1000)
        results = asyncio.run(measure(server, counts, options.rounds))
        print(table(results), flush=True)
        for percentage in CHANGED:
            hour = asyncio.run(measure_hour(server, percentage))
            sweeps = hour["sweeps"] / hour["polls"]
            print(
                f"An hour of {SMALL_TEAM} extensions, {percentage} % changed: {hour['polls']}"
                f" polls, {sweeps:.2f} listener sweeps per poll, {hour['writes']} writes"
            )
    checked = targets(results)
    for sentence, is_met in checked:
        print("ok      " if is_met else "NOT MET ", sentence)
    return 0 if all(is_met for _, is_met in checked) else 1


if __name__ == "__main__":
    sys.exit(main())
