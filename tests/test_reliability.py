"""A quick slice of `scripts/faults` and `scripts/soak`, which have far more of both."""

from collections.abc import Iterator
from contextlib import suppress

from homeassistant.core import HomeAssistant
import pytest

from custom_components.belfabriek.api import FaultError, UnusableAnswerError, decode_response
from reliability.answers import Answer, catalogue_answers
from reliability.document import DOCUMENT, render
from reliability.faults import Case, cases, examine_cases
from reliability.figures import Figures
from reliability.house import living_in
from reliability.promises import PROMISES
from reliability.server import Server, clear_faults, inject, serving, set_states
from reliability.soak import broken_promises, soak
from simulator import DEFAULT_EXTENSIONS, AgentState, FaultKind, FaultRule

QUICK_PROMISES = [
    promise
    for promise in PROMISES
    # These two wait for real time to pass.
    if "longer than the interval" not in promise and "jump of the clock" not in promise
]


@pytest.fixture(autouse=True)
def _custom_integrations(enable_custom_integrations: None) -> None:
    """Home Assistant's test harness loads no custom integration unless asked."""


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """Return a simulator in a process of its own."""
    with serving(DEFAULT_EXTENSIONS) as server:
        yield server


@pytest.fixture
async def server(running: Server) -> Server:
    """Return a simulator with which nothing is wrong, whatever the test before did."""
    await running.do(clear_faults)
    await running.do(set_states, dict.fromkeys(DEFAULT_EXTENSIONS, AgentState()))
    return running


def one_of_each_kind() -> list[Case]:
    """Return a case of every kind, with one extension where that can be."""
    chosen = []
    for number, kind in enumerate(FaultKind):
        if kind is FaultKind.UNTRUSTED_CERTIFICATE:
            continue  # needs a server of its own
        one, everywhere = cases(kind)
        candidates = one or everywhere
        chosen.append(candidates[number % len(candidates)])
    return chosen


async def test_no_fault_of_one_extension_shows_a_wrong_state_or_touches_another(
    hass: HomeAssistant, server: Server
) -> None:
    async with living_in(hass, server, DEFAULT_EXTENSIONS) as house:
        outcome = await examine_cases(house, server, one_of_each_kind())
    assert outcome.wrong == []
    assert outcome.cases == len(FaultKind) - 1
    assert outcome.polls_until_healed == 1


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.CLOSE_WITHOUT_ANSWER,
        FaultKind.RESET_ON_REUSE,
        FaultKind.STATUS_429_SECONDS,
        FaultKind.STATUS_200_HTML,
        FaultKind.FAULT_STRUCT,
        FaultKind.UNKNOWN_AVAILABLE,
    ],
)
async def test_no_fault_of_the_whole_server_shows_a_wrong_state_or_is_told_twice(
    hass: HomeAssistant, server: Server, kind: FaultKind
) -> None:
    async with living_in(hass, server, DEFAULT_EXTENSIONS) as house:
        outcome = await examine_cases(house, server, cases(kind)[1])
    assert outcome.wrong == []


async def test_a_certificate_that_is_not_trusted_is_an_outage(hass: HomeAssistant) -> None:
    everywhere = cases(FaultKind.UNTRUSTED_CERTIFICATE)[1]
    with serving(DEFAULT_EXTENSIONS, tls=True) as server:
        async with living_in(hass, server, DEFAULT_EXTENSIONS) as house:
            outcome = await examine_cases(house, server, everywhere[:1])
    assert outcome.wrong == []


@pytest.mark.parametrize("promise", QUICK_PROMISES)
async def test_what_else_is_promised(hass: HomeAssistant, server: Server, promise: str) -> None:
    assert await PROMISES[promise](hass, server)


async def test_new_credentials_are_asked_for_until_the_server_accepts_the_old_ones(
    hass: HomeAssistant, server: Server
) -> None:
    async with living_in(hass, server, DEFAULT_EXTENSIONS) as house:
        await server.do(inject, [FaultRule(FaultKind.FAULT_STRUCT, text="Unknown account")])
        await house.pass_time()
        assert hass.config_entries.flow.async_progress()
        await server.do(clear_faults)
        await server.do(inject, [FaultRule(FaultKind.FAULT_STRUCT, text="Not now")])
        await house.pass_time(301)
        assert hass.config_entries.flow.async_progress()
        await server.do(clear_faults)
        await house.pass_time(301)
        assert not hass.config_entries.flow.async_progress()


async def test_a_short_soak_keeps_every_promise(hass: HomeAssistant) -> None:
    figures, wrong = await soak(hass, polls=100, extensions=20)
    assert wrong == []
    assert broken_promises(figures) == []
    assert figures.compared == 2000
    assert 0.07 < figures.injected / figures.requests < 0.13


@pytest.mark.parametrize(
    "answer", catalogue_answers(), ids=lambda answer: f"{answer.kind}-{len(answer.body)}"
)
def test_every_answer_of_the_catalogue_can_be_decoded_or_is_refused(answer: Answer) -> None:
    with suppress(FaultError, UnusableAnswerError):
        assert isinstance(decode_response(answer.body), dict)


def test_a_failure_keeps_nothing_of_the_answer_in_memory() -> None:
    deep = b"<methodResponse>" + b"<a>" * 900
    with pytest.raises(UnusableAnswerError) as caught:
        decode_response(deep)
    assert caught.value.__context__ is None


def test_the_document_says_what_was_measured() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == render(Figures.load())


def test_what_was_not_measured_is_not_told() -> None:
    assert render(Figures()).count("Not measured yet.") == 7
