"""Removes secrets from text that is shown, logged or stored."""

from collections.abc import Collection
from functools import lru_cache
from html import escape
import re
import sys
from typing import Final

from .models import KNOWN_WORDS
from .xmlrpc import TAGS, to_text

MAX_TEXT: Final = 255
"""Maximum length of text from the server, as for a Home Assistant state."""

_MASK = "***"
_SHORT = 3
"""Up to so many characters, a secret is taken out only where it stands as a word: taking every
"1" out of an error would leave nothing to read."""
_LONG_NUMBER = re.compile(r"\d(?:[ .,\-/()]{0,2}\d){6,}")
"""Most likely a phone number."""
_DIGIT_OF_NUMBER = re.compile(r"\d(?=\d)|(?<=\d)\d")
_WORD = re.compile(r"\w+")
_SEPARATOR = re.compile(r"[\s.,\-/_()\u2010-\u2015]")
_TOKEN = re.compile(r"(<[^<>]*>)")
_WHOLE_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9.:_-]{0,31})(?:\s[^<>]*?)?(/?)>", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}", re.ASCII)
_BASE64 = re.compile(r"(<base64>)[^<]*", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:amp;)?#(?:x([0-9a-f]{1,6})|(\d{1,7}));", re.IGNORECASE)
_MAX_LOGGED = 4000
_MAX_SHAPE = 2000


class Redactor:
    """Masks secrets in text, in any spelling."""

    def __init__(self, *secrets: str | None, words: Collection[str] = ()) -> None:
        """Mask `secrets` in any spelling, and `words`, as `plain` returns them, as words."""
        self._words = words
        longest_first = sorted({each for each in secrets if each}, key=len, reverse=True)
        self._patterns = [_pattern(each) for each in longest_first]

    def __call__(self, text: str) -> str:
        """Return the text without secrets and long numbers, cut to be shown.

        It is cut last: of a secret that is cut in two, a part would stay.
        """
        return self.mask(text[:_MAX_LOGGED])[:MAX_TEXT]

    def mask(self, text: str) -> str:
        """Return the text without secrets and long numbers."""
        for pattern in self._patterns:
            text = pattern.sub(_MASK, text)
        if self._words:
            text = _WORD.sub(lambda word: _MASK if plain(word[0]) in self._words else word[0], text)
        return _LONG_NUMBER.sub(_MASK, text)


def plain(word: str) -> str:
    """Return a word without leading zeros and in lower case, to compare it."""
    return word.lstrip("0").lower() or "0"


@lru_cache(maxsize=256)
def _pattern(secret: str) -> re.Pattern[str]:
    """Return a pattern for a secret in any spelling: leading zeros, separators, encoded."""
    whole = "".join(_SEPARATOR.split(secret.strip())) or secret
    core = whole.lstrip("0") or whole
    zero = _character("0")
    between = rf"(?:{_SEPARATOR.pattern}|%20|\+){{0,2}}"
    # A few zeros, from the first one on and never given back: more would take too long.
    if len(core) > _SHORT:
        zeros = rf"(?:(?<!0)(?:{zero}{between}){{1,12}}+)?"
        spellings = zeros + between.join(map(_character, core))
    else:
        spellings = rf"(?<!\w){zero}{{0,12}}+{''.join(map(_character, core))}(?!\w)"
        if len(whole) > _SHORT:
            spellings = f"{between.join(map(_character, whole))}|{spellings}"
    return re.compile(spellings, re.IGNORECASE)


def _character(character: str) -> str:
    code = ord(character)
    encoded = "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "replace"))
    spellings = dict.fromkeys(map(re.escape, (character, escape(character), encoded)))
    return f"(?:{'|'.join(spellings)}|&(?:amp;)?#0{{0,4}}{code};|&(?:amp;)?#x0{{0,4}}{code:x};)"


def mask_answer(body: bytes, redact: Redactor) -> str:
    """Return a response for the debug log, with secrets and numbers masked.

    Known words stay: "***" in place of a 0 or a 1 would give a short ID away.
    """
    text = to_text(body)
    if len(text) > _MAX_LOGGED:
        # Between two words: of a secret that is cut in two, a part would stay.
        last = max(text.rfind(each, _MAX_LOGGED - MAX_TEXT, _MAX_LOGGED) for each in "<> \n")
        text = text[: last if last > 0 else _MAX_LOGGED]
    text = _REFERENCE.sub(_to_alphanumeric, text)
    text = _BASE64.sub(rf"\1{_MASK}", text)
    masked = "".join(_mask_part(part, redact) for part in _TOKEN.split(text))
    return repr(masked)[:_MAX_LOGGED]


def _mask_part(part: str, redact: Redactor) -> str:
    """Return a tag, or the text between two tags, masked."""
    if part.strip().lower() in KNOWN_WORDS:
        return part
    masked = redact.mask(part)
    return masked if part.startswith("<") else _DIGIT_OF_NUMBER.sub("#", masked)


def shape_of(body: bytes, redact: Redactor) -> str:
    """Return the tags and member names of a response, with all other text masked.

    Secrets are taken out of tags and names only: "***" in place of a 0, a 1 or a length would
    give a short ID away. No attributes or comments; and of the tags inside a value, which may be a
    person's text, only those of XML-RPC and a type that is not known.
    """
    shape: list[str] = []
    before = ""
    inside_value = 0
    for part in _TOKEN.split(to_text(body)[:_MAX_SHAPE]):
        if not part.startswith("<") or not part.endswith(">"):
            if text := part.strip():
                is_name = before == "name" and _NAME.fullmatch(text)
                shape.append(redact.mask(text) if is_name else _shape_of_text(text))
                before = ""
            continue
        tag = _WHOLE_TAG.fullmatch(part)
        name = tag[2].lower() if tag else ""
        if tag is None or (inside_value > 0 and name not in TAGS and before != "value"):
            shape.append("<...>")
            continue
        shape.append(f"<{tag[1]}{redact.mask(tag[2])}{tag[3]}>")
        if name == "value" and not tag[3]:
            inside_value += -1 if tag[1] else 1
        before = "" if tag[1] or tag[3] else name
    return "".join(shape)[:_MAX_SHAPE]


def _shape_of_text(text: str) -> str:
    if text.lower() in KNOWN_WORDS:
        return text
    return f"[{len(text)} {'digits' if text.isdecimal() else 'characters'}]"


def _to_alphanumeric(reference: re.Match[str]) -> str:
    """Return a letter or digit that is written as a reference; other references stay."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return chr(code) if code <= sys.maxunicode and chr(code).isalnum() else reference[0]
