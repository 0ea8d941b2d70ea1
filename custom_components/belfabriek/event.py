"""What happens to the calls of an extension, as events."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .api import ExtensionState, Status
from .call_events import CallEvent, call_events, was_answered
from .coordinator import BelfabriekConfigEntry
from .entity import (
    BelfabriekEntityDescription,
    BelfabriekExtensionEntity,
    add_extension_entities,
)

PARALLEL_UPDATES = 0

ATTR_ANSWERED = "answered"
ATTR_DURATION = "duration"


@dataclass(frozen=True, kw_only=True)
class BelfabriekEventDescription(BelfabriekEntityDescription, EventEntityDescription):
    """An event entity of an extension."""


DESCRIPTIONS = (
    BelfabriekEventDescription(
        key="call",
        translation_key="call",
        event_types=list(CallEvent),
        needs_call_state=True,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of every extension."""
    add_extension_entities(entry, async_add_entities, BelfabriekCallEvent, DESCRIPTIONS)


class BelfabriekCallEvent(BelfabriekExtensionEntity[None], EventEntity):
    """Reports the difference between two polls that both succeeded.

    What was already going on in the first poll, or in the first after a gap, is no event: nobody
    saw when it happened. A status that is not known is a gap as well.
    """

    entity_description: BelfabriekEventDescription

    _started_at: float | None = None
    """When the present call started, on the event loop's clock; `None` if that was not seen."""

    @override
    def _value_of(self, source: ExtensionState) -> None:
        """Nothing of the state itself is shown."""

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Report what happened since the last poll."""
        before = self._status
        super()._handle_coordinator_update()
        after = self._status
        if before is None or after is None:
            self._started_at = None
            return
        for event in call_events(before, after):
            self._report(event, answered=was_answered(before, after))

    @property
    def _status(self) -> Status | None:
        return None if self._source is None else self._source.status

    def _report(self, event: CallEvent, *, answered: bool) -> None:
        """Fire one event; the end of a call tells how long it was."""
        now = self.hass.loop.time()
        attributes = None
        if event is CallEvent.STARTED:
            self._started_at = now
        elif event is CallEvent.ENDED:
            duration = None if self._started_at is None else round(now - self._started_at)
            self._started_at = None
            attributes = {ATTR_DURATION: duration, ATTR_ANSWERED: answered}
        self._trigger_event(event, attributes)
        self.async_write_ha_state()
