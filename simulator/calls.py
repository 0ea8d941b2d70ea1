"""Reads a request, insisting on what the document insists on.

"Our XML RPC server should always receive everything in the correct XML RPC format. In addition the
XML RPC server expects to receive all parameters as strings." Its example has one param, a struct.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from .rejections import FaultCode, RejectedCallError


@dataclass(frozen=True, slots=True)
class Call:
    """A methodCall that is well-formed in the document's sense; its names are not checked yet."""

    method: str
    params: Mapping[str, str]


def read_call(body: bytes) -> Call:
    """Read a request's body, in whatever encoding its XML declaration names.

    Raises `RejectedCallError` if it is anything but one methodCall with one struct of strings.
    """
    try:
        # Only ever fed by the tests and by clients under development on this machine, and expat
        # itself bounds entity expansion.
        root = ET.fromstring(body)  # noqa: S314
    except (ET.ParseError, LookupError, ValueError) as err:
        raise RejectedCallError(FaultCode.NOT_XML_RPC, "The request is not XML") from err
    if root.tag != "methodCall":
        raise RejectedCallError(FaultCode.NOT_XML_RPC, "The request is not a methodCall")
    method, params = _children(root, "methodName", "params")
    if len(method) or not (name := (method.text or "").strip()):
        raise RejectedCallError(FaultCode.NOT_XML_RPC, "methodName must be a text")
    return Call(name, _read_struct(params))


def _read_struct(params: ET.Element) -> dict[str, str]:
    try:
        (param,) = _children(params, "param")
        (value,) = _children(param, "value")
        (struct,) = _children(value, "struct")
        members = [
            _children(member, "name", "value")
            for member in _children(struct, *("member" for _ in struct))
        ]
    except RejectedCallError as err:
        text = f"Expected one param that holds one struct: {err.text}"
        raise RejectedCallError(FaultCode.NOT_ONE_STRUCT, text) from None
    found: dict[str, str] = {}
    for name, content in members:
        key = (name.text or "").strip()
        if key in found:
            raise RejectedCallError(FaultCode.UNEXPECTED_PARAMETER, "A parameter was given twice")
        if (
            [child.tag for child in content] != ["string"]
            or len(content[0])
            or _text_around(content)
        ):
            raise RejectedCallError(FaultCode.NOT_A_STRING, "Every parameter must be a string")
        found[key] = content[0].text or ""
    return found


def _children(element: ET.Element, *expected: str) -> list[ET.Element]:
    """Return the children of `element`, which must have exactly the `expected` names."""
    children = list(element)
    if [child.tag for child in children] != list(expected) or _text_around(element):
        text = f"{element.tag} must hold exactly {' and '.join(expected)}"
        raise RejectedCallError(FaultCode.NOT_XML_RPC, text)
    return children


def _text_around(element: ET.Element) -> bool:
    return any((text or "").strip() for text in (element.text, *(c.tail for c in element)))
