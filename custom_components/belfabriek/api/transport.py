"""HTTP POST with limits on time and size, and one retry on a dead connection."""

from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
import select
from typing import Final, override
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler
from multidict import CIMultiDict

from .exceptions import (
    CannotConnectError,
    RateLimitedError,
    RequestTimeoutError,
    ServerUnreachableError,
    UntrustedCertificateError,
    UnusableAnswerError,
)

REQUEST_TIMEOUT = 5.0
"""Timeout in seconds for one request, up to the last byte of the response."""
MAX_ANSWER: Final = 16 * 1024
"""Maximum size of a response in bytes; a real one has about 600."""
MAX_HEADER: Final = 64 * 1024
"""Maximum size of a response header in bytes, for `max_field_size`; aiohttp's default is 8 KB."""

_HEADERS = CIMultiDict({"Content-Type": "text/xml", "Accept-Encoding": "identity"})
_COMPRESSIONS = {"gzip", "x-gzip", "deflate", "br", "zstd", "compress", "x-compress"}


@dataclass(slots=True)
class _Attempt:
    """State shared by `Transport` and `CheckedRequest` for one attempt."""

    fresh: bool
    """Whether a new connection is required."""
    reused: bool = False


_attempt: ContextVar[_Attempt] = ContextVar("_attempt")
_used: WeakSet[ResponseHandler] = WeakSet()
"""Connections that have already been used for a request."""


class _StaleConnectionError(aiohttp.ClientConnectionError):
    """The kept-alive connection must not be used; nothing was sent."""


class CheckedRequest(aiohttp.ClientRequest):
    """A request that does not reuse a connection with unsolicited bytes on it.

    aiohttp would take them for the answer to the next request, and so for another extension's.
    Give it to the session as `request_class`.
    """

    @override
    async def send(self, conn: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
        protocol = conn.protocol
        attempt = _attempt.get(None)
        if protocol is None or attempt is None:
            return await super().send(conn)
        if protocol in _used:
            if attempt.fresh:
                raise _StaleConnectionError
            attempt.reused = True
            if protocol.should_close or _is_readable(conn):
                raise _StaleConnectionError
        else:
            _used.add(protocol)
        return await super().send(conn)


def _is_readable(conn: aiohttp.connector.Connection) -> bool:
    """Return whether data or EOF is pending on the socket."""
    if conn.transport is None:
        return True
    waiting = select.poll()
    waiting.register(conn.transport.get_extra_info("socket").fileno(), select.POLLIN)
    return bool(waiting.poll(0))


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response."""

    status: int
    body: bytes


class Transport:
    """Sends POST requests to one address."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def post(self, body: bytes, *, fresh: bool = False) -> Answer:
        """Post one request and return the answer; on a new connection if `fresh`.

        Both calls only read, so sending one twice is harmless. A kept connection may have been
        closed by the server, or have died without a word: then the request is made once more, on
        a new connection.

        Raises `CannotConnectError`, `RateLimitedError` or `UnusableAnswerError`.
        """
        attempt = _Attempt(fresh)
        try:
            return await self._post(body, attempt)
        except CannotConnectError as err:
            if not attempt.reused or isinstance(err, ServerUnreachableError):
                raise
        return await self._post(body, _Attempt(fresh=True))

    async def _post(self, body: bytes, attempt: _Attempt) -> Answer:
        """Post once; skip connections that must not be used."""
        token = _attempt.set(attempt)
        try:
            while True:
                try:
                    return await self._post_once(body)
                except _StaleConnectionError:
                    attempt.reused = False
        except TimeoutError:
            raise RequestTimeoutError(
                f"no complete answer within {REQUEST_TIMEOUT:.0f} seconds"
            ) from None
        except (aiohttp.ClientError, OSError) as err:
            raise _to_error(err) from None
        finally:
            _attempt.reset(token)

    async def _post_once(self, body: bytes) -> Answer:
        if self._session.closed:
            # The entry is being unloaded while answers are still coming in.
            raise CannotConnectError("the session is closed")
        async with self._session.post(
            self._url,
            data=body,
            headers=_HEADERS,
            timeout=_timeout(REQUEST_TIMEOUT),
            allow_redirects=False,  # the credentials are in the body
            auto_decompress=False,  # a small answer could unpack to a huge one
        ) as response:
            _check_headers(response)
            answer = await response.content.readany()
            while not response.content.at_eof() and len(answer) <= MAX_ANSWER:
                answer += await response.content.readany()
            if len(answer) > MAX_ANSWER:
                raise UnusableAnswerError(f"the answer is larger than {MAX_ANSWER} bytes")
            return Answer(response.status, answer)


@cache
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    """Return a total timeout that aiohttp does not round up to full seconds."""
    return aiohttp.ClientTimeout(total=seconds, ceil_threshold=seconds + 1)


def _check_headers(response: aiohttp.ClientResponse) -> None:
    """Raise errors that follow from the status and the headers alone."""
    retry_after = response.headers.get("Retry-After")
    status = response.status
    if status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == HTTPStatus.SERVICE_UNAVAILABLE and retry_after is not None
    ):
        raise RateLimitedError(_to_seconds(retry_after))
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise UnusableAnswerError(f"the server redirects (HTTP status {status})")
    if response.headers.get("Content-Encoding", "").strip().lower() in _COMPRESSIONS:
        raise UnusableAnswerError("the answer is compressed, which was not asked for")


def _to_seconds(retry_after: str | None) -> float | None:
    """Return the seconds of a `Retry-After` header, which is a number or a date."""
    if retry_after is None:
        return None
    # Some servers send a fraction, which the standard does not know.
    with suppress(ValueError):
        return max(0.0, float(retry_after))
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


def _to_error(err: Exception) -> CannotConnectError:
    """Return an error that does not contain the address of the server."""
    match err:
        case aiohttp.ClientConnectorCertificateError():
            return UntrustedCertificateError("the certificate of the server is not trusted")
        case aiohttp.ClientConnectorDNSError():
            return ServerUnreachableError("the name of the server is not known")
        case aiohttp.ClientSSLError():
            return ServerUnreachableError("no encrypted connection could be made")
        case aiohttp.ClientConnectorError():
            return ServerUnreachableError("the server refuses the connection or is out of reach")
        case aiohttp.ClientResponseError():
            return CannotConnectError("the server does not speak HTTP")
        case _:
            return CannotConnectError("the connection broke before the answer was complete")
