"""One poll of an account, by every contender in turns."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import gc
import time

from homeassistant.core import HomeAssistant

from . import home, scene
from .contenders import CONTENDERS, IN_FLIGHT, Contender, Floor, Sequential
from .figures import Series
from .options import Options
from .remote import RemoteServer
from .server import Traffic

type Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Setting:
    """What is varied."""

    count: int
    """Extensions."""
    delay: int
    """Milliseconds that the server takes for an answer."""

    @property
    def limit(self) -> float:
        """The seconds below which no poll can be: requests / requests at a time x delay."""
        return max(1.0, scene.requests_of(self.count) / IN_FLIGHT) * self.delay / 1000


@dataclass(slots=True)
class Cost:
    """What the polls of one contender cost in one setting."""

    wall: list[float] = field(default_factory=list)
    """Seconds."""
    cpu: list[float] = field(default_factory=list)
    """Seconds of the client's process."""
    most_in_flight: int = 0


@dataclass(slots=True)
class Polls:
    """Everything that was measured of single polls, contenders by their names."""

    costs: dict[Setting, dict[str, Cost]] = field(default_factory=dict)
    traffic: dict[int, dict[str, Traffic]] = field(default_factory=dict)
    """Of the second of two polls, by the number of extensions."""
    procedure: dict[int, list[tuple[str, int, int]]] = field(default_factory=dict)
    """What our polls ask for when agents change: what happened, requests expected and made."""

    def wall(self, setting: Setting, contender: type[Contender]) -> Series:
        """Return the seconds of the polls."""
        return Series.of(self.costs[setting][contender.name].wall)

    def cpu(self, setting: Setting, contender: type[Contender]) -> Series:
        """Return the seconds of CPU of the polls."""
        return Series.of(self.costs[setting][contender.name].cpu)


async def measure(server: RemoteServer, options: Options, say: Say) -> Polls:
    """Measure every contender in every setting."""
    polls = Polls()
    for count in options.counts:
        server.prepare(count, 0)
        async with home.running_home() as hass, _started(hass, server.url, count) as contenders:
            say(f"{count} extensions: requests, bytes and connections of a poll")
            polls.traffic[count] = await _traffic(server, contenders, count)
            polls.procedure[count] = await _procedure(server, contenders, count)
            for delay in options.delays:
                say(f"{count} extensions, answers after {delay} ms: polls in turns")
                setting = Setting(count, delay)
                server.prepare(count, delay / 1000)
                polls.costs[setting] = await _costs(server, contenders, setting, options)
    return polls


@asynccontextmanager
async def _started(hass: HomeAssistant, url: str, count: int) -> AsyncIterator[list[Contender]]:
    contenders = [contender(hass, url, count) for contender in CONTENDERS]
    for contender in contenders:
        await contender.start()
    # Collecting garbage must not cost a contender more because of what the others have set up.
    gc.collect()
    gc.freeze()
    try:
        yield contenders
    finally:
        gc.unfreeze()
        for contender in contenders:
            await contender.stop()


async def _traffic(
    server: RemoteServer, contenders: Sequence[Contender], count: int
) -> dict[str, Traffic]:
    """Count what the second of two polls sends; check that it brings what the server says."""
    expected = {
        extension_id: scene.answer_of(scene.initial_state(index))
        for index, extension_id in enumerate(scene.extension_ids(count))
    }
    traffic: dict[str, Traffic] = {}
    for contender in contenders:
        await contender.poll()
        server.take_traffic()
        await contender.poll()
        traffic[contender.name] = server.take_traffic()
        if not isinstance(contender, Floor) and contender.answers() != expected:
            raise RuntimeError(f"{contender.name} brings something else than the server says")
    return traffic


async def _procedure(
    server: RemoteServer, contenders: Sequence[Contender], count: int
) -> list[tuple[str, int, int]]:
    """Count our requests while every tenth extension becomes unavailable, and available again."""
    ours = contenders[0]
    changing = scene.extension_ids(count)[::10]
    available = scene.available_of(count)
    # The extensions at 0, 10, 20, ... are among the available ones, which are all even.
    rest = available - len(changing)
    steps = (
        ("nothing changes", None, count + available),
        (f"{len(changing)} become unavailable", False, count + rest + len(changing)),
        ("nothing changes", None, count + rest),
        (f"{len(changing)} become available", True, count + rest + len(changing)),
        ("nothing changes", None, count + available),
    )
    seen: list[tuple[str, int, int]] = []
    for what, becomes, expected in steps:
        if becomes is not None:
            server.change(changing, available=becomes)
        server.take_traffic()
        await ours.poll()
        seen.append((what, expected, server.take_traffic().requests))
    return seen


async def _costs(
    server: RemoteServer, contenders: Sequence[Contender], setting: Setting, options: Options
) -> dict[str, Cost]:
    costs: dict[str, Cost] = defaultdict(Cost)
    for number in range(options.rounds):
        # Whatever the machine does meanwhile, nobody is always first.
        for contender in contenders if number % 2 else reversed(contenders):
            if number >= rounds_of(contender, setting, options):
                continue
            gc.collect()
            server.take_traffic()
            wall, cpu = time.perf_counter(), time.process_time()
            await contender.poll()
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            cost = costs[contender.name]
            cost.wall.append(wall)
            cost.cpu.append(cpu)
            cost.most_in_flight = max(cost.most_in_flight, server.take_traffic().most_in_flight)
    return dict(costs)


def rounds_of(contender: Contender, setting: Setting, options: Options) -> int:
    """Return how often a contender is polled: less often where it takes long."""
    alone = isinstance(contender, Sequential)
    estimate = setting.limit * (IN_FLIGHT if alone else 1)
    if estimate * options.rounds <= options.patience:
        return options.rounds
    return max(1 if alone else 2, int(options.patience / estimate))
