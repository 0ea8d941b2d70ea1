"""Extensions in the registries whose states a test sets by hand."""

from collections.abc import Iterable
from typing import Any

from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.belfabriek.api import CallState, Status
from custom_components.belfabriek.const import DOMAIN

KINDS = {
    "available": "binary_sensor",
    "call": "event",
    "call_state": "sensor",
    "on_call": "binary_sensor",
    "status": "sensor",
    "status_since": "sensor",
}
DIAGNOSTIC = {"call_state", "status_since"}
OPTIONS = {"status": list(Status), "call_state": list(CallState)}


class Team:
    """The extensions of an account that is not set up."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Add the account."""
        self.hass = hass
        self.devices = dr.async_get(hass)
        self.entities = er.async_get(hass)
        self.entry = MockConfigEntry(domain=DOMAIN, title="Belfabriek")
        self.entry.add_to_hass(hass)
        self._events = 0

    def add(self, name: str, area: str | None = None) -> str:
        """Add an extension with its entities, and return the ID of its device."""
        subentry = f"subentry-{name}"
        device = self.devices.async_get_or_create(
            config_entry_id=self.entry.entry_id,
            identifiers={(DOMAIN, subentry)},
            name=name.capitalize(),
        )
        if area is not None:
            self.devices.async_update_device(device.id, area_id=area)
        for key, domain in KINDS.items():
            self.entities.async_get_or_create(
                domain,
                DOMAIN,
                f"{subentry}_{key}",
                capabilities={"options": OPTIONS[key]} if key in OPTIONS else None,
                config_entry=self.entry,
                device_id=device.id,
                entity_category=EntityCategory.DIAGNOSTIC if key in DIAGNOSTIC else None,
                original_name=key.replace("_", " ").capitalize(),
                suggested_object_id=name if key == "status" else f"{name}_{key}",
                translation_key=key,
            )
        return device.id

    def id_of(self, name: str, key: str) -> str:
        """Return the ID of an entity."""
        entity_id = self.entities.async_get_entity_id(KINDS[key], DOMAIN, f"subentry-{name}_{key}")
        assert entity_id is not None
        return entity_id

    def write(self, key: str, **states: str) -> None:
        """Set this entity of each of these extensions without waiting."""
        for name, state in states.items():
            attributes: dict[str, Any] = {"options": OPTIONS[key]} if key in OPTIONS else {}
            if key == "status_since":
                attributes["device_class"] = "timestamp"
            self.hass.states.async_set(self.id_of(name, key), state, attributes)

    async def set(self, key: str, **states: str) -> None:
        """Set this entity of each of these extensions."""
        self.write(key, **states)
        await self.hass.async_block_till_done()

    async def report(self, name: str, event: str, **attributes: object) -> None:
        """Fire a call event, at another time than the previous one."""
        self._events += 1
        self.hass.states.async_set(
            self.id_of(name, "call"),
            f"2026-11-25T08:00:00.{self._events:03}+00:00",
            {"event_type": event, **attributes},
        )
        await self.hass.async_block_till_done()


async def automate(
    hass: HomeAssistant, trigger: dict[str, Any], conditions: Iterable[dict[str, Any]] = ()
) -> list[str]:
    """Add an automation, and return the list of entities that triggered it."""
    runs: list[str] = []

    async def note(call: ServiceCall) -> None:
        runs.append(call.data["by"])

    hass.services.async_register("test", "note", note)
    config = {
        "id": "under_test",
        "alias": "Under test",
        "triggers": [trigger],
        "conditions": list(conditions),
        "actions": [
            {"action": "test.note", "data": {"by": "{{ trigger.entity_id | default('time') }}"}}
        ],
        "mode": "parallel",
    }
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    await hass.async_block_till_done()
    return runs
