"""Try an account and its extensions on the real API before anything is stored."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from aiohttp import ClientSession
from homeassistant.core import HomeAssistant

from .account import AccountData, create_client, create_session
from .api import (
    ExtensionState,
    Failure,
    FailureKind,
    FaultError,
    ParameterNames,
    Poller,
    Result,
)
from .const import CONF_ACCOUNT_PIN, CONF_CALL_STATE, CONF_CONNECTION, CONF_PARAMETER_NAMES

VALIDATION_TIMEOUT = 25.0
"""Timeout in seconds for one attempt. There are at most two; many proxies time out after 60 s."""
_MAX_REFUSALS: Final = 8
"""Refusals only, after which nothing more is tried: too many may lock the account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why an extension does not work."""

    failure: Failure
    in_call_state: bool = False
    """Whether the second call failed."""

    @property
    def is_refusal(self) -> bool:
        """Whether the server answered with a fault."""
        return self.failure.kind is FailureKind.FAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """Result of validating an account."""

    data: dict[str, str | bool]
    """The data that was tried, with the parameter names that the server accepts."""
    rejections: Mapping[str, Rejection]
    """By extension ID, in the order in which the extensions were given."""
    works: bool
    """Whether at least one extension works, or there was none to try."""

    @property
    def account_rejection(self) -> Rejection | None:
        """The failure of the account: no extension works, for the same kind of reason."""
        rejections = list(self.rejections.values())
        if self.works:
            return None
        others = [each for each in rejections if not each.is_refusal]
        if others and len(others) < len(rejections):
            return None
        return (others or rejections)[0]

    @property
    def field(self) -> str:
        """The form field to correct if the whole account fails."""
        rejection = self.account_rejection
        if rejection is None or not rejection.is_refusal:
            return CONF_CONNECTION
        return CONF_CALL_STATE if rejection.in_call_state else CONF_ACCOUNT_PIN


async def async_validate(
    hass: HomeAssistant, data: AccountData, extension_ids: Sequence[str]
) -> Validation:
    """Try every extension on the real API, as fast as the server allows.

    The vendor's document names the parameters of the calls in two ways. If the server refuses
    every extension with one of them, the other one is tried too.
    """
    names = ParameterNames(str(data.get(CONF_PARAMETER_NAMES, ParameterNames.SAMPLE)))
    other_names = next(each for each in ParameterNames if each is not names)
    session = create_session(hass, auto_cleanup=False)
    try:
        first = await _async_validate_with(
            hass, session, {**data, CONF_PARAMETER_NAMES: names}, extension_ids
        )
        if first.works or not any(each.is_refusal for each in first.rejections.values()):
            return first
        other = await _async_validate_with(
            hass, session, {**data, CONF_PARAMETER_NAMES: other_names}, extension_ids
        )
        return other if other.works else first
    finally:
        session.detach()


async def _async_validate_with(
    hass: HomeAssistant,
    session: ClientSession,
    data: dict[str, str | bool],
    extension_ids: Sequence[str],
) -> Validation:
    """Try every extension with this data."""
    client = create_client(hass, session, data)
    results: dict[str, Result] = {}
    refusals: list[FaultError] = []

    async def ask(extension_id: str) -> ExtensionState:
        if len(refusals) >= _MAX_REFUSALS and len(refusals) == len(results):
            raise refusals[0]
        try:
            # Both calls, whatever the agent is doing, so that all IDs are proven.
            return await client.get_extension_state(extension_id, always_call_state=True)
        except FaultError as err:
            refusals.append(err)
            raise

    client.pacer.spread(2 * len(extension_ids), VALIDATION_TIMEOUT / 2)
    poller = Poller(ask, client.pacer, results.__setitem__)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(VALIDATION_TIMEOUT):
                await poller.poll(extension_ids)
                await poller.finish()
    finally:
        await poller.stop()
    missing = poller.failure or Failure(
        FailureKind.RATE_LIMITED if poller.is_limited else FailureKind.TIMEOUT, "not tried in time"
    )
    rejections = _rejections({each: results.get(each, missing) for each in extension_ids})
    return Validation(
        data=data,
        rejections=rejections,
        works=not extension_ids or len(rejections) < len(extension_ids),
    )


def _rejections(results: Mapping[str, Result]) -> dict[str, Rejection]:
    """Return why extensions do not work.

    The vendor's procedure makes the second call only for an available agent. For another one, its
    failure counts if no second call works, and at least one agent is available.
    """
    states = [each for each in results.values() if isinstance(each, ExtensionState)]
    works = any(each.call_state_text is not None for each in states)
    rejections: dict[str, Rejection] = {}
    for extension_id, result in results.items():
        if isinstance(result, Failure):
            rejections[extension_id] = Rejection(failure=result)
        elif (failure := result.call_state_failure) and (
            result.availability.available
            or (not works and any(each.availability.available for each in states))
        ):
            rejections[extension_id] = Rejection(failure=failure, in_call_state=True)
    return rejections
