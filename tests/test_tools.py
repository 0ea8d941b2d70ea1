"""Tests of tools that could wrongly report success."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
import sqlite3
from time import sleep
from zoneinfo import ZoneInfo

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator
from tools import trial
from tools.benchmark import FLOOR, OURS, Cost, promises
from tools.soak import Comparison, entity_ids, states_of

from .conftest import Poll


class TestSoak:
    @pytest.fixture
    async def comparison(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> Comparison:
        """Return a comparison after a poll without errors."""
        simulator.extension("01002").call_state = "called"
        simulator.extension("01003").set(available=False, reason="pause")
        simulator.journal.clear()
        await poll()
        comparison = Comparison()
        comparison.compare(
            states_of(hass, entity_ids(hass, loaded)), simulator.requests, "first poll"
        )
        return comparison

    async def test_true_states_pass(self, comparison: Comparison) -> None:
        assert (comparison.states, comparison.wrong) == (5 * 3, [])

    @pytest.mark.parametrize(
        ("key", "state"),
        [
            ("status", "ready"),
            ("status", "unknown"),
            ("status", "unavailable"),
            ("on_call", "off"),
            ("on_call", "unknown"),
            ("available", "off"),
            ("status", "missing"),
        ],
    )
    async def test_wrong_state_is_reported(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        comparison: Comparison,
        key: str,
        state: str,
    ) -> None:
        entities = entity_ids(hass, loaded)
        hass.states.async_set(entities["01002"][key], state)
        comparison.compare(states_of(hass, entities), simulator.requests, "second poll")
        (sentence,) = comparison.wrong
        assert sentence.startswith(f"second poll: {key} of 01002 is {state} after")

    async def test_only_unavailable_is_right_after_an_unusable_answer(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        comparison: Comparison,
        poll: Poll,
    ) -> None:
        await simulator.inject("empty_body", extension_id="01002")
        simulator.journal.clear()
        await poll()
        entities = entity_ids(hass, loaded)
        comparison.compare(states_of(hass, entities), simulator.requests, "second poll")
        assert comparison.wrong == []
        hass.states.async_set(entities["01002"]["status"], "unknown")
        comparison.compare(states_of(hass, entities), simulator.requests, "third poll")
        assert len(comparison.wrong) == 1

    async def test_state_without_an_answer_is_wrong(
        self, hass: HomeAssistant, loaded: MockConfigEntry, comparison: Comparison
    ) -> None:
        comparison.compare(states_of(hass, entity_ids(hass, loaded)), [], "second poll")
        assert len(comparison.wrong) == 5 * 3


class TestBenchmark:
    @pytest.mark.parametrize(
        ("small", "large", "broken"),
        [
            (Cost(1.0, 1.9, 150), Cost(1.0, 19.0, 1500), []),
            (Cost(1.0, 2.1, 150), Cost(1.0, 19.0, 1500), ["CPU 2.10"]),
            (Cost(1.0, 1.9, 151), Cost(1.0, 19.0, 1500), ["{151} requests"]),
            (Cost(1.0, 1.8, 150), Cost(1.0, 19.0, 1500), ["CPU x 10.56"]),
        ],
    )
    def test_missed_target_is_reported(self, small: Cost, large: Cost, broken: list[str]) -> None:
        results = {
            (100, 0.0): {OURS: [small], FLOOR: [Cost(1.0, 1.0, 150)]},
            (1000, 0.0): {OURS: [large], FLOOR: [Cost(1.0, 10.0, 1500)]},
        }
        failed = [each for each, held in promises(results) if not held]
        assert [text in each for text, each in zip(broken, failed, strict=True)] == [True] * len(
            broken
        )


class TestTrial:
    def test_staffing_waits_for_recorder_without_blocking_it(self, tmp_path: Path) -> None:
        database = tmp_path / "home-assistant_v2.db"
        names = {"accepting_calls": 1, "ready": 2, "on_a_call": 3}
        counters = ("calls", "talk_time", "wrap_up_time", "ready_time", "paused_time")
        states = [
            {"entity_id": f"sensor.belfabriek_{name}"}
            for name in (*(f"extensions_{name}" for name in names), *counters)
        ]
        recorder = sqlite3.connect(database, timeout=1, check_same_thread=False)
        recorder.execute("CREATE TABLE statistics_meta (id, statistic_id)")
        recorder.execute(
            "CREATE TABLE statistics_short_term"
            " (metadata_id, created_ts, start_ts, mean, min, max, UNIQUE (metadata_id, start_ts))"
        )

        def write(name: str) -> None:
            row = (names[name], f"sensor.belfabriek_extensions_{name}")
            with recorder:
                recorder.execute("INSERT INTO statistics_meta VALUES (?, ?)", row)

        write("accepting_calls")
        with closing(recorder), ThreadPoolExecutor() as executor:
            writing = executor.submit(
                trial.write_short_term, database, states, 40, ZoneInfo("Europe/Amsterdam")
            )
            sleep(0.5)
            for name in ("ready", "on_a_call"):
                write(name)
            writing.result(10)
            counts = recorder.execute(
                "SELECT metadata_id, count(*) FROM statistics_short_term GROUP BY metadata_id"
            ).fetchall()
        assert counts == [(number, 288) for number in names.values()]
