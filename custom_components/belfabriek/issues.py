"""Log entries and repair issues about single extensions and the second call.

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
"""Consecutive polls with a refused call before an issue is raised."""
_MAX_VALUES = 10
"""Maximum number of unknown values to report."""


class Issues:
    """Keeps track of what has been reported about the extensions of one entry."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        # Subentry IDs; the entry ID stands for the call states of the account.
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
        for subentry_id in self._failing - outcomes.keys() - {self._entry.entry_id}:
            self._forget(subentry_id)
        states = []
        for subentry_id, outcome in outcomes.items():
            if isinstance(outcome, BelfabriekError):
                self._report_failure(subentry_id, outcome)
            elif outcome is not None:
                states.append(outcome)
                self._report_recovery(subentry_id)
                value = outcome.unrecognized
                if value and value not in self._values and len(self._values) < _MAX_VALUES:
                    self._report_unrecognized(value)
        self._update_call_states(states)

    def _update_call_states(self, states: list[ExtensionState]) -> None:
        """Report a failing second call once for the account: its credentials are the account's."""
        errors = [each.call_state_error for each in states if each.call_state_error]
        if errors:
            refusals = [each for each in errors if isinstance(each, FaultError)]
            self._report_failure(self._entry.entry_id, (refusals or errors)[0])
        elif any(each.call_state_text is not None for each in states):
            self._report_recovery(self._entry.entry_id)

    def _name(self, key: str) -> str:
        """Return the name for the log. It is masked if it is the extension ID."""
        if key == self._entry.entry_id:
            return f"The call state of {self._entry.title}"
        subentry = self._entry.subentries[key]
        return Redactor(str(subentry.data[CONF_EXTENSION_ID]))(subentry.title)

    def _report_failure(self, key: str, failure: BelfabriekError) -> None:
        if key not in self._failing:
            self._failing.add(key)
            LOGGER.warning("%s is unavailable: %s", self._name(key), failure)
        if not isinstance(failure, FaultError):
            del self._refusals[key]
            return
        self._refusals[key] += 1
        if self._refusals[key] == _REFUSALS_BEFORE_ISSUE:
            subentry = self._entry.subentries.get(key)
            self._create_issue(
                f"refused_{key}",
                "extension_refused" if subentry else "call_state_refused",
                name=subentry.title if subentry else "",
                message=_quote(failure.text),
            )

    def _report_recovery(self, key: str) -> None:
        if key in self._failing:
            LOGGER.info("%s is available again", self._name(key))
            self._forget(key)

    def _forget(self, key: str) -> None:
        self._failing.discard(key)
        del self._refusals[key]
        self._delete_issue(f"refused_{key}")

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
