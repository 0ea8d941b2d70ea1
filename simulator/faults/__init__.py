"""Every fault, by its name: importing a module of this package registers its functions."""

from simulator.fault import FAULTS

from . import network, statuses, responses, members, encodings, hostile  # isort: skip - the order of the table

__all__ = ["FAULTS", "encodings", "hostile", "members", "network", "responses", "statuses"]
