"""What no client on aiohttp can go below."""

import asyncio
from collections.abc import Iterable
from typing import override

import aiohttp
from homeassistant.helpers.aiohttp_client import SERVER_SOFTWARE
from yarl import URL

from benchmarks import scene
from benchmarks.scene import Answers
from custom_components.belfabriek.api.xmlrpc import encode_call

from .contender import IN_FLIGHT, Contender


class Floor(Contender):
    """Bare aiohttp."""

    name = "bare aiohttp"
    how = (
        "The floor: the same bytes, written beforehand, posted by eight loops on an aiohttp session"
        " of their own; the answers are read and thrown away."
    )
    _session: aiohttp.ClientSession

    @override
    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={
                "User-Agent": SERVER_SOFTWARE,
                "Content-Type": "text/xml",
                "Accept-Encoding": "identity",
            },
        )
        self._target = URL(self._url)
        self._bodies: list[bytes] = []
        for index, extension_id in enumerate(scene.extension_ids(self._count)):
            self._bodies.append(encode_call("ivr.getAgentAvail", scene.first_call(extension_id)))
            if scene.initial_state(index).available:
                self._bodies.append(
                    encode_call("general.getExtensionStatus", scene.second_call(extension_id))
                )

    @override
    async def stop(self) -> None:
        await self._session.close()

    @override
    async def poll(self) -> None:
        bodies = iter(self._bodies)
        await asyncio.gather(*(self._post_all(bodies) for _ in range(IN_FLIGHT)))

    @override
    def answers(self) -> Answers:
        return {}

    async def _post_all(self, bodies: Iterable[bytes]) -> None:
        for body in bodies:
            async with self._session.post(self._target, data=body) as response:
                await response.read()
