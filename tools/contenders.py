"""Ways to poll the extensions of an account, to be compared."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from threading import local
from typing import Any, Final
from xmlrpc.client import ServerProxy, dumps

import aiohttp
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import httpx

from custom_components.belfabriek.const import DOMAIN

from .benchmark_server import FIRST_CALL, SECOND_CALL, takes_calls
from .in_process import ACCOUNT, add_account

IN_FLIGHT: Final = 8
NEVER: Final = 86_400.0
"""Polling interval in seconds, so that only the benchmark polls."""

type Answers = dict[str, bool]
"""Whether an extension takes calls, by extension ID."""
type Poll = Callable[[], Awaitable[Answers | None]]
type Contender = Callable[[HomeAssistant, str, Sequence[str]], AbstractAsyncContextManager[Poll]]
"""Yields a function that polls all extensions once."""


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
NEEDS: Final = {"aioxmlrpc": ("aioxmlrpc",), "rest (YAML)": ("xmltodict", "jsonpath")}
"""Packages without which a contender cannot run."""
