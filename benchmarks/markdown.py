"""Tables and figures as the document shows them."""

from collections.abc import Iterable, Sequence
from typing import Final

from .contenders import Ours
from .figures import Series

MILLI: Final = 1000.0
"""Milliseconds in a second."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def emphasised(name: str) -> str:
    """Return a contender's name, ours so that it stands out."""
    return f"**{name}**" if name == Ours.name else name


def milliseconds(series: Series) -> str:
    """Return the median of seconds as milliseconds, and the spread where there is one."""
    middle = f"{series.median * MILLI:.1f}"
    if len(series.values) == 1:
        return middle
    return f"{middle} ({series.low * MILLI:.1f} to {series.high * MILLI:.1f})"
