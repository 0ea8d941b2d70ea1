import asyncio

from hypothesis import given, strategies as st
import pytest

from custom_components.belfabriek.api import Pace, Pacer
from custom_components.belfabriek.api.pace import next_pause

from .conftest import run_in_virtual_time


class TestPace:
    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (Pace(), Pace(window=1, ceiling=2, gap=0.03)),
            (Pace(window=8), Pace(window=4, ceiling=7, gap=0.03)),
            (Pace(window=5, ceiling=5, gap=0.04), Pace(window=2, ceiling=4, gap=0.08)),
            (Pace(window=2, ceiling=4), Pace(window=1, ceiling=1, gap=0.03)),
            # With one request at a time, only the gap can be the reason.
            (Pace(window=1, ceiling=2, gap=0.12), Pace(window=1, ceiling=2, gap=0.24)),
            (Pace(window=1, ceiling=2, gap=0.8), Pace(window=1, ceiling=2, gap=1.0)),
        ],
    )
    def test_refusal_halves_window_and_doubles_gap(self, before: Pace, after: Pace) -> None:
        assert before.after_refusal() == after

    @pytest.mark.parametrize(
        ("gap", "longest", "expected"), [(0.2, 0.25, 0.25), (0.25, 0.25, 0.25), (0.5, 0.25, 0.5)]
    )
    def test_refusal_lengthens_gap_up_to_the_longest_one(
        self, gap: float, longest: float, expected: float
    ) -> None:
        assert Pace(gap=gap).after_refusal(longest).gap == expected

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (Pace(), Pace(window=1, ceiling=2)),
            (Pace(window=7, ceiling=7, gap=0.03), Pace(window=3, ceiling=6, gap=0.03)),
            (Pace(window=1, ceiling=2), Pace(window=1, ceiling=2)),
        ],
    )
    def test_timeouts_halve_window(self, before: Pace, after: Pace) -> None:
        assert before.after_timeouts() == after

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (Pace(), Pace(window=4)),
            (Pace(window=8), Pace(window=8)),
            (Pace(window=4, ceiling=4), Pace(window=4, ceiling=4)),
            (Pace(window=1, ceiling=2, gap=0.5), Pace(window=2, ceiling=2, gap=0.45)),
        ],
    )
    def test_faster_pace_stays_below_ceiling(self, before: Pace, after: Pace) -> None:
        assert before.faster() == after

    def test_window_above_the_ceiling_is_tried_after_twenty_polls(self) -> None:
        pace = Pace(window=1, ceiling=1)
        windows = []
        for _ in range(40):
            pace = pace.faster()
            windows.append(pace.window)
        assert windows == [1] * 19 + [2] * 20 + [3]
        pace = Pace(window=8)
        for _ in range(40):
            pace = pace.faster()
        assert pace == Pace(window=8)

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (Pace(window=4), Pace(window=3, ceiling=3)),
            (Pace(window=1, ceiling=1), Pace(window=1, ceiling=1)),
        ],
    )
    def test_window_without_gain_is_not_tried_again_at_once(
        self, before: Pace, after: Pace
    ) -> None:
        assert before.after_no_gain() == after

    @given(st.lists(st.sampled_from(["refusal", "timeouts", "faster", "no_gain"])))
    def test_pace_stays_within_limits(self, changes: list[str]) -> None:
        pace = Pace()
        for change in changes:
            match change:
                case "refusal":
                    pace = pace.after_refusal()
                case "timeouts":
                    pace = pace.after_timeouts()
                case "faster":
                    pace = pace.faster()
                case "no_gain":
                    pace = pace.after_no_gain()
            assert 1 <= pace.window <= pace.ceiling <= 8
            assert 0 <= pace.gap <= 1


@pytest.mark.parametrize(
    ("last", "again", "expected"),
    [
        (0, False, 10),
        (0, True, 10),
        (3, True, 10),
        (10, True, 20),
        (10, False, 10),
        (80, True, 160),
        (80, False, 80),
        (160, True, 300),
        (300, True, 300),
    ],
)
def test_pause_doubles_while_no_request_is_answered(
    last: float, again: bool, expected: float
) -> None:
    assert next_pause(last, again=again) == expected


class TestPacer:
    @pytest.mark.parametrize(
        ("requests", "seconds", "gap", "expected"),
        [
            (11, 5.0, 0.0, 0.02),
            (1000, 5.0, 0.0, 0.005),
            # A few requests are not spread.
            (10, 5.0, 0.0, 0.0),
            (0, 5.0, 0.0, 0.0),
            (10, 5.0, 0.1, 0.1),
            (11, 5.0, 0.01, 0.02),
        ],
    )
    def test_requests_are_spread(
        self, requests: int, seconds: float, gap: float, expected: float
    ) -> None:
        async def starts() -> list[float]:
            pacer = Pacer()
            pacer.pace = Pace(gap=gap)
            pacer.spread(requests, seconds)
            loop = asyncio.get_running_loop()

            async def start() -> float:
                await pacer.turn()
                return loop.time()

            return await asyncio.gather(*(start() for _ in range(5)))

        times = run_in_virtual_time(starts())
        assert [each - times[0] for each in times] == pytest.approx(
            [number * expected for number in range(5)]
        )

    def test_new_gap_counts_from_last_request(self) -> None:
        async def waited() -> float:
            pacer = Pacer()
            await pacer.turn()
            pacer.pace = Pace(gap=0.5)
            started = asyncio.get_running_loop().time()
            await pacer.turn()
            return asyncio.get_running_loop().time() - started

        assert run_in_virtual_time(waited()) == pytest.approx(0.5)

    def test_request_after_an_idle_time_does_not_wait(self) -> None:
        async def waited() -> float:
            pacer = Pacer()
            await pacer.turn()
            await asyncio.sleep(3)
            started = asyncio.get_running_loop().time()
            await pacer.turn()
            return asyncio.get_running_loop().time() - started

        assert run_in_virtual_time(waited()) == 0

    @pytest.mark.parametrize(
        ("requests", "seconds", "longest"),
        [
            (80, 5.0, 0.25),
            (40, 15.0, 0.75),
            (8, 150.0, 1.0),
        ],
    )
    def test_longest_gap_follows_from_the_time_for_a_poll(
        self, requests: int, seconds: float, longest: float
    ) -> None:
        pacer = Pacer()
        pacer.spread(requests, seconds)
        for _ in range(10):
            pacer.was_refused()
        assert pacer.pace.gap == longest

    @pytest.mark.parametrize(
        ("limits", "expected"),
        [
            ([(20.0, False)], 20),
            ([(0.0, False)], 0),
            ([(1e9, False)], 300),
            ([(None, False)], 10),
            ([(None, False), (None, True), (None, True)], 40),
            ([(60.0, False), (None, False)], 60),
            ([(60.0, False), (20.0, True)], 60),
            ([(60.0, False), (None, True)], 60),
        ],
    )
    def test_pause_lasts_as_long_as_the_rate_limit_up_to_five_minutes(
        self, limits: list[tuple[float | None, bool]], expected: float
    ) -> None:
        async def pause() -> float:
            pacer = Pacer()
            for retry_after, again in limits:
                pacer.was_limited(retry_after, again=again)
            return pacer.pause

        assert run_in_virtual_time(pause()) == pytest.approx(expected)

    def test_pause_ends(self) -> None:
        async def pauses() -> tuple[float, float, float]:
            pacer = Pacer()
            before = pacer.pause
            pacer.was_limited(30.0, again=False)
            await asyncio.sleep(29)
            during = pacer.pause
            await asyncio.sleep(2)
            return before, during, pacer.pause

        before, during, after = run_in_virtual_time(pauses())
        assert before <= 0
        assert during == pytest.approx(1)
        assert after < 0

    def test_pause_is_shorter_after_polls_without_limit(self) -> None:
        async def pauses() -> list[float]:
            pacer = Pacer()
            for again in (False, True, True):
                pacer.was_limited(None, again=again)
            found = [pacer.pause]
            for _ in range(2):
                await asyncio.sleep(300)
                pacer.was_allowed()
                pacer.was_limited(None, again=False)
                found.append(pacer.pause)
            return found

        assert run_in_virtual_time(pauses()) == pytest.approx([40, 20, 10])
