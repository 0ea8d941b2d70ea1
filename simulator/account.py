"""Who may ask: the account that the simulator plays, and the file that describes another one."""

from collections.abc import Mapping
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Final

DEFAULT_EXTENSIONS: Final[Mapping[str, str]] = {
    "01001": "Reception",
    "01002": "Sales",
    "01003": "Support",
    "01004": "Workshop",
    "01005": "Night desk",
}
"""The names of the default account's extensions, by extension ID (a string: zeros lead)."""

CONFIG_FORMAT: Final = """\
{
  "pin": "12345",
  "account_id": "67890",
  "supervisor_id": "1",
  "manager_id": "2",
  "extensions": {"01001": "Reception", "01002": "Sales"}
}"""
"""What a configuration file looks like; all but `pin` and `extensions` may be left out."""


class ConfigError(ValueError):
    """A configuration, from a file or from the control API, is not what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The credentials that the simulator accepts.

    `pin` is the document's "Customer account PIN" (first call), `account_id` its "account Id"
    (second call), `supervisor_id` and `manager_id` its "supervisor Id" and "Manager Id". An empty
    `account_id` makes the second call accept the PIN instead.
    """

    pin: str = "12345"
    account_id: str = "67890"
    supervisor_id: str = "1"
    manager_id: str = "2"

    @property
    def second_call_code(self) -> str:
        """What the second call must send as the account: its ID, or the PIN where it has none."""
        return self.account_id or self.pin


def load_config(path: Path) -> tuple[Account, dict[str, str]]:
    """Read an account and its extensions' names by ID from a JSON file like `CONFIG_FORMAT`.

    Raises `ConfigError` with a text for a person, and `OSError` if the file cannot be read.
    """
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as err:
        message = f"not JSON: {err}"
        raise ConfigError(message) from err
    if not isinstance(content, dict):
        message = "not a JSON object"
        raise ConfigError(message)
    extensions = content.pop("extensions", None)
    if not isinstance(extensions, dict) or not extensions:
        message = '"extensions" must be an object of names by extension ID, with at least one'
        raise ConfigError(message)
    if "pin" not in content:
        message = '"pin" is missing'
        raise ConfigError(message)
    blank = Account(pin="", account_id="", supervisor_id="", manager_id="")
    return changed_account(blank, content), strings(extensions)


def changed_account(account: Account, changes: Mapping[str, object]) -> Account:
    """Return `account` with some fields replaced; `ConfigError` for one that cannot be."""
    known = ("pin", "account_id", "supervisor_id", "manager_id")
    if unknown := sorted(set(changes) - set(known)):
        message = f"unknown field: {', '.join(unknown)} (known: {', '.join(known)})"
        raise ConfigError(message)
    values = {name: getattr(account, name) for name in known} | strings(changes)
    return Account(**values)


def strings(values: Mapping[str, object]) -> dict[str, str]:
    """Return `values` if all are strings; `ConfigError` that names the first that is not."""
    checked: dict[str, str] = {}
    for name, value in values.items():
        if not isinstance(value, str):
            message = f'"{name}" must be a string (in quotes: leading zeros count)'
            raise ConfigError(message)
        checked[name] = value
    return checked
