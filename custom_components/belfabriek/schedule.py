"""When the polls of an account are due."""

from datetime import datetime, timedelta

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .const import DEFAULT_SCAN_INTERVAL

_AT_ONCE = timedelta(milliseconds=100)
_MAX_GAP = 3
"""Number of intervals without a response after which the previous state is ignored."""


class Schedule:
    """Keeps track of the polls of one account."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self.max_gap = timedelta(0)
        """Age at which a state is not compared with the next one."""
        self._started = 0.0
        self._polled_at: datetime | None = None
        self._again = False

    @property
    def interval(self) -> timedelta:
        """The time from the start of one poll to the start of the next."""
        default = DEFAULT_SCAN_INTERVAL.total_seconds()
        return timedelta(seconds=self._entry.options.get(CONF_SCAN_INTERVAL, default))

    @property
    def is_fresh(self) -> bool:
        """Whether the last poll is no older than the interval; it is older if nothing polls."""
        if self._polled_at is None:
            return False
        # The clock may have been put back.
        return timedelta(0) <= dt_util.utcnow() - self._polled_at <= self.interval

    def start(self) -> None:
        """Note that a poll starts."""
        self.max_gap = _MAX_GAP * self.interval
        self._started = self._hass.loop.time()
        self._again = False

    def poll_again(self) -> None:
        """Poll again as soon as the current poll is over."""
        self._again = True

    def finish(self) -> timedelta:
        """Note that a poll is over; return the time until the next."""
        self._polled_at = dt_util.utcnow()
        if self._again:
            return _AT_ONCE
        # Home Assistant counts from the end, and in whole seconds: with one extension that
        # hangs, the others would be polled half as often.
        taken = timedelta(seconds=int(self._hass.loop.time()) - int(self._started))
        return max(_AT_ONCE, self.interval - taken)
