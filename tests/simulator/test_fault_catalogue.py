"""The catalogue tells the truth: what it calls true, failed and unknown is that on the wire.

The reader in here knows nothing of the client under test. It is lenient where the vendor's server
is expected to be careless, and strict in everything else.
"""

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from xml.parsers import expat

import pytest

from simulator import CATALOGUE, Effect, FaultKind, FaultRule, Method, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Raw, RawAnswer

CLIENT_LIMIT = 64 * 1024
QUICK = {FaultKind.DELAY: 0.01, FaultKind.DRIP: 0.0}
"""With the default seconds a client gives up on these; with fewer they are honest."""
CASES = [
    (kind, method)
    for kind, entry in CATALOGUE.items()
    if entry.make is not None and kind not in QUICK
    for method in sorted(entry.methods)
]


class UnreadableError(Exception):
    """There is no telling what the server said."""


def without_doctype(body: bytes) -> None:
    def refuse(*_: object) -> None:
        raise UnreadableError

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(body, True)


def parsed(body: bytes) -> ET.Element:
    """Read XML: blank lines and undeclared Windows-1252 do no harm, a DOCTYPE does."""
    utf_16 = body[:2] in {b"\xff\xfe", b"\xfe\xff"}
    body = body if utf_16 else body.lstrip()
    if not utf_16 and not body.startswith((b"<?xml", b"\xef\xbb\xbf")):
        try:
            body.decode()
        except UnicodeDecodeError:
            body = body.decode("windows-1252").encode()
    try:
        without_doctype(body)
        return ET.fromstring(body)
    except (expat.ExpatError, ET.ParseError, LookupError, ValueError) as err:
        raise UnreadableError from err


def understood(answer: RawAnswer) -> dict[str, str]:
    """Return the members' texts by name; `UnreadableError` for everything that is not an answer."""
    if (
        answer.status != 200
        or "Content-Encoding" in answer.headers
        or len(answer.body) > CLIENT_LIMIT
        or len(answer.body) < int(answer.headers.get("Content-Length", "0"))
    ):
        raise UnreadableError
    root = parsed(answer.body)
    struct = root.find("params/param/value/struct")
    if root.tag != "methodResponse" or struct is None:
        raise UnreadableError
    found: dict[str, str] = {}
    for name, value in struct:
        inner = value[0] if len(value) else value
        text = inner.text or ""
        if inner.tag not in {"i4", "string", "array", "value"}:
            text = ""
        if found.setdefault(name.text or "", text) != text:
            raise UnreadableError
    return found


def wanted(method: Method, simulator: Simulator) -> dict[str, str]:
    """Return what an honest answer says."""
    state = simulator.extension("01001").state
    if method is Method.AGENT_AVAIL:
        return {
            "available": str(int(state.available)),
            "availReason": state.reason,
            "endpoint": state.endpoint,
        }
    return {"Available": state.call_state}


def matters(method: Method, found: dict[str, str]) -> bool:
    """Whether the member that matters most is there, as what the document knows."""
    if method is Method.AGENT_AVAIL:
        return found.get("available") in {"0", "1"}
    return found.get("Available") in {"idle", "calling", "called", "wrapup"}


def test_every_kind_is_in_the_catalogue() -> None:
    assert list(CATALOGUE) == list(FaultKind)
    assert all(entry.note for entry in CATALOGUE.values())


@pytest.mark.parametrize("available", [True, False])
@pytest.mark.parametrize(("kind", "method"), CASES)
async def test_what_the_catalogue_says_of_a_fault_is_so(
    simulator: Simulator, raw: Raw, kind: FaultKind, method: Method, available: bool
) -> None:
    simulator.extension("01001").set(
        available=available, reason="pause" if not available else "-", call_state="called"
    )
    expected = wanted(method, simulator)
    size = 200_000 if kind.startswith(("huge", "gzip")) else None
    await simulator.inject(FaultRule(kind, size=size))
    answer = await raw(simulator, method)
    try:
        found = understood(answer)
    except UnreadableError:
        found = {}
    carries_the_truth = expected.items() <= found.items()
    match CATALOGUE[kind].effect:
        case Effect.TRUE:
            assert carries_the_truth
        case Effect.FAILED:
            assert not matters(method, found)
        case Effect.TRUE_OR_FAILED:
            assert carries_the_truth or not matters(method, found)
        case Effect.UNKNOWN:
            assert not carries_the_truth
            same = [name for name, text in expected.items() if found.get(name) == text]
            assert len(same) == len(expected) - 1
    # What the journal says was reported is what a reader finds, if anything.
    reported = simulator.requests[-1].state
    if CATALOGUE[kind].effect is Effect.FAILED:
        assert reported is None
    elif CATALOGUE[kind].effect in {Effect.TRUE, Effect.TRUE_OR_FAILED}:
        assert reported is simulator.extension("01001").state


@pytest.mark.parametrize(("kind", "seconds"), QUICK.items())
async def test_slow_answers_are_honest_for_who_waits(
    simulator: Simulator, raw: Raw, kind: FaultKind, seconds: float
) -> None:
    await simulator.inject(FaultRule(kind, seconds=seconds))
    found = understood(await raw(simulator))
    assert found == wanted(Method.AGENT_AVAIL, simulator)
