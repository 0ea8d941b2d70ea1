"""Whether an agent is available, and whether on a call."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import ExtensionState, Status
from .coordinator import BelfabriekConfigEntry
from .entity import (
    BelfabriekEntityDescription,
    BelfabriekExtensionEntity,
    add_extension_entities,
)

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BelfabriekBinarySensorDescription(BelfabriekEntityDescription, BinarySensorEntityDescription):
    """A binary sensor of an extension."""

    is_on_fn: Callable[[ExtensionState, Collection[Status]], bool | None]
    """From the state, and the statuses that count as being on a call."""


def _is_on_call(state: ExtensionState, on_call_statuses: Collection[Status]) -> bool | None:
    """Return whether the status counts as being on a call; unknown if the status is."""
    return None if state.status is None else state.status in on_call_statuses


DESCRIPTIONS = (
    BelfabriekBinarySensorDescription(
        key="available",
        translation_key="available",
        is_on_fn=lambda state, _: state.availability.available,
    ),
    BelfabriekBinarySensorDescription(
        key="on_call",
        translation_key="on_call",
        needs_call_state=True,
        is_on_fn=_is_on_call,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of every extension."""
    add_extension_entities(entry, async_add_entities, BelfabriekBinarySensor, DESCRIPTIONS)


class BelfabriekBinarySensor(BelfabriekExtensionEntity[bool], BinarySensorEntity):
    """A binary sensor of an extension."""

    entity_description: BelfabriekBinarySensorDescription

    @override
    def _value_of(self, source: ExtensionState) -> bool | None:
        return self.entity_description.is_on_fn(source, self.coordinator.on_call_statuses)

    @property
    @override
    def is_on(self) -> bool | None:
        """Return what the last poll said."""
        return self._value
