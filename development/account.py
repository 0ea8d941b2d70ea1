"""The account that the simulator has, as a user types it into the config flow's forms."""

from collections.abc import Mapping

from yarl import URL

from .api import JsonObject

DOMAIN = "belfabriek"

_EXTENSIONS: Mapping[str, str] = {
    "01001": "Reception",
    "01002": "Sales",
    "01003": "Support",
    "01004": "Workshop",
    "01005": "Night desk",
}


def simulator_account(simulator: URL) -> Mapping[str, JsonObject]:
    """Return what to answer to each step of the config flow, by step ID."""
    return {
        "user": {
            "account_pin": "12345",
            "call_state": {"supervisor_id": "1", "manager_id": "2", "account_id": "67890"},
            "connection": {
                "url": str(simulator / "xml/agent/xml.asp"),
                "allow_unencrypted": False,
            },
        },
        "extensions": {
            "extensions": [
                {"extension_id": extension_id, "name": name}
                for extension_id, name in _EXTENSIONS.items()
            ]
        },
    }
