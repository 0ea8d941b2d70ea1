"""What a fault is, and which requests it hits."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
import inspect
from typing import Any, Final, Literal

from . import answers
from .agents import AgentState
from .answers import Member
from .calls import Method
from .dialect import Dialect

type Effect = Literal["true", "true_or_failed", "unknown", "failed"]
"""What a client may read from the answer: the right state, the right state or an error, an unknown
value, or an error."""

FIRST: Final = frozenset((Method.AGENT_AVAIL,))
SECOND: Final = frozenset((Method.EXTENSION_STATUS,))
BOTH: Final = FIRST | SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A request, as far as it could be read, and the right answer to it.

    `xml` is the answer. It reports `state` in a struct of `members`; if the call was rejected,
    `state` is None, there are no members, and `xml` is an XML-RPC fault with the code `fault_code`.
    `base_url` is the root of the simulator, without a slash, `now` the time of the server's clock.
    """

    method: Method | None
    params: Mapping[str, str]
    dialect: Dialect
    state: AgentState | None
    fault_code: int | None
    members: list[Member]
    xml: str
    base_url: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the server does instead.

    - `body`, or `chunks`: an iterator over bytes that need not fit into memory.
    - `declared_length`: a Content-Length for `chunks`; without it they are sent chunked.
    - `state`: the state in the reply, if it can be read; else None.
    - `fault_code`: the code with which it rejects the call.
    - `interim`: an HTTP response that is sent again and again for `interim_seconds` before.
    - `delay`: wait so many seconds before the answer; `pause`: and before each byte of the body.
    - `cut_after`: close the connection after so many bytes of `body`; 0 sends nothing at all.
    - `idle_seconds`: if no request comes for so long, send the bytes `behind`, or close the
      connection if there are none.
    - `afterwards`: the fault of the next request on this connection.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    state: AgentState | None = None
    fault_code: int | None = None
    chunks: Callable[[], Iterator[bytes]] | None = None
    declared_length: int | None = None
    interim: bytes = b""
    interim_seconds: float = 0.0
    delay: float = 0.0
    pause: float | None = None
    cut_after: int | None = None
    behind: bytes = b""
    idle_seconds: float | None = None
    afterwards: Literal["reset_on_reuse", "silent_on_reuse"] | None = None


def normal_reply(context: Context) -> Reply:
    """Return the right answer."""
    body = answers.encoded(context.xml)
    return Reply(body=body, state=context.state, fault_code=context.fault_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of the server or the network.

    - `effect`: what a client may read from an affected call, with the default parameters.
    - `note`: a short description.
    - `reply`: makes the reply to a `Context`; its keyword arguments are the fault's parameters.
    - `methods`: the calls that can be hit.
    - `of_state`: only an answer that reports a state can be hit, not one that is a fault.
    - `whole_server`: hits the whole server, and cannot be narrowed to some requests.
    """

    name: str
    effect: Effect
    note: str
    reply: Callable[..., Reply]
    methods: frozenset[Method] = BOTH
    of_state: bool = False
    whole_server: bool = False

    @property
    def parameters(self) -> Mapping[str, object]:
        """The defaults of the parameters, by name."""
        found = inspect.signature(self.reply).parameters.values()
        return {each.name: each.default for each in found if each.kind is each.KEYWORD_ONLY}

    def check(self, parameters: Mapping[str, object]) -> None:
        """Raise `ValueError` or `TypeError` for an invalid parameter."""
        known = self.parameters
        if unknown := sorted(set(parameters) - set(known)):
            raise ValueError(f"{self.name} has no {', '.join(unknown)} (known: {', '.join(known)})")
        for name, value in parameters.items():
            wanted = type(known[name])
            numbers = (int, float) if wanted is float else wanted
            if isinstance(value, bool) is not (wanted is bool) or not isinstance(value, numbers):
                raise TypeError(f"{name} must be of type {wanted.__name__}")
            if name == "status" and value not in range(200, 600):
                raise ValueError("status must be from 200 to 599")
            if isinstance(value, float) and not value >= 0:
                raise ValueError(f"{name} must not be below 0")


FAULTS: Final[dict[str, Fault]] = {}


def fault(
    effect: Effect,
    note: str,
    *,
    name: str | None = None,
    **options: Any,  # noqa: ANN401 - the other fields of `Fault`
) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
    """Register a function as a fault; by default under its own name."""

    def register(reply: Callable[..., Reply]) -> Callable[..., Reply]:
        key = name or reply.__name__
        FAULTS[key] = Fault(name=key, effect=effect, note=note, reply=reply, **options)
        return reply

    return register


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveFault:
    """An active fault, limited to requests of `method` and for `extension_id`.

    Raises `ValueError` or `TypeError` for invalid values.
    """

    fault: Fault
    method: Method | None = None
    extension_id: str | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Validate the fields, which may be user input."""
        self.fault.check(self.parameters)
        if self.fault.whole_server and (self.method, self.extension_id) != (None, None):
            raise ValueError(f"{self.fault.name} hits the whole server, not some requests")
        if self.method is not None and self.method not in self.fault.methods:
            raise ValueError(f"{self.fault.name} cannot hit {self.method}")

    def hits(self, context: Context, extension_id: str | None) -> bool:
        """Return whether a request is affected."""
        return (
            not self.fault.whole_server
            and not (self.fault.of_state and context.state is None)
            and context.method in {None, *self.fault.methods}
            and self.method in {None, context.method}
            and self.extension_id in {None, extension_id}
        )
