"""Conditions for the status of an extension."""

# ruff: noqa: RUF012 - the base classes declare these attributes as mutable

from collections.abc import Collection
from typing import override

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .api import Status
from .targets import NOT_READY, ON_CALL, STATUS, EntityKind, ExtensionTarget


class ExtensionCondition(ExtensionTarget, EntityStateConditionBase):
    """Extensions are in a state."""

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        """Return whether all match, and at least one is known.

        In an outage nothing is known, and nothing may be concluded from that.
        """
        return bool(states) and super()._check_all_match_state(states)


def _is(entity: EntityKind, states: Collection[str]) -> type[Condition]:
    """Return the condition that an entity of the extensions has one of these states."""

    class StateCondition(ExtensionCondition):
        _entity = entity
        _domain_specs = {entity.domain: DomainSpec()}
        _states = set(states)

    return StateCondition


# Never rename a key: an unknown one makes every automation that uses it unavailable.
CONDITIONS: dict[str, type[Condition]] = {
    "is_not_ready": _is(STATUS, NOT_READY),
    "is_on_call": _is(ON_CALL, {STATE_ON}),
    "is_ready": _is(STATUS, {Status.READY}),
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
