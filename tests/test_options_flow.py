"""The options: polling."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator

from .conftest import SetUp
from .flows import open_options

DEFAULTS: dict[str, Any] = {
    "scan_interval": 10,
    "on_call_statuses": ["connecting", "on_call", "handling"],
}


async def test_the_defaults_are_shown_and_stored_as_they_are(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_options(hass, loaded)
    assert flow.step == "polling"
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
    assert set(statuses["options"]) == set(
        "ready connecting on_call wrap_up paused handling offline not_available".split()
    )


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


async def test_options_of_other_forms_stay(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    hass.config_entries.async_update_entry(loaded, options={"other": 1})
    await hass.async_block_till_done()
    await (await open_options(hass, loaded)).submit(DEFAULTS)
    assert loaded.options == DEFAULTS | {"other": 1}


async def test_options_can_be_set_while_the_server_is_down(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp
) -> None:
    await simulator.stop()
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert (await (await open_options(hass, entry)).submit(DEFAULTS)).created
    assert entry.options == DEFAULTS


async def test_the_flow_reloads_nothing_itself(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    await (await open_options(hass, loaded)).submit(DEFAULTS | {"scan_interval": 60})
    await hass.async_block_till_done()
    assert "has an update listener" not in caplog.text


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
