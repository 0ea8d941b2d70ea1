"""The control API: sets the scene of a running simulator over HTTP, in JSON."""

from collections.abc import Mapping
import json

from aiohttp import web

from .account import ConfigError, changed_account
from .agents import Extension
from .journal import RequestRecord
from .scene import Scene

_TEXTS = ("reason", "endpoint", "call_state")


class ControlApi:
    """The routes under `/control/`.

    - `GET extensions`, `GET extensions/{id}`: `id`, `name`, `available`, `reason`, `endpoint`,
      `call_state`, and `live`: whether the agent walks its schedule.
    - `PUT extensions/{id}`: any subset of those but `id` and `name`. Whoever is changed stands
      still until `{"live": true}`.
    - `GET account`, `PUT account`: `pin`, `account_id`, `supervisor_id`, `manager_id`, any subset.
    - `GET requests`, `DELETE requests`: what was asked, in order; forget it.

    Bad input: status 400, an unknown extension: 404, both with `{"error": "..."}`.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, to be added to an application."""
        return [
            web.get("/control/extensions", self._get_extensions),
            web.get("/control/extensions/{id}", self._get_extension),
            web.put("/control/extensions/{id}", self._put_extension),
            web.get("/control/account", self._get_account),
            web.put("/control/account", self._put_account),
            web.get("/control/requests", self._get_requests),
            web.delete("/control/requests", self._delete_requests),
        ]

    async def _get_extensions(self, _request: web.Request) -> web.Response:
        extensions = self._scene.extensions.values()
        return web.json_response([self._extension_json(one) for one in extensions])

    async def _get_extension(self, request: web.Request) -> web.Response:
        return web.json_response(self._extension_json(self._extension(request)))

    async def _put_extension(self, request: web.Request) -> web.Response:
        extension = self._extension(request)
        changes = await read_object(request)
        known = ("available", *_TEXTS, "live")
        if unknown := sorted(set(changes) - set(known)):
            raise bad_request(f"unknown field: {', '.join(unknown)} (known: {', '.join(known)})")
        live = _boolean(changes, "live")
        if live and self._scene.live is None:
            raise bad_request("the agents of this simulator stand still: it was not started live")
        available = _boolean(changes, "available")
        texts = {name: _text(changes, name) for name in _TEXTS}
        if live is False or changes.keys() - {"live"}:
            try:
                extension.set(available=available, **texts)
            except ValueError as err:
                raise bad_request(str(err)) from err
        if live:
            extension.release()
        return web.json_response(self._extension_json(extension))

    async def _get_account(self, _request: web.Request) -> web.Response:
        account = self._scene.account
        return web.json_response(
            {
                "pin": account.pin,
                "account_id": account.account_id,
                "supervisor_id": account.supervisor_id,
                "manager_id": account.manager_id,
            }
        )

    async def _put_account(self, request: web.Request) -> web.Response:
        changes = await read_object(request)
        try:
            self._scene.account = changed_account(self._scene.account, changes)
        except ConfigError as err:
            raise bad_request(str(err)) from err
        return await self._get_account(request)

    async def _get_requests(self, _request: web.Request) -> web.Response:
        return web.json_response([_record_json(record) for record in self._scene.requests])

    async def _delete_requests(self, _request: web.Request) -> web.Response:
        self._scene.journal.clear()
        return web.Response(status=204)

    def _extension(self, request: web.Request) -> Extension:
        try:
            return self._scene.extension(request.match_info["id"])
        except KeyError:
            raise web.HTTPNotFound(
                text=json.dumps({"error": "no such extension"}), content_type="application/json"
            ) from None

    def _extension_json(self, extension: Extension) -> dict[str, object]:
        return {
            "id": extension.extension_id,
            "name": extension.name,
            "available": extension.available,
            "reason": extension.reason,
            "endpoint": extension.endpoint,
            "call_state": extension.call_state,
            "live": self._scene.live is not None and not extension.held,
        }


def bad_request(text: str) -> web.HTTPBadRequest:
    """Return the answer to bad input, to be raised."""
    return web.HTTPBadRequest(text=json.dumps({"error": text}), content_type="application/json")


async def read_object(request: web.Request) -> Mapping[str, object]:
    """Return the JSON object that `request` carries; raise `bad_request` if it is none."""
    try:
        content: object = json.loads(await request.read())
    except ValueError as err:
        raise bad_request(f"not JSON: {err}") from err
    if not isinstance(content, dict):
        raise bad_request("not a JSON object")
    return content


def _boolean(changes: Mapping[str, object], name: str) -> bool | None:
    value = changes.get(name)
    if name in changes and not isinstance(value, bool):
        raise bad_request(f'"{name}" must be true or false')
    return value if isinstance(value, bool) else None


def _text(changes: Mapping[str, object], name: str) -> str | None:
    value = changes.get(name)
    if name in changes and not isinstance(value, str):
        raise bad_request(f'"{name}" must be a string')
    return value if isinstance(value, str) else None


def _record_json(record: RequestRecord) -> dict[str, object]:
    state = record.state
    return {
        "number": record.number,
        "time": record.time.isoformat(),
        "connection": record.connection,
        "in_flight": record.in_flight,
        "method": record.method,
        "params": dict(record.params),
        "extension_id": record.extension_id,
        "state": None
        if state is None
        else {
            "available": state.available,
            "reason": state.reason,
            "endpoint": state.endpoint,
            "call_state": state.call_state,
        },
        "fault_code": record.fault_code,
        "injected": record.injected,
    }
