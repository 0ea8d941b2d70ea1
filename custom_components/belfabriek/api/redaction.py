"""Secrets out of texts that are shown, logged or stored."""

from functools import lru_cache
from html import escape
import re
from typing import Final

from .models import KNOWN_WORDS
from .xmlrpc import to_text

MAX_TEXT: Final = 255
"""Characters that are kept of a text of the server's; Home Assistant keeps no more of a state."""

_MASK = "***"
_SHORT = 3
"""Up to so many characters, a secret is taken out only where it stands as a word: taking every
"1" out of an error would leave nothing to read."""
_LONG_NUMBER = re.compile(r"\d(?:[ .\-/]?\d){6,}")
"""A phone number, most likely somebody's."""
_NUMBER = re.compile(r"\d{2,}")
_TOKEN = re.compile(r"(<[^>]*>)")
_MAX_LOGGED = 4000
_MAX_SHAPE = 2000


class Redactor:
    """Takes secrets out of a text, also where they are written in another way."""

    def __init__(self, *secrets: str | None) -> None:
        self._pattern = _pattern(tuple(sorted({each for each in secrets if each})))

    def __call__(self, text: str) -> str:
        """Return the text without secrets and long numbers, cut to be shown.

        It is cut last: of a secret that is cut in two, a part would stay.
        """
        return self.mask(text)[:MAX_TEXT]

    def mask(self, text: str) -> str:
        """Return the text without secrets and long numbers."""
        if self._pattern is not None:
            text = self._pattern.sub(_MASK, text)
        return _LONG_NUMBER.sub(_MASK, text)


@lru_cache(maxsize=1024)
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return what finds any of the secrets, the longest first."""
    words = [_word(secret) for secret in sorted(secrets, key=len, reverse=True)]
    return re.compile("|".join(words), re.IGNORECASE) if words else None


def _word(secret: str) -> str:
    """Return what finds a secret in any spelling: zeros in front, separators, encoded."""
    core = secret.lstrip("0") or secret
    separator = r"[\s.\-/_]{0,2}" if len(core) > _SHORT else ""
    spelled = separator.join(_character(each) for each in core)
    if len(core) <= _SHORT:
        return rf"(?<!\w)0*{spelled}(?!\w)"
    return rf"(?:0{separator})*{spelled}"


def _character(character: str) -> str:
    code = ord(character)
    encoded = "".join(f"%{byte:02x}" for byte in character.encode())
    spellings = [character, escape(character), encoded, f"&#{code};", f"&#x{code:x};"]
    return f"(?:{'|'.join(dict.fromkeys(map(re.escape, spellings)))})"


def mask_answer(body: bytes, redact: Redactor) -> str:
    """Return an answer for the debug log, with every secret and every number masked."""
    parts = _TOKEN.split(redact.mask(to_text(body[: 4 * _MAX_LOGGED])))
    masked = (
        part if part.startswith("<") else re.sub(r"\d(?=\d)|(?<=\d)\d", "#", part) for part in parts
    )
    return repr("".join(masked)[:_MAX_LOGGED])


def shape_of(body: bytes, redact: Redactor) -> str:
    """Return the tags and member names of an answer, with every other text masked."""
    shape = []
    inside_name = False
    for part in _TOKEN.split(to_text(body[: 2 * _MAX_SHAPE])):
        if part.startswith("<"):
            inside_name = part.lower() == "<name>"
            shape.append(part)
        elif text := part.strip():
            shape.append(text if inside_name or text.lower() in KNOWN_WORDS else _measure(text))
    return redact.mask("".join(shape))[:_MAX_SHAPE]


def _measure(text: str) -> str:
    return f"[{len(text)} {'digits' if text.isdecimal() else 'characters'}]"
