"""The sections of the document that show what was measured."""

from . import latency
from .contenders import CONTENDERS, Floor, Ours
from .figures import Series
from .markdown import MILLI, emphasised, milliseconds, table
from .polls import Setting
from .promises import costs_of_growth
from .results import Results
from .work import SHARES

LIMIT = "arithmetic limit"


def over_floor(results: Results) -> str:
    """Return how far ours are from what aiohttp itself costs."""
    measured = results.polls
    rows = []
    for count in results.options.counts:
        for delay in results.options.delays:
            setting = Setting(count, delay)
            wall = measured.wall(setting, Ours).over(measured.wall(setting, Floor))
            cpu = measured.cpu(setting, Ours).over(measured.cpu(setting, Floor))
            limit = f"{measured.wall(setting, Ours).median / setting.limit:.2f}" if delay else ""
            rows.append((f"{count:,}", f"{delay} ms", _ratio(wall), _ratio(cpu), limit))
    head = ("extensions", "answers after", "wall / floor", "CPU / floor", "wall / limit")
    return f"""\
## Ours over the floor

Medians of the ratios within a round, and their spread.

{table(head, rows)}"""


def polls(results: Results, delay: int) -> str:
    """Return what single polls cost, of a server that takes `delay` milliseconds."""
    measured = results.polls
    rows = []
    for count in results.options.counts:
        setting = Setting(count, delay)
        ours = measured.wall(setting, Ours), measured.cpu(setting, Ours)
        for contender in CONTENDERS:
            wall, cpu = measured.wall(setting, contender), measured.cpu(setting, contender)
            in_flight = measured.costs[setting][contender.name].most_in_flight
            rows.append(
                [
                    f"{count:,}",
                    emphasised(contender.name),
                    milliseconds(wall),
                    f"{wall.over(ours[0]).median:.2f}",
                    milliseconds(cpu),
                    f"{cpu.over(ours[1]).median:.2f}",
                    str(in_flight),
                    str(len(wall.values)),
                ]
            )
        if delay:
            ratio = setting.limit / ours[0].median
            rows.append(
                [f"{count:,}", LIMIT, f"{setting.limit * MILLI:.1f}", f"{ratio:.2f}", *[""] * 4]
            )
    head = (
        "extensions",
        "contender",
        "wall, ms",
        "of ours",
        "CPU, ms",
        "of ours",
        "most in flight",
        "polls",
    )
    return f"## One poll, the server answers after {delay} ms\n\n{table(head, rows)}"


def traffic(results: Results) -> str:
    """Return what polls send, and that ours send what the procedure needs."""
    rows = [
        (
            f"{count:,}",
            emphasised(name),
            f"{each.requests:,}",
            f"{each.bytes_in:,}",
            f"{each.bytes_out:,}",
            str(each.connections),
        )
        for count, by_contender in results.polls.traffic.items()
        for name, each in by_contender.items()
    ]
    head = ("extensions", "contender", "requests", "bytes sent", "bytes received", "connections")
    steps = [
        (f"{count:,}", what, str(expected), str(requests))
        for count, steps in results.polls.procedure.items()
        for what, expected, requests in steps
    ]
    return f"""\
## Requests, bytes and connections of the second of two polls

`connections` are those that were opened during the poll.

{table(head, rows)}

Our requests in polls one after another, while agents change:

{table(("extensions", "since the last poll", "expected", "made"), steps)}"""


def latencies(results: Results) -> str:
    """Return how late changes are seen."""
    percents = (5, 25, 50, 75, 95)
    rows = [
        (
            f"{interval} s",
            emphasised(name),
            str(len(each.seconds)),
            *(f"{Series.of(each.seconds).percentile(percent):.2f}" for percent in percents),
            f"{Series.of(each.seconds).high:.2f}",
            str(each.missed),
        )
        for (interval, name), each in results.latencies.items()
    ]
    shares = (f"{each} %" for each in percents)
    head = ("interval", "contender", "changes", *shares, "all", "missed")
    return f"""\
## From a change at the server to the change in Home Assistant

The seconds within which a share of the changes was seen, in real time: {latency.COUNT} extensions,
the server answers after {latency.DELAY} ms, agents change their status at random moments. Ours and
`rest` watch the same changes at the same time, each in a Home Assistant of its own that polls by
itself; a change counts as seen when the sensor that shows it has its new state. No client that asks
once in an interval can do better than half of it, on average.

{table(head, rows)}"""


def work(results: Results) -> str:
    """Return what polls are for Home Assistant's event loop and state machine."""
    rows = []
    for (count, share, name), measured in results.works.polls.items():
        loop = Series.of(measured.loop)
        outside = Series.of(measured.outside).median if measured.outside else None
        writes = measured.writes[-1]
        rows.append(
            (
                f"{count:,}",
                f"{share} %",
                emphasised(name),
                milliseconds(loop),
                "" if outside is None else f"{outside * MILLI:.1f}",
                "" if outside is None else f"{outside / loop.median:.1%}",
                str(writes.differing),
                str(writes.changed),
                str(writes.reported),
            )
        )
    head = (
        "extensions",
        "changing",
        "contender",
        "event loop, ms",
        "outside the client, ms",
        "share",
        "entities that differ",
        "states changed",
        "written unchanged",
    )
    shares = ", ".join(f"{share} %" for share in SHARES)
    return f"""\
## What a poll is for Home Assistant

CPU time in the thread of the event loop for a poll of a server that answers at once, while
{shares} of the extensions begin or end a call between two polls. *Outside the client* is
the same poll with a client that knows the answers. *Written unchanged* are states that were written
although nothing about them had changed; Home Assistant then tells whoever listens for it.

{table(head, rows)}"""


def entries(results: Results) -> str:
    """Return what it is to have the account at all."""
    rows = [
        (
            f"{count:,}",
            emphasised(name),
            milliseconds(Series.of(entry.wall)),
            milliseconds(Series.of(entry.cpu)),
            f"{entry.memory / 1024:,.0f}",
            f"{entry.memory / 1024 / count:.1f}",
        )
        for (count, name), entry in results.works.entries.items()
    ]
    head = ("extensions", "contender", "set up, ms", "CPU, ms", "memory, KiB", "per extension, KiB")
    return f"""\
## Setting the account up, and its memory

From the start of setting up until all states are there, with the first poll of a server that
answers at once; CPU in the thread of the event loop. Memory is what Python's objects hold after
that (`tracemalloc`). Of an extension, ours has seven entities and a device in Home Assistant's
registries, `rest` three sensors that are in none.

{table(head, rows)}"""


def growth(results: Results) -> str:
    """Return how our costs grow."""
    rows = [
        (what, f"{each.few.median:,.4g}", f"{each.many.median:,.4g}", f"{each.times:.2f}")
        for what, each in costs_of_growth(results).items()
    ]
    if not rows:
        return ""
    head = ("cost of ours", "100 extensions", "1,000 extensions", "times")
    return f"""\
## Growth

Seconds, bytes or requests; medians. For polls, both accounts are in one Home Assistant and polled
in turns, the small one ten times in a row and the large one once; *times* is the median of the
ratios within a round.

{table(head, rows)}"""


def _ratio(series: Series) -> str:
    return f"{series.median:.2f} ({series.low:.2f} to {series.high:.2f})"
