"""The options: polling."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.belfabriek.api import Status
from simulator import Simulator

from .conftest import SetUp
from .flows import open_options

DEFAULTS: dict[str, Any] = {
    "scan_interval": 10,
    "on_call_statuses": ["connecting", "on_call", "handling"],
    "count_per_person": False,
}


async def test_defaults_are_shown_and_stored_as_they_are(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_options(hass, loaded)
    assert flow.step == "polling"
    assert flow.suggested == DEFAULTS
    assert (await flow.submit(flow.suggested)).created
    await hass.async_block_till_done()
    assert loaded.options == DEFAULTS
    assert loaded.state is ConfigEntryState.LOADED


async def test_all_statuses_are_listed(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    flow = await open_options(hass, loaded)
    statuses = flow.schema["on_call_statuses"].config
    assert (statuses["mode"], statuses["multiple"]) == ("list", True)
    assert statuses["options"] == list(Status)


async def test_stored_options_are_shown_the_next_time(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    changed = {
        "scan_interval": 30,
        "on_call_statuses": ["on_call", "wrap_up"],
        "count_per_person": True,
    }
    await (await open_options(hass, loaded)).submit(changed)
    await hass.async_block_till_done()
    assert loaded.options == changed
    assert (await open_options(hass, loaded)).suggested == changed


async def test_interval_is_stored_as_whole_seconds(
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


async def test_flow_reloads_nothing_itself(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    await (await open_options(hass, loaded)).submit(DEFAULTS | {"scan_interval": 60})
    await hass.async_block_till_done()
    assert "has an update listener" not in caplog.text


@pytest.mark.parametrize("interval", [4.9, 301, -1, 10**9])
async def test_interval_out_of_range_is_refused_with_the_limits(
    hass: HomeAssistant, loaded: MockConfigEntry, interval: float
) -> None:
    flow = await open_options(hass, loaded)
    typed = DEFAULTS | {"scan_interval": interval}
    await flow.submit(typed)
    assert (flow.errors, flow.suggested) == ({"scan_interval": "interval_out_of_range"}, typed)
    assert "between 5 and 300" in flow.message("scan_interval")
    assert loaded.options == {}
    assert (await flow.submit(DEFAULTS)).created


@pytest.mark.parametrize("interval", [5, 300])
async def test_longest_and_shortest_interval_are_accepted(
    hass: HomeAssistant, loaded: MockConfigEntry, interval: int
) -> None:
    flow = await open_options(hass, loaded)
    assert (await flow.submit(DEFAULTS | {"scan_interval": interval})).created


async def test_empty_list_of_statuses_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_options(hass, loaded)
    await flow.submit(DEFAULTS | {"on_call_statuses": []})
    assert flow.errors == {"on_call_statuses": "no_statuses"}
    assert loaded.options == {}
    assert (await flow.submit(DEFAULTS)).created


@pytest.mark.parametrize(
    "refused",
    [
        pytest.param({"scan_interval": "often"}, id="no number"),
        pytest.param({"on_call_statuses": ["ringing"]}, id="no status"),
    ],
)
async def test_value_of_the_wrong_type_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry, refused: dict[str, Any]
) -> None:
    flow = await open_options(hass, loaded)
    with pytest.raises(InvalidData):
        await flow.submit(DEFAULTS | refused)
    assert loaded.options == {}
    assert (await flow.submit(DEFAULTS)).created
