"""The blueprint *Who can be called?*."""

from collections.abc import Awaitable, Callable

from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from tests.team import Team

from .phones import AUTOMATION, SENSORS, Phones

pytest.importorskip("hassil", reason="Assist is not installed")

from homeassistant.components import conversation

type Ask = Callable[[str], Awaitable[str]]

QUESTIONS = {
    "en": ["Who is available?", "who is free right now", "who can I call now", "is anyone free"],
    "nl": [
        "Wie is er bereikbaar?",
        "wie is vrij",
        "wie is er nu beschikbaar",
        "wie kan er gebeld worden",
        "is er iemand vrij",
    ],
    "de": ["Wer ist erreichbar?", "wer ist gerade frei", "wen kann ich anrufen", "ist jemand frei"],
    "fr": ["Qui est joignable ?", "qui est libre", "est-ce que quelqu'un est disponible"],
}
ABOUT = {
    "en": ["Is {} free?", "is {} available for a call", "can I call {} now"],
    "nl": ["Is {} vrij?", "is {} nu bereikbaar", "kan ik {} bellen"],
    "de": ["Ist {} frei?", "ist {} gerade erreichbar", "kann ich {} anrufen"],
    "fr": ["Est-ce que {} est joignable ?", "puis-je appeler {}"],
}
ANSWERS = {
    # Nobody, one, two, one is not known, all in an outage, no account.
    "en": [
        "Nobody can be called right now.",
        "You can call Reception.",
        "You can call Reception and Sales.",
        "I do not know about Sales. Nobody else can be called right now.",
        "I cannot read the phone system right now.",
        "The phone system is not set up or not loaded.",
    ],
    "nl": [
        "Er is nu niemand bereikbaar.",
        "Je kunt Reception bellen.",
        "Je kunt Reception en Sales bellen.",
        "Van Sales weet ik het niet. Verder is er nu niemand bereikbaar.",
        "Ik kan de telefooncentrale nu niet uitlezen.",
        "De telefooncentrale is niet ingesteld of niet geladen.",
    ],
    "de": [
        "Zurzeit ist niemand erreichbar.",
        "Du kannst Reception anrufen.",
        "Du kannst Reception und Sales anrufen.",
        "Für Sales weiß ich es nicht. Sonst ist zurzeit niemand erreichbar.",
        "Ich kann die Telefonanlage gerade nicht abfragen.",
        "Die Telefonanlage ist nicht eingerichtet oder nicht geladen.",
    ],
    "fr": [
        "Personne n'est joignable pour le moment.",
        "Vous pouvez appeler Reception.",
        "Vous pouvez appeler Reception et Sales.",
        "Je ne sais pas pour Sales. Personne d'autre n'est joignable pour le moment.",
        "Je n'arrive pas à interroger le système téléphonique.",
        "Le système téléphonique n'est pas configuré ou n'est pas chargé.",
    ],
}
ABOUT_RECEPTION = {
    "en": ("You can call Reception.", "You cannot call Reception right now."),
    "nl": ("Je kunt Reception bellen.", "Je kunt Reception nu niet bellen."),
    "de": ("Du kannst Reception anrufen.", "Du kannst Reception gerade nicht anrufen."),
    "fr": (
        "Vous pouvez appeler Reception.",
        "Vous ne pouvez pas appeler Reception pour le moment.",
    ),
}


@pytest.fixture
async def ask(hass: HomeAssistant, phones: Phones) -> Ask:
    """Return a function that asks Assist, in a Home Assistant in English."""
    for domain in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, domain, {})

    async def function(question: str) -> str:
        result = await conversation.async_converse(hass, question, None, Context(), language="en")
        answer: str = result.response.speech["plain"]["speech"]
        return answer

    return function


@pytest.mark.parametrize("language", QUESTIONS)
async def test_six_situations_have_six_true_answers(
    hass: HomeAssistant, phones: Phones, ask: Ask, language: str
) -> None:
    await phones.automate("who_can_be_called")
    answers = ANSWERS[language]
    situations = (
        ("on_call", "paused"),
        ("ready", "paused"),
        ("ready", "ready"),
        ("paused", "unknown"),
    )
    for (reception, sales), answer in zip(situations, answers, strict=False):
        await phones.set(reception=reception, sales=sales)
        assert {await ask(each) for each in QUESTIONS[language]} == {answer}
    await phones.fail()
    assert await ask(QUESTIONS[language][0]) == answers[4]
    (entry,) = hass.config_entries.async_entries("belfabriek")
    await hass.config_entries.async_unload(entry.entry_id)
    assert await ask(QUESTIONS[language][0]) == answers[5]


@pytest.mark.parametrize("language", ABOUT)
async def test_answer_is_about_the_named_person(phones: Phones, ask: Ask, language: str) -> None:
    await phones.automate("who_can_be_called")
    for status, answer in zip(("ready", "on_call"), ABOUT_RECEPTION[language], strict=True):
        await phones.set(reception=status)
        for question in ABOUT[language]:
            # People also say an article, or a part of a longer name.
            for name in ("reception", "Reception", "the reception"):
                assert await ask(question.format(name)) == answer, question


async def test_person_who_is_not_known_is_not_answered_for(phones: Phones, ask: Ask) -> None:
    await phones.automate("who_can_be_called")
    assert await ask("is Al free") == "I do not know about Al."
    await phones.set(sales="unknown")
    assert await ask("is Sales free") == "I do not know about Sales."


async def test_answer_names_at_most_five(hass: HomeAssistant, phones: Phones, ask: Ask) -> None:
    team = Team(hass)
    names = [f"desk {number}" for number in range(1, 8)]
    for name in names:
        team.add(name)
    team.write("status", **dict.fromkeys(names, "ready"))
    desks = [team.id_of(name, "status") for name in names]
    await phones.automate("who_can_be_called", extensions=desks)
    assert await ask("who is free") == (
        "You can call Desk 1, Desk 2, Desk 3, Desk 4, Desk 5 and 2 others."
    )
    # Never "and 1 others".
    team.write("status", **{names[0]: "paused"})
    assert await ask("who is free") == "You can call Desk 2, Desk 3, Desk 4, Desk 5 and 2 others."
    await phones.automate("who_can_be_called", extensions=[*SENSORS, desks[6]])
    assert await ask("who is free") == "You can call Desk 7, Reception and Sales."


@pytest.mark.parametrize(
    "other", ["is who is available on tv", "schalte das Licht an", "is the washing machine ready"]
)
async def test_other_sentences_are_not_answered(
    hass: HomeAssistant, phones: Phones, ask: Ask, other: str
) -> None:
    await phones.automate("who_can_be_called")
    await ask(other)
    automation = hass.states.get(AUTOMATION)
    assert automation is not None
    assert automation.attributes["last_triggered"] is None
