"""Proof, before anything is stored, that an account and its extensions work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from aiohttp import ClientSession
from homeassistant.core import HomeAssistant

from .account import AccountData, create_client, create_session
from .api import (
    AgentAvailability,
    BelfabriekError,
    CannotConnectError,
    FaultError,
    ParameterNames,
    RateLimitedError,
    RejectedCredentialsError,
    RequestTimeoutError,
    UntrustedCertificateError,
)
from .const import CONF_ACCOUNT_PIN, CONF_CALL_STATE, CONF_CONNECTION, CONF_PARAMETER_NAMES

_KEYS: tuple[tuple[type[BelfabriekError], str], ...] = (
    (RejectedCredentialsError, "invalid_auth"),
    (FaultError, "extension_refused"),
    (RateLimitedError, "rate_limited"),
    (RequestTimeoutError, "timeout"),
    (UntrustedCertificateError, "untrusted_certificate"),
    (CannotConnectError, "cannot_connect"),
    (BelfabriekError, "not_belfabriek"),
)
"""The translation key of each error: the first kind that fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an extension could not be proven to work."""

    error: BelfabriekError
    in_call_state: bool = False
    """Whether it was the second call that failed."""

    @property
    def key(self) -> str:
        """The translation key of the error."""
        if self.is_rejection and self.in_call_state:
            return "invalid_call_state_ids"
        return next(key for kind, key in _KEYS if isinstance(self.error, kind))

    @property
    def is_rejection(self) -> bool:
        """Whether the server rejected the credentials."""
        return isinstance(self.error, RejectedCredentialsError)

    @property
    def field(self) -> str | None:
        """The field of the account's form that it is about; `None` if it is the extension's."""
        if self.is_rejection:
            return CONF_CALL_STATE if self.in_call_state else CONF_ACCOUNT_PIN
        return None if isinstance(self.error, FaultError) else CONF_CONNECTION

    @property
    def message(self) -> str:
        """The server's own words, if it said anything."""
        return self.error.text if isinstance(self.error, FaultError) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What came of trying an account on its extensions."""

    data: dict[str, str | bool]
    """The data that was tried, completed with the parameter names that the server takes."""
    failures: Mapping[str, Failure]
    """By extension ID."""
    works: bool
    """Whether at least one extension was proven to work, or there was none to try."""

    @property
    def account_failure(self) -> Failure | None:
        """The failure that is the account's; `None` if there is none but those of extensions.

        Rejected credentials are the account's unless they work for some extension; a server that
        is out of reach is, if nothing at all answers.
        """
        if self.works:
            return None
        failures = self.failures.values()
        rejection = next((each for each in failures if each.is_rejection), None)
        if rejection is None and all(each.field == CONF_CONNECTION for each in failures):
            return next(iter(failures))
        return rejection

    @property
    def is_about_parameters(self) -> bool:
        """Whether nothing works because the server does not understand how it was asked."""
        return not self.works and all(
            isinstance(each.error, FaultError) and each.error.is_about_parameters
            for each in self.failures.values()
        )


async def async_probe(
    hass: HomeAssistant, data: AccountData, extension_ids: Sequence[str]
) -> Probe:
    """Try every extension on the real API, all at once.

    The vendor's document names the parameters of the calls in two ways. If the server refuses
    every extension under one of them, the other is tried before giving up.
    """
    names = ParameterNames(str(data.get(CONF_PARAMETER_NAMES, ParameterNames.SAMPLE)))
    other_names = next(each for each in ParameterNames if each is not names)
    session = create_session(hass, auto_cleanup=False)
    try:
        probe = await _async_probe_with(
            session, {**data, CONF_PARAMETER_NAMES: names}, extension_ids
        )
        if probe.works or not any(
            isinstance(failure.error, FaultError) for failure in probe.failures.values()
        ):
            return probe
        other = await _async_probe_with(
            session, {**data, CONF_PARAMETER_NAMES: other_names}, extension_ids
        )
        if other.works or (probe.is_about_parameters and not other.is_about_parameters):
            return other
        return probe
    finally:
        session.detach()


async def _async_probe_with(
    session: ClientSession, data: dict[str, str | bool], extension_ids: Sequence[str]
) -> Probe:
    """Try every extension with exactly this data."""
    client = create_client(session, data)
    queue = object()
    failures: dict[str, Failure] = {}

    def take_availability(
        extension_id: str, availability: AgentAvailability | BelfabriekError
    ) -> None:
        if isinstance(availability, BelfabriekError):
            failures[extension_id] = Failure(error=availability)
        elif client.include_call_state:
            # Whatever the extension is doing: the IDs are proven as well.
            queue.add(
                client.get_call_state,
                extension_id,
                partial(take_call_state, is_available=bool(availability.available)),
            )

    def take_call_state(
        extension_id: str, call_state: str | BelfabriekError, *, is_available: bool
    ) -> None:
        # The vendor's procedure asks only for an available agent; what the server says of
        # another one counts for nothing, unless it is about the credentials.
        if isinstance(call_state, RejectedCredentialsError) or (
            is_available and isinstance(call_state, BelfabriekError)
        ):
            failures[extension_id] = Failure(error=call_state, in_call_state=True)

    for extension_id in extension_ids:
        queue.add(client.get_agent_availability, extension_id, take_availability)
    await queue.run()
    return Probe(
        data=data,
        failures={each: failures[each] for each in extension_ids if each in failures},
        works=not extension_ids or len(failures) < len(extension_ids),
    )
