"""State that is kept for each extension between polls, and partly across restarts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .api import ACCEPTING_CALLS, ExtensionState, Status
from .call_events import CONNECTED, CallEvent, call_events
from .const import DOMAIN

ACCOUNT_KEY: Final = "account"
"""The key of the account's own record."""

_VERSION = 1
_DELAY = 1
"""Seconds after a change at which it is written; it is also written when Home Assistant stops.

Shorter than the 5 s after which the recorder writes: after a crash no counter is behind the state
that the statistics have of it, which would be a negative change in them.
"""


@dataclass(slots=True)
class Record:
    """State of one extension, or of the account."""

    extension_id: str | None = None
    """The extension ID that was polled; the user can correct it."""
    status: Status | None = None
    """The last known status."""
    since: datetime | None = None
    """When the status started; `None` if the change was not observed."""
    calls: int = 0
    """Number of connected calls."""
    talk_time: float = 0.0
    """Seconds with a connected call."""

    # Not stored: only valid while Home Assistant runs.
    previous: Status | None = None
    """The status in the previous poll; `None` after a gap."""
    asked_at: float = 0.0
    """Event loop time of the last request; 0 if there was none."""
    answered_at: datetime | None = None


class AccountStore:
    """The records of one account, by subentry ID."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._records = {ACCOUNT_KEY: Record()}
        self._is_scheduled = False
        self._store = Store[dict[str, dict[str, Any]]](hass, _VERSION, f"{DOMAIN}.{entry_id}")

    async def async_load(self) -> None:
        """Load the records; skip those that are invalid."""
        for key, stored in (await self._store.async_load() or {}).items():
            try:
                self._records[key] = _from_json(stored)
            except KeyError, TypeError, ValueError:
                continue

    def get(self, key: str) -> Record:
        """Return the record of an extension (by subentry ID) or of the account.

        That of an extension that was removed is empty, and not kept.
        """
        return self._records.get(key) or Record()

    def since(self, key: str, status: Status | None) -> datetime | None:
        """Return when a status started; `None` if that is not known."""
        record = self.get(key)
        return record.since if record.status is status else None

    @callback
    def async_update(
        self, key: str, last: ExtensionState | None, state: ExtensionState, max_gap: timedelta
    ) -> None:
        """Update status, since and counters from a new state.

        `last` is the state of the previous poll; it is ignored if it is older than `max_gap`.
        """
        record = self.get(key)
        now = dt_util.utcnow()
        elapsed = now - record.answered_at if record.answered_at else None
        record.answered_at = now
        comparable = elapsed is not None and timedelta(0) <= elapsed <= max_gap
        before = record.previous = last.status if last and comparable else None
        status = state.status
        if status is None:
            # It stays only if it may still be the same: one who accepts calls is not paused.
            if record.status and (state.unrecognized or record.status not in ACCEPTING_CALLS):
                record.status = record.since = None
                self.async_schedule_save()
            return
        if elapsed and before in CONNECTED:
            for each in (record, self.get(ACCOUNT_KEY)):
                each.talk_time += elapsed.total_seconds()
        if before and CallEvent.CONNECTED in call_events(before, status):
            for each in (record, self.get(ACCOUNT_KEY)):
                each.calls += 1
        if record.status is not status:
            record.status = status
            record.since = now if before else None
            self.async_schedule_save()

    @callback
    def async_set_extensions(self, extension_ids: Mapping[str, str]) -> None:
        """Drop the records of removed extensions, and the status of those with a new ID."""
        for key in self._records.keys() - {*extension_ids, ACCOUNT_KEY}:
            del self._records[key]
            self.async_schedule_save()
        for key, extension_id in extension_ids.items():
            record = self.get(key)
            if record.extension_id != extension_id:
                self._records[key] = Record(
                    extension_id, calls=record.calls, talk_time=record.talk_time
                )
                self.async_schedule_save()

    @callback
    def async_schedule_save(self) -> None:
        """Write the records soon; what changes until then is written with them.

        Home Assistant's store postpones a write with every change, for hours on a busy day.
        """
        if not self._is_scheduled:
            self._is_scheduled = True
            self._store.async_delay_save(self._to_json, _DELAY)

    async def async_save(self) -> None:
        """Write the records now, for the last time."""
        records = self._to_json()
        # An answer that comes meanwhile must not write the file once more: it may be removed next.
        self._is_scheduled = True
        await self._store.async_save(records)

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()

    def _to_json(self) -> dict[str, dict[str, Any]]:
        self._is_scheduled = False
        return {
            key: {
                "extension_id": record.extension_id,
                "status": record.status,
                "since": record.since and record.since.isoformat(),
                "calls": record.calls,
                "talk_time": record.talk_time,
            }
            for key, record in self._records.items()
        }


def _from_json(stored: dict[str, Any]) -> Record:
    """Return a record; raise `KeyError`, `TypeError` or `ValueError` if it cannot be read."""
    status, since = stored["status"], stored["since"]
    return Record(
        extension_id=stored.get("extension_id"),
        status=Status(status) if status else None,
        since=dt_util.parse_datetime(since) if since else None,
        calls=int(stored["calls"]),
        talk_time=float(stored["talk_time"]),
    )
