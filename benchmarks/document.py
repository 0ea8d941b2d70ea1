"""Writes what was measured as `docs/performance.md`."""

from importlib.metadata import version
import os
import platform
from typing import Final

from . import scene, sections
from .contenders import CONTENDERS, IN_FLIGHT, Rest
from .contenders.rest import configuration
from .markdown import table
from .plot import Panel, draw
from .polls import Setting
from .promises import check
from .results import Results

PLOT: Final = "images/performance.svg"
_BUSY: Final = 3.0
"""Processes that want to run on average, when more than the two of the benchmark do."""


def render(results: Results) -> str:
    """Return the document as Markdown."""
    parts = (
        _introduction(results),
        _promises(results),
        _how(),
        sections.over_floor(results),
        *(sections.polls(results, delay) for delay in results.options.delays),
        sections.traffic(results),
        sections.latencies(results),
        sections.work(results),
        sections.entries(results),
        sections.growth(results),
        _yaml(),
    )
    return "\n\n".join(filter(None, parts)) + "\n"


def plot(results: Results) -> str:
    """Return the picture as SVG."""
    panels = []
    for delay in results.options.delays:
        settings = [Setting(count, delay) for count in results.options.counts]
        lines = {
            contender.name: [
                (setting.count, results.polls.wall(setting, contender).median)
                for setting in settings
            ]
            for contender in CONTENDERS
        }
        if delay:
            lines[sections.LIMIT] = [(setting.count, setting.limit) for setting in settings]
        panels.append(Panel(f"wall time, answers after {delay} ms", lines))
    return draw(panels, dashed=sections.LIMIT)


def _introduction(results: Results) -> str:
    return f"""\
# Performance

What a poll of an account costs, next to what people would use instead. `scripts/benchmark`
measures and writes this page in {results.minutes:.0f} minutes; do not edit it. Everything is from
one run on one machine: {os.cpu_count()} cores, {platform.system()}, Python
{platform.python_version()}, Home Assistant {version("homeassistant")},
aiohttp {version("aiohttp")}. {_busy(results)}The ratios say more than the milliseconds.

![Wall time of a poll over the number of extensions]({PLOT})"""


def _busy(results: Results) -> str:
    """Return a warning if others worked on the machine meanwhile."""
    if results.busy < _BUSY:
        return ""
    return (
        "**The machine was busy with other things meanwhile** (on average"
        f" {results.busy:.0f} processes wanted to run): wall times are longer than they would be,"
        " and spread. "
    )


def _promises(results: Results) -> str:
    promises = check(results)
    rows = [
        (each.text, each.bound, each.measured, "yes" if each.held else "**no**")
        for each in promises
    ]
    text = "## Promised, measured, held\n\n" + table(("promise", "bound", "measured", "held"), rows)
    lost = "\n".join(f"- {each.text}. {each.reason}".rstrip() for each in promises if not each.held)
    return f"{text}\n\nNot held:\n\n{lost}" if lost else text


def _how() -> str:
    rows = [(f"**{each.name}**", each.how) for each in CONTENDERS]
    return f"""\
## How it was measured

Real HTTP over loopback between two processes. The server is a bare asyncio protocol that answers
with the simulator's bytes, after exactly the delay that it is told (it waits with `select`, because
`epoll` rounds up to milliseconds), and counts. Half of the extensions are available. The client's
process holds a real Home Assistant core, with everything that is compared:

{table(("contender", "what it does"), rows)}

The **{sections.LIMIT}** is what no client with {IN_FLIGHT} requests in flight can go below:
requests / {IN_FLIGHT} x delay, and one delay at least.

All contenders are polled in turns, in every round in the other direction; ratios are medians of
the ratios within a round. Garbage is collected before each poll, and what was set up is frozen, so
that nobody pays for the objects of the others. Every contender's answers are compared with the
server's before anything is timed. CPU is that of the client's process, all threads. A figure in
parentheses is the spread, from the smallest to the largest value. Long polls are repeated less
often than short ones, the longest sequential ones not at all."""


def _yaml() -> str:
    text = configuration("https://api.belfabriek.nl/xml/agent/xml.asp", scene.extension_ids(1), 10)
    return f"""\
## What `{Rest.name}` is configured with

For every extension:

```yaml
{text}```"""
