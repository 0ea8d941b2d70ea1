"""What is promised beyond single faults: honest time, and credentials that are rejected."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
import time
from typing import Final
from unittest.mock import patch

from homeassistant.components.homeassistant import SERVICE_UPDATE_ENTITY
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from custom_components.belfabriek.const import DOMAIN
from simulator import CATALOGUE, DEFAULT_EXTENSIONS, AgentState, FaultKind, FaultRule

from .house import House, living_in
from .oracle import UNAVAILABLE, allowed, truth
from .server import (
    ACCOUNT,
    Server,
    clear_faults,
    inject,
    set_account,
    set_states,
    take_records,
)

type Check = Callable[[HomeAssistant, Server], Awaitable[str]]
"""Sees to one promise; returns what was seen, and raises `BrokenPromiseError`."""

_IDLE: Final = AgentState()
_ON_CALL: Final = AgentState(call_state="called")
_WAITING: Final = {FaultKind.DELAY, FaultKind.DRIP}
"""The faults that do nothing but let a request wait."""
_LONGEST_PAUSE: Final = 301
"""Seconds after which a server is asked again, whatever it had asked for."""
_TWO: Final = dict(list(DEFAULT_EXTENSIONS.items())[:2])


class BrokenPromiseError(AssertionError):
    """What was seen is not what was promised."""


async def give_up_on_a_poll(hass: HomeAssistant, server: Server) -> str:
    """Give up on a poll that was asked for, as a script does that is started anew meanwhile."""
    await async_setup_component(hass, "homeassistant", {})
    async with living_in(hass, server, DEFAULT_EXTENSIONS) as house:
        # Long enough to be given up, short enough not to wait for its end.
        await server.do(inject, [FaultRule(FaultKind.DELAY, seconds=1)])
        asked = hass.async_create_task(
            hass.services.async_call(
                "homeassistant",
                SERVICE_UPDATE_ENTITY,
                {"entity_id": "sensor.reception_status"},
                blocking=True,
            )
        )
        await asyncio.sleep(0.05)
        asked.cancel()
        with suppress(asyncio.CancelledError):
            await asked
        await server.do(clear_faults)
        await server.do(inject, [FaultRule(FaultKind.STATUS_500_HTML)])
        await house.pass_time()
        _expect(house, dict.fromkeys(DEFAULT_EXTENSIONS), "the poll after it failed")
        await server.do(clear_faults)
        await _change(house, server, _ON_CALL)
    return "unavailable after the next poll failed, healed in the one after it"


async def take_longer_than_the_interval(hass: HomeAssistant, server: Server) -> str:
    """Let every answer take longer than the time from one poll to the next."""
    async with living_in(hass, server, _TWO, interval=1):
        await server.do(take_records)
        await server.do(inject, [FaultRule(FaultKind.DELAY, seconds=2.2)])
        await asyncio.sleep(7)
        await server.do(clear_faults)
        await asyncio.sleep(2.5)
        records = [each for each in await server.do(take_records) if each.injected]
    at_once = max(each.in_flight for each in records)
    polls = len(records) / 4
    if at_once > 4 or not 2 <= polls <= 4:  # noqa: PLR2004 - two extensions, two calls each
        raise BrokenPromiseError(f"{at_once} requests at once, {polls} polls in 7 s")
    return f"interval 1 s, answers after 2.2 s: never two polls at once, {polls:.0f} in 7 s"


async def set_the_clock(hass: HomeAssistant, server: Server) -> str:
    """Set the machine's clock a day forward, and then two days back."""
    async with living_in(hass, server, _TWO, interval=1) as house:
        for days, state in ((1, _ON_CALL), (-1, _IDLE)):
            with _clock_set_by(timedelta(days=days)):
                states = dict.fromkeys(_TWO, state)
                await server.do(set_states, states)
                await asyncio.sleep(2.5)
                _expect(house, states, f"the clock was set by {days} days")
    return "interval 1 s: a change is shown within 2.5 s after each jump"


async def sleep_for_an_hour(hass: HomeAssistant, server: Server) -> str:
    """Let an hour pass in which the machine did nothing."""
    async with living_in(hass, server, DEFAULT_EXTENSIONS) as house:
        states = dict.fromkeys(DEFAULT_EXTENSIONS, _ON_CALL)
        await server.do(set_states, states)
        await server.do(take_records)
        await house.pass_time(3600)
        _expect(house, states, "an hour was slept through")
        requests = len(await server.do(take_records))
        if requests > 2 * len(DEFAULT_EXTENSIONS):
            raise BrokenPromiseError(f"{requests} requests at once to make up for it")
    return "one poll on waking up, and the present state is shown"


async def reject_the_account(hass: HomeAssistant, server: Server) -> str:
    """Reject the credentials for everybody, and accept them again later."""
    async with living_in(hass, server, DEFAULT_EXTENSIONS) as house:
        await server.do(set_account, replace(ACCOUNT, pin="11111111"))
        await house.pass_time()
        _expect(house, dict.fromkeys(DEFAULT_EXTENSIONS), "the credentials were rejected")
        flows = house.entry.async_get_active_flows(hass, {SOURCE_REAUTH})
        if len(list(flows)) != 1:
            raise BrokenPromiseError("nobody is asked for new credentials")
        await server.do(set_account, ACCOUNT)
        states = dict.fromkeys(DEFAULT_EXTENSIONS, _ON_CALL)
        await server.do(set_states, states)
        await server.do(take_records)
        await house.pass_time(_LONGEST_PAUSE)
        if not await server.do(take_records):
            raise BrokenPromiseError("polling stopped")
        _expect(house, states, "the credentials were accepted again")
        if list(house.entry.async_get_active_flows(hass, {SOURCE_REAUTH})):
            raise BrokenPromiseError("new credentials are asked for although the old ones work")
    return "asked for new ones, and healed without them 300 s later"


async def reject_one_extension(hass: HomeAssistant, server: Server) -> str:
    """Reject the credentials for one extension."""
    async with living_in(hass, server, DEFAULT_EXTENSIONS) as house:
        states: dict[str, AgentState | None] = dict.fromkeys(DEFAULT_EXTENSIONS, _ON_CALL)
        await server.do(set_states, dict.fromkeys(DEFAULT_EXTENSIONS, _ON_CALL))
        rule = FaultRule(FaultKind.FAULT_STRUCT, extension_id="01001", text="Unknown account")
        await server.do(inject, [rule])
        for _ in range(3):
            await house.pass_time()
            _expect(house, states | {"01001": None}, "one extension was rejected")
        if list(hass.config_entries.flow.async_progress()):
            raise BrokenPromiseError("new credentials are asked for")
        if len(_issues(hass)) != 1:
            raise BrokenPromiseError(f"repair issues after three polls: {_issues(hass)}")
        await server.do(clear_faults)
        await house.pass_time()
        _expect(house, states, "the extension was accepted again")
        if _issues(hass):
            raise BrokenPromiseError(f"repair issues that are over: {_issues(hass)}")
    return "only this one unavailable, a repair issue after three polls, gone when it was over"


async def begin_with_a_fault(hass: HomeAssistant, server: Server) -> str:
    """Set the account up while one extension has a fault, for every kind of fault.

    There is no earlier answer then that could be taken for the present one.
    """
    states: dict[str, AgentState] = dict.fromkeys(DEFAULT_EXTENSIONS, _ON_CALL)
    faulty, *others = states
    kinds = [kind for kind, entry in CATALOGUE.items() if entry.make and kind not in _WAITING]
    for kind in kinds:
        await server.do(set_states, states)
        await server.do(inject, [FaultRule(kind, extension_id=faulty)])
        await server.do(take_records)
        async with living_in(hass, server, DEFAULT_EXTENSIONS) as house:
            records = await server.do(take_records)
            wanted = allowed(each for each in records if each.extension_id == faulty)
            if house.shown(faulty) not in wanted:
                raise BrokenPromiseError(f"at first, {kind} is shown as {house.shown(faulty)}")
            _expect(house, dict.fromkeys(others, _ON_CALL), f"a start with {kind}")
            await server.do(clear_faults)
            await house.pass_time(_LONGEST_PAUSE)
            _expect(house, states, f"{kind} was over")
    return f"{len(kinds)} kinds: nobody else was touched, and healed in the first poll after it"


PROMISES: Final[Mapping[str, Check]] = {
    "A poll that somebody asked for and gave up on leaves no old state behind": give_up_on_a_poll,
    "A poll that takes longer than the interval does not pile up": take_longer_than_the_interval,
    "A fault that is there from the beginning is one extension's all the same": begin_with_a_fault,
    "After a jump of the clock polling goes on": set_the_clock,
    "After an hour of sleep polling goes on": sleep_for_an_hour,
    "Credentials rejected for all ask for new ones": reject_the_account,
    "Credentials rejected for one extension are its own problem": reject_one_extension,
}
"""The checks by what they see to."""


@contextmanager
def _clock_set_by(ahead: timedelta) -> Iterator[None]:
    """Set the clock on the wall; the one that event loops go by is never set."""
    utcnow, now = dt_util.utcnow, time.time
    with (
        patch.object(dt_util, "utcnow", lambda: utcnow() + ahead),
        patch.object(time, "time", lambda: now() + ahead.total_seconds()),
    ):
        yield


async def _change(house: House, server: Server, state: AgentState) -> None:
    """Let everybody do something else, and see it in the next poll."""
    states = dict.fromkeys(house.slugs, state)
    await server.do(set_states, states)
    await house.pass_time()
    _expect(house, states, "everybody did something else")


def _expect(house: House, states: Mapping[str, AgentState | None], when: str) -> None:
    """Check what every extension shows; `None` is unavailable."""
    for extension_id, state in states.items():
        shown = house.shown(extension_id)
        if shown != (UNAVAILABLE if state is None else truth(state)):
            raise BrokenPromiseError(f"after {when}, {extension_id} shows {shown}")


def _issues(hass: HomeAssistant) -> list[str]:
    """Return the repair issues that are shown."""
    return [
        issue.issue_id
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    ]
