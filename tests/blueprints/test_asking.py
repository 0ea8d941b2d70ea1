"""The blueprints *Who can be called?* and *Tell me when a colleague is free*."""

import asyncio
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from tests.helpers import state_of

from .house import AUTOMATION, House, note

pytest.importorskip("hassil", reason="Assist is not installed")

from homeassistant.components import conversation

WHO = "who_can_be_called"
FREE = "colleague_free"
QUESTIONS = {
    "en": "who can be called",
    "nl": "Wie is bereikbaar?",
    "de": "Wer ist erreichbar?",
    "fr": "Qui est joignable ?",
}


@pytest.fixture
async def assist(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})


async def ask(hass: HomeAssistant, question: str, language: str) -> str:
    result = await conversation.async_converse(hass, question, None, Context(), language=language)
    answer: str = result.response.speech.get("plain", {}).get("speech", "")
    return answer


@pytest.mark.parametrize("language", QUESTIONS)
async def test_six_situations_have_six_true_answers(
    hass: HomeAssistant, house: House, assist: None, language: str
) -> None:
    house.pause = 0
    await house.automate(WHO)
    situations: list[dict[str, str]] = [
        {"reception": "on_call", "sales": "paused"},
        {"reception": "ready", "sales": "paused"},
        {"reception": "ready", "sales": "ready"},
        {"reception": "paused", "sales": STATE_UNAVAILABLE},
        {"reception": STATE_UNAVAILABLE, "sales": STATE_UNAVAILABLE},
    ]
    answers = []
    for statuses in situations:
        await house.set(**statuses)
        answers.append(await ask(hass, QUESTIONS[language], language))
    for name in ("reception", "sales"):
        hass.states.async_remove(house.team.id_of(name, "status"))
    answers.append(await ask(hass, QUESTIONS[language], language))
    assert len(set(answers)) == len(answers)
    assert all(answer.endswith(".") for answer in answers)
    named = [("Reception" in answer, "Sales" in answer) for answer in answers]
    nobody = (False, False)
    assert named == [nobody, (True, False), (True, True), (False, True), nobody, nobody]


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("nl-BE", "Reception kan gebeld worden. Van Sales weet ik het niet."),
        ("xx", "Reception can be called. I do not know about Sales."),
    ],
)
async def test_it_answers_in_the_language_of_the_question(
    hass: HomeAssistant, house: House, assist: None, language: str, answer: str
) -> None:
    await house.automate(WHO)
    await house.set(reception="ready", sales=STATE_UNAVAILABLE)
    result = await conversation.async_converse(
        hass, QUESTIONS["nl"], None, Context(), language=language
    )
    assert result.response.speech["plain"]["speech"] == answer


async def test_of_many_at_most_five_are_named(
    hass: HomeAssistant, house: House, assist: None
) -> None:
    names = [f"desk{number:02}" for number in range(12)]
    house.devices |= {name: house.team.add(name) for name in names}
    house.pause = 0
    await house.set(reception="paused", sales="paused", **dict.fromkeys(names, "ready"))
    await house.automate(WHO)
    answer = await ask(hass, QUESTIONS["en"], "en")
    assert answer == "Desk00, Desk01, Desk02, Desk03, Desk04 and 7 others can be called."
    await house.edit(WHO, extensions=["desk03", "desk01", "reception"])
    assert await ask(hass, QUESTIONS["en"], "en") == "Desk01 and Desk03 can be called."
    # Never "and 1 others".
    await house.edit(WHO, extensions=names[:6])
    answer = await ask(hass, QUESTIONS["en"], "en")
    assert answer == "Desk00, Desk01, Desk02, Desk03 and 2 others can be called."


async def test_in_an_outage_of_some_nobody_else_is_ready(
    hass: HomeAssistant, house: House, assist: None
) -> None:
    await house.automate(WHO)
    await house.set(reception="on_call", sales=STATE_UNAVAILABLE)
    answer = await ask(hass, QUESTIONS["en"], "en")
    assert answer == "I do not know about Sales. Nobody else can be called right now."


async def test_everybody_who_asks_at_the_same_time_is_answered(
    hass: HomeAssistant, house: House, assist: None
) -> None:
    await house.automate(WHO)
    await house.set(reception="ready", sales="paused")
    answers = await asyncio.gather(*(ask(hass, QUESTIONS["en"], "en") for _ in range(3)))
    assert answers == ["Reception can be called."] * 3


async def test_a_sentence_with_punctuation_is_refused_aloud(
    hass: HomeAssistant, house: House, assist: None, caplog: pytest.LogCaptureFixture
) -> None:
    house.complaints_expected = True
    await house.start(WHO, sentences_de=["Wer ist erreichbar?"])
    assert state_of(hass, AUTOMATION) == STATE_UNAVAILABLE
    assert "punctuation" in caplog.text


@pytest.mark.parametrize(
    "other", ["is who is available on tv", "schalte das Licht an", "who is available on tv"]
)
async def test_nothing_else_is_caught(
    hass: HomeAssistant, house: House, assist: None, other: str
) -> None:
    await house.automate(WHO)
    await ask(hass, other, "en")
    assert house.last_run() is None


async def test_a_colleague_is_waited_for_once(hass: HomeAssistant, house: House) -> None:
    await house.set(reception="on_call", sales="ready")
    inputs: dict[str, Any] = {"extensions": ["reception"], "actions": note("{{ name }}")}
    await house.automate(FREE, **inputs)
    await house.set(reception=STATE_UNAVAILABLE)
    await house.set(reception="wrap_up")
    assert house.said() == []
    await house.set(reception="ready")
    assert house.said() == ["Reception"]
    assert state_of(hass, AUTOMATION) == STATE_OFF
    # Turned on while the colleague is ready: notify at once.
    await house.call("automation", "turn_on", entity_id=AUTOMATION)
    assert house.said() == ["Reception"]


async def test_a_colleague_can_be_told_of_every_time(hass: HomeAssistant, house: House) -> None:
    await house.set(reception="ready", sales="ready")
    inputs: dict[str, Any] = {"extensions": ["reception"], "actions": note("{{ name }}")}
    await house.automate(FREE, **inputs, once=False)
    for _ in range(2):
        await house.set(reception="on_call")
        await house.set(reception="ready")
    assert house.said() == ["Reception"] * 2
    assert state_of(hass, AUTOMATION) == STATE_ON
