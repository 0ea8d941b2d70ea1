"""Coordinator that polls the extensions of an account."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import shuffle
import time
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_SCAN_INTERVAL, EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util import dt as dt_util

from .account import enabled_extension_ids, extension_ids
from .agent import NO_TOTALS, Agent, Moment, count, lose, observe
from .api import BelfabriekClient, Failure, FailureKind, Poller, Result
from .const import (
    CONF_COUNT_PER_PERSON,
    CONF_ON_CALL_STATUSES,
    DEFAULT_ON_CALL_STATUSES,
    DEFAULT_SCAN_INTERVAL,
    DOMAIN,
)
from .issues import Issues
from .refresh import ShieldedCoordinator
from .storage import AccountStore, Lasting

type BelfabriekConfigEntry = ConfigEntry[BelfabriekCoordinator]

ON_DISK: Final = "on disk"
"""Context of the listeners that are called after the store was written."""
ON_CHANGED_ENTRY: Final = "changed entry"
"""Context of the listeners that are called after extensions or options changed."""

_MAX_GAP: Final = 3
"""Number of intervals after which a status is not compared with the next one."""
_MAX_AGE: Final = timedelta(minutes=2)
"""Time for which a status is shown while the server limits requests."""
_FIRST_POLL = 6.0
"""Seconds to wait for the first poll, which continues in the background."""
_ACCOUNT_DELAY: Final = 0.1
"""Seconds within which changes of several extensions update the account's entities once."""
_AT_ONCE: Final = 0.1
_SLOW: Final = {
    FailureKind.TIMEOUT,
    FailureKind.CONNECTION_LOST,
    FailureKind.CONNECTION_REFUSED,
    FailureKind.BUSY,
}
"""Failures of extensions that are polled after all others."""


class BelfabriekCoordinator(ShieldedCoordinator[Mapping[str, Agent]]):
    """Polls every extension of an account. `data` has one agent per subentry ID."""

    config_entry: BelfabriekConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: BelfabriekConfigEntry, client: BelfabriekClient
    ) -> None:
        super().__init__(hass, entry)
        self.client = client
        self.data = {}
        self.counts = count((), ())
        self.on_call_statuses = frozenset[str]()
        """The statuses that count as being on a call."""
        self.interval = DEFAULT_SCAN_INTERVAL
        """The time from the start of one poll to the start of the next."""
        self.max_gap = _MAX_GAP * self.interval
        """The age from which a status is not compared with the next one."""
        self.store = AccountStore(
            hass,
            entry.entry_id,
            lambda: Lasting(self._totals, self.data),
            lambda: self._async_update(ON_DISK),
        )
        self._totals = NO_TOTALS
        self._issues = Issues(hass, entry)
        self._poller = Poller(
            client.get_extension_state, client.pacer, self._async_observe, self._create_task
        )
        self._polling: asyncio.Task[None] | None = None
        self._polled_at: float | None = None
        self._poll_again = False
        self._subentry_ids: Mapping[str, str] = {}
        """Subentry IDs by extension ID, of the extensions that are polled."""
        self._listeners_by_context: dict[str | None, list[CALLBACK_TYPE]] = {}
        self._cancel_account_update: CALLBACK_TYPE | None = None
        self._was_successful = True

    @property
    def is_fresh(self) -> bool:
        """Whether the last poll is at most one interval old; older if polling is disabled."""
        if self._polled_at is None:
            return False
        return time.monotonic() - self._polled_at <= self.interval.total_seconds()

    @property
    def age(self) -> float | None:
        """Seconds since the oldest shown status was observed; `None` if none is shown."""
        seen = [each.seen.monotonic for each in self.agents.values() if each.state and each.seen]
        return time.monotonic() - min(seen) if seen else None

    @property
    def agents(self) -> Mapping[str, Agent]:
        """The agents of the polled extensions by subentry ID; empty in an outage."""
        if not self.last_update_success:
            return {}
        return {subentry_id: self.data[subentry_id] for subentry_id in self._subentry_ids.values()}

    @callback
    @override
    def async_add_listener(
        self, update_callback: CALLBACK_TYPE, context: str | None = None
    ) -> Callable[[], None]:
        """Listen for updates of an extension (`context` is its subentry ID), or of the account."""
        listeners = self._listeners_by_context.setdefault(context, [])
        listeners.append(update_callback)
        remove = super().async_add_listener(update_callback, context)

        @callback
        def remove_listener() -> None:
            listeners.remove(update_callback)
            remove()

        return remove_listener

    @override
    async def _async_setup(self) -> None:
        lasting = await self.store.async_load()
        self._totals = lasting.totals
        self.data = lasting.agents
        self._async_read_entry()
        # The start of a status is restored only if the time of its last observation is stored.
        self.config_entry.async_on_unload(
            self.hass.bus.async_listen_once(
                EVENT_HOMEASSISTANT_FINAL_WRITE, self._async_write_finally
            )
        )

    async def _async_write_finally(self, _: Event) -> None:
        await self.store.async_save()

    @override
    async def async_shutdown(self) -> None:
        """Cancel everything that is scheduled or in progress."""
        await super().async_shutdown()
        self.store.async_cancel()
        if self._cancel_account_update:
            self._cancel_account_update()
        await self._poller.stop()

    @override
    async def _async_update_data(self) -> Mapping[str, Agent]:
        """Poll the account; the interval counts from the start of the poll."""
        started = int(self.hass.loop.time())
        self._poll_again = False
        try:
            await self._async_poll()
        except Exception:
            # The statuses before and after the failure must not be compared.
            self.data = {subentry_id: lose(agent) for subentry_id, agent in self.data.items()}
            raise
        finally:
            self._polled_at = time.monotonic()
            # Home Assistant counts from the end of the poll, and in whole seconds.
            taken = int(self.hass.loop.time()) - started
            wait = _AT_ONCE if self._poll_again else self.interval.total_seconds() - taken
            pause = self.client.pacer.pause
            wait = max(_AT_ONCE, wait, pause + 1 if pause > 0 else 0)
            self.update_interval = timedelta(seconds=wait)
        return self.data

    async def _async_poll(self) -> None:
        """Poll all extensions, unless the server asked for a pause.

        Raises `UpdateFailed` for a failure of the whole account.
        """
        is_first = self._polled_at is None
        if self._polling is not None:
            await asyncio.wait([self._polling])
        is_limited = self.client.pacer.pause > 0
        if not is_limited:
            self._polling = self._create_task(self._async_poll_extensions())
            if is_first and not self.config_entry.pref_disable_polling:
                await asyncio.wait([self._polling], timeout=_FIRST_POLL)
            if not is_first or not any(each.state for each in self.data.values()):
                await asyncio.wait([self._polling])
            if self._polling.done():
                self._polling.result()
            is_limited = self._poller.is_limited
        if is_limited:
            self._drop_old()
        agents = {
            subentry_id: self.data[subentry_id] for subentry_id in self._subentry_ids.values()
        }
        failure = self._poller.failure or _account_failure(agents, is_limited=is_limited)
        self._issues.async_update(agents, failure, is_first=is_first, is_limited=is_limited)
        if failure:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key=failure.kind,
                translation_placeholders={"message": failure.quote or "-"},
            )

    async def _async_poll_extensions(self) -> None:
        before = self._subentry_ids
        self._set_subentry_ids()
        if self._subentry_ids != before:
            # A device was disabled or enabled.
            self._async_update_all()
        ids: list[str] = []
        slow: list[str] = []
        for extension_id in self._subentry_ids:
            (slow if self._is_slow(extension_id) else ids).append(extension_id)
        # Least recently polled first, so that no extension is left out if requests are limited.
        for each in (ids, slow):
            shuffle(each)
            each.sort(key=self._asked_at)
        interval = self.interval.total_seconds()
        self.client.pacer.spread(2 * len(self._subentry_ids), interval / 2)
        await self._poller.poll(ids, slow, long=interval / 2)

    def _set_subentry_ids(self) -> None:
        extensions = enabled_extension_ids(self.hass, self.config_entry)
        self._subentry_ids = {
            extension_id: subentry_id for subentry_id, extension_id in extensions.items()
        }

    def _asked_at(self, extension_id: str) -> float:
        seen = self.data[self._subentry_ids[extension_id]].seen
        return seen.monotonic if seen else 0.0

    def _is_slow(self, extension_id: str) -> bool:
        agent = self.data[self._subentry_ids[extension_id]]
        failure = agent.failure or agent.call_state_failure
        return failure is not None and failure.kind in _SLOW

    def _create_task(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self.config_entry.async_create_background_task(
            self.hass, coroutine, f"{self.name} - poll"
        )

    @callback
    def _async_observe(self, extension_id: str, result: Result) -> None:
        """Update an agent, and its entities at once if it changed."""
        subentry_id = self._subentry_ids.get(extension_id)
        # The extension may have been removed, or its ID corrected, during the request.
        if subentry_id is None:
            return
        before = self.data[subentry_id]
        now = Moment(dt_util.utcnow(), time.monotonic())
        agent = observe(before, result, now, self.max_gap)
        if not self.config_entry.options.get(CONF_COUNT_PER_PERSON):
            agent = replace(agent, totals=NO_TOTALS)
        self._totals += agent.added
        self.data = {**self.data, subentry_id: agent}
        if agent.added.calls or agent != before:
            self.store.async_schedule(growth_only=False)
        elif agent.added.seconds:
            self.store.async_schedule(growth_only=True)
        if agent != before and self.last_update_success:
            self._async_update_extension(subentry_id)

    @callback
    def _async_update(self, context: str | None) -> None:
        """Call the listeners with this context."""
        for update_callback in list(self._listeners_by_context.get(context, ())):
            update_callback()

    @callback
    def _async_update_extension(self, subentry_id: str) -> None:
        """Update the entities of an extension at once, and those of the account soon."""
        self._async_update(subentry_id)
        if self._cancel_account_update is None:
            self._cancel_account_update = async_call_later(
                self.hass, _ACCOUNT_DELAY, self._async_update_account
            )

    @callback
    def _async_update_account(self, _: datetime | None = None) -> None:
        if self._cancel_account_update:
            self._cancel_account_update()
            self._cancel_account_update = None
            self._count()
            self._async_update(None)

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Update the account's entities, or all entities if an outage started or ended."""
        if self.last_update_success and self._was_successful:
            self._async_update_account()
        else:
            self._async_update_all()

    @callback
    def _async_update_all(self) -> None:
        self._was_successful = self.last_update_success
        self._count()
        super().async_update_listeners()

    def _count(self) -> None:
        self.counts = count(self.agents.values(), self.on_call_statuses)

    def _drop_old(self) -> None:
        """Drop states that are too old to be shown, while the server limits requests."""
        oldest = time.monotonic() - max(self.max_gap, _MAX_AGE).total_seconds()
        self.data = {
            subentry_id: lose(agent) if agent.seen and agent.seen.monotonic < oldest else agent
            for subentry_id, agent in self.data.items()
        }

    @callback
    def _async_read_entry(self) -> None:
        """Read options and extensions; a corrected extension keeps its totals."""
        options = self.config_entry.options
        statuses = options.get(CONF_ON_CALL_STATUSES, DEFAULT_ON_CALL_STATUSES)
        self.on_call_statuses = frozenset(statuses)
        default = DEFAULT_SCAN_INTERVAL.total_seconds()
        self.interval = timedelta(seconds=options.get(CONF_SCAN_INTERVAL, default))
        self.max_gap = _MAX_GAP * self.interval
        self.data = {
            subentry_id: agent
            if (agent := self.data.get(subentry_id)) and agent.extension_id == extension_id
            else Agent(extension_id=extension_id, totals=agent.totals if agent else NO_TOTALS)
            for subentry_id, extension_id in extension_ids(self.config_entry).items()
        }
        self._set_subentry_ids()

    @callback
    def async_entry_updated(self) -> None:
        """Use changed extensions and options, without touching any other extension's state."""
        self._async_read_entry()
        self.store.async_schedule(growth_only=False)
        self.name = self.config_entry.title
        self._async_update_all()
        # The change may not be in the poll that is in progress.
        self._poll_again = True
        # Not at once: a form that adds 40 extensions makes 40 changes in a row.
        self.config_entry.async_create_background_task(
            self.hass,
            self.async_request_refresh(),
            f"{self.name} - refresh after a change",
            eager_start=False,
        )


def _account_failure(agents: Mapping[str, Agent], *, is_limited: bool) -> Failure | None:
    """Return the failure of the account, if it explains why no extension has a state."""
    if not agents or any(each.state for each in agents.values()):
        return None
    if is_limited:
        return Failure(FailureKind.RATE_LIMITED, "the server asked for fewer requests")
    failures = [each.failure for each in agents.values() if each.failure]
    if len(failures) < len(agents):
        return None
    return next((each for each in failures if each.kind is not FailureKind.FAULT), failures[0])
