"""Exceptions of the client.

The text of each exception can be shown to people and logged: the client takes the credentials and
the extension ID out of whatever the server said before it raises.
"""

import re
from typing import override

_ABOUT_PARAMETERS = re.compile(
    r"\b(?:missing|parameter|unexpected|ontbre|manqu"
    r"|(?:no|not|geen|niet|kein\w*|nicht|aucune?|pas)\b(?:\W+\w+){0,3}?\W+"
    r"(?:given|supplied|provided|specified|opgegeven|meegegeven|angegeben|fourni))",
    re.IGNORECASE,
)


class BelfabriekError(Exception):
    """Base of all errors of a call. Errors with the same text are equal."""

    @override
    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and str(self) == str(other)

    @override
    def __hash__(self) -> int:
        return hash((type(self), str(self)))


class CannotConnectError(BelfabriekError):
    """The server was not reached, or the connection broke before the answer was complete."""


class ConnectionLostError(CannotConnectError):
    """A new connection was closed before any answer; the server may allow only a few at a time."""


class ServerBusyError(CannotConnectError):
    """The server refused the request because of its load, without an answer of the API."""


class ServerUnreachableError(CannotConnectError):
    """No connection could be made; affects every extension."""


class ConnectionRefusedByServerError(ServerUnreachableError):
    """The server refused the connection."""


class EncryptionError(ServerUnreachableError):
    """No encrypted connection could be made, so nothing was sent."""


class RequestSkippedError(CannotConnectError):
    """The request was skipped; says nothing about the extension."""

    def __init__(self) -> None:
        super().__init__("the poll was over before its turn")


class RequestTimeoutError(CannotConnectError):
    """No complete response within the timeout."""


class UntrustedCertificateError(ServerUnreachableError):
    """The server's TLS certificate is not trusted, so nothing was sent to it."""


class RateLimitedError(BelfabriekError):
    """The server asked for fewer requests (HTTP 429, or 503 with `Retry-After`)."""

    def __init__(self, retry_after: float | None) -> None:
        """`retry_after` is in seconds from now, and `None` where the server named no time."""
        self.retry_after = retry_after
        wait = "" if retry_after is None else f" and to wait {retry_after:.0f} seconds"
        super().__init__(f"the server asked for fewer requests{wait}")


class UnusableAnswerError(BelfabriekError):
    """The response is not one of this API."""


class FaultError(BelfabriekError):
    """The server answered with an XML-RPC fault: it understood the call and refused it."""

    def __init__(self, code: int | None, text: str) -> None:
        """`code` and `text` are the server's own; neither is documented by the vendor."""
        self.code = code
        self.text = text
        self.is_about_parameters = _ABOUT_PARAMETERS.search(text) is not None
        """Whether the fault is about the parameters of the request."""
        super().__init__(f"the server refused the call: {text or 'no reason given'}")


class RejectedCredentialsError(FaultError):
    """The server answered with a fault that clearly says that the credentials are wrong."""


class InvalidUrlError(BelfabriekError):
    """The address is not a valid URL."""


class UnencryptedUrlError(InvalidUrlError):
    """The address would send the credentials unencrypted to another machine."""
