"""Triggers for the calls and the status of an extension."""

# ruff: noqa: RUF012 - the base classes declare these attributes as mutable

from collections.abc import Collection
from typing import Final, override

from homeassistant.const import CONF_OPTIONS, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    EntityTargetStateTriggerBase,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerConfig,
)
import probatio

from .agent import CallEventType
from .api import Status
from .const import ATTR_ANSWERED
from .targets import CALL, NOT_READY, ON_CALL, STATUS, EntityKind, ExtensionTarget

ATTR_EVENT_TYPE: Final = "event_type"
ANSWERED_ANY: Final = "any"
ANSWERED_YES: Final = "yes"
ANSWERED_NO: Final = "no"


class CallTrigger(ExtensionTarget, StatelessEntityTriggerBase):
    """Trigger on an event of the call event entity."""

    _entity = CALL
    _domain_specs = {CALL.domain: DomainSpec()}
    _event: CallEventType

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether there is a new event.

        Its state is a time in milliseconds, in which one poll can report two events.
        """
        return (
            from_state.state != to_state.state
            or from_state.attributes.get(ATTR_EVENT_TYPE) != to_state.attributes[ATTR_EVENT_TYPE]
        )

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether the event type matches."""
        return state.attributes.get(ATTR_EVENT_TYPE) == self._event


class CallStartedTrigger(CallTrigger):
    """A call started."""

    _event = CallEventType.STARTED


class CallConnectedTrigger(CallTrigger):
    """A call was connected."""

    _event = CallEventType.CONNECTED


def _answered(value: object) -> object:
    """Return the text of an option: YAML reads a bare `yes` or `no` as a boolean."""
    if isinstance(value, bool):
        return ANSWERED_YES if value else ANSWERED_NO
    return value


class CallEndedTrigger(CallTrigger):
    """A call ended."""

    _event = CallEventType.ENDED
    _schema = ENTITY_STATE_TRIGGER_SCHEMA.extend(
        {
            probatio.Required(CONF_OPTIONS, default={}): {
                probatio.Optional(ATTR_ANSWERED, default=ANSWERED_ANY): probatio.All(
                    _answered, probatio.In([ANSWERED_ANY, ANSWERED_YES, ANSWERED_NO])
                )
            }
        }
    )

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether a call ended, with or without an answer as chosen."""
        if not super().is_valid_state(state, report_not_triggered):
            return False
        wanted = {ANSWERED_YES: (True,), ANSWERED_NO: (False,), ANSWERED_ANY: (True, False, None)}
        return state.attributes.get(ATTR_ANSWERED) in wanted[self._options[ATTR_ANSWERED]]


class ExtensionStateTrigger(ExtensionTarget, EntityTargetStateTriggerBase):
    """An extension came into a state, and stays there as long as `for` says."""

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger."""
        super().__init__(hass, config)
        if self._duration:
            # One failed poll cancels the timer. If the way back from it started no new one, a
            # trigger with `for` would never fire in that call. Set on the instance: only `for`
            # makes sure that what is found after an outage is not taken for a change.
            self._excluded_from_states = frozenset()  # type: ignore[misc]


def _became(entity: EntityKind, states: Collection[str]) -> type[Trigger]:
    """Return the trigger of an entity of an extension that gets one of these states."""

    class StateTrigger(ExtensionStateTrigger):
        _entity = entity
        _domain_specs = {entity.domain: DomainSpec()}
        _to_states = set(states)

    return StateTrigger


# Never rename a key: an unknown one makes every automation that uses it unavailable.
TRIGGERS: dict[str, type[Trigger]] = {
    "became_not_ready": _became(STATUS, NOT_READY),
    "became_on_call": _became(ON_CALL, {STATE_ON}),
    "became_ready": _became(STATUS, {Status.READY}),
    "call_connected": CallConnectedTrigger,
    "call_ended": CallEndedTrigger,
    "call_started": CallStartedTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
