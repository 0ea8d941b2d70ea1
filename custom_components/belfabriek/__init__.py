"""The Belfabriek integration: an account's extensions, live in Home Assistant."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .account import create_client, create_session
from .const import DOMAIN
from .coordinator import BelfabriekConfigEntry, BelfabriekCoordinator, BelfabriekData
from .dashboard import async_register_dashboard
from .entity import service_device
from .services import async_setup_services

PLATFORMS = [Platform.BINARY_SENSOR, Platform.EVENT, Platform.SENSOR]

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what all accounts share."""
    async_setup_services(hass)
    await async_register_dashboard(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> bool:
    """Set up one account: poll it once, then add what it has."""
    coordinator = BelfabriekCoordinator(
        hass, entry, create_client(create_session(hass), entry.data)
    )
    await coordinator.async_config_entry_first_refresh()

    account_device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, **service_device(entry.entry_id, entry.title)
    )
    entry.runtime_data = BelfabriekData(
        coordinator=coordinator, account_device_id=account_device.id
    )
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    entry.async_on_unload(entry.add_update_listener(_async_reload))
    return True


async def async_unload_entry(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> bool:
    """Unload one account."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def _async_reload(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> None:
    """Take over changed extensions, options or credentials."""
    hass.config_entries.async_schedule_reload(entry.entry_id)
