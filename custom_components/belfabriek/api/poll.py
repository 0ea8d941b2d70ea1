"""The vendor's procedure ("How to use these calls"), for many extensions at once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping

from .client import MAX_IN_FLIGHT, BelfabriekClient
from .exceptions import BelfabriekError
from .models import AgentAvailability, ExtensionState

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
    """Requests in a queue, and as many workers as there may be requests under way.

    A task for each extension would do the same, and cost more the more of them wait.
    """

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
        self._requests: deque[tuple[Callable[[str], Awaitable[None]], str]] = deque()
        for extension_id, is_expected in expect_available.items():
            self._requests.append((self._ask_availability, extension_id))
            if is_expected and client.include_call_state:
                self._requests.append((self._ask_call_state, extension_id))

    async def run(self) -> None:
        """Work through the queue."""
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(MAX_IN_FLIGHT, len(self._requests))):
                workers.create_task(self._work())

    async def _work(self) -> None:
        while self._requests:
            ask, extension_id = self._requests.popleft()
            await ask(extension_id)

    async def _ask_availability(self, extension_id: str) -> None:
        availability = await _settle(self._client.get_agent_availability(extension_id))
        self._availabilities[extension_id] = availability
        if isinstance(availability, BelfabriekError):
            self._take(extension_id, availability)
        elif not availability.available or not self._client.include_call_state:
            self._take(extension_id, ExtensionState(availability=availability))
        elif extension_id in self._call_states:
            self._combine(extension_id, availability, self._call_states[extension_id])
        elif not self._expect_available[extension_id]:
            self._requests.appendleft((self._ask_call_state, extension_id))

    async def _ask_call_state(self, extension_id: str) -> None:
        call_state = await _settle(self._client.get_extension_status(extension_id))
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


async def _settle[AnswerT](call: Awaitable[AnswerT]) -> AnswerT | BelfabriekError:
    """Return an answer, or why there is none."""
    try:
        return await call
    except BelfabriekError as err:
        # Whoever keeps it need not keep what led to it: the answer, the frames.
        err.__context__ = None
        return err.with_traceback(None)
