"""docs/reliability.md, written from what was measured."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any, Final

from .faults import BLOCKED_MS, MEMORY_KIB, STATES
from .figures import STORE, Figures, Outcome
from .soak import MAX_CONNECTIONS, MAX_GROWTH, SHARE, WARM_UP

DOCUMENT: Final = STORE.with_suffix(".md")
_NOT_YET: Final = "Not measured yet.\n"

_INTRODUCTION: Final = """\
# Reliability

*Written by `scripts/faults` and `scripts/soak`, not by hand.*

What is promised of the integration, whatever the server does:

- **Never wrong.** An entity shows what the server answered in the last poll, or that this is not
  known: `unknown` where one value is missing or strange, `unavailable` where an answer tells
  nothing. It never shows an older state, and never one that the server did not report.
- **Its own trouble only.** What goes wrong with one extension changes nothing for the others.
- **Never down.** All is well again in the first poll after the fault, without a restart, a reload
  or a person. A server that asks to be left alone for a while is left alone for as long, at most
  for five minutes; then the first poll is the one that is allowed.
- **Quiet.** An outage is logged once, and once when it is over; no fault brings a traceback.
- **Small.** No answer keeps Home Assistant from other things for more than {blocked:g} ms, and a
  poll takes no more than {memory:.0f} KiB of memory, however much the server sends.

## How it was measured

Nothing is mocked: the core of Home Assistant, as its test harness starts it, polls over real HTTP,
and the simulator that it asks runs in a process of its own. Time is put forward between polls, and
a request under a fault that only waits is given 0.5 s instead of 10 s. What an entity may show is
decided by a table of its own that shares no code with the integration, from the simulator's record
of what it really answered.

Each fault hits one extension of five, once in each call that it can spoil and once in each of
{states} states of its agent ({names}), and then the whole server. Every time all five agents do
something new when the fault begins, and again when it is over, so that nothing is right by standing
still. Two polls happen under the fault, then as many as it takes to heal.

- *Shown*: everything that the faulty extensions showed. "The true state" of a fault that makes
  others unavailable is that of an agent who is not available: nothing depends on the second call
  then.
- *Healed*: polls after the end of the fault, the one that healed included; in brackets the most
  seconds for which the server was left alone before, as it had asked.
- *Busy*: the longest time that the event loop spent in one callback of the second poll, in
  milliseconds of the thread's own time; of this, *decoding* is the most that one answer took.
- *Memory*: the most that was allocated during the first poll, above what was in use before
  (`tracemalloc`; the simulator is elsewhere and does not count).
"""


def renew(**parts: Any) -> None:  # noqa: ANN401 - the parts of `Figures`, each with its own type
    """Store newly measured parts of the figures, and write the document anew."""
    figures = replace(Figures.load(), **parts)
    figures.save()
    DOCUMENT.write_text(render(figures), encoding="utf-8")


def render(figures: Figures) -> str:
    """Return the document."""
    introduction = _INTRODUCTION.format(
        blocked=BLOCKED_MS, memory=MEMORY_KIB, states=len(STATES), names=", ".join(STATES)
    )
    sections = {
        "Result": _result(figures),
        "Faults of one extension": _table(
            (each.kind, each.note, each.one) for each in figures.faults if each.one
        ),
        "Faults of the whole server": _table(
            (each.kind, each.note, each.all) for each in figures.faults
        ),
        "Answers, decoded": _decoding(figures),
        "Other promises": _promises(figures),
        "Soak": _soak(figures),
        "Fuzzing": _fuzzing(figures),
    }
    texts = (f"## {title}\n\n{''.join(lines) or _NOT_YET}" for title, lines in sections.items())
    return "\n".join((introduction, *texts))


def _result(figures: Figures) -> Iterator[str]:
    outcomes = _outcomes(figures)
    if not outcomes:
        return
    wrong = list(chain.from_iterable((*each.wrong, *each.too_much) for each in outcomes))
    yield f"- {len(figures.faults)} kinds of faults in {sum(each.cases for each in outcomes)} cases"
    yield f"; states of neighbours compared: {sum(each.neighbours for each in outcomes)}\n"
    yield f"- Anything else than promised: {len(wrong)}\n"
    yield f"- Most polls until healed: {max(each.polls_until_healed for each in outcomes)}\n"
    yield f"- Event loop busy with one callback: {max(each.blocked_ms for each in outcomes):.1f} ms"
    yield f", of this decoding {max(each.decoded_ms for each in outcomes):.1f} ms\n"
    yield f"- Memory for one poll: {max(each.memory_kib for each in outcomes):.0f} KiB\n"


def _outcomes(figures: Figures) -> list[Outcome]:
    return [
        outcome
        for each in figures.faults
        for outcome in (each.one, each.all)
        if outcome is not None
    ]


def _table(rows: Iterable[tuple[str, str, Outcome]]) -> Iterator[str]:
    """Return a row for each fault; the neighbours have a column if there are any."""
    rows = list(rows)
    if not rows:
        return
    with_neighbours = any(outcome.neighbours for *_, outcome in rows)
    titles = ("Fault", "What it is", "Shown", *(["Neighbours"] if with_neighbours else []))
    yield f"| {' | '.join((*titles, 'Healed', 'Busy', 'Memory'))} |\n"
    yield "|---" * (len(titles) + 3) + "|\n"
    for kind, note, outcome in rows:
        touched = sum("neighbour" in each for each in outcome.wrong)
        promises = len(outcome.wrong) + len(outcome.too_much)
        broken = f" **({promises} broken promises)**" if promises else ""
        neighbours = "as ever" if not touched else f"**touched {touched} times**"
        pause = f" ({outcome.pause:.0f} s)" if outcome.pause else ""
        cells = (
            f"`{kind}`",
            note,
            f"{'; '.join(outcome.shown)}{broken}",
            *([neighbours] if with_neighbours else []),
            f"{outcome.polls_until_healed}{pause}",
            f"{outcome.blocked_ms:.1f} ms, decoding {outcome.decoded_ms:.1f}",
            f"{outcome.memory_kib:.0f} KiB",
        )
        yield f"| {' | '.join(cells)} |\n"


def _decoding(figures: Figures) -> Iterator[str]:
    decode = figures.decode
    if decode is None:
        return
    yield f"`decode_response` on each of {decode.answers} answers of the catalogue, as many bytes "
    yield f"of it as the client reads, {decode.repetitions} times each. The slowest, in "
    yield "milliseconds of the thread's own time:\n\n"
    yield "| Answer | Bytes | Worst | Median |\n|---|---|---|---|\n"
    for kind, size, worst, median in decode.worst:
        yield f"| `{kind}` | {size:,} | {worst:.2f} | {median:.2f} |\n"


def _promises(figures: Figures) -> Iterator[str]:
    for promise, seen in figures.promises.items():
        yield f"- {promise}: {seen}.\n"


def _soak(figures: Figures) -> Iterator[str]:
    soak = figures.soak
    if soak is None:
        return
    yield f"{soak.polls:,} polls of {soak.extensions} extensions in {soak.seconds:.0f} s, with "
    yield f"random faults of {soak.kinds} kinds on {SHARE:.0%} of the requests (all but those that "
    yield "wait, send 200 MB or hit the whole server) and an outage now and then. After each poll "
    yield "every extension is compared with what the server answered in that poll.\n\n"
    growth = [f"{(after - before) / before:+.2%}" for before, after in (soak.rss_mib, soak.blocks)]
    yield f"- Requests: {soak.requests:,}, of which {soak.injected:,} were answered with a fault; "
    yield f"changes of an agent's state: {soak.changes:,}; outages: {soak.outages}\n"
    yield f"- Compared: {soak.compared:,}; wrong: **{soak.wrong}**; unavailable without a reason: "
    yield f"{soak.needlessly_unavailable}\n"
    yield f"- Errors logged: {soak.error_records}, one for each outage; tracebacks: "
    yield f"{soak.tracebacks}\n"
    yield f"- Memory after the first {WARM_UP:,} polls and at the end: {soak.rss_mib[0]} MiB and "
    yield f"{soak.rss_mib[1]} MiB ({growth[0]}) of the whole process, after what is free was given "
    yield f"back; {soak.blocks[0]:,} and {soak.blocks[1]:,} blocks held by Python objects "
    yield f"({growth[1]}). Promised: less than {MAX_GROWTH:.0%}\n"
    yield f"- Connections open at once: {soak.peak_connections} of at most {MAX_CONNECTIONS}\n"
    left_over = ", ".join(soak.left_over) or "no task, timer or connection"
    yield f"- Left over after unloading: {left_over}\n"


def _fuzzing(figures: Figures) -> Iterator[str]:
    fuzz = figures.fuzz
    if fuzz is None:
        return
    yield "[`reliability/fuzz.py`](../reliability/fuzz.py), with atheris, beginning with "
    yield f"{fuzz.seeds} different answers of the catalogue: {fuzz.executions:,} inputs in "
    yield f"{fuzz.seconds} s, {fuzz.coverage} places reached in the code that reads answers. "
    yield "Every input came to a value or to one of our exceptions.\n"
