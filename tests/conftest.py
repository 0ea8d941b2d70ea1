"""Fixtures: Home Assistant, the simulator on loopback, and an account."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
import tomllib
from typing import Any
from unittest.mock import PropertyMock, patch

from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from hypothesis import HealthCheck, settings
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

# Imported here so that this package wins over the one of the same name in the test harness.
import custom_components.belfabriek  # noqa: F401
from custom_components.belfabriek.const import DOMAIN
from simulator import DEFAULT_EXTENSIONS, Simulator
from tools.skipping import skipping

# For scripts/soak: a million inputs.
settings.register_profile(
    "long",
    max_examples=100_000,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)

FIELD_CASES: dict[str, str] = tomllib.loads(
    Path(__file__).with_name("field_cases.toml").read_text("utf-8")
)

type Poll = Callable[[], Awaitable[None]]
type SetUp = Callable[[MockConfigEntry], Awaitable[None]]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of cases from the field."""
    found = set()
    for item in items:
        for case, test in FIELD_CASES.items():
            if item.name.startswith(test):
                item.add_marker(pytest.mark.field_case(case))
                found.add(case)
    if config.args == config.getini("testpaths") and (missing := FIELD_CASES.keys() - found):
        raise pytest.UsageError(f"no test has the name that field_cases.toml says: {missing}")


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave the harness's debug mode of the event loop out: it takes more than half of the time.

    Home Assistant itself raises if something of it is called from a wrong thread.
    """


@pytest.fixture
async def skip() -> AsyncIterator[Callable[[float], None]]:
    """Let a test skip the time in which nothing happens; return a function that skips seconds.

    Nothing may run in another process, or in a thread that Home Assistant does not know.
    """
    with skipping(asyncio.get_running_loop()) as function:
        yield function


@pytest.fixture(autouse=True)
def _loopback(socket_enabled: None) -> None:
    """Allow sockets, which Home Assistant's test harness blocks by default."""


@pytest.fixture
def entity_registry_enabled_by_default() -> Iterator[None]:
    """Enable every entity, also those that are disabled by default."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default",
        new_callable=PropertyMock(return_value=True),
    ):
        yield


@pytest.fixture
async def frontend(hass: HomeAssistant, hass_storage: dict[str, Any], tmp_path: Path) -> None:
    """Set up the frontend with our own page instead of its package."""
    done = {"done": ["user", "core_config", "analytics", "integration"]}
    hass_storage["onboarding"] = {"version": 4, "data": done}
    page = tmp_path / "hass_frontend" / "index.html"
    page.parent.mkdir()
    page.write_text("{% for url in extra_modules %}{{ url }}\n{% endfor %}", encoding="utf-8")
    config = {"frontend": {"development_repo": str(tmp_path)}}
    assert await async_setup_component(hass, "frontend", config)


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Return a simulator in which all agents are available and idle."""
    async with Simulator() as running:
        yield running


@pytest.fixture
def entry_data(simulator: Simulator) -> dict[str, Any]:
    """Return the data of an entry for the simulator's account."""
    return {
        "account_pin": simulator.account.pin,
        "supervisor_id": simulator.account.supervisor_id,
        "manager_id": simulator.account.manager_id,
        "account_id": simulator.account.account_id,
        "url": simulator.url,
        "allow_unencrypted": False,
        "parameter_names": "sample",
    }


@pytest.fixture
def entry(entry_data: dict[str, Any]) -> MockConfigEntry:
    """Return an entry with all five extensions, as the flow creates it."""
    return make_entry(entry_data, DEFAULT_EXTENSIONS)


def make_entry(
    data: dict[str, Any],
    extensions: Mapping[str, str],
    options: dict[str, Any] | None = None,
    *,
    subentry: str = "subentry",
) -> MockConfigEntry:
    """Return an entry with these extensions (names by ID), as the flow creates it.

    Subentry IDs are `subentry` and a number; no two entries have the same ones.
    """
    return MockConfigEntry(
        domain=DOMAIN,
        title="Belfabriek",
        data=data,
        subentries_data=[
            ConfigSubentryDataWithId(
                data={"extension_id": extension_id},
                subentry_id=f"{subentry}-{number}",
                subentry_type="extension",
                title=name,
                unique_id=extension_id,
            )
            for number, (extension_id, name) in enumerate(extensions.items(), start=1)
        ],
        options=options,
    )


@pytest.fixture
def set_up(hass: HomeAssistant, enable_custom_integrations: None) -> SetUp:
    """Return a function that adds an entry and sets it up."""

    async def function(entry: MockConfigEntry) -> None:
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()

    return function


@pytest.fixture
async def loaded(entry: MockConfigEntry, set_up: SetUp) -> MockConfigEntry:
    """Return the entry, set up."""
    await set_up(entry)
    return entry


@pytest.fixture
def poll(hass: HomeAssistant) -> Poll:
    """Return a function that runs the next poll now and waits until it is done.

    It fires only the timers that are set now. The clock does not change, so that the timeouts of
    the requests are real.
    """

    async def function() -> None:
        # The time limits of a poll that is in progress must not be brought forward.
        await hass.async_block_till_done(wait_background_tasks=True)
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=11))
        await hass.async_block_till_done(wait_background_tasks=True)

    return function
