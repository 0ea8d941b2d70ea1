"""Diagnostics without secrets, numbers, names and free text."""

from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from yarl import URL

from .account import extension_ids
from .api import ExtensionState
from .const import (
    CONF_ACCOUNT_ID,
    CONF_ACCOUNT_PIN,
    CONF_EXTENSION_ID,
    CONF_MANAGER_ID,
    CONF_SUPERVISOR_ID,
    CONF_WEBSITE_ID,
)
from .coordinator import BelfabriekConfigEntry, BelfabriekCoordinator, Outcome

_TO_REDACT = {
    CONF_ACCOUNT_ID,
    CONF_ACCOUNT_PIN,
    CONF_EXTENSION_ID,
    CONF_MANAGER_ID,
    CONF_SUPERVISOR_ID,
    CONF_WEBSITE_ID,
    "title",
    "unique_id",
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: BelfabriekConfigEntry
) -> dict[str, Any]:
    """Return the entry and what the last poll said, each extension under its subentry's ID."""
    data = entry.as_dict()
    data["data"] = {**data["data"], CONF_URL: _without_query(data["data"].get(CONF_URL))}
    # The coordinator is available even if the setup failed.
    coordinator: BelfabriekCoordinator | None = getattr(entry, "runtime_data", None)
    loaded = entry.state is ConfigEntryState.LOADED
    return {
        "entry": async_redact_data(data, _TO_REDACT),
        "state": entry.state,
        "last_update_success": coordinator is not None
        and loaded
        and coordinator.last_update_success,
        "last_failure": _last_failure(coordinator),
        "extensions": {
            key: {
                **_outcome(coordinator.data.get(key)),
                "answers": coordinator.client.answer_shapes(extension_id),
            }
            for key, extension_id in extension_ids(entry).items()
        }
        if coordinator
        else {},
    }


def _last_failure(coordinator: BelfabriekCoordinator | None) -> str | None:
    """Return the type of the last failure, without text from the server."""
    if coordinator is None or coordinator.last_exception is None:
        return None
    return type(coordinator.last_exception.__cause__ or coordinator.last_exception).__name__


def _outcome(outcome: Outcome | None) -> dict[str, Any]:
    """Return an outcome without free text and phone numbers."""
    if not isinstance(outcome, ExtensionState):
        return {"state": None, "failure": type(outcome).__name__ if outcome else None}
    error = outcome.call_state_error
    return {
        "state": {
            "available": outcome.availability.available,
            "call_state": outcome.call_state,
            "status": outcome.status,
        },
        "failure": type(error).__name__ if error else None,
    }


def _without_query(url: object) -> str | None:
    """Return the address without its query, which may contain secrets."""
    if not isinstance(url, str):
        return None
    return str(URL(url).with_query(None).with_fragment(None))
