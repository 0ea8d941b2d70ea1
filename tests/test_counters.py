"""*Calls* and *Talk time* over an hour with restarts, outages and changing agents."""

from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
import pytest

from simulator import AgentState, Simulator
from simulator.live import CALLED, random_day

from .conftest import Poll, SetUp, make_entry

INTERVAL = 10
POLLS = 360
RELOAD, CRASH, RENAME, CORRECT = 50, 100, 150, 200
OUTAGE = range(250, 280)
NOT_COMPARED = {RELOAD, CRASH, CORRECT, *OUTAGE, OUTAGE.stop}
"""Polls after a gap: nothing in the gap is counted."""


@dataclass
class Agent:
    """An agent that follows a day, and its calls while it was polled."""

    extension_id: str
    calls: int = 0
    talk_time: float = 0.0
    state: AgentState = CALLED
    now: float = 0.0
    until: float = 0.0

    def __post_init__(self) -> None:
        """Start the day."""
        self.day = random_day(1, self.extension_id)

    def live(self, seconds: float, *, seen: bool) -> None:
        """Advance the day by a number of seconds."""
        end = self.now + seconds
        # A poll shows what was until the next one.
        self.talk_time += seconds * (seen and self.state is CALLED)
        while self.now < end:
            if self.now == self.until:
                duration, self.state = next(self.day)
                self.until += duration
                self.calls += seen and self.state is CALLED
            self.now = min(self.until, end)

    def show(self, simulator: Simulator) -> None:
        """Set the state of the agent in the simulator."""
        simulator.extension(self.extension_id).set(
            available=self.state.available,
            reason=self.state.reason,
            call_state=self.state.call_state,
        )


@pytest.fixture
def written(hass: HomeAssistant) -> dict[str, list[float]]:
    """Return every state that a counter had, by unique ID."""
    states: defaultdict[str, list[float]] = defaultdict(list)
    registry = er.async_get(hass)

    @callback
    def async_write(event: Event[EventStateChangedData]) -> None:
        entity, state = registry.async_get(event.data["entity_id"]), event.data["new_state"]
        # An entity that is unloaded is unavailable.
        if entity is None or state is None or state.state == STATE_UNAVAILABLE:
            return
        if entity.translation_key in {"calls", "talk_time"}:
            states[entity.unique_id].append(float(state.state))

    hass.bus.async_listen(EVENT_STATE_CHANGED, async_write)
    return states


async def test_counters_match_a_simulated_week_and_never_fall(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    simulator: Simulator,
    entry_data: dict[str, Any],
    set_up: SetUp,
    poll: Poll,
    freezer: FrozenDateTimeFactory,
    written: dict[str, list[float]],
) -> None:
    agents = [Agent("01001"), Agent("01002")]
    options = {"count_per_person": True}
    entry = make_entry(entry_data, {"01001": "Reception", "01002": "Sales"}, options)

    async def start_again(*, crashed: bool) -> None:
        await entry.runtime_data.store.async_save()
        key = f"belfabriek.{entry.entry_id}"
        stored = deepcopy(hass_storage[key])
        await hass.config_entries.async_unload(entry.entry_id)
        if crashed:
            hass_storage[key] = stored
        await hass.config_entries.async_setup(entry.entry_id)

    async def rename() -> None:
        registry = er.async_get(hass)
        for key in ("calls", "talk_time"):
            new = f"sensor.desk_{key}"
            registry.async_update_entity(f"sensor.reception_{key}", new_entity_id=new)
        subentry = entry.subentries["subentry-1"]
        hass.config_entries.async_update_subentry(entry, subentry, title="Desk")

    async def correct() -> None:
        simulator.add_extension("01009", "Sales")
        agents[1].extension_id = "01009"
        agents[1].show(simulator)
        hass.config_entries.async_update_subentry(
            entry, entry.subentries["subentry-2"], data={"extension_id": "01009"}
        )

    happenings = {
        RELOAD: lambda: start_again(crashed=False),
        CRASH: lambda: start_again(crashed=True),
        RENAME: rename,
        CORRECT: correct,
        OUTAGE.start: simulator.stop,
        OUTAGE.stop: simulator.start,
    }
    await set_up(entry)
    for number in range(POLLS):
        freezer.tick(INTERVAL)
        for agent in agents:
            # Unlike in a first poll, all agents were idle before.
            agent.live(INTERVAL, seen=number not in NOT_COMPARED)
            agent.show(simulator)
        if happen := happenings.get(number):
            await happen()
        await poll()

    await entry.runtime_data.store.async_save()
    assert [written[f"subentry-{number}_calls"][-1] for number in (1, 2)] == [
        agent.calls for agent in agents
    ]
    for owner, talk_time in (
        ("subentry-1", agents[0].talk_time),
        ("subentry-2", agents[1].talk_time),
        (entry.entry_id, agents[0].talk_time + agents[1].talk_time),
    ):
        # A poll around a restart or an outage may or may not be compared with the one before.
        tolerance = INTERVAL * len(happenings)
        assert written[f"{owner}_talk_time"][-1] * 3600 == pytest.approx(talk_time, abs=tolerance)
    assert written[f"{entry.entry_id}_calls"][-1] == agents[0].calls + agents[1].calls > 30
    assert all([0, *states[1:]] == sorted(states) for states in written.values())
