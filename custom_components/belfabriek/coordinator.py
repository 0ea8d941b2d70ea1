"""One poll of an account."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util import dt as dt_util

from .api import (
    MAX_IN_FLIGHT,
    BelfabriekClient,
    BelfabriekError,
    ExtensionState,
    RateLimitedError,
    RequestSkippedError,
    ServerUnreachableError,
    Status,
    without_traceback,
)
from .const import (
    CONF_EXTENSION_ID,
    CONF_ON_CALL_STATUSES,
    DEFAULT_ON_CALL_STATUSES,
    DEFAULT_SCAN_INTERVAL,
    SUBENTRY_TYPE_EXTENSION,
)
from .failures import AccountFailures, most_telling
from .issues import Issues
from .refresh import ShieldedCoordinator
from .storage import AccountStore

type Outcome = ExtensionState | BelfabriekError
type BelfabriekConfigEntry = ConfigEntry[BelfabriekCoordinator]

_POLL_TIMEOUT = 60.0
"""Seconds after which a poll ends, whoever has not answered."""
_GAP = 3
"""Intervals without an answer after which nothing is compared with what was before."""


class BelfabriekCoordinator(ShieldedCoordinator[Mapping[str, Outcome]]):
    """Polls every extension of an account. `data` has one outcome per subentry ID."""

    config_entry: BelfabriekConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: BelfabriekConfigEntry, client: BelfabriekClient
    ) -> None:
        super().__init__(hass, entry)
        self.client = client
        self.store = AccountStore(hass, entry.entry_id)
        self.data = {}
        self.previous: dict[str, Status | None] = {}
        """The status before the present one, by subentry ID; `None` after a gap."""
        self._asked: dict[str, tuple[str, float]] = {}
        """The extension ID that was last asked for, and when, by subentry ID."""
        self._answered_at: dict[str, datetime] = {}
        self._polled_at: datetime | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._failures = AccountFailures(hass, entry)
        self._options = entry.options
        self._changed = False
        self._issues = Issues(hass, entry)
        self.update_interval = self.interval

    @property
    def interval(self) -> timedelta:
        """The time from one poll to the next."""
        return timedelta(
            seconds=self.config_entry.options.get(
                CONF_SCAN_INTERVAL, DEFAULT_SCAN_INTERVAL.total_seconds()
            )
        )

    @property
    def on_call_statuses(self) -> frozenset[str]:
        """The statuses that count as being on a call."""
        return frozenset(
            self.config_entry.options.get(CONF_ON_CALL_STATUSES, DEFAULT_ON_CALL_STATUSES)
        )

    @override
    async def _async_setup(self) -> None:
        await self.store.async_load()

    @override
    async def async_refresh(self) -> None:
        """Refresh now, or wait for the refresh that is under way."""
        if self._idle.is_set():
            await super().async_refresh()
        else:
            await self._idle.wait()

    @property
    def is_fresh(self) -> bool:
        """Whether the data is no older than the interval; older if nothing polls."""
        return self._polled_at is not None and dt_util.utcnow() - self._polled_at <= self.interval

    @override
    async def _async_update_data(self) -> Mapping[str, Outcome]:
        """Ask for all extensions; publish each outcome that differs at once."""
        started = self.hass.loop.time()
        self._idle.clear()
        self._changed = False
        try:
            return await self._async_poll()
        except Exception:
            # What was known before says nothing about what comes after.
            self.data = {}
            raise
        finally:
            self._idle.set()
            self._polled_at = dt_util.utcnow()
            # Home Assistant counts the interval from the end of a poll, and in whole seconds.
            taken = timedelta(seconds=int(self.hass.loop.time()) - int(started))
            # This poll may have begun before the change.
            rest = timedelta(0) if self._changed else self.interval - taken
            self.update_interval = max(timedelta(milliseconds=100), rest)

    async def _async_poll(self) -> Mapping[str, Outcome]:
        if (pause := self._failures.pause) > 0:
            raise self._update_failed(RateLimitedError(pause))
        pending = self._healthy_first()
        outcomes: dict[str, Outcome] = {}
        common: BelfabriekError | None = None
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_POLL_TIMEOUT), asyncio.TaskGroup() as workers:
                    for _ in range(MAX_IN_FLIGHT):
                        workers.create_task(self._async_work(pending, outcomes))
        except* BelfabriekError as group:
            common = next(err for err in group.exceptions if isinstance(err, BelfabriekError))
        if common is not None:
            raise self._update_failed(common) from common
        data = {
            subentry_id: outcomes.get(subentry_id) or self._without_turn(subentry_id)
            for subentry_id in self._extensions()
        }
        if failure := most_telling(data.values()):
            raise self._update_failed(failure) from failure
        if any(isinstance(each, ExtensionState) for each in data.values()):
            self._failures.async_recovered()
        self._issues.update({key: each for key, each in outcomes.items() if key in data})
        return self.data if data == self.data else data

    def _extensions(self) -> dict[str, str]:
        """Return the extension IDs by subentry ID, without those whose device is disabled."""
        devices = dr.async_entries_for_config_entry(
            dr.async_get(self.hass), self.config_entry.entry_id
        )
        disabled = {key for each in devices if each.disabled for _, key in each.identifiers}
        return {
            subentry.subentry_id: str(subentry.data[CONF_EXTENSION_ID])
            for subentry in self.config_entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
            if subentry.subentry_id not in disabled
        }

    def _healthy_first(self) -> Iterator[tuple[str, str]]:
        """Yield the extensions: the failing ones last, and only while the next poll is not due.

        In either group, the least recently tried are first.
        """
        deadline = self.hass.loop.time() + self.interval.total_seconds()
        extensions = self._extensions()
        failing = {key for key in extensions if isinstance(self.data.get(key), BelfabriekError)}
        never = ("", 0.0)
        for key in sorted(
            extensions, key=lambda key: (key in failing, self._asked.get(key, never)[1])
        ):
            if key in failing and self.hass.loop.time() > deadline:
                return
            yield key, extensions[key]

    async def _async_work(
        self, pending: Iterator[tuple[str, str]], outcomes: dict[str, Outcome]
    ) -> None:
        for subentry_id, extension_id in pending:
            self._asked[subentry_id] = (extension_id, self.hass.loop.time())
            try:
                outcome: Outcome = await self.client.get_extension_state(extension_id)
            except RateLimitedError, ServerUnreachableError:
                raise
            except BelfabriekError as err:
                outcome = without_traceback(err)
            subentry = self.config_entry.subentries.get(subentry_id)
            if subentry is not None and subentry.data[CONF_EXTENSION_ID] == extension_id:
                outcomes[subentry_id] = self._take(subentry_id, outcome)

    @callback
    def _take(self, subentry_id: str, outcome: Outcome) -> Outcome:
        """Compare an outcome with the one before; publish it if it differs."""
        last = self.data.get(subentry_id)
        if isinstance(outcome, ExtensionState):
            now = dt_util.utcnow()
            elapsed = now - self._answered_at.get(subentry_id, dt_util.utc_from_timestamp(0))
            self._answered_at[subentry_id] = now
            if not timedelta(0) <= elapsed <= _GAP * self.interval:
                last = None
            before = last.status if isinstance(last, ExtensionState) else None
            if outcome.status is not None:
                self.store.async_update(subentry_id, before, outcome.status, elapsed)
            elif outcome.unrecognized:
                self.store.async_forget_status(subentry_id)
            if outcome != last:
                self.previous[subentry_id] = before
        if outcome == last and last is not None:
            return last
        if self.last_update_success:
            self.data = {**self.data, subentry_id: outcome}
            self.async_update_listeners()
        return outcome

    def _update_failed(self, err: BelfabriekError) -> UpdateFailed:
        return self._failures.to_update_failed(err, self.interval.total_seconds())

    def _without_turn(self, subentry_id: str) -> Outcome:
        """Return what is known of an extension that did not answer before the poll was over."""
        last = self.data.get(subentry_id)
        return last if isinstance(last, BelfabriekError) else RequestSkippedError()

    @callback
    def async_entry_updated(self) -> None:
        """Take changed extensions and options over, without touching anybody else's state."""
        current = {
            subentry.subentry_id: str(subentry.data[CONF_EXTENSION_ID])
            for subentry in self.config_entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
        }
        for key, (extension_id, _) in list(self._asked.items()):
            if current.get(key) != extension_id:
                del self._asked[key]
                self._answered_at.pop(key, None)
                self.previous.pop(key, None)
                if key in current:
                    self.store.async_forget_status(key)
        self.store.async_prune(current.keys())
        self.data = {key: outcome for key, outcome in self.data.items() if key in self._asked}
        self.async_update_listeners()
        if self.config_entry.options is not self._options or current.keys() - self._asked.keys():
            self._options = self.config_entry.options
            self._changed = True
            self.config_entry.async_create_background_task(
                self.hass, self.async_request_refresh(), f"{self.name} - refresh after a change"
            )
