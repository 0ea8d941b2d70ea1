"""Binary sensors of extensions."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .agent import Agent
from .coordinator import BelfabriekConfigEntry
from .entity import (
    BelfabriekEntityDescription,
    BelfabriekExtensionEntity,
    async_add_subentry_entities,
    supported,
)

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BelfabriekBinarySensorDescription(BelfabriekEntityDescription, BinarySensorEntityDescription):
    """A binary sensor of an extension."""

    is_on_fn: Callable[[Agent, Collection[str]], bool | None]
    """Takes the agent, and the statuses that count as being on a call."""


BINARY_SENSORS = (
    BelfabriekBinarySensorDescription(
        key="available",
        translation_key="available",
        is_on_fn=lambda agent, _: agent.available,
    ),
    BelfabriekBinarySensorDescription(
        key="on_call", translation_key="on_call", uses_call_state=True, is_on_fn=Agent.is_on_call
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of every extension."""
    async_add_subentry_entities(entry, async_add_entities, _create)


def _create(entry: BelfabriekConfigEntry, subentry: ConfigSubentry) -> list[Entity]:
    return [
        BelfabriekBinarySensor(entry, subentry, each) for each in supported(entry, BINARY_SENSORS)
    ]


class BelfabriekBinarySensor(BelfabriekExtensionEntity[bool], BinarySensorEntity):
    """A binary sensor of an extension."""

    entity_description: BelfabriekBinarySensorDescription

    @override
    def _value(self, agent: Agent) -> bool | None:
        return self.entity_description.is_on_fn(agent, self.coordinator.on_call_statuses)

    @override
    def _show(self, value: bool | None) -> None:
        self._attr_is_on = value
