"""Answers the requests to the vendor's address: honestly, or as the active faults want it."""

import asyncio
from datetime import UTC, datetime

from aiohttp import web

from . import answers, service, wire
from .calls import read_call
from .connections import Connections, reset
from .faults import CATALOGUE, FaultKind, FaultRule
from .faults.exchange import Exchange, Reply, honest
from .journal import RequestRecord
from .rejections import FaultCode, RejectedCallError
from .scene import Scene


class CallHandler:
    """Handles one request after the other, on all connections.

    `in_flight` is how many are being answered now.
    """

    def __init__(self, scene: Scene, connections: Connections) -> None:
        self.in_flight = 0
        self._scene = scene
        self._connections = connections

    async def handle(self, request: web.Request, base_url: str) -> web.StreamResponse:
        """Answer a request; `base_url` is the root of this server."""
        transport = request.transport
        if transport is None:  # gone before its request was looked at
            return web.Response()
        self.in_flight += 1
        try:
            with self._connections.busy(transport):
                record = self._scene.journal.open(
                    time=datetime.now(UTC),
                    connection=self._connections.number(transport),
                    in_flight=self.in_flight,
                )
                if self._connections.doomed(transport):
                    record.injected = FaultKind.RESET_ON_REUSE
                    reset(transport)
                    return web.Response()
                reply = await self._reply(request, record, base_url)
                return await self._send(request, transport, reply, record)
        finally:
            self.in_flight -= 1

    async def _reply(self, request: web.Request, record: RequestRecord, base_url: str) -> Reply:
        asked = self._read(request, await request.read(), record)
        exchange = self._exchange(asked, record, base_url)
        rule = self._scene.faults.draw(
            exchange.method, record.extension_id, rejected=exchange.state is None
        )
        if delay := self._scene.delay + _delay_of(rule):
            await asyncio.sleep(delay)
            exchange = self._exchange(asked, record, base_url)
        if rule is not None:
            record.injected = rule.kind
            entry = CATALOGUE[rule.kind]
            if entry.make is not None and not (entry.of_state and exchange.state is None):
                return entry.make(exchange, rule)
        return honest(exchange)

    async def _send(
        self,
        request: web.Request,
        transport: asyncio.Transport,
        reply: Reply,
        record: RequestRecord,
    ) -> web.StreamResponse:
        # Noted first: whoever has read the answer finds in the journal what it said.
        record.state, record.fault_code = reply.state, reply.fault_code
        self._connections.arrange(transport, reply)
        try:
            return await wire.send(request, transport, reply, self._scene.dialect.content_type)
        except asyncio.CancelledError, ConnectionError:
            record.state = record.fault_code = None
            raise

    def _read(
        self, request: web.Request, body: bytes, record: RequestRecord
    ) -> service.Method | RejectedCallError:
        """Note in `record` what is asked; return the method, or why it was not understood."""
        if request.content_type != "text/xml":
            return RejectedCallError(FaultCode.NOT_XML_RPC, "The Content-Type must be text/xml")
        try:
            call = read_call(body)
            record.method, record.params = call.method, call.params
            method = service.known_method(call)
        except RejectedCallError as err:
            return err
        record.extension_id = service.asked_extension(method, call.params)
        return method

    def _exchange(
        self, asked: service.Method | RejectedCallError, record: RequestRecord, base_url: str
    ) -> Exchange:
        """Return the request with its honest answer, as of now."""
        scene = self._scene
        state = method = rejection = None
        members: list[answers.Member] = []
        try:
            if isinstance(asked, RejectedCallError):
                raise asked
            method = asked
            extension_id = service.authorize(
                method, record.params, scene.account, scene.dialect, scene.extensions
            )
            state = scene.extension(extension_id).state
            members = service.members(method, state, scene.dialect)
            xml = answers.response(answers.struct(members))
        except RejectedCallError as err:
            rejection = err
            xml = answers.fault(answers.fault_struct(err.code, err.text))
        return Exchange(
            method=method,
            params=record.params,
            dialect=scene.dialect,
            state=state,
            fault_code=None if rejection is None else rejection.code,
            members=members,
            xml=xml,
            base_url=base_url,
            now=datetime.now(UTC),
        )


def _delay_of(rule: FaultRule | None) -> float:
    """Return how many seconds a fault delays its answer."""
    if rule is None or (default := CATALOGUE[rule.kind].delays) is None:
        return 0.0
    return default if rule.seconds is None else rule.seconds
