"""Event entity for the calls of an extension."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription, EventExtraStoredData
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .agent import Agent, CallEventType
from .const import ATTR_ANSWERED, ATTR_DURATION
from .coordinator import BelfabriekConfigEntry
from .entity import (
    BelfabriekEntityDescription,
    BelfabriekExtensionEntity,
    async_add_subentry_entities,
    supported,
)

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BelfabriekEventDescription(BelfabriekEntityDescription, EventEntityDescription):
    """An event entity of an extension."""


EVENTS = (
    BelfabriekEventDescription(key="call", translation_key="call", event_types=list(CallEventType)),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of every extension."""
    async_add_subentry_entities(entry, async_add_entities, _create)


def _create(entry: BelfabriekConfigEntry, subentry: ConfigSubentry) -> list[Entity]:
    return [BelfabriekCallEvent(entry, subentry, each) for each in supported(entry, EVENTS)]


class BelfabriekCallEvent(BelfabriekExtensionEntity[Agent], EventEntity):
    """Fires the events of calls.

    The entity is always available, and does not restore its last event: otherwise the end of every
    outage and every reload would put that event into the logbook again.
    """

    entity_description: BelfabriekEventDescription
    _last: Agent | None = None

    @override
    async def async_get_last_event_data(self) -> EventExtraStoredData | None:
        """Return `None`: the last event is not restored."""
        return None

    @override
    def _refresh(self) -> bool:
        """Store the agent: its events happened before the entity was added."""
        self._last = self.coordinator.data.get(self._subentry_id)
        return False

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Fire the events of a new observation."""
        last = self._last
        self._refresh()
        if self._last is None or self._last is last:
            return
        for event in self._last.events:
            attributes = {ATTR_DURATION: event.duration, ATTR_ANSWERED: event.answered}
            is_end = event.type is CallEventType.ENDED
            self._trigger_event(event.type, attributes if is_end else None)
            self.async_write_ha_state()
