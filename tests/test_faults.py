"""Every fault of the simulator, against a running account.

Under any fault, an entity shows the right state or is unavailable. Other extensions are not
affected, and everything is right in the first poll after the fault.

A table in this module defines the right states. It shares no code with the integration.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
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

from custom_components.belfabriek.const import DOMAIN
from simulator import DEFAULT_EXTENSIONS, FAULTS, AgentState, Method, Simulator

from .certificates import Certificate
from .conftest import Poll, SetUp, make_entry
from .helpers import state_of

pytestmark = pytest.mark.usefixtures("skip")

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
UNAVAILABLE = "unavailable"
NOTHING = (UNAVAILABLE,) * 3
TESTED = [name for name in FAULTS if name != "status_429"]
"""A rate limit concerns all extensions: see test_coordinator.py."""
CASES = [(FIRST, CALLED), (FIRST, PAUSED), (SECOND, CALLED), (None, CALLED)]
"""The calls of one extension that a fault hits (None: all calls of all), and its agent's state."""

type Shown = tuple[str, str, str]
"""The states of *Status*, *Accepting calls* and *On call* of an extension."""


def truth(state: AgentState) -> Shown:
    """Return the states that entities show for the state of an agent."""
    if state.available:
        status = {"idle": "ready", "called": "on_call", "wrapup": "wrap_up"}[state.call_state]
    else:
        status = {"pause": "paused", "-": "offline"}.get(state.reason, "not_available")
    return status, "on" if state.available else "off", "on" if status == "on_call" else "off"


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
        state = self._reported(extension_id)
        if FAULTS[name].readable or (method is SECOND and not state.available):
            allowed = truth(state)
        elif method is SECOND:
            allowed = (UNAVAILABLE, "on", UNAVAILABLE)
        else:
            allowed = NOTHING
        assert self.shown(extension_id) == allowed, (method, state)

    def _reported(self, extension_id: str) -> AgentState:
        """Return the state that the server reported in the last poll: a fault may change it."""
        state = self.states[extension_id]
        for record in self.simulator.requests:
            if (record.extension_id, record.method) == (extension_id, FIRST) and record.state:
                state = replace(state, reason=record.state.reason)
        return state


def check_log(caplog: pytest.LogCaptureFixture) -> None:
    """Check that there is no traceback in Home Assistant's log."""
    assert not [
        record.getMessage()
        for record in caplog.records
        if record.exc_info and record.levelno >= logging.WARNING and record.name != "asyncio"
    ]


@pytest.mark.parametrize("name", TESTED)
async def test_fault_shows_nothing_wrong_harms_no_neighbour_and_heals_at_once(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    account = RunningAccount(hass, simulator, poll)
    for method, state in CASES:
        account.move(0, state)
        await account.poll()
        account.check_truth(*EXTENSIONS)
        # All agents change when the fault starts and when it ends: an unchanged state would be
        # right by chance.
        account.move(1, state)
        extension_id = None if method is None else FAULTY
        hit = EXTENSIONS if method is None else (FAULTY,)
        await simulator.inject(name, method=method, extension_id=extension_id)
        for _ in range(2 if method is None else 1):
            await account.poll()
            for each in hit:
                account.check_fault(name, method, each)
            account.check_truth(*(each for each in EXTENSIONS if each not in hit))
        account.move(2, state)
        await simulator.clear_faults()
        if name == "silent_on_reuse":  # the earlier connections still do not respond
            await account.poll()
        if name != "silent_on_reuse":
            await account.poll()
        account.check_truth(*EXTENSIONS)
    check_log(caplog)


@pytest.mark.parametrize("name", TESTED)
async def test_fault_in_the_first_answer_heals_in_the_next_poll(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    enable_custom_integrations: None,
    poll: Poll,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    account = RunningAccount(hass, simulator, poll)
    entry.add_to_hass(hass)
    for extension_id in (FAULTY, None):
        account.move(0, CALLED)
        hit = EXTENSIONS if extension_id is None else (FAULTY,)
        await simulator.inject(name, extension_id=extension_id)
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        if entry.state is ConfigEntryState.LOADED:
            for each in hit:
                account.check_fault(name, None, each)
            account.check_truth(*(each for each in EXTENSIONS if each not in hit))
        else:
            assert entry.state is ConfigEntryState.SETUP_RETRY
            assert extension_id is None
        account.move(1, CALLED)
        await simulator.clear_faults()
        if name == "silent_on_reuse":
            await account.poll()
        if name != "silent_on_reuse":
            await account.poll()
        account.check_truth(*EXTENSIONS)
    check_log(caplog)


async def test_server_that_stops_is_an_outage(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    account = RunningAccount(hass, simulator, poll)
    await simulator.stop()
    await account.poll()
    assert {account.shown(each) for each in EXTENSIONS} == {NOTHING}
    await simulator.start()
    account.move(0)
    await account.poll()
    account.check_truth(*EXTENSIONS)


@asynccontextmanager
async def in_thread(simulator: Simulator) -> AsyncIterator[Callable[..., Any]]:
    """Serve in a thread, and return a function that runs a coroutine there.

    In Home Assistant's event loop, the test harness would report the failed handshake of the server
    as an error of Home Assistant.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)

    async def run(coroutine: Coroutine[Any, Any, None]) -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, loop))

    thread.start()
    try:
        await run(simulator.start())
        yield run
        await run(simulator.stop())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join)
        loop.close()


async def test_untrusted_certificate_is_an_outage(
    hass: HomeAssistant, entry_data: dict[str, Any], set_up: SetUp, poll: Poll
) -> None:
    own = Certificate.make()
    context = own.server_context()
    trusting = client_context(SSLCipherList.PYTHON_DEFAULT, SSL_ALPN_HTTP11)
    trusting.load_verify_locations(cadata=own.certificate.decode())
    simulator = Simulator(ssl_context=context)
    async with in_thread(simulator) as run:
        await set_up(make_entry(entry_data | {"url": simulator.url}, DEFAULT_EXTENSIONS))
        account = RunningAccount(hass, simulator, poll)
        for step, certificate in enumerate((own, Certificate.make(), own)):
            certificate.use_in(context)
            # Kept connections would not show the new certificate.
            await run(simulator.stop())
            await run(simulator.start())
            account.move(step)
            await account.poll()
            if certificate is own:
                account.check_truth(*EXTENSIONS)
            else:
                assert {account.shown(each) for each in EXTENSIONS} == {NOTHING}
