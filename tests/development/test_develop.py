from pathlib import Path
import socket

import pytest

from development.develop import choose_simulator_port, develop
from development.errors import DevelopmentError
from development.options import Options
from development.ports import LOOPBACK


@pytest.mark.parametrize(
    ("wanted", "remembered", "in_use", "chosen"),
    [
        (None, None, False, 8480),
        (None, 8490, True, 8490),
        (8490, None, True, 8490),
        (8490, 8490, True, 8490),
        (8491, 8490, False, 8491),
    ],
)
def test_the_simulators_port(
    wanted: int | None, remembered: int | None, in_use: bool, chosen: int
) -> None:
    assert choose_simulator_port(wanted, remembered, in_use=in_use) == chosen


def test_an_account_keeps_the_simulator_where_it_asks() -> None:
    with pytest.raises(DevelopmentError, match="asks the simulator on port 8490, not 8491"):
        choose_simulator_port(8491, 8490, in_use=True)


async def test_a_busy_port_ends_it_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "folder"
    with socket.create_server((LOOPBACK, 0)) as server:
        options = Options(
            folder=folder,
            port=server.getsockname()[1],
            simulator_port=None,
            bypass_login=True,
            empty=False,
        )
        exit_code = await develop(options)

    assert exit_code == 1
    assert "--port chooses another one" in capsys.readouterr().out
    assert not folder.exists()
