"""Servers that limit requests, with a running account and with the form.

Each server can serve the account at the right pace: every extension is shown from the second poll
on, with hardly any refused request after that.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from simulator import AtOnce, Bucket, Hang, Limit, OneLane, PerAddress, Simulator, Window

from .conftest import Poll, SetUp, make_entry
from .flows import account_input, open_account
from .helpers import state_of

pytestmark = pytest.mark.usefixtures("skip")

type MakeLimit = Callable[[], Limit]

REQUEST_SECONDS = 0.05
"""Seconds until an answer, so that requests are in progress at the same time."""
LIMITS: dict[str, tuple[MakeLimit, int]] = {
    "iis": (partial(AtOnce, requests=5), 40),
    "iis, 2 and 503": (partial(AtOnce, requests=2, refusal="503"), 20),
    "iis, 1": (partial(AtOnce, requests=1), 10),
    "aborted": (partial(AtOnce, requests=5, refusal="reset"), 20),
    "firewall": (partial(PerAddress, connections=4), 20),
    "firewall, 1": (partial(PerAddress, connections=1), 10),
    "window": (partial(Window, requests=20, seconds=0.2), 40),
    "window, strict": (partial(Window, requests=6, seconds=0.15, count_refused=True), 12),
    "window, long": (partial(Window, requests=25, seconds=2.0, count_refused=True), 20),
    "nginx, one person": (partial(Bucket, rate=4.0, burst=0), 1),
    "nginx": (partial(Bucket, rate=10.0, burst=20), 20),
    "nginx, no burst": (partial(Bucket, rate=10.0, burst=0), 8),
    "one lane": (partial(OneLane, seconds=0.7), 6),
}
"""Limits, and the number of extensions that a server with this limit can serve."""


def names(number: int) -> dict[str, str]:
    """Return the names of this number of extensions by ID."""
    return {f"{each:05}": f"Agent {each}" for each in range(1, number + 1)}


@pytest.fixture(params=LIMITS)
async def limited(request: pytest.FixtureRequest, simulator: Simulator) -> dict[str, str]:
    """Give the server a limit, and return the names of the account's extensions by ID."""
    make_limit, number = LIMITS[request.param]
    simulator.delay, simulator.limit = REQUEST_SECONDS, make_limit()
    for extension_id, name in names(number).items():
        simulator.add_extension(extension_id, name)
    return names(number)


def not_ready(hass: HomeAssistant, extensions: dict[str, str]) -> list[str]:
    """Return the extensions that are not shown as ready."""
    entity_ids = {each: f"sensor.agent_{int(each)}" for each in extensions}
    return [each for each, entity_id in entity_ids.items() if state_of(hass, entity_id) != "ready"]


async def test_every_extension_is_shown_from_the_second_poll_on(
    hass: HomeAssistant,
    simulator: Simulator,
    entry_data: dict[str, Any],
    set_up: SetUp,
    poll: Poll,
    limited: dict[str, str],
) -> None:
    await set_up(make_entry(entry_data, limited))
    await poll()
    for _ in range(2):
        simulator.refused = 0
        await poll()
        assert not_ready(hass, limited) == []
        assert simulator.refused <= 2  # two on a busy machine


@pytest.mark.parametrize("limited", ["iis", "one lane"], indirect=True)
async def test_new_limit_costs_one_poll_at_most(
    hass: HomeAssistant,
    simulator: Simulator,
    entry_data: dict[str, Any],
    set_up: SetUp,
    poll: Poll,
    limited: dict[str, str],
) -> None:
    limit, simulator.limit = simulator.limit, None
    await set_up(make_entry(entry_data, limited))
    await poll()
    simulator.limit = limit
    await poll()
    for _ in range(2):
        simulator.refused = 0
        await poll()
        assert not_ready(hass, limited) == []
    assert simulator.refused <= 1


@pytest.mark.parametrize("limited", ["iis, 2 and 503", "firewall", "window"], indirect=True)
async def test_account_on_a_limited_server_can_be_added(
    hass: HomeAssistant,
    enable_custom_integrations: None,
    simulator: Simulator,
    limited: dict[str, str],
) -> None:
    flow = await open_account(hass)
    lines = "\n".join(f"{extension_id} {name}" for extension_id, name in limited.items())
    await flow.submit(account_input(simulator.url, extensions=lines))
    assert flow.errors == {}
    assert flow.created


async def test_states_are_kept_if_a_poll_exceeds_the_limit_of_a_minute(
    hass: HomeAssistant,
    simulator: Simulator,
    entry_data: dict[str, Any],
    set_up: SetUp,
    poll: Poll,
) -> None:
    extensions = names(20)
    for extension_id, name in extensions.items():
        simulator.add_extension(extension_id, name)
    simulator.limit = Window(requests=50, seconds=60, refusal="429")
    await set_up(make_entry(entry_data, extensions))
    assert not_ready(hass, extensions) == []
    for _ in range(3):
        await poll()
        assert len(not_ready(hass, extensions)) <= 15
    assert simulator.refused <= 8  # refused at the same time as the first request


async def test_setup_on_a_hanging_server_fails_after_one_timeout(
    hass: HomeAssistant,
    simulator: Simulator,
    entry_data: dict[str, Any],
    set_up: SetUp,
) -> None:
    extensions = names(40)
    for extension_id, name in extensions.items():
        simulator.add_extension(extension_id, name)
    simulator.limit = Hang()
    entry = make_entry(entry_data, extensions)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert loop.time() - began < 6  # one timeout, and a second
    assert len(simulator.requests) <= 8
    simulator.limit = None
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert not_ready(hass, extensions) == []
