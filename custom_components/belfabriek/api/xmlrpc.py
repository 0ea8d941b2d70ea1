"""XML-RPC encoding and decoding. Pure functions.

The standard library's unmarshaller pairs names with values by position, so a malformed member
could shift one value to another's name. This reader is strict about the shape in the vendor's
document, and returns every scalar as text, which `models` interprets.
"""

import base64
import binascii
from collections.abc import Mapping
from enum import Enum
from html.entities import html5
import re
import sys
from typing import Final
from xml.etree import ElementTree as ET
from xml.parsers import expat
from xml.sax.saxutils import escape

from .exceptions import FaultError, UnusableAnswerError


class NotScalar(Enum):
    """Marks a value that is not a scalar: a list, a struct, or several values."""

    NOT_SCALAR = "not a scalar"


NOT_SCALAR: Final = NotScalar.NOT_SCALAR

type Value = str | NotScalar | None
"""Text of a member on one line; `None` if it is missing, nil or empty."""
type Struct = Mapping[str, frozenset[Value]]
"""Distinct values of each member by lower-case name."""

_MAX_BYTES = 16 * 1024
_MAX_TAGS = 500
"""A real response has about 20."""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITY = re.compile(r"&(?:#([0-9]{1,7});|#[xX]([0-9a-fA-F]{1,6});|([A-Za-z][A-Za-z0-9]{1,31};))?")
_LINE_BREAKS = {"\r": "&#13;"}
"""A bare carriage return would be read back as a line feed."""
_XML_ENTITIES = {"amp;", "lt;", "gt;", "quot;", "apos;"}
TAGS = frozenset(
    {
        *(
            "methodresponse",
            "params",
            "param",
            "value",
            "struct",
            "member",
            "name",
            "array",
            "data",
        ),
        *("fault", "string", "int", "integer", "i1", "i2", "i4", "i8", "byte", "short", "long"),
        *(
            "double",
            "float",
            "decimal",
            "number",
            "currency",
            "bigdecimal",
            "biginteger",
            "boolean",
        ),
        *("bool", "base64", "datetime", "datetime.iso8601", "date", "nil", "null"),
    }
)
_TAG = re.compile(r"(/?)(?:[\w.-]+:)?([\w.]+)(?:\s[^<>]*?)?(/?)>", re.ASCII)
_FAULT_TEXT = re.compile(r"faultString\s*</name>\s*<value>\s*(?:<\w+>)?([^<]*)", re.IGNORECASE)
_INTEGER = re.compile(r"-?[0-9]{1,9}")
_NO_VALUES: frozenset[Value] = frozenset()
_BOM = b"\xef\xbb\xbf"


def encode_call(method: str, params: Mapping[str, str]) -> bytes:
    """Return a `methodCall` that carries `params` as its only parameter, a struct of strings.

    The bytes are ISO-8859-1, as in the vendor's sample; other characters are sent as character
    references.

    `method` and the names are not escaped. Raises `ValueError` if a value contains a character that
    XML cannot carry.
    """
    if _NOT_XML.search("".join(params.values())):
        raise ValueError("the text holds a character that XML cannot carry")
    members = [
        f"<member><name>{name}</name><value><string>{escape(value, _LINE_BREAKS)}</string></value>"
        "</member>\n"
        for name, value in params.items()
    ]
    return (
        '<?xml version="1.0" encoding="iso-8859-1"?>\n'
        f"<methodCall>\n<methodName>{method}</methodName>\n"
        f"<params>\n<param>\n<value><struct>\n{''.join(members)}</struct></value>\n"
        "</param>\n</params>\n"
        "</methodCall>\n"
    ).encode("iso-8859-1", "xmlcharrefreplace")


def decode_response(body: bytes) -> Struct:
    """Return the members of the struct that a `methodResponse` holds.

    Raises `FaultError` for a fault of any shape, and `UnusableAnswerError` for all other bytes. No
    other exception is raised.
    """
    if len(body) > _MAX_BYTES:
        raise UnusableAnswerError("the answer is too long")
    text = to_text(body)
    if "<!DOCTYPE" in text:
        raise UnusableAnswerError(_describe_page(text) or "the answer has a document type")
    if text.count("<") > 2 * _MAX_TAGS:
        raise UnusableAnswerError(_describe_page(text) or "the answer has too many tags")
    root = _parse(text)
    if root is None:
        root = _parse(_repair(text).strip())
    if root is None:
        if "<fault>" in text and (found := _FAULT_TEXT.search(text)):
            raise FaultError(None, to_line(found[1]) or "")
        raise UnusableAnswerError(_describe_page(text) or "the answer is no XML")
    if (fault := root if root.tag == "fault" else root.find("fault")) is not None:
        raise _read_fault(fault)
    if root.tag != "methodResponse":
        raise UnusableAnswerError(_describe_page(text) or "the answer is no XML-RPC response")
    members = _read_struct(_descend(root, "params", "param", "value", "struct"))
    if "faultstring" in members and (words := _first_text(members["faultstring"])):
        raise FaultError(_to_code(members), words)
    return members


def to_text(body: bytes) -> str:
    """Return the characters of an answer, which may declare its encoding wrongly or not at all.

    Valid UTF-8 is read as UTF-8, whatever is declared: text in another encoding is hardly ever
    valid UTF-8. Other bytes are read as windows-1252, which includes ISO-8859-1.
    """
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = body.decode("utf-16", "replace")
    elif body[:2] in {b"<\0", b"\0<"}:
        text = body.decode("utf-16-le" if body[1] == 0 else "utf-16-be", "replace")
    else:
        # Included files may each start with a byte-order mark.
        body = body.replace(_BOM, b"")
        try:
            text = body.decode()
        except UnicodeDecodeError:
            text = body.decode("windows-1252", "replace")
    # Classic ASP sends the line breaks of its script blocks before the first tag.
    return text.strip("\ufeff\0 \t\r\n")


def _parse(text: str) -> ET.Element | None:
    """Return the root of an XML document; `None` if the text is not well-formed.

    ElementTree repeats the URI of a namespace in every tag, and refuses undeclared prefixes. An
    answer with namespaces is parsed without resolving them.
    """
    if "xmlns" not in text:
        try:
            return ET.fromstring(text)  # noqa: S314 - without a document type there are no entities
        except ET.ParseError, ValueError:
            pass
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, _: builder.start(tag.rpartition(":")[2], {})
    parser.EndElementHandler = lambda tag: builder.end(tag.rpartition(":")[2])
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
        return builder.close()
    except expat.ExpatError, AssertionError:
        return None


def _repair(text: str) -> str:
    """Return the text with characters and tags escaped that are not XML-RPC."""
    # Some databases pad text with control characters.
    text = _NOT_XML.sub(" ", text)
    text = _ENTITY.sub(_repair_entity, text)
    first, *pieces = text.split("<")
    repaired = first + "".join(map(_repair_tag, pieces))
    return repaired if "<![CDATA[" in text else repaired.replace("]]>", "]]&gt;")


def _repair_tag(piece: str) -> str:
    """Return the text after a `<` as an XML-RPC tag without attributes, or as escaped text."""
    if piece.startswith(("!--", "![CDATA[")):
        return f"<{piece}"
    if piece.startswith("?xml"):
        return piece.partition("?>")[2]
    tag = _TAG.match(piece)
    if tag is None or tag[2].lower() not in TAGS:
        return f"&lt;{piece}"
    return f"<{tag[1]}{tag[2]}{tag[3]}>{piece[tag.end() :]}"


def _repair_entity(found: re.Match[str]) -> str:
    """Return an XML entity, the character of an HTML entity, or an escaped `&`."""
    decimal, hexadecimal, name = found.groups()
    if name:
        if name in _XML_ENTITIES:
            return found[0]
        return escape(html5[name]) if name in html5 else f"&amp;{name}"
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return found[0] if code <= sys.maxunicode and not _NOT_XML.match(chr(code)) else " "
    return "&amp;"


def _describe_page(text: str) -> str | None:
    """Return an error message if the response is a web page."""
    return "the answer is a web page" if "<html" in text[:2000].lower() else None


def _descend(element: ET.Element, *tags: str) -> ET.Element:
    """Return the element below `element` on this path, each the only child of its parent."""
    for tag in tags:
        if [child.tag for child in element] != [tag]:
            raise UnusableAnswerError(f"<{tag}> is not all that <{element.tag}> holds")
        element = element[0]
    return element


def _read_struct(struct: ET.Element) -> Struct:
    """Return the members of `struct`.

    A member without exactly one name and at most one value is ambiguous: its names get
    `NOT_SCALAR`.
    """
    members: dict[str, frozenset[Value]] = {}
    for member in struct:
        names = ["".join(each.itertext()).strip().lower() for each in member.findall("name")]
        values = member.findall("value")
        if len(names) == 1 and len(values) <= 1:
            read = _read_value(values[0]) if values else None
        else:
            read = NOT_SCALAR
        for name in names:
            members[name] = members.get(name, _NO_VALUES) | {read}
    return members


def _read_value(value: ET.Element) -> Value:
    """Return the text of a `<value>`, whatever its type."""
    if not len(value):
        return to_line(value.text)
    typed = value[0]
    has_tags = not TAGS.isdisjoint([each.tag.lower() for each in typed])
    if len(value) > 1 or has_tags or f"{value.text or ''}{typed.tail or ''}".strip():
        return NOT_SCALAR
    # Some JavaScript servers write null as an empty struct.
    if typed.tag in {"nil", "struct", "array"}:
        return None
    if typed.tag == "base64":
        return to_line(_decode_base64(typed.text or ""))
    return to_line("".join(typed.itertext()))


def _decode_base64(text: str) -> str:
    """Return the decoded text, or the text itself if it is not base64."""
    try:
        return to_text(base64.b64decode("".join(text.split()), validate=True))
    except binascii.Error, ValueError:
        return text


def _read_fault(fault: ET.Element) -> FaultError:
    """Return the fault with the text of the server, whatever its structure."""
    struct = next(fault.iter("struct"), None)
    if struct is None:
        return FaultError(None, to_line(" ".join(fault.itertext())) or "")
    members = _read_struct(struct)
    text = _first_text(members.get("faultstring"))
    return FaultError(_to_code(members), text or _other_words(fault))


def _other_words(fault: ET.Element) -> str:
    """Return the text of a fault that has no `faultString`."""
    texts = (to_line(each.text) for each in fault.iter() if each.tag != "name")
    return " ".join(each for each in texts if each and not _INTEGER.fullmatch(each))


def _to_code(members: Struct) -> int | None:
    code = _first_text(members.get("faultcode"))
    return int(code) if code and _INTEGER.fullmatch(code) else None


def _first_text(values: frozenset[Value] | None) -> str | None:
    return min([each for each in values or () if isinstance(each, str)], default=None)


def to_line(text: str | None) -> str | None:
    """Return text on one line, without control and format characters; `None` if there is none."""
    line = " ".join((text or "").split())
    if not line.isprintable():
        line = " ".join("".join([each if each.isprintable() else " " for each in line]).split())
    return line or None
