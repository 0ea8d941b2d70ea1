"""Masks the credentials in text that is shown, logged or stored."""

from collections.abc import Callable, Collection
from html import unescape
import re
from typing import Final

from .models import KNOWN_WORDS
from .xmlrpc import TAGS, to_line, to_text

MAX_TEXT: Final = 255
"""Maximum length of text from the server, as for a Home Assistant state."""

_MASK = "***"
_MAX_CREDENTIAL = 64
"""Maximum length of a credential, as in the forms."""
_SHORT = 2
_MAX_SEPARATORS = 3
_MAX_SPELLING = (1 + _MAX_SEPARATORS) * _MAX_CREDENTIAL
_MAX_SCANNED = 1000
_MAX_LOGGED = 4000
_MAX_SHAPE = 2000
_TOKEN = re.compile(r"(<[^<>]*>)")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9.:_-]{0,31})(?:\s[^<>]*?)?(/?)>", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}", re.ASCII)
_NAMES = TAGS | {
    *("available", "availreason", "endpoint", "extension", "status", "faultcode", "faultstring")
}
"""Tags and member names that are documented."""


class Redactor:
    """Masks credentials in text."""

    def __init__(self, *credentials: str | None) -> None:
        """Mask each credential as it was entered, and with other separators in it."""
        cut = {each[:_MAX_CREDENTIAL] for each in credentials if each}
        longest_first = sorted(cut, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_pattern, longest_first)) or "(?!)", re.IGNORECASE)

    def __call__(self, text: str) -> str:
        """Return the text without credentials, on one line and cut to be shown."""
        return _mask_start(to_line(text) or "", _MAX_SCANNED, self.mask)[:MAX_TEXT]

    def mask(self, text: str) -> str:
        """Return the text without credentials."""
        return self._pattern.sub(_MASK, text)


def _pattern(credential: str) -> str:
    """Return a pattern for a credential.

    A credential of one or two characters is masked only where it stands alone: a text without any
    "1" is unreadable. A part of a longer number is not masked: the other digits would reveal it.
    """
    alone = r"(?<![^\W_])%s(?![^\W_])"
    no_digits_around = r"(?<!\d(?=\d))%s(?<!\d(?=\d))"
    verbatim = re.escape(credential)
    patterns = [(alone if len(credential) <= _SHORT else no_digits_around) % verbatim]
    if characters := [each for each in credential if each.isalnum()]:
        patterns.append(alone % rf"[\W_]{{0,{_MAX_SEPARATORS}}}".join(characters))
    return "|".join(patterns)


def _mask_start(text: str, length: int, mask: Callable[[str], str]) -> str:
    """Return the masked start of a text, without a part of a credential at its end."""
    masked = mask(text[:length])
    return masked if len(text) <= length else masked[:-_MAX_SPELLING]


def mask_answer(body: bytes, redact: Redactor) -> str:
    """Return a response for the debug log, without credentials."""

    def mask(text: str) -> str:
        return "".join(_mask_part(part, redact) for part in _TOKEN.split(text))

    return repr(_mask_start(to_text(body), _MAX_LOGGED, mask))


def _mask_part(part: str, redact: Redactor) -> str:
    """Return a tag, or the text between two tags, masked.

    Known words are not masked: "***" in place of a 0 or a 1 would reveal a short ID.
    """
    return part if part.strip().lower() in KNOWN_WORDS else redact.mask(unescape(part))


def shape_of(body: bytes, hidden: Collection[str]) -> str:
    """Return the tags and member names of a response, with all other text replaced by its length.

    `hidden` are the credentials, extension IDs, names and numbers of the account: a tag or member
    name that contains one of them is masked. Attributes and comments are dropped. A value may be
    text that a person typed: inside it, only the tags of XML-RPC and an unknown type are kept.
    """
    shape: list[str] = []
    before = ""
    inside_value = 0
    answer = to_text(body)
    parts = _TOKEN.split(answer[:_MAX_SHAPE])
    # The last part of a long answer may be the start of a name.
    for part in parts if len(answer) <= _MAX_SHAPE else parts[:-1]:
        text = part.strip()
        tag = _TAG.fullmatch(text)
        name = tag[2].lower() if tag else ""
        if tag and (name in TAGS or not inside_value or before == "value"):
            shape.append(f"<{tag[1]}{_mask_name(tag[2], hidden)}{tag[3]}>")
            if name == "value" and not tag[3]:
                inside_value += -1 if tag[1] else 1
            before = "" if tag[1] or tag[3] else name
        elif _TOKEN.fullmatch(text):
            shape.append("<...>")
        elif text:
            is_name = before == "name" and _NAME.fullmatch(text)
            shape.append(_mask_name(text, hidden) if is_name else _shape_of_text(text))
            before = ""
    return "".join(shape)[:_MAX_SHAPE]


def _mask_name(name: str, hidden: Collection[str]) -> str:
    lower = name.lower()
    is_safe = lower in _NAMES or not any(each.lower() in lower for each in hidden if each)
    return name if is_safe else _MASK


def _shape_of_text(text: str) -> str:
    if text.lower() in KNOWN_WORDS:
        return text
    return f"[{len(text)} {'digits' if text.isdecimal() else 'characters'}]"
