"""Diagnostics without credentials, IDs, names and phone numbers."""

import time
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from yarl import URL

from .account import create_client, create_session, extension_names
from .agent import Agent
from .const import (
    CONF_ACCOUNT_ID,
    CONF_ACCOUNT_PIN,
    CONF_EXTENSION_ID,
    CONF_MANAGER_ID,
    CONF_SUPERVISOR_ID,
    CONF_WEBSITE_ID,
    CONF_WEBSITE_TEL,
)
from .coordinator import BelfabriekConfigEntry, BelfabriekCoordinator

_TO_REDACT = {
    CONF_ACCOUNT_ID,
    CONF_ACCOUNT_PIN,
    CONF_EXTENSION_ID,
    CONF_MANAGER_ID,
    CONF_SUPERVISOR_ID,
    CONF_WEBSITE_ID,
    CONF_WEBSITE_TEL,
    "title",
    "unique_id",
}
_MAX_ASKED = 3
"""Maximum number of extensions whose answers are shown."""


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: BelfabriekConfigEntry
) -> dict[str, Any]:
    """Return the entry, and the state of each extension by subentry ID.

    A few extensions are requested again, to show the shapes of the answers.
    """
    data = entry.as_dict()
    data["data"] = {**data["data"], CONF_URL: _origin(data["data"].get(CONF_URL))}
    diagnostics: dict[str, Any] = {
        "entry": async_redact_data(data, _TO_REDACT),
        "state": entry.state,
        "last_update_success": False,
        "last_failure": None,
        "extensions": {},
    }
    # The coordinator is available even if the setup failed.
    coordinator: BelfabriekCoordinator | None = getattr(entry, "runtime_data", None)
    if coordinator is not None:
        diagnostics["last_update_success"] = coordinator.last_update_success
        error = coordinator.last_exception
        diagnostics["last_failure"] = error and getattr(error, "translation_key", repr(type(error)))
        extensions = {subentry_id: _agent(agent) for subentry_id, agent in coordinator.data.items()}
        # The session of an entry that is not loaded is closed.
        session = create_session(hass, auto_cleanup=False)
        client = create_client(hass, session, entry.data)
        hidden = {text for names in extension_names(entry).items() for text in names}
        for subentry_id in list(extensions)[:_MAX_ASKED]:
            extensions[subentry_id]["answers"] = await client.get_answer_shapes(
                coordinator.data[subentry_id].extension_id, hidden
            )
        session.detach()
        diagnostics["extensions"] = extensions
    return diagnostics


def _agent(agent: Agent) -> dict[str, Any]:
    """Return the state of an agent, without free text and phone numbers."""
    failures = (agent.failure, agent.call_state_failure)
    return {
        "available": agent.available,
        "call_state": agent.state.call_state if agent.state else None,
        "status": agent.status,
        "failure": next((each.kind for each in failures if each), None),
        "age": round(time.monotonic() - agent.seen.monotonic, 1) if agent.seen else None,
    }


def _origin(url: object) -> str | None:
    """Return scheme and host of the address: the rest may contain a credential."""
    return str(URL(url).origin()) if isinstance(url, str) else None
