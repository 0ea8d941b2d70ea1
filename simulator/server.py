"""The vendor's server: an account and its agents, served over real HTTP."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
import inspect
import ssl
from typing import Final, Self

from aiohttp import web

from . import answers, calls
from .agents import DEFAULT_EXTENSIONS, Account, AgentState, Extension
from .calls import Method, RejectedCallError
from .dialect import Dialect
from .faults import DOOMED, FAULTS, HTML_PAGE, ActiveFault, Exchange, reset
from .limits import Limit
from .live import Day, follow

_PATH: Final = "/xml/agent/xml.asp"  # where the document posts both calls
_FIRST_ENDPOINT: Final = 31201234567  # the document's sample
_FAULT_CODE: Final = 1  # the document defines none
_HISTORY: Final = 100_000  # requests
_SHUTDOWN_SECONDS: Final = 0.05
"""Seconds that `stop` waits for open requests; it takes at most twice as long."""


@dataclass(slots=True, kw_only=True)
class RequestRecord:
    """One request to the vendor's address.

    - `time`: when it arrived, in UTC.
    - `connection`: the client's port, which is another for each TCP connection.
    - `method`, `params`: what was asked; None and empty if the body was not a methodCall.
    - `extension_id`: the extension that was asked about, existing or not; None if not understood.
    - `state`: the reported state of the agent; None if the answer does not contain it.
    - `rejection`: the text of the fault with which the call was rejected, or None.
    - `injected`: the name of the fault that was injected, or None.
    - `refused`: whether the server's limit refused the request.
    """

    time: datetime
    connection: int
    method: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    extension_id: str | None = None
    state: AgentState | None = None
    rejection: str | None = None
    injected: str | None = None
    refused: bool = False


class Server:
    """A simulation of the vendor's server on this machine.

    An async context manager, which listens on a free port of 127.0.0.1 and stops at the end. By
    default, its agents are always available and idle.

    - `account`, `extensions` (names by ID), `dialect`: the account and the format of the answers.
    - `port`: 0 for a free one, which is kept after the first start.
    - `ssl_context`: serve https.
    - `delay`: seconds before every answer.
    - `limit`: what the server allows its clients, or None.

    `account`, `dialect`, `delay` and `limit` may be replaced at any time.
    """

    def __init__(  # noqa: PLR0913 - options, all of them named
        self,
        *,
        account: Account | None = None,
        extensions: Mapping[str, str] = DEFAULT_EXTENSIONS,
        dialect: Dialect | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        delay: float = 0.0,
        limit: Limit | None = None,
    ) -> None:
        self.account = account or Account()
        self.dialect = dialect or Dialect()
        self.host = host
        self.port = port
        self.delay = delay
        self.limit = limit
        self.refused = 0
        """Number of requests and connections that limits refused so far."""
        self.journal: deque[RequestRecord] = deque(maxlen=_HISTORY)
        """The received requests, oldest first."""
        self.peak_in_flight = 0
        """Maximum number of concurrent requests so far."""
        self.active_faults: list[ActiveFault] = []
        """The active faults, oldest first. The first one that matches a request is used."""
        self.extensions: dict[str, Extension] = {}
        for extension_id, name in extensions.items():
            self.add_extension(extension_id, name)
        self.in_flight = 0
        """Number of requests that are being answered."""
        self._ssl_context = ssl_context
        self._runner: web.AppRunner | None = None
        self._days: list[asyncio.Task[None]] = []

    @property
    def base_url(self) -> str:
        """The root of the server, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self._ssl_context else 'http'}://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address that the calls are posted to."""
        return self.base_url + _PATH

    @property
    def requests(self) -> list[RequestRecord]:
        """The received requests, oldest first."""
        return list(self.journal)

    def extension(self, extension_id: str) -> Extension:
        """Return an extension; `KeyError` if the account has none of that ID."""
        return self.extensions[extension_id]

    def add_extension(self, extension_id: str, name: str) -> Extension:
        """Add an extension, whose agent is idle."""
        endpoint = str(_FIRST_ENDPOINT + len(self.extensions))
        extension = Extension(extension_id, name, AgentState(endpoint=endpoint))
        self.extensions[extension_id] = extension
        return extension

    def remove_extension(self, extension_id: str) -> None:
        """Remove an extension; raise `KeyError` if there is none with this ID."""
        del self.extensions[extension_id]

    def follow(self, extension_id: str, day: Day, speed: float = 1.0) -> None:
        """Let an agent follow a day from now on, until `stop`; a speed of 2 is twice as fast."""
        self.extension(extension_id).live = True
        # Eager: the first request must not find the agent idle.
        coroutine = follow(self.extension(extension_id), day, speed)
        self._days.append(asyncio.create_task(coroutine, eager_start=True))

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the server."""
        return [web.post(_PATH, self._handle)]

    async def start(self) -> None:
        """Listen; after `stop`, on the same port.

        Raises `OSError` if the port is taken.
        """
        app = web.Application()
        app.add_routes(self.routes())
        # Cancel delayed answers of clients that have disconnected.
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, ssl_context=self._ssl_context)
        try:
            await site.start()
        except OSError:
            await self.stop()
            raise
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """End all answers, connections and days, and release the port; faults stay active."""
        for day in self._days:
            day.cancel()
        await asyncio.gather(*self._days, return_exceptions=True)
        self._days.clear()
        if self._runner is not None:
            transports = [each.transport for each in self._handlers]
            await self._runner.cleanup()
            self._runner = None
            # Closing would wait for clients that do not read.
            for transport in transports:
                if transport is not None:
                    transport.abort()

    async def inject(
        self,
        name: str,
        *,
        method: str | None = None,
        extension_id: str | None = None,
        **parameters: object,
    ) -> None:
        """Activate a fault of `FAULTS`, in addition to the active ones.

        It affects only requests of `method` and for `extension_id`, if given.
        Raises `KeyError` for an unknown name, and `TypeError` for an unknown parameter.
        """
        effect = partial(FAULTS[name].effect, **parameters)
        inspect.signature(effect).bind(None)
        self.active_faults.append(ActiveFault(name, method, extension_id, effect))

    async def clear_faults(self) -> None:
        """Remove all faults."""
        self.active_faults.clear()

    @property
    def _handlers(self) -> list[web.RequestHandler]:
        """The handlers of the open connections, oldest first."""
        server = self._runner and self._runner.server
        return server.connections if server else []

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        if transport is None:  # disconnected before its request was handled
            return web.Response()
        if transport in DOOMED:
            reset(transport)
            return web.Response()
        address, port, *_ = transport.get_extra_info("peername")
        record = RequestRecord(time=datetime.now(UTC), connection=port)
        self.journal.append(record)
        limit = self.limit or Limit()
        decision = limit.arrive(asyncio.get_running_loop().time(), self._older(request, address))
        record.refused = decision is None
        self.refused += record.refused
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
        try:
            self._read(request, await request.read(), record)
            if decision is not None:
                await asyncio.sleep(decision + self.delay)
            exchange = self._exchange(transport, record)
            if decision is None:
                self._refuse(exchange, limit)
            else:
                await self._inject_into(exchange, record)
            # Before it is sent: a client that has the answer expects it in the journal.
            record.state, record.rejection = exchange.state, exchange.rejection
            return await self._send(request, exchange)
        except ConnectionError:  # the client closed its connection; aiohttp would log an error
            record.state = record.rejection = None
            return web.Response()
        except asyncio.CancelledError:
            record.state = record.rejection = None
            raise
        finally:
            self.in_flight -= 1
            if not record.refused:
                limit.leave()

    def _older(self, request: web.Request, address: str) -> int:
        """Return how many connections of this address are older than the request's."""
        transports = [each.transport for each in self._handlers]
        older = transports[: transports.index(request.transport)]
        return sum(
            each is not None and each.get_extra_info("peername")[0] == address for each in older
        )

    def _read(self, request: web.Request, body: bytes, record: RequestRecord) -> None:
        """Store the call in `record`, or why it cannot be read."""
        if request.content_type != "text/xml":
            record.rejection = "The Content-Type must be text/xml"
            return
        try:
            record.method, record.params = calls.read_call(body)
        except RejectedCallError as err:
            record.rejection = str(err)
        # By either name, and also if it does not exist.
        record.extension_id = record.params.get("extensionId", record.params.get("extId"))

    def _exchange(self, transport: asyncio.Transport, record: RequestRecord) -> Exchange:
        """Return a request with the right response for the current state."""
        members: list[answers.Member] = []
        state, rejection = None, record.rejection
        if record.method is not None:
            try:
                state = calls.authorize(
                    record.method, record.params, self.account, self.dialect, self.extensions
                ).state
                members = answers.members(Method(record.method), state, self.dialect)
            except RejectedCallError as err:
                rejection = str(err)
        xml = (
            answers.response(members)
            if rejection is None
            else answers.fault_response(_FAULT_CODE, rejection)
        )
        return Exchange(
            transport=transport,
            params=record.params,
            url=self.url,
            members=members,
            body=answers.encoded(xml),
            state=state,
            rejection=rejection,
            headers={"Content-Type": self.dialect.content_type},
        )

    def _refuse(self, exchange: Exchange, limit: Limit) -> None:
        if limit.refusal == "reset":
            exchange.fail(b"")
            reset(exchange.transport)
        else:
            exchange.fail(HTML_PAGE, int(limit.refusal))

    async def _inject_into(self, exchange: Exchange, record: RequestRecord) -> None:
        """Change the response by the first active fault that hits the request."""
        for active in self.active_faults:
            if active.method in {None, record.method} and active.extension_id in {
                None,
                record.extension_id,
            }:
                record.injected = active.name
                if (changing := active.effect(exchange)) is not None:
                    await changing
                return

    async def _send(self, request: web.Request, exchange: Exchange) -> web.StreamResponse:
        if exchange.transport.is_closing():
            return web.Response()
        response = web.Response(
            body=exchange.body, status=exchange.status, headers=exchange.headers
        )
        await response.prepare(request)
        await response.write_eof()
        if exchange.after is not None:
            exchange.after(exchange.transport)
        return response
