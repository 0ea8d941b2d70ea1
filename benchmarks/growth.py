"""What a poll of ours costs with ten times the extensions: two accounts, polled in turns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
import gc
from itertools import cycle
import time
from typing import Final

from . import home, scene
from .contenders import Ours
from .figures import Series
from .options import Options
from .polls import Say, Setting
from .remote import RemoteServer

FEW: Final = 100
MANY: Final = 1000
_TIMES: Final = MANY // FEW
_LEAST: Final = 5
"""Rounds, however long they take."""


@dataclass(frozen=True, slots=True)
class Growth:
    """A cost of one poll, or whatever else is had once for an account."""

    few: Series
    many: Series

    @property
    def times(self) -> float:
        """How many times as much it is for many."""
        return self.many.over(self.few).median


type Growths = Mapping[str, Growth]
"""By what is measured."""


@dataclass(slots=True)
class _Cost:
    """Seconds."""

    wall: float = 0.0
    cpu: float = 0.0
    """Of the process."""
    loop: float = 0.0
    """CPU in the thread of the event loop."""


type _Rounds = Sequence[tuple[_Cost, _Cost]]


async def measure(server: RemoteServer, options: Options, say: Say) -> Growths:
    """Measure the small account as often in a row as it has its size in the large one.

    So both feel the machine for equally long: where that is not always equally fast, two polls
    at different times have nothing to do with each other.
    """
    growths: dict[str, Growth] = {}
    if not {FEW, MANY} <= set(options.counts):
        return growths
    ids = scene.extension_ids(MANY)
    server.prepare(MANY, 0)
    async with home.running_home() as hass:
        # A tenth of each account changes, none that is in both.
        few = _Account(server, Ours(hass, server.url, FEW), ids[:FEW:_TIMES], polls=_TIMES)
        many = _Account(server, Ours(hass, server.url, MANY), ids[FEW : 3 * FEW : 2], polls=1)
        await few.ours.start()
        await many.ours.start()
        gc.collect()
        gc.freeze()
        for delay in options.delays:
            say(f"{FEW} and {MANY} extensions, answers after {delay} ms: polls in turns")
            server.prepare(MANY, delay / 1000)
            rounds = await _rounds(few, many, _number_of_rounds(delay, options))
            growths[f"wall time, {delay} ms"] = _growth(rounds, lambda cost: cost.wall)
            growths[f"CPU, {delay} ms"] = _growth(rounds, lambda cost: cost.cpu)
        server.prepare(MANY, 0)
        for share in (0, 10):
            rounds = await _rounds(few, many, options.rounds, changing=share > 0)
            text = f"event-loop time, {share} % changing"
            growths[text] = _growth(rounds, lambda cost: cost.loop)
        gc.unfreeze()
        await few.ours.stop()
        await many.ours.stop()
    return growths


class _Account:
    """An account that is polled some times in a row."""

    def __init__(
        self, server: RemoteServer, ours: Ours, changing: list[str], *, polls: int
    ) -> None:
        self.ours = ours
        self._server = server
        self._changing = changing
        self._polls = polls
        self._call_states = cycle(("calling", "idle"))

    async def cost(self, *, changing: bool) -> _Cost:
        """Return what one poll costs on average."""
        cost = _Cost()
        for _ in range(self._polls):
            if changing:
                self._server.change(self._changing, call_state=next(self._call_states))
            gc.collect()
            wall, cpu, loop = time.perf_counter(), time.process_time(), time.thread_time()
            await self.ours.poll()
            cost.wall += (time.perf_counter() - wall) / self._polls
            cost.cpu += (time.process_time() - cpu) / self._polls
            cost.loop += (time.thread_time() - loop) / self._polls
        return cost


async def _rounds(few: _Account, many: _Account, number: int, *, changing: bool = False) -> _Rounds:
    rounds = []
    for each in range(number):
        # Nobody is always first.
        if each % 2:
            cost_of_few = await few.cost(changing=changing)
            rounds.append((cost_of_few, await many.cost(changing=changing)))
        else:
            cost_of_many = await many.cost(changing=changing)
            rounds.append((await few.cost(changing=changing), cost_of_many))
    return rounds


def _growth(rounds: _Rounds, of: Callable[[_Cost], float]) -> Growth:
    return Growth(
        Series.of([of(few) for few, _ in rounds]), Series.of([of(many) for _, many in rounds])
    )


def _number_of_rounds(delay: int, options: Options) -> int:
    seconds = 2 * Setting(MANY, delay).limit
    if seconds * options.rounds <= options.patience:
        return options.rounds
    return max(_LEAST, int(options.patience / seconds))
