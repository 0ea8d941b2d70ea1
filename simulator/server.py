"""The simulator itself: an account and its agents, served over real HTTP."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import math
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from . import answers, calls
from .agents import DEFAULT_EXTENSIONS, Account, AgentState, Extension
from .calls import FaultCode, Method, RejectedCallError
from .connections import Connections, Gate, reset
from .control import ControlApi
from .dialect import Dialect
from .fault import ActiveFault, Context, Reply, normal_reply
from .faults import FAULTS
from .faults.statuses import HTML_PAGE, retry_after_date
from .journal import RequestRecord
from .limits import Limit, Refused
from .live import Live, walk
from .tls import Tls

_PATH: Final = "/xml/agent/xml.asp"  # where the document posts both calls
_FIRST_ENDPOINT: Final = 31201234567  # the document's sample
_HISTORY: Final = 100_000  # requests
_SHUTDOWN_SECONDS: Final = 0.05
"""Seconds that `stop` waits for open requests; it takes at most twice as long."""


class Simulator:
    """A simulation of the vendor's server on this machine.

    An async context manager: `async with Simulator() as simulator:` listens on a free port of
    127.0.0.1 and stops at the end. By default, its agents are always available and idle.

    - `account`, `extensions` (names by ID), `dialect`: the account and the format of the answers.
    - `port`: 0 for a free one, which is kept after the first start.
    - `tls`: serve https with a self-signed certificate, which the client must be given.
    - `live`: the schedules of the agents, or None.
    - `delay`: seconds before every answer.
    - `limit`: what the server allows its clients, or None.
    - `clock_ahead`: seconds that the server's clock is ahead, as its Date header says.

    `account`, `dialect`, `delay`, `limit` and `clock_ahead` may be replaced at any time.
    """

    def __init__(  # noqa: PLR0913 - options, all of them named
        self,
        *,
        account: Account | None = None,
        extensions: Mapping[str, str] = DEFAULT_EXTENSIONS,
        dialect: Dialect | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = False,
        live: Live | None = None,
        delay: float = 0.0,
        limit: Limit | None = None,
        clock_ahead: float = 0.0,
    ) -> None:
        self.account = account or Account()
        self.dialect = dialect or Dialect()
        self.host = host
        self.port = port
        self.live = live
        self.delay = delay
        self.limit = limit
        self.clock_ahead = clock_ahead
        self.refused = 0
        """Number of requests and connections that limits refused so far."""
        self.journal: deque[RequestRecord] = deque(maxlen=_HISTORY)
        """The received requests, oldest first."""
        self.trapped: list[str] = []
        """Methods and paths of requests after a redirect or for an XML entity; always empty."""
        self.peak_in_flight = 0
        """Maximum number of concurrent requests so far."""
        self.active_faults: list[ActiveFault] = []
        """The active faults, oldest first. The first one that matches a request is used."""
        self.extensions: dict[str, Extension] = {}
        for extension_id, name in extensions.items():
            self.add_extension(extension_id, name)
        self._connections = Connections()
        self._tls = Tls() if tls else None
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def base_url(self) -> str:
        """The root of the server, without a slash at the end."""
        scheme = "https" if self._tls else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address that the calls are posted to."""
        return self.base_url + _PATH

    @property
    def certificate(self) -> bytes:
        """The certificate that a client must trust, as PEM; empty without TLS."""
        return self._tls.own.certificate if self._tls else b""

    @property
    def requests(self) -> list[RequestRecord]:
        """The received requests, oldest first."""
        return list(self.journal)

    @property
    def open_connections(self) -> int:
        """Number of open TCP connections, including those of the control API."""
        server = self._runner and self._runner.server
        return len(server.connections) if server else 0

    def extension(self, extension_id: str) -> Extension:
        """Return an extension; `KeyError` if the account has none of that ID."""
        return self.extensions[extension_id]

    def add_extension(self, extension_id: str, name: str) -> Extension:
        """Add an extension, whose agent is idle and has no schedule."""
        endpoint = str(_FIRST_ENDPOINT + len(self.extensions))
        extension = Extension(extension_id, name, AgentState(endpoint=endpoint))
        self.extensions[extension_id] = extension
        return extension

    def remove_extension(self, extension_id: str) -> None:
        """Remove an extension; raise `KeyError` if there is none with this ID."""
        del self.extensions[extension_id]

    async def __aenter__(self) -> Self:
        """Start."""
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        await self.stop()

    async def start(self) -> None:
        """Listen, and start the schedules; after `stop`, on the same port.

        Raises `OSError` if the port is taken.
        """
        app = web.Application()
        app.add_routes(
            [
                web.post(_PATH, self._handle),
                web.route("*", "/trap/{path:.*}", self._handle_trapped),
                *ControlApi(self).routes(),
            ]
        )
        # Cancel delayed answers of clients that have disconnected.
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        await runner.setup()
        self._runner = runner
        try:
            await self._bind()
            await self._listen()
        except OSError:
            await self.stop()
            raise
        if self.live is not None:
            for extension in self.extensions.values():
                # Eager: the first request must not find all agents idle.
                task = asyncio.create_task(walk(extension, self.live), eager_start=True)
                self._tasks.add(task)

    async def stop(self) -> None:
        """End all answers, connections and schedules, and release the port.

        Faults of the whole server end as well; all others stay active.
        """
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._connections.forget_timers()
        self._end_server_faults()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        server = self._runner and self._runner.server
        open_transports = [one.transport for one in server.connections] if server else []
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        # Closing would wait for clients that do not read.
        for transport in open_transports:
            if transport is not None:
                transport.abort()

    async def restart(self) -> None:
        """Stop, then listen on the same port; only the connections are lost."""
        await self.stop()
        await self.start()

    async def inject(
        self,
        name: str,
        *,
        method: str | None = None,
        extension_id: str | None = None,
        **parameters: object,
    ) -> None:
        """Activate a fault of `FAULTS`, in addition to the active ones.

        It affects only requests of `method` and for `extension_id`, if given. A fault of the whole
        server closes the connections of earlier calls.

        Raises `ValueError` or `TypeError` for invalid values.
        """
        if name not in FAULTS:
            raise ValueError(f"there is no fault {name!r}")
        active = ActiveFault(
            fault=FAULTS[name],
            method=None if method is None else Method(method),
            extension_id=extension_id,
            parameters=parameters,
        )
        if active.fault.whole_server:
            if name == "refuse_connections":
                await self._refuse(parameters.get("seconds"))
            elif self._tls is None:
                raise ValueError(f"{name} needs a simulator with TLS")
            else:
                self._tls.show_untrusted()
            self._connections.cut()
        self.active_faults.append(active)

    async def clear_faults(self) -> None:
        """Remove all faults."""
        self._end_server_faults()
        self.active_faults.clear()
        await self._listen()

    def expire_idle_connections(self) -> None:
        """Run the actions of faults for idle connections now."""
        self._connections.expire()

    async def _bind(self) -> None:
        """Bind the port. Connections are refused until `_listen`."""
        assert self._runner is not None  # noqa: S101 - for the type checker
        self._listener = await asyncio.get_running_loop().create_server(
            self._gate,
            self.host,
            self.port,
            ssl=None if self._tls is None else self._tls.context,
            start_serving=False,
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    def _gate(self) -> Gate:
        assert self._runner is not None  # noqa: S101 - for the type checker
        assert self._runner.server is not None  # noqa: S101 - likewise
        return Gate(self._runner.server, self._connect)

    def _connect(self, open_connections: int) -> bool:
        """Return whether an address with this number of connections may open another."""
        admitted = self.limit is None or self.limit.connect(open_connections)
        self.refused += not admitted
        return admitted

    async def _listen(self) -> None:
        if self._listener is not None:
            await self._listener.start_serving()

    async def _refuse(self, seconds: object) -> None:
        if self._listener is not None:
            self._listener.close()
        await self._bind()
        if isinstance(seconds, int | float) and seconds != math.inf:
            self._tasks.add(asyncio.create_task(self._accept_after(seconds)))

    async def _accept_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._listen()
        self._end_server_faults()

    def _end_server_faults(self) -> None:
        self.active_faults = [one for one in self.active_faults if not one.fault.whole_server]
        if self._tls is not None:
            self._tls.show_own()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        if transport is None:  # disconnected before its request was handled
            return web.Response()
        with self._connections.busy(transport):
            self.peak_in_flight = max(self.peak_in_flight, self._connections.in_flight)
            record = RequestRecord(
                time=datetime.now(UTC), connection=self._connections.number(transport)
            )
            self.journal.append(record)
            if (limit := self.limit) is None:
                return await self._answer(request, transport, record)
            decision = limit.arrive(asyncio.get_running_loop().time())
            if isinstance(decision, Refused):
                self.refused += 1
                record.refused = True
                self._read(request, await request.read(), record)
                return await self._refuse_request(request, transport, limit, decision)
            try:
                return await self._answer(request, transport, record, decision.wait)
            finally:
                limit.leave()

    async def _refuse_request(
        self, request: web.Request, transport: asyncio.Transport, limit: Limit, decision: Refused
    ) -> web.StreamResponse:
        if limit.refusal == "reset":
            reset(transport)
            return web.Response()
        headers = {"Content-Type": "text/html"}
        if decision.retry_in is not None and limit.retry_after:
            seconds = math.ceil(decision.retry_in)
            as_date = limit.retry_after == "date"
            headers["Retry-After"] = (
                retry_after_date(self._now(), seconds) if as_date else str(seconds)
            )
        reply = Reply(status=int(limit.refusal), body=HTML_PAGE, headers=headers)
        try:
            return await self._send(request, transport, reply)
        except ConnectionError:  # the client closed its connection; aiohttp would log an error
            return web.Response()

    async def _send(
        self, request: web.Request, transport: asyncio.Transport, reply: Reply
    ) -> web.StreamResponse:
        headers = {"Date": format_datetime(self._now(), usegmt=True), **reply.headers}
        reply = replace(reply, headers=headers)
        return await self._connections.send(request, transport, reply, self.dialect.content_type)

    def _now(self) -> datetime:
        """Return the time of the server's clock."""
        return datetime.now(UTC) + timedelta(seconds=self.clock_ahead)

    async def _answer(
        self,
        request: web.Request,
        transport: asyncio.Transport,
        record: RequestRecord,
        wait: float = 0.0,
    ) -> web.StreamResponse:
        asked = self._read(request, await request.read(), record)
        if (doomed := self._connections.doomed(transport)) is not None:
            record.injected = doomed
            if doomed == "silent_on_reuse":
                await asyncio.Event().wait()
            reset(transport)
            return web.Response()
        if wait == math.inf:
            await asyncio.Event().wait()
        if wait + self.delay > 0:
            await asyncio.sleep(wait + self.delay)
        context = self._context(asked, record)
        reply = normal_reply(context)
        for active in self.active_faults:
            if active.hits(context, record.extension_id):
                record.injected = active.fault.name
                reply = active.fault.reply(context, **active.parameters)
                break
        if reply.delay:
            await asyncio.sleep(reply.delay)
        # Record first: a client that has the answer expects it in the journal.
        record.state, record.fault_code = reply.state, reply.fault_code
        try:
            return await self._send(request, transport, reply)
        except asyncio.CancelledError:
            record.state = record.fault_code = None
            raise
        except ConnectionError:  # the client closed its connection; aiohttp would log an error
            record.state = record.fault_code = None
            return web.Response()

    def _read(
        self, request: web.Request, body: bytes, record: RequestRecord
    ) -> Method | RejectedCallError:
        """Store the call in `record`; return the method, or why it cannot be read."""
        if request.content_type != "text/xml":
            return RejectedCallError(FaultCode.NOT_XML_RPC, "The Content-Type must be text/xml")
        try:
            call = calls.read_call(body)
        except RejectedCallError as err:
            return err
        record.method, record.params = call.method, call.params
        if call.method not in list(Method):
            return RejectedCallError(FaultCode.UNKNOWN_METHOD, "Unknown method")
        # By either name, and also if it does not exist.
        record.extension_id = call.params.get("extensionId", call.params.get("extId"))
        return Method(call.method)

    def _context(self, asked: Method | RejectedCallError, record: RequestRecord) -> Context:
        """Return the request with the right answer for the current state."""
        state = rejection = None
        members: list[answers.Member] = []
        try:
            if isinstance(asked, RejectedCallError):
                raise asked
            extension_id = calls.authorize(
                asked, record.params, self.account, self.dialect, self.extensions
            )
            state = self.extension(extension_id).state
            members = answers.members(asked, state, self.dialect)
            xml = answers.response(answers.struct(members))
        except RejectedCallError as err:
            rejection = err
            xml = answers.fault_response(answers.fault_struct(err.code, err.text))
        return Context(
            method=asked if isinstance(asked, Method) else None,
            params=record.params,
            dialect=self.dialect,
            state=state,
            fault_code=None if rejection is None else rejection.code,
            members=members,
            xml=xml,
            base_url=self.base_url,
            now=self._now(),
        )

    async def _handle_trapped(self, request: web.Request) -> web.Response:
        self.trapped.append(f"{request.method} {request.path}")
        return web.Response(status=404)
