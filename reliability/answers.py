"""The bytes of every answer in the simulator's catalogue, for whoever reads answers and no HTTP."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from time import thread_time_ns

from custom_components.belfabriek.api import FaultError, UnusableAnswerError, decode_response
from custom_components.belfabriek.api.client import MAX_ANSWER
from simulator import CATALOGUE, AgentState, Dialect, FaultKind, FaultRule, Method, answers
from simulator.faults.exchange import Exchange, Reply
from simulator.service import members

PARAMS = {
    Method.AGENT_AVAIL: {"accountCode": "0057193846", "extensionId": "01001"},
    Method.EXTENSION_STATUS: {
        "supId": "7081", "manId": "9062", "accountCode": "60718293", "extensionId": "01001"
    },
}  # fmt: skip
_DEEPEST = 1_400
"""Levels of nesting that fit into the bytes that the client reads."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server sends in one exchange, as far as the client would read it."""

    kind: FaultKind
    method: Method
    body: bytes
    whole: bool
    """Whether that is all: of a longer answer, the client decodes nothing."""


@dataclass(frozen=True, slots=True)
class DecodeTime:
    """How long `decode_response` took for an answer, in milliseconds of the thread's own time."""

    answer: Answer
    worst: float
    median: float


def catalogue_answers(state: AgentState | None = None) -> Iterator[Answer]:
    """Yield the answer of every kind and method, about an agent in `state`."""
    for kind, entry in CATALOGUE.items():
        if entry.make is None:
            continue
        for method in sorted(entry.methods):
            exchange = _exchange(method, state or AgentState(call_state="called"))
            yield _answer(kind, method, entry.make(exchange, FaultRule(kind)))
            if kind is FaultKind.NESTING:
                # By default too long to be decoded at all.
                rule = FaultRule(kind, size=_DEEPEST)
                yield _answer(kind, method, entry.make(exchange, rule))


def time_decoding(answer: Answer, repetitions: int) -> DecodeTime:
    """Decode an answer again and again. An exception that is not ours goes through."""
    times = []
    for _ in range(repetitions):
        began = thread_time_ns()
        with suppress(FaultError, UnusableAnswerError):
            decode_response(answer.body)
        times.append((thread_time_ns() - began) / 1e6)
    times.sort()
    return DecodeTime(answer, worst=times[-1], median=times[len(times) // 2])


def _answer(kind: FaultKind, method: Method, reply: Reply) -> Answer:
    body = reply.body
    if reply.chunks is not None:
        # Each chunk holds at least a hundred bytes, so this is more than the client reads.
        body = b"".join(islice(reply.chunks(), MAX_ANSWER // 100))
    return Answer(kind, method, body[:MAX_ANSWER], len(body) <= MAX_ANSWER)


def _exchange(method: Method, state: AgentState) -> Exchange:
    dialect = Dialect()
    told = members(method, state, dialect)
    return Exchange(
        method=method,
        params=PARAMS[method],
        dialect=dialect,
        state=state,
        fault_code=None,
        members=told,
        xml=answers.response(answers.struct(told)),
        base_url="http://127.0.0.1:8480",
        now=datetime.now(UTC),
    )
