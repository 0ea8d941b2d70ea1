"""A server that speaks the vendor's Employee Availability API over real HTTP.

It shares no code with the integration's client, so that one mistake cannot hide in both.
"""

from .agents import DEFAULT_EXTENSIONS, Account, AgentState, Extension
from .calls import FaultCode, Method
from .dialect import Dialect
from .faults import FAULTS
from .journal import RequestRecord
from .limits import LIMITS, AtOnce, Bucket, Hang, Limit, OneLane, PerAddress, Window
from .live import Live
from .server import Simulator

__all__ = [
    "DEFAULT_EXTENSIONS",
    "FAULTS",
    "LIMITS",
    "Account",
    "AgentState",
    "AtOnce",
    "Bucket",
    "Dialect",
    "Extension",
    "FaultCode",
    "Hang",
    "Limit",
    "Live",
    "Method",
    "OneLane",
    "PerAddress",
    "RequestRecord",
    "Simulator",
    "Window",
]
