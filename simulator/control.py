"""The control API: sets up a running simulator over HTTP, in JSON."""

from dataclasses import asdict
import json
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from .agents import Extension
from .limits import describe, make_limit

if TYPE_CHECKING:
    from .server import Simulator

_TYPES: Final = {
    "available": bool,
    "reason": str,
    "endpoint": str,
    "call_state": str,
    "live": bool,
}
"""The fields of an extension that can be changed."""


class ControlApi:
    """The routes under `/control/`.

    - `GET extensions`: `id`, `name`, `available`, `reason`, `endpoint`, `call_state`, and `live`:
      whether the agent follows its schedule.
    - `PUT extensions/{id}`: any of these except `id` and `name`. A changed agent keeps its state
      until `{"live": true}`.
    - `GET account`, `PUT account`: `pin`, `account_id`, `supervisor_id`, `manager_id`, any subset.
    - `GET requests`, `DELETE requests`: returns or clears the received requests, in order.
    - `GET faults`, `DELETE faults`: returns or removes the active faults.
    - `PUT faults`: replaces all faults by one or a list: `name`, and the parameters of
      `Simulator.inject`; bytes as text. After bad input, no fault is active.

    - `GET limit`: `limit`, its name and parameters or null, and `refused`, the number of refusals.
    - `PUT limit`, `DELETE limit`: sets or removes it; counts refusals from 0 again.

    Bad input: status 400, an unknown extension: 404, both with `{"error": "..."}`.
    """

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, to be added to an application."""
        return [
            web.get("/control/extensions", self._get_extensions),
            web.put("/control/extensions/{id}", self._put_extension),
            web.get("/control/account", self._get_account),
            web.put("/control/account", self._put_account),
            web.get("/control/requests", self._get_requests),
            web.delete("/control/requests", self._delete_requests),
            web.get("/control/faults", self._get_faults),
            web.put("/control/faults", self._put_faults),
            web.delete("/control/faults", self._delete_faults),
            web.get("/control/limit", self._get_limit),
            web.put("/control/limit", self._put_limit),
            web.delete("/control/limit", self._delete_limit),
        ]

    async def _get_extensions(self, _request: web.Request) -> web.Response:
        extensions = self._simulator.extensions.values()
        return web.json_response([self._extension_json(one) for one in extensions])

    async def _put_extension(self, request: web.Request) -> web.Response:
        extension = self._extension(request)
        changes = await _read_object(request)
        if unknown := sorted(set(changes) - set(_TYPES)):
            raise _bad_request(f"unknown field: {', '.join(unknown)} (known: {', '.join(_TYPES)})")
        for name, value in changes.items():
            if not isinstance(value, _TYPES[name]):
                wanted = "true or false" if _TYPES[name] is bool else "a string"
                raise _bad_request(f'"{name}" must be {wanted}')
        live = changes.pop("live", None)
        if live and self._simulator.live is None:
            raise _bad_request("this simulator was started without live agents")
        if changes or live is False:
            try:
                extension.set(**changes)
            except ValueError as err:
                raise _bad_request(str(err)) from err
        if live:
            extension.release()
        return web.json_response(self._extension_json(extension))

    async def _get_account(self, _request: web.Request) -> web.Response:
        return web.json_response(asdict(self._simulator.account))

    async def _put_account(self, request: web.Request) -> web.Response:
        changes = await _read_object(request)
        try:
            self._simulator.account = self._simulator.account.changed(changes)
        except ValueError as err:
            raise _bad_request(str(err)) from err
        return await self._get_account(request)

    async def _get_requests(self, _request: web.Request) -> web.Response:
        records = [
            {**asdict(record), "time": record.time.isoformat()}
            for record in self._simulator.requests
        ]
        return web.json_response(records)

    async def _delete_requests(self, _request: web.Request) -> web.Response:
        self._simulator.journal.clear()
        return web.Response(status=204)

    async def _get_faults(self, _request: web.Request) -> web.Response:
        faults = [
            {"name": one.fault.name, "method": one.method, "extension_id": one.extension_id}
            for one in self._simulator.active_faults
        ]
        return web.json_response(faults)

    async def _put_faults(self, request: web.Request) -> web.Response:
        content = await _read_json(request)
        await self._simulator.clear_faults()
        try:
            for item in content if isinstance(content, list) else [content]:
                await self._simulator.inject(**_fault_options(item))
        except (TypeError, ValueError) as err:
            await self._simulator.clear_faults()
            raise _bad_request(str(err)) from err
        return await self._get_faults(request)

    async def _delete_faults(self, _request: web.Request) -> web.Response:
        await self._simulator.clear_faults()
        return web.Response(status=204)

    async def _get_limit(self, _request: web.Request) -> web.Response:
        limit = self._simulator.limit
        described = None if limit is None else describe(limit)
        return web.json_response({"limit": described, "refused": self._simulator.refused})

    async def _put_limit(self, request: web.Request) -> web.Response:
        try:
            limit = make_limit(**await _read_object(request))
        except (TypeError, ValueError) as err:
            raise _bad_request(str(err)) from err
        self._simulator.limit, self._simulator.refused = limit, 0
        return await self._get_limit(request)

    async def _delete_limit(self, _request: web.Request) -> web.Response:
        self._simulator.limit, self._simulator.refused = None, 0
        return web.Response(status=204)

    def _extension(self, request: web.Request) -> Extension:
        try:
            return self._simulator.extension(request.match_info["id"])
        except KeyError:
            text = json.dumps({"error": "no such extension"})
            raise web.HTTPNotFound(text=text, content_type="application/json") from None

    def _extension_json(self, extension: Extension) -> dict[str, object]:
        return {
            "id": extension.extension_id,
            "name": extension.name,
            **asdict(extension.state),
            "live": self._simulator.live is not None and not extension.held,
        }


def _fault_options(item: object) -> dict[str, Any]:
    """Return what `Simulator.inject` takes, from what JSON gave."""
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        raise TypeError('a fault must be an object with a "name"')
    if item["name"] == "refuse_connections" and "seconds" not in item:
        # The control API uses the same port, so the fault could not be removed.
        raise ValueError('refuse_connections needs "seconds" when it is asked for over HTTP')
    body = item.get("body")
    return item | ({"body": body.encode()} if isinstance(body, str) else {})


def _bad_request(text: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": text}), content_type="application/json")


async def _read_json(request: web.Request) -> object:
    try:
        content: object = json.loads(await request.read())
    except ValueError as err:
        raise _bad_request(f"not JSON: {err}") from err
    return content


async def _read_object(request: web.Request) -> dict[str, Any]:
    content = await _read_json(request)
    if not isinstance(content, dict):
        raise _bad_request("not a JSON object")
    return content
