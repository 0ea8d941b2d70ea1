"""Home Assistant's own API, over HTTP and WebSocket."""

import asyncio
from collections.abc import Mapping
from typing import TypedDict

from aiohttp import ClientError, ClientSession

from .errors import DevelopmentError

type JsonValue = str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None
type JsonObject = dict[str, JsonValue]

_POLL_INTERVAL = 0.1


class ApiError(DevelopmentError):
    """Home Assistant refused a request (`status` is the HTTP status), or was not there (None)."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class _CommandResult(TypedDict):
    """What the WebSocket API answers to a command; an `error` comes with `success` false."""

    success: bool
    result: JsonValue
    error: JsonValue


class HomeAssistantApi:
    """What can be asked of Home Assistant, by a user or (without an access token) by anybody.

    `session` has Home Assistant's URL as its base URL. Every method raises ApiError.
    """

    def __init__(self, session: ClientSession, access_token: str | None = None) -> None:
        self._session = session
        self._access_token = access_token

    async def get(self, path: str) -> JsonValue:
        """Return the answer to a GET request."""
        return await self._request("GET", path)

    async def post(self, path: str, data: JsonObject | None = None) -> JsonValue:
        """Return the answer to a POST request with JSON."""
        return await self._request("POST", path, json=data or {})

    async def post_form(self, path: str, fields: Mapping[str, str]) -> JsonValue:
        """Return the answer to a POST request with the fields of an HTML form."""
        return await self._request("POST", path, form=fields)

    async def delete(self, path: str) -> JsonValue:
        """Return the answer to a DELETE request."""
        return await self._request("DELETE", path)

    async def command(self, command: str, **arguments: JsonValue) -> JsonValue:
        """Return the result of a command of the WebSocket API, sent on a connection of its own."""
        try:
            async with self._session.ws_connect("/api/websocket") as socket:
                await socket.receive_json()
                await socket.send_json({"type": "auth", "access_token": self._access_token})
                await socket.receive_json()
                await socket.send_json({"id": 1, "type": command, **arguments})
                answer: _CommandResult = await socket.receive_json()
        # TypeError: what aiohttp raises for a connection that was closed instead of an answer.
        except (ClientError, ConnectionError, TypeError) as error:
            msg = f"Home Assistant did not take the command {command}: {error}"
            raise ApiError(msg) from error
        if not answer["success"]:
            msg = f"Home Assistant refused the command {command}: {answer['error']}"
            raise ApiError(msg)
        return answer["result"]

    async def wait_until_running(self, limit: float) -> None:
        """Wait until every integration is set up, which is seconds after the first answer.

        Raises ApiError if that takes longer than `limit` seconds.
        """
        try:
            async with asyncio.timeout(limit):
                while not await self._is_running():  # noqa: ASYNC110 - in another process
                    await asyncio.sleep(_POLL_INTERVAL)
        except TimeoutError as error:
            msg = f"Home Assistant did not complete its start within {limit:.0f} seconds"
            raise ApiError(msg) from error

    async def _is_running(self) -> bool:
        match await self.get("/api/core/state"):
            case {"state": "RUNNING"}:
                return True
            case _:
                return False

    async def _request(
        self,
        method: str,
        path: str,
        *,
        json: JsonObject | None = None,
        form: Mapping[str, str] | None = None,
    ) -> JsonValue:
        headers = {"Authorization": f"Bearer {self._access_token}"} if self._access_token else {}
        try:
            async with self._session.request(
                method, path, json=json, data=form, headers=headers
            ) as response:
                if not response.ok:
                    text = await response.text()
                    msg = f"Home Assistant answered {response.status} to {method} {path}: {text}"
                    raise ApiError(msg, response.status)
                answer: JsonValue = await response.json()
                return answer
        except (ClientError, TimeoutError) as error:
            msg = f"Home Assistant did not answer {method} {path}: {error}"
            raise ApiError(msg) from error
