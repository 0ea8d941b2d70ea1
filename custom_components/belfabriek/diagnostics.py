"""What a user can send along with a report: everything but secrets, numbers and names."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant

from .const import (
    CONF_ACCOUNT_ID,
    CONF_ACCOUNT_PIN,
    CONF_EXTENSION_ID,
    CONF_MANAGER_ID,
    CONF_SUPERVISOR_ID,
    SUBENTRY_TYPE_EXTENSION,
)
from .coordinator import BelfabriekConfigEntry

_TO_REDACT = {
    CONF_ACCOUNT_ID,
    CONF_ACCOUNT_PIN,
    CONF_EXTENSION_ID,
    CONF_MANAGER_ID,
    CONF_NAME,
    CONF_SUPERVISOR_ID,
    "endpoint",
    "title",
    "unique_id",
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: BelfabriekConfigEntry
) -> dict[str, Any]:
    """Return the entry and the last poll, each extension under the ID of its subentry."""
    coordinator = entry.runtime_data.coordinator
    extensions: dict[str, dict[str, Any]] = {}
    for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION):
        extension_id = str(subentry.data[CONF_EXTENSION_ID])
        state = coordinator.data.get(extension_id)
        failure = coordinator.failures.get(extension_id)
        extensions[subentry.subentry_id] = {
            "failure": f"{type(failure).__name__}: {failure}" if failure else None,
            "state": {**asdict(state), "status": state.status} if state else None,
        }
    return async_redact_data(
        {
            "entry": entry.as_dict(),
            "last_update_success": coordinator.last_update_success,
            "last_exception": repr(coordinator.last_exception),
            "extensions": extensions,
        },
        _TO_REDACT,
    )
