from collections.abc import AsyncIterator
from datetime import timedelta
from inspect import get_annotations
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    area_registry as ar,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.helpers.condition import EntityConditionBase
from homeassistant.helpers.target import TargetSelection
from homeassistant.helpers.trigger import (
    EntityTriggerBase,
    async_get_all_descriptions,
    async_validate_trigger_config,
)
from homeassistant.util.yaml import parse_yaml
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
        "became_on_call": STATE_OPTIONS,
        "became_ready": STATE_OPTIONS,
        "call_connected": set(),
        "call_ended": {"answered"},
        "call_started": set(),
        "no_longer_on_call": STATE_OPTIONS,
        "no_longer_ready": STATE_OPTIONS,
    },
    "conditions": {
        "is_not_on_call": STATE_OPTIONS,
        "is_not_ready": STATE_OPTIONS,
        "is_on_call": STATE_OPTIONS,
        "is_ready": STATE_OPTIONS,
    },
}
"""Keys and options, which automations of users name: none may be renamed or removed."""
OLD = "2026-11-25T07:00:00.000+00:00"
"""The time of an event."""


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


async def validate(hass: HomeAssistant, key: str, target: dict[str, Any]) -> None:
    await async_validate_trigger_config(hass, [{"platform": f"belfabriek.{key}", "target": target}])


async def wait(hass: HomeAssistant, freezer: FrozenDateTimeFactory, **time: int) -> None:
    freezer.tick(timedelta(**time))
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


# --- keys and texts --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KEYS)
async def test_keys_and_options_stay_the_same(
    hass: HomeAssistant, enable_custom_integrations: None, kind: str
) -> None:
    found = {
        "triggers": set(await trigger.async_get_triggers(hass)),
        "conditions": set(await condition.async_get_conditions(hass)),
    }
    assert found[kind] == set(KEYS[kind])
    assert {key: set(text.get("fields", ())) for key, text in TEXTS[kind].items()} == KEYS[kind]
    assert set(TEXTS["selector"]["answered"]["options"]) == {"any", "yes", "no"}


async def test_editor_receives_the_fields(
    hass: HomeAssistant, enable_custom_integrations: None, caplog: pytest.LogCaptureFixture
) -> None:
    MockConfigEntry(domain=DOMAIN).add_to_hass(hass)
    await validate(hass, "call_started", {"area_id": "office"})
    descriptions = await async_get_all_descriptions(hass)
    ours = {
        key.removeprefix("belfabriek."): set(description.get("fields", ()))
        for key, description in descriptions.items()
        if key.startswith("belfabriek.") and description is not None
    }
    assert "Unable to parse" not in caplog.text
    assert ours == KEYS["triggers"]


def test_every_trigger_on_a_state_has_its_steps() -> None:
    on_a_state = {
        key for key, each in trigger.TRIGGERS.items() if issubclass(each, trigger.StateTrigger)
    }
    assert {case.split()[0] for case in STEPS} == on_a_state


ENTITIES: dict[str, dict[str, Any]] = {
    "triggers.yaml": {key: each.entity for key, each in dict[str, Any](trigger.TRIGGERS).items()},
    "conditions.yaml": {
        key: each.match.entity for key, each in dict[str, Any](condition.CONDITIONS).items()
    },
}


@pytest.mark.parametrize("file", ENTITIES)
def test_editor_offers_the_entities_that_are_used(file: str) -> None:
    described = parse_yaml((FOLDER / file).read_text("utf-8"))
    assert isinstance(described, dict)
    for key, entity in ENTITIES[file].items():
        (selector,) = described[key]["target"]["entity"]
        assert selector["domain"] == entity.domain, key


@pytest.mark.parametrize("module", ["trigger.py", "condition.py", "targets.py"])
def test_modules_import_only_the_public_helpers(module: str) -> None:
    source = (FOLDER / module).read_text("utf-8")
    assert "homeassistant.components" not in source
    assert re.findall(r"helpers\.(?:trigger|condition)\.", source) == []


@pytest.mark.parametrize(
    ("base", "name"),
    [
        (EntityTriggerBase, "_excluded_from_states"),
        (EntityConditionBase, "_check_all_match_state"),
        (EntityConditionBase, "_domain_specs"),
    ],
)
def test_home_assistant_has_the_private_name_that_is_overridden(base: type, name: str) -> None:
    assert name in {**vars(base), **get_annotations(base)}


# --- targets ---------------------------------------------------------------------------------


@pytest.mark.parametrize("target", [{}, {"entity_id": []}, {"area_id": []}])
@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "The target is empty"), ("nl", "Er is niets gekozen"), ("xx", "The target is empty")],
)
async def test_empty_target_is_refused_in_the_language_of_the_system(
    hass: HomeAssistant,
    enable_custom_integrations: None,
    target: dict[str, Any],
    language: str,
    text: str,
) -> None:
    hass.config.language = language
    for key in KEYS["triggers"]:
        with pytest.raises(HomeAssistantError, match=text):
            await validate(hass, key, target)


@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [
        ("became_on_call", "on_call", "available"),
        ("became_ready", "status", "status_since"),
        ("call_started", "call", "status"),
    ],
)
async def test_entity_that_can_never_match_is_refused(
    hass: HomeAssistant, team: Team, key: str, right: str, wrong: str
) -> None:
    other = team.entities.async_get_or_create("sensor", "other", "1").entity_id
    for entity_id in (team.id_of("reception", wrong), other):
        target = {"entity_id": [team.id_of("reception", right), entity_id]}
        with pytest.raises(HomeAssistantError, match=f"{entity_id} can never match"):
            await validate(hass, key, target)
    # The entity may belong to an account that is not loaded.
    await validate(hass, key, {"entity_id": ["sensor.of_an_account_to_come"]})


@pytest.mark.parametrize("kind", ["device_id", "area_id", "floor_id", "label_id"])
async def test_target_matches_only_entities_of_the_integration_and_kind(
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
    for status in ("paused", "ready"):
        hass.states.async_set(other.entity_id, status)
        await team.set("call_state", support=status)
        await team.set("available", support=status)
        await team.set("status", sales=status)
    assert runs == []
    for status in ("paused", "ready"):
        await team.set("status", support=status)
    assert runs == [team.id_of("support", "status")]


@pytest.mark.skipif(
    not hasattr(TargetSelection({}), "exclude"), reason="Home Assistant 2026.11 brings it"
)
async def test_excluded_extension_does_not_trigger(hass: HomeAssistant, team: Team) -> None:
    area = ar.async_get(hass).async_create("Office")
    devices = {name: team.add(name, area.id) for name in ("support", "workshop")}
    target = {"area_id": area.id, "exclude": {"device_id": devices["workshop"]}}
    is_ready = {
        "condition": "belfabriek.is_ready",
        "target": target,
        "options": {"behavior": "all"},
    }
    runs = await automate(hass, of("became_ready", target, behavior="all"), [is_ready])
    await team.set("status", support="paused", workshop="paused")
    await team.set("status", support="ready")
    assert runs == [team.id_of("support", "status")]
    await team.set("status", workshop="ready")
    assert len(runs) == 1
    with pytest.raises((HomeAssistantError, probatio.Invalid)):
        await validate(hass, "became_ready", {"exclude": {"device_id": devices["workshop"]}})


async def test_extension_triggers_only_while_it_is_in_the_area(
    hass: HomeAssistant, team: Team
) -> None:
    office, hall = (ar.async_get(hass).async_create(name) for name in ("Office", "Hall"))
    team.add("support", office.id)
    runs = await automate(hass, of("call_started", {"area_id": office.id}))
    team.add("workshop", office.id)
    await team.set("call", workshop="unknown")
    await team.report("workshop", "call_started")
    assert runs == [team.id_of("workshop", "call")]
    # The area of an entity comes before that of its device.
    team.entities.async_update_entity(team.id_of("workshop", "call"), area_id=hall.id)
    await team.report("workshop", "call_started")
    assert len(runs) == 1


@pytest.mark.parametrize(("named", "expected"), [(False, 0), (True, 1)])
async def test_hidden_entity_triggers_only_if_it_is_named(
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


async def test_renamed_entity_triggers_at_its_next_change(hass: HomeAssistant, team: Team) -> None:
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


async def test_account_added_later_triggers(
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


# --- events of calls -------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["call_started", "call_connected", "call_ended"])
async def test_call_event_triggers_only_its_trigger(
    hass: HomeAssistant, team: Team, key: str
) -> None:
    await team.set("call", reception="unknown")
    runs = await automate(hass, of(key, entities(team, "call", "reception")))
    triggering = []
    for event in ("call_started", "call_connected", "call_ended"):
        before = len(runs)
        await team.report("reception", event)
        triggering += [event] * (len(runs) - before)
    assert triggering == [key]


async def test_old_event_does_not_trigger_after_an_outage_or_a_rename(
    hass: HomeAssistant, team: Team
) -> None:
    runs = await automate(hass, of("call_ended", entities(team, "call", "reception")))
    call = team.id_of("reception", "call")
    attributes = {"event_type": "call_ended", "answered": False}
    for state in (OLD, "unavailable", OLD, None, OLD):
        if state is None:
            hass.states.async_remove(call)
        else:
            hass.states.async_set(call, state, attributes)
        await hass.async_block_till_done()
    hass.states.async_set(call, OLD, {**attributes, "friendly_name": "Renamed"})
    await hass.async_block_till_done()
    assert runs == []


async def test_two_events_in_one_millisecond_both_trigger(hass: HomeAssistant, team: Team) -> None:
    await team.report("reception", "call_connected")
    runs = await automate(hass, of("call_started", entities(team, "call", "reception")))
    for event in ("call_ended", "call_started"):
        hass.states.async_set(team.id_of("reception", "call"), OLD, {"event_type": event})
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
async def test_option_answered_selects_the_ends_of_calls(
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

STEPS = {
    # Reception and Sales by their initials; `>` marks the step that triggers.
    "became_ready": "R=wrap_up >R=ready R=unavailable R=ready R=unknown R=ready R=gone R=ready",
    "no_longer_ready": "R=ready >R=on_call R=wrap_up R=paused R=unavailable R=on_call R=ready",
    "became_on_call": "R=off >R=on R=unavailable R=on R=unavailable R=off >R=on R=gone R=on",
    "no_longer_on_call": "R=on >R=off R=unknown R=off R=on R=unavailable R=off",
    "became_on_call first": "R=off,S=off >R=on,S=on R=off S=off >S=on R=on",
    "no_longer_ready first": "R=ready,S=ready >R=paused S=offline S=ready R=ready >S=wrap_up",
    # "Nobody can be called": no known extension is ready.
    "no_longer_ready all": "R=ready,S=ready S=paused >R=on_call R=ready,S=unavailable >R=wrap_up",
    "no_longer_ready all in an outage": "R=paused,S=ready S=unavailable R=unavailable S=paused",
    "no_longer_on_call all": "R=on,S=on R=off >S=off",
    "became_ready all": "R=paused,S=paused R=ready >S=ready",
}


@pytest.mark.parametrize("case", STEPS)
async def test_change_between_known_states_triggers(
    hass: HomeAssistant, team: Team, case: str
) -> None:
    key, behavior, *_ = f"{case} each".split()
    entity = "on_call" if key.endswith("on_call") else "status"
    first, *steps = STEPS[case].split()
    await take(team, entity, first)
    target = entities(team, entity, "reception", "sales")
    runs = await automate(hass, of(key, target, behavior=behavior))
    for step in steps:
        before = len(runs)
        await take(team, entity, step.removeprefix(">"))
        assert len(runs) - before == step.startswith(">"), step


async def take(team: Team, entity: str, step: str) -> None:
    """Set states, such as `R=ready,S=paused`; `gone` removes one."""
    names = {"R": "reception", "S": "sales"}
    states = {names[each[0]]: each[2:] for each in step.split(",")}
    if "gone" in states.values():
        team.hass.states.async_remove(team.id_of("reception", entity))
        await team.hass.async_block_till_done()
    else:
        await team.set(entity, **states)


@pytest.mark.parametrize("behavior", ["each", "first", "all"])
async def test_duration_starts_again_after_a_failed_poll(
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


async def test_all_no_longer_ready_for_five_minutes_triggers_despite_a_failed_poll(
    hass: HomeAssistant, team: Team, freezer: FrozenDateTimeFactory
) -> None:
    await team.set("status", reception="ready", sales="paused")
    target = entities(team, "status", "reception", "sales")
    runs = await automate(
        hass, of("no_longer_ready", target, behavior="all", **{"for": "00:05:00"})
    )
    await team.set("status", reception="on_call")
    await wait(hass, freezer, minutes=3)
    await team.set("status", reception="wrap_up", sales="unavailable")
    await wait(hass, freezer, minutes=1)
    assert runs == []
    await wait(hass, freezer, minutes=1, seconds=1)
    assert len(runs) == 1
    # An outage does not trigger, but nobody being ready after the outage does.
    await team.set("status", reception="unavailable")
    await wait(hass, freezer, minutes=30)
    assert len(runs) == 1
    await team.set("status", reception="paused", sales="offline")
    await wait(hass, freezer, minutes=5, seconds=1)
    assert len(runs) == 2


async def test_interrupted_duration_does_not_trigger(
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
