"""The faults that are active, and which of them hits a request."""

from dataclasses import dataclass
from random import Random

from simulator.service import Method

from .catalogue import CATALOGUE
from .kinds import FaultKind
from .rules import FaultRule


@dataclass(slots=True)
class ActiveFault:
    """A rule in force: how many requests it has `hit` so far."""

    rule: FaultRule
    hits: int = 0

    @property
    def used_up(self) -> bool:
        """Whether the rule has hit as many requests as it may."""
        return self.rule.count is not None and self.hits >= self.rule.count


class FaultBook:
    """The active faults, oldest first. The first that fits a request is the one that hits it."""

    def __init__(self, seed: int) -> None:
        # Not a secret: a share of the requests, the same for the same seed.
        self._random = Random(seed)  # noqa: S311
        self._active: list[ActiveFault] = []

    @property
    def active(self) -> list[ActiveFault]:
        """What is in force."""
        return list(self._active)

    @staticmethod
    def check(rule: FaultRule) -> None:
        """Raise `ValueError` if a rule is narrowed in a way that its kind cannot be."""
        entry = CATALOGUE[rule.kind]
        if entry.make is None and rule.narrowed:
            message = f"{rule.kind} hits the whole server, not some requests"
            raise ValueError(message)
        if rule.method is not None and rule.method not in entry.methods:
            message = f"{rule.kind} cannot hit {rule.method}"
            raise ValueError(message)

    def add(self, rule: FaultRule) -> None:
        """Put a rule in force; `ValueError` as for `check`."""
        self.check(rule)
        self._active.append(ActiveFault(rule))

    def clear(self, kind: FaultKind | None = None) -> None:
        """Drop all rules, or those of one kind."""
        self._active = [one for one in self._active if kind not in {None, one.rule.kind}]

    def draw(
        self, method: Method | None, extension_id: str | None, *, rejected: bool
    ) -> FaultRule | None:
        """Return the rule that hits a request, if any does, and count the hit.

        `method` is None if the request was not understood, `rejected` says that it will be
        answered with a fault.
        """
        for active in self._active:
            if _fits(active.rule, method, extension_id, rejected=rejected) and (
                active.rule.share == 1 or self._random.random() < active.rule.share
            ):
                active.hits += 1
                if active.used_up:
                    self._active.remove(active)
                return active.rule
        return None


def _fits(
    rule: FaultRule, method: Method | None, extension_id: str | None, *, rejected: bool
) -> bool:
    entry = CATALOGUE[rule.kind]
    return (
        entry.make is not None
        and not (entry.of_state and rejected)
        and (method is None or method in entry.methods)
        and rule.method in {None, method}
        and rule.extension_id in {None, extension_id}
    )
