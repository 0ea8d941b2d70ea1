"""One request and its honest answer, and what goes over the wire in its place."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from simulator import answers
from simulator.agents import AgentState
from simulator.dialect import Dialect
from simulator.service import Method

from .rules import FaultRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request, as far as it was understood, and the honest answer.

    `xml` is the answer. It reports `state` in a struct of `members`; if the call was rejected,
    `state` is None, there are no members, and `xml` is an XML-RPC fault with the code `fault_code`.
    `base_url` is the root of the simulator, without a slash.
    """

    method: Method | None
    params: Mapping[str, str]
    dialect: Dialect
    state: AgentState | None
    fault_code: int | None
    members: Sequence[answers.Member]
    xml: str
    base_url: str
    now: datetime


class Afterwards(Enum):
    """What becomes of the connection once the answer is sent."""

    KEEP = "keep"
    CLOSE_WHEN_IDLE = "close when idle"
    RESET_ON_REUSE = "reset on reuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the server really does.

    - `body`, or `chunks`: an iterator over bytes that are never in memory as a whole.
    - `declared_length`: a Content-Length for `chunks`; without it they are sent chunked.
    - `state`: what the reply reports of the agent, if it can be read; else None.
    - `fault_code`: the code with which it rejects the call, if it is honest in that.
    - `cut_after`: close the connection after so many bytes of `body`; 0 sends nothing at all.
    - `pause`: send the body byte by byte, waiting so many seconds before each.
    - `afterwards`, `idle_seconds`: what happens to the connection, and when.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    state: AgentState | None = None
    fault_code: int | None = None
    chunks: Callable[[], Iterator[bytes]] | None = None
    declared_length: int | None = None
    cut_after: int | None = None
    pause: float | None = None
    afterwards: Afterwards = Afterwards.KEEP
    idle_seconds: float = 0.0


type Make = Callable[[Exchange, FaultRule], Reply]
"""A pure function that spoils an exchange."""


def honest(exchange: Exchange, _rule: FaultRule | None = None) -> Reply:
    """Reply as if nothing was wrong."""
    return Reply(
        body=answers.encoded(exchange.xml), state=exchange.state, fault_code=exchange.fault_code
    )
