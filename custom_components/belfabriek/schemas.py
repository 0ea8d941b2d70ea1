"""What the forms ask, and how their input is read."""

from collections.abc import Iterable, Mapping
import re
from typing import Any, NamedTuple

from homeassistant.const import CONF_NAME, CONF_URL
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from .api import DEFAULT_URL, InvalidUrlError, UnencryptedUrlError, check_url
from .const import (
    CONF_ACCOUNT_ID,
    CONF_ACCOUNT_PIN,
    CONF_ALLOW_UNENCRYPTED,
    CONF_CALL_STATE,
    CONF_CONNECTION,
    CONF_EXTENSION_ID,
    CONF_EXTENSIONS,
    CONF_MANAGER_ID,
    CONF_SUPERVISOR_ID,
)
from .form_errors import FormErrors

MAX_EXTENSIONS = 500
"""More would be a mistake: the vendor's customers have tens at most."""
_JOINERS = "\u200c\u200d"
"""Invisible, but emoji and the letters of some scripts look different without them."""
_EXTENSION_ID = re.compile(r"(?=\D*\d)[0-9A-Za-z+*#@._/-]+", re.ASCII)
"""A line that begins with a word without a digit is a heading, or has no ID."""
_ACCOUNT_PART_ID = re.compile(r"[0-9A-Za-z._/-]+", re.ASCII)
"""No at sign: a password manager may fill in an e-mail address."""
_LINE = re.compile(r'"(?P<quoted>[^"]*)"(?P<after>.*)|(?P<plain>[^\s,;]*)(?P<rest>.*)')
_SEPARATORS = " ,;"

_PIN = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password"))
_TEXT = TextSelector(TextSelectorConfig(autocomplete="off"))
_LINES = TextSelector(TextSelectorConfig(multiline=True, autocomplete="off"))
_CALL_STATE_FIELDS = (CONF_SUPERVISOR_ID, CONF_MANAGER_ID, CONF_ACCOUNT_ID)
_CALL_STATE = probatio.Schema({probatio.Optional(key): _TEXT for key in _CALL_STATE_FIELDS})
_CONNECTION = probatio.Schema(
    {
        probatio.Optional(CONF_URL, default=DEFAULT_URL): TextSelector(
            TextSelectorConfig(type=TextSelectorType.URL)
        ),
        probatio.Required(CONF_ALLOW_UNENCRYPTED, default=False): BooleanSelector(),
    }
)
EXTENSION_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_EXTENSION_ID): _TEXT,
        probatio.Optional(CONF_NAME): _TEXT,
    }
)


_LISTED_ID = re.compile(r"[,;]\s*([0-9]{3,})\b")


class Line(NamedTuple):
    """One line of the list of extensions."""

    number: int
    name: str
    """Empty if the line has no name."""


def account_schema(
    *, new: bool, connection: bool = True, extensions: bool = True, errors: FormErrors
) -> probatio.Schema:
    """Return the fields of an account; of a form with errors, only the sections with one are open.

    The dialog keeps its scroll position: the shorter the form, the surer is the error in view.
    Only a new account must have a PIN and extensions: a stored one keeps what it has.
    """
    required = probatio.Required if new else probatio.Optional
    fields: dict[probatio.Marker, object] = {
        (required if extensions else probatio.Required)(CONF_ACCOUNT_PIN): _PIN
    }
    if extensions:
        fields[required(CONF_EXTENSIONS)] = _LINES
    fields[probatio.Optional(CONF_CALL_STATE)] = section(
        _CALL_STATE, {"collapsed": bool(errors) and CONF_CALL_STATE not in errors.by_field}
    )
    if connection:
        fields[probatio.Optional(CONF_CONNECTION)] = section(
            _CONNECTION, {"collapsed": CONF_CONNECTION not in errors.by_field}
        )
    return probatio.Schema(fields)


def account_suggestions(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored data as the suggested values of a form, without the PIN."""
    return {
        CONF_CALL_STATE: {key: data[key] for key in _CALL_STATE_FIELDS if key in data},
        CONF_CONNECTION: {
            key: data[key] for key in (CONF_URL, CONF_ALLOW_UNENCRYPTED) if key in data
        },
    }


def extensions_suggestion(names: Iterable[tuple[str, str]]) -> str:
    """Return extension IDs and names as the lines that `read_extensions` reads."""
    return "\n".join(
        extension_id if name == extension_id else f"{extension_id} {name}"
        for extension_id, name in names
    )


def read_account(
    user_input: Mapping[str, Any], errors: FormErrors, stored: Mapping[str, Any] | None = None
) -> dict[str, str | bool]:
    """Return the data of the entry for the input of a form.

    An empty PIN and a section that is missing keep what is `stored`. An empty ID in a section
    that is there removes the ID.
    """
    data: dict[str, str | bool] = dict(stored or {})

    if pin := clean(user_input.get(CONF_ACCOUNT_PIN)):
        data[CONF_ACCOUNT_PIN] = pin
    elif CONF_ACCOUNT_PIN not in data:
        errors.add(CONF_ACCOUNT_PIN, "empty_account_pin")

    _read_call_state(user_input, data, errors)
    _read_connection(user_input, data, errors)
    return data


def read_extensions(text: str, errors: FormErrors) -> dict[str, Line]:
    """Return the lines by extension ID, in their order.

    Blank lines are ignored, and so is a line that repeats another one.
    """
    lines: dict[str, Line] = {}
    malformed: list[str] = []
    crowded: list[str] = []
    repeated: dict[str, list[int]] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = clean(raw, keep=_JOINERS)
        extension_id, name = _split_line(line)
        if not extension_id and not name:
            continue
        quoted = f"{number} (“{line[:40]}”)"
        if not is_extension_id(extension_id):
            malformed.append(quoted)
            continue
        # A list that was pasted into one line; a number of another length belongs to the name.
        if any(len(each) == len(extension_id) for each in _LISTED_ID.findall(name)):
            crowded.append(quoted)
            continue
        first = lines.setdefault(extension_id, Line(number, name))
        if first.name != name:
            repeated.setdefault(extension_id, [first.number]).append(number)
    if malformed:
        errors.add_list(CONF_EXTENSIONS, "malformed_lines", malformed)
    elif crowded:
        errors.add_list(CONF_EXTENSIONS, "crowded_lines", crowded)
    if repeated:
        errors.add_list(
            CONF_EXTENSIONS,
            "repeated_extensions",
            [
                f"{extension_id} ({', '.join(map(str, numbers))})"
                for extension_id, numbers in repeated.items()
            ],
        )
    if len(lines) > MAX_EXTENSIONS:
        errors.add(
            CONF_EXTENSIONS,
            "too_many_extensions",
            count=str(len(lines)),
            maximum=str(MAX_EXTENSIONS),
        )
    return lines


def read_extension(user_input: Mapping[str, Any]) -> tuple[str, str]:
    """Return the extension ID and the name of the form for one extension."""
    extension_id = clean(user_input.get(CONF_EXTENSION_ID))
    return extension_id, clean(user_input.get(CONF_NAME), keep=_JOINERS) or extension_id


def is_extension_id(text: str) -> bool:
    """Return whether the text can be an extension ID."""
    return _EXTENSION_ID.fullmatch(text) is not None


def clean(text: object, *, keep: str = "") -> str:
    """Return a text with single spaces between its words, and without invisible characters.

    They come along when a text is copied from a web page or a letter, and are never meant, except
    those in `keep`.
    """
    words = " ".join(str(text or "").split())
    return " ".join("".join(each for each in words if each.isprintable() or each in keep).split())


def _read_call_state(
    user_input: Mapping[str, Any], data: dict[str, str | bool], errors: FormErrors
) -> None:
    if (call_state := user_input.get(CONF_CALL_STATE)) is not None:
        for key in _CALL_STATE_FIELDS:
            data.pop(key, None)
            if text := clean(call_state.get(key)):
                data[key] = text
                if not _ACCOUNT_PART_ID.fullmatch(text):
                    errors.add(CONF_CALL_STATE, "malformed_call_state_ids", text=text)
    if (CONF_SUPERVISOR_ID in data) != (CONF_MANAGER_ID in data):
        errors.add(CONF_CALL_STATE, "incomplete_call_state")


def _read_connection(
    user_input: Mapping[str, Any], data: dict[str, str | bool], errors: FormErrors
) -> None:
    if CONF_CONNECTION not in user_input and CONF_URL in data:
        return
    connection = _CONNECTION(user_input.get(CONF_CONNECTION, {}))
    data[CONF_ALLOW_UNENCRYPTED] = connection[CONF_ALLOW_UNENCRYPTED]
    try:
        data[CONF_URL] = check_url(
            clean(connection[CONF_URL]) or DEFAULT_URL,
            allow_unencrypted=connection[CONF_ALLOW_UNENCRYPTED],
        )
    except UnencryptedUrlError:
        errors.add(CONF_CONNECTION, "unencrypted_url")
    except InvalidUrlError:
        errors.add(CONF_CONNECTION, "invalid_url")


def _split_line(line: str) -> tuple[str, str]:
    """Return the extension ID and the name of a line: only the first separator counts."""
    match = _LINE.match(line)
    assert match is not None  # noqa: S101 # an unquoted line always matches
    if match["quoted"] is not None and not match["after"].strip(_SEPARATORS):
        return _split_line(match["quoted"])
    extension_id = match["plain"] if match["quoted"] is None else match["quoted"]
    rest = match["rest"] if match["quoted"] is None else match["after"]
    name = rest.strip(_SEPARATORS)
    if len(name) > 1 and name[0] == name[-1] == '"' and '"' not in name[1:-1].replace('""', ""):
        name = name[1:-1].replace('""', '"').strip()
    return clean(extension_id), name
