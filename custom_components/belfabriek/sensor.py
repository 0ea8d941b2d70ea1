"""What an agent is doing, and what the server says about it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .api import CallState, ExtensionState, Status
from .coordinator import BelfabriekConfigEntry
from .entity import (
    BelfabriekAccountEntity,
    BelfabriekEntityDescription,
    BelfabriekExtensionEntity,
    add_extension_entities,
)
from .status_since import KnownStatus

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BelfabriekSensorDescription(BelfabriekEntityDescription, SensorEntityDescription):
    """What the descriptions of all sensors share."""


@dataclass(frozen=True, kw_only=True)
class BelfabriekTextDescription(BelfabriekSensorDescription):
    """A sensor of an extension that shows a text or one of a list of states."""

    value_fn: Callable[[ExtensionState], str | None]


TEXTS = (
    BelfabriekTextDescription(
        key="status",
        translation_key="status",
        device_class=SensorDeviceClass.ENUM,
        options=list(Status),
        value_fn=lambda state: state.status,
    ),
    BelfabriekTextDescription(
        key="call_state",
        translation_key="call_state",
        device_class=SensorDeviceClass.ENUM,
        options=list(CallState),
        needs_call_state=True,
        value_fn=lambda state: state.call_state,
    ),
    BelfabriekTextDescription(
        key="availability_reason",
        translation_key="availability_reason",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda state: state.availability.reason or None,
    ),
    BelfabriekTextDescription(
        key="endpoint",
        translation_key="endpoint",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda state: state.availability.endpoint or None,
    ),
)


STATUS_SINCE = BelfabriekSensorDescription(
    key="status_since",
    translation_key="status_since",
    device_class=SensorDeviceClass.TIMESTAMP,
)


@dataclass(frozen=True, kw_only=True)
class BelfabriekCountDescription(BelfabriekSensorDescription):
    """A sensor of the account: how many of its extensions are counted."""

    counts_fn: Callable[[ExtensionState, Collection[Status]], bool]
    """From a state, and the statuses that count as being on a call."""


COUNTS = (
    BelfabriekCountDescription(
        key="extensions_available",
        translation_key="extensions_available",
        state_class=SensorStateClass.MEASUREMENT,
        counts_fn=lambda state, _: state.availability.available is True,
    ),
    BelfabriekCountDescription(
        key="extensions_ready",
        translation_key="extensions_ready",
        state_class=SensorStateClass.MEASUREMENT,
        counts_fn=lambda state, _: state.status is Status.READY,
    ),
    BelfabriekCountDescription(
        key="extensions_on_call",
        translation_key="extensions_on_call",
        state_class=SensorStateClass.MEASUREMENT,
        needs_call_state=True,
        counts_fn=lambda state, on_call_statuses: state.status in on_call_statuses,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of every extension, and those of the account."""
    add_extension_entities(entry, async_add_entities, BelfabriekTextSensor, TEXTS)
    add_extension_entities(entry, async_add_entities, BelfabriekStatusSinceSensor, [STATUS_SINCE])
    include_call_state = entry.runtime_data.coordinator.include_call_state
    async_add_entities(
        BelfabriekCountSensor(entry, description)
        for description in COUNTS
        if include_call_state or not description.needs_call_state
    )


class BelfabriekTextSensor(BelfabriekExtensionEntity[str], SensorEntity):
    """A sensor of an extension that shows a text or one of a list of states."""

    entity_description: BelfabriekTextDescription

    @override
    def _value_of(self, source: ExtensionState) -> str | None:
        return self.entity_description.value_fn(source)

    @property
    @override
    def native_value(self) -> str | None:
        """Return what the last poll said."""
        return self._value


class BelfabriekStatusSinceSensor(BelfabriekExtensionEntity[datetime], SensorEntity, RestoreEntity):
    """Since when the status is what it is, if that was witnessed."""

    @override
    async def async_added_to_hass(self) -> None:
        """Take over what was known before a restart."""
        stored = await self.async_get_last_extra_data()
        if stored and (known := KnownStatus.from_dict(stored.as_dict())):
            self.coordinator.status_since.restore(self._extension_id, known)
        await super().async_added_to_hass()

    @property
    @override
    def extra_restore_state_data(self) -> KnownStatus | None:
        """Return what a restart must not forget."""
        return self.coordinator.status_since.get(self._extension_id)

    @override
    def _value_of(self, source: ExtensionState) -> datetime | None:
        known = self.coordinator.status_since.get(self._extension_id)
        return None if known is None else known.since

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return what is known since the last poll."""
        return self._value


class BelfabriekCountSensor(BelfabriekAccountEntity[int], SensorEntity):
    """How many of the account's extensions are counted, among those that answered."""

    entity_description: BelfabriekCountDescription

    @override
    def _value_of(self, source: Mapping[str, ExtensionState]) -> int:
        on_call_statuses = self.coordinator.on_call_statuses
        return sum(
            self.entity_description.counts_fn(state, on_call_statuses) for state in source.values()
        )

    @property
    @override
    def native_value(self) -> int | None:
        """Return what the last poll said."""
        return self._value
