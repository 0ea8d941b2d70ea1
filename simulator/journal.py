"""The received requests, in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .agents import AgentState


@dataclass(slots=True, kw_only=True)
class RequestRecord:
    """One request to the vendor's address.

    - `time`: when it arrived, in UTC.
    - `connection`: the number of the TCP connection it came on.
    - `method`, `params`: what was asked; None and empty if the body was not a methodCall.
    - `extension_id`: the extension that was asked about, existing or not; None if not understood.
    - `state`: the reported state of the agent; None if the answer does not contain it.
    - `fault_code`: the code of the fault with which the call was rejected, or None.
    - `injected`: the name of the fault that was injected, or None.
    - `refused`: whether the server's limit refused the request.
    """

    time: datetime
    connection: int
    method: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    extension_id: str | None = None
    state: AgentState | None = None
    fault_code: int | None = None
    injected: str | None = None
    refused: bool = False
