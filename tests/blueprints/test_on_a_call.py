"""The blueprint *On a call*."""

from typing import Any

import pytest

from .phones import Phones, note

TARGETS: dict[str, dict[str, Any]] = {
    "R": {"entity_id": ["binary_sensor.reception_on_a_call"]},
    "RS": {"entity_id": ["binary_sensor.reception_on_a_call", "binary_sensor.sales_on_a_call"]},
}

CASES = {
    # The status of Reception, with another one of Sales after a slash: what is done then.
    "a call": ("R", "connecting:start on_call: wrap_up:end ready:"),
    "two calls": ("R", "on_call:start ready:end on_call:start ready:end"),
    "a failed poll in a call": ("R", "on_call:start unavailable: on_call: unknown: ready:end"),
    "a failed poll between calls": ("R", "unavailable: ready: unavailable: on_call:start"),
    "an outage at the end": ("R", "on_call:start unavailable: ready:end on_call:start"),
    "two people": ("RS", "on_call/on_call:start ready/on_call: ready/ready:end"),
    "one person is lost": ("RS", "ready/unavailable: on_call/unavailable:start ready:end"),
    "one after the other": ("RS", "on_call/ready:start on_call/on_call: ready: ready/paused:end"),
}


@pytest.mark.parametrize("case", CASES)
async def test_actions_run_once_for_each_call(phones: Phones, case: str) -> None:
    target, steps = CASES[case]
    await phones.automate(
        "on_a_call",
        extensions=TARGETS[target],
        start_actions=note("start"),
        end_actions=note("end"),
    )
    for step in steps.split():
        statuses, _, done = step.partition(":")
        await phones.set(**dict(zip(("reception", "sales"), statuses.split("/"), strict=False)))
        assert phones.noted() == [done] * bool(done), step


async def test_call_that_a_restart_interrupts_starts_again_and_ends(phones: Phones) -> None:
    await phones.set(reception="on_call")
    actions = {"start_actions": note("start"), "end_actions": note("end")}
    await phones.automate("on_a_call", extensions=TARGETS["R"], **actions)
    assert phones.noted() == []
    await phones.restart()
    assert phones.noted() == ["start"]
    await phones.set(reception="ready")
    assert phones.noted() == ["end"]


async def test_call_ends_although_its_start_actions_fail(phones: Phones) -> None:
    fail = [{"condition": "template", "value_template": "{{ false }}"}]
    actions = {"start_actions": fail, "end_actions": note("end")}
    await phones.automate("on_a_call", extensions=TARGETS["R"], **actions)
    await phones.set(reception="on_call")
    await phones.set(reception="ready")
    assert phones.noted() == ["end"]


async def test_call_that_is_over_before_its_start_actions_ends(phones: Phones) -> None:
    slow = [*note("start"), {"delay": {"minutes": 1}}]
    actions = {"start_actions": slow, "end_actions": note("end")}
    await phones.automate("on_a_call", extensions=TARGETS["R"], **actions)
    await phones.set(reception="on_call")
    await phones.set(reception="ready")
    await phones.wait(minutes=1)
    assert phones.noted() == ["start", "end"]
