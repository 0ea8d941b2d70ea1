"""The Belfabriek integration: an account's extensions, live in Home Assistant."""

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .account import create_client, create_session
from .const import DOMAIN, MANUFACTURER
from .coordinator import BelfabriekConfigEntry, BelfabriekCoordinator, BelfabriekData

PLATFORMS = [Platform.BINARY_SENSOR, Platform.SENSOR]


async def async_setup_entry(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> bool:
    """Set up one account: poll it once, then add what it has."""
    coordinator = BelfabriekCoordinator(
        hass, entry, create_client(create_session(hass), entry.data)
    )
    await coordinator.async_config_entry_first_refresh()

    account_device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer=MANUFACTURER,
        entry_type=dr.DeviceEntryType.SERVICE,
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
