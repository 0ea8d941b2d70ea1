"""Triggers for the calls and the status of an extension."""

from typing import ClassVar, Final, override

from homeassistant.const import CONF_FOR, CONF_OPTIONS, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    ENTITY_STATE_TRIGGER_SCHEMA_WITH_BEHAVIOR,
    EntityTriggerBase,
    NotTriggeredReasonReporter,
    Trigger,
    TriggerConfig,
)
from homeassistant.helpers.typing import ConfigType
import probatio

from .agent import CallEventType
from .const import ATTR_ANSWERED
from .targets import (
    CALL,
    NOT_ON_CALL,
    NOT_READY,
    ON_CALL,
    READY,
    EntityKind,
    StateMatch,
    async_validate_target,
)

ATTR_EVENT_TYPE: Final = "event_type"
ANSWERED_ANY: Final = "any"
ANSWERED_YES: Final = "yes"
ANSWERED_NO: Final = "no"


class ExtensionTrigger(EntityTriggerBase):
    """Base of the triggers on an entity of an extension."""

    # Each trigger decides in `is_valid_transition` which states a change may come from.
    _excluded_from_states = frozenset()
    entity: ClassVar[EntityKind]
    schema: ClassVar[probatio.Schema]

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Validate the options and the target."""
        validated: ConfigType = cls.schema(config)
        await async_validate_target(hass, validated, cls.entity)
        return validated

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger."""
        super().__init__(hass, config)
        self.registry = er.async_get(hass)
        self.options = config.options or {}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the matching entities."""
        return self.entity.filter(self.registry, entities)


class CallTrigger(ExtensionTrigger):
    """Base of the triggers on an event of the call event entity."""

    entity = CALL
    schema = ENTITY_STATE_TRIGGER_SCHEMA
    event: ClassVar[CallEventType]

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether there is a new event.

        The state is a time in milliseconds, and a poll can report two events in one millisecond.
        """
        return from_state.state != STATE_UNAVAILABLE and (
            from_state.state != to_state.state
            or from_state.attributes.get(ATTR_EVENT_TYPE) != to_state.attributes[ATTR_EVENT_TYPE]
        )

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether the event type matches."""
        return state.attributes.get(ATTR_EVENT_TYPE) == self.event


class CallStartedTrigger(CallTrigger):
    """A call started."""

    event = CallEventType.STARTED


class CallConnectedTrigger(CallTrigger):
    """A call was connected."""

    event = CallEventType.CONNECTED


def _read_answered(value: object) -> object:
    """Return the option `answered` as text: YAML reads a bare `yes` or `no` as a boolean."""
    if isinstance(value, bool):
        return ANSWERED_YES if value else ANSWERED_NO
    return value


class CallEndedTrigger(CallTrigger):
    """A call ended."""

    event = CallEventType.ENDED
    schema = ENTITY_STATE_TRIGGER_SCHEMA.extend(
        {
            probatio.Required(CONF_OPTIONS, default={}): {
                probatio.Optional(ATTR_ANSWERED, default=ANSWERED_ANY): probatio.All(
                    _read_answered, probatio.In([ANSWERED_ANY, ANSWERED_YES, ANSWERED_NO])
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
        return state.attributes.get(ATTR_ANSWERED) in wanted[self.options[ATTR_ANSWERED]]


class StateTrigger(ExtensionTrigger):
    """Base of the triggers on a state, which may have to last for some time (`for`)."""

    schema = ENTITY_STATE_TRIGGER_SCHEMA_WITH_BEHAVIOR
    match: ClassVar[StateMatch]

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Return whether the state did not match before.

        The first state after an outage is not a change, except with `for`: a failed poll cancels
        the timer, which has to start again after the outage.
        """
        if from_state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
            return bool(self.options.get(CONF_FOR))
        return not self.match.matches(from_state.state)

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Return whether the state matches."""
        return self.match.matches(state.state)


def _trigger(match_: StateMatch) -> type[Trigger]:
    """Return the trigger for a state."""

    class _Trigger(StateTrigger):
        entity = match_.entity
        match = match_

    return _Trigger


# Never rename a key: an unknown one makes every automation that uses it unavailable.
TRIGGERS: Final[dict[str, type[Trigger]]] = {
    "became_on_call": _trigger(ON_CALL),
    "became_ready": _trigger(READY),
    "call_connected": CallConnectedTrigger,
    "call_ended": CallEndedTrigger,
    "call_started": CallStartedTrigger,
    "no_longer_on_call": _trigger(NOT_ON_CALL),
    "no_longer_ready": _trigger(NOT_READY),
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
