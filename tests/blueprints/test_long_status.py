"""The blueprint *Long status*."""

from typing import Any

import pytest

from .phones import SENSORS, Phones, note

INPUTS: dict[str, Any] = {
    "extensions": SENSORS,
    "minutes": 10,
    "statuses": ["on_call", "handling", "wrap_up", "paused"],
    "long_actions": note("{{ name }}: {{ status }}"),
    "over_actions": note("over"),
}


@pytest.mark.parametrize(
    ("status", "name"), [("on_call", "On a call"), ("wrap_up", "Wrap-up"), ("paused", "Paused")]
)
async def test_actions_run_once_for_each_long_status(
    phones: Phones, status: str, name: str
) -> None:
    await phones.automate("long_status", **INPUTS)
    for _ in range(2):
        await phones.set(reception=status)
        await phones.wait(minutes=9.9)
        assert phones.noted() == []
        await phones.wait(minutes=0.1)
        assert phones.noted() == [f"Reception: {name}"]
        await phones.wait(minutes=12)
        assert phones.noted() == []
        await phones.set(reception="ready")
        assert phones.noted() == ["over"]


async def test_short_status_runs_no_actions(phones: Phones) -> None:
    await phones.automate("long_status", **INPUTS)
    for status in ("on_call", "wrap_up", "paused", "on_call", "ready"):
        await phones.set(reception=status)
        await phones.wait(minutes=9)
    await phones.wait(minutes=12)
    assert phones.noted() == []


async def test_extensions_are_timed_separately(phones: Phones) -> None:
    await phones.automate("long_status", **INPUTS)
    await phones.set(reception="on_call")
    await phones.wait(minutes=5)
    await phones.set(sales="paused")
    await phones.wait(minutes=6)
    assert phones.noted() == ["Reception: On a call"]
    await phones.wait(minutes=5)
    assert phones.noted() == ["Sales: Paused"]


@pytest.mark.parametrize(
    "lost_at",
    [
        pytest.param(8.0, id="before the minute"),
        pytest.param(9.98, id="at the minute"),
        pytest.param(12.0, id="after the minute"),
    ],
)
@pytest.mark.parametrize("lost", ["unavailable", "restart"])
async def test_failed_poll_or_restart_does_not_restart_the_minutes(
    phones: Phones, lost_at: float, lost: str
) -> None:
    await phones.automate("long_status", **INPUTS)
    await phones.set(reception="on_call")
    await phones.wait(minutes=lost_at)
    if lost == "restart":
        await phones.restart()
    else:
        await phones.set(reception=lost)
        await phones.set(reception="on_call")
    await phones.wait(minutes=10.15 - lost_at)
    assert phones.noted() == ["Reception: On a call"]
    await phones.wait(minutes=12)
    assert phones.noted() == []


async def test_notification_is_replaced_and_removed(phones: Phones) -> None:
    await phones.automate("long_status", extensions=SENSORS, minutes=1, statuses=["paused"])
    for _ in range(2):
        await phones.set(reception="paused")
        await phones.wait(minutes=1)
        assert phones.notifications == {"Reception": "Paused for 1 min"}
        await phones.set(reception="unavailable")
        assert len(phones.notifications) == 1
        await phones.set(reception="ready")
        assert phones.notifications == {}
