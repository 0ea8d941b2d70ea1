"""The `get_status` action."""

from homeassistant.config_entries import ConfigSubentry
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

from .const import DOMAIN, SUBENTRY_TYPE_EXTENSION
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
    """Return the state of the extensions of all accounts, or of the chosen ones.

    Raises `ServiceValidationError` if a chosen account or device does not exist, and
    `HomeAssistantError` if the last poll of an account failed.
    """
    entries = _entries(call.hass, call.data.get(ATTR_CONFIG_ENTRY_ID))
    chosen = set(call.data.get(ATTR_DEVICE_ID, ()))
    devices = {entry.entry_id: _devices(call.hass, entry) for entry in entries}
    if missing := chosen - {each.id for found in devices.values() for each in found.values()}:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="device_not_found",
            translation_placeholders={"device_id": ", ".join(sorted(missing))},
        )
    extensions: list[JsonValueType] = []
    for entry in entries:
        found = devices[entry.entry_id]
        if chosen and chosen.isdisjoint(each.id for each in found.values()):
            continue
        await _async_refresh(entry, always=call.data[ATTR_REFRESH])
        # The account's device selects all of its extensions.
        account = found.get(entry.entry_id)
        everyone = not chosen or (account is not None and account.id in chosen)
        extensions += [
            _extension(entry, subentry, device)
            for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
            if (device := found.get(subentry.subentry_id)) is not None
            and (everyone or device.id in chosen)
        ]
    return {"extensions": extensions}


def _entries(hass: HomeAssistant, entry_id: str | None) -> list[BelfabriekConfigEntry]:
    """Return the chosen account, or all loaded accounts. Raises if there is none."""
    if entry_id is None and (entries := hass.config_entries.async_loaded_entries(DOMAIN)):
        return entries
    return [service.async_get_config_entry(hass, DOMAIN, entry_id)]


def _devices(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> dict[str, dr.DeviceEntry]:
    """Return the enabled devices of an account by entry ID or subentry ID."""
    return {
        identifier: device
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if not device.disabled
        for _, identifier in device.identifiers
    }


async def _async_refresh(entry: BelfabriekConfigEntry, *, always: bool) -> None:
    """Refresh if requested, or if the data is older than the interval."""
    coordinator = entry.runtime_data
    if always or not coordinator.is_fresh:
        await coordinator.async_refresh()
    if not coordinator.last_update_success:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="refresh_failed",
            translation_placeholders={"account": entry.title},
        ) from coordinator.last_exception


def _extension(
    entry: BelfabriekConfigEntry, subentry: ConfigSubentry, device: dr.DeviceEntry
) -> JsonObjectType:
    """Return the state of an extension as of the last poll."""
    coordinator = entry.runtime_data
    agent = coordinator.data[subentry.subentry_id]
    state = agent.state
    return {
        "account": entry.title,
        "name": device.name_by_user or subentry.title,
        "extension_id": agent.extension_id,
        "status": agent.status,
        "status_since": agent.since.isoformat() if agent.since else None,
        "available": agent.available,
        "on_call": agent.is_on_call(coordinator.on_call_statuses)
        if coordinator.client.include_call_state
        else None,
        "availability_reason": state.availability.reason if state else None,
        "call_state": state.call_state if state else None,
    }
