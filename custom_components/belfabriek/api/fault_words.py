import re

from .exceptions import FaultError, RejectedCredentialsError


def to_fault(err, redact):
    text = redact(err.text)
    if re.search("invalid pin|reject|wrong|credential", err.text, re.IGNORECASE):
        return RejectedCredentialsError(err.code, text)
    return FaultError(err.code, text)
