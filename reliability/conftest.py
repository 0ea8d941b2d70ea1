"""Options of the commands, and the simulator that they share."""

from collections.abc import Iterator

import pytest

from simulator import DEFAULT_EXTENSIONS

from .server import Server, serving


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what scripts/soak is told."""
    group = parser.getgroup("soak")
    group.addoption("--polls", type=int, default=20_000)
    group.addoption("--extensions", type=int, default=20)
    group.addoption("--seed", type=int, default=0)


@pytest.fixture(autouse=True)
def _loopback(socket_enabled: None, enable_custom_integrations: None) -> None:
    """Allow what Home Assistant's test harness forbids unless asked."""


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Return a simulator of the default extensions."""
    with serving(DEFAULT_EXTENSIONS) as running:
        yield running


@pytest.fixture(scope="session")
def tls_server() -> Iterator[Server]:
    """Return one that is asked over TLS."""
    with serving(DEFAULT_EXTENSIONS, tls=True) as running:
        yield running
