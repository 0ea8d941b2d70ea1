"""What Home Assistant's and HACS's own validators would refuse, as far as a test can tell."""

from importlib.resources import files
from io import BytesIO
import json
from pathlib import Path
import re
from typing import Any
from zipfile import ZipFile

import pytest
import yaml

REPOSITORY = Path(__file__).parent.parent
INTEGRATION = REPOSITORY / "custom_components" / "belfabriek"


def load(path: Path) -> Any:  # noqa: ANN401 - JSON
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_manifest_is_in_order_and_complete() -> None:
    manifest: dict[str, Any] = load(INTEGRATION / "manifest.json")
    assert list(manifest) == ["domain", "name", *sorted(set(manifest) - {"domain", "name"})]
    assert set(manifest) == {
        "domain", "name", "after_dependencies", "codeowners", "config_flow", "documentation",
        "integration_type", "iot_class", "issue_tracker", "loggers", "version",
    }  # fmt: skip
    assert manifest["domain"] == INTEGRATION.name
    assert manifest["config_flow"] is (INTEGRATION / "config_flow.py").is_file()
    assert manifest["integration_type"] == "service"
    assert manifest["iot_class"] == "cloud_polling"
    assert manifest["codeowners"] == ["@hass-belfabriek"]
    for key in ("documentation", "issue_tracker"):
        assert manifest[key].startswith("https://github.com/hass-belfabriek/belfabriek")
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])


def test_hacs_knows_what_to_download_and_for_which_home_assistant() -> None:
    assert load(REPOSITORY / "hacs.json") == {
        "name": "Belfabriek / CallFactory",
        "homeassistant": "2026.9.0",
        "filename": "belfabriek.zip",
        "zip_release": True,
    }


@pytest.mark.parametrize(
    "path",
    sorted(INTEGRATION.rglob("*.json")),
    ids=lambda path: path.relative_to(INTEGRATION).as_posix(),
)
def test_json_is_valid_and_has_no_key_twice(path: Path) -> None:
    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len({key for key, _ in pairs}) == len(pairs)
        return dict(pairs)

    json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique)


def test_every_action_has_fields_names_and_an_icon() -> None:
    services = yaml.safe_load((INTEGRATION / "services.yaml").read_text(encoding="utf-8"))
    texts = load(INTEGRATION / "translations" / "en.json")["services"]
    icons = load(INTEGRATION / "icons.json")["services"]
    assert set(services) == set(texts) == set(icons)
    for name, service in services.items():
        assert texts[name]["name"]
        assert texts[name]["description"]
        assert set(service["fields"]) == set(texts[name]["fields"])
        for field in texts[name]["fields"].values():
            assert set(field) == {"name", "description"}


ICONS = [
    *INTEGRATION.rglob("*.json"),
    *INTEGRATION.rglob("*.js"),
    *INTEGRATION.rglob("*.py"),
    *INTEGRATION.rglob("*.yaml"),
    *(REPOSITORY / "blueprints").rglob("*.yaml"),
    *(REPOSITORY / "dashboards").rglob("*.yaml"),
    *(REPOSITORY / "docs").rglob("*.md"),
]
"""Where icons are named."""


def test_every_icon_is_one_that_the_frontend_has() -> None:
    """An icon that does not exist is shown as nothing, and nobody complains."""
    # The frontend has the icons of the same release, but is 270 MB.
    images = BytesIO(files("justmyresource_mdi").joinpath("icons.zip").read_bytes())
    known = {Path(name).stem for name in ZipFile(images).namelist()}
    named = {
        (path.relative_to(REPOSITORY).as_posix(), icon)
        for path in ICONS
        for icon in re.findall(r"\bmdi:([\w-]*)", path.read_text(encoding="utf-8"))
    }
    assert {path.partition("/")[0] for path, _ in named} >= {
        "blueprints",
        "custom_components",
        "dashboards",
    }
    assert sorted(each for each in named if each[1] not in known) == []


def test_other_integrations_are_imported_only_if_they_are_there() -> None:
    always_there = {"binary_sensor", "diagnostics", "event", "sensor", "system_health"}
    imported = set()
    for path in INTEGRATION.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        imported |= set(re.findall(r"homeassistant\.components\.(\w+)", source))
        imported |= set(re.findall(r"from homeassistant\.components import (\w+)", source))
    manifest = load(INTEGRATION / "manifest.json")
    assert imported - always_there == set(manifest["after_dependencies"])


def test_the_integration_is_typed_and_licensed() -> None:
    assert (INTEGRATION / "py.typed").is_file()
    assert (REPOSITORY / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
