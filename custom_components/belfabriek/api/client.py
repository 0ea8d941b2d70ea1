"""Client for the two calls of the API."""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
import logging
from typing import Final

import aiohttp

from .exceptions import (
    BelfabriekError,
    FaultError,
    RateLimitedError,
    RequestTimeoutError,
    ServerUnreachableError,
    UnusableAnswerError,
)
from .fault_words import to_fault
from .models import AgentAvailability, CallState, ExtensionState, call_state_from_answer
from .redaction import Redactor, mask_answer, shape_of
from .transport import Answer, Transport
from .url import DEFAULT_URL
from .xmlrpc import Struct, decode_response, encode_call

MAX_IN_FLIGHT = 8
"""Maximum number of concurrent requests, and of connections that are kept alive."""

_LOGGER = logging.getLogger(__name__)


class ParameterNames(StrEnum):
    """The two sets of parameter names in the vendor's document, which contradict each other."""

    SAMPLE = "sample"
    """Those of the samples, which the document calls valid."""
    TABLE = "table"
    """Those of the lists under "Available calls"."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Credentials:
    """Credentials of an account. All of them are secret, so there is no `repr`.

    Without both `supervisor_id` and `manager_id`, `general.getExtensionStatus` cannot be called.
    """

    account_pin: str
    supervisor_id: str | None = None
    manager_id: str | None = None
    account_id: str | None = None
    """For the second call. Defaults to the PIN, as in the vendor's samples."""


@dataclass(slots=True)
class _Reading[AnswerT]:
    """What was read from the last response of an extension, but nothing of the response itself.

    Most responses are the same as in the poll before: not parsing them again saves a third of the
    CPU of a poll.
    """

    digest: int
    shape: str
    value: AnswerT | None = None


@dataclass(slots=True)
class _Call[AnswerT]:
    """One of the two calls."""

    method: str
    read: Callable[[Struct, Redactor], AnswerT]
    last: dict[str, _Reading[AnswerT]] = field(default_factory=dict)
    """By extension ID."""


class BelfabriekClient:
    """The Employee Availability API, for one account.

    Every method raises `CannotConnectError`, `RateLimitedError`, `FaultError` (as
    `RejectedCredentialsError` if it is about the credentials) or `UnusableAnswerError`.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        credentials: Credentials,
        *,
        url: str = DEFAULT_URL,
        parameter_names: ParameterNames = ParameterNames.SAMPLE,
    ) -> None:
        """Use `session`, which the caller closes, and post to `url`."""
        self.parameter_names: Final = parameter_names
        self._labels: Mapping[str, str] = {}
        self._credentials = credentials
        self._redact = Redactor(*astuple(credentials))
        self._transport = Transport(session, url)
        self._timed_out: set[str] = set()
        self._availability = _Call("ivr.getAgentAvail", _read_availability)
        self._call_state = _Call("general.getExtensionStatus", _read_call_state)

    @property
    def include_call_state(self) -> bool:
        """Whether the credentials allow the second call."""
        return bool(self._credentials.supervisor_id and self._credentials.manager_id)

    async def get_extension_state(self, extension_id: str) -> ExtensionState:
        """Return the state of an extension.

        The second call is made only for an agent who takes calls (vendor's document, "How to use
        these calls"). If it fails, what the first one answered stands.
        """
        availability = await self.get_agent_availability(extension_id)
        if not (availability.available and self.include_call_state):
            return ExtensionState(availability=availability)
        try:
            call_state = await self.get_call_state(extension_id)
        except RateLimitedError, ServerUnreachableError:
            raise
        except BelfabriekError as err:
            return ExtensionState(
                availability=availability, call_state_error=without_traceback(err)
            )
        return ExtensionState(availability=availability, call_state_text=call_state)

    async def get_agent_availability(self, extension_id: str) -> AgentAvailability:
        """Call `ivr.getAgentAvail`: availability, reason and phone number of the agent."""
        account = "accountCode" if self._uses_sample_names else "accountPin"
        params = {account: self._credentials.account_pin, "extensionId": extension_id}
        return await self._make(self._availability, extension_id, params)

    async def get_call_state(self, extension_id: str) -> str:
        """Call `general.getExtensionStatus`; return the call state as the server wrote it.

        Raises `ValueError` if the credentials have no supervisor or manager ID.
        """
        credentials = self._credentials
        if not credentials.supervisor_id or not credentials.manager_id:
            raise ValueError("the call needs a supervisor ID and a manager ID")
        account, extension = (
            ("accountCode", "extensionId") if self._uses_sample_names else ("custId", "extId")
        )
        params = {
            "supId": credentials.supervisor_id,
            "manId": credentials.manager_id,
            account: credentials.account_id or credentials.account_pin,
            extension: extension_id,
        }
        return await self._make(self._call_state, extension_id, params)

    @property
    def _uses_sample_names(self) -> bool:
        return self.parameter_names is ParameterNames.SAMPLE

    async def _make[AnswerT](
        self, call: _Call[AnswerT], extension_id: str, params: Mapping[str, str]
    ) -> AnswerT:
        """Make a call. Errors never contain secrets."""
        # After a timeout, don't reuse a connection, which may be dead as well.
        fresh = extension_id in self._timed_out
        self._timed_out.discard(extension_id)
        try:
            answer = await self._transport.post(encode_call(call.method, params), fresh=fresh)
        except BelfabriekError as err:
            if isinstance(err, RequestTimeoutError):
                self._timed_out.add(extension_id)
            self._log(call.method, extension_id, str(err))
            raise
        if _LOGGER.isEnabledFor(logging.DEBUG):
            masked = mask_answer(answer.body, self._redact)
            self._log(call.method, extension_id, f"HTTP status {answer.status}, {masked}")
        digest = hash((answer.status, answer.body))
        last = call.last.get(extension_id)
        if last is None or last.digest != digest:
            hidden = {*filter(None, astuple(self._credentials)), *self._labels}
            shape = shape_of(answer.body, hidden)
            last = call.last[extension_id] = _Reading(digest, f"HTTP {answer.status} {shape}")
        if last.value is None:
            last.value = call.read(_decode(answer, self._redact), self._redact)
        return last.value

    def answer_shapes(self, extension_id: str) -> dict[str, str]:
        """Return the shape of the last response of each call by method, for diagnostics."""
        return {
            call.method: call.last[extension_id].shape
            for call in (self._availability, self._call_state)
            if extension_id in call.last
        }

    def set_labels(self, labels: Mapping[str, str]) -> None:
        """Set the names for the debug log by extension ID; drop what was read of other IDs."""
        self._labels = labels
        for call in (self._availability, self._call_state):
            for extension_id in call.last.keys() - labels.keys():
                del call.last[extension_id]

    def _log(self, method: str, extension_id: str, what: str) -> None:
        """Log the result of a request; `what` must not contain secrets."""
        label = self._redact(self._labels.get(extension_id, "an extension"))
        _LOGGER.debug("%s for %s: %s", method, label, what)


def _decode(answer: Answer, redact: Redactor) -> Struct:
    """Return the members of a response; raise its fault, or `UnusableAnswerError`."""
    try:
        members = decode_response(answer.body)
    except FaultError as err:
        raise to_fault(err, redact) from None
    except UnusableAnswerError:
        if answer.status == HTTPStatus.OK:
            raise
    else:
        if answer.status == HTTPStatus.OK:
            return members
    raise UnusableAnswerError(f"the server answers with HTTP status {answer.status}")


def _read_availability(members: Struct, redact: Redactor) -> AgentAvailability:
    availability = AgentAvailability.from_answer(members)
    reason = availability.reason
    return replace(
        availability,
        # The meaning of a reason is decided before secrets are masked.
        reason=reason if reason is None or availability.reason_is_known else redact(reason),
        unrecognized=availability.unrecognized and redact(availability.unrecognized),
    )


def _read_call_state(members: Struct, redact: Redactor) -> str:
    text = call_state_from_answer(members)
    return text if text.lower() in CallState else redact(text)


def without_traceback[ErrorT: BelfabriekError](err: ErrorT) -> ErrorT:
    """Return the error without its traceback, which would keep frames and responses alive."""
    err.__context__ = None
    return err.with_traceback(None)
