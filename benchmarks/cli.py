"""The command."""

from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
import asyncio
from collections.abc import Sequence
from dataclasses import replace
import os
from pathlib import Path
import time
from typing import Final

from . import document, growth, latency, polls, work
from .options import FULL, QUICK, Options
from .promises import check
from .remote import running_server
from .results import Results

DOCS: Final = Path(__file__).parent.parent / "docs"
_DESCRIPTION: Final = """\
Measures what a poll costs, next to what people would use instead, and writes docs/performance.md
and its plot. Takes about twenty minutes, in which the machine should have nothing else to do.
Ends with 1 if a promise is not held."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write, and return the exit code."""
    parsed = _parse(arguments)
    options = QUICK if parsed.quick else FULL
    if parsed.rounds is not None:
        options = replace(options, rounds=parsed.rounds)
    results = measure(options)
    text = document.render(results)
    if parsed.quick:
        print(text)  # noqa: T201 - a command speaks on standard output
        return 0
    picture = DOCS / document.PLOT
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_text(document.plot(results), encoding="utf-8")
    (DOCS / "performance.md").write_text(text, encoding="utf-8")
    return _report(results)


def measure(options: Options) -> Results:
    """Measure everything, one thing after another."""
    start = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - start:5.0f} s  {what}", flush=True)  # noqa: T201 - see above

    with running_server() as server:
        return Results(
            options=options,
            polls=asyncio.run(polls.measure(server, options, say)),
            growths=asyncio.run(growth.measure(server, options, say)),
            works=asyncio.run(work.measure(server, options, say)),
            latencies=latency.measure(server, options, say),
            minutes=(time.monotonic() - start) / 60,
            busy=os.getloadavg()[2],
        )


def _report(results: Results) -> int:
    lost = [promise for promise in check(results) if not promise.held]
    for promise in lost:
        print(  # noqa: T201 - see above
            f"not held: {promise.text}: {promise.measured}, promised {promise.bound}"
        )
    return 1 if lost else 0


def _parse(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(
        prog="scripts/benchmark",
        description=_DESCRIPTION,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="few extensions and few rounds, in a minute: print a report, write and judge nothing",
    )
    parser.add_argument(
        "--rounds",
        type=_at_least_one,
        help=f"polls of each contender, where they are quick ({FULL.rounds} if not --quick)",
    )
    return parser.parse_args(arguments)


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("at least one")
    return number
