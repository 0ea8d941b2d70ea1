"""The simulator itself: an account and its agents, served over real HTTP."""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import count
import math
from random import Random
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from . import answers, calls
from .account import DEFAULT_EXTENSIONS, Account
from .agents import AgentState, Extension
from .calls import FaultCode, Method, RejectedCallError
from .connections import Connections, reset
from .control import ControlApi
from .dialect import Dialect
from .fault import ActiveFault, Context, honest
from .faults import FAULTS
from .journal import RequestRecord, TrappedRequest
from .listener import Listener
from .live import Live, walk
from .tls import Tls

PATH: Final = "/xml/agent/xml.asp"
"""Where the document says that both calls are posted."""

_FIRST_ENDPOINT: Final = 31201234567  # the document's sample
_SHUTDOWN_SECONDS: Final = 0.05
"""How long `stop` leaves requests that are being answered; twice that is the bound."""


class Simulator:
    """The vendor's server, played on this machine.

    An async context manager: `async with Simulator() as simulator:` listens on a free port of
    127.0.0.1 and stops at the end. By default its agents stand still, available and idle.

    - `account`, `extensions` (names by ID), `dialect`: whom it serves, and how it speaks.
    - `tls`: serve https, with a certificate that only a client that is given it can trust.
    - `live`: let the agents live, or None.
    - `delay`: seconds before every answer.
    - `history`: how many requests to remember.
    - `fault_seed`: decides which requests are hit by faults that hit a share of them.

    `account`, `dialect` and `delay` may be replaced at any time.
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
        history: int = 100_000,
        fault_seed: int = 0,
    ) -> None:
        self.account = account or Account()
        self.dialect = dialect or Dialect()
        self.delay = delay
        self.live = live
        self.journal: deque[RequestRecord] = deque(maxlen=history)
        """What was asked, oldest first."""
        self.trapped: deque[TrappedRequest] = deque(maxlen=1000)
        """Who followed a redirect or fetched an XML entity, oldest first; nobody should."""
        self.peak_in_flight = 0
        """The most requests that were being answered at once."""
        self.peak_connections = 0
        """The most TCP connections that were open at once while a request was answered."""
        self.extensions: dict[str, Extension] = {}
        for extension_id, name in extensions.items():
            self.add_extension(extension_id, name)
        self._numbers = count(1)
        self._active: list[ActiveFault] = []
        # Not a secret: a share of the requests, the same for the same seed.
        self._random = Random(fault_seed)  # noqa: S311
        self._connections = Connections()
        self._listener = Listener(host, port)
        self._tls = Tls() if tls else None
        self._runner: web.AppRunner | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._refusal_end: asyncio.TimerHandle | None = None

    @property
    def port(self) -> int:
        """The TCP port; a free one is chosen by the first start, and kept from then on."""
        return self._listener.port

    @property
    def base_url(self) -> str:
        """The root of the server, without a slash at the end."""
        scheme = "https" if self._tls else "http"
        host = f"[{self._listener.host}]" if ":" in self._listener.host else self._listener.host
        return f"{scheme}://{host}:{self.port}"

    @property
    def url(self) -> str:
        """Where the calls are posted."""
        return self.base_url + PATH

    @property
    def certificate(self) -> bytes:
        """What a client must be given to trust this server, PEM; empty without TLS."""
        return self._tls.own.certificate if self._tls else b""

    @property
    def requests(self) -> list[RequestRecord]:
        """What was asked, oldest first (the last 100,000 unless told otherwise)."""
        return list(self.journal)

    @property
    def open_connections(self) -> int:
        """How many TCP connections are open now, those to the control API included."""
        server = self._server
        return 0 if server is None else len(server.connections)

    def extension(self, extension_id: str) -> Extension:
        """Return an extension; `KeyError` if the account has none of that ID."""
        return self.extensions[extension_id]

    def add_extension(self, extension_id: str, name: str) -> Extension:
        """Give the account one more extension, whose agent is idle and never lives."""
        endpoint = str(_FIRST_ENDPOINT + len(self.extensions))
        extension = Extension(extension_id, name, AgentState(endpoint=endpoint))
        self.extensions[extension_id] = extension
        return extension

    def remove_extension(self, extension_id: str) -> None:
        """Take an extension from the account; `KeyError` if there is none of that ID."""
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
        """Listen, and let the agents live; again on the same port after `stop`.

        Raises `OSError` if the port is taken.
        """
        self._listener.hold()
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self.stop)
            app = web.Application()
            app.add_routes(
                [
                    web.post(PATH, self._handle),
                    web.route("*", "/trap/{path:.*}", self._handle_trapped),
                    *ControlApi(self).routes(),
                ]
            )
            # A client that is gone takes its request along: nothing delayed outlives it.
            runner = web.AppRunner(
                app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS
            )
            await runner.setup()
            self._runner = runner
            await self._listen()
            undo.pop_all()
        if self.live is not None:
            for extension in self.extensions.values():
                # Eager: a request that comes right away must not see everybody idle.
                task = asyncio.create_task(walk(extension, self.live), eager_start=True)
                self._tasks.add(task)

    async def stop(self) -> None:
        """End every answer, connection and agent within moments, and give the port up.

        Faults that hit the whole server end as well, all others stay in force.
        """
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._connections.forget_timers()
        self._end_server_faults()
        self._listener.release()
        server = self._server
        open_transports = [one.transport for one in server.connections] if server else []
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        # What is closed only would wait for a client that does not read.
        for transport in open_transports:
            if transport is not None:
                transport.abort()

    async def restart(self) -> None:
        """Stop, then listen on the same port: every connection is lost, all else is kept."""
        await self.stop()
        await self.start()

    @property
    def active_faults(self) -> list[ActiveFault]:
        """The faults in force, oldest first. The first that fits a request hits it."""
        return list(self._active)

    async def inject(
        self,
        name: str,
        *,
        method: str | None = None,
        extension_id: str | None = None,
        share: float = 1.0,
        count: int | None = None,
        **parameters: object,
    ) -> None:
        """Put a fault of `FAULTS` in force, after those that are already.

        It hits only requests of `method` and about `extension_id`, if given, a random `share` of
        them, and no more than `count`. A fault of the whole server cuts the connections on which
        calls came.

        Raises `ValueError` or `TypeError` for what cannot be, and `RuntimeError` for a fault of the
        whole server while it is stopped.
        """
        if name not in FAULTS:
            raise ValueError(f"there is no fault {name!r}")
        active = ActiveFault(
            FAULTS[name],
            method=None if method is None else Method(method),
            extension_id=extension_id,
            share=share,
            count=count,
            parameters=parameters,
        )
        if active.fault.whole_server:
            if self._server is None:
                raise RuntimeError("the simulator is stopped")
            if name == "refuse_connections":
                self._refuse(parameters.get("seconds"))
            elif self._tls is None:
                raise ValueError(f"{name} needs a simulator with TLS")
            else:
                self._tls.show_stranger()
            self._connections.cut()
        self._active.append(active)

    async def clear_faults(self) -> None:
        """End every fault; nothing is wrong with the next request."""
        self._end_server_faults()
        self._active.clear()
        await self._listen()

    def expire_idle_connections(self) -> None:
        """Let what a fault arranged for connections that are idle for some time happen now."""
        self._connections.expire()

    def _refuse(self, seconds: object) -> None:
        self._forget_refusal()
        self._listener.refuse()
        if isinstance(seconds, int | float) and seconds != math.inf:
            loop = asyncio.get_running_loop()
            self._refusal_end = loop.call_later(seconds, self._accept)

    def _accept(self) -> None:
        self._active = [one for one in self._active if one.fault.name != "refuse_connections"]
        task = asyncio.create_task(self._listen())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _forget_refusal(self) -> None:
        if self._refusal_end is not None:
            self._refusal_end.cancel()
            self._refusal_end = None

    def _end_server_faults(self) -> None:
        self._active = [one for one in self._active if not one.fault.whole_server]
        self._forget_refusal()
        if self._tls is not None:
            self._tls.show_own()

    @property
    def _server(self) -> web.Server | None:
        return None if self._runner is None else self._runner.server

    async def _listen(self) -> None:
        if self._server is not None and not self._listener.listening:
            context = None if self._tls is None else self._tls.context
            await self._listener.listen(self._server, context)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        transport = request.transport
        if transport is None:  # gone before its request was looked at
            return web.Response()
        with self._connections.busy(transport):
            in_flight = self._connections.in_flight
            self.peak_connections = max(self.peak_connections, self.open_connections)
            self.peak_in_flight = max(self.peak_in_flight, in_flight)
            record = RequestRecord(
                number=next(self._numbers),
                time=datetime.now(UTC),
                connection=self._connections.number(transport),
                in_flight=in_flight,
            )
            self.journal.append(record)
            return await self._answer(request, transport, record)

    async def _answer(
        self, request: web.Request, transport: asyncio.Transport, record: RequestRecord
    ) -> web.StreamResponse:
        asked = self._read(request, await request.read(), record)
        if (doomed := self._connections.doomed(transport)) is not None:
            record.injected = doomed
            if doomed == "silent_on_reuse":
                await asyncio.Event().wait()
            reset(transport)
            return web.Response()
        if self.delay:
            await asyncio.sleep(self.delay)
        context = self._context(asked, record)
        reply = honest(context)
        for active in self._active:
            if active.hits_request(context, record.extension_id, self._random):
                record.injected = active.fault.name
                reply = active.fault.spoil(context, **active.parameters)
                if active.used_up:
                    self._active.remove(active)
                break
        if reply.delay:
            await asyncio.sleep(reply.delay)
        # Noted first: a client that has read the answer finds in the journal what it said.
        record.state, record.fault_code = reply.state, reply.fault_code
        try:
            return await self._connections.send(
                request, transport, reply, self.dialect.content_type
            )
        except asyncio.CancelledError, ConnectionError:
            record.state = record.fault_code = None
            raise

    def _read(
        self, request: web.Request, body: bytes, record: RequestRecord
    ) -> Method | RejectedCallError:
        """Note in `record` what is asked; return the method, or why it was not understood."""
        if request.content_type != "text/xml":
            return RejectedCallError(FaultCode.NOT_XML_RPC, "The Content-Type must be text/xml")
        try:
            call = calls.read_call(body)
        except RejectedCallError as err:
            return err
        record.method, record.params = call.method, call.params
        if call.method not in list(Method):
            return RejectedCallError(FaultCode.UNKNOWN_METHOD, "Unknown method")
        # Under either of its names, whether it exists or not.
        record.extension_id = call.params.get("extensionId", call.params.get("extId"))
        return Method(call.method)

    def _context(self, asked: Method | RejectedCallError, record: RequestRecord) -> Context:
        """Return the request with the right answer, as of now."""
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
            xml = answers.fault(answers.fault_struct(err.code, err.text))
        return Context(
            method=asked if isinstance(asked, Method) else None,
            params=record.params,
            dialect=self.dialect,
            state=state,
            fault_code=None if rejection is None else rejection.code,
            members=members,
            xml=xml,
            base_url=self.base_url,
        )

    async def _handle_trapped(self, request: web.Request) -> web.Response:
        self.trapped.append(TrappedRequest(request.method, request.path, await request.read()))
        return web.Response(status=404)
