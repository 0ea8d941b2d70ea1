"""The account that the simulator plays, and the file that describes another one."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
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
"""The names of the default account's extensions, by extension ID."""

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
    (second call). Without an `account_id` the second call accepts the PIN instead.
    """

    pin: str = "12345"
    account_id: str = "67890"
    supervisor_id: str = "1"
    manager_id: str = "2"

    def changed(self, changes: Mapping[str, object]) -> Account:
        """Return the account with some fields replaced; `ConfigError` for one that cannot be."""
        known = asdict(self)
        if unknown := sorted(set(changes) - set(known)):
            raise ConfigError(f"unknown field: {', '.join(unknown)} (known: {', '.join(known)})")
        return Account(**known | _strings(changes))


def load_config(path: Path) -> tuple[Account, dict[str, str]]:
    """Read an account and its extensions' names by ID from a JSON file like `CONFIG_FORMAT`.

    Raises `ConfigError` with a text for a person, and `OSError` if the file cannot be read.
    """
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as err:
        raise ConfigError(f"{path}: not JSON: {err}") from err
    if not isinstance(content, dict):
        raise ConfigError("not a JSON object")
    extensions = content.pop("extensions", None)
    if not isinstance(extensions, dict) or not extensions:
        raise ConfigError('"extensions" must be an object of names by ID, with at least one')
    if "pin" not in content:
        raise ConfigError('"pin" is missing')
    blank = Account(pin="", account_id="", supervisor_id="", manager_id="")
    return blank.changed(content), _strings(extensions)


def _strings(values: Mapping[str, object]) -> dict[str, str]:
    """Return `values` if all are strings; `ConfigError` that names the first that is not."""
    checked: dict[str, str] = {}
    for name, value in values.items():
        if not isinstance(value, str):
            raise ConfigError(f'"{name}" must be a string (in quotes: leading zeros count)')
        checked[name] = value
    return checked
