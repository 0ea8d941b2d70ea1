"""Helpers for the data of a config entry."""

from collections.abc import Collection, Mapping

import aiohttp
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.util.hass_dict import HassKey
from yarl import URL

from .api import (
    DEFAULT_URL,
    BelfabriekClient,
    CheckedRequest,
    Credentials,
    Pacer,
    ParameterNames,
)
from .api.transport import MAX_HEADER
from .const import (
    CONF_ACCOUNT_ID,
    CONF_ACCOUNT_PIN,
    CONF_EXTENSION_ID,
    CONF_MANAGER_ID,
    CONF_PARAMETER_NAMES,
    CONF_SUPERVISOR_ID,
    DOMAIN,
    SUBENTRY_TYPE_EXTENSION,
)

_PACERS: HassKey[dict[str, Pacer]] = HassKey(f"{DOMAIN}_pacers")
"""Pacers by address. In `hass.data`, so that forms, setup retries and reloads share them."""

type AccountData = Mapping[str, str | bool]
"""The data of a config entry: the fields of step `user` without sections, and the parameter names
that the server accepts."""


def extension_ids(entry: ConfigEntry) -> dict[str, str]:
    """Return the extension IDs of an account by subentry ID."""
    return {
        subentry.subentry_id: str(subentry.data[CONF_EXTENSION_ID])
        for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
    }


def extension_names(entry: ConfigEntry) -> dict[str, str]:
    """Return the names of the extensions of an account by extension ID."""
    return {
        str(subentry.data[CONF_EXTENSION_ID]): subentry.title
        for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
    }


def enabled_extension_ids(hass: HomeAssistant, entry: ConfigEntry) -> dict[str, str]:
    """Return the extension IDs of an account by subentry ID, except those of disabled devices."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    disabled = {
        subentry_id for each in devices if each.disabled for _, subentry_id in each.identifiers
    }
    return {
        subentry_id: each
        for subentry_id, each in extension_ids(entry).items()
        if subentry_id not in disabled
    }


def free_title(titles: Collection[str], name: str = "Belfabriek") -> str:
    """Return a title that is not in use: "Belfabriek", "Belfabriek 2", and so on."""
    title, number = name, 1
    while title in titles:
        number += 1
        title = f"{name} {number}"
    return title


def is_same_account(data: AccountData, other: AccountData) -> bool:
    """Return whether two entries would poll one account: the same PIN at the same address."""
    return _identity(data) == _identity(other)


def _identity(data: AccountData) -> tuple[object, ...]:
    url = URL(_optional(data, CONF_URL) or DEFAULT_URL)
    return (
        data[CONF_ACCOUNT_PIN],
        url.scheme,
        url.host,
        url.port,
        url.path.rstrip("/"),
        url.query_string,
    )


def create_session(hass: HomeAssistant, *, auto_cleanup: bool = True) -> aiohttp.ClientSession:
    """Return a session on Home Assistant's shared connector, without cookies.

    Classic ASP answers the requests of one session cookie one after another, so parallel requests
    would gain nothing; the vendor's samples send no cookies either.
    """
    return async_create_clientsession(
        hass,
        auto_cleanup=auto_cleanup,
        cookie_jar=aiohttp.DummyCookieJar(),
        request_class=CheckedRequest,
        max_field_size=MAX_HEADER,
    )


def create_client(
    hass: HomeAssistant, session: aiohttp.ClientSession, data: AccountData
) -> BelfabriekClient:
    """Return a client for the account that `data` describes."""
    url = _optional(data, CONF_URL) or DEFAULT_URL
    return BelfabriekClient(
        session,
        Credentials(
            account_pin=str(data[CONF_ACCOUNT_PIN]),
            supervisor_id=_optional(data, CONF_SUPERVISOR_ID),
            manager_id=_optional(data, CONF_MANAGER_ID),
            account_id=_optional(data, CONF_ACCOUNT_ID),
        ),
        url=url,
        parameter_names=ParameterNames(
            _optional(data, CONF_PARAMETER_NAMES) or ParameterNames.SAMPLE
        ),
        pacer=hass.data.setdefault(_PACERS, {}).setdefault(url, Pacer()),
    )


def _optional(data: AccountData, key: str) -> str | None:
    """Return a text that may be missing."""
    return str(data[key]) if data.get(key) else None
