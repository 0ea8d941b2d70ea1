"""The poller against servers with limits, on a virtual clock."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from math import inf
from random import Random
from typing import override

import pytest

from custom_components.belfabriek.api import (
    AgentAvailability,
    BelfabriekError,
    ExtensionState,
    Failure,
    FailureKind,
    FaultError,
    Pace,
    Pacer,
    Poller,
    RateLimitedError,
    RequestTimeoutError,
    Result,
    ServerUnreachableError,
    UnusableAnswerError,
)
from custom_components.belfabriek.api.exceptions import (
    ConnectionLostError,
    ConnectionRefusedByServerError,
    ServerBusyError,
)

from .conftest import run_in_virtual_time

AVAILABILITY = AgentAvailability(available=True, reason=None, endpoint=None)
STATE = ExtensionState(availability=AVAILABILITY, call_state_text="idle")
TIMEOUT = 5.0

type MakeError = Callable[[], BelfabriekError]


def now() -> float:
    return asyncio.get_running_loop().time()


def busy() -> BelfabriekError:
    return ServerBusyError("HTTP status 403")


def reset() -> BelfabriekError:
    return ConnectionLostError("reset")


def refused_connection() -> BelfabriekError:
    return ConnectionRefusedByServerError("refused")


def unknown_name() -> BelfabriekError:
    return ServerUnreachableError("name not known")


class Server:
    """A server without limits."""

    def __init__(self, *, seconds: float = 0.05) -> None:
        self.seconds = seconds
        self.requests = 0
        self.refused = 0
        self.random = Random(1)  # noqa: S311 - no cryptography

    async def request(self, extension_id: str) -> None:
        """Answer, or raise what the transport raises."""
        self.requests += 1
        await self.serve(extension_id)

    async def serve(self, extension_id: str) -> None:
        await self.answer_after(self.seconds * self.random.uniform(0.7, 1.3))

    async def answer_after(self, seconds: float) -> None:
        await asyncio.sleep(min(TIMEOUT, seconds))
        if seconds > TIMEOUT:
            raise RequestTimeoutError("no answer")

    async def refuse(self, error: BelfabriekError) -> None:
        self.refused += 1
        await asyncio.sleep(0.01)
        raise error


class AtATime(Server):
    """A server that refuses requests above a number at a time."""

    def __init__(self, limit: int, error: MakeError = busy, *, seconds: float = 0.05) -> None:
        super().__init__(seconds=seconds)
        self.limit = limit
        self.error = error
        self.open = 0

    @override
    async def serve(self, extension_id: str) -> None:
        if self.open >= self.limit:
            await self.refuse(self.error())
        self.open += 1
        try:
            await super().serve(extension_id)
        finally:
            self.open -= 1


class PerTime(Server):
    """A server that refuses requests above a number in a period; refused requests count as well."""

    def __init__(self, limit: int, period: float, *, seconds: float = 0.02) -> None:
        super().__init__(seconds=seconds)
        self.limit = limit
        self.period = period
        self.times: list[float] = []

    @override
    async def serve(self, extension_id: str) -> None:
        self.times = [each for each in self.times if each > now() - self.period]
        self.times.append(now())
        if len(self.times) > self.limit:
            await self.refuse(busy())
        await super().serve(extension_id)


class Bucket(Server):
    """A server that refuses requests above a rate, after a burst."""

    def __init__(self, rate: float, burst: int, *, seconds: float = 0.02) -> None:
        super().__init__(seconds=seconds)
        self.rate = rate
        self.burst = burst
        self.level = 0.0
        self.at = 0.0

    @override
    async def serve(self, extension_id: str) -> None:
        self.level = max(0.0, self.level - (now() - self.at) * self.rate)
        self.at = now()
        if self.level > self.burst - 1:
            await self.refuse(busy())
        self.level += 1
        await super().serve(extension_id)


class PerMinute(Server):
    """A server with a budget for each minute of its clock, and HTTP status 429 above it."""

    def __init__(self, limit: int, *, tells_time: bool) -> None:
        super().__init__()
        self.limit = limit
        self.tells_time = tells_time
        self.minute = 0.0
        self.spent = 0

    @override
    async def serve(self, extension_id: str) -> None:
        minute, second = divmod(now(), 60)
        if minute != self.minute:
            self.minute, self.spent = minute, 0
        if self.spent >= self.limit:
            await self.refuse(RateLimitedError(60 - second if self.tells_time else None))
        self.spent += 1
        await super().serve(extension_id)


class OneLane(Server):
    """A server that answers one request after another, including those that timed out."""

    free_at = 0.0

    @override
    async def serve(self, extension_id: str) -> None:
        self.free_at = max(now(), self.free_at) + self.seconds
        await self.answer_after(self.free_at - now())


class Partly(Server):
    """A server that fails for some extensions after some seconds."""

    def __init__(self, error: MakeError, after: float, failing: Collection[str] = ()) -> None:
        super().__init__()
        self.error = error
        self.after = after
        self.failing = failing
        self.all_fail = not failing

    @override
    async def serve(self, extension_id: str) -> None:
        if self.all_fail or extension_id in self.failing:
            self.refused += 1
            await asyncio.sleep(self.after)
            raise self.error()
        await super().serve(extension_id)


def hang() -> BelfabriekError:
    return RequestTimeoutError("no answer")


class Dying(Partly):
    """A server that stops answering after 40 requests."""

    open = most_open = 0

    @override
    async def serve(self, extension_id: str) -> None:
        self.all_fail = self.requests > 40
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            await super().serve(extension_id)
        finally:
            self.open -= 1


class Late(Server):
    """Refuses extension 001, later than a poll waits for it."""

    @override
    async def serve(self, extension_id: str) -> None:
        if extension_id == "001":
            await asyncio.sleep(3.5)
            raise reset()
        await asyncio.sleep(0.5)


class Limiting(Server):
    """A server that answers every 21st request with status 429, without `Retry-After`."""

    @override
    async def serve(self, extension_id: str) -> None:
        if self.requests % 21 == 0:
            await self.refuse(RateLimitedError(None))
        await super().serve(extension_id)


@dataclass
class Poll:
    """The outcome of one poll."""

    seconds: float = 0.0
    requests: int = 0
    refused: int = 0
    ready: set[str] = field(default_factory=set)
    """The extensions with a status."""
    published: set[str] = field(default_factory=set)
    failure: Failure | None = None
    is_limited: bool = False
    pace: Pace = field(default_factory=Pace)
    pause: float = 0.0


class Account:
    """Polls extensions as the coordinator does: failing extensions last."""

    def __init__(self, server: Server, extensions: int, *, interval: float = 10.0) -> None:
        self.server = server
        self.ids = [f"{number:03}" for number in range(extensions)]
        self.interval = interval
        self.pacer = Pacer()
        self.results: dict[str, Result] = {}
        self.polls: list[Poll] = []
        self.poller = Poller(self.ask, self.pacer, self.publish)

    async def ask(self, extension_id: str) -> ExtensionState:
        """Make both calls as the client does."""
        await self.pacer.turn()
        await self.server.request(extension_id)
        try:
            await self.pacer.turn()
            await self.server.request(extension_id)
        except RateLimitedError:
            raise
        except BelfabriekError as err:
            return ExtensionState(availability=AVAILABILITY, call_state_failure=err.failure)
        return STATE

    def publish(self, extension_id: str, result: Result) -> None:
        self.results.pop(extension_id, None)
        self.results[extension_id] = result
        self.polls[-1].published.add(extension_id)
        if status_failure(result) is None:
            self.polls[-1].ready.add(extension_id)

    @property
    def ready(self) -> set[str]:
        """The extensions whose last result has a status."""
        return {
            extension_id
            for extension_id, each in self.results.items()
            if status_failure(each) is None
        }

    async def poll(self) -> Poll:
        """Poll once, and return the outcome at the start of the next poll."""
        if (pause := self.pacer.pause) > 0:
            await asyncio.sleep(pause)
        poll = Poll()
        self.polls.append(poll)
        started = now()
        requests, refused = self.server.requests, self.server.refused
        failing = [extension_id for extension_id, each in self.results.items() if is_slow(each)]
        # Least recently asked first, which is the order of `publish`.
        known = [each for each in self.results if each not in failing]
        healthy = [each for each in self.ids if each not in self.results] + known
        self.pacer.spread(2 * len(self.ids), self.interval / 2)
        await self.poller.poll(healthy, failing, long=self.interval / 2)
        poll.seconds = now() - started
        poll.failure, poll.is_limited = self.poller.failure, self.poller.is_limited
        poll.pace, poll.pause = self.pacer.pace, self.pacer.pause
        await asyncio.sleep(max(0.1, self.interval - poll.seconds))
        poll.requests = self.server.requests - requests
        poll.refused = self.server.refused - refused
        return poll

    async def run(self, polls: int) -> list[Poll]:
        found = [await self.poll() for _ in range(polls)]
        await self.poller.stop()
        return found


def status_failure(result: Result) -> Failure | None:
    return result if isinstance(result, Failure) else result.call_state_failure


def is_slow(result: Result) -> bool:
    failure = status_failure(result)
    return failure is not None and failure.kind is not FailureKind.FAULT


def poll_account(
    server: Server, extensions: int, *, interval: float = 10.0, polls: int = 6
) -> list[Poll]:
    async def run() -> list[Poll]:
        return await Account(server, extensions, interval=interval).run(polls)

    return run_in_virtual_time(run())


class TestLimits:
    """Servers that can serve the account at the right pace."""

    @pytest.mark.parametrize(
        ("server", "extensions", "interval", "refused_at_first", "longest"),
        [
            (lambda: AtATime(5), 40, 10, 0, 2),
            (lambda: AtATime(5, reset), 40, 10, 0, 2),
            (lambda: AtATime(4, reset), 20, 10, 0, 1),
            (lambda: AtATime(2), 20, 10, 3, 3),
            (lambda: AtATime(2, reset), 20, 10, 3, 3),
            (lambda: AtATime(2, refused_connection), 20, 10, 3, 3),
            (lambda: AtATime(1), 20, 10, 3, 3),
            (lambda: AtATime(1, reset), 40, 10, 3, 5),
            (lambda: AtATime(5, seconds=0.3), 40, 10, 0, 10),
            (lambda: AtATime(2, seconds=0.4), 40, 30, 3, 35),
            (lambda: PerTime(20, 0.2), 40, 10, 0, 3),
            (lambda: PerTime(20, 0.2, seconds=0.003), 100, 5, 0, 5),
            (lambda: PerTime(5, 0.2), 40, 10, 5, 10),
            (lambda: PerTime(34, 2.0), 40, 10, 7, 20),
            (lambda: PerTime(22, 2.0), 20, 10, 7, 10),
            (lambda: PerTime(12, 2.0, seconds=0.3), 30, 30, 7, 30),
            (lambda: Bucket(10, 20), 20, 10, 5, 5),
            (lambda: Bucket(10, 20), 40, 30, 5, 10),
            (lambda: Bucket(10, 20), 40, 10, 5, 12),
            (lambda: Bucket(10, 1), 40, 30, 6, 12),
            (lambda: Bucket(2, 5), 20, 30, 8, 30),
            (lambda: Bucket(5, 1), 1, 10, 4, 4),
            (lambda: Bucket(5, 1), 2, 10, 6, 6),
            (lambda: Bucket(5, 1, seconds=0.1), 4, 10, 6, 6),
            (lambda: OneLane(seconds=0.7), 10, 30, 0, 15),
            (lambda: OneLane(seconds=1.2), 10, 30, 0, 25),
            (lambda: Server(seconds=3.2), 20, 5, 0, 60),
        ],
    )
    def test_every_extension_answers_in_every_poll(
        self,
        server: Callable[[], Server],
        extensions: int,
        interval: float,
        refused_at_first: int,
        longest: float,
    ) -> None:
        polls = poll_account(server(), extensions, interval=interval, polls=8)
        assert [len(each.ready) for each in polls] == [extensions] * 8
        assert polls[0].refused <= refused_at_first
        assert max(each.refused for each in polls[1:]) <= 1
        assert sum(each.refused for each in polls[1:]) <= 2
        assert all(each.seconds < longest for each in polls)

    @pytest.mark.parametrize("seconds", [1.2, 2.0, 3.0])
    def test_every_extension_of_a_slow_sequential_server_answers_after_three_polls(
        self, seconds: float
    ) -> None:
        polls = poll_account(OneLane(seconds=seconds), 4, interval=60, polls=6)
        assert all(len(each.ready) == 4 for each in polls[3:])

    def test_overloaded_sequential_server_is_not_polled_faster(self) -> None:
        polls = poll_account(OneLane(seconds=0.7), 10, interval=10, polls=8)
        assert all(len(each.ready) == 10 for each in polls)
        assert polls[0].pace.window == 4
        assert {each.pace for each in polls[1:]} == {Pace(window=3, ceiling=3)}

    def test_window_grows_while_polls_are_too_long(self) -> None:
        polls = poll_account(Server(seconds=0.5), 40, interval=10, polls=9)
        assert [each.pace.window for each in polls] == [4, 5, 6, 7, 8, 8, 8, 8, 8]
        assert polls[-1].seconds < 6 < polls[0].seconds

    def test_window_stays_if_polls_are_short(self) -> None:
        polls = poll_account(Server(), 4, polls=3)
        assert {each.pace for each in polls} == {Pace()}

    def test_window_that_was_too_small_for_a_while_grows_again(self) -> None:
        async def run() -> list[Poll]:
            account = Account(Server(seconds=0.1), 40)
            # Several extensions did not respond in time, and then a larger window was no gain.
            account.pacer.pace = Pace(window=1, ceiling=1)
            return await account.run(40)

        polls = run_in_virtual_time(run())
        assert polls[0].seconds > 5
        assert polls[-1].seconds < 5

    def test_ceiling_is_the_largest_window_that_was_not_refused(self) -> None:
        polls = poll_account(AtATime(5, seconds=0.5), 40, interval=10, polls=12)
        assert all(len(each.ready) == 40 for each in polls)
        assert polls[-1].pace.ceiling == polls[-1].pace.window == 5
        assert sum(each.refused for each in polls) <= 3

    def test_refusals_at_the_same_time_slow_down_once(self) -> None:
        server = AtATime(1)
        (poll,) = poll_account(server, 3, polls=1)
        assert poll.refused == 2
        assert poll.pace == Pace(window=1, ceiling=2)

    def test_refused_second_call_is_repeated(self) -> None:
        class SecondCall(Server):
            @override
            async def serve(self, extension_id: str) -> None:
                if self.requests == 2:
                    await self.refuse(busy())

        (poll,) = poll_account(SecondCall(), 1, polls=1)
        assert (poll.ready, poll.refused, poll.failure) == ({"000"}, 1, None)

    @pytest.mark.parametrize("extensions", [10, 40])
    @pytest.mark.parametrize(
        "server",
        [
            lambda: AtATime(5),
            lambda: AtATime(2, reset),
            lambda: PerTime(20, 0.2, seconds=0.003),
            lambda: Bucket(10, 20),
        ],
    )
    def test_every_extension_answers_a_poll_that_is_not_spread(
        self, server: Callable[[], Server], extensions: int
    ) -> None:
        async def run() -> Account:
            account = Account(server(), extensions)
            account.polls.append(Poll())
            await account.poller.poll(account.ids)
            await account.poller.finish()
            return account

        assert len(run_in_virtual_time(run()).ready) == extensions


class TestRateLimit:
    def test_answers_are_kept_while_the_pause_grows(self) -> None:
        async def run() -> tuple[Account, list[Poll]]:
            account = Account(PerMinute(60, tells_time=False), 40)
            return account, await account.run(10)

        account, polls = run_in_virtual_time(run())
        limited = [each for each in polls if each.is_limited]
        assert len(account.ready) == 40
        assert all(each.failure is None and each.refused <= 3 for each in polls)
        assert max(each.pause for each in limited) > 2 * limited[0].pause
        assert limited[0].pause == pytest.approx(10, abs=1)

    def test_pause_ends_after_retry_after(self) -> None:
        polls = poll_account(PerMinute(60, tells_time=True), 20, polls=8)
        # A minute's budget is 1.5 polls.
        assert [each.refused > 0 for each in polls] == [False, True] * 4
        assert all(each.is_limited is (each.refused > 0) for each in polls)

    def test_no_request_starts_after_a_rate_limit(self) -> None:
        server = Partly(lambda: RateLimitedError(30.0), 0.01)
        (poll,) = poll_account(server, 40, polls=1)
        assert poll.requests == 3
        assert (poll.is_limited, poll.failure, poll.published) == (True, None, set())
        assert poll.pause == pytest.approx(30, abs=1)

    def test_rate_limits_at_the_same_time_lengthen_the_pause_once(self) -> None:
        server = Partly(lambda: RateLimitedError(None), 0.01)
        polls = poll_account(server, 40, polls=4)
        pauses = [each.pause for each in polls]
        assert pauses == pytest.approx([10, 20, 40, 80], abs=1)

    def test_pause_does_not_grow_after_a_poll_with_answers(self) -> None:
        polls = poll_account(Limiting(), 40, polls=4)
        assert [each.pause for each in polls] == pytest.approx([10] * 4, abs=1)


class TestOutage:
    @pytest.mark.parametrize(
        ("error", "after", "extensions", "requests", "longest"),
        [
            (hang, TIMEOUT, 40, 3, 5.1),
            (hang, TIMEOUT, 1, 1, 5.1),
            (reset, 0.01, 40, 10, 2),
            (reset, 0.01, 2, 7, 2),
            (reset, 0.01, 1, 4, 1),
            (busy, 0.01, 40, 10, 2),
            (refused_connection, 0.01, 40, 10, 2),
            (unknown_name, 0.01, 40, 3, 0.1),
            (unknown_name, TIMEOUT, 100, 3, 5.1),
        ],
    )
    def test_server_without_answers_gets_few_requests(
        self, error: MakeError, after: float, extensions: int, requests: int, longest: float
    ) -> None:
        polls = poll_account(Partly(error, after), extensions, polls=5)
        for each in polls:
            assert each.failure == error().failure
            assert each.requests <= requests
            assert each.seconds < longest
            assert each.pace == Pace()

    @pytest.mark.parametrize(
        ("error", "after", "longest"), [(hang, TIMEOUT, 21), (reset, 0.01, 14), (busy, 0.01, 14)]
    )
    def test_poll_ends_if_the_server_stops_answering(
        self, error: MakeError, after: float, longest: float
    ) -> None:
        (poll,) = poll_account(Dying(error, after, {"none"}), 40, polls=1)
        assert poll.failure is None
        assert 15 <= len(poll.ready) <= 20
        assert len(poll.published) == 40
        assert poll.seconds < longest
        assert poll.refused <= 60
        assert poll.pace == Pace()

    def test_poll_of_a_large_account_ends_if_the_server_stops_answering(self) -> None:
        server = Dying(hang, TIMEOUT, {"none"})
        (poll,) = poll_account(server, 300, polls=1)
        assert poll.seconds < 30
        assert len(poll.published) == 300
        assert server.most_open <= 16

    def test_pace_is_kept_during_an_outage(self) -> None:
        async def run() -> list[Pace]:
            account = Account(AtATime(1), 10)
            before = (await account.poll()).pace
            account.server = Partly(reset, 0.01)
            during = (await account.poll()).pace
            account.server = AtATime(1)
            poll = await account.poll()
            await account.poller.stop()
            assert poll.refused == 0
            return [before, during, poll.pace]

        assert set(run_in_virtual_time(run())) == {Pace(window=1, ceiling=2)}

    def test_every_extension_answers_in_the_first_poll_after_an_outage(self) -> None:
        async def run() -> list[Poll]:
            account = Account(Server(), 20)
            await account.poll()
            account.server = Partly(hang, TIMEOUT)
            await account.run(3)
            account.server = Server()
            return await account.run(2)

        _, poll = run_in_virtual_time(run())
        assert len(poll.ready) == 20

    def test_pause_is_not_shorter_after_a_limited_poll(self) -> None:
        polls = poll_account(Partly(lambda: RateLimitedError(None), 0.01), 1, polls=2)
        assert [each.pause for each in polls] == pytest.approx([10, 20], abs=1)


class TestFailingExtensions:
    @pytest.mark.parametrize(
        ("error", "after", "longest"),
        [(hang, TIMEOUT, 15), (reset, 0.01, 15), (reset, 3, 25), (busy, 0.01, 15)],
    )
    @pytest.mark.parametrize("start", range(0, 80, 20))
    def test_other_extensions_answer_from_the_first_poll_on(
        self, error: MakeError, after: float, longest: float, start: int
    ) -> None:
        failing = {f"{(start + 5 * number) % 100:03}" for number in range(16)}
        polls = poll_account(Partly(error, after, failing), 100, interval=30, polls=4)
        for each in polls:
            assert len(each.ready) == 84
            assert each.failure is None
        assert polls[0].seconds < longest
        assert all(each.seconds < 4 for each in polls[1:])
        # Failing extensions are asked once in each later poll.
        assert all(each.refused <= 16 for each in polls[1:])
        assert polls[-1].pace == Pace()

    @pytest.mark.parametrize("seed", range(8))
    def test_other_extensions_answer_in_any_order(self, seed: int) -> None:
        random = Random(seed)  # noqa: S311 - no cryptography
        failing = {f"{number:03}" for number in random.sample(range(40), 8)}
        polls = poll_account(Partly(hang, TIMEOUT, failing), 40, polls=3)
        assert all(len(each.ready) == 32 for each in polls[1:])
        assert all(each.seconds < 4 for each in polls[1:])

    @pytest.mark.parametrize(
        ("error", "after"), [(hang, TIMEOUT), (reset, 3.0), (reset, 0.01), (busy, 0.2)]
    )
    @pytest.mark.parametrize("interval", [5, 10])
    def test_failing_extension_of_two_never_delays_the_other(
        self, error: MakeError, after: float, interval: float
    ) -> None:
        polls = poll_account(Partly(error, after, {"000"}), 2, interval=interval, polls=6)
        assert polls[0].seconds < 3
        assert all(each.seconds < 0.5 for each in polls[1:])
        assert all(each.ready == {"001"} for each in polls)
        # The failure is published.
        assert set.union(*(each.published for each in polls[:2])) == {"000", "001"}

    def test_refusals_of_one_extension_do_not_change_the_pace(self) -> None:
        polls = poll_account(Partly(reset, 0.01, {"000"}), 10, polls=2)
        assert polls[0].refused == 4
        assert polls[1].refused == 1
        assert {each.pace for each in polls} == {Pace()}

    def test_refusals_of_one_extension_do_not_hide_a_limit(self) -> None:
        class Both(AtATime):
            @override
            async def serve(self, extension_id: str) -> None:
                if extension_id == "004":
                    await self.refuse(reset())
                await super().serve(extension_id)

        polls = poll_account(Both(1), 10, polls=3)
        assert all(len(each.ready) == 9 for each in polls)
        assert polls[-1].pace.window == 1

    def test_single_timeout_does_not_change_the_pace(self) -> None:
        class OneHangs(Server):
            @override
            async def serve(self, extension_id: str) -> None:
                await self.answer_after(9 if extension_id == "002" else 2.3)

        (poll,) = poll_account(OneHangs(), 3, polls=1)
        assert len(poll.ready) == 2
        assert poll.pace == Pace()

    def test_several_timeouts_slow_down(self) -> None:
        class TwoAnswer(Server):
            @override
            async def serve(self, extension_id: str) -> None:
                await self.answer_after(2.4 if extension_id in {"000", "001"} else 9)

        (poll,) = poll_account(TwoAnswer(), 5, polls=1)
        assert poll.pace == Pace(window=1, ceiling=2)

    def test_failing_extension_that_recovers_is_published(self) -> None:
        async def run() -> set[str]:
            account = Account(Partly(hang, TIMEOUT, {"000"}), 3)
            await account.run(2)
            account.server = Server()
            await account.run(2)
            return account.ready

        assert run_in_virtual_time(run()) == {"000", "001", "002"}

    @pytest.mark.parametrize(
        "error", [lambda: FaultError(1, "no"), lambda: UnusableAnswerError("")]
    )
    def test_extension_with_a_fault_or_unusable_answer_is_asked_once(
        self, error: MakeError
    ) -> None:
        (poll,) = poll_account(Partly(error, 0.01, {"000", "001"}), 3, polls=1)
        assert poll.refused == 2
        assert len(poll.published) == 3
        assert poll.failure is None

    def test_poll_with_only_faults_has_no_failure(self) -> None:
        (poll,) = poll_account(Partly(lambda: FaultError(1, "no"), 0.01), 3, polls=1)
        assert poll.failure is None
        assert len(poll.published) == 3


class TestPoller:
    @staticmethod
    def poller(
        ask: Callable[[str], Awaitable[ExtensionState]], results: dict[str, Result]
    ) -> Poller:
        return Poller(ask, Pacer(), results.__setitem__)

    def test_healthy_extensions_are_asked_before_failing_ones(self) -> None:
        asked: list[str] = []

        async def ask(extension_id: str) -> ExtensionState:
            asked.append(extension_id)
            await asyncio.sleep(0.1)
            return STATE

        async def run() -> list[str]:
            poller = self.poller(ask, {})
            await poller.poll(["3", "1", "4"], ["2", "5"])
            returned = list(asked)
            await asyncio.sleep(1)
            return returned

        assert run_in_virtual_time(run()) == ["3", "1", "4"]
        assert asked == ["3", "1", "4", "2", "5"]

    def test_request_in_progress_is_not_repeated_by_the_next_poll(self) -> None:
        asked: list[str] = []

        async def ask(extension_id: str) -> ExtensionState:
            asked.append(extension_id)
            await asyncio.sleep(4.5 if extension_id == "1" else 0.1)
            return STATE

        async def run() -> dict[str, Result]:
            results: dict[str, Result] = {}
            poller = self.poller(ask, results)
            await poller.poll(["1", "2"])
            assert results == {"2": STATE}
            await poller.poll(["1", "2"])
            assert results == {"2": STATE}
            await poller.finish()
            return results

        assert run_in_virtual_time(run()) == {"1": STATE, "2": STATE}
        assert sorted(asked) == ["1", "2", "2"]

    def test_refused_extension_is_asked_again_while_an_earlier_request_hangs(self) -> None:
        asked: list[str] = []

        async def ask(extension_id: str) -> ExtensionState:
            asked.append(extension_id)
            await asyncio.sleep(4 if extension_id == "hangs" else 0.1)
            if asked.count(extension_id) == 2:
                raise busy()
            return STATE

        async def run() -> dict[str, Result]:
            results: dict[str, Result] = {}
            poller = self.poller(ask, results)
            await poller.poll(["1"], ["hangs"])
            await asyncio.sleep(1)
            await poller.poll(["1"], ["hangs"])
            await poller.stop()
            return results

        assert run_in_virtual_time(run()) == {"1": STATE}
        assert asked == ["1", "hangs", "1", "1"]

    def test_refusal_after_the_end_of_a_poll_is_published(self) -> None:
        (poll,) = poll_account(Late(), 2, polls=1)
        assert poll.seconds < 3.5
        assert poll.published == {"000", "001"}

    def test_late_timeout_of_an_earlier_poll_does_not_count(self) -> None:
        async def ask(extension_id: str) -> ExtensionState:
            if extension_id == "fast":
                await asyncio.sleep(0.1)
                return STATE
            if extension_id == "slow":
                await asyncio.sleep(6)
                return STATE
            await asyncio.sleep(TIMEOUT)
            raise hang()

        async def run() -> tuple[Failure | None, dict[str, Result]]:
            results: dict[str, Result] = {}
            poller = self.poller(ask, results)
            await poller.poll(["fast", "hangs"])
            await poller.poll(["slow"])
            return poller.failure, results

        failure, results = run_in_virtual_time(run())
        assert failure is None
        assert results == {"fast": STATE, "hangs": hang().failure, "slow": STATE}

    def test_poll_waits_for_an_answer_as_long_as_the_slowest_one_took(self) -> None:
        async def ask(extension_id: str) -> ExtensionState:
            await asyncio.sleep(float(extension_id))
            return STATE

        async def run() -> set[str]:
            results: dict[str, Result] = {}
            poller = self.poller(ask, results)
            await poller.poll(["3", "5.5", "9.5"])
            found = set(results)
            await poller.stop()
            return found

        assert run_in_virtual_time(run()) == {"3", "5.5", "9.5"}

    def test_stop_cancels_all_requests(self) -> None:
        cancelled: list[str] = []

        async def ask(extension_id: str) -> ExtensionState:
            try:
                await asyncio.sleep(0.1 if extension_id == "1" else inf)
            except asyncio.CancelledError:
                cancelled.append(extension_id)
                raise
            return STATE

        async def run() -> None:
            poller = self.poller(ask, {})
            await poller.poll(["1", "2"], ["3"])
            await asyncio.sleep(1)
            await poller.stop()
            assert asyncio.all_tasks() == {asyncio.current_task()}

        run_in_virtual_time(run())
        assert sorted(cancelled) == ["2", "3"]

    def test_eager_tasks_are_supported(self) -> None:
        async def ask(extension_id: str) -> ExtensionState:
            return STATE

        async def run() -> dict[str, Result]:
            results: dict[str, Result] = {}
            loop = asyncio.get_running_loop()
            poller = Poller(
                ask,
                Pacer(),
                results.__setitem__,
                lambda coroutine: asyncio.Task(coroutine, loop=loop, eager_start=True),
            )
            for _ in range(2):
                await poller.poll(["1", "2", "3", "4"])
            await poller.finish()
            return results

        assert len(run_in_virtual_time(run())) == 4

    def test_unexpected_error_is_raised(self) -> None:
        async def ask(extension_id: str) -> ExtensionState:
            raise ZeroDivisionError

        async def run() -> None:
            with pytest.raises(ZeroDivisionError):
                await self.poller(ask, {}).poll(["1"])

        run_in_virtual_time(run())

    def test_poll_without_extensions_has_no_failure(self) -> None:
        async def ask(extension_id: str) -> ExtensionState:
            return STATE

        async def run() -> Failure | None:
            poller = self.poller(ask, {})
            await poller.poll([])
            return poller.failure

        assert run_in_virtual_time(run()) is None
