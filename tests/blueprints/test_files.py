"""Every blueprint is valid, and can be imported."""

from pathlib import Path
from typing import Any

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint, BlueprintInputs
from homeassistant.util import yaml as yaml_util
import pytest

from .house import BLUEPRINTS

FILES = sorted(BLUEPRINTS.glob("*.yaml"))
SOURCE = "https://github.com/hass-belfabriek/belfabriek/blob/main"

INPUTS = {
    "colleague_free": ("actions areas extensions once"),
    "long_call": ("actions areas extensions minutes statuses"),
    "long_wrap_up": ("actions areas extensions minutes"),
    "nobody_available": (
        "areas extensions memory minutes nobody_actions somebody_actions working_hours"
    ),
    "on_a_call": ("areas end_actions extensions memory start_actions"),
    "who_can_be_called": (
        "answers_de answers_en answers_fr answers_nl areas extensions sentences_de "
        "sentences_en sentences_fr sentences_nl"
    ),
}
"""Automations of users name them: none may be renamed or removed."""

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def load(path: Path) -> Blueprint:
    data = yaml_util.load_yaml_dict(path)
    return Blueprint(
        data, path=path.name, expected_domain="automation", schema=AUTOMATION_BLUEPRINT_SCHEMA
    )


def body_of(blueprint: Blueprint) -> dict[str, Any]:
    return {key: value for key, value in blueprint.data.items() if key != "blueprint"}


def test_the_blueprints_that_the_documentation_names_are_there() -> None:
    assert [path.stem for path in FILES] == list(INPUTS)


@every_file
def test_a_blueprint_says_where_it_is_from(path: Path) -> None:
    metadata = load(path).metadata
    assert metadata["source_url"] == f"{SOURCE}/blueprints/automation/belfabriek/{path.name}"
    assert metadata["author"] == "hass-belfabriek"
    assert metadata["name"].startswith("Belfabriek - ")


@every_file
def test_a_blueprint_runs_on_the_oldest_home_assistant_that_the_integration_supports(
    path: Path,
) -> None:
    blueprint = load(path)
    assert blueprint.metadata["homeassistant"] == {"min_version": "2026.9.0"}
    assert blueprint.validate() is None


@every_file
def test_a_blueprint_uses_every_input_that_it_asks_for(path: Path) -> None:
    blueprint = load(path)
    assert yaml_util.extract_inputs(body_of(blueprint)) == set(blueprint.inputs)


@every_file
def test_the_inputs_stay_what_they_are(path: Path) -> None:
    assert sorted(load(path).inputs) == INPUTS[path.stem].split()


@every_file
def test_every_input_has_a_name_and_a_selector(path: Path) -> None:
    for field in load(path).inputs.values():
        assert field["name"]
        assert field["selector"]


@every_file
def test_only_what_cannot_be_guessed_has_to_be_filled_in(path: Path) -> None:
    fields = load(path).inputs
    required = {key for key, field in fields.items() if "default" not in field}
    assert required == {"lights"} & set(fields)


@every_file
def test_devices_are_offered_and_no_entities_that_look_alike(path: Path) -> None:
    selector = load(path).inputs["extensions"]["selector"]["device"]
    assert selector["filter"] == [{"integration": "belfabriek"}]
    # The account's own device has no binary sensor.
    assert selector["entity"] == [{"integration": "belfabriek", "domain": ["binary_sensor"]}]


@every_file
def test_an_imported_blueprint_is_the_same(path: Path, tmp_path: Path) -> None:
    """Home Assistant rewrites an imported blueprint, without the anchors of the original."""
    blueprint = load(path)
    imported = tmp_path / path.name
    imported.write_text(blueprint.yaml(), encoding="utf-8")
    inputs = {"use_blueprint": {"path": path.name, "input": {"extensions": [], "lights": []}}}
    made, remade = (
        BlueprintInputs(load(file), inputs).async_substitute() for file in (path, imported)
    )
    assert made == remade
