"""The ways to poll an account that are compared."""

from .aioxmlrpc import Aioxmlrpc
from .contender import IN_FLIGHT, Contender, HomeContender
from .floor import Floor
from .ours import Ours
from .rest import Rest
from .server_proxy import Sequential, Threaded

CONTENDERS: tuple[type[Contender], ...] = (Ours, Floor, Sequential, Threaded, Aioxmlrpc, Rest)
ALTERNATIVES: tuple[type[Contender], ...] = (Sequential, Threaded, Aioxmlrpc, Rest)

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
    "Sequential",
    "Threaded",
]
