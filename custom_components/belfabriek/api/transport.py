"""HTTP POST with limits on time and size, and one retry on a dead connection."""

import asyncio
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
import itertools
import logging
import select
import ssl
from typing import Final, cast, override
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from multidict import CIMultiDict

from .exceptions import (
    CannotConnectError,
    ConnectionLostError,
    ConnectionRefusedByServerError,
    EncryptionError,
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
_MAX_RESPONSE = MAX_HEADER + 4 * MAX_ANSWER
"""Maximum number of bytes received: interim answers, headers, and a body in chunks."""

_IS_GUARDED = hasattr(aiohttp.ClientRequest, "send")
if not _IS_GUARDED:
    logging.getLogger(__name__).warning(
        "aiohttp %s has no ClientRequest.send: connections to the server are not kept alive",
        aiohttp.__version__,
    )
_HEADERS = CIMultiDict({"Content-Type": "text/xml", "Accept-Encoding": "identity"})
if not _IS_GUARDED:
    _HEADERS["Connection"] = "close"
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
    """The kept connection must not be used; nothing was sent."""


class _LimitedProtocol:
    """aiohttp's protocol, with a limit on the size of the response.

    aiohttp reads any number of interim answers ("100 Continue"), and blocks the event loop
    meanwhile.
    """

    def __init__(self, protocol: ResponseHandler) -> None:
        self._protocol = protocol
        self._allowed = _MAX_RESPONSE

    def __getattr__(self, name: str) -> object:
        return getattr(self._protocol, name)

    def data_received(self, data: bytes) -> None:
        self._protocol.data_received(data[: self._allowed])
        self._allowed -= len(data)
        if self._allowed < 0:
            self._protocol.set_exception(UnusableAnswerError("the answer is too large"))


class CheckedRequest(aiohttp.ClientRequest):
    """A request that never gets the answer to another one.

    aiohttp takes unsolicited bytes on a kept connection for the answer to the next request, which
    may be about another extension. Pass this class to the session as `request_class`.
    """

    if _IS_GUARDED:

        @override
        async def send(self, conn: aiohttp.connector.Connection) -> aiohttp.ClientResponse:
            protocol, transport = conn.protocol, conn.transport
            if protocol is None or transport is None:
                raise aiohttp.ClientConnectionError
            attempt = _attempt.get()
            if protocol in _used:
                if attempt.fresh:
                    raise _StaleConnectionError
                attempt.reused = True
                if protocol.should_close or _is_readable(transport):
                    raise _StaleConnectionError
            else:
                _used.add(protocol)
            transport.set_protocol(cast("asyncio.Protocol", _LimitedProtocol(protocol)))
            return await super().send(conn)

    else:
        # A unique key, so that no connection is reused, even if the server keeps it open.
        _numbers = itertools.count()

        @property
        @override
        def connection_key(self) -> ConnectionKey:
            return super().connection_key._replace(proxy_headers_hash=next(self._numbers))


def _is_readable(transport: asyncio.Transport) -> bool:
    """Return whether data or EOF is pending on the socket."""
    waiting = select.poll()
    waiting.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
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

        A kept connection may have been closed by the server, or may be dead: then the request is
        sent once more, on a new connection. Sending it twice is harmless, because both calls only
        read.

        Raises `CannotConnectError`, `RateLimitedError` or `UnusableAnswerError`.
        """
        attempt = _Attempt(fresh)
        try:
            return await self._post(body, attempt)
        except CannotConnectError:
            if not attempt.reused:
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
            # The entry is being unloaded while requests are in progress.
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


def is_busy_status(status: int) -> bool:
    """Return whether a server refuses requests with this status because of its load.

    IIS answers with 403 if an address makes more requests at a time than allowed.
    """
    return status in {HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE}


def _check_headers(response: aiohttp.ClientResponse) -> None:
    """Raise `RateLimitedError` or `UnusableAnswerError` if status and headers say so."""
    retry_after = response.headers.get("Retry-After")
    status = response.status
    if status == HTTPStatus.TOO_MANY_REQUESTS or (
        status == HTTPStatus.SERVICE_UNAVAILABLE and retry_after is not None
    ):
        raise RateLimitedError(_to_seconds(retry_after, response.headers.get("Date")))
    if response.headers.get("Content-Encoding", "").strip().lower() in _COMPRESSIONS:
        raise UnusableAnswerError("the answer is compressed, which was not asked for")


def _to_seconds(retry_after: str | None, date: str | None) -> float | None:
    """Return the seconds of a `Retry-After` header, which is a number or a date.

    A date counts from the `Date` of the response: the clock of the server may be wrong.
    """
    if retry_after is None:
        return None
    # Some servers send a fraction, which the standard does not allow.
    with suppress(ValueError):
        return max(0.0, float(retry_after))
    if (until := _to_datetime(retry_after)) is None:
        return None
    now = _to_datetime(date) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _to_datetime(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _to_error(err: Exception) -> CannotConnectError:
    """Return the error of this client, without the address of the server."""
    kind: type[CannotConnectError]
    match err:
        case aiohttp.ClientConnectorCertificateError():
            kind, text = UntrustedCertificateError, "the certificate of the server is not trusted"
        case aiohttp.ClientConnectorDNSError():
            kind, text = ServerUnreachableError, "the name of the server is not known"
        # With TLS 1.3, a server asks for the client's certificate after the handshake.
        case aiohttp.ClientSSLError() | aiohttp.ClientOSError(__cause__=ssl.SSLError()):
            kind, text = EncryptionError, "no encrypted connection could be made"
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            kind, text = ConnectionRefusedByServerError, "the server refuses the connection"
        case aiohttp.ClientConnectorError(os_error=os_error) if not isinstance(
            os_error, ConnectionResetError
        ):
            kind, text = ServerUnreachableError, "the server is out of reach"
        case aiohttp.ClientConnectionError():
            kind, text = ConnectionLostError, "the connection was closed before any answer"
        case aiohttp.ClientResponseError():
            kind, text = CannotConnectError, "the server does not speak HTTP"
        case _:
            kind, text = CannotConnectError, "the connection broke before the answer was complete"
    return kind(text)
