"""Measures what one poll costs, compared with other ways to make the same requests.

Prints a table, writes it into docs/performance.md, and exits with 1 if a target is missed.
"""

from argparse import ArgumentParser
import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from ctypes import c_double, c_ulonglong
from dataclasses import dataclass
from functools import lru_cache
import gc
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
import re
import selectors
import socket
from statistics import median
import sys
from threading import local
import time
from typing import Any, Final, override
from xmlrpc.client import ServerProxy, dumps

import aiohttp
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import httpx

from custom_components.belfabriek.const import DOMAIN

from .in_process import ACCOUNT, add_account, running_home_assistant

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "performance.md"
MARKERS: Final = ("<!-- table -->", "<!-- /table -->")
IN_FLIGHT: Final = 8
FIRST_CALL: Final = "ivr.getAgentAvail"
SECOND_CALL: Final = "general.getExtensionStatus"
MAX_WALL: Final = 1.10
"""Maximum wall time as a multiple of bare aiohttp's, with `PROMISED_FROM` extensions or more."""
MAX_CPU: Final = 1.5
"""Maximum CPU time, likewise."""
PROMISED_FROM: Final = 100
MAX_GROWTH: Final = 10.5
"""Maximum growth of the wall and CPU time with ten times the extensions."""
SLOW_SECONDS: Final = 10
"""A sequential poll that takes longer is measured only once."""
NEVER: Final = 86_400.0
"""Polling interval in seconds, so that only the benchmark polls."""

type Answers = dict[str, bool]
"""Whether an extension takes calls, by extension ID."""
type Poll = Callable[[], Awaitable[Answers | None]]
type Contender = Callable[[HomeAssistant, str, Sequence[str]], AbstractAsyncContextManager[Poll]]


# The account: every other extension takes calls, and is idle.


def extension_ids(count: int) -> list[str]:
    """Return the extension IDs of an account of this size."""
    return [f"{number:05}" for number in range(1, count + 1)]


def takes_calls(extension_id: str) -> bool:
    """Return whether the server says that this agent takes calls."""
    return int(extension_id) % 2 == 1


def expected_requests(count: int) -> int:
    """Return the requests of one poll: one per extension, a second one if it takes calls."""
    return count + sum(map(takes_calls, extension_ids(count)))


def parameters(method: str, extension_id: str) -> dict[str, str]:
    """Return the parameters of a call."""
    if method == FIRST_CALL:
        return {"accountCode": ACCOUNT.pin, "extensionId": extension_id}
    return {
        "supId": ACCOUNT.supervisor_id,
        "manId": ACCOUNT.manager_id,
        "accountCode": ACCOUNT.account_id,
        "extensionId": extension_id,
    }


def request_body(method: str, extension_id: str) -> bytes:
    """Return the XML of a call."""
    return dumps((parameters(method, extension_id),), method).encode()


# The server runs in another process, so that only the client is measured.


class Server:
    """The address of the server, and the values shared with its process."""

    def __init__(self) -> None:
        """Share two numbers with the server's process."""
        context = get_context("spawn")
        self.delay = context.RawValue(c_double, 0.0)
        """Seconds before each answer."""
        self.requests = context.RawValue(c_ulonglong, 0)
        """Requests that were received."""
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/xml/agent/xml.asp"


@contextmanager
def running_server() -> Iterator[Server]:
    """Run the server."""
    server = Server()
    process = get_context("spawn").Process(
        target=_run_server, args=(server.listener, server.delay, server.requests), daemon=True
    )
    process.start()
    try:
        yield server
    finally:
        process.terminate()
        process.join()
        server.listener.close()


def _run_server(listener: socket.socket, delay: c_double, requests: c_ulonglong) -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Connection(delay, requests), sock=listener)
        await server.serve_forever()

    # epoll rounds every delay up to whole milliseconds; select does not.
    with asyncio.Runner(
        loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())
    ) as runner:
        runner.run(serve())


_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CALL: Final = re.compile(
    rb"<methodName>([^<]+)</methodName>.*<name>extensionId</name>\s*<value>\s*<string>(\d+)<",
    re.DOTALL,
)


class _Connection(asyncio.Protocol):
    """One connection, on which one request is sent at a time."""

    def __init__(self, delay: c_double, requests: c_ulonglong) -> None:
        self._delay = delay
        self._requests = requests
        self._received = bytearray()
        self._transport: asyncio.BaseTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        length = _LENGTH.search(self._received, 0, head) if head >= 0 else None
        if length is None or len(self._received) < head + 4 + int(length[1]):
            return
        call = _CALL.search(self._received)
        if call is None:
            raise ValueError("the request has no method or no extension ID")
        answer = _answer(bytes(call[1]).decode(), bytes(call[2]).decode())
        self._received = bytearray()
        self._requests.value += 1
        if self._delay.value:
            asyncio.get_running_loop().call_later(self._delay.value, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        if isinstance(self._transport, asyncio.Transport):
            self._transport.write(answer)


@lru_cache(maxsize=8192)
def _answer(method: str, extension_id: str) -> bytes:
    available = takes_calls(extension_id)
    members = (
        (
            ("available", "i4", str(int(available))),
            ("availReason", "string", "-" if available else "pause"),
            ("endpoint", "string", f"3120{extension_id:>07}"),
        )
        if method == FIRST_CALL
        else (("Available", "string", "idle"),)
    )
    # Tags on lines of their own with blank lines between them, as in the vendor's samples.
    struct = "".join(
        f"<member>\n\n<name>{name}</name>\n\n<value>\n\n<{kind}>{value}</{kind}>\n\n</value>\n\n"
        "</member>\n\n"
        for name, kind, value in members
    )
    opening = ("methodResponse", "params", "param", "value", "struct")
    before = "".join(f"<{tag}>\n\n" for tag in opening)
    after = "".join(f"</{tag}>\n\n" for tag in reversed(opening))
    body = f"{before}{struct}{after}".encode()
    # The content type is the one that `rest` accepts as XML.
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%b" % (
        len(body),
        body,
    )


# The contenders. Each yields a function that polls all extensions once.


@asynccontextmanager
async def belfabriek(hass: HomeAssistant, url: str, ids: Sequence[str]) -> AsyncIterator[Poll]:
    """Poll with this integration, including its entities."""
    entry = await add_account(hass, url, ids, scan_interval=NEVER)

    async def poll() -> Answers:
        response: Any = await hass.services.async_call(
            DOMAIN, "get_status", {"refresh": True}, blocking=True, return_response=True
        )
        return {each["extension_id"]: each["available"] for each in response["extensions"]}

    yield poll
    await hass.config_entries.async_unload(entry.entry_id)


@asynccontextmanager
async def bare_aiohttp(hass: HomeAssistant, url: str, ids: Sequence[str]) -> AsyncIterator[Poll]:
    """Send the same requests, prepared in advance, and ignore the answers."""
    bodies = [request_body(FIRST_CALL, each) for each in ids]
    bodies += [request_body(SECOND_CALL, each) for each in ids if takes_calls(each)]
    headers = {"Content-Type": "text/xml", "Accept-Encoding": "identity"}

    async with aiohttp.ClientSession(headers=headers) as session:

        async def send(pending: Iterator[bytes]) -> None:
            for body in pending:
                async with session.post(url, data=body) as response:
                    await response.read()

        async def poll() -> None:
            pending = iter(bodies)
            await asyncio.gather(*(send(pending) for _ in range(IN_FLIGHT)))

        yield poll


def server_proxy(threads: int) -> Contender:
    """Return the client of the standard library in this number of threads."""

    @asynccontextmanager
    async def contender(hass: HomeAssistant, url: str, ids: Sequence[str]) -> AsyncIterator[Poll]:
        own = local()

        def connect() -> None:
            own.proxy = ServerProxy(url)

        def ask(extension_id: str) -> bool:
            first = own.proxy.ivr.getAgentAvail(parameters(FIRST_CALL, extension_id))
            if first["available"]:
                own.proxy.general.getExtensionStatus(parameters(SECOND_CALL, extension_id))
            return bool(first["available"])

        with ThreadPoolExecutor(threads, initializer=connect) as pool:

            async def poll() -> Answers:
                loop = asyncio.get_running_loop()
                answers = await asyncio.gather(
                    *(loop.run_in_executor(pool, ask, each) for each in ids)
                )
                return dict(zip(ids, answers, strict=True))

            yield poll

    return contender


@asynccontextmanager
async def aioxmlrpc(hass: HomeAssistant, url: str, ids: Sequence[str]) -> AsyncIterator[Poll]:
    """Use the asyncio client from PyPI."""
    library = import_module("aioxmlrpc.client")
    slots = asyncio.Semaphore(IN_FLIGHT)
    # The library never closes a session that it creates itself.
    async with httpx.AsyncClient(headers={"Content-Type": "text/xml"}) as session:
        proxy = library.ServerProxy(url, session=session)

        async def ask(extension_id: str) -> bool:
            async with slots:
                first = await proxy.ivr.getAgentAvail(parameters(FIRST_CALL, extension_id))
                if first["available"]:
                    await proxy.general.getExtensionStatus(parameters(SECOND_CALL, extension_id))
            return bool(first["available"])

        async def poll() -> Answers:
            return dict(zip(ids, await asyncio.gather(*map(ask, ids)), strict=True))

        yield poll


@asynccontextmanager
async def core_rest(hass: HomeAssistant, url: str, ids: Sequence[str]) -> AsyncIterator[Poll]:
    """Use Home Assistant's `rest`: both calls of every extension, all refreshed at once."""
    member = "value_json.methodResponse.params.param.value.struct.member"
    templates = {
        FIRST_CALL: f"{{{{ {member}[0].value.i4 }}}}",
        SECOND_CALL: f"{{{{ {member}.value.string }}}}",
    }
    resources = [
        {
            "resource": url,
            "method": "POST",
            "headers": {"Content-Type": "text/xml"},
            "payload": request_body(method, extension_id).decode(),
            "scan_interval": NEVER,
            "sensor": [
                {"name": f"Rest {extension_id} {method}", "value_template": template},
            ],
        }
        for extension_id in ids
        for method, template in templates.items()
    ]
    if not await async_setup_component(hass, "rest", {"rest": resources}):
        raise RuntimeError("rest was not set up")
    await hass.async_block_till_done()

    async def poll() -> Answers:
        await asyncio.gather(*(each.async_refresh() for each in hass.data["rest"]["coordinator"]))
        return {
            each: state is not None and state.state == "1"
            for each in ids
            for state in [hass.states.get(f"sensor.rest_{each}_ivr_getagentavail")]
        }

    yield poll


OURS: Final = "belfabriek"
FLOOR: Final = "bare aiohttp"
CONTENDERS: Final[dict[str, Contender]] = {
    OURS: belfabriek,
    FLOOR: bare_aiohttp,
    "ServerProxy, sequential": server_proxy(1),
    "ServerProxy, 8 threads": server_proxy(IN_FLIGHT),
    "aioxmlrpc": aioxmlrpc,
    "rest (YAML)": core_rest,
}
_NEEDS: Final = {"aioxmlrpc": ("aioxmlrpc",), "rest (YAML)": ("xmltodict", "jsonpath")}


# The measurement.


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """The number of extensions, and the delay of an answer in seconds."""

    count: int
    delay: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll took."""

    wall: float
    cpu: float
    requests: int


type Rounds = dict[str, list[Cost]]
"""Costs by client, one for each round."""
type Results = dict[Setting, Rounds]


async def measure(server: Server, settings: Sequence[Setting], rounds: int) -> Results:
    """Poll with every client in every setting."""
    results: Results = {}
    names = [name for name in CONTENDERS if all(map(find_spec, _NEEDS.get(name, ())))]
    for count in sorted({setting.count for setting in settings}):
        ids = extension_ids(count)
        async with running_home_assistant() as hass, AsyncExitStack() as stack:
            polls = {
                name: await stack.enter_async_context(CONTENDERS[name](hass, server.url, ids))
                for name in names
            }
            server.delay.value = 0.0
            for name, poll in polls.items():
                answers = await poll()
                if answers not in (None, {each: takes_calls(each) for each in ids}):
                    raise RuntimeError(f"{name} got other answers than the server sent")
            # Objects of other clients must not make garbage collection slower for this one.
            gc.collect()
            gc.freeze()
            for setting in sorted(each for each in settings if each.count == count):
                print(f"{count} extensions, {setting.delay * 1000:.0f} ms", file=sys.stderr)
                server.delay.value = setting.delay
                results[setting] = await _measure_in_turns(server, polls, setting, rounds)
            gc.unfreeze()
    return results


async def _measure_in_turns(
    server: Server, polls: dict[str, Poll], setting: Setting, rounds: int
) -> Rounds:
    costs: Rounds = defaultdict(list)
    slow = expected_requests(setting.count) * setting.delay > SLOW_SECONDS
    for number in range(rounds):
        # In alternating order, so that no client is always first.
        for name in polls if number % 2 == 0 else reversed(polls):
            if number and slow and "sequential" in name:
                continue
            gc.collect()
            requests = server.requests.value
            wall, cpu = time.perf_counter(), time.process_time()
            await polls[name]()
            costs[name].append(
                Cost(
                    time.perf_counter() - wall,
                    time.process_time() - cpu,
                    server.requests.value - requests,
                )
            )
    return dict(costs)


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return the median of the ratios within a round."""
    return median(one / other for one, other in zip(numerators, denominators, strict=False))


def over_floor(rounds: Rounds, name: str) -> tuple[float, float]:
    """Return the wall and CPU time of a client as multiples of bare aiohttp's."""
    costs, floor = rounds[name], rounds[FLOOR]
    return (
        ratio([each.wall for each in costs], [each.wall for each in floor]),
        ratio([each.cpu for each in costs], [each.cpu for each in floor]),
    )


def table(results: Results) -> str:
    """Return the figures as a table in Markdown."""
    rows = [
        ("extensions", "delay", "", "wall", "of aiohttp", "CPU", "of aiohttp", "requests"),
        ("--:", "--:", ":--", "--:", "--:", "--:", "--:", "--:"),
    ]
    for setting, rounds in results.items():
        for name, costs in rounds.items():
            wall, cpu = over_floor(rounds, name)
            rows.append(
                (
                    f"{setting.count:,}",
                    f"{setting.delay * 1000:.0f} ms",
                    name,
                    f"{median(each.wall for each in costs) * 1000:,.0f} ms",
                    f"{wall:.2f}",
                    f"{median(each.cpu for each in costs) * 1000:,.0f} ms",
                    f"{cpu:.2f}",
                    f"{max(each.requests for each in costs):,}",
                )
            )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "| "
        + " | ".join(
            cell.ljust(width) if align == ":--" else cell.rjust(width)
            for cell, width, align in zip(row, widths, rows[1], strict=True)
        )
        + " |"
        for row in rows
    )


def promises(results: Results) -> list[tuple[str, bool]]:
    """Return the targets with the measured values, and whether they are met."""
    checked: list[tuple[str, bool]] = []
    for setting, rounds in results.items():
        name = f"{setting.count:,} extensions, {setting.delay * 1000:.0f} ms"
        wanted = expected_requests(setting.count)
        counts = {each.requests for each in rounds[OURS]}
        checked.append((f"{name}: {counts} requests, exactly {wanted}", counts == {wanted}))
        if setting.count >= PROMISED_FROM and setting.delay:
            for what, bound, value in zip(
                ("wall time", "CPU"), (MAX_WALL, MAX_CPU), over_floor(rounds, OURS), strict=True
            ):
                text = f"{name}: {what} {value:.2f} of {FLOOR}, at most {bound}"
                checked.append((text, value <= bound))
        larger = results.get(Setting(setting.count * 10, setting.delay))
        if larger is not None:
            for what in ("wall", "cpu"):
                # Measured at different times, so compare the best rounds.
                after, before = (
                    min(getattr(each, what) for each in costs)
                    for costs in (larger[OURS], rounds[OURS])
                )
                growth = after / before
                text = f"{name}: {what} x {growth:.2f} for ten times as many, at most {MAX_GROWTH}"
                checked.append((text, growth <= MAX_GROWTH))
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
    counts, rounds = ((10, 100), 3) if options.quick else ((100, 1000), options.rounds)
    settings = [Setting(count, delay) for count in counts for delay in (0.0, 0.02)]
    with running_server() as server:
        results = asyncio.run(measure(server, settings, rounds))
    print(text := table(results))
    if not options.quick:
        write(text)
    checked = promises(results)
    for sentence, held in checked:
        print("ok      " if held else "NOT HELD", sentence)
    return 0 if all(held for _, held in checked) else 1


if __name__ == "__main__":
    sys.exit(main())
