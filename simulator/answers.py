"""Writes answers in exactly the layout of the vendor's sample answers.

There is no XML declaration. Every tag is on its own line with a blank line after it, except in
elements that contain text.
"""

from collections.abc import Iterable
from typing import Final
from xml.sax.saxutils import escape

from .agents import AgentState
from .calls import Method
from .dialect import Dialect

_GAP: Final = "\n\n"

type Member = tuple[str, str]
"""A struct's member: its name, and its value as XML (see `value`)."""


def lines(*parts: str) -> str:
    """Join lines of XML the way the document shows them."""
    return _GAP.join(parts)


def escaped(text: str) -> str:
    """Return `text` as XML character data that is read back unchanged."""
    return escape(text, {"\r": "&#13;"})


def value(xml_type: str, text: str) -> str:
    """Return a `<value>` of an XML-RPC type, or without one for the type `untyped`."""
    if xml_type == "untyped":
        return f"<value>{escaped(text)}</value>"
    return lines("<value>", f"<{xml_type}>{escaped(text)}</{xml_type}>", "</value>")


def struct(members: Iterable[Member]) -> str:
    """Return a `<value>` that holds a struct, its members in the order given, repeated or not."""
    written = (lines("<member>", f"<name>{n}</name>", v, "</member>") for n, v in members)
    return lines("<value>", "<struct>", *written, "</struct>", "</value>")


def response(content: str) -> str:
    """Return a methodResponse with one param, `content` being its `<value>`."""
    opening = ("<methodResponse>", "<params>", "<param>")
    return lines(*opening, content, "</param>", "</params>", "</methodResponse>")


def fault_response(content: str) -> str:
    """Return a methodResponse that is a fault, `content` being its `<value>`."""
    return lines("<methodResponse>", "<fault>", content, "</fault>", "</methodResponse>")


def fault_struct(code: int, text: str) -> str:
    """Return the `<value>` that the XML-RPC specification wants in a fault."""
    return struct((("faultCode", value("i4", str(code))), ("faultString", value("string", text))))


def array(*values: str) -> str:
    """Return a `<value>` that holds a list."""
    return lines("<value>", "<array>", "<data>", *values, "</data>", "</array>", "</value>")


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
