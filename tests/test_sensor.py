from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator

from .conftest import Poll, SetUp, make_entry
from .helpers import state_of


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize(
    ("scene", "status", "call_state", "reason"),
    [
        ({"call_state": "idle"}, "ready", "idle", "-"),
        ({"call_state": "calling"}, "connecting", "calling", "-"),
        ({"call_state": "called"}, "on_call", "called", "-"),
        ({"call_state": "wrapup"}, "wrap_up", "wrapup", "-"),
        ({"call_state": "ringing"}, "unknown", "unknown", "-"),
        ({"available": False, "reason": "pause"}, "paused", "unknown", "pause"),
        ({"available": False, "reason": "handling"}, "handling", "unknown", "handling"),
        ({"available": False, "reason": "-"}, "offline", "unknown", "-"),
        ({"available": False, "reason": ""}, "not_available", "unknown", "unknown"),
        ({"available": False, "reason": "Café"}, "not_available", "unknown", "Café"),
    ],
)
async def test_sensors_show_what_the_server_reports(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    scene: dict[str, Any],
    status: str,
    call_state: str,
    reason: str,
) -> None:
    simulator.extension("01001").set(**scene)
    await set_up(entry)
    assert state_of(hass, "sensor.reception") == status
    assert state_of(hass, "sensor.reception_call_state") == call_state
    assert state_of(hass, "sensor.reception_availability_reason") == reason
    assert state_of(hass, "sensor.sales") == "ready"


async def test_since_is_not_recorded(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    state = hass.states.get("sensor.reception")
    assert state is not None
    assert state.state_info is not None
    assert "since" in state.state_info["unrecorded_attributes"]


async def test_reason_is_read_before_an_equal_account_id_is_masked(
    hass: HomeAssistant, simulator: Simulator, entry_data: dict[str, Any], set_up: SetUp
) -> None:
    simulator.extension("01001").set(available=False, reason="-")
    await set_up(make_entry({**entry_data, "account_id": "-"}, {"01001": "Reception"}))
    assert state_of(hass, "sensor.reception") == "offline"


def counts(hass: HomeAssistant) -> list[str | None]:
    return [
        state_of(hass, f"sensor.belfabriek_extensions_{key}")
        for key in ("accepting_calls", "ready", "on_a_call")
    ]


async def test_account_counts_are_unknown_if_they_may_be_too_low(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    assert counts(hass) == ["5", "5", "0"]
    simulator.extension("01001").call_state = "called"
    simulator.extension("01002").call_state = "wrapup"
    simulator.extension("01003").set(available=False, reason="handling")
    await poll()
    assert counts(hass) == ["4", "2", "2"]
    # An unknown status could be any status.
    simulator.extension("01004").call_state = "ringing"
    await poll()
    assert counts(hass) == ["4", "unknown", "unknown"]
    simulator.extension("01004").call_state = "idle"
    await simulator.inject("status_500_html", extension_id="01005")
    await poll()
    assert counts(hass) == ["unknown"] * 3
    await simulator.clear_faults()
    # An extension that is refused three times does not count.
    simulator.remove_extension("01001")
    await poll()
    await poll()
    assert counts(hass) == ["unknown"] * 3
    await poll()
    assert counts(hass) == ["3", "2", "1"]
    await simulator.stop()
    await poll()
    assert counts(hass) == ["unavailable"] * 3
