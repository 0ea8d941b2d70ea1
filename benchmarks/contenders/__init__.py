"""The ways to poll an account that are compared."""

from .aioxmlrpc import Aioxmlrpc
from .contender import IN_FLIGHT, Contender, HomeContender
from .floor import Floor
from .ours import Ours
from .rest import Rest, RestAtOnce
from .server_proxy import Sequential, Threaded

ALTERNATIVES: tuple[type[Contender], ...] = (Sequential, Threaded, Aioxmlrpc, Rest)
"""What people would use instead."""
CONTENDERS: tuple[type[Contender], ...] = (Ours, Floor, *ALTERNATIVES, RestAtOnce)
"""All that are measured."""

__all__ = [
    "ALTERNATIVES",
    "CONTENDERS",
    "IN_FLIGHT",
    "Aioxmlrpc",
    "Contender",
    "Floor",
    "HomeContender",
    "Ours",
    "Rest",
    "RestAtOnce",
    "Sequential",
    "Threaded",
]
