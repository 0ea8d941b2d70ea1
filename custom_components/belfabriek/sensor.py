"""Sensors of extensions and accounts."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .api import CallState, ExtensionState, Status
from .call_events import CONNECTED
from .coordinator import BelfabriekConfigEntry
from .counting import count, is_on_call, is_ready
from .entity import (
    BelfabriekEntity,
    BelfabriekEntityDescription,
    BelfabriekExtensionEntity,
    async_add_extension_entities,
    supported,
)
from .storage import ACCOUNT_KEY, Record

PARALLEL_UPDATES = 0

_TALLY_STEP = timedelta(minutes=1)
"""Minimum time between writes of a growing counter; the hourly statistics need a few."""


@dataclass(frozen=True, kw_only=True)
class BelfabriekSensorDescription(BelfabriekEntityDescription, SensorEntityDescription):
    """A sensor of an extension."""

    value_fn: Callable[[ExtensionState, datetime | None], str | datetime | None]
    """From the state, and when its status started."""


SENSORS = (
    BelfabriekSensorDescription(
        key="status",
        translation_key="status",
        device_class=SensorDeviceClass.ENUM,
        options=list(Status),
        uses_call_state=True,
        value_fn=lambda state, _: state.status,
    ),
    BelfabriekSensorDescription(
        key="status_since",
        translation_key="status_since",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        uses_call_state=True,
        value_fn=lambda _, since: since,
    ),
    BelfabriekSensorDescription(
        key="call_state",
        translation_key="call_state",
        device_class=SensorDeviceClass.ENUM,
        options=list(CallState),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        uses_call_state=True,
        value_fn=lambda state, _: state.call_state,
    ),
    BelfabriekSensorDescription(
        key="availability_reason",
        translation_key="availability_reason",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda state, _: state.availability.reason,
    ),
    BelfabriekSensorDescription(
        key="endpoint",
        translation_key="endpoint",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda state, _: state.availability.endpoint,
    ),
)


@dataclass(frozen=True, kw_only=True)
class BelfabriekCountDescription(BelfabriekEntityDescription, SensorEntityDescription):
    """A sensor of the account that counts extensions."""

    counts_fn: Callable[[ExtensionState, Collection[str]], bool | None]
    """From a state, and the statuses that count as being on a call; `None` if unknown."""
    state_class: SensorStateClass = SensorStateClass.MEASUREMENT


COUNTS = (
    BelfabriekCountDescription(
        key="extensions_available",
        translation_key="extensions_available",
        counts_fn=lambda state, _: state.availability.available,
    ),
    BelfabriekCountDescription(
        key="extensions_ready",
        translation_key="extensions_ready",
        counts_fn=lambda state, _: is_ready(state),
    ),
    BelfabriekCountDescription(
        key="extensions_on_call", translation_key="extensions_on_call", counts_fn=is_on_call
    ),
)


@dataclass(frozen=True, kw_only=True)
class BelfabriekTallyDescription(BelfabriekEntityDescription, SensorEntityDescription):
    """A counter that only grows."""

    tally_fn: Callable[[Record], int]
    grows_during_call: bool = False
    state_class: SensorStateClass = SensorStateClass.TOTAL_INCREASING


TALLIES = (
    BelfabriekTallyDescription(
        key="calls", translation_key="calls", tally_fn=lambda record: record.calls
    ),
    BelfabriekTallyDescription(
        key="talk_time",
        translation_key="talk_time",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=1,
        grows_during_call=True,
        tally_fn=lambda record: round(record.talk_time),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of every extension, and those of the account."""
    async_add_extension_entities(entry, async_add_entities, _create)
    async_add_entities(BelfabriekCountSensor(entry, each) for each in supported(entry, COUNTS))
    async_add_entities(BelfabriekTallySensor(entry, each) for each in supported(entry, TALLIES))


def _create(entry: BelfabriekConfigEntry, subentry: ConfigSubentry) -> list[Entity]:
    return [
        *(BelfabriekSensor(entry, subentry, each) for each in supported(entry, SENSORS)),
        *(BelfabriekTallySensor(entry, each, subentry) for each in supported(entry, TALLIES)),
    ]


class BelfabriekSensor(BelfabriekExtensionEntity, SensorEntity):
    """A sensor of an extension."""

    entity_description: BelfabriekSensorDescription

    @property
    @override
    def native_value(self) -> str | datetime | None:
        """Return the value as of the last poll."""
        state = self._state
        if state is None:
            return None
        since = self.coordinator.store.since(self._subentry_id, state.status)
        return self.entity_description.value_fn(state, since)


class BelfabriekCountSensor(BelfabriekEntity, SensorEntity):
    """Number of extensions of the account in a state."""

    entity_description: BelfabriekCountDescription

    @property
    @override
    def native_value(self) -> int | None:
        """Return the count; `None` if it may be too small."""
        statuses = self.coordinator.on_call_statuses
        return count(
            self.coordinator.data.values(),
            lambda state: self.entity_description.counts_fn(state, statuses),
        )


class BelfabriekTallySensor(BelfabriekEntity, SensorEntity):
    """What was counted so far, by polls that can be compared.

    It stays true while the server does not answer, so it is always available.
    """

    entity_description: BelfabriekTallyDescription

    def __init__(
        self,
        entry: BelfabriekConfigEntry,
        description: BelfabriekTallyDescription,
        subentry: ConfigSubentry | None = None,
    ) -> None:
        super().__init__(entry, description, subentry)
        self._attr_entity_registry_enabled_default = subentry is None
        self._record_key = subentry.subentry_id if subentry else ACCOUNT_KEY
        self._attr_native_value: int = self._tally()
        self._written_at = dt_util.utcnow()

    @property
    @override
    def available(self) -> bool:
        """Return `True`: the count stays valid during an outage."""
        return True

    def _tally(self) -> int:
        return self.entity_description.tally_fn(self.coordinator.store.get(self._record_key))

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the counter; during a call at most once a minute."""
        tally = self._tally()
        # Less is counted only of an extension that is being removed.
        if tally <= self._attr_native_value:
            return
        now = dt_util.utcnow()
        grows = self.entity_description.grows_during_call and self._is_talking()
        if not grows or now - self._written_at >= _TALLY_STEP:
            self._attr_native_value = tally
            self._written_at = now
            self.async_write_ha_state()
            self.coordinator.store.async_schedule_save()

    def _is_talking(self) -> bool:
        """Return whether the counter is still growing."""
        outcomes = self.coordinator.data
        talking = (
            outcomes.values()
            if self._record_key == ACCOUNT_KEY
            else [outcomes.get(self._record_key)]
        )
        return any(
            isinstance(each, ExtensionState) and each.status in CONNECTED for each in talking
        )
