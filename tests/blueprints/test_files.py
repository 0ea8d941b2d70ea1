"""Every blueprint is valid, and can be imported."""

from pathlib import Path
import re
from typing import Any
from urllib.parse import unquote

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint, BlueprintInputs
from homeassistant.util import yaml as yaml_util
import pytest

from tools.owner import owner

from .phones import BLUEPRINTS

FOLDER = "blueprints/automation/belfabriek"
FILES = sorted(BLUEPRINTS.glob("*.yaml"))
SOURCE = f"https://github.com/{owner()}/belfabriek/blob/main"

INPUTS = {
    "colleague_ready": "extensions once over_actions ready_actions",
    "long_status": "extensions long_actions minutes over_actions statuses",
    "nobody_ready": "duration extensions nobody_actions over_actions working_hours",
    "on_a_call": "end_actions extensions start_actions",
    "who_can_be_called": "extensions",
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


def test_blueprints_stay_the_same() -> None:
    assert [path.stem for path in FILES] == list(INPUTS)


@every_file
def test_blueprint_can_be_imported_into_the_oldest_home_assistant(path: Path) -> None:
    blueprint = load(path)
    assert blueprint.metadata["source_url"] == f"{SOURCE}/{FOLDER}/{path.name}"
    assert blueprint.metadata["author"] == owner()
    assert blueprint.metadata["name"].startswith("Belfabriek - ")
    assert blueprint.metadata["homeassistant"] == {"min_version": "2026.9.0"}
    assert blueprint.validate() is None


def test_readme_imports_every_blueprint_by_its_name() -> None:
    readme = BLUEPRINTS.parents[2].joinpath("README.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([^|]+) \| \[!\[Import\].*blueprint_url=(\S+)\) \|", readme, re.MULTILINE
    )
    assert {unquote(url): name for name, url in rows} == {
        f"{SOURCE}/{FOLDER}/{path.name}": load(path).name.removeprefix("Belfabriek - ")
        for path in FILES
    }


@every_file
def test_inputs_stay_the_same_and_are_used(path: Path) -> None:
    blueprint = load(path)
    assert sorted(blueprint.inputs) == INPUTS[path.stem].split()
    assert yaml_util.extract_inputs(body_of(blueprint)) == set(blueprint.inputs)
    for field in blueprint.inputs.values():
        assert field["name"]
        assert field["selector"]


@every_file
def test_only_extensions_are_required(path: Path) -> None:
    required = {key for key, field in load(path).inputs.items() if "default" not in field}
    assert required <= {"extensions"}


@every_file
def test_imported_blueprint_is_the_same(path: Path, tmp_path: Path) -> None:
    """Home Assistant rewrites an imported blueprint, without the anchors of the original."""
    imported = tmp_path / path.name
    imported.write_text(load(path).yaml(), encoding="utf-8")
    inputs = {"use_blueprint": {"path": path.name, "input": {"extensions": []}}}
    made, remade = (
        BlueprintInputs(load(file), inputs).async_substitute() for file in (path, imported)
    )
    assert made == remade
