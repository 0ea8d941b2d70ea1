"""The blueprint *A colleague is ready*."""

from typing import Any

from tests.helpers import state_of

from .phones import AUTOMATION, SENSORS, Phones, note

INPUTS: dict[str, Any] = {
    "extensions": SENSORS[:1],
    "ready_actions": note("{{ name }}"),
    "over_actions": note("over"),
}


async def test_automation_notifies_once_and_turns_itself_off(phones: Phones) -> None:
    await phones.set(reception="on_call")
    await phones.automate("colleague_ready", **INPUTS)
    for status in ("unavailable", "wrap_up", "unknown"):
        await phones.set(reception=status)
    assert phones.noted() == []
    # Found after a failed poll.
    await phones.set(reception="ready")
    assert phones.noted() == ["Reception"]
    assert state_of(phones.hass, AUTOMATION) == "off"
    await phones.set(reception="on_call")
    assert phones.noted() == ["over"]
    await phones.set(reception="ready")
    assert phones.noted() == []
    # Turned on while the colleague is ready.
    await phones.call("automation", "turn_on", entity_id=AUTOMATION)
    await phones.wait(seconds=3)
    assert phones.noted() == ["Reception"]


async def test_automation_notifies_every_time_but_not_after_a_failed_poll(phones: Phones) -> None:
    await phones.automate("colleague_ready", **INPUTS, once=False)
    for _ in range(2):
        await phones.set(reception="on_call")
        await phones.set(reception="ready")
        await phones.set(reception="unavailable")
        await phones.set(reception="ready")
    assert phones.noted() == ["Reception", "over", "Reception"]
    assert state_of(phones.hass, AUTOMATION) == "on"


async def test_notification_is_removed_when_the_colleague_is_not_ready(phones: Phones) -> None:
    await phones.set(reception="on_call", sales="on_call")
    await phones.automate("colleague_ready", extensions=SENSORS, once=False)
    await phones.set(reception="ready")
    assert phones.notifications == {"Reception": "can be called now."}
    await phones.set(reception="on_call")
    assert phones.notifications == {}
