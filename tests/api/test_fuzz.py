"""Arbitrary answers: only documented errors, no wrong state, no leaked secret, no slow parsing."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
import re
import time

from hypothesis import given, strategies as st
import pytest

from custom_components.belfabriek.api import (
    AgentAvailability,
    ExtensionState,
    FaultError,
    Status,
    UnusableAnswerError,
    decode_response,
)
from custom_components.belfabriek.api.models import call_state_from_answer
from custom_components.belfabriek.api.redaction import Redactor, mask_answer, shape_of

SLOWEST = 0.005
"""Maximum CPU time in seconds for reading one answer."""
MAX_ANSWER = 16 * 1024

ANSWERS = [
    path.read_bytes().split(b"\r\n\r\n", 1)[-1]
    for path in sorted((Path(__file__).parent / "answers").glob("*/*"))
]
TEMPLATE = (
    b"<methodResponse><params><param><value><struct>%b"
    b"</struct></value></param></params></methodResponse>"
)
MEMBER = b"<member><name>availReason</name><value>%b</value></member>"
PIECES = re.compile(rb"<[^<>]*>|[^<]+|<")
JUNK = st.sampled_from(
    [
        *(b"&", b"<", b">", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?xml", b"?>", b"\0", b"\x1b"),
        *(b"&eacute;", b"&nbsp;", b"&#0;", b"&#x110000;", b"&amp;", b"&x", b"\xe9", b"\xff\xfe"),
        *(b"\xef\xbb\xbf", b"\r\n\r\n", b"<br>", b"</b>", b"<x:y>", b"<!DOCTYPE a>", b"<nil/>"),
        *(b"<struct>", b"</struct>", b"<member>", b"</member>", b"<value>", b"</value>"),
        *(b"<fault>", b"</fault>", b"<name>", b"</name>", b"0" * 300, b"<a" + b" b='c'" * 60),
    ]
)


def read(body: bytes) -> ExtensionState | str | None:
    """Return the meaning of an answer; `None` if it is refused in a documented way."""
    try:
        members = decode_response(body)
        try:
            return ExtensionState(availability=AgentAvailability.from_answer(members))
        except UnusableAnswerError:
            return call_state_from_answer(members)
    except FaultError, UnusableAnswerError:
        return None


@st.composite
def broken_answers(draw: st.DrawFn) -> bytes:
    """Return a recorded answer with some parts removed, doubled, moved or damaged."""
    pieces = PIECES.findall(draw(st.sampled_from(ANSWERS)))
    for _ in range(draw(st.integers(1, 6))):
        if not pieces:
            break
        index = draw(st.integers(0, len(pieces) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                del pieces[index]
            case 1:
                pieces.insert(index, pieces[index])
            case 2:
                pieces.insert(index, draw(JUNK))
            case 3:
                pieces[index] = pieces[index][: draw(st.integers(0, 20))]
            case _:
                other = draw(st.integers(0, len(pieces) - 1))
                pieces[index], pieces[other] = pieces[other], pieces[index]
    body = b"".join(pieces)
    return body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body


@given(broken_answers())
def test_broken_answer_is_a_known_state_or_refused(body: bytes) -> None:
    state = read(body)
    if isinstance(state, ExtensionState):
        assert (state.status is None) == (state.unrecognized is not None)


@st.composite
def answers_with_a_known_state(draw: st.DrawFn) -> tuple[bytes, bool, str]:
    """Return an answer with some tags removed or doubled, and its availability and endpoint."""
    available = draw(st.booleans())
    endpoint = draw(st.from_regex(r"[0-9]{4,15}", fullmatch=True))
    values = {
        "available": f"<i4>{available:d}</i4>",
        "availReason": "<string>pause</string>",
        "endpoint": f"<string>{endpoint}</string>",
        "other": draw(st.sampled_from(["<i4>1</i4>", "<i4>0</i4>", "<string>99</string>"])),
    }
    members = [
        f"<member><name>{name}</name><value>{value}</value></member>"
        for name, value in values.items()
    ]
    body = TEMPLATE % "".join(draw(st.permutations(members))).encode()
    tags = re.findall(rb"<[^<>]*>|[^<]+", body)
    structure = [index for index, tag in enumerate(tags) if tag.startswith(b"<")]
    for index in sorted(draw(st.sets(st.sampled_from(structure), max_size=4)), reverse=True):
        tags[index : index + 1] = [tags[index]] * draw(st.sampled_from([0, 2]))
    return b"".join(tags), available, endpoint


@given(answers_with_a_known_state())
def test_lost_and_doubled_tags_never_change_the_state(
    answer: tuple[bytes, bool, str],
) -> None:
    body, available, endpoint = answer
    state = read(body)
    if isinstance(state, ExtensionState):
        assert state.availability.available in {available, None}
        assert state.availability.endpoint in {endpoint, None}
        assert state.availability.reason in {"pause", None}


@given(st.text(max_size=300))
def test_any_reason_leaves_the_other_members_unchanged(reason: str) -> None:
    typed = reason.replace("<", "").replace("&", "&amp;")
    members = (
        f"<member><name>availReason</name><value><string>{typed}</string></value></member>"
        "<member><name>available</name><value><i4>0</i4></value></member>"
    )
    body = TEMPLATE % members.encode("utf-8", "replace")
    state = read(body)
    assert isinstance(state, ExtensionState)
    assert state.availability.available is False


@given(st.text(st.sampled_from("<>&;#/!-[]?= abcé]]0\0\x1f"), max_size=60))
def test_unescaped_text_damages_no_other_member(typed: str) -> None:
    # No start of a comment or CDATA, which would hide the other members.
    typed = typed.replace("<!", "< !")
    members = (
        "<member><name>available</name><value><i4>0</i4></value></member>"
        f"<member><name>availReason</name><value><string>{typed}</string></value></member>"
    )
    state = read(TEMPLATE % members.encode())
    assert isinstance(state, ExtensionState)
    assert state.availability.available is False


@pytest.mark.parametrize(
    "filling",
    [
        *(b" ", b"&", b"&a", b"&#1;", b"&eacute;", b"\xe9", b"\xef\xbb\xbf", b"]]>", b"<", b"<a>"),
        *(b"0", b"0-", b"1-2-3-", b"%30", b"&#48;", b"'", b"A", b"\0", b"&amp;", b"\xc3\xa9"),
        b"<" * 900 + b"x" * 15_000,
        b"<i4>" * 480 + b"</i4>" * 480,
        *(b"<string " * 900, b"<![CDATA[" * 900, b"<!--" * 900, b"<?xml " * 900, b"<x:" * 900),
        b"<value xmlns='" + b"n" * 10_000 + b"'>" + b"<i4/>" * 480,
        b"<i4 xmlns:a='" + b"n" * 10_000 + b"'>" + b"<a:i4/>" * 480,
        b"<member><name>a</name><value>1</value></member>" * 120,
        b"<fault>" + b"faultString" * 1_200,
        b"faultString</name><value>" + b" " * 15_000,
        b"<value" + b" a='b'" * 2_500 + b"/>",
        b"<base64>" + b"QUFB" * 3_900 + b"</base64>",
    ],
    ids=lambda filling: repr(filling[:16]),
)
@pytest.mark.parametrize("size", [MAX_ANSWER - 200, 64 * 1024])
def test_hostile_answer_is_read_quickly(filling: bytes, size: int) -> None:
    if len(filling) < 16:
        filling *= size // len(filling)
    redact = Redactor("12345", "1", "-", "0012345", "00")
    for body in (TEMPLATE % filling, filling + TEMPLATE % b"", TEMPLATE % MEMBER % filling):
        assert best_time(partial(read, body)) < SLOWEST
        assert best_time(partial(redact, body.decode("latin-1"))) < SLOWEST
        assert best_time(partial(mask_answer, body, redact)) < SLOWEST
        assert best_time(partial(shape_of, body, ["12345", "1"])) < SLOWEST


def best_time(call: Callable[[], object]) -> float:
    """Return the shortest of three times, because the machine may be busy."""
    times = []
    for _ in range(3):
        started = time.thread_time()
        call()
        times.append(time.thread_time() - started)
    return min(times)


@given(broken_answers())
def test_broken_answer_is_read_quickly(body: bytes) -> None:
    assert best_time(partial(read, body)) < SLOWEST


@given(
    credential=st.from_regex(r"[0-9a-zA-Z._/-]{4,12}", fullmatch=True),
    before=st.text(max_size=300),
    after=st.text(max_size=300),
)
def test_credential_in_an_answer_is_never_logged_or_part_of_its_shape(
    credential: str, before: str, after: str
) -> None:
    quoted = f"{before} {credential} {after}"
    redact = Redactor(credential, "1", None)
    for text in (
        redact(quoted),
        mask_answer(f"<value>{quoted}</value>".encode("utf-8", "replace"), redact),
        shape_of(
            f"<name>{credential}</name><value>{after}</value>".encode("utf-8", "replace"),
            [credential],
        ),
    ):
        assert credential not in text or credential in f"{before} {after}"


@pytest.mark.parametrize("status", [Status.PAUSED, Status.OFFLINE])
def test_known_reason_is_not_masked(status: Status) -> None:
    reason = {Status.PAUSED: "pause", Status.OFFLINE: "-"}[status]
    members = (
        "<member><name>available</name><value>0</value></member>"
        f"<member><name>availReason</name><value>{reason}</value></member>"
    )
    state = read(TEMPLATE % members.encode())
    assert isinstance(state, ExtensionState)
    assert state.status is status
    assert f"<value>{reason}</value>" in shape_of(TEMPLATE % members.encode(), ["12345"])
