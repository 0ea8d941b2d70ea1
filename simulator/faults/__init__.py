"""Every fault, by its name: importing a module of this package registers its functions."""

from collections.abc import Mapping
from typing import Final

from simulator import fault
from simulator.fault import Fault

from . import network, statuses, responses, members, encodings, hostile  # isort: skip - the order of the table

FAULTS: Final[Mapping[str, Fault]] = fault.FAULTS

__all__ = ["FAULTS", "encodings", "hostile", "members", "network", "responses", "statuses"]
