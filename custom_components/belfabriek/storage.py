"""What must survive a restart: one small store per account, keyed by subentry."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .api import Status
from .call_events import CONNECTED, CallEvent, call_events
from .const import DOMAIN

ACCOUNT: Final = "account"
"""The key of the account's own record."""

_VERSION = 1
_DELAY = 1
"""Seconds after a change at which it is written; it is also written when Home Assistant stops.

Shorter than the 5 s after which the recorder writes: after a crash no counter is behind the state
that the statistics have of it, which would be a negative change in them.
"""


@dataclass(slots=True)
class Record:
    """What is stored of one extension, or of the account."""

    status: Status | None = None
    """The last known status."""
    since: datetime | None = None
    """When it began; `None` if that was not seen."""
    calls: int = 0
    """Calls that were seen to be connected."""
    talk_time: float = 0.0
    """Seconds in which a call was connected."""


class AccountStore:
    """The records of one account, by subentry ID."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._records: dict[str, Record] = {}
        self._is_scheduled = False
        self._store = Store[dict[str, dict[str, Any]]](hass, _VERSION, f"{DOMAIN}.{entry_id}")

    async def async_load(self) -> None:
        """Read what was stored; a record that cannot be read starts from nothing."""
        for key, stored in (await self._store.async_load() or {}).items():
            try:
                self._records[key] = _from_json(stored)
            except KeyError, TypeError, ValueError:
                continue

    def get(self, key: str) -> Record:
        """Return the record of an extension (by subentry ID) or of the account."""
        return self._records.setdefault(key, Record())

    @callback
    def async_update(
        self, key: str, before: Status | None, after: Status, elapsed: timedelta
    ) -> None:
        """Count what lies between two polls of an extension.

        `before` is `None` where the two cannot be compared.
        """
        record = self.get(key)
        if before in CONNECTED:
            for each in (record, self.get(ACCOUNT)):
                each.talk_time += elapsed.total_seconds()
        if before and CallEvent.CONNECTED in call_events(before, after):
            for each in (record, self.get(ACCOUNT)):
                each.calls += 1
        if record.status is not after:
            record.status = after
            record.since = dt_util.utcnow() if before else None
            self.async_schedule_save()

    @callback
    def async_forget_status(self, key: str) -> None:
        """Forget the status of an extension that is unknown or has another ID."""
        record = self.get(key)
        record.status = record.since = None

    @callback
    def async_prune(self, keys: Collection[str]) -> None:
        """Drop the records of extensions that are no longer there."""
        for key in self._records.keys() - {*keys, ACCOUNT}:
            del self._records[key]
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
        """Write the records now."""
        await self._store.async_save(self._to_json())

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()

    def _to_json(self) -> dict[str, dict[str, Any]]:
        self._is_scheduled = False
        return {
            key: {**asdict(record), "since": record.since and record.since.isoformat()}
            for key, record in self._records.items()
        }


def _from_json(stored: dict[str, Any]) -> Record:
    """Return a record; raise `KeyError`, `TypeError` or `ValueError` if it cannot be read."""
    status, since = stored["status"], stored["since"]
    return Record(
        status=Status(status) if status else None,
        since=dt_util.parse_datetime(since) if since else None,
        calls=int(stored["calls"]),
        talk_time=float(stored["talk_time"]),
    )
