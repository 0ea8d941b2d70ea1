"""The simulator itself: a scene, served over real HTTP."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

from .account import DEFAULT_EXTENSIONS, Account
from .connections import Connections
from .control import ControlApi
from .control_faults import FaultRoutes
from .dialect import Dialect
from .faults import CATALOGUE, ActiveFault, FaultKind, FaultRule
from .handler import CallHandler
from .journal import TrappedRequest
from .listener import Listener
from .live import Live, walk
from .scene import Scene
from .tls import Tls

PATH: Final = "/xml/agent/xml.asp"
"""Where the document says that both calls are posted."""

_SHUTDOWN_SECONDS: Final = 0.05
"""How long `stop` leaves requests that are being answered; twice that is the bound."""


class Simulator(Scene):
    """The vendor's server, played on this machine.

    An async context manager: `async with Simulator() as simulator:` listens on a free port of
    127.0.0.1 and stops at the end. By default its agents stand still, available and idle.

    - `account`, `extensions` (names by ID), `dialect`: whom it serves, and how it speaks.
    - `tls`: serve https, with a certificate that only a client that is given it can trust.
    - `live`: let the agents live, or None.
    - `delay`: seconds before every answer.
    - `history`: how many requests to remember.
    - `fault_seed`: decides which requests are hit by faults that hit a share of them.
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
        super().__init__(
            account=account or Account(),
            dialect=dialect or Dialect(),
            extensions=extensions,
            live=live,
            delay=delay,
            history=history,
            fault_seed=fault_seed,
        )
        self.peak_in_flight = 0
        """The most requests that were being answered at once."""
        self.peak_connections = 0
        """The most TCP connections that were open at once while a request was answered."""
        self._connections = Connections()
        self._handler = CallHandler(self, self._connections)
        self._listener = Listener(host, port)
        self._tls = Tls() if tls else None
        self._runner: web.AppRunner | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._refusal_end: asyncio.Task[None] | None = None

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
    def open_connections(self) -> int:
        """How many TCP connections are open now, those to the control API included."""
        server = self._server
        return 0 if server is None else len(server.connections)

    async def start(self) -> None:
        """Listen, and let the agents live; again on the same port after `stop`.

        Raises `OSError` if the port is taken.
        """
        self._listener.hold()
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self.stop)
            await self._serve()
            undo.pop_all()
        if self.live is not None:
            for extension in self.extensions.values():
                # Eager: whoever asks right away must not see everybody idle.
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
        """Stop, then listen on the same port: every connection is lost, the scene is not."""
        await self.stop()
        await self.start()

    @property
    def active_faults(self) -> list[ActiveFault]:
        """The faults in force, oldest first."""
        return self.faults.active

    def check_fault(self, rule: FaultRule) -> None:
        """Raise `ValueError` if the rule's kind cannot hit what the rule says, or not here."""
        if rule.kind is FaultKind.UNTRUSTED_CERTIFICATE and self._tls is None:
            message = f"{rule.kind} needs a simulator with TLS"
            raise ValueError(message)
        self.faults.check(rule)

    async def inject(
        self,
        fault: FaultRule | str,
        *,
        spare: asyncio.Transport | None = None,
        **options: Any,  # noqa: ANN401 - the fields of a rule
    ) -> None:
        """Put a fault in force, after those that are already: a rule, or a name and its options.

        A fault of the whole server cuts the connections that are open, but for `spare`. Raises
        `ValueError` as `check_fault` does, and `RuntimeError` for a fault of the whole server
        while it is stopped.
        """
        rule = FaultRule(FaultKind(fault), **options) if isinstance(fault, str) else fault
        self.check_fault(rule)
        if CATALOGUE[rule.kind].make is None:
            await self._hit_server(rule, spare)
        self.faults.add(rule)

    async def clear_faults(self) -> None:
        """End every fault; nothing is wrong with the next request."""
        self._end_server_faults()
        self.faults.clear()
        await self._listen()

    async def _hit_server(self, rule: FaultRule, spare: asyncio.Transport | None) -> None:
        if self._server is None:
            message = "the simulator is stopped"
            raise RuntimeError(message)
        if rule.kind is FaultKind.UNTRUSTED_CERTIFICATE and self._tls is not None:
            self._tls.show_stranger()
        if rule.kind is FaultKind.REFUSE_CONNECTIONS:
            self._forget_refusal()
            self._listener.refuse()
            if rule.seconds is not None:
                self._refusal_end = asyncio.create_task(self._accept_after(rule.seconds))
                self._tasks.add(self._refusal_end)
                self._refusal_end.add_done_callback(self._tasks.discard)
        for connection in self._server.connections:
            transport = connection.transport
            if transport is not None and transport is not spare:
                transport.abort()

    def _end_server_faults(self) -> None:
        for kind, entry in CATALOGUE.items():
            if entry.make is None:
                self.faults.clear(kind)
        self._forget_refusal()
        if self._tls is not None:
            self._tls.show_own()

    def _forget_refusal(self) -> None:
        if self._refusal_end is not None:
            self._refusal_end.cancel()
            self._refusal_end = None

    @property
    def _server(self) -> web.Server | None:
        return None if self._runner is None else self._runner.server

    async def _serve(self) -> None:
        app = web.Application()
        app.add_routes(
            [
                web.post(PATH, self._handle),
                web.route("*", "/trap/{path:.*}", self._handle_trapped),
                *ControlApi(self).routes(),
                *FaultRoutes(self).routes(),
            ]
        )
        # A client that is gone takes its request along: nothing delayed outlives it.
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        await runner.setup()
        self._runner = runner
        await self._listen()

    async def _listen(self) -> None:
        if self._server is not None and not self._listener.listening:
            context = None if self._tls is None else self._tls.context
            await self._listener.listen(self._server, context)

    async def _accept_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self.faults.clear(FaultKind.REFUSE_CONNECTIONS)
        await self._listen()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.peak_connections = max(self.peak_connections, self.open_connections)
        self.peak_in_flight = max(self.peak_in_flight, self._handler.in_flight + 1)
        return await self._handler.handle(request, self.base_url)

    async def _handle_trapped(self, request: web.Request) -> web.Response:
        self.trapped.append(TrappedRequest(request.method, request.path, await request.read()))
        return web.Response(status=404)
