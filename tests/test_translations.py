"""Every text exists in every language; hassfest checks the rest."""

from collections.abc import Iterator
import json
from pathlib import Path
import string
from typing import Any

import pytest

import custom_components.belfabriek
from custom_components.belfabriek.api import Status

FOLDER = Path(custom_components.belfabriek.__file__).parent
TEXTS: dict[str, dict[str, Any]] = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted(FOLDER.glob("translations/*.json"))
}
OTHERS = sorted(TEXTS.keys() - {"en"})
WEBSITE: dict[str, dict[str, str]] = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in FOLDER.parents[1].glob("frontend/words/website/*.json")
}
ICONS: dict[str, Any] = json.loads((FOLDER / "icons.json").read_text(encoding="utf-8"))


def leaves(texts: dict[str, Any], *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every text with the keys that lead to it."""
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from leaves(value, *path, key)
        else:
            yield (*path, key), value


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_language_has_the_texts_and_placeholders_of_english(language: str) -> None:
    for texts in (TEXTS, WEBSITE):
        english, other = dict(leaves(texts["en"])), dict(leaves(texts[language]))
        assert set(other) == set(english)
        for path, text in english.items():
            assert placeholders(other[path]) == placeholders(text), path
            assert other[path].strip(), path


UNAVAILABLE = {
    "en": "Unavailable",
    "nl": "Niet beschikbaar",
    "de": "Nicht verfügbar",
    "fr": "Indisponible",
}
"""Home Assistant's own word for an unavailable entity, where it is known."""


@pytest.mark.parametrize("language", TEXTS)
def test_status_is_never_called_unavailable(language: str) -> None:
    states = TEXTS[language]["entity"]["sensor"]["status"]["state"].values()
    assert UNAVAILABLE.get(language) not in states
    assert len(set(states)) == len(states)


def test_every_entity_trigger_and_condition_has_an_icon() -> None:
    for platform, entities in TEXTS["en"]["entity"].items():
        assert set(entities) == set(ICONS["entity"][platform])
    for kind in ("triggers", "conditions"):
        assert set(TEXTS["en"][kind]) == set(ICONS[kind])


def test_every_status_has_an_icon_and_a_name_in_the_forms() -> None:
    assert set(ICONS["entity"]["sensor"]["status"]["state"]) == set(Status)
    assert set(TEXTS["en"]["selector"]["on_call_statuses"]["options"]) == set(Status)
