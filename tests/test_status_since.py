from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
)

from simulator import Simulator

from .conftest import Poll, SetUp
from .helpers import state_of

SINCE = "sensor.reception_status_since"
YESTERDAY = "2026-01-01T12:00:00+00:00"


async def test_it_is_not_known_until_a_change_was_witnessed(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    await poll()
    assert state_of(hass, SINCE) == "unknown"

    simulator.extension("01001").call_state = "called"
    before = dt_util.utcnow() - timedelta(seconds=1)
    await poll()
    since = dt_util.parse_datetime(state_of(hass, SINCE) or "")
    assert since is not None
    assert before <= since <= dt_util.utcnow()

    simulator.extension("01001").reason = "something else, same status"
    await poll()
    assert dt_util.parse_datetime(state_of(hass, SINCE) or "") == since
    assert state_of(hass, "sensor.sales_status_since") == "unknown"


@pytest.mark.parametrize(("after", "kept"), [("called", True), ("wrapup", False)])
async def test_after_an_outage_it_is_known_only_if_the_status_is_the_same(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    after: str,
    kept: bool,
) -> None:
    simulator.extension("01001").call_state = "called"
    await poll()
    since = state_of(hass, SINCE)
    await simulator.stop()
    await poll()
    assert state_of(hass, SINCE) == "unavailable"
    simulator.extension("01001").call_state = after
    await simulator.start()
    await poll()
    assert state_of(hass, SINCE) == (since if kept else "unknown")


async def test_what_comes_after_an_unknown_status_was_not_witnessed(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    for call_state in ("called", "ringing", "called"):
        simulator.extension("01001").call_state = call_state
        await poll()
    assert state_of(hass, SINCE) == "unknown"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ({"status": "on_call", "since": YESTERDAY}, YESTERDAY),
        ({"status": "on_call", "since": None}, "unknown"),
        ({"status": "paused", "since": YESTERDAY}, "unknown"),
        ({"status": "a status of another version", "since": YESTERDAY}, "unknown"),
        ({}, "unknown"),
    ],
)
async def test_it_survives_a_restart_if_the_status_is_the_same(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    stored: dict[str, Any],
    shown: str,
) -> None:
    mock_restore_cache_with_extra_data(hass, [(State(SINCE, YESTERDAY), stored)])
    simulator.extension("01001").call_state = "called"
    await set_up(entry)
    assert state_of(hass, SINCE) == shown


async def test_it_survives_a_reload(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    simulator.extension("01001").call_state = "called"
    await poll()
    since = state_of(hass, SINCE)
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert state_of(hass, SINCE) == since
