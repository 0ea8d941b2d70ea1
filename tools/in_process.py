"""A Home Assistant in this process with one Belfabriek account in it."""

from collections.abc import AsyncIterator, Iterable
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
from simulator import Account

ACCOUNT: Final = Account()


class _Resolver(aiohttp.ThreadedResolver):
    """A resolver with the method that Home Assistant calls when it stops."""

    async def real_close(self) -> None:
        """Close the resolver."""


@asynccontextmanager
async def running_home_assistant() -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant core that can load the custom integration of this repository."""
    with TemporaryDirectory() as config_dir:
        async with async_test_home_assistant(config_dir=config_dir) as hass:
            # The harness only knows custom integrations by name; let the loader find them.
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
            # Home Assistant's own resolver would look for names on the local network.
            hass.data[DATA_RESOLVER] = cast("HassAsyncDNSResolver", _Resolver())
            # Warnings about custom integrations and about slow tasks are expected here.
            logging.getLogger("homeassistant").setLevel(logging.ERROR)
            try:
                yield hass
            finally:
                await hass.async_stop(force=True)


async def add_account(
    hass: HomeAssistant, url: str, extension_ids: Iterable[str], *, scan_interval: float
) -> MockConfigEntry:
    """Set up an entry with these extensions. Raises `RuntimeError` if that fails."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Belfabriek",
        data={
            "account_pin": ACCOUNT.pin,
            "supervisor_id": ACCOUNT.supervisor_id,
            "manager_id": ACCOUNT.manager_id,
            "account_id": ACCOUNT.account_id,
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
            for extension_id in extension_ids
        ],
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    if entry.state is not ConfigEntryState.LOADED:
        raise RuntimeError(f"the entry was not set up: {entry.reason}")
    return entry
