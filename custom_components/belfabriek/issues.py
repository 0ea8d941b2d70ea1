"""Log entries, repair issues and reauth flows.

Failures of the whole account are raised by the coordinator and logged by Home Assistant.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
import re
import time
from typing import Final

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .agent import MAX_REFUSALS, Agent
from .api import ExtensionState, Failure, FailureKind
from .const import DOMAIN, ISSUE_TRACKER, LOGGER

CONF_MESSAGE: Final = "message"
"""Key of the server's message in the data of a reauth flow."""

_REFUSED_BEFORE_REAUTH: Final = 300.0
"""Seconds with nothing but refusals, after which a reauth flow is started."""
_LIMITS_BEFORE_ISSUE: Final = 3
_POLLS_AFTER_LIMIT: Final = 10
"""Polls without a rate limit after which the issue is deleted."""
_VALUE_AGE: Final = 24 * 60 * 60.0
"""Seconds since an unknown value was last seen, after which its issue is deleted."""
_MAX_VALUES: Final = 10
"""Maximum number of unknown values to report."""
_MARKDOWN: Final = re.compile(r"([!-/:-@\[-`{-~])")


class Issues:
    """Reports the failures of one entry, each once."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._failed_at: float | None = None
        """When the account failed."""
        self._failing: dict[str, str] = {}
        """Names of the failing extensions by subentry ID."""
        self._no_call_state: dict[str, str] = {}
        """Extension IDs by subentry ID, of the extensions whose last second call failed."""
        self._is_call_state_logged = False
        self._call_state_refusals = 0
        self._refused_since: dict[str, float] = {}
        """Since when all responses to a call are faults; by `account` and `call_state`."""
        self._values: dict[str, float] = {}
        """When each unknown value was last seen."""
        self._limits = 0
        self._issues: set[str] = set()
        entry.async_on_unload(self._delete_all)

    @callback
    def async_update(
        self,
        agents: Mapping[str, Agent],
        failure: Failure | None,
        *,
        is_first: bool,
        is_limited: bool,
    ) -> None:
        """Report changes after a poll; `failure` is the failure of the whole account."""
        self._update_account(failure)
        self._update_reauth(agents, failure, is_first=is_first)
        self._update_limit(is_limited=is_limited)
        if failure is None:
            self._update_extensions(agents)
            self._update_call_states(agents)
            self._update_values([each.state for each in agents.values() if each.state])

    def _update_account(self, failure: Failure | None) -> None:
        """Log the end of an outage, which Home Assistant logs only at level INFO."""
        now = time.monotonic()
        if failure is None and self._failed_at is not None:
            LOGGER.warning(
                "%s: the server answers again, after %.0f seconds",
                self._entry.title,
                now - self._failed_at,
            )
            self._failed_at = None
        elif failure is not None and self._failed_at is None:
            self._failed_at = now

    def _update_reauth(
        self, agents: Mapping[str, Agent], failure: Failure | None, *, is_first: bool
    ) -> None:
        """Start a reauth flow if there are only faults; abort it after an answer.

        The text of a fault is not interpreted: the vendor does not document it.
        """
        is_fault = failure is not None and failure.kind is FailureKind.FAULT
        self._request_reauth("account", [failure], is_over=not is_fault, at_once=is_first)
        # A poll without a second call proves nothing: agents who take no calls have none.
        states = [each.state for each in agents.values() if each.state]
        self._request_reauth(
            "call_state",
            [each.call_state_failure for each in states],
            is_over=any(each.call_state_text is not None for each in states),
        )
        if not self._refused_since and failure is None:
            for flow in self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH}):
                self._hass.config_entries.flow.async_abort(flow["flow_id"])

    def _request_reauth(
        self,
        call: str,
        failures: Iterable[Failure | None],
        *,
        is_over: bool,
        at_once: bool = False,
    ) -> None:
        faults = [each for each in failures if each and each.kind is FailureKind.FAULT]
        if is_over:
            self._refused_since.pop(call, None)
        elif faults:
            now = time.monotonic()
            since = self._refused_since.setdefault(call, now)
            if at_once or now - since >= _REFUSED_BEFORE_REAUTH:
                self._entry.async_start_reauth(self._hass, data={CONF_MESSAGE: faults[0].quote})

    def _update_limit(self, *, is_limited: bool) -> None:
        issue_id = f"rate_limited_{self._entry.entry_id}"
        if is_limited:
            self._limits = min(max(self._limits, 0) + 1, _LIMITS_BEFORE_ISSUE)
            if self._limits == _LIMITS_BEFORE_ISSUE:
                self._create_issue(issue_id, "rate_limited")
        elif self._limits > -_POLLS_AFTER_LIMIT:
            self._limits = min(self._limits, 0) - 1
            if self._limits == -_POLLS_AFTER_LIMIT:
                self._delete_issue(issue_id)

    def _update_extensions(self, agents: Mapping[str, Agent]) -> None:
        for subentry_id in self._failing.keys() - agents.keys():
            del self._failing[subentry_id]
            self._delete_issue(f"extension_refused_{subentry_id}")
        for subentry_id, agent in agents.items():
            if agent.failure:
                if subentry_id not in self._failing:
                    self._failing[subentry_id] = self._entry.subentries[subentry_id].title
                    LOGGER.info(
                        "%s is unavailable: %s", self._failing[subentry_id], agent.failure.text
                    )
                if agent.is_refused:
                    self._create_issue(
                        f"extension_refused_{subentry_id}",
                        "extension_refused",
                        name=plain_text(self._entry.subentries[subentry_id].title),
                        message=quote(agent.failure.quote),
                    )
            elif agent.state and subentry_id in self._failing:
                LOGGER.info("%s is available again", self._failing.pop(subentry_id))
                self._delete_issue(f"extension_refused_{subentry_id}")

    def _update_call_states(self, agents: Mapping[str, Agent]) -> None:
        """Report failing second calls once for the account: the credentials are the account's.

        The second call is not made for an agent who takes no calls, so an extension counts as
        failing until its second call is answered.
        """
        has_recovered = self._note_call_states(agents)
        issue_id = f"call_state_refused_{self._entry.entry_id}"
        if not self._no_call_state:
            if has_recovered:
                LOGGER.info("The call state of %s is available again", self._entry.title)
            if self._is_call_state_logged:
                self._call_state_refusals = 0
                self._is_call_state_logged = False
                self._delete_issue(issue_id)
            return
        failures = [(subentry_id, each.call_state_failure) for subentry_id, each in agents.items()]
        failed = [(subentry_id, failure) for subentry_id, failure in failures if failure]
        # A fault is more specific than another failure.
        failed.sort(key=lambda each: each[1].kind is not FailureKind.FAULT)
        for subentry_id, failure in failed[:1]:
            name = self._entry.subentries[subentry_id].title
            if not self._is_call_state_logged:
                LOGGER.info("The call state of %s is unavailable: %s", name, failure.text)
                self._is_call_state_logged = True
            is_fault = failure.kind is FailureKind.FAULT
            self._call_state_refusals = self._call_state_refusals + 1 if is_fault else 0
            if self._call_state_refusals >= MAX_REFUSALS:
                self._create_issue(
                    issue_id,
                    "call_state_refused",
                    name=plain_text(name),
                    message=quote(failure.quote),
                )

    def _note_call_states(self, agents: Mapping[str, Agent]) -> bool:
        """Update the extensions whose second call fails; return whether one recovered."""
        has_recovered = False
        for subentry_id, agent in agents.items():
            if agent.state is None:
                continue
            if agent.state.call_state_failure:
                self._no_call_state[subentry_id] = agent.extension_id
            elif agent.state.call_state_text is not None:
                has_recovered |= self._no_call_state.pop(subentry_id, None) is not None
        self._no_call_state = {
            subentry_id: extension_id
            for subentry_id, extension_id in self._no_call_state.items()
            if subentry_id in agents and agents[subentry_id].extension_id == extension_id
        }
        return has_recovered

    def _update_values(self, states: Iterable[ExtensionState]) -> None:
        now = time.monotonic()
        for each in states:
            value = each.unrecognized
            if value and (value in self._values or len(self._values) < _MAX_VALUES):
                if value not in self._values:
                    self._report_value(value)
                self._values[value] = now
        for value in [each for each, seen in self._values.items() if now - seen > _VALUE_AGE]:
            del self._values[value]
            self._delete_issue(self._value_id(value))

    def _value_id(self, value: str) -> str:
        digest = sha256(value.encode()).hexdigest()[:16]
        return f"unrecognized_value_{self._entry.entry_id}_{digest}"

    def _report_value(self, value: str) -> None:
        LOGGER.warning(
            "The server reports a value that its documentation does not name: %r. The status of"
            " the extension is unknown until it changes. Please report this at %s",
            value,
            ISSUE_TRACKER,
        )
        self._create_issue(
            self._value_id(value),
            "unrecognized_value",
            value=quote(value),
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
            translation_placeholders={"account": plain_text(self._entry.title), **placeholders},
        )

    def _delete_issue(self, issue_id: str) -> None:
        """Delete an issue, unless a person ignored it: a new one would not be ignored."""
        issue = ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id)
        if issue is not None and issue.dismissed_version is None:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        self._issues.discard(issue_id)

    def _delete_all(self) -> None:
        for issue_id in list(self._issues):
            self._delete_issue(issue_id)


@callback
def async_delete_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Delete all issues of an entry, also those that a person ignored."""
    owners = (entry.entry_id, *entry.subentries)
    registry = ir.async_get(hass)
    for domain, issue_id in list(registry.issues):
        if domain == DOMAIN and any(each in issue_id for each in owners):
            registry.async_delete(domain, issue_id)


def quote(text: str) -> str:
    """Return text of the server as code, so that it is not rendered as Markdown."""
    return f"`{text.replace('`', "'") or '-'}`"


def plain_text(text: str) -> str:
    """Return a text whose Markdown is not rendered."""
    return _MARKDOWN.sub(r"\\\1", text)
