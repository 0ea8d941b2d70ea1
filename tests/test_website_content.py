"""What the website link returns, as tables; no Home Assistant."""

from datetime import UTC, datetime
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from custom_components.belfabriek.agent import Agent
from custom_components.belfabriek.api import Status
from custom_components.belfabriek.website_content import (
    WORDS,
    Content,
    Hours,
    clean_name,
    public_content,
)

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
OPEN = Hours(is_open=True)
SHUT = Hours(is_open=False, opens_at=MONDAY)
UNKNOWN = Hours(None)
ENGLISH = {word: word for word in WORDS}
REFUSED = Agent(extension_id="9", refusals=3)
HOSTILE = 'A & B "x" </text><b>&amp;\u202e\x0b ö ☎'
CLEAN = 'A & B "x" </text><b>&amp; ö ☎'


def agents(*statuses: str | None) -> dict[str, Agent]:
    return {
        str(number): REFUSED
        if status == "refused"
        else Agent(extension_id=str(number), status=Status(status) if status else None)
        for number, status in enumerate(statuses)
    }


def content(*statuses: str | None, hours: Hours | None = None, **people: str) -> Content:
    named = {key.removeprefix("p"): name for key, name in people.items()}
    return public_content("Jansen", agents(*statuses), named, hours)


def document(*statuses: str | None, hours: Hours | None = None, **people: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(content(*statuses, hours=hours, **people).as_json(10))
    return answer


@pytest.mark.parametrize(
    ("statuses", "ready", "count", "status"),
    [
        ("ready on_call", True, 1, "ready"),
        ("ready ready paused", True, 2, "ready"),
        ("on_call connecting handling wrap_up", False, 0, "busy"),
        ("on_call paused", False, 0, "busy"),
        ("paused offline not_available", False, 0, "away"),
        ("ready -", True, None, "ready"),
        ("on_call -", None, None, None),
        ("-", None, None, None),
        ("", None, None, None),
        ("refused paused", False, 0, "away"),
        ("refused on_call", False, 0, "busy"),
        ("refused", False, 0, "away"),
    ],
)
def test_team_is_busy_while_somebody_works_and_nobody_is_free(
    statuses: str, ready: bool | None, count: int | None, status: str | None
) -> None:
    found = document(*(None if each == "-" else each for each in statuses.split()))
    assert (found["ready"], found["ready_count"], found["status"]) == (ready, count, status)


@pytest.mark.parametrize(
    ("hours", "ready", "count", "person", "is_open", "opens_at"),
    [
        (None, True, 1, "ready", None, None),
        (OPEN, True, 1, "ready", True, None),
        (SHUT, False, 0, "away", False, "2026-11-16T08:00:00+00:00"),
        (Hours(is_open=False), False, 0, "away", False, None),
        (UNKNOWN, None, None, None, None, None),
    ],
)
def test_nobody_is_ready_outside_opening_hours(
    hours: Hours | None,
    ready: bool | None,
    count: int | None,
    person: str | None,
    is_open: bool | None,
    opens_at: str | None,
) -> None:
    assert document("ready", "on_call", hours=hours, p0="Anna") == {
        "version": 1,
        "ready": ready,
        "ready_count": count,
        "status": {True: "ready", False: "away", None: None}[ready],
        "open": is_open,
        "opens_at": opens_at,
        "tel": None,
        "interval": 10,
        "extensions": [{"name": "Anna", "status": person}],
    }


def test_opening_hours_are_known_in_an_outage() -> None:
    found = document(hours=SHUT, p0="Anna")
    assert (found["ready"], found["status"], found["open"]) == (False, "away", False)
    found = document(hours=OPEN, p0="Anna")
    assert (found["ready"], found["status"], found["open"]) == (None, None, True)
    assert found["extensions"] == [{"name": "Anna", "status": None}]


@pytest.mark.parametrize(
    ("statuses", "hours", "word", "color"),
    [
        ("ready", None, "ready", "green"),
        ("on_call", None, "busy", "red"),
        ("paused", None, "away", "lightgrey"),
        ("-", None, "unknown", "lightgrey"),
        ("ready", SHUT, "closed", "lightgrey"),
        ("ready", UNKNOWN, "unknown", "lightgrey"),
    ],
)
def test_badge_has_a_word_for_every_status(
    statuses: str, hours: Hours | None, word: str, color: str
) -> None:
    found = content(*(None if each == "-" else each for each in statuses.split()), hours=hours)
    assert f"<title>Jansen: {word}</title>" in found.as_svg(ENGLISH)
    assert json.loads(found.as_shields(ENGLISH)) == {
        "schemaVersion": 1,
        "label": "Jansen",
        "message": word,
        "color": color,
    }


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Zoë", "Zoe\u0308"),
        ("Zoe\u0308", "ZOË"),
        ("Straße", "STRASSE"),
        ("ﬁnance", "Finance"),
        ("Reception", " reception "),
    ],
)
def test_badge_finds_a_name_in_any_form_and_case(name: str, asked: str) -> None:
    found = content("paused", "on_call", p1=name)
    assert f"<title>{name}: busy</title>" in found.as_svg(ENGLISH, asked)
    assert json.loads(found.as_shields(ENGLISH, asked))["label"] == name


@pytest.mark.parametrize("asked", ["Ben", "", "</text>"])
def test_badge_of_an_unknown_name_is_unknown_and_does_not_repeat_it(asked: str) -> None:
    badge = content("ready", "ready", p1="Anna").as_svg(ENGLISH, asked)
    assert "<title>Jansen: unknown</title>" in badge


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (HOSTILE, CLEAN),
        ("</text><script>alert(1)</script>", "</text><script>alert(1)</script>"),
        ("\x00\x0b\u202eReception\u200b", "Reception"),
        ("الاستقبال", "الاستقبال"),
        ("Réception 📞", "Réception 📞"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("n" * 200, "n" * 59 + "…"),
    ],
)
def test_badge_shows_any_name_as_text(name: str, shown: str) -> None:
    assert clean_name(name) == shown
    for found, asked in (
        (public_content(name, agents("ready"), {}, None), None),
        (content("ready", p0=name), name),
    ):
        elements = list(ET.fromstring(found.as_svg(ENGLISH, asked)).iter())
        assert [each.tag.partition("}")[2] for each in elements] == [
            *("svg", "title", "rect", "rect", "g", "text", "text")
        ]
        assert elements[1].text == f"{shown}: ready"
    assert document("ready", p0=name)["extensions"] == [{"name": shown, "status": "ready"}]
