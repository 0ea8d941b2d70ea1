"""The command line."""

import asyncio
from pathlib import Path
import signal
import socket
import sys

import aiohttp
import pytest

from simulator import DEFAULT_EXTENSIONS, FAULTS, LIMITS
from simulator.cli import main


async def test_simulator_prints_its_account_answers_and_ends_cleanly(
    http: aiohttp.ClientSession,
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "--port", "0", "--speed", "2"),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            printed = (await process.stdout.readuntil(b"Press Ctrl-C to stop\n")).decode()
        _, control, *rest = printed.splitlines()
        assert rest == [
            "Account PIN 12345",
            "Account ID 67890",
            "Supervisor ID 1",
            "Manager ID 2",
            *(f"Extension {number} {name}" for number, name in DEFAULT_EXTENSIONS.items()),
            "Press Ctrl-C to stop",
        ]
        async with http.get(control.removeprefix("Control API on ") + "extensions") as response:
            assert (await response.json())[4]["live"] is True
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def test_port_that_is_taken_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1 port {port}: " in capsys.readouterr().err


def test_help_names_every_fault_and_limit(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert all(f"\n  {name} " in printed for name in (*FAULTS, *LIMITS))
