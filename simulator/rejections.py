"""Why the server would not answer a call. The document names no fault codes: these are ours."""

from enum import IntEnum
from typing import Final


class FaultCode(IntEnum):
    """The `faultCode` of each reason."""

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
