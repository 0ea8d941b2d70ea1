"""Fault injection: everything that a server, or the way to it, can do wrong."""

from .book import ActiveFault, FaultBook
from .catalogue import CATALOGUE, Entry
from .kinds import Effect, FaultKind
from .rules import FaultRule, rule_from_json, rule_to_json

__all__ = [
    "CATALOGUE",
    "ActiveFault",
    "Effect",
    "Entry",
    "FaultBook",
    "FaultKind",
    "FaultRule",
    "rule_from_json",
    "rule_to_json",
]
