"""The control API: changes a running server over HTTP, in JSON."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
import json
from typing import Any, override

from aiohttp import web

from .limits import LIMITS
from .server import Server

type _Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Simulator(Server):
    """A server that can be changed while it runs, over HTTP, under `/control/`.

    - `GET extensions`: `id`, `name`, `available`, `reason`, `endpoint`, `call_state`, and `live`:
      whether the agent follows its day, if it has one.
    - `PUT extensions/{id}`: any of these except `id` and `name`. A changed agent keeps its state
      until `{"live": true}`.
    - `PUT account`: `pin`, `account_id`, `supervisor_id`, `manager_id`, any subset.
    - `GET requests`, `DELETE requests`: returns or clears the received requests, in order.
    - `PUT faults`: replaces all faults by one or a list: `name`, and the parameters of `inject`;
      bytes as text. `DELETE faults` removes them.
    - `PUT limit`: `name`, and the parameters of the limit. `DELETE limit` removes it.

    Bad input: status 400 with `{"error": "..."}`.
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
                    ("PUT", "account", self._put_account),
                    ("GET", "requests", self._get_requests),
                    ("DELETE", "requests", self._delete_requests),
                    ("PUT", "faults", self._put_faults),
                    ("DELETE", "faults", self._delete_faults),
                    ("PUT", "limit", self._put_limit),
                    ("DELETE", "limit", self._delete_limit),
                )
            ),
        ]

    async def _get_extensions(self, *_: object) -> object:
        return [self._extension_json(each) for each in self.extensions]

    async def _put_extension(self, changes: dict[str, Any], extension_id: str) -> object:
        extension = self.extension(extension_id)
        live = changes.pop("live", False)
        extension.set(**changes)
        extension.live = live
        return self._extension_json(extension_id)

    async def _put_account(self, changes: dict[str, Any], _: str) -> object:
        self.account = replace(self.account, **changes)
        return asdict(self.account)

    async def _get_requests(self, *_: object) -> object:
        return [{**asdict(each), "time": each.time.isoformat()} for each in self.requests]

    async def _delete_requests(self, *_: object) -> object:
        self.journal.clear()
        return []

    async def _put_faults(self, content: Any, _: str) -> object:  # noqa: ANN401 - from JSON
        await self.clear_faults()
        for options in content if isinstance(content, list) else [content]:
            if "body" in options:
                options["body"] = options["body"].encode()
            await self.inject(**options)
        return [each.name for each in self.active_faults]

    async def _delete_faults(self, *_: object) -> object:
        await self.clear_faults()
        return []

    async def _put_limit(self, parameters: dict[str, Any], _: str) -> object:
        self.limit = LIMITS[parameters.pop("name")](**parameters)
        return repr(self.limit)

    async def _delete_limit(self, *_: object) -> object:
        self.limit = None
        return None

    def _extension_json(self, extension_id: str) -> dict[str, object]:
        extension = self.extension(extension_id)
        named = {"id": extension_id, "name": extension.name}
        return {**named, **asdict(extension.state), "live": extension.live}


def _in_json(function: Callable[[Any, str], Awaitable[object]]) -> _Handler:
    """Return a handler that passes on the request's JSON and the ID in its path."""

    async def handler(request: web.Request) -> web.Response:
        try:
            content = json.loads(await request.read() or b"null")
            return web.json_response(await function(content, request.match_info.get("id", "")))
        except (AttributeError, KeyError, TypeError, ValueError) as err:
            return web.json_response({"error": repr(err)}, status=400)

    return handler
