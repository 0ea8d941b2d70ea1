"""Reads a request, and checks its parameters and credentials.

"Our XML RPC server should always receive everything in the correct XML RPC format. In addition the
XML RPC server expects to receive all parameters as strings." Its example has one param, a struct.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from xml.parsers.expat import ExpatError
from xmlrpc.client import Error, loads

from .agents import Account, Extension
from .dialect import Dialect


class Method(StrEnum):
    """The methods of the document."""

    AGENT_AVAIL = "ivr.getAgentAvail"
    EXTENSION_STATUS = "general.getExtensionStatus"


_NAMES: Final = {
    (Method.AGENT_AVAIL, "sample"): ("accountCode", "extensionId"),
    (Method.AGENT_AVAIL, "table"): ("accountPin", "extensionId"),
    (Method.EXTENSION_STATUS, "sample"): ("supId", "manId", "accountCode", "extensionId"),
    (Method.EXTENSION_STATUS, "table"): ("supId", "manId", "custId", "extId"),
}
"""The parameters of each method, in the order of the document, by the dialect's `parameters`."""


class RejectedCallError(Exception):
    """A call to be answered with a fault, whose text quotes no value of the call."""


def read_call(body: bytes) -> tuple[str, dict[str, str]]:
    """Return a call's method and parameters, in whatever encoding its XML declaration names.

    Raises `RejectedCallError` if it is anything but one methodCall with one struct of strings.
    """
    try:
        params, method = loads(body)
    except (ExpatError, Error, AttributeError, LookupError, TypeError, ValueError) as err:
        raise RejectedCallError("The request is not XML-RPC") from err
    if method is None:
        raise RejectedCallError("The request is not a methodCall")
    if len(params) != 1 or not isinstance(params[0], dict):
        raise RejectedCallError("Expected one param, a struct")
    if not all(isinstance(each, str) for each in params[0].values()):
        raise RejectedCallError("Every parameter must be a string")
    return method, params[0]


def authorize(
    method: str,
    params: Mapping[str, str],
    account: Account,
    dialect: Dialect,
    extensions: Mapping[str, Extension],
) -> Extension:
    """Return the extension that is asked about.

    Raises `RejectedCallError` for a missing, unexpected or wrong parameter, in that order; the
    wrong ones are looked at in the order of the document.
    """
    if method not in list(Method):
        raise RejectedCallError("Unknown method")
    names = _NAMES[Method(method), dialect.parameters]
    for name in names:
        if name not in params:
            raise RejectedCallError(f"Missing parameter {name}")
    if len(params) > len(names):
        raise RejectedCallError("Unexpected parameter")
    *credentials, extension_id = (params[name] for name in names)
    if method == Method.AGENT_AVAIL:
        right = {"account": account.pin}
    else:
        right = {
            "supervisor": account.supervisor_id,
            "manager": account.manager_id,
            "account ID": account.account_id or account.pin,
        }
    for sent, (name, expected) in zip(credentials, right.items(), strict=True):
        if sent != expected:
            raise RejectedCallError(f"Unknown {name}")
    if extension_id not in extensions:
        raise RejectedCallError("Unknown extension")
    return extensions[extension_id]
