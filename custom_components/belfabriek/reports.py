"""What is told about single extensions, in the log and as repair issues: once, and once when over.

What concerns the whole account is not told here: the coordinator raises it, and Home Assistant
logs it.
"""

from collections import Counter
from collections.abc import Mapping

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .api import BelfabriekError, ExtensionState, FaultError, NotTriedError
from .const import CONF_EXTENSION_ID, DOMAIN, ISSUE_TRACKER, LOGGER, SUBENTRY_TYPE_EXTENSION

_REFUSALS_BEFORE_ISSUE = 3
"""Polls in a row that the server must refuse an extension in before a person is asked to act."""
_MAX_VALUES = 10
"""Values that nobody knows that are told of: a server may have an endless number of them."""


class Reports:
    """Keeps track of what has been told about the extensions of one entry."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Take every issue back when `entry` unloads."""
        self._hass = hass
        self._account = entry.title
        self._entry_id = entry.entry_id
        self._subentries = {
            str(subentry.data[CONF_EXTENSION_ID]): subentry
            for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
        }
        self._failing: set[str] = set()
        self._refusals: Counter[str] = Counter()
        self._values: set[str] = set()
        self._issues: set[str] = set()
        entry.async_on_unload(self._take_back_all)

    @callback
    def update(
        self, states: Mapping[str, ExtensionState], failures: Mapping[str, BelfabriekError]
    ) -> None:
        """Tell what is new since the last poll in which anything answered."""
        for extension_id, failure in failures.items():
            self._tell_failure(extension_id, failure)
        for extension_id in self._failing & states.keys():
            self._tell_recovery(extension_id)
        for state in states.values():
            value = state.unrecognized
            if value and value not in self._values and len(self._values) < _MAX_VALUES:
                self._tell_unrecognized(value)

    def _tell_failure(self, extension_id: str, failure: BelfabriekError) -> None:
        subentry = self._subentries[extension_id]
        if extension_id not in self._failing:
            self._failing.add(extension_id)
            LOGGER.info("%s of %s is unavailable: %s", subentry.title, self._account, failure)
        if isinstance(failure, NotTriedError):
            return
        if not isinstance(failure, FaultError):
            del self._refusals[extension_id]
            return
        self._refusals[extension_id] += 1
        if self._refusals[extension_id] == _REFUSALS_BEFORE_ISSUE:
            self._create_issue(
                f"extension_refused_{subentry.subentry_id}",
                "extension_refused",
                name=subentry.title,
                message=_quote(failure.text),
            )

    def _tell_recovery(self, extension_id: str) -> None:
        subentry = self._subentries[extension_id]
        self._failing.remove(extension_id)
        del self._refusals[extension_id]
        LOGGER.info("%s of %s is available again", subentry.title, self._account)
        self._delete_issue(f"extension_refused_{subentry.subentry_id}")

    def _tell_unrecognized(self, value: str) -> None:
        self._values.add(value)
        LOGGER.warning(
            "The server reports something that its documentation does not name: %r. The status of"
            " the extension is unknown meanwhile. Please report this at %s",
            value,
            ISSUE_TRACKER,
        )
        self._create_issue(
            f"unrecognized_value_{self._entry_id}_{len(self._values)}",
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
            translation_placeholders={"account": self._account, **placeholders},
        )

    def _delete_issue(self, issue_id: str) -> None:
        self._issues.discard(issue_id)
        ir.async_delete_issue(self._hass, DOMAIN, issue_id)

    def _take_back_all(self) -> None:
        for issue_id in list(self._issues):
            self._delete_issue(issue_id)


def _quote(text: str) -> str:
    """Return text of the server's as a quotation that the frontend does not interpret."""
    return f"`{text.replace('`', "'") or '-'}`"
