"""The control API: sets up a running server over HTTP, in JSON."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
import json
from typing import Any, Final, override

from aiohttp import web

from .agents import AgentState
from .limits import describe, make_limit
from .live import Day
from .parameters import check
from .server import Server

type _Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_EXTENSION: Final[dict[str, object]] = {**asdict(AgentState()), "live": True, "day": []}
"""The fields of an extension that can be changed, each with a value of its type."""


class Simulator(Server):
    """A server that can be changed while it runs, over HTTP, under `/control/`.

    - `GET extensions`: `id`, `name`, `available`, `reason`, `endpoint`, `call_state`, and `live`:
      whether the agent follows its day.
    - `PUT extensions/{id}`: any of these except `id` and `name`, or a `day`: a list of pairs, the
      seconds and the fields of a state. A changed agent keeps its state until `{"live": true}`.
    - `GET account`, `PUT account`: `pin`, `account_id`, `supervisor_id`, `manager_id`, any subset.
    - `GET requests`, `DELETE requests`: returns or clears the received requests, in order.
    - `GET faults`, `DELETE faults`: returns or removes the active faults.
    - `PUT faults`: replaces all faults by one or a list: `name`, and the parameters of `inject`;
      bytes as text. After bad input, no fault is active.
    - `GET limit`: `limit`, its name and parameters or null, and `refused`, the number of refusals.
    - `PUT limit`, `DELETE limit`: sets or removes it; counts refusals from 0 again.

    Bad input: status 400, an unknown extension: 404, both with `{"error": "..."}`.
    """

    @override
    def routes(self) -> list[web.RouteDef]:
        return [
            *super().routes(),
            *(
                web.route(method, f"/control/{path}", _in_json(function))
                for method, path, function in (
                    ("GET", "extensions", self._get_extensions),
                    ("PUT", "extensions/{id}", self._put_extension),
                    ("GET", "account", self._get_account),
                    ("PUT", "account", self._put_account),
                    ("GET", "requests", self._get_requests),
                    ("DELETE", "requests", self._delete_requests),
                    ("GET", "faults", self._get_faults),
                    ("PUT", "faults", self._put_faults),
                    ("DELETE", "faults", self._delete_faults),
                    ("GET", "limit", self._get_limit),
                    ("PUT", "limit", self._put_limit),
                    ("DELETE", "limit", self._delete_limit),
                )
            ),
        ]

    async def _get_extensions(self, *_: object) -> object:
        return [self._extension_json(each) for each in self.extensions]

    async def _put_extension(self, content: object, extension_id: str) -> object:
        extension = self.extension(extension_id)
        changes = _object(content)
        check("an extension", changes, _EXTENSION)
        live, day = changes.pop("live", None), changes.pop("day", None)
        if day is not None:
            self.follow(extension_id, _day(day))
        if changes or live is False:
            extension.set(**changes)
        if live:
            extension.release()
        return self._extension_json(extension_id)

    async def _get_account(self, *_: object) -> object:
        return asdict(self.account)

    async def _put_account(self, content: object, _: str) -> object:
        changes = _object(content)
        check("the account", changes, asdict(self.account))
        self.account = replace(self.account, **changes)
        return asdict(self.account)

    async def _get_requests(self, *_: object) -> object:
        return [{**asdict(each), "time": each.time.isoformat()} for each in self.requests]

    async def _delete_requests(self, *_: object) -> object:
        self.journal.clear()
        return []

    async def _get_faults(self, *_: object) -> object:
        return [
            {"name": each.name, "method": each.method, "extension_id": each.extension_id}
            for each in self.active_faults
        ]

    async def _put_faults(self, content: object, _: str) -> object:
        await self.clear_faults()
        try:
            for each in content if isinstance(content, list) else [content]:
                options = _object(each)
                if "body" in options:
                    options["body"] = str(options["body"]).encode()
                await self.inject(**options)
        except TypeError, ValueError:
            await self.clear_faults()
            raise
        return await self._get_faults()

    async def _delete_faults(self, *_: object) -> object:
        await self.clear_faults()
        return []

    async def _get_limit(self, *_: object) -> object:
        described = None if self.limit is None else describe(self.limit)
        return {"limit": described, "refused": self.refused}

    async def _put_limit(self, content: object, _: str) -> object:
        self.limit, self.refused = make_limit(**_object(content)), 0
        return await self._get_limit()

    async def _delete_limit(self, *_: object) -> object:
        self.limit, self.refused = None, 0
        return await self._get_limit()

    def _extension_json(self, extension_id: str) -> dict[str, object]:
        extension = self.extension(extension_id)
        named = {"id": extension_id, "name": extension.name}
        return {**named, **asdict(extension.state), "live": extension.live}


def _in_json(function: Callable[[object, str], Awaitable[object]]) -> _Handler:
    """Return a handler that passes on the request's JSON and the ID in its path."""

    async def handler(request: web.Request) -> web.Response:
        try:
            content = json.loads(await request.read() or b"null")
            return web.json_response(await function(content, request.match_info.get("id", "")))
        except KeyError:
            return web.json_response({"error": "no such extension"}, status=404)
        except (TypeError, ValueError) as err:
            return web.json_response({"error": str(err)}, status=400)

    return handler


def _object(content: object) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise TypeError("not a JSON object")
    return content


def _day(content: list[Any]) -> Day:
    day = []
    for seconds, fields in content:
        check("a state", _object(fields), asdict(AgentState()))
        day.append((float(seconds), AgentState(**fields)))
    return day
