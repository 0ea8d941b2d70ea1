"""How often an account is polled, and what counts as being on a call."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from simulator import Simulator

from .flows import open_options
from .helpers import state_of

DEFAULTS: dict[str, Any] = {
    "scan_interval": 10,
    "on_call_statuses": ["connecting", "on_call", "handling"],
}
ON_CALL = "binary_sensor.reception_on_call"


async def test_the_defaults_are_shown_and_stored_as_they_are(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_options(hass, loaded)
    assert flow.step == "init"
    assert flow.suggested == DEFAULTS
    assert (await flow.submit(flow.suggested)).created
    await hass.async_block_till_done()
    assert loaded.options == DEFAULTS
    assert loaded.state is ConfigEntryState.LOADED


async def test_all_statuses_are_there_to_tick_under_what_they_are_asked_for(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_options(hass, loaded)
    statuses = flow.schema["on_call_statuses"].config
    assert (statuses["mode"], statuses["multiple"]) == ("list", True)
    assert set(DEFAULTS["on_call_statuses"]) < set(statuses["options"])


async def test_what_was_stored_is_shown_the_next_time(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    changed = {"scan_interval": 30, "on_call_statuses": ["on_call", "wrap_up"]}
    await (await open_options(hass, loaded)).submit(changed)
    await hass.async_block_till_done()
    assert loaded.options == changed
    assert (await open_options(hass, loaded)).suggested == changed


async def test_the_interval_is_kept_as_whole_seconds(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    # The frontend's number box sends a float.
    await (await open_options(hass, loaded)).submit(DEFAULTS | {"scan_interval": 20.0})
    await hass.async_block_till_done()
    assert repr(loaded.options["scan_interval"]) == "20"


@pytest.mark.parametrize("seconds", [5, 30, 300])
async def test_the_interval_takes_effect_without_a_restart(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    seconds: int,
) -> None:
    async def requests_after(waited: float) -> int:
        simulator.journal.clear()
        freezer.tick(waited)
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        return len(simulator.requests)

    flow = await open_options(hass, loaded)
    assert (await flow.submit(DEFAULTS | {"scan_interval": seconds})).created
    await hass.async_block_till_done()
    # Well before and well after: Home Assistant spreads the polls of its integrations a little.
    assert await requests_after(seconds - 3) == 0
    assert await requests_after(5) > 0


async def test_what_counts_as_being_on_a_call_takes_effect_without_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    async def counting(*statuses: str) -> str | None:
        flow = await open_options(hass, entry)
        assert (await flow.submit(DEFAULTS | {"on_call_statuses": list(statuses)})).created
        await hass.async_block_till_done()
        return state_of(hass, ON_CALL)

    simulator.extension("01001").call_state = "wrapup"
    assert await counting("on_call") == "off"
    assert await counting("on_call", "wrap_up") == "on"
    assert await counting() == "off"


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param({"scan_interval": 4.9}, id="too often"),
        pytest.param({"scan_interval": 301}, id="too seldom"),
        pytest.param({"scan_interval": "often"}, id="no number"),
        pytest.param({"on_call_statuses": ["ringing"]}, id="no status"),
    ],
)
async def test_what_is_out_of_bounds_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, refused: dict[str, Any]
) -> None:
    flow = await open_options(hass, loaded)
    with pytest.raises(InvalidData):
        await flow.submit(DEFAULTS | refused)
    assert loaded.options == {}
    assert (await flow.submit(DEFAULTS)).created
