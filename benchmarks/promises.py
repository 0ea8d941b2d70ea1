"""Every bound of issue 5, what was measured, and whether it was held."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from . import scene
from .contenders import ALTERNATIVES, Contender, Floor, Ours, Sequential, Threaded
from .figures import Series
from .growth import FEW, MANY, Growth, Growths
from .polls import Setting
from .results import Results

_FLOOR_WALL: Final = 1.10
_LIMIT_WALL: Final = 1.25
_FLOOR_CPU: Final = 1.35
_SEQUENTIAL: Final = 6.5
_OUTSIDE: Final = 0.10
_GROWTH: Final = 10.5


@dataclass(frozen=True, slots=True)
class Promise:
    """A bound and what was seen of it."""

    text: str
    bound: str
    measured: str
    held: bool
    reason: str = ""
    """Why it is not held."""


def check(results: Results) -> list[Promise]:
    """Return all promises that can be judged by what was measured."""
    return [
        *_polls(results),
        *_procedure(results),
        *_alternatives(results),
        *_home(results),
        *_growth(results),
    ]


def _polls(results: Results) -> Iterator[Promise]:
    polls = results.polls
    for count in (FEW, MANY):
        at_20, at_50 = Setting(count, 20), Setting(count, 50)
        if at_20 in polls.costs:
            wall = polls.wall(at_20, Ours).over(polls.wall(at_20, Floor))
            yield _at_most(
                f"Wall time of a poll over bare aiohttp, {count} extensions, 20 ms",
                wall.median,
                _FLOOR_WALL,
            )
            cpu = polls.cpu(at_20, Ours).over(polls.cpu(at_20, Floor))
            yield _at_most(
                f"CPU of a poll over bare aiohttp, {count} extensions, 20 ms",
                cpu.median,
                _FLOOR_CPU,
            )
        if at_50 in polls.costs:
            yield _at_most(
                f"Wall time of a poll over the arithmetic limit, {count} extensions, 50 ms",
                polls.wall(at_50, Ours).median / at_50.limit,
                _LIMIT_WALL,
            )


def _procedure(results: Results) -> Iterator[Promise]:
    polls = results.polls
    made = {count: traffic[Ours.name].requests for count, traffic in polls.traffic.items()}
    yield Promise(
        "Requests of a poll in a steady state are exactly N + available",
        ", ".join(str(scene.requests_of(count)) for count in made),
        ", ".join(map(str, made.values())),
        all(requests == scene.requests_of(count) for count, requests in made.items()),
    )
    steps = [step for steps in polls.procedure.values() for step in steps]
    yield Promise(
        "At most one extra for each extension that becomes unavailable, none otherwise",
        f"{sum(expected for _, expected, _ in steps)} in {len(steps)} polls",
        str(sum(requests for *_, requests in steps)),
        all(requests == expected for _, expected, requests in steps),
    )
    opened = sum(traffic[Ours.name].connections for traffic in polls.traffic.values())
    yield Promise("Connections opened after the first poll", "0", str(opened), opened == 0)


def _alternatives(results: Results) -> Iterator[Promise]:
    setting = Setting(FEW, 20)
    polls = results.polls
    for other in ALTERNATIVES if setting in polls.costs else ():
        bound = _SEQUENTIAL if other is Sequential else 1.0
        for what, measure in (("wall time", polls.wall), ("CPU", polls.cpu)):
            ratio = measure(setting, other).over(measure(setting, Ours)).median
            least = bound if what == "wall time" else 1.0
            yield Promise(
                f"Times faster than {other.name} in {what}, {FEW} extensions, 20 ms",
                f"≥ {least:g}" if least > 1 else "> 1",
                f"{ratio:.2f}",
                ratio >= least if least > 1 else ratio > 1,
                _REASONS.get((other, what), ""),
            )


_REASONS: Final[dict[tuple[type[Contender], str], str]] = {
    (Threaded, "wall time"): (
        "Both are at the arithmetic limit of 8 requests at a time, so that this is a draw."
    ),
    (Threaded, "CPU"): (
        "The standard library's `http.client` costs about what bare aiohttp does, below which no"
        " integration on Home Assistant's session can go."
    ),
}


def _home(results: Results) -> Iterator[Promise]:
    works = results.works.polls
    seen = [
        (writes.changed + writes.reported, writes.differing)
        for (_, _, name), work in works.items()
        if name == Ours.name
        for writes in work.writes
    ]
    yield Promise(
        "State writes are exactly the entities whose value changed",
        ", ".join(str(differing) for _, differing in seen),
        ", ".join(str(writes) for writes, _ in seen),
        all(writes == differing for writes, differing in seen),
    )
    count = max(results.options.work_counts)
    work = works[count, 0, Ours.name]
    outside = Series.of(work.outside).median / Series.of(work.loop).median
    yield Promise(
        f"Event-loop time outside the client, {count} extensions, no change",
        f"≤ {_OUTSIDE:.0%}",
        f"{outside:.1%}",
        outside <= _OUTSIDE,
    )


def _growth(results: Results) -> Iterator[Promise]:
    for text, growth in costs_of_growth(results).items():
        yield _at_most(f"Growth from {FEW} to {MANY} extensions: {text}", growth.times, _GROWTH)


def costs_of_growth(results: Results) -> Growths:
    """Return every cost of ours at 100 and at 1,000 extensions, where both were measured."""
    growths = dict(results.growths)
    traffic = results.polls.traffic
    if {FEW, MANY} <= set(traffic):
        few, many = (traffic[count][Ours.name] for count in (FEW, MANY))
        growths["requests"] = Growth(Series.of([few.requests]), Series.of([many.requests]))
        growths["bytes"] = Growth(
            Series.of([few.bytes_in + few.bytes_out]), Series.of([many.bytes_in + many.bytes_out])
        )
    entries = results.works.entries
    if {FEW, MANY} <= set(results.options.work_counts):
        less, more = (entries[count, Ours.name] for count in (FEW, MANY))
        growths["time to set up the entry"] = Growth(Series.of(less.wall), Series.of(more.wall))
        growths["memory"] = Growth(Series.of([less.memory]), Series.of([more.memory]))
    return growths


def _at_most(text: str, value: float, bound: float) -> Promise:
    return Promise(text, f"≤ {bound:g}", f"{value:.2f}", value <= bound)
