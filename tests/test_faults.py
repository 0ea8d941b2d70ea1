"""Every fault of the simulator, against a running account.

Under any fault, an entity shows the right state, or is unknown or unavailable. Other extensions are
not affected, and everything is right in the first poll after the fault.

A table in this module defines the allowed states. It shares no code with the integration.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import replace
import logging
import threading
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util.ssl import SSL_ALPN_HTTP11, SSLCipherList, client_context
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.belfabriek.api import transport
from custom_components.belfabriek.const import DOMAIN
from simulator import DEFAULT_EXTENSIONS, FAULTS, AgentState, Method, Simulator

from .conftest import Poll, SetUp, make_entry
from .helpers import state_of

FIRST, SECOND = Method
EXTENSIONS = tuple(DEFAULT_EXTENSIONS)
FAULTY = EXTENSIONS[0]
SUBENTRIES = {each: f"subentry-{number}" for number, each in enumerate(EXTENSIONS, start=1)}
IDLE, CALLED, WRAP_UP, PAUSED, OFFLINE = STATES = (
    AgentState(call_state="idle"),
    AgentState(call_state="called"),
    AgentState(call_state="wrapup"),
    AgentState(available=False, reason="pause"),
    AgentState(available=False, reason="-"),
)
UNKNOWN, UNAVAILABLE = "unknown", "unavailable"
NOTHING = (UNAVAILABLE,) * 3
SLOW = {"delay", "drip", "interim", "silent_on_reuse"}
"""Faults that make a request time out."""
BETWEEN_POLLS = {"close_idle", "answer_twice", "bytes_behind"}
"""Faults of an idle connection, which the test triggers itself. On a slow machine, they could hit a
request in progress, whose answer a client cannot distinguish from other bytes."""
OF_ALL = {"status_429"}
"""Rate limits, which affect all extensions."""
IN_PROCESS = [name for name in FAULTS if name != "untrusted_certificate"]
NARROW = [name for name in IN_PROCESS if not FAULTS[name].whole_server]
type ShortTimeout = Callable[[str], AbstractContextManager[None]]
type Shown = tuple[str, str, str]
"""The states of *Status*, *Accepting calls* and *On call* of an extension."""


def truth(state: AgentState) -> Shown:
    """Return the states that entities show for the state of an agent."""
    if state.available:
        words = {"idle": "ready", "called": "on_call", "wrapup": "wrap_up"}
        status = words.get(state.call_state, UNKNOWN)
    else:
        words = {"pause": "paused", "-": "offline"}
        status = words.get(state.reason, "not_available")
    on_call = UNKNOWN if status == UNKNOWN else "on" if status == "on_call" else "off"
    return status, "on" if state.available else "off", on_call


def cases(name: str) -> Iterator[tuple[Method | None, AgentState]]:
    """Yield the calls of one extension that a fault affects (None: all), and its agent's state."""
    for method in () if FAULTS[name].whole_server else sorted(FAULTS[name].methods):
        yield method, CALLED
        if method is FIRST:  # the second call is made only for available agents
            yield method, PAUSED
    yield None, CALLED


def parameters(name: str) -> dict[str, Any]:
    """Return the parameters of a fault that differ from its own."""
    return {"seconds": 3600.0} if name in BETWEEN_POLLS else {}


class RunningAccount:
    """A loaded account, and the real states of its agents."""

    def __init__(self, hass: HomeAssistant, simulator: Simulator, poll: Poll) -> None:
        self.hass = hass
        self.simulator = simulator
        self._poll = poll
        self.states: dict[str, AgentState] = {}

    def move(self, step: int, first: AgentState = IDLE) -> None:
        """Change the state of every agent; the faulty one is in the state `first` at step 1."""
        start = STATES.index(first) - 1
        for number, extension_id in enumerate(EXTENSIONS):
            state = STATES[(start + step + number) % len(STATES)]
            state = replace(state, endpoint=self.simulator.extension(extension_id).endpoint)
            self.simulator.extension(extension_id).state = self.states[extension_id] = state

    async def poll(self) -> None:
        """Run the next poll."""
        self.simulator.journal.clear()
        await self._poll()

    def shown(self, extension_id: str) -> Shown:
        """Return the states of the entities of an extension."""
        registry = er.async_get(self.hass)
        found = []
        for domain, key in (
            ("sensor", "status"),
            ("binary_sensor", "available"),
            ("binary_sensor", "on_call"),
        ):
            unique_id = f"{SUBENTRIES[extension_id]}_{key}"
            entity_id = registry.async_get_entity_id(domain, DOMAIN, unique_id)
            assert entity_id is not None
            found.append(str(state_of(self.hass, entity_id)))
        status, available, on_call = found
        return status, available, on_call

    def check_truth(self, *extension_ids: str) -> None:
        """Check that extensions show the states of their agents."""
        shown = {each: self.shown(each) for each in extension_ids}
        assert shown == {each: truth(self.states[each]) for each in extension_ids}

    def check_fault(self, name: str, method: Method | None, extension_id: str) -> None:
        """Check the states of an extension with a fault, in one call or both."""
        shown = self.shown(extension_id)
        state = self.reported(extension_id)
        assert shown in set(self._allowed(name, method, state)), (method, state)

    def reported(self, extension_id: str) -> AgentState:
        """Return the state that the server reported in the last poll, if any."""
        state = self.states[extension_id]
        for record in self.simulator.requests:
            if record.extension_id != extension_id or record.state is None:
                continue
            if record.method == FIRST:
                said = record.state
                state = replace(state, available=said.available, reason=said.reason)
            else:
                state = replace(state, call_state=record.state.call_state)
        return state

    @staticmethod
    def _allowed(name: str, method: Method | None, state: AgentState) -> Iterator[Shown]:
        """Yield the allowed states; `state` is the reported or the real one."""
        if name in OF_ALL:
            yield NOTHING
            return
        effect = FAULTS[name].effect
        hits_first = method is FIRST or (method is None and FIRST in FAULTS[name].methods)
        if effect.startswith("true") or not (hits_first or state.available):
            yield truth(state)
        if "failed" in effect:
            if hits_first:
                yield NOTHING
            elif state.available:
                yield UNAVAILABLE, "on", UNAVAILABLE
        if effect == "unknown":
            if hits_first:
                yield UNKNOWN, UNKNOWN, UNKNOWN
            elif state.available:
                yield UNKNOWN, "on", UNKNOWN


@pytest.fixture
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> ShortTimeout:
    """Shorten the timeout of a request for faults that only wait.

    Not for others, because a busy machine may need the time.
    """

    @contextmanager
    def function(name: str) -> Iterator[None]:
        with monkeypatch.context() as patched:
            if name in SLOW:
                patched.setattr(transport, "REQUEST_TIMEOUT", 0.4)
            yield

    return function


def check_log(caplog: pytest.LogCaptureFixture) -> None:
    """Check that there is no traceback in Home Assistant's log."""
    assert not [
        record.getMessage()
        for record in caplog.records
        if record.exc_info and record.levelno >= logging.WARNING and record.name != "asyncio"
    ]


@pytest.mark.parametrize("name", IN_PROCESS)
async def test_a_fault_shows_nothing_wrong_harms_no_neighbour_and_heals_at_once(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    short_timeout: ShortTimeout,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    account = RunningAccount(hass, simulator, poll)
    for method, state in cases(name):
        account.move(0, state)
        await account.poll()
        account.check_truth(*EXTENSIONS)
        # All agents change when the fault starts and when it ends: an unchanged state would be
        # right by chance.
        account.move(1, state)
        hit = EXTENSIONS if method is None or name in OF_ALL else (FAULTY,)
        with short_timeout(name):
            if method is None:
                await simulator.inject(name, **parameters(name))
            else:
                await simulator.inject(name, method=method, extension_id=FAULTY, **parameters(name))
            for _ in range(2 if method is None else 1):
                await account.poll()
                for each in hit:
                    account.check_fault(name, method, each)
                account.check_truth(*(each for each in EXTENSIONS if each not in hit))
                simulator.expire_idle_connections()
            account.move(2, state)
            await simulator.clear_faults()
            if name == "silent_on_reuse":  # the earlier connections still do not respond
                await account.poll()
        if name != "silent_on_reuse":
            await account.poll()
        account.check_truth(*EXTENSIONS)
    assert not simulator.trapped
    check_log(caplog)


@pytest.mark.parametrize("name", NARROW)
async def test_a_fault_in_the_very_first_answer_spoils_nothing_for_good(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    enable_custom_integrations: None,
    poll: Poll,
    short_timeout: ShortTimeout,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    account = RunningAccount(hass, simulator, poll)
    entry.add_to_hass(hass)
    for extension_id in (FAULTY, None):
        account.move(0, CALLED)
        with short_timeout(name):
            await simulator.inject(name, extension_id=extension_id, **parameters(name))
            await hass.config_entries.async_reload(entry.entry_id)
            await hass.async_block_till_done()
            if entry.state is ConfigEntryState.LOADED:
                hit = EXTENSIONS if extension_id is None else (FAULTY,)
                for each in hit:
                    account.check_fault(name, None, each)
                account.check_truth(*(each for each in EXTENSIONS if each not in hit))
            else:
                assert entry.state is ConfigEntryState.SETUP_RETRY
                assert extension_id is None or name in OF_ALL
            simulator.expire_idle_connections()
            account.move(1, CALLED)
            await simulator.clear_faults()
            if name == "silent_on_reuse":
                await account.poll()
        if name != "silent_on_reuse":
            await account.poll()
        account.check_truth(*EXTENSIONS)
    check_log(caplog)


@asynccontextmanager
async def serving_tls() -> AsyncIterator[tuple[Simulator, asyncio.AbstractEventLoop]]:
    """Serve with TLS in a thread, and return the simulator and its event loop.

    In Home Assistant's event loop, the test harness would report the failed handshake of the server
    as an error of Home Assistant.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    simulator = Simulator(tls=True)
    try:
        await in_loop(loop, simulator.start())
        yield simulator, loop
        await in_loop(loop, simulator.stop())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join)
        loop.close()


async def in_loop(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, None]) -> None:
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, loop))


async def test_a_certificate_that_is_not_trusted_is_an_outage(
    hass: HomeAssistant, entry_data: dict[str, Any], set_up: SetUp, poll: Poll
) -> None:
    async with serving_tls() as (simulator, loop):
        context = client_context(SSLCipherList.PYTHON_DEFAULT, SSL_ALPN_HTTP11)
        context.load_verify_locations(cadata=simulator.certificate.decode())
        await set_up(make_entry(entry_data | {"url": simulator.url}, DEFAULT_EXTENSIONS))
        account = RunningAccount(hass, simulator, poll)
        account.move(0)
        await account.poll()
        account.check_truth(*EXTENSIONS)
        await in_loop(loop, simulator.inject("untrusted_certificate"))
        await account.poll()
        assert {account.shown(each) for each in EXTENSIONS} == {NOTHING}
        account.move(1)
        await in_loop(loop, simulator.clear_faults())
        await account.poll()
        account.check_truth(*EXTENSIONS)
