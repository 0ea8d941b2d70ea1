"""Triggers: what happens to the calls and to the status of an extension."""

# ruff: noqa: RUF012 - the base classes declare these attributes as mutable

from typing import Final, override

from homeassistant.const import CONF_OPTIONS, STATE_ON, Platform
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

from .targets import NOT_READY, READY, ExtensionTarget

ATTR_ANSWERED: Final = "answered"
ATTR_EVENT_TYPE: Final = "event_type"
ANSWERED_ANY: Final = "any"
ANSWERED_YES: Final = "yes"
ANSWERED_NO: Final = "no"


class CallTrigger(ExtensionTarget, StatelessEntityTriggerBase):
    """Something happened to a call: the event entity reported it."""

    _domain_specs = {Platform.EVENT: DomainSpec()}
    _translation_key = "call"
    _event: str

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
        """Return whether the event is the one that is waited for."""
        return state.attributes.get(ATTR_EVENT_TYPE) == self._event


class CallStartedTrigger(CallTrigger):
    """A call started."""

    _event = "call_started"


class CallConnectedTrigger(CallTrigger):
    """A call was connected."""

    _event = "call_connected"


def _answered(value: object) -> object:
    """Return the text of an option: YAML reads a bare `yes` or `no` as a boolean."""
    if isinstance(value, bool):
        return ANSWERED_YES if value else ANSWERED_NO
    return value


class CallEndedTrigger(CallTrigger):
    """A call ended."""

    _event = "call_ended"
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


class BecameOnCallTrigger(ExtensionStateTrigger):
    """An extension became busy with a call, as the account's options define it."""

    _domain_specs = {Platform.BINARY_SENSOR: DomainSpec()}
    _translation_key = "on_call"
    _to_states = {STATE_ON}


class BecameReadyTrigger(ExtensionStateTrigger):
    """An extension became ready to be called."""

    _domain_specs = {Platform.SENSOR: DomainSpec()}
    _translation_key = "status"
    _to_states = {READY}


class BecameNotReadyTrigger(ExtensionStateTrigger):
    """An extension stopped taking calls: paused, offline or not available."""

    _domain_specs = {Platform.SENSOR: DomainSpec()}
    _translation_key = "status"
    _to_states = set(NOT_READY)


# A key is for ever: an unknown one makes every automation that uses it unavailable.
TRIGGERS: dict[str, type[Trigger]] = {
    "became_not_ready": BecameNotReadyTrigger,
    "became_on_call": BecameOnCallTrigger,
    "became_ready": BecameReadyTrigger,
    "call_connected": CallConnectedTrigger,
    "call_ended": CallEndedTrigger,
    "call_started": CallStartedTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
