"""A Home Assistant with one account in it, followed from the outside: time passes, states show."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant
from homeassistant.util.ssl import SSL_ALPN_HTTP11, SSLCipherList, client_context
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import make_entry

from .clock import Clock, accelerated
from .oracle import Shown
from .server import ACCOUNT, Server

INTERVAL = 10
"""Seconds between two polls."""


@dataclass(slots=True)
class House:
    """An account that was set up."""

    hass: HomeAssistant
    entry: MockConfigEntry
    clock: Clock
    slugs: Mapping[str, str]
    """The part of the entity IDs that names an extension, by extension ID."""

    async def pass_time(self, seconds: float = INTERVAL + 1) -> None:
        """Put the clock forward, and wait until everything that this brought about is over."""
        self.clock.ahead += seconds
        # The timers ring in the second turn of the event loop.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    def shown(self, extension_id: str) -> Shown:
        """Return what the entities of an extension show."""
        slug = self.slugs[extension_id]
        return Shown(
            self._state(f"sensor.{slug}_status"),
            self._state(f"binary_sensor.{slug}_available"),
            self._state(f"binary_sensor.{slug}_on_call"),
        )

    def _state(self, entity_id: str) -> str:
        state = self.hass.states.get(entity_id)
        return "missing" if state is None else state.state


@asynccontextmanager
async def living_in(
    hass: HomeAssistant, server: Server, extensions: Mapping[str, str], *, interval: int = INTERVAL
) -> AsyncIterator[House]:
    """Set an account up with these extensions (names by ID), and remove it at the end.

    `interval` is in seconds.
    """
    if server.certificate:
        # The context that Home Assistant keeps for all of its connections.
        context = client_context(SSLCipherList.PYTHON_DEFAULT, SSL_ALPN_HTTP11)
        context.load_verify_locations(cadata=server.certificate.decode())
    data = {
        "account_pin": ACCOUNT.pin,
        "supervisor_id": ACCOUNT.supervisor_id,
        "manager_id": ACCOUNT.manager_id,
        "account_id": ACCOUNT.account_id,
        "url": server.url,
        "allow_unencrypted": False,
        "parameter_names": "sample",
    }
    entry = make_entry(data, extensions, options={CONF_SCAN_INTERVAL: interval})
    entry.add_to_hass(hass)
    # Home Assistant's tests run in debug mode, which users do not and which takes most of the time.
    hass.loop.set_debug(False)
    with accelerated(hass.loop) as clock:
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        slugs = {
            extension_id: name.lower().replace(" ", "_")
            for extension_id, name in extensions.items()
        }
        try:
            yield House(hass, entry, clock, slugs)
        finally:
            await hass.config_entries.async_remove(entry.entry_id)
            await hass.async_block_till_done()
