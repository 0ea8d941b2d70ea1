"""What Home Assistant logs, and what of it speaks against the integration."""

import re

from development.account import DOMAIN

_RECORD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\S* (?P<level>[A-Z]+) \(")
_PROBLEMS = frozenset({"WARNING", "ERROR", "CRITICAL"})

# Every custom integration is warned of.
_OF_EVERY_CUSTOM_INTEGRATION = f" [homeassistant.loader] We found a custom integration {DOMAIN} "


class LogBook:
    """Collects a log's records, each with its traceback."""

    def __init__(self) -> None:
        self._records: list[str] = []
        self._begin = 0
        self._expected: list[str] = []

    def write(self, line: str) -> None:
        """Take one line of the log, without its line end."""
        if _RECORD.match(line) or not self._records:
            self._records.append(line)
        else:
            self._records[-1] += f"\n{line}"

    def turn_page(self) -> None:
        """Forget what was expected, and look at nothing that was logged so far.

        A log begins with a page of its own: what a start logs counts as well.
        """
        self._begin = len(self._records)
        self._expected = []

    def expect(self, text: str) -> None:
        """Accept problems whose records contain a text, on this page."""
        self._expected.append(text)

    @property
    def text(self) -> str:
        """Everything that was logged."""
        return "\n".join(self._records)

    def tail(self, lines: int) -> str:
        """Return the last lines of everything that was logged."""
        return "\n".join(self.text.splitlines()[-lines:])

    @property
    def page(self) -> str:
        """Everything that was logged since the page was turned."""
        return "\n".join(self._records[self._begin :])

    @property
    def problems(self) -> list[str]:
        """The warnings and errors on this page that name the integration and nobody expected."""
        accepted = (_OF_EVERY_CUSTOM_INTEGRATION, *self._expected)
        return [
            record
            for record in self._records[self._begin :]
            if (match := _RECORD.match(record))
            and match["level"] in _PROBLEMS
            and DOMAIN in record
            and not any(text in record for text in accepted)
        ]
