"""Failures of the whole account: rate limits and rejected credentials."""

from collections.abc import Iterable
from datetime import timedelta

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util.hass_dict import HassKey

from .api import (
    BelfabriekError,
    ExtensionState,
    FaultError,
    RateLimitedError,
    RejectedCredentialsError,
    RequestSkippedError,
)
from .const import DOMAIN

_MAX_PAUSE = 300.0
"""Maximum number of seconds to honor a `Retry-After`."""
_PAUSED_UNTIL: HassKey[dict[tuple[str, str], float]] = HassKey(f"{DOMAIN}_paused_until")
"""Event loop time by entry ID and address. In `hass.data`, so that setup retries wait as well."""


def most_telling(outcomes: Iterable[ExtensionState | BelfabriekError]) -> BelfabriekError | None:
    """Return the failure of the account if no extension has a state.

    `None` also where the server refuses each extension for a reason of its own: it is there, and
    the entities show which extensions failed. A skipped request says nothing about the server.
    """
    failures = []
    for outcome in outcomes:
        if isinstance(outcome, ExtensionState):
            return None
        if not isinstance(outcome, RequestSkippedError):
            failures.append(outcome)
    rejected = [each for each in failures if isinstance(each, RejectedCredentialsError)]
    others = [each for each in failures if not isinstance(each, FaultError)]
    if rejected and len(rejected) + len(others) == len(failures):
        return rejected[0]
    return others[0] if others else None


def trouble(outcome: ExtensionState | BelfabriekError | None) -> int:
    """Return 0 if both calls succeeded, 1 if only the first, and 2 if none did."""
    match outcome:
        case BelfabriekError():
            return 2
        case ExtensionState(call_state_error=BelfabriekError()):
            return 1
    return 0


class AccountFailures:
    """Keeps track of rate limits and rejected credentials."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._rejected = True
        self._paused_until = hass.data.setdefault(_PAUSED_UNTIL, {})
        self._pause_key = entry.entry_id, str(entry.data.get(CONF_URL))

    @property
    def pause(self) -> float:
        """Seconds until the next request is allowed; negative if it is allowed now."""
        return self._paused_until.get(self._pause_key, 0.0) - self._hass.loop.time()

    @callback
    def to_update_failed(self, err: BelfabriekError, interval: timedelta) -> UpdateFailed:
        """Return the failure to raise; start reauth if the credentials were rejected.

        Not `ConfigEntryAuthFailed`, which would stop the polling until a person has acted.
        """
        if isinstance(err, RejectedCredentialsError):
            self._rejected = True
            self._entry.async_start_reauth(self._hass)
            return UpdateFailed(translation_domain=DOMAIN, translation_key="rejected_credentials")
        retry_after = None
        if isinstance(err, RateLimitedError) and err.retry_after:
            pause = min(err.retry_after, _MAX_PAUSE)
            self._paused_until[self._pause_key] = self._hass.loop.time() + pause
            # Home Assistant drops the fraction of the present second.
            retry_after = max(pause + 1, interval.total_seconds())
        return UpdateFailed(
            translation_domain=DOMAIN,
            translation_key="update_failed",
            translation_placeholders={"detail": str(err)},
            retry_after=retry_after,
        )

    @callback
    def async_recovered(self) -> None:
        """Abort a pending reauth flow once the server accepts the credentials again."""
        if self._rejected:
            self._rejected = False
            for flow in self._entry.async_get_active_flows(self._hass, {SOURCE_REAUTH}):
                self._hass.config_entries.flow.async_abort(flow["flow_id"])
