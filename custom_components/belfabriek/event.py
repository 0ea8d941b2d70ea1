"""Event entity for the calls of an extension."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription, EventExtraStoredData
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .call_events import ATTR_ANSWERED, CallEvent, call_events, was_answered
from .coordinator import BelfabriekConfigEntry
from .entity import (
    BelfabriekEntityDescription,
    BelfabriekExtensionEntity,
    async_add_extension_entities,
    supported,
)

PARALLEL_UPDATES = 0

ATTR_DURATION = "duration"
_OWNER = "subentry_id"


@dataclass(frozen=True, kw_only=True)
class BelfabriekEventDescription(BelfabriekEntityDescription, EventEntityDescription):
    """An event entity of an extension."""


EVENTS = (
    BelfabriekEventDescription(key="call", translation_key="call", event_types=list(CallEvent)),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of every extension."""
    async_add_extension_entities(entry, async_add_entities, _create)


def _create(entry: BelfabriekConfigEntry, subentry: ConfigSubentry) -> list[Entity]:
    return [BelfabriekCallEvent(entry, subentry, each) for each in supported(entry, EVENTS)]


class BelfabriekCallEvent(BelfabriekExtensionEntity, EventEntity):
    """Fires the events between two consecutive polls.

    What was already going on in the first poll, or in the first after a gap, is no event. The
    entity is always available: otherwise the end of every outage would put the last event into the
    logbook again.
    """

    entity_description: BelfabriekEventDescription

    _started_at: datetime | None = None
    """When the current call started; `None` if that was not observed."""

    @property
    @override
    def available(self) -> bool:
        """Return `True`: the last event stays valid during an outage."""
        return True

    @property
    @override
    def extra_restore_state_data(self) -> EventExtraStoredData:
        """Return the last event with its subentry ID."""
        return _OwnedEvent(super().extra_restore_state_data, self._subentry_id)

    @override
    async def async_get_last_event_data(self) -> EventExtraStoredData | None:
        """Return the stored event, unless it is of an earlier extension with this entity ID."""
        stored = await self.async_get_last_extra_data()
        if stored is None or stored.as_dict().get(_OWNER) != self._subentry_id:
            return None
        return await super().async_get_last_event_data()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Fire the events since the last poll."""
        before = self.coordinator.store.get(self._subentry_id).previous
        after = self._state.status if self._state else None
        if before is None or after is None:
            # Also if the status is the same after a gap: it may be that of another call.
            self._started_at = None
        showing = self._showing()
        # A changed option is no news.
        if showing[0] is self._shown[0]:
            return
        self._shown = showing
        if before is None or after is None:
            return
        for event in call_events(before, after):
            self._fire(event, answered=was_answered(before, after))

    def _fire(self, event: CallEvent, *, answered: bool) -> None:
        """Fire one event; the end of a call has its duration in seconds."""
        now = dt_util.utcnow()
        attributes = None
        if event is CallEvent.STARTED:
            self._started_at = now
        elif event is CallEvent.ENDED:
            duration = self._started_at and round((now - self._started_at).total_seconds())
            self._started_at = None
            attributes = {ATTR_DURATION: duration, ATTR_ANSWERED: answered}
        self._trigger_event(event, attributes)
        self.async_write_ha_state()


class _OwnedEvent(EventExtraStoredData):
    """A stored event with the subentry that it belongs to.

    Home Assistant stores it under the entity ID, which a later extension can have.
    """

    def __init__(self, event: EventExtraStoredData, owner: str) -> None:
        super().__init__(event.last_event_type, event.last_event_attributes)
        self._owner = owner

    @override
    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), _OWNER: self._owner}
