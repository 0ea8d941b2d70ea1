"""Since when each extension has had its status, as far as that was witnessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, override

from homeassistant.helpers.restore_state import ExtraStoredData
from homeassistant.util import dt as dt_util

from .api import ExtensionState, Status


@dataclass(frozen=True)
class KnownStatus(ExtraStoredData):
    """A status, and since when: `None` if it was not seen to begin."""

    status: Status
    since: datetime | None

    @override
    def as_dict(self) -> dict[str, Any]:
        """Return what is stored for the time after a restart."""
        return {"status": self.status, "since": self.since and self.since.isoformat()}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self | None:
        """Return what `as_dict` stored; `None` if it is from a version that stored it otherwise."""
        try:
            since = stored["since"]
            return cls(Status(stored["status"]), since and dt_util.parse_datetime(since))
        except KeyError, TypeError, ValueError:
            return None


class StatusSince:
    """Remembers the last known status of each extension, also while it does not answer."""

    def __init__(self) -> None:
        """Start with nothing witnessed."""
        self._known: dict[str, KnownStatus] = {}

    def get(self, extension_id: str) -> KnownStatus | None:
        """Return the last known status of an extension; `None` if there is none."""
        return self._known.get(extension_id)

    def update(
        self, extension_id: str, before: ExtensionState | None, after: ExtensionState
    ) -> None:
        """Take an answer over; `before` is that of the poll right before it."""
        if after.status is None:
            self._known.pop(extension_id, None)
            return
        known = self._known.get(extension_id)
        if known is not None and known.status is after.status:
            return
        witnessed = before is not None and before.status is not None
        self._known[extension_id] = KnownStatus(
            after.status, dt_util.utcnow() if witnessed else None
        )

    def restore(self, extension_id: str, stored: KnownStatus) -> None:
        """Take over what was known before a restart, if the status is still the same."""
        if self._known.get(extension_id) == KnownStatus(stored.status, None):
            self._known[extension_id] = stored
