"""What somebody sees who looks at a light or a switch."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import cast

from aiohttp import ClientSession, ClientWebSocketResponse

from development.api import JsonObject

from .home import Home
from .waiting import eventually

type Look = str | list[int]
"""The color that it shows, as red, green and blue; without one, its state."""


async def look(home: Home, entity_id: str) -> Look:
    """Return what it looks like now."""
    return _look_of(cast(JsonObject, await home.api.get(f"/api/states/{entity_id}")))


@asynccontextmanager
async def looking(home: Home, *entity_ids: str) -> AsyncIterator[Mapping[str, list[Look]]]:
    """Look at lights and switches without blinking; yields what each of them has looked like.

    What flickers is seen too, which asking now and then would miss. The history of Home Assistant
    does not have the colors.
    """
    async with (
        ClientSession(home.url) as session,
        session.ws_connect("/api/websocket") as socket,
    ):
        await socket.receive_json()
        await socket.send_json({"type": "auth", "access_token": home.tokens.access})
        await socket.receive_json()
        await socket.send_json({"id": 1, "type": "subscribe_events", "event_type": "state_changed"})
        await socket.receive_json()
        seen = {entity_id: [await look(home, entity_id)] for entity_id in entity_ids}
        task = asyncio.create_task(_write_down(socket, seen))
        try:
            yield seen
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def wait_until_seen(
    seen: Mapping[str, list[Look]], looks: Mapping[str, Sequence[Look]]
) -> None:
    """Wait until all of these looks were seen, in this order and no others."""
    expected = {entity_id: [*each] for entity_id, each in looks.items()}

    async def ask() -> Mapping[str, list[Look]]:
        return seen

    await eventually(ask, lambda seen: seen == expected, f"{expected}")


async def _write_down(socket: ClientWebSocketResponse, seen: Mapping[str, list[Look]]) -> None:
    while True:
        change = (await socket.receive_json())["event"]["data"]
        looks = seen.get(change["entity_id"])
        if looks is not None:
            now = _look_of(change["new_state"])
            if now != looks[-1]:
                looks.append(now)


def _look_of(state: JsonObject) -> Look:
    color = cast(JsonObject, state["attributes"]).get("rgb_color")
    return cast(Look, state["state"] if color is None else color)
