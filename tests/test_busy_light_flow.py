"""Adding a busy light, and changing it."""

from typing import Any

from homeassistant.core import HomeAssistant
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.belfabriek.api import Status
from custom_components.belfabriek.busy_light import COLORS
from simulator import Simulator

from .conftest import make_entry
from .flows import open_busy_light
from .lamps import ColorLamp, install

COLORS_AS_STORED: dict[str, list[int]] = {
    str(status): list(color) for status, color in COLORS.items()
}
STORED = {
    "extensions": ["subentry-1"],
    "lights": ["light.lamp"],
    "colors": COLORS_AS_STORED,
    "brightness": 100,
    "effect": "",
    "effect_statuses": [],
    "give_back": True,
    "correct": True,
    "dark_after": 5,
}
"""The data of a busy light with the defaults: keys are for ever."""


@pytest.fixture
def entry(entry_data: dict[str, Any]) -> MockConfigEntry:
    """Return an account with two extensions."""
    return make_entry(entry_data, {"01001": "Reception", "01002": "Sales"})


@pytest.fixture(autouse=True)
async def _lamp(hass: HomeAssistant) -> None:
    await install(hass, ColorLamp("Lamp"))


def filled(shown: dict[str, Any], **changes: object) -> dict[str, Any]:
    """Return the form as it was shown, with these changes to its first page."""
    return {**shown, "extensions": ["subentry-1"], "lights": ["light.lamp"], **changes}


async def test_busy_light_is_added_with_three_fields(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_busy_light(hass, loaded)
    assert list(map(str, flow.schema)) == ["name", "extensions", "lights", "colors", "behavior"]
    assert flow.suggested == {
        "name": "Busy light",
        "extensions": [],
        "lights": [],
        "colors": {**COLORS_AS_STORED, "brightness": 100, "effect_statuses": []},
        "behavior": {"give_back": True, "correct": True, "dark_after": 5},
    }
    assert (await flow.submit(filled(flow.suggested, name=" Hall  lamp "))).created
    await hass.async_block_till_done(wait_background_tasks=True)
    added = list(loaded.subentries.values())[-1]
    assert (added.subentry_type, added.title, dict(added.data)) == (
        "busy_light",
        "Hall lamp",
        STORED,
    )
    assert hass.states.get("switch.hall_lamp_follow_the_status") is not None


async def test_switches_that_pause_busy_lights_are_not_offered_as_lights(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_busy_light(hass, loaded)
    await flow.submit(filled(flow.suggested))
    await hass.async_block_till_done(wait_background_tasks=True)

    lights = (await open_busy_light(hass, loaded)).schema["lights"]
    with pytest.raises(probatio.Invalid):
        lights(["switch.busy_light_follow_the_status"])


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "Busy light"), ("nl", "Bezetlamp"), ("de", "Besetztlampe"), ("fr", "Voyant")],
)
async def test_name_is_suggested_in_the_language_of_home_assistant(
    hass: HomeAssistant, loaded: MockConfigEntry, language: str, name: str
) -> None:
    hass.config.language = language
    flow = await open_busy_light(hass, loaded)
    suggested = flow.suggested["name"]
    assert suggested.startswith(name)
    assert (await flow.submit(filled(flow.suggested, name=" "))).created
    assert list(loaded.subentries.values())[-1].title == suggested
    assert (await open_busy_light(hass, loaded)).suggested["name"] == f"{suggested} 2"


async def test_only_extension_is_chosen_already(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    hass.config_entries.async_remove_subentry(loaded, "subentry-2")
    assert (await open_busy_light(hass, loaded)).suggested["extensions"] == ["subentry-1"]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"extensions": []}, {"extensions": "no_extensions"}),
        ({"lights": []}, {"lights": "no_lights"}),
        (
            {"extensions": [], "lights": []},
            {"extensions": "no_extensions", "lights": "no_lights"},
        ),
    ],
)
async def test_empty_choice_is_refused_and_the_rest_is_kept(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    flow = await open_busy_light(hass, loaded)
    typed = filled(flow.suggested, name="Hall", **changes)
    typed["behavior"] |= {"working_hours": "schedule.work", "dark_after": 7}
    typed["colors"] |= {"ready": [1, 2, 3], "effect": "Breathe", "effect_statuses": ["on_call"]}
    await flow.submit(typed)
    assert (flow.step, flow.errors, flow.suggested) == ("user", errors, typed)


@pytest.mark.parametrize(
    ("section", "changes", "error"),
    [
        ("behavior", {"dark_after": -1}, "dark_after_out_of_range"),
        ("behavior", {"dark_after": 1441}, "dark_after_out_of_range"),
        ("colors", {"brightness": 0}, "brightness_out_of_range"),
        ("colors", {"brightness": 101}, "brightness_out_of_range"),
        ("colors", {"effect": "Breathe"}, "no_effect_statuses"),
    ],
)
async def test_error_in_a_closed_section_opens_it_and_is_repeated_above_the_form(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    section: str,
    changes: dict[str, Any],
    error: str,
) -> None:
    flow = await open_busy_light(hass, loaded)
    typed = filled(flow.suggested)
    typed[section] |= changes
    await flow.submit(typed)
    assert flow.errors == {section: error, "base": error}
    is_open = {each: not flow.schema[each].options["collapsed"] for each in ("colors", "behavior")}
    assert is_open == {"colors": section == "colors", "behavior": section == "behavior"}
    assert flow.suggested == typed


async def test_light_of_another_busy_light_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_busy_light(hass, loaded)
    await flow.submit(filled(flow.suggested))
    flow = await open_busy_light(hass, loaded)
    await flow.submit(filled(flow.suggested))
    assert flow.errors == {"lights": "light_in_use"}
    assert "Busy light" in flow.message("lights")


async def test_busy_light_is_changed_in_the_same_form(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_busy_light(hass, loaded)
    await flow.submit(filled(flow.suggested))
    added = list(loaded.subentries.values())[-1]
    flow = await open_busy_light(hass, loaded, added.subentry_id)
    typed = filled(flow.suggested)
    assert flow.suggested == typed
    typed |= {"name": "Hall", "extensions": ["subentry-1", "subentry-2"]}
    typed["colors"] |= {"brightness": 40, "effect": "Breathe", "effect_statuses": ["on_call"]}
    typed["behavior"] |= {"working_hours": "schedule.work", "give_back": False}
    await flow.submit(typed | {"lights": []})
    assert (flow.step, flow.errors) == ("reconfigure", {"lights": "no_lights"})
    await flow.submit(typed)
    assert flow.aborted == "reconfigure_successful"
    changed = loaded.subentries[added.subentry_id]
    assert changed.title == "Hall"
    assert changed.data == {
        **STORED,
        "extensions": ["subentry-1", "subentry-2"],
        "brightness": 40,
        "effect": "Breathe",
        "effect_statuses": ["on_call"],
        "working_hours": "schedule.work",
        "give_back": False,
    }
    flow = await open_busy_light(hass, loaded, added.subentry_id)
    assert flow.suggested == typed
    # Clearing removes it.
    del typed["behavior"]["working_hours"], typed["colors"]["effect"]
    await flow.submit(typed)
    assert "working_hours" not in changed.data
    assert changed.data["effect"] == ""


async def test_form_reports_missing_lights_and_extensions(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_busy_light(hass, loaded)
    await flow.submit(filled(flow.suggested, extensions=["subentry-1", "subentry-2"]))
    added = list(loaded.subentries.values())[-1]
    hass.config_entries.async_remove_subentry(loaded, "subentry-2")
    hass.states.async_remove("light.lamp")
    flow = await open_busy_light(hass, loaded, added.subentry_id)
    assert flow.errors == {"extensions": "extension_missing", "lights": "light_missing"}
    assert "light.lamp" in flow.message("lights")
    assert flow.suggested["extensions"] == ["subentry-1"]
    await flow.submit(flow.suggested)
    assert flow.aborted == "reconfigure_successful"


@pytest.mark.parametrize("deleted", ["busy light", "account"])
async def test_form_ends_if_the_busy_light_or_the_account_was_deleted(
    hass: HomeAssistant, loaded: MockConfigEntry, deleted: str
) -> None:
    flow = await open_busy_light(hass, loaded)
    await flow.submit(filled(flow.suggested))
    added = list(loaded.subentries.values())[-1]
    adding = await open_busy_light(hass, loaded)
    changing = await open_busy_light(hass, loaded, added.subentry_id)
    if deleted == "account":
        await hass.config_entries.async_remove(loaded.entry_id)
        await adding.submit(filled(adding.suggested))
        assert adding.aborted == "deleted"
    else:
        hass.config_entries.async_remove_subentry(loaded, added.subentry_id)
    await changing.submit(filled(changing.suggested))
    assert changing.aborted == "deleted"


async def test_effects_of_the_lights_are_offered(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    hass.states.async_set("light.strip", "on", {"effect_list": ["Breathe", "Blink"]})
    hass.states.async_set("light.plain", "on", {"effect_list": None})
    flow = await open_busy_light(hass, loaded)
    colors = flow.schema["colors"].schema.schema
    assert colors["effect"].config["options"] == ["Blink", "Breathe"]
    assert set(colors) >= set(Status)
