"""Home Assistant's log, reduced to what a person at the terminal must see."""

from collections.abc import Callable
import re

_RECORD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\S* (?P<level>[A-Z]+) \(")
_QUIET_LEVELS = frozenset({"DEBUG", "INFO"})

# Warnings of what this package does on purpose: a custom integration, and `stand_ins`.
_EXPECTED = (
    " [homeassistant.loader] We found a custom integration belfabriek ",
    " [homeassistant.bootstrap] Skipping pip installation ",
    " [homeassistant.requirements] Skipping requirement ",
)


class ProblemFilter:
    """Passes on warnings and errors, and what is no log record at all (why `hass` cannot start).

    A record may have several lines: those of a traceback go where their first line went.
    """

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._shown = True

    def __call__(self, line: str) -> None:
        """Take one line of the log, without its line end."""
        if record := _RECORD.match(line):
            expected = any(text in line for text in _EXPECTED)
            self._shown = record["level"] not in _QUIET_LEVELS and not expected
        if self._shown:
            self._show(line)
