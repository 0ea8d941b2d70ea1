"""Client for the two calls of the API."""

from collections.abc import Collection, Mapping
from dataclasses import astuple, dataclass, replace
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
    ServerBusyError,
    UnusableAnswerError,
)
from .models import KNOWN_WORDS, AgentAvailability, ExtensionState, call_state_from_answer
from .pace import Pacer
from .redaction import Redactor, mask_answer, shape_of
from .transport import Answer, Transport, is_busy_status
from .url import DEFAULT_URL
from .xmlrpc import Struct, decode_response, encode_call

_LOGGER = logging.getLogger(__name__)


class ParameterNames(StrEnum):
    """The two sets of parameter names in the vendor's document, which contradict each other."""

    SAMPLE = "sample"
    """The names in the samples, which the document calls valid."""
    TABLE = "table"
    """The names in the lists under "Available calls"."""


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


_AVAILABILITY = "ivr.getAgentAvail"
_CALL_STATE = "general.getExtensionStatus"


class BelfabriekClient:
    """The Employee Availability API, for one account.

    Every method raises `CannotConnectError`, `RateLimitedError`, `FaultError` or
    `UnusableAnswerError`. No error contains a credential.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        credentials: Credentials,
        *,
        url: str = DEFAULT_URL,
        parameter_names: ParameterNames = ParameterNames.SAMPLE,
        pacer: Pacer | None = None,
    ) -> None:
        """Use `session`, which the caller closes, and post to `url`."""
        self.parameter_names: Final = parameter_names
        self._uses_sample_names = parameter_names is ParameterNames.SAMPLE
        self.pacer: Final = pacer or Pacer()
        self.include_call_state: Final = bool(credentials.supervisor_id and credentials.manager_id)
        """Whether the credentials allow the second call."""
        self._credentials = credentials
        self._redact = Redactor(*astuple(credentials))
        self._transport = Transport(session, url)
        self._timed_out: set[str] = set()

    async def get_extension_state(
        self, extension_id: str, *, always_call_state: bool = False
    ) -> ExtensionState:
        """Return the state of an extension.

        The second call is made only for an agent who takes calls (vendor's document, "How to use
        these calls"), unless `always_call_state`. If the second call fails, the answer of the first
        call is kept.
        """
        availability = await self.get_agent_availability(extension_id)
        if not self.include_call_state or not (availability.available or always_call_state):
            return ExtensionState(availability=availability)
        try:
            call_state = await self.get_call_state(extension_id)
        except RateLimitedError:
            raise
        except BelfabriekError as err:
            return ExtensionState(availability=availability, call_state_failure=err.failure)
        return ExtensionState(availability=availability, call_state_text=call_state)

    async def get_agent_availability(self, extension_id: str) -> AgentAvailability:
        """Call `ivr.getAgentAvail`: availability, reason and phone number of the agent."""
        members = _decode(await self._post(*self._availability_call(extension_id)), self._redact)
        availability = AgentAvailability.from_answer(members)
        reason = availability.reason
        return replace(
            availability,
            # A known word decides the status, and is never masked.
            reason=reason
            if reason is None or reason.lower() in KNOWN_WORDS
            else self._redact(reason),
            unrecognized=availability.unrecognized and self._redact(availability.unrecognized),
        )

    async def get_call_state(self, extension_id: str) -> str:
        """Call `general.getExtensionStatus`; return the call state as the server wrote it.

        Raises `ValueError` if the credentials have no supervisor or manager ID.
        """
        members = _decode(await self._post(*self._call_state_call(extension_id)), self._redact)
        text = call_state_from_answer(members)
        return text if text.lower() in KNOWN_WORDS else self._redact(text)

    async def get_answer_shapes(self, extension_id: str, hidden: Collection[str]) -> dict[str, str]:
        """Make both calls; return the shapes of the answers by method, for diagnostics.

        Tags and names that contain a text in `hidden` or a credential are masked.
        """
        hidden = {*filter(None, astuple(self._credentials)), *hidden}
        calls = [self._availability_call(extension_id)]
        if self.include_call_state:
            calls.append(self._call_state_call(extension_id))
        shapes = {}
        for method, _, params in calls:
            try:
                answer = await self._post(method, extension_id, params)
                shapes[method] = f"HTTP {answer.status} {shape_of(answer.body, hidden)}"
            except BelfabriekError as err:
                shapes[method] = str(err)
        return shapes

    def _availability_call(self, extension_id: str) -> tuple[str, str, dict[str, str]]:
        account = "accountCode" if self._uses_sample_names else "accountPin"
        params = {account: self._credentials.account_pin, "extensionId": extension_id}
        return _AVAILABILITY, extension_id, params

    def _call_state_call(self, extension_id: str) -> tuple[str, str, dict[str, str]]:
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
        return _CALL_STATE, extension_id, params

    async def _post(self, method: str, extension_id: str, params: Mapping[str, str]) -> Answer:
        """Send a request as soon as the pacer allows."""
        # After a timeout, use a new connection: a kept one may be dead as well.
        fresh = extension_id in self._timed_out
        self._timed_out.discard(extension_id)
        await self.pacer.turn()
        try:
            answer = await self._transport.post(encode_call(method, params), fresh=fresh)
        except BelfabriekError as err:
            if isinstance(err, RequestTimeoutError):
                self._timed_out.add(extension_id)
            _LOGGER.debug("%s for %s: %s", method, self._redact(extension_id), err)
            raise
        if _LOGGER.isEnabledFor(logging.DEBUG):
            _LOGGER.debug(
                "%s for %s: HTTP status %s, %s",
                method,
                self._redact(extension_id),
                answer.status,
                mask_answer(answer.body, self._redact),
            )
        return answer


def _decode(answer: Answer, redact: Redactor) -> Struct:
    """Return the members of a response; raise `FaultError` if the response is a fault."""
    try:
        members = decode_response(answer.body)
    except FaultError as err:
        raise FaultError(err.code, redact(err.text)) from None
    except UnusableAnswerError:
        if answer.status == HTTPStatus.OK:
            raise
    else:
        if answer.status == HTTPStatus.OK:
            return members
    if is_busy_status(answer.status):
        raise ServerBusyError(f"the server refuses the request (HTTP status {answer.status})")
    raise UnusableAnswerError(f"the server answers with HTTP status {answer.status}")
