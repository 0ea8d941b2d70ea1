"""The website link: a webhook that returns who is ready."""

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache, partial
from hashlib import sha256
from http import HTTPStatus
import json
import secrets
from typing import Any, Final
import unicodedata
from xml.sax.saxutils import escape

from aiohttp import web
from homeassistant.components import webhook
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util.hass_dict import HassKey

from .agent import Agent, count
from .api import WORKING, Status
from .const import (
    CONF_WEBSITE,
    CONF_WEBSITE_EXTENSIONS,
    CONF_WEBSITE_ID,
    DOMAIN,
    SUBENTRY_TYPE_EXTENSION,
)
from .coordinator import BelfabriekConfigEntry, BelfabriekCoordinator

_METHODS: Final = ("GET", "HEAD")
_MAX_NAME_LENGTH: Final = 60
_COLORS: Final = {"ready": "#2e7d32", "busy": "#c62828", "away": "#616161", None: "#616161"}
BADGE_WORDS: Final[Mapping[str, Mapping[str | None, str]]] = {
    "en": {"ready": "ready", "busy": "busy", "away": "away", None: "unknown"},
    "nl": {"ready": "beschikbaar", "busy": "bezet", "away": "afwezig", None: "onbekend"},
    "de": {"ready": "bereit", "busy": "besetzt", "away": "abwesend", None: "unbekannt"},
    "fr": {"ready": "disponible", "busy": "occupé", "away": "absent", None: "inconnu"},
}
"""Words of the badge by language and public status."""
_REGISTERED: HassKey[dict[str, str]] = HassKey(f"{DOMAIN}_webhooks")
"""The link that is served, by entry ID."""


def create_website_id() -> str:
    """Return a new random webhook ID."""
    return secrets.token_hex(32)


@callback
def async_setup_webhook(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> None:
    """Serve the link while the entry is loaded, as its options are now.

    Call it when the entry is loaded, and again when its options change.
    """
    registered = hass.data.setdefault(_REGISTERED, {})
    wanted = entry.options.get(CONF_WEBSITE_ID) if entry.options.get(CONF_WEBSITE) else None
    if registered.get(entry.entry_id) == wanted:
        return
    async_unload_webhook(hass, entry)
    if wanted:
        webhook.async_register(
            hass,
            DOMAIN,
            entry.title,
            wanted,
            partial(_async_handle, entry),
            allowed_methods=_METHODS,
        )
        registered[entry.entry_id] = wanted


@callback
def async_unload_webhook(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> None:
    """Stop serving the link."""
    if website_id := hass.data.get(_REGISTERED, {}).pop(entry.entry_id, None):
        webhook.async_unregister(hass, website_id)


@callback
def public_url(hass: HomeAssistant, website_id: str) -> str | None:
    """Return the public URL of the link; `None` if there is no external URL."""
    with suppress(NoURLAvailableError):
        return get_url(hass, allow_internal=False) + webhook.async_generate_path(website_id)
    return None


async def async_remove_webhook(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> None:
    """Delete the cloudhook that a user may have made of the link."""
    website_id = entry.options.get(CONF_WEBSITE_ID)
    if not website_id or "cloud" not in hass.config.components:
        return
    # Optional: a Home Assistant without the cloud need not import it.
    from homeassistant.components import cloud  # noqa: PLC0415

    # There may be none, and the cloud may be out of reach.
    with suppress(cloud.CloudNotAvailable, ValueError):
        await cloud.async_delete_cloudhook(hass, website_id)


def _agents(entry: BelfabriekConfigEntry) -> Mapping[str, Agent]:
    """Return the agents by subentry ID; nothing in an outage."""
    coordinator: BelfabriekCoordinator | None = getattr(entry, "runtime_data", None)
    return coordinator.agents if coordinator else {}


def _status(agent: Agent) -> str | None:
    if agent.status is None:
        return None
    if agent.status is Status.READY:
        return "ready"
    return "busy" if agent.status in WORKING else "away"


def public_state(entry: BelfabriekConfigEntry) -> dict[str, Any]:
    """Return the public state; names only of the extensions that the user chose."""
    agents = _agents(entry)
    statuses = {key: _status(agent) for key, agent in agents.items()}
    ready_count = count(agents.values(), lambda agent: agent.is_ready) if agents else None
    named = set(entry.options.get(CONF_WEBSITE_EXTENSIONS, ()))
    return {
        "version": 1,
        # One ready extension is enough, even if others are unknown.
        "ready": True if "ready" in statuses.values() else None if ready_count is None else False,
        "ready_count": ready_count,
        "extensions": [
            {"name": clean_name(subentry.title), "status": statuses.get(subentry.subentry_id)}
            for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
            if subentry.subentry_id in named
        ],
    }


def clean_name(name: str) -> str:
    """Return a name without control and formatting characters, of bounded length."""
    cleaned = "".join(c for c in name if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Cn"})
    return cleaned if len(cleaned) <= _MAX_NAME_LENGTH else f"{cleaned[: _MAX_NAME_LENGTH - 1]}…"


@lru_cache(maxsize=64)
def _badge(label: str, status: str | None, language: str) -> str:
    word = BADGE_WORDS.get(language, BADGE_WORDS["en"])[status]
    # Digits and letters are about 7 px wide at this size; what is wider is squeezed.
    left, right = 7 * len(label) + 12, 7 * len(word) + 12
    label, word = escape(label), escape(word)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img">'
        f"<title>{label}: {word}</title>"
        f'<rect width="{left}" height="20" fill="#424242"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_COLORS[status]}"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="6" y="14" textLength="{left - 12}" lengthAdjust="spacingAndGlyphs">{label}'
        f'</text><text x="{left + 6}" y="14" textLength="{right - 12}"'
        f' lengthAdjust="spacingAndGlyphs">{word}</text></g></svg>'
    )


def public_badge(hass: HomeAssistant, entry: BelfabriekConfigEntry, name: str | None = None) -> str:
    """Return the link's answer as an SVG, of the account or of one extension that is ticked."""
    state = public_state(entry)
    label = clean_name(entry.title)
    status = {True: "ready", False: "away", None: None}[state["ready"]]
    if name is not None:
        found = next((each for each in state["extensions"] if each["name"] == name), None)
        # A name that isn't ticked is unknown, and is not repeated.
        label, status = (found["name"], found["status"]) if found else (label, None)
    return _badge(label, status, hass.config.language.split("-")[0])


async def _async_handle(
    entry: BelfabriekConfigEntry, hass: HomeAssistant, webhook_id: str, request: web.Request
) -> web.Response:
    interval = int(entry.runtime_data.interval.total_seconds())
    headers = {
        "Cache-Control": f"public, max-age={interval}",
        # Home Assistant answers with the origin that asked.
        "Vary": "Origin",
    }
    if request.query.get("format") == "svg":
        text = public_badge(hass, entry, request.query.get("name"))
        content_type = "image/svg+xml"
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    else:
        text = json.dumps(public_state(entry), ensure_ascii=False)
        content_type = "application/json"
    headers["ETag"] = etag = f'"{sha256(text.encode()).hexdigest()[:16]}"'
    if etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return web.Response(text=text, content_type=content_type, headers=headers)
