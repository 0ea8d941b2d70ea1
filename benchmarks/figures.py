"""What is made of measured values: medians, spreads, and ratios of what was measured in pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Self


@dataclass(frozen=True, slots=True)
class Series:
    """The same thing, measured several times; at least once."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Return a series. Raises `ValueError` without a value."""
        if not values:
            raise ValueError("nothing was measured")
        return cls(tuple(values))

    @property
    def median(self) -> float:
        """The value in the middle."""
        return median(self.values)

    @property
    def low(self) -> float:
        """The smallest value."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The largest value."""
        return max(self.values)

    def over(self, other: Series) -> Series:
        """Return the ratios of this to `other`, round by round.

        What both have felt of a busy machine in the same round cancels out. Rounds that only one
        of them was measured in are left out.
        """
        return Series.of(
            [ours / theirs for ours, theirs in zip(self.values, other.values, strict=False)]
        )

    def percentile(self, percent: int) -> float:
        """Return the value that `percent` of the values (1 to 99) are not above."""
        if len(self.values) == 1:
            return self.values[0]
        return quantiles(self.values, n=100, method="inclusive")[percent - 1]
