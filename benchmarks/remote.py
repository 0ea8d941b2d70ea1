"""The server as the measuring process sees it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection

from .server import Change, Server, Traffic, run


class RemoteServer:
    """Commands the server's process; each method is that of `Server`, called there."""

    def __init__(self, url: str, pipe: Connection) -> None:
        self.url = url
        self._pipe = pipe

    def prepare(self, count: int, delay: float) -> None:
        """Serve `count` extensions in their initial states, each answer after `delay` seconds."""
        self._do(partial(Server.prepare, count=count, delay=delay))

    def take_traffic(self) -> Traffic:
        """Return what was counted, and count from zero again."""
        return self._do(Server.take_traffic)

    def change(
        self, extension_ids: list[str], *, available: bool = True, call_state: str = "idle"
    ) -> None:
        """Put agents into a state."""
        self._do(
            partial(
                Server.change,
                extension_ids=extension_ids,
                available=available,
                call_state=call_state,
            )
        )

    def start_life(self, pause: float, seed: int) -> None:
        """Let every agent change at random moments, on average every `pause` seconds."""
        self._do(partial(Server.start_life, pause=pause, seed=seed))

    def end_life(self) -> list[Change]:
        """Let nothing change any more, and return what did."""
        return self._do(Server.end_life)

    def _do[ResultT](self, command: Callable[[Server], ResultT]) -> ResultT:
        self._pipe.send(command)
        result: ResultT = self._pipe.recv()
        return result


@contextmanager
def running_server() -> Iterator[RemoteServer]:
    """Run a server in a process of its own."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=run, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        url: str = ours.recv()
        yield RemoteServer(url, ours)
    finally:
        ours.close()
        process.join()
