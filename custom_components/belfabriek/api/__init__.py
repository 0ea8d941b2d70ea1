"""The Employee Availability API of Belfabriek / CallFactory, as a package that stands alone.

It knows nothing of Home Assistant, and needs nothing but aiohttp.
"""

from .client import (
    MAX_IN_FLIGHT,
    BelfabriekClient,
    Credentials,
    ParameterNames,
    without_traceback,
)
from .exceptions import (
    BelfabriekError,
    CannotConnectError,
    ConnectionLostError,
    ConnectionRefusedByServerError,
    EncryptionError,
    FaultError,
    InvalidUrlError,
    RateLimitedError,
    RejectedCredentialsError,
    RequestSkippedError,
    RequestTimeoutError,
    ServerBusyError,
    ServerUnreachableError,
    UnencryptedUrlError,
    UntrustedCertificateError,
    UnusableAnswerError,
)
from .models import ACCEPTING_CALLS, AgentAvailability, CallState, ExtensionState, Status
from .redaction import Redactor
from .transport import CheckedRequest
from .url import DEFAULT_URL, check_url
from .xmlrpc import decode_response, encode_call

__all__ = [
    "ACCEPTING_CALLS",
    "DEFAULT_URL",
    "MAX_IN_FLIGHT",
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
    "FaultError",
    "InvalidUrlError",
    "ParameterNames",
    "RateLimitedError",
    "Redactor",
    "RejectedCredentialsError",
    "RequestSkippedError",
    "RequestTimeoutError",
    "ServerBusyError",
    "ServerUnreachableError",
    "Status",
    "UnencryptedUrlError",
    "UntrustedCertificateError",
    "UnusableAnswerError",
    "check_url",
    "decode_response",
    "encode_call",
    "without_traceback",
]
