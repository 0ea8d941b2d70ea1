"""What the server was asked, in order."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .agents import AgentState
from .faults.kinds import FaultKind


@dataclass(slots=True, kw_only=True)
class RequestRecord:
    """One request to the vendor's address.

    - `number`: 1 for the simulator's first request, and so on, also after the journal was emptied.
    - `time`: when it arrived, in UTC.
    - `connection`: the number of the TCP connection it came on; as many different numbers, as many
      connections were used.
    - `in_flight`: how many requests were being answered at that moment, this one included.
    - `method`, `params`: what was asked; None and empty if the body was not a methodCall.
    - `extension_id`: the extension that was asked about, existing or not; None if not understood.
    - `state`: the agent's state as it was reported, as far as it was; None until then, or if the
      answer does not tell it.
    - `fault_code`: the code of the fault with which the call was rejected, or None.
    - `injected`: the kind of the injected fault that spoiled the exchange, or None.
    """

    number: int
    time: datetime
    connection: int
    in_flight: int
    method: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    extension_id: str | None = None
    state: AgentState | None = None
    fault_code: int | None = None
    injected: FaultKind | None = None


@dataclass(frozen=True, slots=True)
class TrappedRequest:
    """A request to an address to which only a redirect or an XML entity leads."""

    method: str
    path: str
    body: bytes


class Journal:
    """The last `limit` requests."""

    def __init__(self, limit: int) -> None:
        self._records: deque[RequestRecord] = deque(maxlen=limit)
        self._count = 0

    def open(self, *, time: datetime, connection: int, in_flight: int) -> RequestRecord:
        """Add a record for a request that just arrived; the caller fills in the rest."""
        self._count += 1
        record = RequestRecord(
            number=self._count, time=time, connection=connection, in_flight=in_flight
        )
        self._records.append(record)
        return record

    def records(self) -> list[RequestRecord]:
        """Return the records, oldest first."""
        return list(self._records)

    def clear(self) -> None:
        """Forget every request."""
        self._records.clear()
