"""Try an account and its extensions on the real API before anything is stored."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import ClientSession
from homeassistant.core import HomeAssistant

from .account import AccountData, create_client, create_session
from .api import (
    MAX_IN_FLIGHT,
    BelfabriekClient,
    BelfabriekError,
    CannotConnectError,
    FaultError,
    ParameterNames,
    RateLimitedError,
    RejectedCredentialsError,
    RequestTimeoutError,
    UntrustedCertificateError,
)
from .api.fault_words import is_about_call_state_ids
from .const import CONF_ACCOUNT_PIN, CONF_CALL_STATE, CONF_CONNECTION, CONF_PARAMETER_NAMES

VALIDATION_TIMEOUT = 25.0
"""Timeout in seconds for one attempt. There are at most two; many proxies time out after 60 s."""

_KEYS: tuple[tuple[type[BelfabriekError], str], ...] = (
    (RejectedCredentialsError, "invalid_auth"),
    (FaultError, "extension_refused"),
    (RateLimitedError, "rate_limited"),
    (RequestTimeoutError, "timeout"),
    (UntrustedCertificateError, "untrusted_certificate"),
    (CannotConnectError, "cannot_connect"),
    (BelfabriekError, "not_belfabriek"),
)
"""Translation key by kind of error; the first match counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an extension does not work."""

    error: BelfabriekError
    in_call_state: bool = False
    """Whether the second call failed."""

    @property
    def key(self) -> str:
        """The translation key of the error."""
        if self.is_rejection and self.in_call_state:
            return "invalid_call_state_ids"
        return next(key for kind, key in _KEYS if isinstance(self.error, kind))

    @property
    def is_rejection(self) -> bool:
        """Whether the server rejected the credentials, or the IDs that the second call needs."""
        return isinstance(self.error, RejectedCredentialsError) or (
            self.in_call_state
            and isinstance(self.error, FaultError)
            and is_about_call_state_ids(self.error.text)
        )

    @property
    def is_refusal(self) -> bool:
        """Whether the server refused only this extension."""
        return isinstance(self.error, FaultError) and not self.is_rejection

    @property
    def is_of_extension(self) -> bool:
        """Whether another extension may still work: a refusal that is not about parameters."""
        return self.is_refusal and not self.is_about_parameters

    @property
    def is_about_parameters(self) -> bool:
        """Whether the server does not accept the parameter names."""
        return isinstance(self.error, FaultError) and self.error.is_about_parameters

    @property
    def field(self) -> str:
        """The form field to correct if the whole account fails."""
        if self.is_rejection:
            return CONF_CALL_STATE if self.in_call_state else CONF_ACCOUNT_PIN
        return CONF_CONNECTION

    @property
    def message(self) -> str:
        """The fault text of the server, if any."""
        return self.error.text if isinstance(self.error, FaultError) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """Result of validating an account."""

    data: dict[str, str | bool]
    """The data that was tried, with the parameter names that the server accepts."""
    failures: Mapping[str, Failure]
    """By extension ID, in the order in which the extensions were given."""
    works: bool
    """Whether at least one extension works, or there was none to try."""

    @property
    def account_failure(self) -> Failure | None:
        """The failure that is the account's; `None` if all failures are those of extensions.

        Rejected credentials are the account's unless they work for some extension; a connection
        error is, if no extension gets an answer.
        """
        if self.works:
            return None
        failures = self.failures.values()
        rejection = next((each for each in failures if each.is_rejection), None)
        if rejection is None and not any(each.is_refusal for each in failures):
            return next(iter(failures))
        return rejection

    @property
    def is_about_parameters(self) -> bool:
        """Whether everything failed because the server does not accept the parameter names."""
        return not self.works and all(each.is_about_parameters for each in self.failures.values())


async def async_validate(
    hass: HomeAssistant, data: AccountData, extension_ids: Sequence[str]
) -> Validation:
    """Try every extension on the real API, several at a time.

    The vendor's document names the parameters of the calls in two ways. If the server refuses
    every extension with one of them, the other one is tried too.
    """
    names = ParameterNames(str(data.get(CONF_PARAMETER_NAMES, ParameterNames.SAMPLE)))
    other_names = next(each for each in ParameterNames if each is not names)
    session = create_session(hass, auto_cleanup=False)
    try:
        first = await _async_validate_with(
            session, {**data, CONF_PARAMETER_NAMES: names}, extension_ids
        )
        if first.works or not any(
            isinstance(failure.error, FaultError) for failure in first.failures.values()
        ):
            return first
        other = await _async_validate_with(
            session, {**data, CONF_PARAMETER_NAMES: other_names}, extension_ids
        )
        if other.works or (first.is_about_parameters and not other.is_about_parameters):
            return other
        return first
    finally:
        session.detach()


async def _async_validate_with(
    session: ClientSession, data: dict[str, str | bool], extension_ids: Sequence[str]
) -> Validation:
    """Try every extension with this data."""
    client = create_client(session, data)
    results: dict[str, Failure | None] = {}
    pending = iter(extension_ids)

    def common_failure() -> Failure | None:
        """Return the failure that every further extension would have, too.

        Wrong credentials, wrong parameters or a server that hangs. Too many attempts with a wrong
        PIN may lock the account.
        """
        failures = [each for each in results.values() if each and not each.is_of_extension]
        return failures[0] if len(failures) == len(results) >= MAX_IN_FLIGHT else None

    async def async_work() -> None:
        for extension_id in pending:
            results[extension_id] = await _async_try(client, extension_id)
            if common_failure():
                return

    with suppress(TimeoutError):
        async with asyncio.timeout(VALIDATION_TIMEOUT), asyncio.TaskGroup() as workers:
            for _ in range(MAX_IN_FLIGHT):
                workers.create_task(async_work())

    skipped = common_failure() or Failure(error=RequestTimeoutError("not tried in time"))
    failures = {
        extension_id: failure
        for extension_id in extension_ids
        if (failure := results.get(extension_id, skipped)) is not None
    }
    return Validation(
        data=data,
        failures=failures,
        works=not extension_ids or len(failures) < len(extension_ids),
    )


async def _async_try(client: BelfabriekClient, extension_id: str) -> Failure | None:
    """Make both calls for an extension; return why it does not work, if it does not."""
    try:
        availability = await client.get_agent_availability(extension_id)
    except BelfabriekError as err:
        return Failure(error=err)
    if not client.include_call_state:
        return None
    try:
        # Whatever the agent is doing, so that the IDs are proven as well.
        await client.get_call_state(extension_id)
    except BelfabriekError as err:
        # The vendor's procedure asks only for an available agent. For another one, only what the
        # server says about the credentials counts.
        failure = Failure(error=err, in_call_state=True)
        if availability.available or failure.is_rejection:
            return failure
    return None
