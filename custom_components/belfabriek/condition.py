"""Conditions: what extensions are doing now."""

# ruff: noqa: RUF012 - the base classes declare these attributes as mutable

from typing import override

from homeassistant.const import STATE_ON, Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .targets import NOT_READY, READY, ExtensionTarget


class ExtensionCondition(ExtensionTarget, EntityStateConditionBase):
    """Extensions are in a state."""

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        """Return whether all match, and at least one is known.

        In an outage nothing is known, and nothing may be concluded from that.
        """
        return bool(states) and super()._check_all_match_state(states)


class IsOnCallCondition(ExtensionCondition):
    """Extensions are on a call, as the account's options define it."""

    _domain_specs = {Platform.BINARY_SENSOR: DomainSpec()}
    _translation_key = "on_call"
    _states = {STATE_ON}


class IsReadyCondition(ExtensionCondition):
    """Extensions are ready to be called."""

    _domain_specs = {Platform.SENSOR: DomainSpec()}
    _translation_key = "status"
    _states = {READY}


class IsNotReadyCondition(ExtensionCondition):
    """Extensions take no calls: paused, offline or not available."""

    _domain_specs = {Platform.SENSOR: DomainSpec()}
    _translation_key = "status"
    _states = set(NOT_READY)


# A key is for ever: an unknown one makes every automation that uses it unavailable.
CONDITIONS: dict[str, type[Condition]] = {
    "is_not_ready": IsNotReadyCondition,
    "is_on_call": IsOnCallCondition,
    "is_ready": IsReadyCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
