"""The two calls, over HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import cache
from http import HTTPStatus
import re
from typing import Final, cast

import aiohttp

from .exceptions import (
    CannotConnectError,
    FaultError,
    RateLimitedError,
    RejectedCredentialsError,
    RequestTimeoutError,
    UntrustedCertificateError,
    UnusableAnswerError,
)
from .models import AgentAvailability, CallState, call_state_from_answer
from .url import DEFAULT_URL
from .xmlrpc import Value, decode_response, encode_call

MAX_IN_FLIGHT = 8
"""Requests that are under way at a time, and so connections that are kept."""
REQUEST_TIMEOUT = 10.0
"""Seconds for one request, from sending to the last byte of the answer."""
MAX_TEXT = 255
"""Characters that are kept of a text of the server's; Home Assistant keeps no more of a state."""
MAX_ANSWER = 64 * 1024
"""Bytes that are read of one answer; a real one has about 600."""

_HEADERS = {"Content-Type": "text/xml", "Accept-Encoding": "identity"}
_SHORT_SECRET = 3
"""Up to so many characters, a secret is taken out of a text only where it stands as a word: taking
every "1" out of an error would leave nothing to read."""
_LONG_NUMBER = re.compile(r"\d{7,}")
"""A phone number, most likely somebody's."""

# The vendor documents no fault codes, so the words decide. A fault that may be about something
# else is not certain, and only certainty may stop the polling and ask for new credentials.
_ABOUT_CREDENTIALS = re.compile(
    r"\b(account|pin\b|supervisor|manager|customer|klant|credential|password|wachtwoord"
    r"|log[ -]?in|inlog|authori[sz]|authenti)",
    re.IGNORECASE,
)
_ABOUT_EXTENSIONS = re.compile(r"\b(extension|endpoint|agent|toestel|medewerker)", re.IGNORECASE)


class ParameterNames(StrEnum):
    """The two sets of parameter names in the vendor's document, which contradict each other."""

    SAMPLE = "sample"
    """Those of the samples, which the document calls valid."""
    TABLE = "table"
    """Those of the lists under "Available calls"."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Credentials:
    """What the server recognises an account by. All of it is secret: no `repr`.

    Without both `supervisor_id` and `manager_id`, `general.getExtensionStatus` cannot be asked.
    """

    account_pin: str
    supervisor_id: str | None = None
    manager_id: str | None = None
    account_id: str | None = None
    """For the second call; the samples send the PIN in its place where there is none."""


@dataclass(slots=True)
class _Exchange:
    """A call for an extension: its request, and its last answer that could be read."""

    request: bytes
    answer: bytes | None = None
    value: object = None
    """What was read from the answer."""


class BelfabriekClient:
    """The Employee Availability API, for one account.

    Each request is bounded in time and size. How many are under way at a time is the caller's to
    bound: `RequestQueue` does.
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
        """Use `session`, which stays the caller's to close, and post to `url`."""
        self.parameter_names: Final = parameter_names
        self._session = session
        self._credentials = credentials
        self._url = url
        self._exchanges: dict[tuple[str, str], _Exchange] = {}

    @property
    def include_call_state(self) -> bool:
        """Whether the credentials allow both calls, and not only the first."""
        return bool(self._credentials.supervisor_id and self._credentials.manager_id)

    async def get_agent_availability(self, extension_id: str) -> AgentAvailability:
        """Ask `ivr.getAgentAvail`: whether the agent is available, why not, and its number."""
        return await self._call(
            "ivr.getAgentAvail",
            extension_id,
            self._parameters_of_availability,
            self._read_availability,
        )

    async def get_extension_status(self, extension_id: str) -> str:
        """Ask `general.getExtensionStatus`: what the call is doing, in the server's own words.

        Raises `ValueError` if the credentials have no supervisor or manager ID.
        """
        return await self._call(
            "general.getExtensionStatus",
            extension_id,
            self._parameters_of_status,
            self._read_call_state,
        )

    def _parameters_of_availability(self, extension_id: str) -> dict[str, str]:
        account = "accountCode" if self._uses_sample_names else "accountPin"
        return {account: self._credentials.account_pin, "extensionId": extension_id}

    def _parameters_of_status(self, extension_id: str) -> dict[str, str]:
        credentials = self._credentials
        if not credentials.supervisor_id or not credentials.manager_id:
            raise ValueError("the call needs a supervisor ID and a manager ID")
        account, extension = (
            ("accountCode", "extensionId") if self._uses_sample_names else ("custId", "extId")
        )
        return {
            "supId": credentials.supervisor_id,
            "manId": credentials.manager_id,
            account: credentials.account_id or credentials.account_pin,
            extension: extension_id,
        }

    @property
    def _uses_sample_names(self) -> bool:
        return self.parameter_names is ParameterNames.SAMPLE

    async def _call[AnswerT](
        self,
        method: str,
        extension_id: str,
        parameters_of: Callable[[str], Mapping[str, str]],
        read: Callable[[Mapping[str, Value]], AnswerT],
    ) -> AnswerT:
        """Make one call, and say what is wrong without quoting a secret.

        The request of a call is the same every time, and its answer is, byte for byte, mostly
        that of the poll before: writing and reading them anew would be a third of a poll's work.
        """
        exchange = self._exchanges.get((method, extension_id))
        if exchange is None:
            exchange = _Exchange(encode_call(method, parameters_of(extension_id)))
            self._exchanges[method, extension_id] = exchange
        answer = await self._post(exchange.request)
        if answer != exchange.answer:
            try:
                exchange.value = read(decode_response(answer))
            except FaultError as err:
                raise self._to_fault(err, extension_id) from None
            exchange.answer = answer
        # The same call is always read by the same function.
        return cast("AnswerT", exchange.value)

    def _to_fault(self, err: FaultError, extension_id: str) -> FaultError:
        """Return a fault without secrets, as `RejectedCredentialsError` if it is about them."""
        fault = FaultError(err.code, self._clean(err.text, extension_id))
        about_credentials = (
            _ABOUT_CREDENTIALS.search(fault.text)
            and not _ABOUT_EXTENSIONS.search(fault.text)
            and not fault.is_about_parameters
        )
        return RejectedCredentialsError(fault.code, fault.text) if about_credentials else fault

    def _read_availability(self, answer: Mapping[str, Value]) -> AgentAvailability:
        availability = AgentAvailability.from_answer(answer)
        return replace(
            availability,
            reason=self._clean(availability.reason),
            unrecognized=self._clean(availability.unrecognized),
            endpoint=availability.endpoint and availability.endpoint[:MAX_TEXT],
        )

    def _read_call_state(self, answer: Mapping[str, Value]) -> str:
        text = call_state_from_answer(answer)
        return text if text.lower() in CallState else self._clean(text)

    def _clean[TextT: (str, str | None)](self, text: TextT, *secrets: str) -> TextT:
        """Return a text of the server's without secrets and long numbers, cut to be shown.

        It is cut last: of a secret that is cut in two, a part would stay.
        """
        if not text:
            return text
        credentials = self._credentials
        hidden = {
            credentials.account_pin,
            credentials.supervisor_id,
            credentials.manager_id,
            credentials.account_id,
            *secrets,
        }
        for secret in sorted(filter(None, hidden), key=len, reverse=True):
            word = re.escape(secret)
            if len(secret) <= _SHORT_SECRET:
                word = rf"(?<!\w){word}(?!\w)"
            text = re.sub(word, "***", text)
        return _LONG_NUMBER.sub("***", text)[:MAX_TEXT]

    async def _post(self, body: bytes) -> bytes:
        """Post one request, and return the answer's bytes."""
        try:
            return await self._post_now(body)
        except TimeoutError:
            raise RequestTimeoutError(
                f"no complete answer within {REQUEST_TIMEOUT:.0f} seconds"
            ) from None
        except (aiohttp.ClientError, OSError) as err:
            raise _to_error(err) from None

    async def _post_now(self, body: bytes) -> bytes:
        """Post one request, again if its connection turns out to have been closed meanwhile.

        Both calls only read, so that sending one twice is harmless. A connection that was closed
        in an orderly way is at worst handed out once: the others have been noticed by then. Of a
        server that lost its connections, each kept one is found out by a request of its own.
        """
        attempts = 0
        while True:
            try:
                return await self._post_once(body)
            except aiohttp.ClientConnectorError:
                raise  # a kind of ClientOSError: there was no connection
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as err:
                attempts += 1
                orderly = isinstance(err, aiohttp.ServerDisconnectedError)
                if attempts > (1 if orderly else MAX_IN_FLIGHT):
                    raise

    async def _post_once(self, body: bytes) -> bytes:
        """Post one request on whatever connection there is."""
        if self._session.closed:
            # Its owner is being unloaded while answers are still coming in.
            raise CannotConnectError("the session is closed")
        async with self._session.post(
            self._url,
            data=body,
            headers=_HEADERS,
            timeout=_within(REQUEST_TIMEOUT),
            allow_redirects=False,  # the credentials are in the body
            auto_decompress=False,  # a small answer could unpack to a huge one
        ) as response:
            _check_headers(response)
            answer = await response.content.readany()
            while not response.content.at_eof() and len(answer) <= MAX_ANSWER:
                answer += await response.content.readany()
            if len(answer) > MAX_ANSWER:
                raise UnusableAnswerError(f"the answer is larger than {MAX_ANSWER} bytes")
            return answer


@cache
def _within(seconds: float) -> aiohttp.ClientTimeout:
    """Return a limit for a whole request; from the threshold on it would end at a full second."""
    return aiohttp.ClientTimeout(total=seconds, ceil_threshold=seconds + 1)


def _check_headers(response: aiohttp.ClientResponse) -> None:
    """Raise what the status line and the headers alone say."""
    retry_after = response.headers.get("Retry-After")
    status = response.status
    if status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == HTTPStatus.SERVICE_UNAVAILABLE and retry_after is not None
    ):
        raise RateLimitedError(_to_seconds(retry_after))
    if status != HTTPStatus.OK:
        # 401 and 403 too: the credentials are in the body, so these are about something else.
        raise UnusableAnswerError(f"the server answers with HTTP status {status}")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnusableAnswerError("the answer is compressed, which was not asked for")


def _to_seconds(retry_after: str | None) -> float | None:
    """Return the seconds that a `Retry-After` header names, as a number or as a date."""
    if retry_after is None:
        return None
    try:
        return max(0.0, float(int(retry_after)))
    except ValueError, OverflowError:
        pass
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


def _to_error(err: Exception) -> CannotConnectError:
    """Return why the server was not reached, without its address."""
    match err:
        case aiohttp.ClientConnectorCertificateError():
            return UntrustedCertificateError("the certificate of the server is not trusted")
        case aiohttp.ClientConnectorDNSError():
            return CannotConnectError("the name of the server is not known")
        case aiohttp.ClientSSLError():
            return CannotConnectError("no encrypted connection could be made")
        case aiohttp.ClientConnectorError():
            return CannotConnectError("the server refuses the connection or is out of reach")
        case aiohttp.ClientResponseError():
            return CannotConnectError("the server does not speak HTTP")
        case _:
            return CannotConnectError("the connection broke before the answer was complete")
