"""The asyncio client that PyPI has."""

import asyncio
from importlib import import_module
from typing import override

import httpx

from benchmarks import scene
from benchmarks.scene import Answer, Answers

from .contender import IN_FLIGHT, Contender
from .server_proxy import read_answers


class Aioxmlrpc(Contender):
    """aioxmlrpc."""

    name = "aioxmlrpc"
    how = "`aioxmlrpc.client.ServerProxy`, which is httpx below, with eight calls in flight."

    @override
    async def start(self) -> None:
        # By name: only scripts/benchmark installs it, and the types are checked without it too.
        library = import_module("aioxmlrpc.client")
        # Made here, because the library never closes the one that it makes itself.
        self._session = httpx.AsyncClient(
            headers={"Content-Type": "text/xml"},
            verify=False,  # noqa: S501 - there is no TLS, and reading the certificates takes long
        )
        self._proxy = library.ServerProxy(self._url, session=self._session)
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._extension_ids = scene.extension_ids(self._count)
        self._answers: Answers = {}

    @override
    async def stop(self) -> None:
        await self._session.aclose()

    @override
    async def poll(self) -> None:
        answers = await asyncio.gather(*(self._ask(each) for each in self._extension_ids))
        self._answers = dict(zip(self._extension_ids, answers, strict=True))

    @override
    def answers(self) -> Answers:
        return self._answers

    async def _ask(self, extension_id: str) -> Answer:
        async with self._slots:
            first = await self._proxy.ivr.getAgentAvail(scene.first_call(extension_id))
        if not first["available"]:
            return read_answers(first, "")
        async with self._slots:
            second = await self._proxy.general.getExtensionStatus(scene.second_call(extension_id))
        return read_answers(first, second["Available"])
