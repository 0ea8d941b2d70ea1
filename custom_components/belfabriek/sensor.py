"""What an agent is doing, and what the server says about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import CallState, ExtensionState, Status
from .coordinator import BelfabriekConfigEntry
from .entity import (
    BelfabriekEntityDescription,
    BelfabriekExtensionEntity,
    add_extension_entities,
)

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BelfabriekSensorDescription(BelfabriekEntityDescription, SensorEntityDescription):
    """A sensor of an extension."""

    value_fn: Callable[[ExtensionState], str | None]


DESCRIPTIONS = (
    BelfabriekSensorDescription(
        key="status",
        translation_key="status",
        device_class=SensorDeviceClass.ENUM,
        options=list(Status),
        value_fn=lambda state: state.status,
    ),
    BelfabriekSensorDescription(
        key="call_state",
        translation_key="call_state",
        device_class=SensorDeviceClass.ENUM,
        options=list(CallState),
        needs_call_state=True,
        value_fn=lambda state: state.call_state,
    ),
    BelfabriekSensorDescription(
        key="availability_reason",
        translation_key="availability_reason",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda state: state.availability.reason or None,
    ),
    BelfabriekSensorDescription(
        key="endpoint",
        translation_key="endpoint",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda state: state.availability.endpoint or None,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of every extension."""
    add_extension_entities(entry, async_add_entities, BelfabriekSensor, DESCRIPTIONS)


class BelfabriekSensor(BelfabriekExtensionEntity[str], SensorEntity):
    """A sensor of an extension."""

    entity_description: BelfabriekSensorDescription

    @override
    def _value_of(self, state: ExtensionState) -> str | None:
        return self.entity_description.value_fn(state)

    @property
    @override
    def native_value(self) -> str | None:
        """Return what the last poll said."""
        return self._value
