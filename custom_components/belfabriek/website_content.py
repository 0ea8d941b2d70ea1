"""The content of the website link: who can be called now, and nothing else. No I/O."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
import json
from typing import Any, Final
import unicodedata
from xml.sax.saxutils import escape

from .agent import Agent
from .api import WORKING, Status

READY: Final = "ready"
BUSY: Final = "busy"
AWAY: Final = "away"
CLOSED: Final = "closed"
UNKNOWN: Final = "unknown"
WORDS: Final = (READY, BUSY, AWAY, CLOSED, UNKNOWN)
"""The words on a badge, which are keys of the translations."""

_MAX_NAME_LENGTH: Final = 60
_JOINERS: Final = "\u200c\u200d"
"""Invisible, but emoji and the letters of some scripts look different without them."""
_COLORS: Final = {READY: "#2e7d32", BUSY: "#c62828"}
_OTHER_COLOR: Final = "#616161"
_SHIELDS_COLORS: Final = {READY: "green", BUSY: "red"}


@dataclass(frozen=True, slots=True)
class Hours:
    """The opening hours at a moment."""

    is_open: bool | None
    """`None` if unknown."""
    opens_at: datetime | None = None
    """When the next hours start, in Home Assistant's time zone; `None` if open or unknown."""


@dataclass(frozen=True, slots=True)
class Content:
    """The public data of an account."""

    label: str
    status: str | None
    """The status of all extensions together; `None` if unknown."""
    ready_count: int | None
    """`None` if an extension with an unknown status might count."""
    people: tuple[tuple[str, str | None], ...]
    """Names and statuses of the extensions that the user chose."""
    hours: Hours | None
    """`None` without opening hours."""
    tel: str | None
    """The number to call."""

    def as_json(self, interval: int) -> str:
        """Return the JSON document. Widgets read it again after `interval` seconds."""
        hours = self.hours or Hours(None)
        document: dict[str, Any] = {
            "version": 1,
            "ready": None if self.status is None else self.status == READY,
            "ready_count": self.ready_count,
            "status": self.status,
            "open": hours.is_open,
            "opens_at": hours.opens_at and hours.opens_at.isoformat(timespec="seconds"),
            "tel": self.tel,
            "interval": interval,
            "extensions": [{"name": name, "status": status} for name, status in self.people],
        }
        return json.dumps(document, ensure_ascii=False)

    def as_svg(self, words: Mapping[str, str], name: str | None = None) -> str:
        """Return a badge of the account, or of the person with this name."""
        label, word = self._label_and_word(name)
        return _badge(label, words[word], _COLORS.get(word, _OTHER_COLOR))

    def as_shields(self, words: Mapping[str, str], name: str | None = None) -> str:
        """Return the badge as the document that shields.io draws."""
        label, word = self._label_and_word(name)
        document = {
            "schemaVersion": 1,
            "label": label,
            "message": words[word],
            "color": _SHIELDS_COLORS.get(word, "lightgrey"),
        }
        return json.dumps(document, ensure_ascii=False)

    def _label_and_word(self, name: str | None) -> tuple[str, str]:
        label, status = self.label, self.status
        if name is not None:
            wanted = _folded(name)
            # The name of somebody who is not shown is not repeated on the badge.
            found = (each for each in self.people if _folded(each[0]) == wanted)
            label, status = next(found, (label, None))
        if self.hours and self.hours.is_open is False:
            return label, CLOSED
        return label, status or UNKNOWN


def public_content(
    label: str,
    agents: Mapping[str, Agent],
    people: Mapping[str, str],
    hours: Hours | None = None,
    tel: str | None = None,
) -> Content:
    """Return the public data of agents by subentry ID; `people` are the names to show."""
    statuses = [_status(each, hours) for each in agents.values() if not each.is_refused]
    is_closed = hours is not None and hours.is_open is False
    unknown = None in statuses or not agents
    return Content(
        label=clean_name(label),
        status=AWAY if is_closed else _of_all(statuses) if agents else None,
        ready_count=0 if is_closed else None if unknown else statuses.count(READY),
        people=tuple(
            (clean_name(name), AWAY if is_closed else _status(agents.get(subentry_id), hours))
            for subentry_id, name in people.items()
        ),
        hours=hours,
        tel=clean_name(tel) if tel else None,
    )


def clean_name(name: str) -> str:
    """Return a name without control and formatting characters, of bounded length."""
    cleaned = "".join(
        c for c in name if c in _JOINERS or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Cn"}
    )
    return cleaned if len(cleaned) <= _MAX_NAME_LENGTH else f"{cleaned[: _MAX_NAME_LENGTH - 1]}…"


def _status(agent: Agent | None, hours: Hours | None) -> str | None:
    if agent is None or agent.status is None:
        return None
    if agent.status is Status.READY:
        return READY if hours is None or hours.is_open else None
    return BUSY if agent.status in WORKING else AWAY


def _of_all(statuses: Iterable[str | None]) -> str | None:
    """Return the status of a team; an unknown status may be ready."""
    order = (READY, None, BUSY, AWAY)
    return min(statuses, key=order.index, default=AWAY)


def _folded(name: str) -> str:
    """Return a name for comparison, the same for every Unicode form and case."""
    folded = unicodedata.normalize("NFKC", clean_name(name)).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


def _badge(label: str, word: str, color: str) -> str:
    # Characters are about 7 px wide at this size; wider ones are squeezed.
    left, right = 7 * len(label) + 12, 7 * len(word) + 12
    label, word = escape(label), escape(word)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img">'
        f"<title>{label}: {word}</title>"
        f'<rect width="{left}" height="20" fill="#424242"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{color}"/>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="6" y="14" textLength="{left - 12}" lengthAdjust="spacingAndGlyphs">{label}'
        f'</text><text x="{left + 6}" y="14" textLength="{right - 12}"'
        f' lengthAdjust="spacingAndGlyphs">{word}</text></g></svg>'
    )
