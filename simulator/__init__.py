"""A server that speaks the vendor's Employee Availability API over real HTTP.

It shares no code with the integration's client, so that one mistake cannot hide in both.
"""

from .agents import DEFAULT_EXTENSIONS, Account, AgentState, Extension
from .calls import Method
from .control import Simulator
from .dialect import Dialect
from .faults import FAULTS
from .limits import LIMITS, AtOnce, Bucket, Hang, Limit, OneLane, PerAddress, Window
from .live import Day, random_day
from .server import RequestRecord

__all__ = [
    "DEFAULT_EXTENSIONS",
    "FAULTS",
    "LIMITS",
    "Account",
    "AgentState",
    "AtOnce",
    "Bucket",
    "Day",
    "Dialect",
    "Extension",
    "Hang",
    "Limit",
    "Method",
    "OneLane",
    "PerAddress",
    "RequestRecord",
    "Simulator",
    "Window",
    "random_day",
]
