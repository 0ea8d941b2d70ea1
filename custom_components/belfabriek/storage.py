"""Stores the lasting part of agents and busy lights on disk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .agent import NO_TOTALS, Agent, LastKnown, Totals
from .api import Status
from .const import DOMAIN

_VERSION = 1
_AFTER_CHANGE: Final = 30.0
"""Minimum number of seconds between two writes, if a status or the number of calls changed."""
_AFTER_GROWTH: Final = 60.0
"""Minimum number of seconds between two writes, if only the seconds of the totals grew."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """The data of an account that is stored."""

    totals: Totals = NO_TOTALS
    """The totals of all extensions."""
    agents: Mapping[str, Agent] = field(default_factory=dict)
    """Agents by subentry ID."""

    def totals_of(self, subentry_id: str | None) -> Totals:
        """Return the totals of an extension, or of the account."""
        if subentry_id is None:
            return self.totals
        agent = self.agents.get(subentry_id)
        return agent.totals if agent else NO_TOTALS


class AccountStore:
    """Stores the lasting part of an account."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        get: Callable[[], Lasting],
        written: Callable[[], None],
    ) -> None:
        """Write what `get` returns; call `written` after each write."""
        self._hass = hass
        self._get = get
        self._written = written
        self._store = _store(hass, entry_id)
        self._written_at = -inf
        self._due = inf
        self._cancel_write: CALLBACK_TYPE | None = None
        self.on_disk = Lasting()
        """The data that was last written or read. Counters show only these totals."""
        self.busy_lights: dict[str, dict[str, Any]] = {}
        """Data of the busy lights by subentry ID. The busy lights save it."""

    async def async_load(self) -> Lasting:
        """Return the stored data, without the parts that cannot be read."""
        stored = await self._store.async_load()
        if isinstance(stored, dict):
            self.on_disk = _from_json(stored)
            self.busy_lights = stored.get("busy_lights", {})
        return self.on_disk

    @callback
    def async_schedule(self, *, growth_only: bool) -> None:
        """Schedule a write; unlike with `Store.async_delay_save`, no later change postpones it."""
        now = self._hass.loop.time()
        wait = _AFTER_GROWTH if growth_only else _AFTER_CHANGE
        due = max(now, self._written_at + wait)
        if due < self._due:
            self.async_cancel()
            self._due = due
            self._cancel_write = async_call_later(self._hass, due - now, self._async_write)

    @callback
    def async_cancel(self) -> None:
        """Cancel the scheduled write."""
        self._due = inf
        if self._cancel_write is not None:
            self._cancel_write()
            self._cancel_write = None

    async def _async_write(self, _: datetime) -> None:
        await self.async_save()

    async def async_save(self) -> None:
        """Write now."""
        self.async_cancel()
        self._written_at = self._hass.loop.time()
        lasting = self._get()
        await self._store.async_save({**_to_json(lasting), "busy_lights": self.busy_lights})
        self.on_disk = lasting
        self._written()

    @staticmethod
    async def async_remove_file(hass: HomeAssistant, entry_id: str) -> dict[str, dict[str, Any]]:
        """Delete the file of an account, and return the data of its busy lights."""
        store = _store(hass, entry_id)
        stored = await store.async_load()
        await store.async_remove()
        return stored.get("busy_lights", {}) if isinstance(stored, dict) else {}


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    return Store(hass, _VERSION, f"{DOMAIN}.{entry_id}")


def _to_json(lasting: Lasting) -> dict[str, Any]:
    return {
        "totals": _totals_to_json(lasting.totals),
        "agents": {
            subentry_id: {
                "extension_id": agent.extension_id,
                "past": {
                    "status": last_known.status,
                    "since": last_known.since.isoformat() if last_known.since else None,
                    "seen": last_known.seen.isoformat(),
                }
                if (last_known := agent.last_known)
                else None,
                "totals": _totals_to_json(agent.totals),
            }
            for subentry_id, agent in lasting.agents.items()
        },
    }


def _totals_to_json(totals: Totals) -> dict[str, Any]:
    return {"calls": totals.calls, "seconds": dict(totals.seconds)}


def _from_json(stored: dict[str, Any]) -> Lasting:
    agents = {}
    stored_agents = stored.get("agents")
    for subentry_id, each in stored_agents.items() if isinstance(stored_agents, dict) else ():
        try:
            agents[subentry_id] = _agent_from_json(each)
        except AttributeError, KeyError, TypeError, ValueError:
            continue
    try:
        totals = _totals_from_json(stored["totals"])
    except AttributeError, KeyError, TypeError, ValueError:
        totals = NO_TOTALS
    return Lasting(totals, agents)


def _agent_from_json(stored: dict[str, Any]) -> Agent:
    return Agent(
        extension_id=str(stored["extension_id"]),
        last_known=_last_known_from_json(stored["past"]) if stored["past"] else None,
        totals=_totals_from_json(stored["totals"]),
    )


def _last_known_from_json(stored: dict[str, Any]) -> LastKnown:
    seen = dt_util.parse_datetime(stored["seen"], raise_on_error=True)
    since = stored["since"] and dt_util.parse_datetime(stored["since"], raise_on_error=True)
    return LastKnown(Status(stored["status"]), since or None, seen)


def _totals_from_json(stored: dict[str, Any]) -> Totals:
    seconds = {Status(status): float(each) for status, each in stored["seconds"].items()}
    return Totals(int(stored["calls"]), seconds)
