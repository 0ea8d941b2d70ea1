"""The Employee Availability API of Belfabriek / CallFactory, as a package that stands alone.

It knows nothing of Home Assistant, and needs nothing but aiohttp.
"""

from .client import BelfabriekClient, Credentials, ParameterNames
from .exceptions import (
    BelfabriekError,
    CannotConnectError,
    FaultError,
    InvalidUrlError,
    NotTriedError,
    RateLimitedError,
    RejectedCredentialsError,
    RequestTimeoutError,
    UnencryptedUrlError,
    UntrustedCertificateError,
    UnusableAnswerError,
)
from .models import AgentAvailability, CallState, ExtensionState, Status
from .poll import Outcome, poll
from .request_queue import RequestQueue
from .url import DEFAULT_URL, check_url
from .xmlrpc import decode_response, encode_call

__all__ = [
    "DEFAULT_URL",
    "AgentAvailability",
    "BelfabriekClient",
    "BelfabriekError",
    "CallState",
    "CannotConnectError",
    "Credentials",
    "ExtensionState",
    "FaultError",
    "InvalidUrlError",
    "NotTriedError",
    "Outcome",
    "ParameterNames",
    "RateLimitedError",
    "RejectedCredentialsError",
    "RequestQueue",
    "RequestTimeoutError",
    "Status",
    "UnencryptedUrlError",
    "UntrustedCertificateError",
    "UnusableAnswerError",
    "check_url",
    "decode_response",
    "encode_call",
    "poll",
]
