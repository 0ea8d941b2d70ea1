"""The command line, as a person uses it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import runpy
import signal
import socket
import sys
from xmlrpc.client import dumps

import aiohttp
import pytest

from simulator import FAULTS, Account, ConfigError, Simulator, load_config
from simulator.account import CONFIG_FORMAT
from simulator.cli import main, run
from tests.simulator.sockets import until

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[str]]]:
    """Run the simulator on a free port; give it and the lines that it printed at the start."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator",
        "--port",
        "0",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        lines: list[str] = []
        async with asyncio.timeout(20):
            while not lines or lines[-1] != "Ctrl-C ends it":
                line = await process.stdout.readline()
                assert line, f"it ended after {lines}"
                lines.append(line.decode().rstrip("\n"))
        yield process, lines
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_it_says_what_it_plays_answers_and_ends_cleanly(
    http: aiohttp.ClientSession,
) -> None:
    async with started() as (process, lines):
        assert lines[0].startswith("Listening on http://127.0.0.1:")
        assert lines[0].endswith("/xml/agent/xml.asp")
        assert lines[2:] == [
            "Account PIN 12345",
            "Account ID 67890",
            "Supervisor ID 1",
            "Manager ID 2",
            "Extension 01001 Reception",
            "Extension 01002 Sales",
            "Extension 01003 Support",
            "Extension 01004 Workshop",
            "Extension 01005 Night desk",
            "Agents live with seed 0 at speed 1",
            "Ctrl-C ends it",
        ]
        control = lines[1].removeprefix("Control API on ")
        async with http.get(f"{control}extensions/01005") as response:
            assert (await response.json())["live"] is True
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(10):
            assert await process.wait() == 0


async def test_options_reach_the_server(http: aiohttp.ClientSession, tmp_path: Path) -> None:
    config = tmp_path / "account.json"
    config.write_text('{"pin": "007", "extensions": {"0": "Zero"}}')
    options = "--no-live --endpoint-member extension --status-member status --parameter-names table"
    async with started("--config", str(config), *options.split()) as (_, lines):
        assert lines[2:] == [
            "Account PIN 007",
            "Account ID (none: the PIN)",
            "Supervisor ID ",
            "Manager ID ",
            "Extension 0 Zero",
            "Agents stand still",
            "Ctrl-C ends it",
        ]
        url = lines[0].removeprefix("Listening on ")
        params = {"accountPin": "007", "extensionId": "0"}
        call = dumps((params,), "ivr.getAgentAvail")
        async with http.post(url, data=call, headers={"Content-Type": "text/xml"}) as response:
            assert "<name>extension</name>" in await response.text()


async def test_it_serves_until_it_is_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    simulator = Simulator(tls=True)
    serving = asyncio.create_task(run(simulator))
    await until(lambda: bool(simulator.port))
    await until(lambda: "Agents stand still" in capsys.readouterr().out)
    assert simulator.url.startswith("https://127.0.0.1:")
    signal.raise_signal(signal.SIGINT)
    async with asyncio.timeout(10):
        await serving
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", simulator.port)


def test_a_taken_port_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    assert f"cannot listen on 127.0.0.1 port {port}: " in capsys.readouterr().err


def test_help_names_every_fault(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["simulator", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("simulator", run_name="__main__")
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert all(f"\n  {name} " in printed for name in FAULTS)


def test_the_format_that_help_shows_is_read(tmp_path: Path) -> None:
    config = tmp_path / "account.json"
    config.write_text(CONFIG_FORMAT)
    assert load_config(config) == (Account(), {"01001": "Reception", "01002": "Sales"})


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ([], "not a JSON object"),
        ({"pin": "1"}, '"extensions" must be an object'),
        ({"pin": "1", "extensions": {}}, "with at least one"),
        ({"extensions": {"1": "a"}}, '"pin" is missing'),
        ({"pin": 1, "extensions": {"1": "a"}}, '"pin" must be a string'),
        ({"pin": "1", "extensions": {"1": 5}}, '"1" must be a string'),
        ({"pin": "1", "extensions": {"1": "a"}, "url": ""}, "unknown field: url"),
    ],
)
def test_a_wrong_configuration_says_what_is_wrong(
    tmp_path: Path, content: object, error: str
) -> None:
    config = tmp_path / "account.json"
    config.write_text(json.dumps(content))
    with pytest.raises(ConfigError, match=error):
        load_config(config)


def test_what_cannot_be_ends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert main(["--config", str(broken)]) == 1
    assert "broken.json: not JSON" in capsys.readouterr().err
    assert main(["--config", str(tmp_path / "none.json")]) == 1
    assert "none.json" in capsys.readouterr().err
    assert main(["--speed", "0"]) == 1
    assert "speed must be above 0" in capsys.readouterr().err
