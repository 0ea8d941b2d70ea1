"""A coordinator whose refreshes are shared, and continue if the caller is cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .const import LOGGER

_COOLDOWN = 1.0
"""Cooldown in seconds for requested refreshes. Home Assistant's default of 10 s would drop every
second refresh of an automation that refreshes every 5 s."""


class ShieldedCoordinator[DataT](DataUpdateCoordinator[DataT]):
    """Continues a refresh whose caller is cancelled.

    Home Assistant runs a requested refresh in the task of its caller, for example a script. When
    the script is stopped, `DataUpdateCoordinator._async_refresh` (2026.10) takes the
    `CancelledError` for a failed update, but leaves without calling the listeners; and the next
    failed update does not call them either, since it is not the first. The entities go on showing
    the state from before the script.
    """

    config_entry: ConfigEntry[Any]

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            request_refresh_debouncer=Debouncer[Coroutine[Any, Any, None]](
                hass, LOGGER, cooldown=_COOLDOWN, immediate=True
            ),
        )
        self._refresh: asyncio.Task[None] | None = None

    @override
    async def async_refresh(self) -> None:
        """Refresh now, or wait for the refresh that is in progress."""
        if self._refresh is None or self._refresh.done():
            await super().async_refresh()
        else:
            await asyncio.wait([self._refresh])

    @override
    async def _async_refresh(self, *args: bool, **kwargs: bool) -> None:
        """Refresh in a task of the config entry, which ends when the entry is unloaded."""
        if self._refresh is None or self._refresh.done():
            self._refresh = self.config_entry.async_create_background_task(
                self.hass, super()._async_refresh(*args, **kwargs), f"{self.name} - refresh"
            )
        await asyncio.wait([self._refresh])
