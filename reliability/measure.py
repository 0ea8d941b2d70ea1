"""How long the event loop was busy, how much memory was used, and what was logged meanwhile."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import ctypes
from dataclasses import dataclass, field
import gc
import logging
from pathlib import Path
import resource
import sys
from time import thread_time_ns
import tracemalloc
from typing import Final, override
from unittest.mock import patch

from aiohttp.client_proto import ResponseHandler

from custom_components.belfabriek.api import client, decode_response
from custom_components.belfabriek.api.xmlrpc import Value

_PAGE_KIB: Final = resource.getpagesize() / 1024


@dataclass(slots=True)
class Busy:
    """The longest of something, in milliseconds of the thread's own time."""

    callback_ms: float = 0.0
    callback: str = ""
    """What the longest callback was."""
    decoding_ms: float = 0.0


@contextmanager
def timing() -> Iterator[Busy]:
    """Time every callback of the event loop, and the decoding of every answer.

    The time is that of this thread alone: what other processes take of the machine does not count.
    """
    busy = Busy()
    run = asyncio.Handle._run  # noqa: SLF001 - asyncio tells the time of a callback in debug mode only, which slows every one of them

    def timed_run(handle: asyncio.Handle) -> None:
        began = thread_time_ns()
        run(handle)
        took = (thread_time_ns() - began) / 1e6
        if took > busy.callback_ms:
            busy.callback_ms, busy.callback = took, repr(handle)

    def timed_decode(body: bytes) -> dict[str, Value]:
        began = thread_time_ns()
        try:
            return decode_response(body)
        finally:
            busy.decoding_ms = max(busy.decoding_ms, (thread_time_ns() - began) / 1e6)

    with (
        patch.object(asyncio.Handle, "_run", timed_run),
        patch.object(client, "decode_response", timed_decode),
    ):
        yield busy


@dataclass(slots=True)
class Memory:
    """How much was allocated at most above what was in use before."""

    peak_kib: float = 0.0


@contextmanager
def tracing_memory() -> Iterator[Memory]:
    """Trace every allocation of Python's."""
    memory = Memory()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        yield memory
        memory.peak_kib = (tracemalloc.get_traced_memory()[1] - before) / 1024
    finally:
        tracemalloc.stop()


def memory_in_use() -> tuple[float, int]:
    """Return the MiB that this process has in memory, and the blocks that Python objects hold.

    What is free already and only kept for the next allocation does not count.
    """
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * _PAGE_KIB / 1024, sys.getallocatedblocks()


@dataclass(slots=True)
class Connections:
    """How many connections the clients of this process have open."""

    now: int = 0
    most: int = 0


@contextmanager
def counting_connections() -> Iterator[Connections]:
    """Count every connection of aiohttp's client from its beginning to its end.

    A server would count one that was closed until it notices.
    """
    connections = Connections()
    made, lost = ResponseHandler.connection_made, ResponseHandler.connection_lost

    def count_made(handler: ResponseHandler, transport: asyncio.BaseTransport) -> None:
        connections.now += 1
        connections.most = max(connections.most, connections.now)
        made(handler, transport)

    def count_lost(handler: ResponseHandler, exc: BaseException | None) -> None:
        connections.now -= 1
        lost(handler, exc)

    with (
        patch.object(ResponseHandler, "connection_made", count_made),
        patch.object(ResponseHandler, "connection_lost", count_lost),
    ):
        yield connections


@dataclass(eq=False)
class Log(logging.Handler):
    """The lines that were logged at INFO and above; or only counted, where there are many."""

    keep: bool = True
    lines: list[str] = field(default_factory=list)
    errors: int = 0
    tracebacks: int = 0

    def __post_init__(self) -> None:
        """Listen to what is more than details."""
        super().__init__(logging.INFO)

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.errors += record.levelno >= logging.ERROR
        self.tracebacks += record.exc_info is not None
        if self.keep or record.levelno >= logging.ERROR:
            self.lines.append(f"{record.levelname} {record.getMessage()}")


@contextmanager
def logging_to(log: Log) -> Iterator[Log]:
    """Let nobody but `log` keep what is logged: pytest's own handlers keep every record."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    root.handlers[:] = [log]
    try:
        yield log
    finally:
        root.handlers[:] = handlers
