"""Helpers for several test modules."""

import asyncio
from collections.abc import Callable

from homeassistant.core import HomeAssistant

from simulator import Account

SECOND_CALL = "general.getExtensionStatus"
"""The method of the second call."""
UNMISTAKABLE = Account(
    pin="0057193846", account_id="kvq-zzyxwj", supervisor_id="7081920443", manager_id="9062835177"
)
"""An account whose IDs are not part of a port, time or phone number by chance."""


def state_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the state of an entity, or `None` if it has none."""
    state = hass.states.get(entity_id)
    return None if state is None else state.state


def states_of(hass: HomeAssistant, domain: str | None = None) -> dict[str, str]:
    """Return every state by entity ID, of one domain or of all."""
    return {state.entity_id: state.state for state in hass.states.async_all(domain)}


async def until(condition: Callable[[], bool], *, limit: float = 30) -> None:
    """Wait for something that raises no event; `limit` is in seconds."""
    async with asyncio.timeout(limit):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)


def since_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return since when an extension has its status; `None` if that is not known."""
    state = hass.states.get(entity_id)
    assert state is not None
    since = state.attributes.get("since")
    assert since is None or isinstance(since, str)
    return since
