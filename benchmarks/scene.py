"""What is asked for: one account, and agents of whom every other one is available."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from simulator import Account, AgentState

ACCOUNT: Final = Account()


@dataclass(frozen=True, slots=True)
class Answer:
    """What can be known of an extension after a poll, in the server's own words."""

    available: bool
    reason: str
    call_state: str
    """Empty unless the agent is available: the vendor's procedure does not ask for it."""


type Answers = Mapping[str, Answer]
"""Answers by extension ID."""


def extension_ids(count: int) -> list[str]:
    """Return the IDs of an account of `count` extensions; zeros lead, as with the vendor."""
    return [f"{number:05}" for number in range(1, count + 1)]


def initial_state(index: int) -> AgentState:
    """Return the state that the extension at `index` starts in: every other one is available.

    Every agent has a phone number of its own, so that no two first answers are the same bytes.
    """
    endpoint = f"3120{index:07}"
    if index % 2:
        return AgentState(available=False, reason="pause", endpoint=endpoint)
    return AgentState(available=True, reason="-", call_state="idle", endpoint=endpoint)


def answer_of(state: AgentState) -> Answer:
    """Return what a contender must make of `state`."""
    return Answer(state.available, state.reason, state.call_state if state.available else "")


def available_of(count: int) -> int:
    """Return how many of `count` extensions are available at first."""
    return (count + 1) // 2


def requests_of(count: int) -> int:
    """Return how many requests the vendor's procedure needs: all, and the available ones again."""
    return count + available_of(count)


def first_call(extension_id: str) -> dict[str, str]:
    """Return the parameters of `ivr.getAgentAvail`."""
    return {"accountCode": ACCOUNT.pin, "extensionId": extension_id}


def second_call(extension_id: str) -> dict[str, str]:
    """Return the parameters of `general.getExtensionStatus`."""
    return {
        "supId": ACCOUNT.supervisor_id,
        "manId": ACCOUNT.manager_id,
        "accountCode": ACCOUNT.account_id,
        "extensionId": extension_id,
    }
