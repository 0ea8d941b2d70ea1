"""A server that runs as a child process and ends when we do."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
import os
from pathlib import Path
import signal
from types import TracebackType
from typing import NoReturn, Self

from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

from .errors import DevelopmentError

POLL_INTERVAL = 0.1
GRANDCHILDREN_GRACE = 5.0

_CHUNK = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How to start a server, and where it is found.

    `health` is a path under `url` that gets any HTTP answer once the server is up; `log_file` is
    where a person finds out why it ended. `grace` is the time in seconds that it gets to end when
    asked to, before it is killed.
    """

    name: str
    command: Sequence[str | Path]
    directory: Path
    environment: Mapping[str, str]
    url: URL
    health: str
    log_file: Path
    grace: float = 5.0


class ServerProcess:
    """One server, running between `async with` and its end.

    `on_line` gets every line that the server prints, on either stream, without its line end.
    """

    def __init__(self, server: Server, on_line: Callable[[str], None]) -> None:
        self.server = server
        self._on_line = on_line
        self._process: asyncio.subprocess.Process | None = None
        self._output: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start the server. Raises DevelopmentError if its program cannot be run."""
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the server."""
        await self.stop()

    async def start(self) -> None:
        """Start the server. Raises DevelopmentError if its program cannot be run."""
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.server.command,
                cwd=self.server.directory,
                env=self.server.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                # A Ctrl-C reaches the whole group of the terminal. In a group of its own the server
                # is asked to end once, by us, and what it started can be found again.
                start_new_session=True,
            )
        except OSError as error:
            msg = f"{self.server.name} cannot be started: {error}"
            raise DevelopmentError(msg) from error
        self._output = asyncio.create_task(self._read_output(self._process))

    async def wait_until_reachable(self, session: ClientSession, limit: float) -> None:
        """Wait until the server answers.

        Raises DevelopmentError if it ends before that, or does not answer for `limit` seconds.
        """
        try:
            async with asyncio.timeout(limit):
                while not await self._answers(session):
                    self._ensure_running()
                    await asyncio.sleep(POLL_INTERVAL)
        except TimeoutError as error:
            msg = f"{self.server.name} did not answer within {limit:.0f} seconds"
            raise DevelopmentError(msg) from error

    async def watch(self) -> NoReturn:
        """Wait for the server to end by itself, then raise the DevelopmentError that says so."""
        raise DevelopmentError(self._obituary(await self.wait()))

    async def wait(self) -> int:
        """Return the server's exit code, once it has ended and its output has been read."""
        process, output = self._started()
        exit_code = await process.wait()
        await _settle(output)
        return exit_code

    async def stop(self) -> None:
        """End the server and everything that it has started."""
        if self._process is None:
            return
        process, output = self._started()
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(self.server.grace):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        await _end_group(process.pid)
        await _settle(output)
        self._process = None

    def _started(self) -> tuple[asyncio.subprocess.Process, asyncio.Task[None]]:
        if self._process is None or self._output is None:
            msg = f"{self.server.name} was not started"
            raise DevelopmentError(msg)
        return self._process, self._output

    def _ensure_running(self) -> None:
        process, _ = self._started()
        if process.returncode is not None:
            raise DevelopmentError(self._obituary(process.returncode))

    def _obituary(self, exit_code: int) -> str:
        how = (
            f"killed by {signal.Signals(-exit_code).name}"
            if exit_code < 0
            else f"exit code {exit_code}"
        )
        return f"{self.server.name} has ended by itself ({how}); see {self.server.log_file}"

    async def _answers(self, session: ClientSession) -> bool:
        try:
            async with session.get(
                self.server.url / self.server.health, timeout=ClientTimeout(total=5)
            ):
                return True
        except ClientError, TimeoutError:
            return False

    async def _read_output(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        rest = b""
        # In chunks, as StreamReader.readline gives up on a line that is longer than its buffer.
        while chunk := await process.stdout.read(_CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._on_line(line.decode(errors="replace"))
        if rest:
            self._on_line(rest.decode(errors="replace"))


async def _settle(output: asyncio.Task[None]) -> None:
    """Give the last lines time to arrive; a stray grandchild may hold the pipe open for longer."""
    await asyncio.wait({output}, timeout=1)
    output.cancel()
    with suppress(asyncio.CancelledError):
        await output


async def _end_group(group: int) -> None:
    """Wait for what an ended server left behind, then kill it.

    Home Assistant may have been installing a package: killed half-way, that leaves a broken
    environment for every later start.
    """
    with suppress(ProcessLookupError):
        for _ in range(round(GRANDCHILDREN_GRACE / POLL_INTERVAL)):
            os.killpg(group, 0)
            await asyncio.sleep(POLL_INTERVAL)
        os.killpg(group, signal.SIGKILL)
