"""The control API's part for faults."""

import asyncio
from collections.abc import Sequence
import json
from typing import Protocol

from aiohttp import web

from .control import bad_request
from .faults import ActiveFault, FaultKind, FaultRule, rule_from_json, rule_to_json


class FaultControl(Protocol):
    """What is controlled: a `simulator.Simulator`."""

    @property
    def active_faults(self) -> Sequence[ActiveFault]:
        """The rules in force."""

    def check_fault(self, rule: FaultRule) -> None:
        """Raise `ValueError` if `inject` would."""

    async def inject(self, fault: FaultRule, *, spare: asyncio.Transport | None = None) -> None:
        """Put a rule in force, leaving one connection alone."""

    async def clear_faults(self) -> None:
        """End every fault."""


class FaultRoutes:
    """The routes under `/control/faults`.

    - `GET`: the rules in force, each with its `hits`.
    - `PUT`: a rule, or a list of rules, that takes the place of all that were in force. Its fields
      are those of `simulator.faults.FaultRule`, all but `kind` optional.
    - `DELETE`: end every fault.
    """

    def __init__(self, control: FaultControl) -> None:
        self._control = control

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, to be added to an application."""
        return [
            web.get("/control/faults", self._get),
            web.put("/control/faults", self._put),
            web.delete("/control/faults", self._delete),
        ]

    async def _get(self, _request: web.Request) -> web.Response:
        active = self._control.active_faults
        return web.json_response([{**rule_to_json(one.rule), "hits": one.hits} for one in active])

    async def _put(self, request: web.Request) -> web.Response:
        try:
            content: object = json.loads(await request.read())
            items = content if isinstance(content, list) else [content]
            rules = [rule_from_json(one) for one in items]
            for rule in rules:
                self._check(rule)
        except ValueError as err:
            raise bad_request(str(err)) from err
        await self._control.clear_faults()
        for rule in rules:
            await self._control.inject(rule, spare=request.transport)
        return await self._get(request)

    async def _delete(self, _request: web.Request) -> web.Response:
        await self._control.clear_faults()
        return web.Response(status=204)

    def _check(self, rule: FaultRule) -> None:
        self._control.check_fault(rule)
        if rule.kind is FaultKind.REFUSE_CONNECTIONS and rule.seconds is None:
            # The control API is behind the same port: nobody could ask for an end.
            message = f'{rule.kind} needs "seconds" when it is asked for over HTTP'
            raise ValueError(message)
