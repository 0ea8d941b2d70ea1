"""The words of the integration's forms, in each of its languages."""

from collections.abc import Iterator, Mapping
import json
from typing import Final

from development.account import DOMAIN

from .home import CHECKOUT
from .languages import Language

type _Words = str | Mapping[str, _Words]

_TRANSLATIONS: Final = CHECKOUT / "custom_components" / DOMAIN / "translations"


class Texts:
    """The texts of one language."""

    def __init__(self, language: Language) -> None:
        self._words: _Words = json.loads((_TRANSLATIONS / f"{language}.json").read_text())

    def __call__(self, key: str) -> str:
        """Return a text by the path to it, its parts separated by dots."""
        words = self._words
        for part in key.split("."):
            assert not isinstance(words, str)
            words = words[part]
        assert isinstance(words, str)
        return words

    def __iter__(self) -> Iterator[str]:
        """Yield every text there is."""
        return _leaves(self._words)


def _leaves(words: _Words) -> Iterator[str]:
    if isinstance(words, str):
        yield words
    else:
        for each in words.values():
            yield from _leaves(each)
