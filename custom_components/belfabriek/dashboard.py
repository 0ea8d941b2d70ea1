"""The script with the dashboard and its cards, which Home Assistant's frontend loads.

The script is built from `frontend/`, and adds "Belfabriek team" to the community dashboards in the
dialog that adds a dashboard.
"""

from hashlib import sha256
import logging
from pathlib import Path
from typing import Any, Final

from aiohttp import hdrs, web
from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http import HomeAssistantView  # type: ignore[attr-defined, unused-ignore]
from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import websocket_command
from homeassistant.core import HomeAssistant, callback
import voluptuous as vol

from .const import DOMAIN
from .coordinator import BelfabriekConfigEntry

_LOGGER = logging.getLogger(__name__)

SCRIPT_URL: Final = f"/{DOMAIN}/team.js"
SCRIPT: Final = Path(__file__).parent / "www" / "team.js"

_CACHE: Final = "public, max-age=2678400"
"""31 days, as for Home Assistant's own files."""


async def async_register_dashboard(hass: HomeAssistant) -> None:
    """Serve the script, and make the frontend load it; do nothing without a frontend.

    Call this once, in `async_setup`: Home Assistant cannot stop serving the script.
    """
    if not {"frontend", "http"} <= hass.config.components:
        return
    digest = await hass.async_add_executor_job(_digest)
    if digest is None:
        _LOGGER.warning("The dashboard is missing: build it with scripts/frontend")
        return
    async_register_command(hass, async_send_ages)
    hass.http.register_view(ScriptView(digest))
    add_extra_js_url(hass, f"{SCRIPT_URL}?{digest}")


def _digest() -> str | None:
    try:
        return sha256(SCRIPT.read_bytes()).hexdigest()[:8]
    except FileNotFoundError:
        return None


@websocket_command({vol.Required("type"): f"{DOMAIN}/ages"})
@callback
def async_send_ages(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Send how old the data of each account is, in seconds, by entry ID; `null` in an outage.

    States do not contain the age: an unchanged poll writes no state.
    """
    entries: list[BelfabriekConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    connection.send_result(msg["id"], {each.entry_id: each.runtime_data.age for each in entries})


class ScriptView(HomeAssistantView):
    """Serves the script.

    Browsers cache the script for a month if its digest is in the URL. Without a digest, as a Cast
    display loads it, or with an old digest, they ask each time whether the script has changed.
    """

    url = SCRIPT_URL
    name = f"{DOMAIN}:script"
    requires_auth = False
    cors_allowed = True

    def __init__(self, digest: str) -> None:
        self._digest = digest

    async def get(self, request: web.Request) -> web.FileResponse:
        """Return the script."""
        caching = _CACHE if request.query_string == self._digest else "no-cache"
        return web.FileResponse(SCRIPT, headers={hdrs.CACHE_CONTROL: caching})
