"""The blueprint *Nobody ready*."""

from typing import Any

from homeassistant.setup import async_setup_component
import pytest

from .phones import HOURS, SENSORS, Phones, note

TARGET: dict[str, Any] = {"entity_id": SENSORS}
ACTIONS: dict[str, Any] = {"nobody_actions": note("nobody"), "over_actions": note("over")}

CASES = {
    # A status of Reception and Sales that lasts two minutes: what is noted then.
    "a call, wrap-up, a pause": (
        "ready/ready: on_call/ready: on_call/paused:nobody wrap_up/paused: ready/paused:over "
        "on_call/paused:nobody paused/offline: paused/ready:over"
    ),
    "one person is lost": "ready/unavailable: on_call/unavailable:nobody on_call/ready:over",
    "an outage of all": (
        "ready/paused: unavailable/unknown: unavailable/paused:nobody ready/paused:over"
    ),
    "an outage while nobody is ready": (
        "on_call/paused:nobody unavailable/unavailable: on_call/paused: unavailable/paused: "
        "ready/paused:over"
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_actions_run_when_nobody_is_ready_and_when_somebody_is_again(
    phones: Phones, case: str
) -> None:
    await phones.automate("nobody_ready", extensions=TARGET, **ACTIONS)
    for step in CASES[case].split():
        statuses, _, done = step.partition(":")
        reception, sales = statuses.split("/")
        await phones.set(reception=reception, sales=sales)
        await phones.wait(minutes=2)
        assert phones.noted() == [done] * bool(done), step


async def test_duration_counts_from_the_last_one_and_ends_before_the_queue_hangs_up(
    phones: Phones,
) -> None:
    await phones.automate("nobody_ready", extensions=TARGET, **ACTIONS)
    await phones.set(sales="paused")
    await phones.wait(minutes=1)
    await phones.set(reception="paused")
    await phones.wait(seconds=85)
    assert phones.noted() == []
    await phones.wait(seconds=10)
    assert phones.noted() == ["nobody"]


async def test_failed_poll_only_delays_the_actions(phones: Phones) -> None:
    await phones.set(sales="paused")
    await phones.automate("nobody_ready", extensions=TARGET, **ACTIONS)
    await phones.set(reception="on_call")
    await phones.wait(minutes=1)
    await phones.fail()
    await phones.poll()
    await phones.wait(seconds=85)
    assert phones.noted() == []
    await phones.wait(seconds=10)
    assert phones.noted() == ["nobody"]


async def test_notification_is_created_after_a_restart_with_nobody_ready(phones: Phones) -> None:
    await phones.set(reception="paused", sales="offline")
    await phones.automate("nobody_ready", extensions=TARGET, **ACTIONS)
    await phones.restart()
    await phones.wait(minutes=2)
    assert phones.noted() == ["nobody"]


async def test_actions_run_only_in_working_hours(phones: Phones) -> None:
    hours: dict[str, dict[str, Any]] = {HOURS.partition(".")[2]: {}}
    assert await async_setup_component(phones.hass, "input_boolean", {"input_boolean": hours})
    await phones.automate("nobody_ready", extensions=TARGET, working_hours=[HOURS], **ACTIONS)
    await phones.set(reception="paused", sales="offline")
    await phones.wait(minutes=10)
    assert phones.noted() == []
    for _ in range(2):
        await phones.call("input_boolean", "turn_on", entity_id=HOURS)
        await phones.wait(seconds=85)
        assert phones.noted() == []
        await phones.wait(seconds=10)
        assert phones.noted() == ["nobody"]
        await phones.call("input_boolean", "turn_off", entity_id=HOURS)
        assert phones.noted() == ["over"]
    await phones.set(sales="ready")
    await phones.call("input_boolean", "turn_on", entity_id=HOURS)
    await phones.wait(minutes=2)
    assert phones.noted() == []


async def test_notification_is_removed_when_somebody_is_ready(phones: Phones) -> None:
    await phones.automate("nobody_ready", extensions=TARGET)
    for _ in range(2):
        await phones.set(reception="on_call", sales="paused")
        await phones.wait(minutes=2)
        assert phones.notifications == {
            "Nobody is ready": "None of the extensions can take a call."
        }
        await phones.set(reception="ready")
        assert phones.notifications == {}


async def test_somebody_ready_during_the_actions_ends_it(phones: Phones) -> None:
    slow = ACTIONS | {"nobody_actions": [*note("nobody"), {"delay": {"minutes": 1}}]}
    await phones.automate("nobody_ready", extensions=TARGET, **slow)
    await phones.set(reception="on_call", sales="paused")
    await phones.wait(seconds=95)
    await phones.set(reception="ready")
    await phones.wait(minutes=1)
    assert phones.noted() == ["nobody", "over"]
