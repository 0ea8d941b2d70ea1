import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import DEFAULT_EXTENSIONS, Simulator

from .conftest import Poll


async def test_diagnostics_tell_what_happened_and_hide_who_it_happened_to(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    await async_setup_component(hass, "diagnostics", {})
    simulator.extension("01001").set(call_state="ringing", endpoint="31612345678")
    simulator.remove_extension("01002")
    await poll()
    diagnostics: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)

    extensions = diagnostics["extensions"]
    assert extensions["subentry-1"] == {
        "failure": None,
        "state": {
            "availability": {
                "available": True,
                "reason": "-",
                "endpoint": "**REDACTED**",
                "unrecognized": None,
            },
            "call_state_text": "ringing",
            "status": None,
        },
    }
    assert extensions["subentry-2"] == {
        "failure": "FaultError: the server refused the call: Unknown extension",
        "state": None,
    }
    assert diagnostics["last_update_success"] is True

    text = json.dumps(diagnostics)
    for secret in ("12345", "67890", *DEFAULT_EXTENSIONS, *DEFAULT_EXTENSIONS.values()):
        assert secret not in text.replace(loaded.entry_id, "")
    for key in ("account_pin", "account_id", "supervisor_id", "manager_id"):
        assert diagnostics["entry"]["data"][key] == "**REDACTED**"
