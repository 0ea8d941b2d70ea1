"""The Belfabriek integration: the extensions of an account in Home Assistant."""

from functools import partial

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.typing import ConfigType

from .account import create_client, create_session
from .busy_light_driver import async_give_back
from .const import DOMAIN
from .coordinator import BelfabriekConfigEntry, BelfabriekCoordinator
from .dashboard import async_register_dashboard
from .entity import async_remove_entities, async_update_devices
from .issues import async_delete_issues
from .services import async_setup_services
from .storage import AccountStore
from .website import (
    async_load_script,
    async_remove_website,
    async_setup_website,
    async_unload_website,
)

PLATFORMS = [Platform.BINARY_SENSOR, Platform.EVENT, Platform.SENSOR, Platform.SWITCH]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions, the dashboard and the website script, which all accounts share."""
    async_setup_services(hass)
    await async_register_dashboard(hass)
    await async_load_script(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> bool:
    """Set up one account: poll it once, then add its entities."""
    client = create_client(hass, create_session(hass), entry.data)
    coordinator = entry.runtime_data = BelfabriekCoordinator(hass, entry, client)
    client_data = dict(entry.data)

    async def async_entry_updated(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> None:
        """Reload only if the credentials or the connection changed."""
        if entry.data != client_data:
            hass.config_entries.async_schedule_reload(entry.entry_id)
            return
        async_update_devices(hass, entry)
        coordinator.async_entry_updated()
        async_remove_entities(hass, entry)
        if entry.state is ConfigEntryState.LOADED:
            async_setup_website(hass, entry)

    # Before the first refresh, so that a change during it is not missed.
    entry.async_on_unload(entry.add_update_listener(async_entry_updated))
    await coordinator.async_config_entry_first_refresh()

    async_update_devices(hass, entry)
    async_remove_entities(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    async_setup_website(hass, entry)
    entry.async_on_unload(partial(async_unload_website, hass, entry))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> bool:
    """Unload one account."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.async_shutdown()
    await entry.runtime_data.store.async_save()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> None:
    """Delete the stored data of an account and its cloudhook, and give its lights back."""
    await async_remove_website(hass, entry)
    async_delete_issues(hass, entry)
    for lasting in (await AccountStore.async_remove_file(hass, entry.entry_id)).values():
        async_give_back(hass, lasting)
