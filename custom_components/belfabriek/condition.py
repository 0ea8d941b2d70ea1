"""Conditions for the status of an extension."""

from typing import ClassVar, Final, override

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, ConditionConfig, EntityConditionBase
from homeassistant.helpers.typing import ConfigType

from .targets import (
    NOT_ON_CALL,
    NOT_READY,
    ON_CALL,
    READY,
    StateMatch,
    async_validate_target,
)


class ExtensionCondition(EntityConditionBase):
    """Base of the conditions on an entity of an extension."""

    match: ClassVar[StateMatch]

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Validate the options and the target."""
        validated = await super().async_validate_config(hass, config)
        await async_validate_target(hass, validated, cls.match.entity)
        return validated

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Initialize the condition."""
        super().__init__(hass, config)
        self.registry = er.async_get(hass)
        self._domain_specs = {self.match.entity.domain: DomainSpec()}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the matching entities."""
        return self.match.entity.filter(self.registry, entities)

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        """Return whether the state matches."""
        return self.match.matches(entity_state.state)

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        """Return whether all known states match, and at least one state is known.

        In an outage, no state is known, and the condition must not pass.
        """
        return bool(states) and super()._check_all_match_state(states)


def _condition(match_: StateMatch) -> type[Condition]:
    """Return the condition for a state."""

    class _Condition(ExtensionCondition):
        match = match_

    return _Condition


# Never rename a key: an unknown one makes every automation that uses it unavailable.
CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_not_on_call": _condition(NOT_ON_CALL),
    "is_not_ready": _condition(NOT_READY),
    "is_on_call": _condition(ON_CALL),
    "is_ready": _condition(READY),
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
