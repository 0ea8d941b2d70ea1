"""Whole answers in the layout of the vendor's samples, each with something wrong in it.

The client reads the right state or refuses the answer, and never reads another state.
"""

from base64 import b64encode
from collections.abc import Callable

import pytest

from custom_components.belfabriek.api import (
    AgentAvailability,
    FaultError,
    UnusableAnswerError,
    decode_response,
)
from custom_components.belfabriek.api.models import call_state_from_answer
from simulator import AgentState, Dialect, Method, answers
from simulator.answers import struct, value

FIRST, SECOND = Method
RIGHT = AgentState(available=False, reason="pause", call_state="called")
REMARK = "Zoë’s café"  # noqa: RUF001 - Latin-1, unlike Windows-1252, has no such apostrophe
NO = ("faultString", value("string", "No"))
BLANKS = " " * 5_000

type Change = Callable[[str], str]


def answer(method: Method = FIRST, *more: tuple[str, str]) -> str:
    """Return the right answer with more members."""
    members = answers.members(method, RIGHT, Dialect())
    return answers.response([*members, *more])


def read(body: str | bytes, method: Method = FIRST) -> bool | str | None:
    """Return the availability or the call state that the integration reads."""
    found = decode_response(body if isinstance(body, bytes) else answers.encoded(body))
    if method is SECOND:
        return call_state_from_answer(found)
    return AgentAvailability.from_answer(found).available


def with_value(changed: str) -> Change:
    """Return a function that replaces the value of the first member."""

    def change(xml: str) -> str:
        first = value("string", "called") if "called" in xml else value("i4", "0")
        assert first in xml
        return xml.replace(first, changed, 1)

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace("methodResponse>", "answer>"),
        lambda xml: xml.replace("methodResponse>", "methodCall>"),
        lambda xml: xml[: len(xml) * 2 // 3],
        lambda xml: xml.replace(">available<", ">availabel<").replace(">Available<", ">Availabel<"),
        lambda xml: xml.replace("availReason", "reason\x00").replace("<name>", "<nam>"),
        lambda _: answers.response([]),
        lambda _: "<methodResponse>" + "<a>" * 20_000,
        lambda xml: (
            xml.replace("<methodResponse>", f'<methodResponse xmlns="{"x" * 47_000}">')
            + "<a/>" * 2_000
        ),
        with_value("<value><array><data>" * 2_000 + "</data></array></value>" * 2_000),
        with_value(struct([("value", value("i4", "0"))])),
        with_value("<value><array><data><value><i4>0</i4></value></data></array></value>"),
        with_value("<value><nil/></value>"),
        with_value(""),
    ],
)
@pytest.mark.parametrize("method", Method)
def test_malformed_answer_is_unusable(change: Change, method: Method) -> None:
    with pytest.raises(UnusableAnswerError):
        read(change(answer(method)), method)


@pytest.mark.parametrize(
    ("method", "other"), [(FIRST, value("i4", "1")), (SECOND, value("string", "idle"))]
)
def test_answer_with_two_values_for_a_member_is_unusable(method: Method, other: str) -> None:
    name = "available" if method is FIRST else "Available"
    with pytest.raises(UnusableAnswerError):
        read(answer(method, (name, other)), method)
    same = value("i4", "0") if method is FIRST else value("string", "called")
    assert read(answer(method, (name, same)), method) == read(answer(method), method)


@pytest.mark.parametrize(
    ("declarations", "text"),
    [
        (
            ' [<!ENTITY e0 "ha"><!ENTITY e1 "&e0;&e0;&e0;&e0;"><!ENTITY e2 "&e1;&e1;&e1;">]',
            "&e2;",
        ),
        (' SYSTEM "http://127.0.0.1:9/dtd" [<!ENTITY e SYSTEM "http://127.0.0.1:9/">]', "&e;"),
    ],
)
def test_answer_with_entities_is_unusable(declarations: str, text: str) -> None:
    xml = answer(FIRST, ("remark", f"<value>{text}</value>"))
    with pytest.raises(UnusableAnswerError):
        read(f"<!DOCTYPE methodResponse{declarations}>{xml}")


@pytest.mark.parametrize("available", ["2", "1" * 5_000, "20260101T00:00:00"])
def test_undocumented_availability_is_unknown(available: str) -> None:
    assert read(with_value(value("i4", available))(answer())) is None


@pytest.mark.parametrize(
    "changed",
    [
        value("double", "0.0"),
        value("i8", "0"),
        value("boolean", "0"),
        value("base64", b64encode(b"0").decode()),
        value("untyped", "0"),
        f"<value><i4>0</i4>{BLANKS}</value>",
    ],
)
def test_right_value_of_another_type_is_read(changed: str) -> None:
    assert read(with_value(changed)(answer())) is False


@pytest.mark.parametrize(
    "members",
    [
        [("", value("untyped", ""))],
        [("queue", value("string", "sales"))] * 2,
        [("skills", "<value><array><data/></array></value>")],
    ],
)
def test_unknown_member_is_ignored(members: list[tuple[str, str]]) -> None:
    assert read(answer(FIRST, *members)) is False


@pytest.mark.parametrize(
    ("codec", "declared"),
    [
        ("latin-1", "iso-8859-1"),
        ("latin-1", "utf-8"),
        ("latin-1", ""),
        ("windows-1252", ""),
        ("windows-1252", "iso-8859-1"),
        ("utf-8", ""),
        ("utf-8", "iso-8859-1"),
        ("utf-8", "x-unheard-of"),
        ("utf-16", "utf-16"),
        ("utf-16", ""),
    ],
)
def test_answer_in_any_encoding_is_read(codec: str, declared: str) -> None:
    xml = answer(FIRST, ("remark", value("string", REMARK)))
    if declared:
        xml = f'\r\n<?xml version="1.0" encoding="{declared}"?>\r\n{xml}'
    assert read(xml.encode(codec, "xmlcharrefreplace")) is False


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (value("string", "No"), "No"),
        (
            struct([("faultCode", value("i4", "E-17")), ("faultString", value("string", "No"))]),
            "No",
        ),
        (struct([("faultString", value("string", "No"))])[len("<value>") : -len("</value>")], "No"),
        (struct([]), ""),
        ("", ""),
    ],
)
def test_fault_of_another_shape_is_a_fault(content: str, text: str) -> None:
    with pytest.raises(FaultError) as caught:
        read(f"<methodResponse>\n\n<fault>\n\n{content}\n\n</fault>\n\n</methodResponse>")
    assert caught.value.text == text
