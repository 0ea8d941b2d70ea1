"""What scripts/faults runs: every fault, every other promise, and the decoding of every answer."""

from collections.abc import Iterator
import gc

from homeassistant.core import HomeAssistant
import pytest

from simulator import DEFAULT_EXTENSIONS, FaultKind

from .answers import DecodeTime, catalogue_answers, time_decoding
from .document import renew
from .faults import BLOCKED_MS, broken_promises, examine
from .figures import DecodeFigures, Figures
from .house import living_in
from .promises import PROMISES, BrokenPromiseError
from .server import ACCOUNT, Server, clear_faults, count, set_account

REPETITIONS = 200


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    """Collect what is measured, and note it at the end if everything was."""
    collected = Figures()
    yield collected
    if len(collected.faults) == len(FaultKind) and collected.decode:
        renew(faults=collected.faults, promises=collected.promises, decode=collected.decode)


@pytest.fixture(autouse=True)
def _few_objects() -> Iterator[None]:
    """Keep what is here from before out of the garbage collector's way, as it would be in a home.

    The test harness has several times the objects of Home Assistant, and looking at them all takes
    longer than anything that is measured here.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("kind", FaultKind)
async def test_fault(
    hass: HomeAssistant, server: Server, tls_server: Server, figures: Figures, kind: FaultKind
) -> None:
    """Let a fault happen in every way."""
    chosen = tls_server if kind is FaultKind.UNTRUSTED_CERTIFICATE else server
    async with living_in(hass, chosen, DEFAULT_EXTENSIONS) as house:
        found = await examine(house, chosen, kind)
    figures.faults.append(found)
    if broken := broken_promises(found):
        pytest.fail("\n".join(broken))


@pytest.mark.parametrize("promise", PROMISES)
async def test_promise(hass: HomeAssistant, server: Server, figures: Figures, promise: str) -> None:
    """See to every other promise."""
    try:
        figures.promises[promise] = await PROMISES[promise](hass, server)
    except BrokenPromiseError as err:
        figures.promises[promise] = f"**broken**: {err}"
        raise
    finally:
        await server.do(clear_faults)
        await server.do(set_account, ACCOUNT)


async def test_nobody_goes_where_an_answer_leads(server: Server, figures: Figures) -> None:
    """After all that, no redirect was followed and no entity fetched."""
    trapped = (await server.do(count)).trapped
    figures.promises["No redirect is followed, and nothing that an answer names is fetched"] = (
        f"{trapped} requests to where they lead"
    )
    assert not trapped  # noqa: S101 - this is a test


def test_decoding(figures: Figures) -> None:
    """Decode every answer again and again."""
    times = [time_decoding(answer, REPETITIONS) for answer in catalogue_answers()]
    slowest = sorted(times, key=lambda each: each.worst, reverse=True)
    figures.decode = DecodeFigures(
        answers=len(times),
        repetitions=REPETITIONS,
        worst=[_words(each) for each in slowest[:5]],
    )
    assert slowest[0].worst < BLOCKED_MS, slowest[0]  # noqa: S101 - this is a test


def _words(time: DecodeTime) -> tuple[str, int, float, float]:
    answer = time.answer
    return answer.kind, len(answer.body), round(time.worst, 2), round(time.median, 2)
