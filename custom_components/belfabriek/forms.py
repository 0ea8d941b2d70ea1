"""The fields of the forms, how input is read, and where errors are shown."""

from collections.abc import Mapping, Sequence
import csv
from dataclasses import dataclass, field
import re
from typing import Any, Final, NamedTuple

from homeassistant.const import CONF_NAME, CONF_URL
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
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
from .validation import Validation

_MAX_EXTENSIONS: Final = 500
_MAX_NAME: Final = 100
_MAX_PIN: Final = 64
_MAX_TEXT: Final = 1000
"""Maximum number of characters read of a line or field, so that no text takes long."""
_MAX_NAMED: Final = 10
"""Maximum number of lines that an error names."""
_MAX_QUOTED: Final = 40
"""Maximum number of characters of the input that an error quotes."""
_JOINERS: Final = "\u200c\u200d"
"""Invisible, but emoji and the letters of some scripts look different without them."""
_EXTENSION_ID: Final = re.compile(r"(?=\D*\d)[0-9A-Za-z+*#@._/-]{1,64}", re.ASCII)
_ACCOUNT_PART_ID: Final = re.compile(r"[0-9A-Za-z._/-]{1,64}", re.ASCII)
"""Without an at sign: a password manager may fill in an e-mail address."""
_SEPARATOR: Final = re.compile(r'\s*(?:"[^"]*"|[^\s,;]*)\s*([,;])')
"""The separator of the columns, if the ID is directly followed by one."""
_NEXT_ID: Final = re.compile(r"[,;\t]\s*([0-9]{3,})(?=[\s,;]|$)")
_LAST_ID: Final = re.compile(r"[^0-9].*[\s,;]\(?[0-9]{3,}\)?")

_TEXT: Final = TextSelector(TextSelectorConfig(autocomplete="off"))
_CALL_STATE_FIELDS: Final = (CONF_SUPERVISOR_ID, CONF_MANAGER_ID, CONF_ACCOUNT_ID)
_CALL_STATE: Final = probatio.Schema({probatio.Optional(key): _TEXT for key in _CALL_STATE_FIELDS})
_CONNECTION: Final = probatio.Schema(
    {
        probatio.Optional(CONF_URL, default=DEFAULT_URL): TextSelector(
            TextSelectorConfig(type=TextSelectorType.URL)
        ),
        probatio.Required(CONF_ALLOW_UNENCRYPTED, default=False): BooleanSelector(),
    }
)
_PIN: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="new-password")
)
LINES_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_EXTENSIONS): TextSelector(
            TextSelectorConfig(multiline=True, autocomplete="off")
        )
    }
)
EXTENSION_SCHEMA: Final = probatio.Schema(
    {probatio.Required(CONF_EXTENSION_ID): _TEXT, probatio.Optional(CONF_NAME): _TEXT}
)


class Line(NamedTuple):
    """One line of the list of extensions."""

    number: int
    name: str
    """Empty if the line has no name."""


@dataclass(slots=True)
class FormErrors:
    """Errors in the input of a form."""

    by_field: dict[str, str] = field(default_factory=dict)
    """Translation keys by field or section: the frontend shows no errors of fields in sections."""
    placeholders: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether there is an error."""
        return bool(self.by_field)

    def add(self, name: str, error: str, **placeholders: str) -> None:
        """Add an error to a field, unless the field has one already."""
        if name not in self.by_field:
            self.by_field[name] = error
            self.placeholders |= placeholders

    def add_lines(self, error: str, lines: Sequence[str], name: str = CONF_EXTENSIONS) -> None:
        """Add an error that names the first lines, if there are any.

        If the list of extensions has an error already, the second one is shown above the form.
        """
        if lines:
            named = "; ".join(lines[:_MAX_NAMED])
            more = f" … +{len(lines) - _MAX_NAMED}" if len(lines) > _MAX_NAMED else ""
            self.add("base" if name in self.by_field else name, error, **{error: named + more})

    def shown_in(self, schema: probatio.Schema) -> dict[str, str]:
        """Return the errors of the form of an account for the frontend.

        The dialog keeps its scroll position. A section may be below the visible part, so its error
        is repeated above the form. The first fields of the long form may be above the visible part,
        so the open sections refer to them.
        """
        shown = dict(self.by_field)
        is_long = CONF_EXTENSIONS in schema.schema
        for each in (CONF_CALL_STATE, CONF_CONNECTION):
            if each in shown and (is_long or each == CONF_CONNECTION):
                shown.setdefault("base", shown[each])
        for each in (CONF_CALL_STATE, CONF_CONNECTION):
            if shown and is_long and not schema.schema[each].options["collapsed"]:
                shown.setdefault(each, "see_above")
        return shown


def number_box(unit: str) -> NumberSelector:
    """Return a field for a whole number, without limits.

    Home Assistant's own message about a number out of range is in English.
    """
    return NumberSelector(
        NumberSelectorConfig(step=1, mode=NumberSelectorMode.BOX, unit_of_measurement=unit)
    )


def account_schema(
    typed: Mapping[str, Any], errors: FormErrors, *, stored: Mapping[str, Any] | None
) -> probatio.Schema:
    """Return the fields of a new account, or of a `stored` one, which keeps its PIN.

    The section of the connection is open if it has an error or a change.
    """
    connection = typed.get(CONF_CONNECTION)
    collapsed = CONF_CONNECTION not in errors.by_field and (
        connection is None or _CONNECTION(connection) == _connection_of(stored or {})
    )
    required = probatio.Optional if stored else probatio.Required
    return probatio.Schema(
        {
            required(CONF_ACCOUNT_PIN): _PIN,
            **({} if stored else LINES_SCHEMA.schema),
            probatio.Optional(CONF_CALL_STATE): section(_CALL_STATE, {"collapsed": False}),
            probatio.Optional(CONF_CONNECTION): section(_CONNECTION, {"collapsed": collapsed}),
        }
    )


def account_suggestions(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored data as the suggested values of a form, without the PIN."""
    return {
        CONF_CALL_STATE: {key: data[key] for key in _CALL_STATE_FIELDS if key in data},
        CONF_CONNECTION: _connection_of(data),
    }


def _connection_of(data: Mapping[str, Any]) -> dict[str, Any]:
    connection = {key: data[key] for key in (CONF_URL, CONF_ALLOW_UNENCRYPTED) if key in data}
    result: dict[str, Any] = _CONNECTION(connection)
    return result


def read_account(
    user_input: Mapping[str, Any], errors: FormErrors, stored: Mapping[str, Any]
) -> dict[str, str | bool]:
    """Return the data of the entry for the input of a form.

    An empty PIN or a missing section keeps the `stored` data. An empty ID in a section removes the
    ID.
    """
    data: dict[str, str | bool] = dict(stored)
    if pin := clean(user_input.get(CONF_ACCOUNT_PIN, "")):
        data[CONF_ACCOUNT_PIN] = pin
        if len(pin) > _MAX_PIN:
            errors.add(CONF_ACCOUNT_PIN, "long_account_pin", maximum=str(_MAX_PIN))
    elif CONF_ACCOUNT_PIN not in data:
        errors.add(CONF_ACCOUNT_PIN, "empty_account_pin")
    if (call_state := user_input.get(CONF_CALL_STATE)) is not None:
        _read_call_state(call_state, data, errors)
    if CONF_CONNECTION in user_input or CONF_URL not in data:
        _read_connection(user_input.get(CONF_CONNECTION, {}), data, errors)
    return data


def _read_call_state(
    typed: Mapping[str, Any], data: dict[str, str | bool], errors: FormErrors
) -> None:
    for key in _CALL_STATE_FIELDS:
        data.pop(key, None)
        if text := clean(typed.get(key, "")):
            data[key] = text
            if not _ACCOUNT_PART_ID.fullmatch(text):
                errors.add(CONF_CALL_STATE, "malformed_call_state_ids", text=text[:_MAX_QUOTED])
    if (CONF_SUPERVISOR_ID in data) != (CONF_MANAGER_ID in data):
        errors.add(CONF_CALL_STATE, "incomplete_call_state")


def _read_connection(
    typed: Mapping[str, Any], data: dict[str, str | bool], errors: FormErrors
) -> None:
    connection = _CONNECTION(typed)
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


def read_extensions(
    text: str, errors: FormErrors, known: Mapping[str, str] | None = None
) -> dict[str, Line]:
    """Return the lines by extension ID, in their order.

    Blank and repeated lines are ignored. At least one extension must be new; `known` are the names
    of the extensions of the account by ID.
    """
    known = known or {}
    raw = {
        number: each[:_MAX_TEXT] for number, each in enumerate(text.splitlines(), 1) if clean(each)
    }
    lines: dict[str, Line] = {}
    wrong: dict[str, list[str]] = {}
    repeated: dict[str, list[int]] = {}
    for number, each in raw.items():
        columns = _split_line(each)
        extension_id, name, *_ = *columns, ""
        if error := _line_error(each, columns):
            wrong.setdefault(error, []).append(f"{number}: {clean(each)[:_MAX_QUOTED]}")
            continue
        first = lines.setdefault(extension_id, Line(number, name))
        if first.name != name:
            repeated.setdefault(extension_id, [first.number]).append(number)
        elif name not in {known.get(extension_id, name), ""}:
            wrong.setdefault("known_extensions", []).append(
                f"{number}: {extension_id} {known[extension_id]}"
            )
    for error, named in wrong.items():
        is_heading = error == "malformed_lines" and len(named) == 1 and _is_heading(raw, named[0])
        errors.add_lines("heading_line" if is_heading else error, named)
    errors.add_lines(
        "repeated_extensions",
        [f"{each} ({', '.join(map(str, numbers))})" for each, numbers in repeated.items()],
    )
    if not lines.keys() - known.keys():
        errors.add(CONF_EXTENSIONS, "no_new_extensions" if lines else "no_extensions")
    elif len(lines.keys() | known.keys()) > _MAX_EXTENSIONS:
        errors.add(CONF_EXTENSIONS, "too_many_extensions", maximum=str(_MAX_EXTENSIONS))
    return lines


def _is_heading(raw: Mapping[int, str], named: str) -> bool:
    """Return whether a line is a heading: the first of several lines, without a digit."""
    first = next(iter(raw))
    return len(raw) > 1 and named.startswith(f"{first}: ") and not re.search(r"\d", raw[first])


def _line_error(raw: str, columns: Sequence[str]) -> str | None:
    """Return the translation key of the error of a line, if any."""
    extension_id, name, *others = *columns, ""
    if not _EXTENSION_ID.fullmatch(extension_id):
        return "name_first" if _LAST_ID.fullmatch(clean(raw)) else "malformed_lines"
    if len(name) > _MAX_NAME:
        return "long_names"
    # The line may be a whole list. A number of another length belongs to the name.
    if any(len(each) == len(extension_id) for each in _NEXT_ID.findall(raw)):
        return "crowded_lines"
    return "third_column" if any(others) else None


def _split_line(raw: str) -> list[str]:
    """Return the columns of a line.

    The separator is the semicolon or comma behind the ID, else a tab, else the first space.
    """
    line = "".join(each for each in raw if _is_visible(each) or each.isspace()).strip()
    separator = _SEPARATOR.match(line)
    delimiter = separator[1] if separator else "\t"
    columns = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
    if len(columns) < 2 or " " in columns[0].strip():  # noqa: PLR2004 - the ID and the name
        columns[:1] = columns[0].split(None, 1)
    return [clean(columns[0]) if columns else "", *(clean(each, _JOINERS) for each in columns[1:])]


def add_account_failure(errors: FormErrors, validation: Validation) -> None:
    """Add the reason why no extension works. The text of a refusal is not interpreted."""
    if rejection := validation.of_account:
        name, error = CONF_CONNECTION, str(rejection.failure.kind)
        if rejection.is_refusal and rejection.in_call_state:
            name, error = CONF_CALL_STATE, "invalid_call_state_ids"
        elif rejection.is_refusal:
            name, error = CONF_ACCOUNT_PIN, "invalid_auth"
        errors.add(name, error, message=rejection.failure.quote or "-")


def add_line_failures(
    errors: FormErrors, validation: Validation, lines: Mapping[str, Line]
) -> None:
    """Add the extensions that do not work, with their lines."""
    failures: dict[str, list[str]] = {
        "missing_zeros": [],
        "extensions_refused": [],
        "extensions_unanswered": [],
    }
    for extension_id, rejection in validation.rejections.items():
        line = lines[extension_id]
        label = f"{line.number}: {extension_id} {line.name}".rstrip()
        quote = f" ({rejection.failure.quote})" if rejection.failure.quote else ""
        if rejection.longer_id:
            failures["missing_zeros"].append(f"{label} → {rejection.longer_id}")
        elif rejection.is_refusal:
            failures["extensions_refused"].append(label + quote)
        else:
            failures["extensions_unanswered"].append(label)
    for error, named in failures.items():
        errors.add_lines(error, named)


def read_extension(user_input: Mapping[str, Any], errors: FormErrors) -> tuple[str, str]:
    """Return the extension ID and the name from the form of one extension."""
    extension_id = clean(user_input[CONF_EXTENSION_ID])
    name = clean(user_input.get(CONF_NAME, ""), _JOINERS) or extension_id
    if not _EXTENSION_ID.fullmatch(extension_id):
        errors.add(CONF_EXTENSION_ID, "malformed_extension_id")
    elif len(name) > _MAX_NAME:
        errors.add(CONF_NAME, "long_name", maximum=str(_MAX_NAME))
    return extension_id, name


def clean(text: str, keep: str = "") -> str:
    """Return a text with single spaces between its words, and without invisible characters.

    Text that is copied from a web page may contain them. The characters in `keep` stay.
    """
    words = " ".join(text[:_MAX_TEXT].split())
    return " ".join("".join(each for each in words if each.isprintable() or each in keep).split())


def _is_visible(character: str) -> bool:
    return character.isprintable() or character in _JOINERS
