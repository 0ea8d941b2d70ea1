"""Coordinator that polls the extensions of an account."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from .account import debug_labels, enabled_extension_ids, extension_ids
from .api import (
    MAX_IN_FLIGHT,
    BelfabriekClient,
    BelfabriekError,
    ExtensionState,
    RateLimitedError,
    RequestSkippedError,
    ServerUnreachableError,
    without_traceback,
)
from .const import CONF_ON_CALL_STATUSES, DEFAULT_ON_CALL_STATUSES
from .failures import AccountFailures, most_telling, trouble
from .issues import Issues
from .refresh import ShieldedCoordinator
from .schedule import Schedule
from .storage import AccountStore

type Outcome = ExtensionState | BelfabriekError
type BelfabriekConfigEntry = ConfigEntry[BelfabriekCoordinator]

_POLL_TIMEOUT = 60.0
"""Timeout in seconds for a poll."""
_GRACE = 1.0
"""Seconds that the first poll, also after an outage, waits for the last extensions."""


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
        self.schedule = Schedule(hass, entry)
        self._failures = AccountFailures(hass, entry)
        self._issues = Issues(hass, entry)

    @property
    def on_call_statuses(self) -> frozenset[str]:
        """The statuses that count as being on a call."""
        options = self.config_entry.options
        return frozenset(options.get(CONF_ON_CALL_STATUSES, DEFAULT_ON_CALL_STATUSES))

    @override
    async def _async_setup(self) -> None:
        await self.store.async_load()
        self._async_set_extensions()

    @override
    async def _async_update_data(self) -> Mapping[str, Outcome]:
        """Poll the account; the interval counts from the start of the poll."""
        self.schedule.start()
        try:
            return await self._async_poll()
        except Exception as err:
            # Nothing after the failure is compared with anything before it.
            self.data = {}
            if isinstance(err, BelfabriekError):
                raise self._failures.to_update_failed(err, self.schedule.interval) from err
            raise
        finally:
            self.update_interval = self.schedule.finish()

    async def _async_poll(self) -> Mapping[str, Outcome]:
        """Return the outcome of every extension; raise what concerns all of them."""
        if (pause := self._failures.pause) > 0:
            raise RateLimitedError(pause)
        outcomes: dict[tuple[str, str], Outcome] = {}
        pending = self._healthy_first()
        timeout = asyncio.timeout(_POLL_TIMEOUT)
        # Not where nothing polls again.
        shortened = None if self.data or self.config_entry.pref_disable_polling else timeout
        try:
            with suppress(TimeoutError):
                async with timeout, asyncio.TaskGroup() as workers:
                    for _ in range(MAX_IN_FLIGHT):
                        workers.create_task(self._async_work(pending, outcomes, shortened))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        if shortened and shortened.expired():
            self.schedule.poll_again()
        # Without the outcomes of IDs that were corrected meanwhile.
        answered = {key: outcomes.get((key, each)) for key, each in self._enabled().items()}
        data = {key: outcome or self._skipped(key) for key, outcome in answered.items()}
        if failure := most_telling(data.values()):
            raise failure
        if any(isinstance(each, ExtensionState) for each in data.values()):
            self._failures.async_recovered()
        self._issues.update(answered)
        return self.data if data == self.data else data

    def _healthy_first(self) -> Iterator[tuple[str, str]]:
        """Yield the extensions, the failing ones last, the least recently tried of them first.

        Before them those whose second call failed. When the next poll is due, only a few failing
        ones still get their turn, so that they recover also where the others take that long.
        """
        deadline = self.hass.loop.time() + self.schedule.interval.total_seconds()
        extensions = self._enabled()
        order = {
            key: (trouble(self.data.get(key)), self.store.get(key).asked_at) for key in extensions
        }
        failing = 0
        for key in sorted(order, key=order.__getitem__):
            failing += order[key][0] > 1
            if failing > MAX_IN_FLIGHT and self.hass.loop.time() > deadline:
                return
            yield key, extensions[key]

    async def _async_work(
        self,
        pending: Iterator[tuple[str, str]],
        outcomes: dict[tuple[str, str], Outcome],
        shortened: asyncio.Timeout | None,
    ) -> None:
        """Poll one extension after another.

        While nothing is shown yet, the poll does not wait long for the last ones, which may hang.
        """
        for key, extension_id in pending:
            self.store.get(key).asked_at = self.hass.loop.time()
            try:
                outcome: Outcome = await self.client.get_extension_state(extension_id)
            except RateLimitedError, ServerUnreachableError:
                raise
            except BelfabriekError as err:
                outcome = without_traceback(err)
            # The extension may have been removed or corrected meanwhile.
            if self.store.get(key).extension_id == extension_id:
                outcomes[key, extension_id] = self._publish(key, outcome)
        if shortened is None or shortened.expired():
            return
        if any(isinstance(each, ExtensionState) for each in outcomes.values()):
            shortened.reschedule(self.hass.loop.time() + _GRACE)

    @callback
    def _publish(self, key: str, outcome: Outcome) -> Outcome:
        """Publish an outcome at once if it has changed."""
        last = self.data.get(key)
        if isinstance(outcome, ExtensionState):
            before = last if isinstance(last, ExtensionState) else None
            self.store.async_update(key, before, outcome, self.schedule.max_gap)
        if outcome == last and last is not None:
            return last
        if self.last_update_success:
            self.data = {**self.data, key: outcome}
            self.async_update_listeners()
        return outcome

    def _enabled(self) -> dict[str, str]:
        return enabled_extension_ids(self.hass, self.config_entry)

    def _skipped(self, key: str) -> Outcome:
        """Return the outcome of an extension that was not polled in time."""
        last = self.data.get(key)
        return last if isinstance(last, BelfabriekError) else RequestSkippedError()

    @callback
    def _async_set_extensions(self) -> None:
        """Drop the state of removed and corrected extensions."""
        self.store.async_set_extensions(extension_ids(self.config_entry))
        self.client.set_labels(debug_labels(self.config_entry))

    @callback
    def async_entry_updated(self) -> None:
        """Use changed extensions and options, without touching any other extension's state."""
        self._async_set_extensions()
        self.name = self.config_entry.title
        # One that is new or has a new ID has no outcome yet, but it may count.
        if self.last_update_success:
            self.data = {
                key: self.data[key]
                if key in self.data and self.store.get(key).asked_at
                else RequestSkippedError()
                for key in self._enabled()
            }
        self.async_update_listeners()
        # The change may not be in the poll that is in progress.
        self.schedule.poll_again()
        self.config_entry.async_create_background_task(
            self.hass, self.async_request_refresh(), f"{self.name} - refresh after a change"
        )
