"""The action that answers who is available."""

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    service,
)
from homeassistant.util.json import JsonObjectType, JsonValueType
import probatio

from .const import CONF_EXTENSION_ID, DOMAIN, SUBENTRY_TYPE_EXTENSION
from .coordinator import BelfabriekConfigEntry

SERVICE_GET_STATUS = "get_status"
ATTR_CONFIG_ENTRY_ID = "config_entry_id"
ATTR_REFRESH = "refresh"

_SCHEMA = probatio.Schema(
    {
        probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        probatio.Optional(ATTR_DEVICE_ID): probatio.All(cv.ensure_list, [cv.string]),
        probatio.Optional(ATTR_REFRESH, default=False): cv.boolean,
    }
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_GET_STATUS,
        _async_get_status,
        schema=_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_get_status(call: ServiceCall) -> ServiceResponse:
    """Return what is known of every extension, of all accounts or of those that were chosen.

    Raises `ServiceValidationError` if what was chosen is not there, and `HomeAssistantError` if
    an account was to be polled first and did not answer.
    """
    entries = _entries(call.hass, call.data.get(ATTR_CONFIG_ENTRY_ID))
    chosen = set(call.data.get(ATTR_DEVICE_ID, ()))
    devices = {entry.entry_id: _devices(call.hass, entry) for entry in entries}
    if missing := chosen - {device for each in devices.values() for device in each.values()}:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="device_not_found",
            translation_placeholders={"device_id": ", ".join(sorted(missing))},
        )
    extensions: list[JsonValueType] = []
    for entry in entries:
        if chosen and chosen.isdisjoint(devices[entry.entry_id].values()):
            continue
        if call.data[ATTR_REFRESH]:
            await _async_poll(entry)
        extensions += _extensions(entry, devices[entry.entry_id], chosen)
    return {"extensions": extensions}


def _entries(hass: HomeAssistant, entry_id: str | None) -> list[BelfabriekConfigEntry]:
    """Return the account that was chosen, or all that are loaded; at least one."""
    if entry_id is None and (entries := hass.config_entries.async_loaded_entries(DOMAIN)):
        return entries
    return [service.async_get_config_entry(hass, DOMAIN, entry_id)]


def _devices(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> dict[str, str]:
    """Return the device IDs of an account and its extensions, by what identifies them."""
    return {
        identifier: device.id
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        for _, identifier in device.identifiers
    }


async def _async_poll(entry: BelfabriekConfigEntry) -> None:
    """Poll an account now."""
    coordinator = entry.runtime_data.coordinator
    await coordinator.async_refresh()
    if not coordinator.last_update_success:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="refresh_failed",
            translation_placeholders={"account": entry.title},
        ) from coordinator.last_exception


def _extensions(
    entry: BelfabriekConfigEntry, devices: dict[str, str], chosen: set[str]
) -> list[JsonObjectType]:
    """Return what the last poll brought of the extensions; the account's device means all."""
    coordinator = entry.runtime_data.coordinator
    states = coordinator.data if coordinator.last_update_success else {}
    extensions: list[JsonObjectType] = []
    for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION):
        extension_id = str(subentry.data[CONF_EXTENSION_ID])
        device_id = devices.get(f"{entry.entry_id}_{extension_id}")
        if chosen and chosen.isdisjoint({device_id, devices[entry.entry_id]}):
            continue
        state = states.get(extension_id)
        known = coordinator.status_since.get(extension_id)
        status = state.status if state else None
        extensions.append(
            {
                "account": entry.title,
                "name": subentry.title,
                "extension_id": extension_id,
                "status": status,
                "status_since": known.since.isoformat()
                if status and known and known.since
                else None,
                "available": state.availability.available if state else None,
                "on_call": status in coordinator.on_call_statuses
                if status and coordinator.include_call_state
                else None,
                "availability_reason": state.availability.reason if state else None,
                "call_state": state.call_state if state else None,
            }
        )
    return extensions
