"""A client on a real connection, without Home Assistant; and an event loop with a virtual clock."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from selectors import SelectorKey, SelectSelector
from typing import Any, override

import aiohttp
import pytest

from custom_components.belfabriek.api import (
    BelfabriekClient,
    CheckedRequest,
    Credentials,
    ParameterNames,
)
from custom_components.belfabriek.api.transport import MAX_HEADER
from simulator import Simulator

CREDENTIALS = Credentials(
    account_pin="12345", supervisor_id="1", manager_id="2", account_id="67890"
)

type MakeClient = Callable[..., BelfabriekClient]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    # aiohttp's default resolver starts a thread, which the harness reports as a leak.
    connector = aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver())
    async with aiohttp.ClientSession(
        connector=connector, request_class=CheckedRequest, max_field_size=MAX_HEADER
    ) as opened:
        yield opened


@pytest.fixture
def make_client(session: aiohttp.ClientSession, simulator: Simulator) -> MakeClient:
    """Return a function that makes a client of the simulator, with other settings if wanted."""

    def function(
        credentials: Credentials = CREDENTIALS,
        *,
        url: str = simulator.url,
        parameter_names: ParameterNames = ParameterNames.SAMPLE,
    ) -> BelfabriekClient:
        return BelfabriekClient(session, credentials, url=url, parameter_names=parameter_names)

    return function


class _Clock(SelectSelector):
    """Advances instead of waiting."""

    now = 1000.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        assert timeout is not None, "nothing is scheduled: this would wait for ever"
        self.now += timeout
        return super().select(0)


class _VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)

    @override
    def time(self) -> float:
        return self._clock.now


def run_in_virtual_time[T](coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine whose waits take no time, and return its result."""
    with asyncio.Runner(loop_factory=_VirtualTimeLoop) as runner:
        return runner.run(coroutine)
