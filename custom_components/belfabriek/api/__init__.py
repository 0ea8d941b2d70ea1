"""A client of the Employee Availability API of Belfabriek / CallFactory.

The package does not import Home Assistant, and requires only aiohttp.
"""

from .client import BelfabriekClient, Credentials, ParameterNames
from .exceptions import (
    BelfabriekError,
    CannotConnectError,
    ConnectionLostError,
    ConnectionRefusedByServerError,
    EncryptionError,
    Failure,
    FailureKind,
    FaultError,
    InvalidUrlError,
    RateLimitedError,
    RequestTimeoutError,
    ServerBusyError,
    ServerUnreachableError,
    UnencryptedUrlError,
    UntrustedCertificateError,
    UnusableAnswerError,
)
from .models import (
    ACCEPTING_CALLS,
    CONNECTED,
    IN_CALL,
    KNOWN_WORDS,
    WORKING,
    AgentAvailability,
    CallState,
    ExtensionState,
    Status,
)
from .pace import Pace, Pacer
from .poller import Poller, Result
from .redaction import Redactor
from .transport import CheckedRequest
from .url import DEFAULT_URL, check_url
from .xmlrpc import decode_response, encode_call

__all__ = [
    "ACCEPTING_CALLS",
    "CONNECTED",
    "DEFAULT_URL",
    "IN_CALL",
    "KNOWN_WORDS",
    "WORKING",
    "AgentAvailability",
    "BelfabriekClient",
    "BelfabriekError",
    "CallState",
    "CannotConnectError",
    "CheckedRequest",
    "ConnectionLostError",
    "ConnectionRefusedByServerError",
    "Credentials",
    "EncryptionError",
    "ExtensionState",
    "Failure",
    "FailureKind",
    "FaultError",
    "InvalidUrlError",
    "Pace",
    "Pacer",
    "ParameterNames",
    "Poller",
    "RateLimitedError",
    "Redactor",
    "RequestTimeoutError",
    "Result",
    "ServerBusyError",
    "ServerUnreachableError",
    "Status",
    "UnencryptedUrlError",
    "UntrustedCertificateError",
    "UnusableAnswerError",
    "check_url",
    "decode_response",
    "encode_call",
]
