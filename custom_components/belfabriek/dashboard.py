"""The dashboard strategy: a script that Home Assistant's frontend loads.

With it, "Belfabriek team" is among the community dashboards in the dialog that adds a dashboard.
"""

from hashlib import sha256
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http import StaticPathConfig  # type: ignore[attr-defined, unused-ignore]
from homeassistant.core import HomeAssistant

from .const import DOMAIN

SCRIPT_URL: Final = f"/{DOMAIN}/team-dashboard.js"
SCRIPT: Final = Path(__file__).parent / "www" / "team-dashboard.js"


async def async_register_dashboard(hass: HomeAssistant) -> None:
    """Serve the script, and make the frontend load it; without a frontend, do nothing.

    To be called once, by `async_setup`: Home Assistant refuses to serve one path twice.
    """
    if not {"frontend", "http"} <= hass.config.components:
        return
    await hass.http.async_register_static_paths([StaticPathConfig(SCRIPT_URL, str(SCRIPT))])
    # Browsers cache it for a month. The digest changes only if the script changes.
    digest = await hass.async_add_executor_job(_digest)
    add_extra_js_url(hass, f"{SCRIPT_URL}?{digest}")


def _digest() -> str:
    return sha256(SCRIPT.read_bytes()).hexdigest()[:8]
