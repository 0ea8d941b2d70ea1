"""The blueprints with a loaded account, to check that `House` behaves like the integration."""

from pathlib import Path
import shutil
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tests.test_docs import refresh, settle

from .house import BLUEPRINTS


@pytest.fixture
def said(hass: HomeAssistant, tmp_path: Path) -> list[str]:
    hass.config.config_dir = str(tmp_path)
    shutil.copytree(BLUEPRINTS, hass.config.path("blueprints/automation/belfabriek"))
    said: list[str] = []

    async def note(call: ServiceCall) -> None:
        said.append(call.data["text"])

    hass.services.async_register("test", "note", note)
    return said


def device_of(hass: HomeAssistant, entry: MockConfigEntry, name: str) -> str:
    (device,) = [
        each
        for each in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if each.name == name
    ]
    return device.id


async def automate(hass: HomeAssistant, blueprint: str, inputs: dict[str, Any]) -> None:
    use = {"path": f"belfabriek/{blueprint}.yaml", "input": inputs}
    automation = {"id": "under_test", "alias": "Under test", "use_blueprint": use}
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    hass.bus.async_fire("automation_reloaded")
    await settle(hass)


async def stop(hass: HomeAssistant) -> None:
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)
    await settle(hass)


async def test_a_call_is_noticed(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, said: list[str]
) -> None:
    simulator.extension("01001").call_state = "called"
    await refresh(hass)
    device = device_of(hass, loaded, "Reception")
    end = [{"action": "test.note", "data": {"text": "ended"}}]
    await automate(hass, "on_a_call", {"extensions": [device], "end_actions": end})
    simulator.extension("01001").call_state = "idle"
    await refresh(hass)
    await stop(hass)
    assert said == ["ended"]
