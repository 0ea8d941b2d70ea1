"""The vendor's two methods: who may call them, with what, and what they say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from . import answers
from .account import Account
from .agents import AgentState
from .calls import Call
from .dialect import Dialect
from .rejections import FaultCode, RejectedCallError


class Method(StrEnum):
    """The methods of the document."""

    AGENT_AVAIL = "ivr.getAgentAvail"
    EXTENSION_STATUS = "general.getExtensionStatus"


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A parameter under both of its names, and what must be in it (None: an extension ID)."""

    sample: str
    table: str
    expected: Callable[[Account], str] | None
    wrong: FaultCode
    wrong_text: str

    def name(self, dialect: Dialect) -> str:
        return self.table if dialect.parameters == "table" else self.sample


_PARAMETERS: Final[Mapping[Method, tuple[_Parameter, ...]]] = {
    Method.AGENT_AVAIL: (
        _Parameter(
            "accountCode",
            "accountPin",
            lambda account: account.pin,
            FaultCode.UNKNOWN_ACCOUNT,
            "Unknown account",
        ),
        _Parameter(
            "extensionId", "extensionId", None, FaultCode.UNKNOWN_EXTENSION, "Unknown extension"
        ),
    ),
    Method.EXTENSION_STATUS: (
        _Parameter(
            "supId",
            "supId",
            lambda account: account.supervisor_id,
            FaultCode.UNKNOWN_SUPERVISOR,
            "Unknown supervisor",
        ),
        _Parameter(
            "manId",
            "manId",
            lambda account: account.manager_id,
            FaultCode.UNKNOWN_MANAGER,
            "Unknown manager",
        ),
        _Parameter(
            "accountCode",
            "custId",
            lambda account: account.second_call_code,
            FaultCode.UNKNOWN_ACCOUNT_ID,
            "Unknown account ID",
        ),
        _Parameter("extensionId", "extId", None, FaultCode.UNKNOWN_EXTENSION, "Unknown extension"),
    ),
}

_MEMBERS: Final[Mapping[Method, Callable[[AgentState, Dialect], list[answers.Member]]]] = {
    Method.AGENT_AVAIL: answers.availability,
    Method.EXTENSION_STATUS: answers.call_state,
}


def known_method(call: Call) -> Method:
    """Return the method that `call` names; `RejectedCallError` if there is no such method."""
    try:
        return Method(call.method)
    except ValueError:
        raise RejectedCallError(FaultCode.UNKNOWN_METHOD, "Unknown method") from None


def parameter_names(method: Method, dialect: Dialect) -> tuple[str, ...]:
    """Return the names that `method` must be sent, in the order of the document."""
    return tuple(parameter.name(dialect) for parameter in _PARAMETERS[method])


def asked_extension(method: Method, params: Mapping[str, str]) -> str | None:
    """Return the extension ID in `params`, under either of its names, whether it exists or not."""
    parameter = _PARAMETERS[method][-1]
    return params.get(parameter.sample, params.get(parameter.table))


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
    names = parameter_names(method, dialect)
    for name in names:
        if name not in params:
            raise RejectedCallError(FaultCode.MISSING_PARAMETER, f"Missing parameter {name}")
    if len(params) > len(names):
        raise RejectedCallError(FaultCode.UNEXPECTED_PARAMETER, "Unexpected parameter")
    for parameter in _PARAMETERS[method]:
        sent = params[parameter.name(dialect)]
        right = (
            sent in extensions
            if parameter.expected is None
            else sent == parameter.expected(account)
        )
        if not right:
            raise RejectedCallError(parameter.wrong, parameter.wrong_text)
    return params[names[-1]]


def members(method: Method, state: AgentState, dialect: Dialect) -> list[answers.Member]:
    """Return the struct that answers `method` for an agent in `state`."""
    return _MEMBERS[method](state, dialect)
