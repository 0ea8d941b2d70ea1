"""The vendor's procedure ("How to use these calls"), for many extensions at once."""

from collections.abc import Callable, Mapping

from .client import BelfabriekClient
from .exceptions import BelfabriekError
from .models import AgentAvailability, ExtensionState
from .request_queue import RequestQueue

type Outcome = ExtensionState | BelfabriekError
"""The state of an extension, or why there is none."""


async def poll(
    client: BelfabriekClient,
    expect_available: Mapping[str, bool],
    take: Callable[[str, Outcome], None],
) -> None:
    """Ask the first call for every extension, and the second for those that are available.

    `expect_available` says, by extension ID, whether an extension is expected to be: then it is
    sent both calls at once, which saves a round trip, and the second answer is thrown away if
    the first says otherwise. `take` is given every extension and its outcome, once, as soon as
    it is known. Nothing is raised for an extension.
    """
    await _Poll(client, expect_available, take).run()


class _Poll:
    def __init__(
        self,
        client: BelfabriekClient,
        expect_available: Mapping[str, bool],
        take: Callable[[str, Outcome], None],
    ) -> None:
        self._client = client
        self._expect_available = expect_available
        self._take = take
        self._availabilities: dict[str, AgentAvailability | BelfabriekError] = {}
        self._call_states: dict[str, str | BelfabriekError] = {}
        self._queue = RequestQueue()

    async def run(self) -> None:
        for extension_id, is_expected in self._expect_available.items():
            self._queue.add(
                self._client.get_agent_availability, extension_id, self._take_availability
            )
            if is_expected and self._client.include_call_state:
                self._queue.add(
                    self._client.get_extension_status, extension_id, self._take_call_state
                )
        await self._queue.run()

    def _take_availability(
        self, extension_id: str, availability: AgentAvailability | BelfabriekError
    ) -> None:
        self._availabilities[extension_id] = availability
        if isinstance(availability, BelfabriekError):
            self._take(extension_id, availability)
        elif not availability.available or not self._client.include_call_state:
            self._take(extension_id, ExtensionState(availability=availability))
        elif extension_id in self._call_states:
            self._combine(extension_id, availability, self._call_states[extension_id])
        elif not self._expect_available[extension_id]:
            self._queue.add_next(
                self._client.get_extension_status, extension_id, self._take_call_state
            )

    def _take_call_state(self, extension_id: str, call_state: str | BelfabriekError) -> None:
        self._call_states[extension_id] = call_state
        availability = self._availabilities.get(extension_id)
        if isinstance(availability, AgentAvailability) and availability.available:
            self._combine(extension_id, availability, call_state)

    def _combine(
        self, extension_id: str, availability: AgentAvailability, call_state: str | BelfabriekError
    ) -> None:
        self._take(
            extension_id,
            call_state
            if isinstance(call_state, BelfabriekError)
            else ExtensionState(availability=availability, call_state_text=call_state),
        )
