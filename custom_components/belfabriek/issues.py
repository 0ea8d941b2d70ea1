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
        # What the log calls it, by subentry ID; the entry ID stands for the call states.
        self._failing: dict[str, str] = {}
        self._refusals: Counter[str] = Counter()
        self._no_call_state: dict[str, str] = {}
        """Extensions whose last second call failed: their IDs by subentry ID."""
        self._reported: str | None = None
        """The extension that the log names."""
        self._values: set[str] = set()
        self._issues: set[str] = set()
        entry.async_on_unload(self._delete_all)

    @callback
    def update(self, outcomes: Mapping[str, ExtensionState | BelfabriekError | None]) -> None:
        """Report new failures, recoveries and unknown values of a successful poll.

        `None` stands for an extension that was not polled. A missing one was removed or disabled.
        """
        for subentry_id in self._failing.keys() - outcomes.keys() - {self._entry.entry_id}:
            self._forget(subentry_id)
        for subentry_id, outcome in outcomes.items():
            if isinstance(outcome, BelfabriekError):
                self._report_failure(subentry_id, outcome, subentry_id)
            elif outcome is not None:
                self._report_recovery(subentry_id)
                value = outcome.unrecognized
                if value and value not in self._values and len(self._values) < _MAX_VALUES:
                    self._report_unrecognized(value)
        self._update_call_states(outcomes)

    def _update_call_states(
        self, outcomes: Mapping[str, ExtensionState | BelfabriekError | None]
    ) -> None:
        """Report failing second calls once for the account: the credentials are the account's."""
        account, subentries = self._entry.entry_id, self._entry.subentries
        failed: dict[str, BelfabriekError] = {}
        recovered = False
        for key, outcome in outcomes.items():
            if not isinstance(outcome, ExtensionState):
                continue
            if outcome.call_state_error:
                failed[key] = outcome.call_state_error
                self._no_call_state[key] = str(subentries[key].data[CONF_EXTENSION_ID])
            elif outcome.call_state_text is not None:
                recovered |= self._no_call_state.pop(key, None) is not None
        # An agent who takes no calls says nothing about the second call, but one that was removed
        # or corrected is not waited for.
        self._no_call_state = {
            key: extension_id
            for key, extension_id in self._no_call_state.items()
            if key in outcomes and subentries[key].data[CONF_EXTENSION_ID] == extension_id
        }
        if failed:
            if self._reported not in failed:
                self._failing.pop(account, None)
            refused = [key for key, err in failed.items() if isinstance(err, FaultError)]
            key = next(iter(refused or failed))
            if account not in self._failing:
                self._reported = key
            self._report_failure(account, failed[key], key)
        elif not self._no_call_state and account in self._failing:
            if recovered:
                self._report_recovery(account)
            else:
                self._forget(account)

    def _name(self, subentry_id: str) -> str:
        """Return the name for the log. It is masked if it is the extension ID."""
        subentry = self._entry.subentries[subentry_id]
        return Redactor(str(subentry.data[CONF_EXTENSION_ID]))(subentry.title)

    def _subject(self, key: str, subentry_id: str) -> str:
        name = self._name(subentry_id)
        return name if key == subentry_id else f"The call state of {name}"

    def _report_failure(self, key: str, failure: BelfabriekError, subentry_id: str) -> None:
        if key not in self._failing:
            self._failing[key] = self._subject(key, subentry_id)
            LOGGER.warning("%s is unavailable: %s", self._failing[key], failure)
        if not isinstance(failure, FaultError):
            del self._refusals[key]
            return
        self._refusals[key] += 1
        if self._refusals[key] >= _REFUSALS_BEFORE_ISSUE:
            self._create_issue(
                f"refused_{key}",
                "extension_refused" if key == subentry_id else "call_state_refused",
                name=self._entry.subentries[subentry_id].title,
                message=_quote(failure.text),
            )

    def _report_recovery(self, key: str) -> None:
        if key in self._failing:
            LOGGER.info("%s is available again", self._failing[key])
            self._forget(key)

    def _forget(self, key: str) -> None:
        self._failing.pop(key, None)
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
