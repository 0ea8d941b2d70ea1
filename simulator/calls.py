"""Reads a request as strictly as the document demands, and checks its credentials.

"Our XML RPC server should always receive everything in the correct XML RPC format. In addition the
XML RPC server expects to receive all parameters as strings." Its example has one param, a struct.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final
from xml.etree import ElementTree as ET

from .agents import Account
from .dialect import Dialect


class Method(StrEnum):
    """The methods of the document."""

    AGENT_AVAIL = "ivr.getAgentAvail"
    EXTENSION_STATUS = "general.getExtensionStatus"


class FaultCode(IntEnum):
    """Our `faultCode` for each reason of a fault. The document defines none."""

    NOT_XML_RPC = 1
    UNKNOWN_METHOD = 2
    NOT_ONE_STRUCT = 3
    NOT_A_STRING = 4
    MISSING_PARAMETER = 5
    UNEXPECTED_PARAMETER = 6
    UNKNOWN_ACCOUNT = 101
    UNKNOWN_SUPERVISOR = 102
    UNKNOWN_MANAGER = 103
    UNKNOWN_ACCOUNT_ID = 104
    UNKNOWN_EXTENSION = 105


class RejectedCallError(Exception):
    """A call to be answered with a fault: `code`, and a `text` that quotes no value of the call."""

    def __init__(self, code: FaultCode, text: str) -> None:
        super().__init__(text)
        self.code: Final = code
        self.text: Final = text


@dataclass(frozen=True, slots=True)
class Call:
    """A methodCall that is well-formed in the document's sense; its names are not checked yet."""

    method: str
    params: Mapping[str, str]


_NAMES: Final = {
    (Method.AGENT_AVAIL, "sample"): ("accountCode", "extensionId"),
    (Method.AGENT_AVAIL, "table"): ("accountPin", "extensionId"),
    (Method.EXTENSION_STATUS, "sample"): ("supId", "manId", "accountCode", "extensionId"),
    (Method.EXTENSION_STATUS, "table"): ("supId", "manId", "custId", "extId"),
}
"""The parameters of each method, in the order of the document, by the dialect's `parameters`."""


def read_call(body: bytes) -> Call:
    """Read a request's body, in whatever encoding its XML declaration names.

    Raises `RejectedCallError` if it is anything but one methodCall with one struct of strings.
    """
    try:
        # Only used with tests and with clients on this machine, and expat limits entity expansion.
        root = ET.fromstring(body)  # noqa: S314
    except (ET.ParseError, LookupError, ValueError) as err:
        raise RejectedCallError(FaultCode.NOT_XML_RPC, "The request is not XML") from err
    if root.tag != "methodCall":
        raise RejectedCallError(FaultCode.NOT_XML_RPC, "The request is not a methodCall")
    method, params = _children(root, "methodName", "params")
    if len(method) or not (name := (method.text or "").strip()):
        raise RejectedCallError(FaultCode.NOT_XML_RPC, "methodName must be a text")
    return Call(name, _read_struct(params))


def authorize(
    method: Method,
    params: Mapping[str, str],
    account: Account,
    dialect: Dialect,
    extensions: Mapping[str, object],
) -> str:
    """Return the ID of the extension that may be reported.

    Raises `RejectedCallError` for a missing, unexpected or wrong parameter, in that order; the
    wrong ones are looked at in the order of the document.
    """
    names = _NAMES[method, dialect.parameters]
    for name in names:
        if name not in params:
            raise RejectedCallError(FaultCode.MISSING_PARAMETER, f"Missing parameter {name}")
    if len(params) > len(names):
        raise RejectedCallError(FaultCode.UNEXPECTED_PARAMETER, "Unexpected parameter")
    *credentials, extension_id = (params[name] for name in names)
    for sent, (right, code, text) in zip(credentials, _credentials(method, account), strict=True):
        if sent != right:
            raise RejectedCallError(code, text)
    if extension_id not in extensions:
        raise RejectedCallError(FaultCode.UNKNOWN_EXTENSION, "Unknown extension")
    return extension_id


def _credentials(method: Method, account: Account) -> Iterator[tuple[str, FaultCode, str]]:
    """Yield the right values of all parameters but the extension, and what to say otherwise."""
    if method is Method.AGENT_AVAIL:
        yield account.pin, FaultCode.UNKNOWN_ACCOUNT, "Unknown account"
    else:
        yield account.supervisor_id, FaultCode.UNKNOWN_SUPERVISOR, "Unknown supervisor"
        yield account.manager_id, FaultCode.UNKNOWN_MANAGER, "Unknown manager"
        account_id = account.account_id or account.pin
        yield account_id, FaultCode.UNKNOWN_ACCOUNT_ID, "Unknown account ID"


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
        found[key] = _read_string(content)
    return found


def _read_string(value: ET.Element) -> str:
    """Return the text of a `<value>`: a `<string>`, or without a type, which means the same."""
    if not len(value):
        return value.text or ""
    if [child.tag for child in value] != ["string"] or len(value[0]) or _has_text(value):
        raise RejectedCallError(FaultCode.NOT_A_STRING, "Every parameter must be a string")
    return value[0].text or ""


def _children(element: ET.Element, *expected: str) -> list[ET.Element]:
    """Return the children of `element`, which must have exactly the `expected` names."""
    children = list(element)
    if [child.tag for child in children] != list(expected) or _has_text(element):
        text = f"{element.tag} must hold exactly {' and '.join(expected)}"
        raise RejectedCallError(FaultCode.NOT_XML_RPC, text)
    return children


def _has_text(element: ET.Element) -> bool:
    """Return whether there is text between the children of `element`."""
    return any((text or "").strip() for text in (element.text, *(c.tail for c in element)))
