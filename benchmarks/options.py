"""How much is measured."""

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A run."""

    counts: tuple[int, ...]
    """Numbers of extensions."""
    delays: tuple[int, ...]
    """Milliseconds that the server takes for an answer."""
    rounds: int
    """Polls of each contender, where they are quick."""
    patience: float
    """Seconds that the polls of one contender may take in one combination, if two rounds fit in."""
    work_counts: tuple[int, ...]
    """Numbers of extensions for what is measured inside Home Assistant."""
    latency: tuple[tuple[int, float], ...]
    """Scan intervals, and for how many seconds each is watched."""


FULL: Final = Options(
    counts=(1, 10, 100, 300, 1000),
    delays=(0, 20, 50),
    rounds=11,
    patience=30.0,
    work_counts=(100, 1000),
    latency=((5, 30.0), (10, 45.0)),
)
QUICK: Final = replace(
    FULL,
    counts=(1, 10, 100),
    delays=(0, 20),
    rounds=2,
    patience=2.0,
    work_counts=(10, 100),
    latency=((5, 8.0),),
)
