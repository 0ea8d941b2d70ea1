from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.helpers.trigger import (
    async_get_all_descriptions,
    async_validate_trigger_config,
)
import probatio
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

import custom_components.belfabriek
from custom_components.belfabriek import condition, trigger
from custom_components.belfabriek.const import DOMAIN

from .flows import TEXTS
from .helpers import state_of
from .team import Team, automate

FOLDER = Path(custom_components.belfabriek.__file__).parent

STATE_OPTIONS = {"behavior", "for"}
KEYS = {
    "triggers": {
        "became_not_ready": STATE_OPTIONS,
        "became_on_call": STATE_OPTIONS,
        "became_ready": STATE_OPTIONS,
        "call_connected": set(),
        "call_ended": {"answered"},
        "call_started": set(),
    },
    "conditions": {
        "is_not_ready": STATE_OPTIONS,
        "is_on_call": STATE_OPTIONS,
        "is_ready": STATE_OPTIONS,
    },
}
"""Automations of users name them: none may be renamed or removed."""


@pytest.fixture
async def team(hass: HomeAssistant, enable_custom_integrations: None) -> AsyncIterator[Team]:
    team = Team(hass)
    for name in ("reception", "sales"):
        team.add(name)
    yield team
    if hass.states.async_entity_ids("automation"):
        await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, True)


def of(key: str, target: dict[str, Any], **options: object) -> dict[str, Any]:
    return {"trigger": f"belfabriek.{key}", "target": target, "options": options}


def entities(team: Team, key: str, *names: str) -> dict[str, Any]:
    return {"entity_id": [team.id_of(name, key) for name in names]}


async def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory, **time: int) -> None:
    freezer.tick(timedelta(**time))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


# --- keys and texts --------------------------------------------------------------------------


async def test_the_keys_and_options_stay_what_they_are(
    hass: HomeAssistant, enable_custom_integrations: None
) -> None:
    assert set(await trigger.async_get_triggers(hass)) == set(KEYS["triggers"])
    assert set(await condition.async_get_conditions(hass)) == set(KEYS["conditions"])


@pytest.mark.parametrize("kind", KEYS)
def test_every_option_has_its_text(kind: str) -> None:
    assert {key: set(text.get("fields", ())) for key, text in TEXTS[kind].items()} == KEYS[kind]
    assert set(TEXTS["selector"]["answered"]["options"]) == {"any", "yes", "no"}


async def test_the_editor_is_told_of_the_fields(
    hass: HomeAssistant, enable_custom_integrations: None, caplog: pytest.LogCaptureFixture
) -> None:
    MockConfigEntry(domain=DOMAIN).add_to_hass(hass)
    trigger_config = of("call_started", {"area_id": "office"})
    trigger_config["platform"] = trigger_config.pop("trigger")
    await async_validate_trigger_config(hass, [trigger_config])
    descriptions = await async_get_all_descriptions(hass)
    ours = {
        key.removeprefix("belfabriek."): set(description.get("fields", ()))
        for key, description in descriptions.items()
        if key.startswith("belfabriek.") and description is not None
    }
    assert ours == KEYS["triggers"]
    assert "belfabriek" not in "".join(
        record.getMessage() for record in caplog.records if "Unable to parse" in record.getMessage()
    )


def test_nothing_but_the_public_helpers_is_imported() -> None:
    for module in ("trigger.py", "condition.py", "targets.py"):
        source = (FOLDER / module).read_text("utf-8")
        assert "homeassistant.components" not in source
        assert re.findall(r"helpers\.(?:trigger|condition)\.", source) == []


# --- targets ---------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [{}, {"entity_id": []}, {"area_id": []}])
@pytest.mark.parametrize("key", KEYS["triggers"])
async def test_an_empty_target_is_refused_by_name(
    hass: HomeAssistant, enable_custom_integrations: None, key: str, target: dict[str, Any]
) -> None:
    config = {"platform": f"belfabriek.{key}", "target": target}
    with pytest.raises(probatio.Invalid, match="target"):
        await async_validate_trigger_config(hass, [config])


@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        ("became_on_call", "on_call", "available"),
        ("became_ready", "status", "status_since"),
        ("call_started", "call", "status"),
    ],
)
async def test_an_entity_that_can_never_match_is_refused_by_name(
    hass: HomeAssistant, team: Team, key: str, right: str, wrong: str
) -> None:
    other = team.entities.async_get_or_create("sensor", "other", "1").entity_id
    for entity_id in (team.id_of("reception", wrong), other):
        target = {"entity_id": [team.id_of("reception", right), entity_id]}
        with pytest.raises(probatio.Invalid, match=f"{entity_id} can never match"):
            await async_validate_trigger_config(
                hass, [{"platform": f"belfabriek.{key}", "target": target}]
            )
    # Nothing is known of an account that is not loaded.
    target = {"entity_id": ["sensor.of_an_account_to_come"]}
    await async_validate_trigger_config(hass, [{"platform": f"belfabriek.{key}", "target": target}])


@pytest.mark.parametrize("kind", ["device_id", "area_id", "floor_id", "label_id"])
async def test_only_our_entities_of_the_right_kind_are_meant(
    hass: HomeAssistant, team: Team, kind: str
) -> None:
    area = ar.async_get(hass).async_create("Office")
    floor = fr.async_get(hass).async_create("Ground")
    ar.async_get(hass).async_update(area.id, floor_id=floor.floor_id)
    label = lr.async_get(hass).async_create("Desk")
    device = team.add("support", area.id)
    team.devices.async_update_device(device, labels={label.label_id})
    other = team.entities.async_get_or_create(
        "sensor", "other", "1", device_id=device, translation_key="status"
    )
    targets = {
        "device_id": device,
        "area_id": area.id,
        "floor_id": floor.floor_id,
        "label_id": label.label_id,
    }
    runs = await automate(hass, of("became_ready", {kind: targets[kind]}))
    hass.states.async_set(other.entity_id, "paused")
    await team.set("status", support="paused", sales="paused")
    await team.set("call_state", support="paused")
    hass.states.async_set(other.entity_id, "ready")
    await team.set("call_state", support="ready")
    await team.set("status", sales="ready")
    assert runs == []
    await team.set("status", support="ready")
    assert runs == [team.id_of("support", "status")]


async def test_another_entity_of_the_extension_is_not_meant(
    hass: HomeAssistant, team: Team
) -> None:
    device = team.add("support")
    runs = await automate(hass, of("became_on_call", {"device_id": device}))
    for state in ("off", "on"):
        await team.set("available", support=state)
    assert runs == []


async def test_an_extension_that_comes_into_the_area_counts_and_one_that_leaves_does_not(
    hass: HomeAssistant, team: Team
) -> None:
    office, hall = (ar.async_get(hass).async_create(name) for name in ("Office", "Hall"))
    team.add("support", office.id)
    runs = await automate(hass, of("call_started", {"area_id": office.id}))
    team.add("workshop", office.id)
    await team.set("call", workshop="unknown")
    await team.report("workshop", "call_started")
    assert runs == [team.id_of("workshop", "call")]
    team.entities.async_update_entity(team.id_of("workshop", "call"), area_id=hall.id)
    await team.report("workshop", "call_started")
    assert len(runs) == 1


async def test_the_area_of_the_entity_comes_before_that_of_its_device(
    hass: HomeAssistant, team: Team
) -> None:
    office, hall = (ar.async_get(hass).async_create(name) for name in ("Office", "Hall"))
    team.add("support", office.id)
    team.entities.async_update_entity(team.id_of("support", "call"), area_id=hall.id)
    await team.set("call", support="unknown")
    runs = await automate(hass, of("call_started", {"area_id": hall.id}))
    await team.report("support", "call_started")
    assert runs == [team.id_of("support", "call")]


@pytest.mark.parametrize(("named", "expected"), [(False, 0), (True, 1)])
async def test_a_hidden_entity_counts_only_if_it_is_named(
    hass: HomeAssistant, team: Team, named: bool, expected: int
) -> None:
    device = team.add("support")
    team.entities.async_update_entity(
        team.id_of("support", "status"), hidden_by=er.RegistryEntryHider.USER
    )
    target = entities(team, "status", "support") if named else {"device_id": device}
    runs = await automate(hass, of("became_ready", target))
    await team.set("status", support="paused")
    await team.set("status", support="ready")
    assert len(runs) == expected


async def test_a_rename_is_no_change_and_the_new_name_is_given(
    hass: HomeAssistant, team: Team
) -> None:
    device = team.add("support")
    runs = await automate(hass, of("became_ready", {"device_id": device}))
    await team.set("status", support="ready")
    old = team.id_of("support", "status")
    team.entities.async_update_entity(old, new_entity_id="sensor.help_desk")
    hass.states.async_remove(old)
    await team.set("status", support="ready")
    assert runs == []
    await team.set("status", support="paused")
    await team.set("status", support="ready")
    assert runs == ["sensor.help_desk"]


# --- events of calls -------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["call_started", "call_connected", "call_ended"])
async def test_a_call_triggers_once_and_nothing_else_does(
    hass: HomeAssistant, team: Team, key: str
) -> None:
    await team.set("call", reception="unknown")
    runs = await automate(hass, of(key, entities(team, "call", "reception")))
    triggering = []
    for event in ("call_started", "call_connected", "call_ended", "wrap_up_started"):
        before = len(runs)
        await team.report("reception", event)
        triggering += [event] * (len(runs) - before)
    assert triggering == [key]


async def test_an_old_event_that_comes_back_after_an_outage_is_none(
    hass: HomeAssistant, team: Team
) -> None:
    runs = await automate(hass, of("call_ended", entities(team, "call", "reception")))
    call = team.id_of("reception", "call")
    old = ("2026-11-25T07:00:00.000+00:00", {"event_type": "call_ended", "answered": False})
    hass.states.async_set(call, *old)
    for gone in ("unavailable", None):
        if gone is None:
            hass.states.async_remove(call)
        else:
            hass.states.async_set(call, gone)
        await hass.async_block_till_done()
        hass.states.async_set(call, *old)
        await hass.async_block_till_done()
    hass.states.async_set(call, old[0], {**old[1], "friendly_name": "Renamed"})
    await hass.async_block_till_done()
    assert runs == []


async def test_two_events_in_one_millisecond_are_both_noticed(
    hass: HomeAssistant, team: Team
) -> None:
    await team.report("reception", "call_connected")
    runs = await automate(hass, of("call_started", entities(team, "call", "reception")))
    for event in ("call_ended", "call_started"):
        hass.states.async_set(
            team.id_of("reception", "call"), "2026-11-25T09:00:00.000+00:00", {"event_type": event}
        )
    await hass.async_block_till_done()
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ({}, [True, False, None]),
        ({"answered": "any"}, [True, False, None]),
        ({"answered": "yes"}, [True]),
        ({"answered": "no"}, [False]),
        ({"answered": True}, [True]),
        ({"answered": False}, [False]),
    ],
)
async def test_the_end_of_a_call_can_be_asked_for_by_its_answer(
    hass: HomeAssistant, team: Team, option: dict[str, Any], expected: list[bool | None]
) -> None:
    await team.set("call", reception="unknown")
    runs = await automate(hass, of("call_ended", entities(team, "call", "reception"), **option))
    triggered = []
    for answered in (True, False, None):
        await team.report("reception", "call_started")
        await team.report("reception", "call_ended", answered=answered, duration=5)
        if runs:
            triggered.append(answered)
            runs.clear()
    assert triggered == expected


# --- states ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "entity", "before", "after"),
    [
        ("became_on_call", "on_call", "off", ["on"]),
        ("became_ready", "status", "wrap_up", ["ready"]),
        ("became_not_ready", "status", "ready", ["paused", "offline", "not_available"]),
    ],
)
async def test_a_change_between_known_states_triggers(
    hass: HomeAssistant, team: Team, key: str, entity: str, before: str, after: list[str]
) -> None:
    await team.set(entity, reception=before)
    runs = await automate(hass, of(key, entities(team, entity, "reception")))
    for state in after:
        await team.set(entity, reception=before)
        await team.set(entity, reception=state)
        for unread in ("unavailable", "unknown"):
            await team.set(entity, reception=unread)
            await team.set(entity, reception=state)
    assert len(runs) == len(after)
    # A change from one of these statuses to another does not trigger.
    for state in after:
        await team.set(entity, reception=state)
    assert len(runs) == len(after)


async def test_two_in_the_same_refresh_are_one_first(hass: HomeAssistant, team: Team) -> None:
    await team.set("on_call", reception="off", sales="off")
    target = entities(team, "on_call", "reception", "sales")
    runs = await automate(hass, of("became_on_call", target, behavior="first"))
    await team.set("on_call", reception="on", sales="on")
    assert len(runs) == 1


async def test_all_are_not_ready_only_if_the_last_known_one_becomes_so(
    hass: HomeAssistant, team: Team
) -> None:
    await team.set("status", reception="ready", sales="unavailable")
    target = entities(team, "status", "reception", "sales")
    runs = await automate(hass, of("became_not_ready", target, behavior="all"))
    await team.set("status", reception="paused")
    assert len(runs) == 1
    await team.set("status", reception="ready", sales="paused")
    await team.set("status", reception="unavailable")
    await team.set("status", sales="unavailable")
    assert len(runs) == 1


@pytest.mark.parametrize("behavior", ["each", "first", "all"])
async def test_one_failed_refresh_does_not_cancel_a_duration_for_ever(
    hass: HomeAssistant, team: Team, freezer: FrozenDateTimeFactory, behavior: str
) -> None:
    await team.set("on_call", reception="off")
    target = entities(team, "on_call", "reception")
    runs = await automate(
        hass, of("became_on_call", target, behavior=behavior, **{"for": "00:10:00"})
    )
    await team.set("on_call", reception="on")
    await wait(hass, freezer, minutes=8)
    await team.set("on_call", reception="unavailable")
    await wait(hass, freezer, seconds=10)
    await team.set("on_call", reception="on")
    await wait(hass, freezer, minutes=9, seconds=50)
    assert runs == []
    await wait(hass, freezer, seconds=20)
    assert len(runs) == 1
    await wait(hass, freezer, minutes=30)
    assert len(runs) == 1


async def test_a_duration_that_is_not_reached_triggers_nothing(
    hass: HomeAssistant, team: Team, freezer: FrozenDateTimeFactory
) -> None:
    office = ar.async_get(hass).async_create("Office")
    devices = [team.add(name, office.id) for name in ("ended", "removed", "moved")]
    states = dict.fromkeys(("ended", "removed", "moved"), "off")
    await team.set("on_call", **states)
    runs = await automate(
        hass, of("became_on_call", {"area_id": office.id}, **{"for": {"minutes": 10}})
    )
    await team.set("on_call", **dict.fromkeys(states, "on"))
    await wait(hass, freezer, minutes=9, seconds=59)
    await team.set("on_call", ended="off")
    team.devices.async_remove_device(devices[1])
    team.devices.async_update_device(devices[2], area_id=None)
    await hass.async_block_till_done()
    await wait(hass, freezer, minutes=20)
    assert runs == []


async def test_an_account_that_comes_later_is_no_error(
    hass: HomeAssistant, enable_custom_integrations: None, caplog: pytest.LogCaptureFixture
) -> None:
    area = ar.async_get(hass).async_create("Office")
    runs = await automate(hass, of("became_ready", {"area_id": area.id}))
    assert state_of(hass, "automation.under_test") == "on"
    team = Team(hass)
    team.add("reception", area.id)
    await team.set("status", reception="paused")
    await team.set("status", reception="ready")
    assert len(runs) == 1
    assert [r for r in caplog.records if r.levelname == "ERROR"] == []
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, True)


async def test_a_reload_of_the_account_is_no_change(hass: HomeAssistant, team: Team) -> None:
    runs = await automate(hass, of("became_ready", entities(team, "status", "reception")))
    for _ in range(2):
        await team.set("status", reception="ready")
        hass.states.async_remove(team.id_of("reception", "status"))
        await hass.async_block_till_done()
    assert runs == []
