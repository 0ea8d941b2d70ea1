from collections.abc import Callable
from pathlib import Path
import sys

import pytest

from development.errors import DevelopmentError
from development.home_assistant import HomeAssistantProcess

type Hass = Callable[[str], HomeAssistantProcess]


@pytest.fixture
def lines() -> list[str]:
    """Return what the program has printed."""
    return []


@pytest.fixture
def hass_program(tmp_path: Path, lines: list[str]) -> Hass:
    """Return a function that makes a Home Assistant of a Python program."""

    def function(program: str) -> HomeAssistantProcess:
        hass = tmp_path / "hass"
        hass.write_text(f"#!{sys.executable}\n{program}")
        hass.chmod(0o700)
        return HomeAssistantProcess(tmp_path, 8123, on_line=lines.append, hass=hass)

    return function


async def test_any_hass_runs_on_the_folder(
    hass_program: Hass, lines: list[str], tmp_path: Path
) -> None:
    async with hass_program("import os, sys; print(os.getcwd(), *sys.argv[1:])") as running:
        await running.wait()

    log_file = tmp_path / "home-assistant.log"
    assert lines[0].startswith(f"{tmp_path} --config {tmp_path} --log-file {log_file} ")
    assert running.server.log_file == log_file


async def test_the_callers_modules_are_out_of_its_reach(
    hass_program: Hass, lines: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    program = "import sys, pymicro_vad, pyspeex_noise; print(*sys.path[1:], sep='\\n')"

    async with hass_program(program) as running:
        assert await running.wait() == 0

    assert str(tmp_path) not in lines


async def test_it_restarts_when_its_user_asks(
    hass_program: Hass, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    program = """
import pathlib, sys
print("run")
again = pathlib.Path("again")
if again.exists():
    sys.exit(7)
again.touch()
sys.exit(100)
"""

    async with hass_program(program) as running:
        with pytest.raises(DevelopmentError, match=r"exit code 7"):
            await running.watch()

    assert lines == ["run", "run"]
    assert "Home Assistant restarts" in capsys.readouterr().out
