from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
import pytest

from tests.helpers import state_of

from .house import FAIL, MEMORY, House, note

ON_A_CALL = "on_a_call"
STARTED = "started"
ENDED = "ended"
ACTIONS: dict[str, Any] = {"start_actions": note(STARTED), "end_actions": note(ENDED)}
ONE = ACTIONS | {"extensions": ["reception"]}
TWO = ACTIONS | {"extensions": ["reception", "sales"]}
WITH_MEMORY = ONE | {"memory": MEMORY}

STATUS = {STATE_ON: "on_call", STATE_OFF: "ready"}

no_state = pytest.mark.parametrize("no_state", [STATE_UNAVAILABLE, STATE_UNKNOWN])


async def begin(house: House, inputs: dict[str, Any]) -> None:
    """Make the automation while nobody is on a call."""
    await house.set(reception="ready", sales="ready")
    await house.automate(ON_A_CALL, **inputs)


async def test_every_call_starts_and_ends_once(house: House) -> None:
    await begin(house, ONE)
    for _ in range(2):
        await house.set(reception="on_call")
        await house.wait(minutes=5)
        assert house.said() == [STARTED]
        await house.set(reception="ready")
        await house.wait(minutes=5)
        assert house.said() == [ENDED]


# Outages


@no_state
@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("on_call", "on_call", [STARTED]),
        ("on_call", "ready", [STARTED, ENDED]),
        ("ready", "ready", []),
        ("ready", "on_call", [STARTED]),
    ],
)
async def test_an_outage_repeats_nothing_and_leaves_nothing_out(
    house: House, no_state: str, before: str, after: str, said: list[str]
) -> None:
    await begin(house, ONE)
    await house.set(reception=before)
    await house.set(reception=no_state)
    await house.wait(minutes=30)
    assert house.said() == [STARTED] * (before == "on_call")
    await house.set(reception=after)
    assert house.said() == said[before == "on_call" :]
    await house.set(reception="ready")
    assert house.said() == [ENDED] * (after == "on_call")


# Several extensions


async def test_a_call_lasts_from_the_first_to_the_last_extension(house: House) -> None:
    await begin(house, TWO)
    await house.set(reception="on_call", sales="on_call")
    await house.set(reception="ready")
    assert house.said() == [STARTED]
    await house.set(sales="ready")
    assert house.said() == [ENDED]


async def test_an_extension_that_gets_lost_keeps_its_call_and_no_other(house: House) -> None:
    await begin(house, TWO)
    await house.set(reception="on_call", sales="on_call")
    await house.set(reception=STATE_UNAVAILABLE, sales="ready")
    assert house.said() == [STARTED]
    await house.set(reception="ready")
    assert house.said() == [ENDED]
    await house.set(reception="on_call", sales=STATE_UNAVAILABLE)
    await house.set(reception="ready")
    assert house.said() == [STARTED, ENDED]


async def test_the_call_of_an_extension_that_was_removed_ends(house: House) -> None:
    await begin(house, ONE)
    await house.set(reception="on_call")
    await house.remove("reception")
    assert house.said() == [STARTED, ENDED]


# Restarts


async def test_a_call_that_is_there_after_a_restart_ends_but_does_not_start(
    house: House,
) -> None:
    await house.set(reception="on_call")
    await house.start(ON_A_CALL, **ONE)
    await house.set(reception=STATE_UNAVAILABLE)
    await house.set(reception="on_call")
    assert house.said() == []
    await house.set(reception="ready")
    assert house.said() == [ENDED]
    await house.set(reception="on_call")
    assert house.said() == [STARTED]


@no_state
async def test_so_does_one_that_is_found_late(house: House, no_state: str) -> None:
    await house.set(reception=no_state)
    await house.start(ON_A_CALL, **ONE)
    await house.wait(minutes=5)
    await house.set(reception="on_call")
    assert house.said() == []
    await house.set(reception="ready")
    assert house.said() == [ENDED]


@no_state
async def test_a_restart_between_calls_is_nothing(house: House, no_state: str) -> None:
    await house.set(reception=no_state)
    await house.start(ON_A_CALL, **ONE)
    await house.set(reception="ready")
    assert house.said() == []
    await house.set(reception="on_call")
    await house.set(reception="ready")
    assert house.said() == [STARTED, ENDED]


async def test_an_extension_that_is_not_found_after_a_restart_hides_no_call(
    house: House,
) -> None:
    await house.set(reception="ready", sales=STATE_UNAVAILABLE)
    await house.start(ON_A_CALL, **TWO)
    await house.set(reception="on_call")
    assert house.said() == [STARTED]
    await house.set(reception="ready")
    assert house.said() == [ENDED]


async def test_the_toggle_says_whether_there_is_a_call_after_a_power_failure_too(
    house: House,
) -> None:
    await house.toggle(MEMORY, on=False)
    await begin(house, WITH_MEMORY)
    for state in (STATE_ON, STATE_OFF):
        await house.set(reception=STATUS[state])
        assert state_of(house.hass, MEMORY) == house.saved(MEMORY) == state
    assert house.said() == [STARTED, ENDED]


@pytest.mark.parametrize(
    ("toggle", "state", "said"),
    [
        (True, STATE_ON, []),
        (True, STATE_OFF, [ENDED]),
        (False, STATE_ON, [STARTED]),
        (False, STATE_OFF, []),
    ],
)
@pytest.mark.parametrize("late", [False, True])
async def test_with_a_toggle_a_restart_repeats_nothing_and_leaves_nothing_out(
    house: House, toggle: bool, state: str, said: list[str], late: bool
) -> None:
    await house.toggle(MEMORY, on=toggle)
    await house.set(reception=STATE_UNAVAILABLE if late else STATUS[state])
    await house.start(ON_A_CALL, **WITH_MEMORY)
    await house.set(reception=STATUS[state])
    assert house.said() == said
    assert state_of(house.hass, MEMORY) == state
    await house.set(reception="ready")
    assert house.said() == ([ENDED] if state == STATE_ON else [])


async def test_a_new_automation_knows_the_end_of_a_call_but_not_its_start(house: House) -> None:
    await house.set(reception="on_call")
    await house.automate(ON_A_CALL, **ONE)
    assert house.said() == []
    await house.set(reception="ready")
    assert house.said() == [ENDED]


async def test_without_a_reason_nothing_runs(house: House) -> None:
    await house.set(reception="ready")
    await house.start(ON_A_CALL, **ONE)
    await house.turn_off_and_on()
    assert house.last_run() is None


async def test_an_automation_that_is_saved_or_turned_on_in_a_call_repeats_nothing(
    house: House,
) -> None:
    await begin(house, ONE)
    await house.set(reception="on_call")
    await house.edit(ON_A_CALL, **ONE | {"end_actions": note("over")})
    await house.turn_off_and_on()
    assert house.said() == [STARTED]
    await house.set(reception="ready")
    assert house.said() == ["over"]


# Actions


@pytest.mark.parametrize(
    "actions", [FAIL, [{"condition": "template", "value_template": "{{ false }}"}]]
)
async def test_a_call_ends_although_its_start_went_wrong(
    house: House, actions: list[dict[str, Any]]
) -> None:
    await begin(house, ONE | {"start_actions": actions})
    await house.set(reception="on_call")
    await house.set(reception="ready")
    assert house.said() == [ENDED]


@pytest.mark.parametrize("slow", ["start_actions", "end_actions"])
async def test_what_happens_during_the_actions_is_not_lost(house: House, slow: str) -> None:
    await begin(house, ONE | {slow: [{"delay": {"minutes": 1}}, *ACTIONS[slow]]})
    for status in ("on_call", "ready", "on_call"):
        await house.set(reception=status)
    await house.wait(minutes=1.1)
    expected = [STARTED, ENDED, STARTED]
    assert house.said() == (expected if slow == "end_actions" else expected[:1])
