from pathlib import Path

import pytest

from development.options import Options, parse


def test_without_options() -> None:
    assert parse([]) == Options(
        folder=Path(".homeassistant"),
        port=8123,
        simulator_port=None,
        bypass_login=True,
        empty=False,
    )


def test_with_every_option() -> None:
    arguments = (
        "--port 8124 --simulator-port 8481 --config-dir elsewhere --no-browser-login --empty"
    )

    assert parse(arguments.split()) == Options(
        folder=Path("elsewhere"),
        port=8124,
        simulator_port=8481,
        bypass_login=False,
        empty=True,
    )


@pytest.mark.parametrize("arguments", [["--port", "0"], ["--port", "65536"], ["--port", "http"]])
def test_a_port_that_is_none_is_said(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(arguments)

    assert "argument --port: " in capsys.readouterr().err
