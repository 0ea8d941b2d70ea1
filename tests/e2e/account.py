"""The account that the journeys add, and what a user types into the forms for it."""

from collections.abc import Mapping
from typing import Final

from development.api import JsonObject
from simulator import DEFAULT_EXTENSIONS, Account, Simulator

# Unlike any number that a log or a page has for another reason: where it shows, it leaked.
ACCOUNT: Final = Account(
    pin="83615204", account_id="59317246", supervisor_id="74018265", manager_id="74028391"
)
TITLE: Final = "Belfabriek …204"

EXTENSIONS: Final[Mapping[str, str]] = DEFAULT_EXTENSIONS


def answers(
    simulator: Simulator, extensions: Mapping[str, str], *, pin: str = ACCOUNT.pin
) -> dict[str, JsonObject]:
    """Return what to answer to each step of the config flow, by step ID."""
    return {
        "user": {
            "account_pin": pin,
            "call_state": {
                "supervisor_id": ACCOUNT.supervisor_id,
                "manager_id": ACCOUNT.manager_id,
                "account_id": ACCOUNT.account_id,
            },
            "connection": {"url": simulator.url, "allow_unencrypted": False},
        },
        "extensions": {
            "extensions": [
                {"extension_id": extension_id, "name": name}
                for extension_id, name in extensions.items()
            ]
        },
    }
