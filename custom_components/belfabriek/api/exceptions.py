"""Exceptions of the client, and failures as values.

Every message may be shown and logged: the client masks credentials in the text of the server
before it raises.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, override


class FailureKind(StrEnum):
    """Kinds of failures. The values are also translation keys."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    CONNECTION_REFUSED = "connection_refused"
    NO_ENCRYPTION = "no_encryption"
    UNTRUSTED_CERTIFICATE = "untrusted_certificate"
    CONNECTION_LOST = "connection_lost"
    BUSY = "busy"
    RATE_LIMITED = "rate_limited"
    UNUSABLE_ANSWER = "unusable_answer"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call failed."""

    kind: FailureKind
    text: str
    """For the log, in English."""
    quote: str = ""
    """The text of a fault, as the server wrote it."""


class BelfabriekError(Exception):
    """Base of the errors of a call."""

    kind: ClassVar[FailureKind]

    @property
    def failure(self) -> Failure:
        """The error as a value."""
        return Failure(self.kind, str(self))


class CannotConnectError(BelfabriekError):
    """The server was not reached, or the connection broke before the answer was complete."""

    kind = FailureKind.CONNECTION_LOST


class ConnectionLostError(CannotConnectError):
    """A new connection was closed before any answer."""


class RequestTimeoutError(CannotConnectError):
    """No complete response within the timeout."""

    kind = FailureKind.TIMEOUT


class ServerBusyError(CannotConnectError):
    """The server refuses the request with HTTP status 403 or 503."""

    kind = FailureKind.BUSY


class ServerUnreachableError(CannotConnectError):
    """No connection could be made; affects every extension."""

    kind = FailureKind.UNREACHABLE


class ConnectionRefusedByServerError(ServerUnreachableError):
    """The server refuses the connection."""

    kind = FailureKind.CONNECTION_REFUSED


class EncryptionError(ServerUnreachableError):
    """No encrypted connection could be made."""

    kind = FailureKind.NO_ENCRYPTION


class UntrustedCertificateError(ServerUnreachableError):
    """The server's TLS certificate is not trusted, so nothing was sent to it."""

    kind = FailureKind.UNTRUSTED_CERTIFICATE


class RateLimitedError(BelfabriekError):
    """The server asked for fewer requests (HTTP 429, or 503 with `Retry-After`)."""

    kind = FailureKind.RATE_LIMITED

    def __init__(self, retry_after: float | None) -> None:
        """`retry_after` is in seconds from now; `None` if the server named no time."""
        self.retry_after = retry_after
        wait = "" if retry_after is None else f" and to wait {retry_after:.0f} seconds"
        super().__init__(f"the server asked for fewer requests{wait}")


class UnusableAnswerError(BelfabriekError):
    """The response is not a valid response of this API."""

    kind = FailureKind.UNUSABLE_ANSWER


class FaultError(BelfabriekError):
    """The server answered with an XML-RPC fault: the call was understood and refused."""

    kind = FailureKind.FAULT

    def __init__(self, code: int | None, text: str) -> None:
        """`code` and `text` are those of the server; the vendor documents neither."""
        self.code = code
        self.text = text
        super().__init__(f"the server refused the call: {text or 'no reason given'}")

    @property
    @override
    def failure(self) -> Failure:
        """The error as a value, with the words of the server."""
        return Failure(self.kind, str(self), self.text)


class InvalidUrlError(BelfabriekError):
    """The address is not a valid URL."""


class UnencryptedUrlError(InvalidUrlError):
    """The address would send the credentials unencrypted to another machine."""
