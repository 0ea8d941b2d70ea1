"""Everything that one run measured."""

from dataclasses import dataclass

from .growth import Growths
from .latency import Latencies
from .options import Options
from .polls import Polls
from .work import Works


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What the document is written from."""

    options: Options
    polls: Polls
    growths: Growths
    works: Works
    latencies: Latencies
    minutes: float
    """How long the run took."""
    busy: float
    """The machine's load average at the end of the run."""
