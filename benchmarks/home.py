"""A real Home Assistant core, and an account in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import logging
from tempfile import TemporaryDirectory
from typing import Final, cast

import aiohttp
from homeassistant import loader
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import DATA_RESOLVER, HassAsyncDNSResolver
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

# Imported here so that this package wins over the one of the same name in the test harness.
import custom_components.belfabriek  # noqa: F401
from custom_components.belfabriek.const import DOMAIN

from . import scene

NEVER: Final = 86_400.0
"""Seconds between polls where only the benchmark polls."""


class _Resolver(aiohttp.ThreadedResolver):
    """What Home Assistant closes with itself."""

    async def real_close(self) -> None:
        """Close the resolver."""


@asynccontextmanager
async def running_home() -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant that has nothing in it but can load what is in this repository."""
    # It warns of every custom integration, and of what is slow on a machine that is busy.
    logging.getLogger("homeassistant").setLevel(logging.ERROR)
    with TemporaryDirectory() as config_dir:
        async with async_test_home_assistant(config_dir=config_dir) as hass:
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
            # The address is a number: there is no need for Home Assistant's own resolver, which
            # would look for names in the local network.
            hass.data[DATA_RESOLVER] = cast("HassAsyncDNSResolver", _Resolver())
            try:
                yield hass
            finally:
                await hass.async_stop(force=True)


def make_entry(url: str, count: int, scan_interval: float) -> MockConfigEntry:
    """Return an entry with `count` extensions, as the flow creates it."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Belfabriek …45",
        unique_id=scene.ACCOUNT.pin,
        data={
            "account_pin": scene.ACCOUNT.pin,
            "supervisor_id": scene.ACCOUNT.supervisor_id,
            "manager_id": scene.ACCOUNT.manager_id,
            "account_id": scene.ACCOUNT.account_id,
            "url": url,
            "allow_unencrypted": False,
            "parameter_names": "sample",
        },
        options={"scan_interval": scan_interval},
        subentries_data=[
            ConfigSubentryDataWithId(
                data={"extension_id": extension_id},
                subentry_id=f"subentry-{extension_id}",
                subentry_type="extension",
                title=f"Agent {extension_id}",
                unique_id=extension_id,
            )
            for extension_id in scene.extension_ids(count)
        ],
    )


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Add the entry and set it up. Raises `RuntimeError` if that fails."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    if entry.state is not ConfigEntryState.LOADED:
        raise RuntimeError(f"the entry was not set up: {entry.reason}")
