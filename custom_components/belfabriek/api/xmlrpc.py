"""The wire format: one XML-RPC struct to bytes, and bytes to one struct. Pure functions.

The standard library's unmarshaller pairs names with values by position and skips what it does not
know, so a malformed member could shift one value to another's name. This reader insists on the
shape that the vendor's document shows; only the types of the values are read generously.
"""

from collections.abc import Mapping
import re
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from .exceptions import FaultError, UnusableAnswerError

type Value = str | int | bool | None
type Struct = Mapping[str, Value]
"""What a member holds. `None`: a type that this API has no use for (a list, a date, nil, ...)."""

_MAX_TAGS = 2000
"""A real answer has about 40. Nested, so many as fit into an answer would take milliseconds."""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def encode_call(method: str, params: Mapping[str, str]) -> bytes:
    """Return a `methodCall` that carries `params` as its only parameter, a struct of strings.

    The bytes are ISO-8859-1, as in the vendor's sample; a character outside it travels as a
    character reference.

    Raises `TypeError` if a name or a value is no string ("the XML RPC server expects to receive
    all parameters as strings"), `ValueError` if one holds a character that XML cannot carry.
    """
    members = "".join(
        f"<member><name>{_escape(name)}</name>"
        f"<value><string>{_escape(value)}</string></value></member>\n"
        for name, value in params.items()
    )
    return (
        '<?xml version="1.0" encoding="iso-8859-1"?>\n'
        f"<methodCall>\n<methodName>{_escape(method)}</methodName>\n"
        f"<params>\n<param>\n<value><struct>\n{members}</struct></value>\n</param>\n</params>\n"
        "</methodCall>\n"
    ).encode("iso-8859-1", "xmlcharrefreplace")


def decode_response(body: bytes) -> dict[str, Value]:
    """Return the members of the struct that a `methodResponse` holds.

    Raises `FaultError` if it is a fault, of whatever shape, and `UnusableAnswerError` if it is
    anything else. No other exception leaves this function, whatever the bytes.
    """
    text = _to_text(body)
    if "<!DOCTYPE" in text:
        raise UnusableAnswerError(_describe_page(text) or "the answer has a document type")
    if text.count("<") > _MAX_TAGS:
        raise UnusableAnswerError(_describe_page(text) or "the answer has too many tags")
    root = _parse(text)
    if root is None:
        raise UnusableAnswerError(_describe_page(text) or "the answer is no XML")
    if root.tag != "methodResponse":
        raise UnusableAnswerError(_describe_page(text) or "the answer is no XML-RPC response")
    match list(root):
        case [ET.Element(tag="fault") as fault]:
            raise _read_fault(fault)
        case [ET.Element(tag="params") as params]:
            return _read_struct(_only(_only(_only(params, "param"), "value"), "struct"))
        case _:
            raise UnusableAnswerError("the answer holds neither parameters nor a fault")


def _parse(text: str) -> ET.Element | None:
    """Return the root of an XML document; `None` if it is none.

    The parser's own error would keep the whole answer in memory as long as ours is kept.
    """
    try:
        return ET.fromstring(text)  # noqa: S314 - without a document type there are no entities
    except ET.ParseError, ValueError:
        return None


def _escape(text: object) -> str:
    """Return a text as XML character data that reads back as the same text."""
    if not isinstance(text, str):
        raise TypeError(f"every name and value is a string, not {type(text).__name__}")
    if text.isalnum():  # as nearly all of them are; none of these characters is special
        return text
    if _NOT_XML.search(text):
        raise ValueError("the text holds a character that XML cannot carry")
    # A bare carriage return would be read back as a line feed.
    return escape(text, {"\r": "&#13;"})


def _to_text(body: bytes) -> str:
    """Return the characters of an answer, which may declare its encoding wrongly or not at all.

    Bytes that are valid UTF-8 are UTF-8, whatever they declare: no other encoding in use looks
    like it by chance. All others are windows-1252, which ISO-8859-1 is a part of.
    """
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = body.decode("utf-16", "replace")
    elif body[:2] in {b"<\0", b"\0<"}:
        text = body.decode("utf-16-le" if body[1] == 0 else "utf-16-be", "replace")
    else:
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = body.decode("windows-1252", "replace")
    # Classic ASP sends the line ends of its script blocks before the first tag.
    return text.lstrip()


def _describe_page(text: str) -> str | None:
    """Return what to say where a web page stands in place of an answer."""
    return "the answer is a web page" if "<html" in text[:2000].lower() else None


def _only(parent: ET.Element, tag: str) -> ET.Element:
    """Return the one child of `parent`, which is a `tag`."""
    match list(parent):
        case [child] if child.tag == tag:
            return child
    raise UnusableAnswerError(f"<{tag}> is not all that <{parent.tag}> holds")


def _read_struct(struct: ET.Element) -> dict[str, Value]:
    """Return the members of `struct`."""
    members: dict[str, Value] = {}
    for member in struct:
        match list(member):
            case [ET.Element(tag="name") as name, ET.Element(tag="value") as value]:
                key = (name.text or "").strip()
            case _:
                raise UnusableAnswerError("a member is no pair of a name and a value")
        read = _read_value(value)
        if members.setdefault(key, read) != read:
            raise UnusableAnswerError("a member stands in the answer with two values")
    return members


def _read_value(value: ET.Element) -> Value:
    """Return what a `<value>` holds: typed, or text where it is untyped."""
    match list(value):
        case []:
            return value.text or ""
        case [ET.Element(tag="string") as typed] if not len(typed):
            return typed.text or ""
        case [ET.Element(tag="i4" | "int") as typed] if not len(typed):
            return _read_integer(typed)
        case [ET.Element(tag="boolean") as typed] if not len(typed):
            return bool(_read_integer(typed))
        case _:
            return None


def _read_integer(typed: ET.Element) -> int:
    """Return the integer of a typed value."""
    try:
        return int(typed.text or "")
    except ValueError:
        raise UnusableAnswerError(f"an <{typed.tag}> holds no integer") from None


def _read_fault(fault: ET.Element) -> FaultError:
    """Return the fault with its code and text, from a struct, a plain text, or nothing at all."""
    value = fault.find("value")
    struct = fault.find("value/struct")
    if struct is None:
        text = _read_value(value) if value is not None else ""
        return FaultError(None, _to_line(text))
    try:
        members = _read_struct(struct)
    except UnusableAnswerError:
        return FaultError(None, "")
    code = members.get("faultCode")
    return FaultError(code if isinstance(code, int) else None, _to_line(members.get("faultString")))


def _to_line(value: Value) -> str:
    """Return text of the server's on one line."""
    return " ".join(str(value).split()) if value is not None else ""
