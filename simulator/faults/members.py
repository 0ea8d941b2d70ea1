"""Answers whose struct has too little, too much, or the wrong types in it.

They hit the member that the rule names, or else the one that matters most: the first.
"""

from collections.abc import Callable

from simulator import answers
from simulator.answers import Member

from .exchange import Exchange, Make, Reply
from .rules import FaultRule

type Spoil = Callable[[list[Member], int], list[Member]]
"""Spoils a struct's members, given the index of the one to be hit."""


def spoiled(spoil: Spoil, *, member: str | None = None, true: bool = False) -> Make:
    """Answer with a spoilt struct. `true` says that the agent's real state is still in it."""

    def make(exchange: Exchange, rule: FaultRule) -> Reply:
        found = list(exchange.members)
        names = [name for name, _ in found]
        wanted = rule.member or member
        index = names.index(wanted) if wanted in names else 0
        xml = answers.response(answers.struct(spoil(found, index)))
        return Reply(body=answers.encoded(xml), state=exchange.state if true else None)

    return make


def missing_endpoint(exchange: Exchange, rule: FaultRule) -> Reply:
    """Answer without the phone number, whatever the dialect calls it."""
    return spoiled(missing, member=exchange.dialect.endpoint, true=True)(exchange, rule)


def missing(found: list[Member], index: int) -> list[Member]:
    """Leave the member out."""
    return found[:index] + found[index + 1 :]


def none(_found: list[Member], _index: int) -> list[Member]:
    """Leave every member out."""
    return []


def extra(found: list[Member], _index: int) -> list[Member]:
    """Add members that nobody knows: a text, a list and an empty one."""
    return [
        ("queue", answers.value("string", "sales")),
        *found,
        ("skills", _list(answers.value("string", "nl"), answers.value("string", "fr"))),
        ("", answers.value("untyped", "")),
    ]


def repeated(found: list[Member], index: int) -> list[Member]:
    """Say the same twice."""
    return [*found, found[index]]


def contradictory(found: list[Member], index: int) -> list[Member]:
    """Say something else the second time: the opposite of `available`, another text."""
    name, value = found[index]
    other = value.replace(">0<", ">1<") if ">0<" in value else value.replace(">1<", ">0<")
    if other == value:
        other = answers.value("string", "calling" if ">idle<" in value else "idle")
    return [*found, (name, other)]


def misspelt(found: list[Member], index: int) -> list[Member]:
    """Swap two letters of the name."""
    name, value = found[index]
    changed = list(found)
    changed[index] = (f"{name[:-2]}{name[-1]}{name[-2]}", value)
    return changed


def typed(convert: Callable[[str], str]) -> Spoil:
    """Give the member another value, made of its own one (both as XML)."""

    def spoil(found: list[Member], index: int) -> list[Member]:
        name, value = found[index]
        changed = list(found)
        changed[index] = (name, convert(value))
        return changed

    return spoil


def as_list(value: str) -> str:
    """Wrap the value in a list of one."""
    return _list(value)


def as_struct(value: str) -> str:
    """Wrap the value in a struct of one member."""
    return answers.struct((("value", value),))


def as_nil(_value: str) -> str:
    """Say that there is no value, as an extension of XML-RPC does."""
    return answers.lines("<value>", "<nil/>", "</value>")


def as_type(xml_type: str, *, suffix: str = "") -> Callable[[str], str]:
    """Give a number another type; what is no number becomes 1."""

    def convert(value: str) -> str:
        number = "0" if ">0<" in value else "1"
        return answers.value(xml_type, number + suffix)

    return convert


def constant(xml_type: str, text: str) -> Callable[[str], str]:
    """Replace the value."""
    return lambda _value: answers.value(xml_type, text)


def _list(*values: str) -> str:
    return answers.lines("<value>", "<array>", "<data>", *values, "</data>", "</array>", "</value>")
