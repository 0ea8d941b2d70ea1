from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import area_registry as ar, condition
import pytest

from custom_components.belfabriek.api import Status

from .team import Team

ENTITY = {
    "is_not_on_call": "on_call",
    "is_not_ready": "status",
    "is_on_call": "on_call",
    "is_ready": "status",
}
STATUSES = ["ready", *({str(status) for status in Status} - {"ready"})]


@pytest.fixture
async def team(hass: HomeAssistant, enable_custom_integrations: None) -> Team:
    team = Team(hass)
    for name in ("reception", "sales"):
        team.add(name)
    return team


async def make(
    hass: HomeAssistant, key: str, target: dict[str, Any], **options: object
) -> condition.ConditionChecker:
    config = {"condition": f"belfabriek.{key}", "target": target, "options": options}
    config = await condition.async_validate_condition_config(hass, config)
    return await condition.async_from_config(hass, config)


def both(team: Team, key: str) -> dict[str, Any]:
    return {"entity_id": [team.id_of(name, ENTITY[key]) for name in ("reception", "sales")]}


@pytest.mark.parametrize(
    ("key", "matching", "other"),
    [
        ("is_on_call", ["on"], ["off"]),
        ("is_not_on_call", ["off"], ["on"]),
        ("is_ready", STATUSES[:1], STATUSES[1:]),
        ("is_not_ready", STATUSES[1:], STATUSES[:1]),
    ],
)
async def test_condition_passes_for_its_states(
    hass: HomeAssistant, team: Team, key: str, matching: list[str], other: list[str]
) -> None:
    check = await make(hass, key, both(team, key))
    for state in [*matching, *other, "unknown", "unavailable"]:
        await team.set(ENTITY[key], reception=state)
        assert check.async_check() is (state in matching), state
    check.async_unload()


@pytest.mark.parametrize("key", ENTITY)
@pytest.mark.parametrize(
    ("states", "any_of_them", "all_of_them"),
    [
        ({"reception": "yes", "sales": "yes"}, True, True),
        ({"reception": "yes", "sales": "no"}, True, False),
        ({"reception": "no", "sales": "no"}, False, False),
        # Only known states count.
        ({"reception": "yes", "sales": "unavailable"}, True, True),
        ({"reception": "yes"}, True, True),
        # Without a known state, no condition is true.
        ({"reception": "unavailable", "sales": "unavailable"}, False, False),
        ({"reception": "unknown", "sales": "unavailable"}, False, False),
        ({}, False, False),
    ],
)
async def test_any_and_all_ignore_what_is_not_known(
    hass: HomeAssistant,
    team: Team,
    key: str,
    states: dict[str, str],
    any_of_them: bool,
    all_of_them: bool,
) -> None:
    words = {
        "is_on_call": {"yes": "on", "no": "off"},
        "is_not_on_call": {"yes": "off", "no": "on"},
        "is_ready": {"yes": "ready", "no": "paused"},
        "is_not_ready": {"yes": "paused", "no": "ready"},
    }[key]
    await team.set(ENTITY[key], **{name: words.get(state, state) for name, state in states.items()})
    for behavior, expected in (("any", any_of_them), ("all", all_of_them)):
        check = await make(hass, key, both(team, key), behavior=behavior)
        assert check.async_check() is expected, behavior
        check.async_unload()


@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_condition_fails_for_an_empty_area(
    hass: HomeAssistant, team: Team, behavior: str
) -> None:
    area = ar.async_get(hass).async_create("Office")
    other = team.entities.async_get_or_create("sensor", "other", "1", translation_key="status")
    team.entities.async_update_entity(other.entity_id, area_id=area.id)
    hass.states.async_set(other.entity_id, "ready")
    check = await make(hass, "is_ready", {"area_id": area.id}, behavior=behavior)
    assert check.async_check() is False
    team.add("support", area.id)
    await team.set("status", support="ready")
    assert check.async_check() is True
    check.async_unload()


@pytest.mark.parametrize("key", ["is_on_call", "is_not_ready"])
async def test_duration_counts_from_the_change(
    hass: HomeAssistant, team: Team, freezer: FrozenDateTimeFactory, key: str
) -> None:
    state = "on" if key == "is_on_call" else "paused"
    check = await make(hass, key, both(team, key), **{"for": "00:05:00"})
    await team.set(ENTITY[key], reception=state)
    freezer.tick(timedelta(minutes=4, seconds=59))
    assert check.async_check() is False
    freezer.tick(timedelta(seconds=2))
    assert check.async_check() is True
    check.async_unload()


async def test_empty_target_is_refused(
    hass: HomeAssistant, enable_custom_integrations: None
) -> None:
    for key in ENTITY:
        with pytest.raises(HomeAssistantError, match="target is empty"):
            await make(hass, key, {})
