"""Try an account and its extensions on the real API before anything is stored."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from statistics import mode
from typing import Final

from homeassistant.core import HomeAssistant

from .account import AccountData, create_client, create_session
from .api import (
    BelfabriekClient,
    ExtensionState,
    Failure,
    FailureKind,
    FaultError,
    ParameterNames,
    Poller,
    Result,
)
from .const import CONF_PARAMETER_NAMES

VALIDATION_TIMEOUT = 25.0
"""Timeout in seconds for one attempt. There are at most two; many proxies time out after 60 s."""
_MAX_REFUSALS: Final = 8
"""Number of refusals without a success after which validation stops: more may lock the account."""
_MAX_ZEROS: Final = 3
"""Maximum number of leading zeros that may be missing in an ID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why an extension does not work."""

    failure: Failure
    in_call_state: bool = False
    """Whether the second call failed."""
    longer_id: str | None = None
    """The ID with leading zeros, if the server knows that ID."""

    @property
    def is_refusal(self) -> bool:
        """Whether the server answered with a fault."""
        return self.failure.kind is FailureKind.FAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The result of trying an account and its extensions."""

    data: AccountData
    """The data that was tried, with the parameter names that the server accepts."""
    rejections: Mapping[str, Rejection]
    """Rejections by extension ID, in the order of the input."""
    works: bool
    """Whether an extension works, or there are no extensions."""

    @property
    def of_account(self) -> Rejection | None:
        """Why no extension works, if the reason is of the same kind for all."""
        rejections = list(self.rejections.values())
        others = [each for each in rejections if not each.is_refusal]
        if self.works or any(each.longer_id for each in rejections):
            return None
        return None if 0 < len(others) < len(rejections) else (others or rejections)[0]

    @property
    def first_calls_refused(self) -> int:
        """How many extensions the server refused in the first call."""
        return sum(each.is_refusal and not each.in_call_state for each in self.rejections.values())


async def async_validate_account(
    hass: HomeAssistant, data: AccountData, extension_ids: Collection[str]
) -> Validation:
    """Try the credentials of an account on its extensions.

    The vendor's document names the parameters of the calls in two ways. If the server refuses
    every extension with one of them, the other one is tried too.
    """
    names = ParameterNames(str(data.get(CONF_PARAMETER_NAMES, ParameterNames.SAMPLE)))
    other = next(each for each in ParameterNames if each is not names)
    first = await async_validate(hass, {**data, CONF_PARAMETER_NAMES: names}, extension_ids)
    if first.works or not first.first_calls_refused:
        return first
    second = await async_validate(hass, {**data, CONF_PARAMETER_NAMES: other}, extension_ids)
    return min(first, second, key=lambda each: (not each.works, each.first_calls_refused))


async def async_validate(
    hass: HomeAssistant, data: AccountData, extension_ids: Collection[str]
) -> Validation:
    """Try every extension, as fast as the server allows."""
    session = create_session(hass, auto_cleanup=False)
    try:
        return await _async_validate(create_client(hass, session, data), data, extension_ids)
    finally:
        session.detach()


async def _async_validate(
    client: BelfabriekClient, data: AccountData, extension_ids: Collection[str]
) -> Validation:
    until = asyncio.get_running_loop().time() + VALIDATION_TIMEOUT
    results = await _async_ask(client, extension_ids, until)
    rejections = _rejections(results)
    works = [each for each in results if each not in rejections]
    refused = [each for each in rejections if isinstance(results[each], Failure)]
    longer = await _async_find_longer(
        client, [each for each in refused if rejections[each].is_refusal], works, until
    )
    return Validation(
        data=data,
        rejections={
            each: replace(rejection, longer_id=longer.get(each))
            for each, rejection in rejections.items()
        },
        works=bool(works) or not extension_ids,
    )


async def _async_ask(
    client: BelfabriekClient, extension_ids: Collection[str], until: float
) -> dict[str, Result]:
    """Return the results by extension ID, without those skipped because all were refused."""
    results: dict[str, Result] = {}
    refusals: list[FaultError] = []
    skipped: set[str] = set()

    async def ask(extension_id: str) -> ExtensionState:
        if len(refusals) >= _MAX_REFUSALS and len(refusals) == len(results) - len(skipped):
            skipped.add(extension_id)
            raise refusals[0]
        try:
            # Always make both calls, so that all IDs are checked.
            return await client.get_extension_state(extension_id, always_call_state=True)
        except FaultError as err:
            refusals.append(err)
            raise

    client.pacer.spread(2 * len(extension_ids), VALIDATION_TIMEOUT / 2)
    poller = Poller(ask, client.pacer, results.__setitem__)
    # Spread over the list: wrong lines at its start must not look like a wrong PIN.
    ids = list(extension_ids)
    step = max(1, len(ids) // _MAX_REFUSALS)
    spread = [each for start in range(step) for each in ids[start::step]]
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await poller.poll(spread)
                await poller.finish()
    finally:
        await poller.stop()
    missing = poller.failure or Failure(
        FailureKind.RATE_LIMITED if poller.is_limited else FailureKind.TIMEOUT, "not tried in time"
    )
    return {each: results.get(each, missing) for each in extension_ids if each not in skipped}


async def _async_find_longer(
    client: BelfabriekClient, refused: Collection[str], works: Collection[str], until: float
) -> dict[str, str]:
    """Return the IDs with leading zeros that the server knows, by the entered ID.

    A spreadsheet drops leading zeros. The length of an ID follows from the IDs that work.
    """
    numbers = [each for each in refused if each.isdigit()]
    if numbers and not works:
        first = numbers[0]
        guesses = [first.zfill(len(first) + zeros) for zeros in range(1, _MAX_ZEROS + 1)]
        works = await _async_known(client, guesses, until)
    if not works:
        return {}
    length = mode(map(len, works))
    longer = {each.zfill(length): each for each in numbers if len(each) < length}
    known = await _async_known(client, list(longer), until)
    return {longer[each]: each for each in known}


async def _async_known(
    client: BelfabriekClient, extension_ids: Collection[str], until: float
) -> list[str]:
    results = await _async_ask(client, extension_ids, until) if extension_ids else {}
    return [each for each in results if isinstance(results[each], ExtensionState)]


def _rejections(results: Mapping[str, Result]) -> dict[str, Rejection]:
    """Return why extensions do not work.

    In the vendor's procedure, only available agents have a second call. For an unavailable agent,
    its failure counts only if no second call works and at least one agent is available.
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
