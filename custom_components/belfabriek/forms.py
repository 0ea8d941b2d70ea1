"""The forms of the flows: what they ask, and what is made of the answers."""

from collections.abc import Mapping
from typing import Any

from homeassistant.const import CONF_NAME, CONF_SCAN_INTERVAL, CONF_URL
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
    ObjectSelectorField,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from .api import DEFAULT_URL, InvalidUrlError, Status, UnencryptedUrlError, check_url
from .const import (
    CONF_ACCOUNT_ID,
    CONF_ACCOUNT_PIN,
    CONF_ALLOW_UNENCRYPTED,
    CONF_CALL_STATE,
    CONF_CONNECTION,
    CONF_EXTENSION_ID,
    CONF_EXTENSIONS,
    CONF_MANAGER_ID,
    CONF_ON_CALL_STATUSES,
    CONF_SUPERVISOR_ID,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
)

type Errors = dict[str, str]
"""The translation key of what is wrong, by field; a section stands for the fields in it, because
the frontend shows no error inside one."""

_JOINERS = "\u200c\u200d"
"""Not seen themselves, but emoji and the letters of some scripts look otherwise without them."""
_PIN = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)
_CALL_STATE_FIELDS = (CONF_SUPERVISOR_ID, CONF_MANAGER_ID, CONF_ACCOUNT_ID)
_CALL_STATE = probatio.Schema(
    {probatio.Optional(field): TextSelector() for field in _CALL_STATE_FIELDS}
)
_CONNECTION = probatio.Schema(
    {
        probatio.Required(CONF_URL, default=DEFAULT_URL): TextSelector(
            TextSelectorConfig(type=TextSelectorType.URL)
        ),
        probatio.Required(CONF_ALLOW_UNENCRYPTED, default=False): BooleanSelector(),
    }
)

OPTIONS = probatio.Schema(
    {
        probatio.Required(CONF_SCAN_INTERVAL): NumberSelector(
            NumberSelectorConfig(
                min=MIN_SCAN_INTERVAL.total_seconds(),
                max=MAX_SCAN_INTERVAL.total_seconds(),
                step=1,
                mode=NumberSelectorMode.BOX,
                unit_of_measurement="s",
            )
        ),
        probatio.Required(CONF_ON_CALL_STATUSES): SelectSelector(
            SelectSelectorConfig(
                options=list(Status),
                multiple=True,
                # As a drop-down, its label would be the button that adds one more.
                mode=SelectSelectorMode.LIST,
                translation_key=CONF_ON_CALL_STATUSES,
            )
        ),
    }
)
EXTENSION = probatio.Schema(
    {
        probatio.Required(CONF_EXTENSION_ID): TextSelector(),
        probatio.Required(CONF_NAME): TextSelector(),
    }
)
EXTENSION_NAME = probatio.Schema({probatio.Required(CONF_NAME): TextSelector()})
EXTENSIONS = probatio.Schema(
    {
        probatio.Required(CONF_EXTENSIONS): ObjectSelector(
            ObjectSelectorConfig(
                multiple=True,
                label_field=CONF_NAME,
                description_field=CONF_EXTENSION_ID,
                translation_key=CONF_EXTENSIONS,
                fields={
                    field: ObjectSelectorField(required=True, selector=TextSelector())
                    for field in (CONF_EXTENSION_ID, CONF_NAME)
                },
            )
        )
    }
)


def account_schema(
    *, pin_required: bool = True, connection: bool = True, errors: Errors | None = None
) -> probatio.Schema:
    """Return the fields of an account; a section in which something is wrong is open."""
    pin = probatio.Required if pin_required else probatio.Optional
    fields: dict[probatio.Marker, object] = {
        pin(CONF_ACCOUNT_PIN): _PIN,
        probatio.Optional(CONF_CALL_STATE): section(_CALL_STATE, {"collapsed": False}),
    }
    if connection:
        fields[probatio.Optional(CONF_CONNECTION)] = section(
            _CONNECTION, {"collapsed": CONF_CONNECTION not in (errors or {})}
        )
    return probatio.Schema(fields)


def account_suggestions(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored as the fields of a form suggest it, without the PIN."""
    return {
        CONF_CALL_STATE: {key: data[key] for key in _CALL_STATE_FIELDS if key in data},
        CONF_CONNECTION: {
            key: data[key] for key in (CONF_URL, CONF_ALLOW_UNENCRYPTED) if key in data
        },
    }


def read_account(
    user_input: Mapping[str, Any], stored: Mapping[str, Any] | None = None
) -> tuple[dict[str, str | bool], Errors]:
    """Return the data of an entry that a filled-in form stands for, and what is wrong with it.

    `stored` is the data so far: an empty PIN keeps the PIN, a section that is not there keeps what
    it would ask for. An empty ID in a section that is there is no ID.
    """
    data: dict[str, str | bool] = dict(stored or {})
    errors: Errors = {}

    if pin := _text(user_input, CONF_ACCOUNT_PIN):
        data[CONF_ACCOUNT_PIN] = pin
    elif CONF_ACCOUNT_PIN not in data:
        errors[CONF_ACCOUNT_PIN] = "empty_account_pin"

    if (call_state := user_input.get(CONF_CALL_STATE)) is not None:
        for key in _CALL_STATE_FIELDS:
            data.pop(key, None)
            if text := _text(call_state, key):
                data[key] = text
    if (CONF_SUPERVISOR_ID in data) != (CONF_MANAGER_ID in data):
        errors[CONF_CALL_STATE] = "incomplete_call_state"

    if CONF_CONNECTION in user_input or CONF_URL not in data:
        connection = _CONNECTION(user_input.get(CONF_CONNECTION, {}))
        data[CONF_ALLOW_UNENCRYPTED] = connection[CONF_ALLOW_UNENCRYPTED]
        try:
            data[CONF_URL] = check_url(
                connection[CONF_URL], allow_unencrypted=connection[CONF_ALLOW_UNENCRYPTED]
            )
        except UnencryptedUrlError:
            errors[CONF_CONNECTION] = "unencrypted_url"
        except InvalidUrlError:
            errors[CONF_CONNECTION] = "invalid_url"
    return data, errors


def read_extensions(user_input: Mapping[str, Any]) -> tuple[dict[str, str], str | None]:
    """Return the names by extension ID, in the order of the rows, and what is wrong with them."""
    rows = user_input[CONF_EXTENSIONS]
    names: dict[str, str] = {}
    for row in rows if isinstance(rows, list) else [rows]:
        extension_id, name = read_extension(row)
        if not extension_id:
            return names, "empty_extension_id"
        if not name:
            return names, "empty_name"
        if extension_id in names:
            return names, "duplicate_extension"
        names[extension_id] = name
    return names, None if names else "no_extensions"


def read_extension(user_input: Mapping[str, Any]) -> tuple[str, str]:
    """Return the extension ID and the name of a row, without the spaces around them."""
    return _text(user_input, CONF_EXTENSION_ID), _text(user_input, CONF_NAME, keep=_JOINERS)


def _text(user_input: Mapping[str, Any], key: str, *, keep: str = "") -> str:
    """Return what was typed, with nothing but single spaces between the words.

    Characters that cannot be seen come along when a text is copied from a web page or a letter.
    They are never meant, but for those in `keep`.
    """
    words = str(user_input.get(key, "")).split()
    return "".join(each for each in " ".join(words) if each.isprintable() or each in keep).strip()
