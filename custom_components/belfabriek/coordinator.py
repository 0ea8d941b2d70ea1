"""One poll of a whole account."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api import (
    BelfabriekClient,
    BelfabriekError,
    ExtensionState,
    FaultError,
    NotTriedError,
    Outcome,
    RateLimitedError,
    RejectedCredentialsError,
    Status,
    poll,
)
from .const import (
    CONF_EXTENSION_ID,
    CONF_ON_CALL_STATUSES,
    DEFAULT_ON_CALL_STATUSES,
    DEFAULT_SCAN_INTERVAL,
    DOMAIN,
    LOGGER,
    SUBENTRY_TYPE_EXTENSION,
)
from .reports import Reports
from .status_since import StatusSince


@dataclass(frozen=True, slots=True, kw_only=True)
class BelfabriekData:
    """What a loaded entry holds."""

    coordinator: BelfabriekCoordinator
    account_device_id: str


type BelfabriekConfigEntry = ConfigEntry[BelfabriekData]

_REQUEST_REFRESH_COOLDOWN = 1.0
"""Seconds in which requested polls are gathered into one. Home Assistant's own 10 s would turn an
automation that asks every 5 s into one that asks every 10 s."""
_POLL_TIMEOUT = 60.0
"""Seconds after which a poll ends without the extensions that have not answered."""
_MIN_PAUSE = 1.0
"""Seconds between two polls at the least, where one takes as long as the interval."""
_MAX_PAUSE = 300.0
"""Seconds that a server is left alone at the most, whatever it asks for."""


class BelfabriekCoordinator(DataUpdateCoordinator[dict[str, ExtensionState]]):
    """Polls every extension of an account, and keeps the states by extension ID.

    An extension that failed in the last poll has no state. A state that did not change is the
    same object as in the poll before.
    """

    config_entry: BelfabriekConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: BelfabriekConfigEntry, client: BelfabriekClient
    ) -> None:
        """Prepare to poll the extensions that `entry` has now."""
        self._interval = float(
            entry.options.get(CONF_SCAN_INTERVAL, DEFAULT_SCAN_INTERVAL.total_seconds())
        )
        debouncer = Debouncer[Coroutine[Any, Any, None]](
            hass, LOGGER, cooldown=_REQUEST_REFRESH_COOLDOWN, immediate=True
        )
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=timedelta(seconds=self._interval),
            request_refresh_debouncer=debouncer,
            always_update=False,
        )
        # A request that had to wait is carried out by nobody's task, and would outlive the entry.
        debouncer.function = self._async_requested_refresh
        self.include_call_state = client.include_call_state
        """Whether the second call is made at all."""
        self.on_call_statuses = frozenset(
            Status(status)
            for status in entry.options.get(CONF_ON_CALL_STATUSES, DEFAULT_ON_CALL_STATUSES)
        )
        """The statuses that count as being on a call."""
        self.failures: dict[str, BelfabriekError] = {}
        """Why an extension has no state, by extension ID; of the last poll."""
        self.data = {}
        self.status_since = StatusSince()
        self._client = client
        self._extension_ids = [
            str(subentry.data[CONF_EXTENSION_ID])
            for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
        ]
        self._failing: set[str] = set()
        """Those whose last outcome was a failure of their own."""
        self._paused_until: dict[str, float] = {}
        self._extension_listeners: dict[str, list[CALLBACK_TYPE]] = {}
        self._reports = Reports(hass, entry)

    @override
    async def async_refresh(self) -> None:
        """Poll now, and see it through even if whoever asked gives up waiting."""
        await self._async_see_through(super().async_refresh())

    @override
    async def async_request_refresh(self) -> None:
        """Poll soon, and see it through even if whoever asked gives up waiting."""
        await self._async_see_through(super().async_request_refresh())

    async def _async_requested_refresh(self) -> None:
        await self._async_see_through(self._async_refresh())

    async def _async_see_through(self, refresh: Coroutine[Any, Any, None]) -> None:
        """Run a poll that a cancelled script, say, does not break off.

        Home Assistant would take that for a failure and tell the entities neither of it nor of
        the next one: they would go on showing an old state. The other way round, whoever waits
        is not cancelled with the poll when the entry is unloaded.
        """
        await asyncio.wait(
            [
                self.config_entry.async_create_background_task(
                    self.hass, refresh, f"{self.name} - requested refresh"
                )
            ]
        )

    @callback
    def async_add_extension_listener(
        self, extension_id: str, update_callback: CALLBACK_TYPE
    ) -> CALLBACK_TYPE:
        """Tell `update_callback` as soon as another state of an extension is known.

        The other listeners are told when the poll is over. Returns what ends it.
        """
        listeners = self._extension_listeners.setdefault(extension_id, [])
        listeners.append(update_callback)
        return partial(listeners.remove, update_callback)

    @override
    async def _async_update_data(self) -> dict[str, ExtensionState]:
        """Ask for all extensions, and tell at once what changed."""
        started = self.hass.loop.time()
        before = self.data if self.last_update_success else {}
        # Whoever has the states of the last poll keeps them as they were.
        self.data = dict(self.data)
        self._extension_ids.sort(key=self._turn)
        outcomes: dict[str, Outcome] = {
            extension_id: self.failures[extension_id]
            for extension_id in self._extension_ids
            if extension_id in self.failures
            and started < self._paused_until.get(extension_id, started)
        }
        asked = {
            extension_id: self._was_available(extension_id)
            for extension_id in self._extension_ids
            if extension_id not in outcomes
        }
        with suppress(TimeoutError):
            async with asyncio.timeout(_POLL_TIMEOUT):
                await poll(self._client, asked, partial(self._take, before, outcomes))
        # Home Assistant counts the interval from the end of a poll, and in whole seconds.
        taken = int(self.hass.loop.time()) - int(started)
        self.update_interval = timedelta(seconds=max(_MIN_PAUSE, self._interval - taken))
        late = NotTriedError(f"the poll was over after {_POLL_TIMEOUT:.0f} seconds")
        states: dict[str, ExtensionState] = {}
        self.failures = {}
        for extension_id in self._extension_ids:
            outcome = outcomes.get(extension_id, late)
            if isinstance(outcome, BelfabriekError):
                self.failures[extension_id] = outcome
                if not isinstance(outcome, NotTriedError):
                    self._failing.add(extension_id)
            else:
                states[extension_id] = outcome
                self._failing.discard(extension_id)
        if self.failures and not states:
            self._raise_common_failure()
        if states:
            self._dismiss_reauth()
        self._reports.update(states, self.failures)
        return states

    def _turn(self, extension_id: str) -> int:
        """Return when an extension is asked: those that fail are the last.

        So they cannot keep the others from being asked in every poll. In either group, those that
        had no turn in the last poll are the first.
        """
        had_no_turn = isinstance(self.failures.get(extension_id), NotTriedError)
        return 2 * (extension_id in self._failing) + (not had_no_turn)

    def _was_available(self, extension_id: str) -> bool:
        last = self.data.get(extension_id)
        return last is not None and last.availability.available is True

    def _take(
        self,
        before: Mapping[str, ExtensionState],
        outcomes: dict[str, Outcome],
        extension_id: str,
        outcome: Outcome,
    ) -> None:
        """Take an outcome over; tell at once if it is another state than `before`.

        With many extensions, the first are known long before the last. What is new or has failed
        can wait until the poll is over, and shows whether that is its own or everybody's.
        """
        if isinstance(outcome, BelfabriekError):
            if isinstance(outcome, RateLimitedError):
                pause = min(outcome.retry_after or 0.0, _MAX_PAUSE)
                self._paused_until[extension_id] = self.hass.loop.time() + pause
            outcomes[extension_id] = outcome
            return
        last = before.get(extension_id)
        if last == outcome:
            outcome = last
        outcomes[extension_id] = outcome
        self.status_since.update(extension_id, last, outcome)
        if last is not None and outcome is not last:
            self.data[extension_id] = outcome
            self._async_update_extension(extension_id)

    @callback
    def _async_update_extension(self, extension_id: str) -> None:
        for update_callback in list(self._extension_listeners.get(extension_id, ())):
            try:
                update_callback()
            except Exception:
                self.logger.exception("Unexpected error showing the state of an extension")

    def _raise_common_failure(self) -> None:
        """Raise what all failures of a poll without a single success come down to.

        Nothing is raised where the server refuses every extension for reasons of their own: it
        is there, and the entities say which extensions failed.
        """
        failures = self.failures.values()
        if all(isinstance(failure, RejectedCredentialsError) for failure in failures):
            self._raise_rejected_credentials()
        failure = next((each for each in failures if not isinstance(each, FaultError)), None)
        if failure is not None:
            pause = 0.0
            if all(isinstance(each, RateLimitedError) for each in failures):
                pause = min(self._paused_until.values()) - self.hass.loop.time()
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="update_failed",
                translation_placeholders={"detail": str(failure)},
                retry_after=max(self._interval, pause),
            )

    def _raise_rejected_credentials(self) -> None:
        """Ask the user for new credentials.

        A running entry goes on asking now and then: a server that loses its accounts for an hour
        must not need a person afterwards, and raising `ConfigEntryAuthFailed` stops the polling.
        """
        if self.config_entry.state is ConfigEntryState.SETUP_IN_PROGRESS:
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key="rejected_credentials"
            )
        self.config_entry.async_start_reauth(self.hass)
        raise UpdateFailed(
            translation_domain=DOMAIN,
            translation_key="rejected_credentials",
            retry_after=_MAX_PAUSE,
        )

    def _dismiss_reauth(self) -> None:
        """Take back that new credentials are needed: the server accepts these again."""
        for flow in self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH}):
            self.hass.config_entries.flow.async_abort(flow["flow_id"])
