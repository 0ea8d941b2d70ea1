"""Log entries and repair issues about single extensions.

Failures of the whole account are raised by the coordinator and logged by Home Assistant.
"""

from collections import Counter
from collections.abc import Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .api import BelfabriekError, ExtensionState, FaultError, Redactor
from .const import CONF_EXTENSION_ID, DOMAIN, ISSUE_TRACKER, LOGGER

_REFUSALS_BEFORE_ISSUE = 3
"""Consecutive polls in which the server refuses an extension before an issue is raised."""
_MAX_VALUES = 10
"""Maximum number of unknown values to report."""


class Issues:
    """Keeps track of what has been reported about the extensions of one entry."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._failing: set[str] = set()
        self._refusals: Counter[str] = Counter()
        self._values: set[str] = set()
        self._issues: set[str] = set()
        entry.async_on_unload(self._delete_all)

    @callback
    def update(self, outcomes: Mapping[str, ExtensionState | BelfabriekError | None]) -> None:
        """Report new failures, recoveries and unknown values of a successful poll.

        `None` stands for an extension that was not polled. A missing one was removed or disabled.
        """
        for subentry_id in self._failing - outcomes.keys():
            self._forget(subentry_id)
        for subentry_id, outcome in outcomes.items():
            if outcome is None:
                continue
            if isinstance(outcome, BelfabriekError):
                self._report_failure(subentry_id, outcome)
                continue
            if subentry_id in self._failing:
                LOGGER.info("%s is available again", self._name(subentry_id))
                self._forget(subentry_id)
            value = outcome.unrecognized
            if value and value not in self._values and len(self._values) < _MAX_VALUES:
                self._report_unrecognized(value)

    def _name(self, subentry_id: str) -> str:
        """Return the name for the log. It is masked if it is the extension ID."""
        subentry = self._entry.subentries[subentry_id]
        return Redactor(str(subentry.data[CONF_EXTENSION_ID]))(subentry.title)

    def _report_failure(self, subentry_id: str, failure: BelfabriekError) -> None:
        if subentry_id not in self._failing:
            self._failing.add(subentry_id)
            LOGGER.info("%s is unavailable: %s", self._name(subentry_id), failure)
        if not isinstance(failure, FaultError):
            del self._refusals[subentry_id]
            return
        self._refusals[subentry_id] += 1
        if self._refusals[subentry_id] == _REFUSALS_BEFORE_ISSUE:
            self._create_issue(
                f"extension_refused_{subentry_id}",
                "extension_refused",
                name=self._entry.subentries[subentry_id].title,
                message=_quote(failure.text),
            )

    def _forget(self, subentry_id: str) -> None:
        self._failing.discard(subentry_id)
        del self._refusals[subentry_id]
        self._delete_issue(f"extension_refused_{subentry_id}")

    def _report_unrecognized(self, value: str) -> None:
        self._values.add(value)
        LOGGER.warning(
            "The server reports a value that its documentation does not name: %r. The status of"
            " the extension is unknown until it changes. Please report this at %s",
            value,
            ISSUE_TRACKER,
        )
        self._create_issue(
            f"unrecognized_value_{self._entry.entry_id}_{len(self._values)}",
            "unrecognized_value",
            value=_quote(value),
            issue_tracker=ISSUE_TRACKER,
        )

    def _create_issue(self, issue_id: str, translation_key: str, **placeholders: str) -> None:
        self._issues.add(issue_id)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=translation_key,
            translation_placeholders={"account": self._entry.title, **placeholders},
        )

    def _delete_issue(self, issue_id: str) -> None:
        self._issues.discard(issue_id)
        ir.async_delete_issue(self._hass, DOMAIN, issue_id)

    def _delete_all(self) -> None:
        for issue_id in list(self._issues):
            self._delete_issue(issue_id)


def _quote(text: str) -> str:
    """Return text from the server as code, so that the frontend does not render it as Markdown."""
    return f"`{text.replace('`', "'") or '-'}`"
