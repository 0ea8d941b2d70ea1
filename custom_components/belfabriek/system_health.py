"""The integration on the system information page."""

from homeassistant.components import system_health
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback

from .account import extension_ids
from .api import DEFAULT_URL
from .const import DOMAIN
from .coordinator import BelfabriekConfigEntry


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register the function that returns the information."""
    register.async_register_info(_async_system_health_info)


async def _async_system_health_info(hass: HomeAssistant) -> dict[str, object]:
    """Return how many extensions answered, and whether the servers can be reached."""
    entries: list[BelfabriekConfigEntry] = hass.config_entries.async_entries(
        DOMAIN, include_disabled=False, include_ignore=False
    )
    agents = [
        agent
        for entry in entries
        if entry.state is ConfigEntryState.LOADED
        for agent in entry.runtime_data.agents.values()
    ]
    return {
        "accounts": len(entries),
        "extensions": sum(len(extension_ids(entry)) for entry in entries),
        "extensions_answering": sum(each.state is not None for each in agents),
        "can_reach_server": _async_check(
            hass, {str(entry.data[CONF_URL]) for entry in entries} or {DEFAULT_URL}
        ),
    }


async def _async_check(hass: HomeAssistant, urls: set[str]) -> str | dict[str, str]:
    """Return the outcome for the first server that cannot be reached, or `ok`."""
    outcome: str | dict[str, str] = "ok"
    for url in sorted(urls):
        outcome = await system_health.async_check_can_reach_url(hass, url)
        if outcome != "ok":
            break
    return outcome
