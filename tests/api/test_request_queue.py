import asyncio

import pytest

from custom_components.belfabriek.api import (
    BelfabriekError,
    CannotConnectError,
    NotTriedError,
    RequestQueue,
    RequestTimeoutError,
    UnusableAnswerError,
)


class Server:
    """Answers after one turn of the event loop, and knows what was under way."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.errors: dict[str, BelfabriekError] = {}
        self.held: dict[str, asyncio.Event] = {}
        self.taken: dict[str, str | BelfabriekError] = {}
        self.most = 0
        self._under_way = 0

    async def call(self, extension_id: str) -> str:
        self.asked.append(extension_id)
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        await asyncio.sleep(0)
        if extension_id in self.held:
            await self.held[extension_id].wait()
        self._under_way -= 1
        if extension_id in self.errors:
            raise self.errors[extension_id]
        return f"answer to {extension_id}"

    def take(self, extension_id: str, answer: str | BelfabriekError) -> None:
        assert extension_id not in self.taken
        self.taken[extension_id] = answer

    def queue(self, count: int) -> RequestQueue:
        queue = RequestQueue()
        for number in range(count):
            queue.add(self.call, str(number), self.take)
        return queue

    @property
    def not_tried(self) -> set[str]:
        return {key for key, each in self.taken.items() if isinstance(each, NotTriedError)}


async def test_every_call_is_made_eight_at_a_time_in_order() -> None:
    server = Server()
    await server.queue(20).run()
    assert server.taken == {str(number): f"answer to {number}" for number in range(20)}
    assert server.asked == [str(number) for number in range(20)]
    assert server.most == 8


async def test_what_an_answer_leads_to_comes_before_what_waits() -> None:
    server = Server()
    queue = server.queue(9)

    def ask_again(extension_id: str, answer: str | BelfabriekError) -> None:
        queue.add_next(server.call, "next", server.take)

    queue.add_next(server.call, "first", ask_again)
    await queue.run()
    assert server.asked == ["first", *"0123456", "next", *"78"]


async def test_an_error_is_taken_without_what_led_to_it() -> None:
    server = Server()
    error = server.errors["1"] = UnusableAnswerError("no XML")
    error.__context__ = ValueError("the whole answer")
    await server.queue(3).run()
    kept = server.taken["1"]
    assert isinstance(kept, UnusableAnswerError)
    assert kept.__context__ is None
    assert kept.__traceback__ is None
    assert server.taken["2"] == "answer to 2"


async def test_after_a_round_of_failures_the_rest_is_not_tried() -> None:
    server = Server()
    server.errors = {str(number): RequestTimeoutError("late") for number in range(100)}
    await server.queue(100).run()
    assert len(server.taken) == 100
    assert len(server.asked) <= 16
    assert server.not_tried == set(server.taken) - set(server.asked)


@pytest.mark.parametrize("error", [None, UnusableAnswerError("HTTP status 500")])
async def test_a_server_that_answers_anything_is_not_given_up(
    error: BelfabriekError | None,
) -> None:
    server = Server()
    for number in range(100):
        if number % 8:
            server.errors[str(number)] = CannotConnectError("hung up")
        elif error is not None:
            server.errors[str(number)] = error
    await server.queue(100).run()
    assert server.not_tried == set()
    assert len(server.asked) == 100


async def test_an_answer_that_was_under_way_saves_those_that_wait() -> None:
    server = Server()
    server.held["0"] = asyncio.Event()
    server.errors = {str(number): CannotConnectError("hung up") for number in range(1, 15)}
    running = asyncio.create_task(server.queue(40).run())
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(server.asked) < 20
    server.most = 0
    server.held["0"].set()
    await running
    assert server.most == 8
    assert server.not_tried == set()
    assert server.taken["39"] == "answer to 39"


async def test_a_mistake_of_ours_is_raised_and_ends_the_other_calls() -> None:
    server = Server()
    server.held["0"] = asyncio.Event()
    queue = server.queue(20)

    def fail(extension_id: str, answer: str | BelfabriekError) -> None:
        raise RuntimeError("a mistake")

    queue.add_next(server.call, "first", fail)
    with pytest.RaisesGroup(RuntimeError):
        await queue.run()
    asked = len(server.asked)
    await asyncio.sleep(0.01)
    assert len(server.asked) == asked < 21


async def test_nothing_to_ask_is_over_at_once() -> None:
    await RequestQueue().run()
