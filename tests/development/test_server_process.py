import asyncio
from collections.abc import Callable, Sequence
import os
from pathlib import Path
import sys

from aiohttp import ClientSession
import pytest
from yarl import URL

from development.errors import DevelopmentError
from development.server_process import Server, ServerProcess

# A server as one is: it answers after a while, and takes its time to end.
ANSWERS = """
import http.server, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (print("ending", flush=True), sys.exit(0)))
time.sleep(0.3)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler
).serve_forever()
"""
IGNORES = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""
# Leaves a child behind that ends a moment later, as an installation that is under way.
LEAVES = """
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.5); open('done', 'w')"])
print("ready", flush=True)
sys.stdin.read() or __import__("time").sleep(60)
"""


@pytest.fixture
def lines() -> list[str]:
    """Return what the server has printed."""
    return []


@pytest.fixture
def server(tmp_path: Path, unused_tcp_port: int, lines: list[str]) -> Callable[..., ServerProcess]:
    """Return a function that makes a server of a Python program."""

    def function(program: str, *, grace: float = 5) -> ServerProcess:
        return _server([sys.executable, "-c", program, str(unused_tcp_port)], grace)

    def _server(command: Sequence[str], grace: float) -> ServerProcess:
        return ServerProcess(
            Server(
                name="The server",
                command=command,
                directory=tmp_path,
                environment=os.environ,
                url=URL.build(scheme="http", host="127.0.0.1", port=unused_tcp_port),
                health="",
                log_file=tmp_path / "server.log",
                grace=grace,
            ),
            lines.append,
        )

    return function


async def _ready(lines: list[str]) -> None:
    async with asyncio.timeout(10):
        while "ready" not in lines:  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.02)


async def test_it_is_reachable_once_it_answers(
    server: Callable[..., ServerProcess], lines: list[str]
) -> None:
    async with ClientSession() as session, server(ANSWERS) as running:
        await running.wait_until_reachable(session, 10)
        async with session.get(running.server.url) as response:
            assert response.ok

    assert lines[-1] == "ending"


async def test_a_server_that_ends_before_it_answers_is_said(
    server: Callable[..., ServerProcess], lines: list[str]
) -> None:
    async with ClientSession() as session, server("print('sorry'); exit(3)") as running:
        with pytest.raises(DevelopmentError, match=r"by itself \(exit code 3\); see .*server.log"):
            await running.wait_until_reachable(session, 10)

    assert lines == ["sorry"]


async def test_a_server_that_does_not_answer_is_said(server: Callable[..., ServerProcess]) -> None:
    async with ClientSession() as session, server("import time; time.sleep(60)") as running:
        with pytest.raises(DevelopmentError, match="did not answer within 0 seconds"):
            await running.wait_until_reachable(session, 0.3)


async def test_a_server_that_is_killed_is_said(server: Callable[..., ServerProcess]) -> None:
    async with server("import os; os.kill(os.getpid(), 9)") as running:
        with pytest.raises(DevelopmentError, match="killed by SIGKILL"):
            await running.watch()


async def test_a_program_that_does_not_exist_is_said(tmp_path: Path) -> None:
    program = tmp_path / "hass"
    server = Server(
        name="Home Assistant",
        command=[program],
        directory=tmp_path,
        environment={},
        url=URL("http://127.0.0.1:1"),
        health="",
        log_file=tmp_path / "log",
    )

    with pytest.raises(DevelopmentError, match=r"cannot be started: .*hass"):
        await ServerProcess(server, print).start()


async def test_a_server_that_does_not_end_is_killed(
    server: Callable[..., ServerProcess], lines: list[str]
) -> None:
    async with server(IGNORES, grace=0.2) as running:
        await _ready(lines)

    with pytest.raises(DevelopmentError, match="was not started"):
        await running.wait()


async def test_what_it_started_may_finish(
    server: Callable[..., ServerProcess], lines: list[str], tmp_path: Path
) -> None:
    async with server(LEAVES):
        await _ready(lines)

    assert (tmp_path / "done").exists()


async def test_a_line_of_any_length_arrives_whole(
    server: Callable[..., ServerProcess], lines: list[str]
) -> None:
    async with server("print('x' * 300_000); print('last', end='')") as running:
        assert await running.wait() == 0

    assert lines == ["x" * 300_000, "last"]


async def test_stopping_what_never_ran_is_no_trouble(server: Callable[..., ServerProcess]) -> None:
    await server(ANSWERS).stop()
