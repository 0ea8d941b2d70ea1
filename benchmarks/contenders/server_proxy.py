"""The standard library's client, one call after another or in threads."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import local
from typing import Any, override
from xmlrpc.client import ServerProxy

from benchmarks import scene
from benchmarks.scene import Answer, Answers

from .contender import IN_FLIGHT, Contender


def read_answers(first: Any, call_state: str) -> Answer:  # noqa: ANN401 - unmarshalled by a library
    """Return what the answers of the two calls say, as an XML-RPC library gives them."""
    return Answer(bool(first["available"]), str(first["availReason"]), call_state)


class _Threads(Contender):
    """The vendor's procedure in threads, each of which keeps a connection."""

    threads: int

    @override
    async def start(self) -> None:
        self._own = local()
        self._pool = ThreadPoolExecutor(self.threads, initializer=self._connect)
        self._extension_ids = scene.extension_ids(self._count)
        self._answers: Answers = {}

    @override
    async def stop(self) -> None:
        self._pool.shutdown()

    @override
    async def poll(self) -> None:
        # One waits for the others here, and the event loop for none of them.
        self._answers = await self._hass.loop.run_in_executor(None, self._ask_all)

    @override
    def answers(self) -> Answers:
        return self._answers

    def _connect(self) -> None:
        self._own.proxy = ServerProxy(self._url)

    def _ask_all(self) -> Answers:
        answers: Iterable[Answer] = self._pool.map(self._ask, self._extension_ids)
        return dict(zip(self._extension_ids, answers, strict=True))

    def _ask(self, extension_id: str) -> Answer:
        proxy = self._own.proxy
        first = proxy.ivr.getAgentAvail(scene.first_call(extension_id))
        call_state = ""
        if first["available"]:
            second = proxy.general.getExtensionStatus(scene.second_call(extension_id))
            call_state = second["Available"]
        return read_answers(first, call_state)


class Sequential(_Threads):
    """The way of the public script of 2014."""

    name = "ServerProxy, sequential"
    how = (
        "`xmlrpc.client.ServerProxy`, one call after another, as the public script of 2014 does;"
        " one connection, kept."
    )
    threads = 1


class Threaded(_Threads):
    """The obvious way to make it faster."""

    name = "ServerProxy, 8 threads"
    how = "The same in a pool of eight threads, each with a proxy and a connection of its own."
    threads = IN_FLIGHT
