"""A server that speaks the vendor's Employee Availability API over real HTTP.

It shares no code with the integration's client, so that one mistake cannot hide in both.
"""

from .account import DEFAULT_EXTENSIONS, Account, ConfigError, load_config
from .agents import AgentState, Extension
from .dialect import Dialect
from .faults import CATALOGUE, Effect, FaultKind, FaultRule
from .journal import RequestRecord, TrappedRequest
from .live import Live
from .rejections import FaultCode
from .server import PATH, Simulator
from .service import Method

__all__ = [
    "CATALOGUE",
    "DEFAULT_EXTENSIONS",
    "PATH",
    "Account",
    "AgentState",
    "ConfigError",
    "Dialect",
    "Effect",
    "Extension",
    "FaultCode",
    "FaultKind",
    "FaultRule",
    "Live",
    "Method",
    "RequestRecord",
    "Simulator",
    "TrappedRequest",
    "load_config",
]
