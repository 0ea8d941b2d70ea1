"""Sensors of extensions and accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .agent import Agent, Counts, Totals
from .api import CONNECTED, CallState, Status
from .const import CONF_COUNT_PER_PERSON
from .coordinator import ON_DISK, BelfabriekConfigEntry
from .entity import (
    BelfabriekEntity,
    BelfabriekEntityDescription,
    BelfabriekExtensionEntity,
    async_add_subentry_entities,
    supported,
)

PARALLEL_UPDATES = 0

ATTR_SINCE: Final = "since"

type SensorValue = str | datetime
type StatusSince = tuple[Status | None, datetime | None]


@dataclass(frozen=True, kw_only=True)
class BelfabriekSensorDescription(BelfabriekEntityDescription, SensorEntityDescription):
    """A sensor of an extension."""

    value_fn: Callable[[Agent], SensorValue | None]


STATUS = BelfabriekSensorDescription(
    key="status",
    translation_key="status",
    name=None,
    device_class=SensorDeviceClass.ENUM,
    options=list(Status),
    uses_call_state=True,
    value_fn=lambda agent: agent.status,
)
SENSORS = (
    BelfabriekSensorDescription(
        key="status_since",
        translation_key="status_since",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        uses_call_state=True,
        value_fn=lambda agent: agent.since,
    ),
    BelfabriekSensorDescription(
        key="call_state",
        translation_key="call_state",
        device_class=SensorDeviceClass.ENUM,
        options=list(CallState),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        uses_call_state=True,
        value_fn=lambda agent: agent.state.call_state if agent.state else None,
    ),
    BelfabriekSensorDescription(
        key="availability_reason",
        translation_key="availability_reason",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda agent: agent.state.availability.reason if agent.state else None,
    ),
    BelfabriekSensorDescription(
        key="endpoint",
        translation_key="endpoint",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda agent: agent.state.availability.endpoint if agent.state else None,
    ),
)


@dataclass(frozen=True, kw_only=True)
class BelfabriekCountDescription(BelfabriekEntityDescription, SensorEntityDescription):
    """A sensor of the account that counts extensions."""

    count_fn: Callable[[Counts], int | None]
    state_class: SensorStateClass = SensorStateClass.MEASUREMENT


COUNTS = (
    BelfabriekCountDescription(
        key="extensions_available",
        translation_key="extensions_available",
        count_fn=lambda counts: counts.available,
    ),
    BelfabriekCountDescription(
        key="extensions_ready",
        translation_key="extensions_ready",
        count_fn=lambda counts: counts.ready,
    ),
    BelfabriekCountDescription(
        key="extensions_on_call",
        translation_key="extensions_on_call",
        count_fn=lambda counts: counts.on_call,
    ),
)


@dataclass(frozen=True, kw_only=True)
class BelfabriekCounterDescription(BelfabriekEntityDescription, SensorEntityDescription):
    """A counter that never decreases."""

    total_fn: Callable[[Totals], float]
    state_class: SensorStateClass = SensorStateClass.TOTAL_INCREASING


def _time(key: str, total_fn: Callable[[Totals], float]) -> BelfabriekCounterDescription:
    return BelfabriekCounterDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.HOURS,
        suggested_display_precision=1,
        total_fn=total_fn,
    )


COUNTERS = (
    BelfabriekCounterDescription(
        key="calls", translation_key="calls", total_fn=lambda totals: totals.calls
    ),
    _time("talk_time", lambda totals: totals.seconds_in(*CONNECTED)),
    _time("wrap_up_time", lambda totals: totals.seconds_in(Status.WRAP_UP)),
    _time("ready_time", lambda totals: totals.seconds_in(Status.READY)),
    _time("paused_time", lambda totals: totals.seconds_in(Status.PAUSED)),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of every extension, and those of the account."""
    async_add_subentry_entities(entry, async_add_entities, _create)
    async_add_subentry_entities(
        entry, async_add_entities, _create_counters, option=CONF_COUNT_PER_PERSON
    )
    async_add_entities(BelfabriekCountSensor(entry, each) for each in supported(entry, COUNTS))
    async_add_entities(BelfabriekCounter(entry, each) for each in supported(entry, COUNTERS))


def _create(entry: BelfabriekConfigEntry, subentry: ConfigSubentry) -> list[Entity]:
    return [
        BelfabriekStatusSensor(entry, subentry, STATUS),
        *(BelfabriekSensor(entry, subentry, each) for each in supported(entry, SENSORS)),
    ]


def _create_counters(entry: BelfabriekConfigEntry, subentry: ConfigSubentry) -> list[Entity]:
    return [BelfabriekCounter(entry, each, subentry) for each in supported(entry, COUNTERS)]


class BelfabriekSensor(BelfabriekExtensionEntity[SensorValue], SensorEntity):
    """A sensor of an extension."""

    entity_description: BelfabriekSensorDescription

    @override
    def _value(self, agent: Agent) -> SensorValue | None:
        return self.entity_description.value_fn(agent)

    @override
    def _show(self, value: SensorValue | None) -> None:
        self._attr_native_value = value


class BelfabriekStatusSensor(BelfabriekExtensionEntity[StatusSince], SensorEntity):
    """The status of an extension, and when it started."""

    entity_description: BelfabriekSensorDescription
    _unrecorded_attributes = frozenset({ATTR_SINCE})

    @override
    def _value(self, agent: Agent) -> StatusSince:
        return agent.status, agent.since

    @override
    def _show(self, value: StatusSince | None) -> None:
        status, since = value or (None, None)
        self._attr_native_value = status
        self._attr_extra_state_attributes = {ATTR_SINCE: since.isoformat()} if since else {}


class BelfabriekCountSensor(BelfabriekEntity[int | None], SensorEntity):
    """Number of extensions of the account in a state; unknown if the number may be too low."""

    entity_description: BelfabriekCountDescription

    @override
    def _read(self) -> tuple[bool, int | None]:
        coordinator = self.coordinator
        counted = self.entity_description.count_fn(coordinator.counts)
        return coordinator.last_update_success, counted

    @override
    def _show(self, value: int | None) -> None:
        self._attr_native_value = value


class BelfabriekCounter(BelfabriekEntity[int], SensorEntity):
    """A count as it was last written to disk.

    The count is valid while the server does not answer, so the sensor is always available.
    """

    entity_description: BelfabriekCounterDescription

    def __init__(
        self,
        entry: BelfabriekConfigEntry,
        description: BelfabriekCounterDescription,
        subentry: ConfigSubentry | None = None,
    ) -> None:
        super().__init__(entry, description, ON_DISK, subentry)
        self._subentry_id = subentry.subentry_id if subentry else None

    @override
    def _read(self) -> tuple[bool, int]:
        totals = self.coordinator.store.on_disk.totals_of(self._subentry_id)
        return True, round(self.entity_description.total_fn(totals))

    @override
    def _show(self, value: int) -> None:
        self._attr_native_value = value
