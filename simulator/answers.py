"""Writes answers in exactly the layout of the vendor's sample answers.

There is no XML declaration. Every tag is on its own line with a blank line after it, except in
elements that contain text.
"""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from .agents import AgentState
from .calls import Method
from .dialect import Dialect

type Member = tuple[str, str]
"""A struct's member: its name, and its value as XML (see `value`)."""


def lines(*parts: str) -> str:
    """Join lines of XML the way the document shows them."""
    return "\n\n".join(parts)


def value(xml_type: str, text: str) -> str:
    """Return a `<value>` of an XML-RPC type, or without one for the type `untyped`."""
    escaped = escape(text, {"\r": "&#13;"})
    if xml_type == "untyped":
        return f"<value>{escaped}</value>"
    return lines("<value>", f"<{xml_type}>{escaped}</{xml_type}>", "</value>")


def struct(members: Iterable[Member]) -> str:
    """Return a `<value>` that holds a struct, its members in the order given, repeated or not."""
    written = (lines("<member>", f"<name>{n}</name>", v, "</member>") for n, v in members)
    return lines("<value>", "<struct>", *written, "</struct>", "</value>")


def response(members: Iterable[Member]) -> str:
    """Return a methodResponse whose only param is a struct."""
    opening = ("<methodResponse>", "<params>", "<param>")
    return lines(*opening, struct(members), "</param>", "</params>", "</methodResponse>")


def fault_response(code: int, text: str) -> str:
    """Return a methodResponse that is a fault."""
    members = (("faultCode", value("i4", str(code))), ("faultString", value("string", text)))
    return lines("<methodResponse>", "<fault>", struct(members), "</fault>", "</methodResponse>")


def members(method: Method, state: AgentState, dialect: Dialect) -> list[Member]:
    """Return the members of the answer to `method` for an agent in `state`."""
    if method is Method.EXTENSION_STATUS:
        return [(dialect.status, value("string", state.call_state))]
    return [
        ("available", value(dialect.available_type, str(int(state.available)))),
        ("availReason", value("string", state.reason)),
        (dialect.endpoint, value("string", state.endpoint)),
    ]


def encoded(xml: str) -> bytes:
    """Return `xml` as ASCII with character references, which is valid in any encoding."""
    return xml.encode("ascii", "xmlcharrefreplace")
