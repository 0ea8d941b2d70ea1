"""The command line."""

import asyncio
from pathlib import Path
import signal
import socket
import sys
from xmlrpc.client import dumps

import aiohttp
import pytest

from simulator import DEFAULT_EXTENSIONS, FAULTS, LIMITS
from simulator.cli import main

from .conftest import FIRST, HEADERS, PARAMS

OPTIONS = "--no-live --endpoint extension --status status --parameters table"
CALL = dumps((dict(PARAMS[FIRST]),), FIRST).encode()
TABLE = dumps(({"accountPin": "12345", "extensionId": "01001"},), "ivr.getAgentAvail").encode()


@pytest.mark.parametrize(
    ("options", "agents", "call", "answer"),
    [
        (
            '--speed 2 --limit {"name":"at_once"}',
            "Agents change with seed 0 at speed 2",
            CALL,
            "<name>endpoint</name>",
        ),
        (OPTIONS, "Agents do not change", TABLE, "<name>extension</name>"),
    ],
)
async def test_simulator_prints_its_account_answers_and_ends_cleanly(
    http: aiohttp.ClientSession, options: str, agents: str, call: bytes, answer: str
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "--port", "0", *options.split()),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            printed = (await process.stdout.readuntil(b"Press Ctrl-C to stop\n")).decode()
        listening, control, *rest = printed.splitlines()
        assert rest == [
            "Account PIN 12345",
            "Account ID 67890",
            "Supervisor ID 1",
            "Manager ID 2",
            *(f"Extension {number} {name}" for number, name in DEFAULT_EXTENSIONS.items()),
            agents,
            "Press Ctrl-C to stop",
        ]
        url = listening.removeprefix("Listening on ")
        async with http.post(url, data=call, headers=HEADERS) as response:
            assert answer in await response.text()
        async with http.get(control.removeprefix("Control API on ") + "extensions") as response:
            assert (await response.json())[4]["name"] == "Night desk"
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def test_invalid_argument_ends_the_simulator(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1 port {port}: " in capsys.readouterr().err
    assert main(["--port", "0", "--speed", "0"]) == 1
    assert "speed must be above 0" in capsys.readouterr().err
    for limit, error in (("{", "Expecting"), ("[]", "mapping"), ('{"name": "x"}', "no limit 'x'")):
        assert main(["--limit", limit]) == 1
        assert error in capsys.readouterr().err


def test_help_names_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert all(f"\n  {name} " in printed for name in FAULTS)
    assert all(f'"name": "{name}"' in printed for name in LIMITS)
