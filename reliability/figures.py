"""What was measured: kept beside the document, so that each command renews its own part of it."""

from dataclasses import asdict, dataclass, field
import json
from pathlib import Path
from typing import Any, Final, Self

STORE: Final = Path(__file__).parent.parent / "docs" / "reliability.json"


@dataclass(kw_only=True)
class Outcome:
    """What a fault did, over all cases in which it hit the same target."""

    cases: int = 0
    shown: list[str] = field(default_factory=list)
    """Everything that the faulty extensions showed, in words."""
    wrong: list[str] = field(default_factory=list)
    """The cases in which anything but what was promised happened, in words."""
    too_much: list[str] = field(default_factory=list)
    """The cases that took more time or memory than was promised, in words."""
    neighbours: int = 0
    """How many states of neighbours were compared."""
    polls_until_healed: int = 0
    """The most polls after the fault, the one that healed included."""
    pause: float = 0.0
    """The most seconds that the server was left alone before that, at its own wish."""
    blocked_ms: float = 0.0
    """The longest time that the event loop was busy with one callback of a poll."""
    decoded_ms: float = 0.0
    """The longest time that one answer of these polls took to decode."""
    memory_kib: float = 0.0
    """The most memory above what was in use before the poll."""


@dataclass(kw_only=True)
class FaultFigures:
    """A kind of fault."""

    kind: str
    note: str
    effect: str
    one: Outcome | None = None
    """Of one extension; `None` for what hits the whole server only."""
    all: Outcome


@dataclass(kw_only=True)
class DecodeFigures:
    """How long the catalogue's answers take to decode."""

    answers: int
    repetitions: int
    worst: list[tuple[str, int, float, float]]
    """The slowest answers: kind, bytes, worst and median milliseconds."""


@dataclass(kw_only=True)
class SoakFigures:
    """A soak."""

    polls: int
    extensions: int
    seconds: float
    seed: int
    requests: int
    injected: int
    """Requests that were answered with a fault."""
    kinds: int
    outages: int
    """Times that the server refused every connection for a while."""
    changes: int
    """Changes of an agent's state."""
    compared: int
    """Comparisons of what an extension shows with what the server answered."""
    wrong: int
    needlessly_unavailable: int
    """Extensions that were unavailable although the server's answers told their state."""
    error_records: int
    tracebacks: int
    peak_connections: int
    rss_mib: tuple[float, float]
    """Memory of the process after the warm-up, and at the end."""
    blocks: tuple[int, int]
    """Blocks of memory that Python objects hold, at the same moments."""
    left_over: list[str]
    """Tasks, timers and connections after unloading."""


@dataclass(kw_only=True)
class FuzzFigures:
    """A run of the fuzzer that found nothing."""

    seconds: int
    seeds: int
    executions: int = 0
    coverage: int = 0


@dataclass(kw_only=True)
class Figures:
    """Everything in the document."""

    faults: list[FaultFigures] = field(default_factory=list)
    decode: DecodeFigures | None = None
    promises: dict[str, str] = field(default_factory=dict)
    """The other promises by their sentence, and what was seen."""
    soak: SoakFigures | None = None
    fuzz: FuzzFigures | None = None

    @classmethod
    def load(cls, store: Path = STORE) -> Self:
        """Return what was measured so far."""
        if not store.exists():
            return cls()
        stored: dict[str, Any] = json.loads(store.read_text(encoding="utf-8"))
        return cls(
            faults=[_fault(each) for each in stored["faults"]],
            decode=stored["decode"] and DecodeFigures(**stored["decode"]),
            promises=stored["promises"],
            soak=stored["soak"] and SoakFigures(**stored["soak"]),
            fuzz=stored["fuzz"] and FuzzFigures(**stored["fuzz"]),
        )

    def save(self, store: Path = STORE) -> None:
        """Keep what was measured."""
        store.parent.mkdir(exist_ok=True)
        store.write_text(
            json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def _fault(stored: dict[str, Any]) -> FaultFigures:
    one = stored["one"] and Outcome(**stored["one"])
    return FaultFigures(**{**stored, "one": one, "all": Outcome(**stored["all"])})
