"""The website link: a webhook that tells a website who can be called now."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
import secrets
from typing import Final
from xml.sax.saxutils import escape

from aiohttp import hdrs, web
from homeassistant.components import webhook
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import (
    CONF_WEBSITE,
    CONF_WEBSITE_EXTENSIONS,
    CONF_WEBSITE_HOURS,
    CONF_WEBSITE_ID,
    CONF_WEBSITE_LABEL,
    CONF_WEBSITE_TEL,
    DOMAIN,
    MIN_SCAN_INTERVAL,
    SUBENTRY_TYPE_EXTENSION,
)
from .coordinator import BelfabriekConfigEntry, BelfabriekCoordinator
from .website_content import WORDS, Content, Hours, clean_name, public_content

_METHODS: Final = ("GET", "HEAD")
_SCRIPT: Final = Path(__file__).parent / "www" / "website.js"
_SCRIPT_MAX_AGE: Final = 3600
_MAX_AGE: Final = int(MIN_SCAN_INTERVAL.total_seconds())
"""Seconds for which a proxy may cache an answer; no widget reads it more often."""
_REGISTERED: HassKey[dict[str, str]] = HassKey(f"{DOMAIN}_website_links")
"""The webhook ID that is served, by entry ID."""
_SCRIPT_TEXT: HassKey[str] = HassKey(f"{DOMAIN}_website_script")


async def async_load_script(hass: HomeAssistant) -> None:
    """Load the script that the links serve; an empty one if it was not built."""

    def read() -> str:
        with suppress(FileNotFoundError):
            return _SCRIPT.read_text("utf-8")
        return ""

    hass.data[_SCRIPT_TEXT] = await hass.async_add_executor_job(read)


def create_website_id() -> str:
    """Return a new random webhook ID."""
    return secrets.token_hex(32)


@callback
def async_setup_website(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> None:
    """Serve the link according to the current options.

    Call this when the entry is loaded, and again when its options change.
    """
    registered = hass.data.setdefault(_REGISTERED, {})
    wanted = entry.options.get(CONF_WEBSITE_ID) if entry.options.get(CONF_WEBSITE) else None
    async_unload_website(hass, entry)
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
def async_unload_website(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> None:
    """Stop serving the link."""
    if website_id := hass.data.get(_REGISTERED, {}).pop(entry.entry_id, None):
        webhook.async_unregister(hass, website_id)


async def async_remove_website(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> None:
    """Delete the cloudhook that a user may have made of the link."""
    website_id = entry.options.get(CONF_WEBSITE_ID)
    if not website_id or "cloud" not in hass.config.components:
        return
    # Imported here, because the cloud integration is optional.
    from homeassistant.components import cloud  # noqa: PLC0415

    # There may be no cloudhook, and the cloud may be unreachable.
    with suppress(cloud.CloudNotAvailable, ValueError):
        await cloud.async_delete_cloudhook(hass, website_id)


@callback
def public_url(hass: HomeAssistant, website_id: str) -> str | None:
    """Return the public URL of the link; `None` if there is no external URL."""
    with suppress(NoURLAvailableError):
        return get_url(hass, allow_internal=False) + webhook.async_generate_path(website_id)
    return None


def html_line(url: str, label: str) -> str:
    """Return the line of HTML that shows the status on a page: without scripts, as a badge."""
    alt = escape(clean_name(label), {'"': "&quot;"})
    # A block element, because WordPress themes place inline elements outside of the column.
    return (
        f'<div><script src="{url}?format=js" async></script><belfabriek-status>'
        f'<img src="{url}?format=svg" alt="{alt}" height="20"></belfabriek-status></div>'
    )


@callback
def website_label(entry: BelfabriekConfigEntry) -> str:
    """Return the label of the badge."""
    label: str = entry.options.get(CONF_WEBSITE_LABEL) or entry.title
    return label


async def async_badge(
    hass: HomeAssistant, entry: BelfabriekConfigEntry, name: str | None = None
) -> str:
    """Return the badge of the account, or of one of the extensions that are shown, as an SVG."""
    return _content(hass, entry).as_svg(await _async_words(hass), name)


def _content(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> Content:
    coordinator: BelfabriekCoordinator | None = getattr(entry, "runtime_data", None)
    shown = set(entry.options.get(CONF_WEBSITE_EXTENSIONS, ()))
    people = {
        subentry.subentry_id: subentry.title
        for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
        if subentry.subentry_id in shown
    }
    agents = coordinator.agents if coordinator else {}
    tel = entry.options.get(CONF_WEBSITE_TEL)
    return public_content(website_label(entry), agents, people, _hours(hass, entry), tel)


def _hours(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> Hours | None:
    stored: str | None = entry.options.get(CONF_WEBSITE_HOURS)
    if not stored:
        return None
    entity_id = er.async_resolve_entity_id(er.async_get(hass), stored)
    state = hass.states.get(entity_id) if entity_id else None
    if state is None or state.state not in {STATE_ON, STATE_OFF}:
        return Hours(None)
    if state.state == STATE_ON:
        return Hours(is_open=True)
    return Hours(is_open=False, opens_at=_opens_at(state))


def _opens_at(state: State) -> datetime | None:
    """Return when a closed schedule or calendar opens next."""
    found = state.attributes.get("next_event") or state.attributes.get("start_time")
    # A calendar gives a local time without a time zone, as text.
    start = dt_util.parse_datetime(found) if isinstance(found, str) else found
    return start and dt_util.as_local(start)


async def _async_words(hass: HomeAssistant) -> Mapping[str, str]:
    texts = await async_get_translations(hass, hass.config.language, "common", [DOMAIN])
    return {word: texts[f"component.{DOMAIN}.common.website_{word}"] for word in WORDS}


async def _async_handle(
    entry: BelfabriekConfigEntry, hass: HomeAssistant, webhook_id: str, request: web.Request
) -> web.Response:
    name = request.query.get("name")
    max_age = _MAX_AGE
    headers: dict[str, str] = {}
    match request.query.get("format"):
        case "js":
            text = hass.data[_SCRIPT_TEXT]
            content_type = "text/javascript"
            max_age = _SCRIPT_MAX_AGE
        case "svg":
            text = await async_badge(hass, entry, name)
            content_type = "image/svg+xml"
            headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
        case "shields":
            text = _content(hass, entry).as_shields(await _async_words(hass), name)
            content_type = "application/json"
        case _:
            interval = int(entry.runtime_data.interval.total_seconds())
            text = _content(hass, entry).as_json(interval)
            content_type = "application/json"
    etag = f'"{sha256(text.encode()).hexdigest()[:16]}"'
    headers |= {
        hdrs.CACHE_CONTROL: f"public, max-age={max_age}",
        hdrs.ETAG: etag,
        # Home Assistant answers with the origin of the request.
        hdrs.VARY: "Origin",
    }
    if etag in request.headers.get(hdrs.IF_NONE_MATCH, ""):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    response = web.Response(text=text, content_type=content_type, headers=headers)
    if content_type == "text/javascript":
        response.enable_compression()
    return response
