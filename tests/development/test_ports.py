import socket

import pytest

from development.errors import DevelopmentError
from development.ports import LOOPBACK, ensure_free


def test_a_free_port_passes(unused_tcp_port: int) -> None:
    ensure_free(unused_tcp_port, user="Home Assistant", remedy="--port chooses another one.")


def test_a_port_in_use_is_said_with_what_to_do() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(DevelopmentError) as refused:
            ensure_free(port, user="Home Assistant", remedy="--port chooses another one.")

    assert str(port) in str(refused.value)
    assert "Home Assistant" in str(refused.value)
    assert str(refused.value).endswith("--port chooses another one.")


def test_a_port_that_its_server_shares_is_in_use() -> None:
    with socket.create_server((LOOPBACK, 0), reuse_port=True) as server:
        port = server.getsockname()[1]
        with pytest.raises(DevelopmentError):
            ensure_free(port, user="the simulator", remedy="")


def test_a_port_is_free_as_soon_as_its_server_has_ended() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((LOOPBACK, port)):
            server.accept()[0].close()

    ensure_free(port, user="the simulator", remedy="")
