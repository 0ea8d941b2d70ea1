"""A server that speaks the vendor's Employee Availability API over real HTTP.

It shares no code with the integration's client, so that one mistake cannot hide in both.
"""

from .account import DEFAULT_EXTENSIONS, Account, ConfigError, load_config
from .agents import AgentState, Extension
from .calls import FaultCode, Method
from .dialect import Dialect
from .fault import ActiveFault, Effect, Fault
from .faults import FAULTS
from .journal import RequestRecord, TrappedRequest
from .live import Live
from .server import PATH, Simulator

__all__ = [
    "DEFAULT_EXTENSIONS",
    "FAULTS",
    "PATH",
    "Account",
    "ActiveFault",
    "AgentState",
    "ConfigError",
    "Dialect",
    "Effect",
    "Extension",
    "Fault",
    "FaultCode",
    "Live",
    "Method",
    "RequestRecord",
    "Simulator",
    "TrappedRequest",
    "load_config",
]
