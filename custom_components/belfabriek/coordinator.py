"""One poll of a whole account."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, override

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util.async_ import create_eager_task

from .api import (
    BelfabriekClient,
    BelfabriekError,
    ExtensionState,
    FaultError,
    RateLimitedError,
    RejectedCredentialsError,
    RequestTimeoutError,
    Status,
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
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=timedelta(seconds=self._interval),
            request_refresh_debouncer=Debouncer(
                hass, LOGGER, cooldown=_REQUEST_REFRESH_COOLDOWN, immediate=True
            ),
            always_update=False,
        )
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
        self._paused_until: dict[str, float] = {}
        self._reports = Reports(hass, entry)

    @override
    async def async_refresh(self) -> None:
        """Poll now, and see it through even if whoever asked gives up waiting."""
        await self._async_see_through(super().async_refresh())

    @override
    async def async_request_refresh(self) -> None:
        """Poll soon, and see it through even if whoever asked gives up waiting."""
        await self._async_see_through(super().async_request_refresh())

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

    @override
    async def _async_update_data(self) -> dict[str, ExtensionState]:
        """Ask for all extensions at once; the client bounds how many requests are under way."""
        started = self.hass.loop.time()
        asked = {
            extension_id: create_eager_task(self._async_ask(extension_id))
            for extension_id in self._extension_ids
        }
        with suppress(TimeoutError):  # which leaves the late ones cancelled
            async with asyncio.timeout(_POLL_TIMEOUT):
                await asyncio.gather(*asked.values())
        # Home Assistant counts the interval from the end of a poll, and in whole seconds.
        taken = int(self.hass.loop.time()) - int(started)
        self.update_interval = timedelta(seconds=max(_MIN_PAUSE, self._interval - taken))
        late = RequestTimeoutError(f"the poll was over after {_POLL_TIMEOUT:.0f} seconds")
        answers = {
            extension_id: late if answer.cancelled() else answer.result()
            for extension_id, answer in asked.items()
        }
        self.failures = {
            extension_id: answer
            for extension_id, answer in answers.items()
            if isinstance(answer, BelfabriekError)
        }
        states = {
            extension_id: answer
            for extension_id, answer in answers.items()
            if not isinstance(answer, BelfabriekError)
        }
        if self.failures and not states:
            self._raise_common_failure()
        if states:
            self._dismiss_reauth()
        self._reports.update(states, self.failures)
        self.status_since.update(self.data if self.last_update_success else {}, states)
        return states

    async def _async_ask(self, extension_id: str) -> ExtensionState | BelfabriekError:
        """Return the state of one extension, or why there is none."""
        now = self.hass.loop.time()
        if now < self._paused_until.get(extension_id, now):
            return self.failures[extension_id]
        last = self.data.get(extension_id)
        try:
            state = await self._client.get_state(
                extension_id,
                expect_available=last is not None and last.availability.available is True,
            )
        except BelfabriekError as err:
            if isinstance(err, RateLimitedError):
                self._paused_until[extension_id] = now + min(err.retry_after or 0.0, _MAX_PAUSE)
            # It is kept until the next poll; what led to it, the answer, need not be.
            err.__context__ = None
            return err.with_traceback(None)
        return last if last == state else state

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
