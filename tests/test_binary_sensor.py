from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import DEFAULT_EXTENSIONS, Simulator

from .conftest import Poll, SetUp, make_entry
from .helpers import state_of


@pytest.mark.parametrize(
    ("scene", "available", "on_call"),
    [
        ({"call_state": "idle"}, "on", "off"),
        ({"call_state": "calling"}, "on", "on"),
        ({"call_state": "called"}, "on", "on"),
        ({"call_state": "wrapup"}, "on", "off"),
        ({"call_state": "ringing"}, "on", "unknown"),
        ({"available": False, "reason": "pause"}, "off", "off"),
        ({"available": False, "reason": "handling"}, "off", "on"),
        ({"available": False, "reason": "-"}, "off", "off"),
        ({"available": False, "reason": "lunch"}, "off", "off"),
    ],
)
async def test_on_call_and_accepting_calls_follow_the_server(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    scene: dict[str, Any],
    available: str,
    on_call: str,
) -> None:
    simulator.extension("01001").set(**scene)
    await poll()
    assert state_of(hass, "binary_sensor.reception_accepting_calls") == available
    assert state_of(hass, "binary_sensor.reception_on_a_call") == on_call
    assert state_of(hass, "binary_sensor.sales_accepting_calls") == "on"
    assert state_of(hass, "binary_sensor.sales_on_a_call") == "off"


async def test_option_sets_which_statuses_count_as_a_call(
    hass: HomeAssistant, simulator: Simulator, entry_data: dict[str, Any], set_up: SetUp
) -> None:
    simulator.extension("01001").call_state = "wrapup"
    simulator.extension("01002").call_state = "calling"
    await set_up(
        make_entry(entry_data, DEFAULT_EXTENSIONS, options={"on_call_statuses": ["wrap_up"]})
    )
    assert state_of(hass, "binary_sensor.reception_on_a_call") == "on"
    assert state_of(hass, "binary_sensor.sales_on_a_call") == "off"
