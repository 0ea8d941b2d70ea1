"""Answers whose struct has too little, too much, or the wrong values in it.

Most affect the named member, by default the first one, which is the most important.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
import re
from typing import Any

from simulator import answers
from simulator.agents import AgentState
from simulator.answers import Member
from simulator.calls import Method
from simulator.fault import BOTH, FIRST, SECOND, Context, Effect, Reply, fault, normal_reply

from .responses import reply_xml


def _reply(members: list[Member], state: AgentState | None = None) -> Reply:
    return replace(reply_xml(answers.response(answers.struct(members))), state=state)


def _index(context: Context, member: str) -> int:
    """Return the index of a member; 0 if there is none."""
    names = [name for name, _ in context.members]
    return names.index(member) if member in names else 0


def _report(context: Context, **changes: Any) -> Reply:  # noqa: ANN401 - the fields of a state
    """Reply with another state."""
    if context.state is None or context.method is None:
        return normal_reply(context)
    state = replace(context.state, **changes)
    return _reply(answers.members(context.method, state, context.dialect), state)


@fault("failed", "the first member is missing", of_state=True)
def missing_member(context: Context, *, member: str = "") -> Reply:
    members = context.members
    del members[_index(context, member)]
    return _reply(members)


@fault("true", "availReason is missing", of_state=True, methods=FIRST)
def missing_reason(context: Context) -> Reply:
    state = context.state and replace(context.state, reason="")
    return replace(missing_member(context, member="availReason"), state=state)


@fault("true", "a phone number with a name and no value", of_state=True, methods=FIRST)
def null_member(context: Context) -> Reply:
    members = context.members
    name, _ = members.pop()
    return _reply([*members, (name, "")], context.state and replace(context.state, endpoint=""))


@fault("failed", "an empty struct", of_state=True)
def no_members(context: Context) -> Reply:
    return _reply([])


@fault("true", "unknown members", of_state=True)
def extra_members(context: Context) -> Reply:
    queue = ("queue", answers.value("string", "sales"))
    skills = ("skills", answers.array(answers.value("string", "nl"), answers.value("string", "fr")))
    empty = ("", answers.value("untyped", ""))
    return _reply([queue, queue, *context.members, skills, empty], context.state)


@fault("true", "the first member twice, the same", of_state=True)
def repeated_member(context: Context, *, member: str = "") -> Reply:
    return _reply([*context.members, context.members[_index(context, member)]], context.state)


@fault("failed", "the first member twice, with two values", of_state=True)
def contradictory_member(context: Context, *, member: str = "") -> Reply:
    name, value = context.members[_index(context, member)]
    other = value.replace(">0<", ">1<") if ">0<" in value else value.replace(">1<", ">0<")
    if other == value:
        other = answers.value("string", "calling" if ">idle<" in value else "idle")
    return _reply([*context.members, (name, other)])


@fault("failed", "two letters swapped in the first member's name", of_state=True)
def misspelt_member(context: Context, *, member: str = "") -> Reply:
    members, index = context.members, _index(context, member)
    name, value = members[index]
    members[index] = (f"{name[:-2]}{name[-1]}{name[-2]}", value)
    return _reply(members)


def _converted(convert: Callable[[str], str], *, true: bool = False) -> Callable[..., Reply]:
    """Return a fault that puts another value, made of its text, in place of a member's."""

    def reply(context: Context, *, member: str = "") -> Reply:
        members, index = context.members, _index(context, member)
        name, value = members[index]
        text = "".join(re.sub("<[^>]*>", "", value).split("\n"))
        members[index] = (name, convert(text))
        return _reply(members, context.state if true else None)

    return reply


def _typed(xml_type: str, text: str = "{}") -> Callable[[str], str]:
    return lambda original: answers.value(xml_type, text.format(original))


def _base64(text: str) -> str:
    return answers.value("base64", b64encode(text.encode()).decode())


_VALUES: tuple[tuple[str, Effect, str, Callable[[str], str], frozenset[Method]], ...] = (
    ("type_list", "failed", "a list", lambda text: answers.array(_typed("string")(text)), BOTH),
    (
        "type_struct",
        "failed",
        "a struct",
        lambda text: answers.struct((("value", _typed("string")(text)),)),
        BOTH,
    ),
    ("type_nil", "failed", "nil", lambda _: answers.lines("<value>", "<nil/>", "</value>"), BOTH),
    ("type_base64", "true", "base64", _base64, BOTH),
    ("type_double", "true", "a double", _typed("double", "{}.0"), FIRST),
    ("type_i8", "true", "an i8", _typed("i8"), FIRST),
    ("type_datetime", "unknown", "a date", _typed("dateTime.iso8601", "20260101T00:00:00"), BOTH),
    ("type_huge_integer", "unknown", "an i4 of 5,000 digits", _typed("i4", "1" * 5000), BOTH),
    ("unknown_available", "unknown", "2", _typed("i4", "2"), FIRST),
)
for _name, _effect, _note, _convert, _methods in _VALUES:
    fault(_effect, f"the first member is {_note}", name=_name, of_state=True, methods=_methods)(
        _converted(_convert, true=_effect == "true")
    )


@fault("true", "an availReason that is not in the document", of_state=True, methods=FIRST)
def unknown_reason(context: Context, *, text: str = "sabbatical") -> Reply:
    return _report(context, reason=text)


@fault("true", "a bare & in availReason", of_state=True, methods=FIRST)
def bare_ampersand(context: Context, *, text: str = "R & D") -> Reply:
    reply = _report(context, reason=text)
    return replace(reply, body=reply.body.replace(b"&amp;", b"&"))


@fault(
    "true", "control and format characters in availReason, as base64", of_state=True, methods=FIRST
)
def control_characters(context: Context, *, text: str = "a\0\x1b[31m\u202eb") -> Reply:
    (first, (name, _), *rest) = context.members
    # The journal has the text as far as XML can carry it.
    printable = "".join(each for each in text if each.isprintable())
    state = context.state and replace(context.state, reason=printable)
    return _reply([first, (name, _base64(text)), *rest], state)


@fault("unknown", "a status that is not in the document", of_state=True, methods=SECOND)
def unknown_call_state(context: Context, *, text: str = "ringing") -> Reply:
    return _report(context, call_state=text)
