"""A new release over the previous one, with an account that is in use."""

import json
from pathlib import Path
from typing import cast
from zipfile import ZipFile

import pytest

from development.account import DOMAIN
from development.api import JsonObject

from .home import Home

pytestmark = pytest.mark.parametrize("running", ["previous"], indirect=True)

RENAMED = "sensor.front_desk"


async def test_an_account_keeps_its_entities_and_goes_on(home: Home, archive: Path) -> None:
    entry_id = await home.add_account("01001", "01002")
    await home.set_options(entry_id, {"scan_interval": 5, "on_call_statuses": ["wrap_up"]})
    await home.api.command(
        "config/entity_registry/update",
        entity_id="sensor.reception_status",
        new_entity_id=RENAMED,
    )
    home.simulator.extension("01001").call_state = "wrapup"
    await home.poll("sensor.sales_status")
    await home.wait_for({RENAMED: "wrap_up", "binary_sensor.reception_on_call": "on"})
    before = await entities(home)

    await home.stop()
    home.install(archive)
    await home.start()

    assert await installed_version(home) == version_of(archive)
    await home.wait_for({RENAMED: "wrap_up", "binary_sensor.reception_on_call": "on"})
    # There may be more of them in a new release.
    assert before.items() <= (await entities(home)).items()


async def entities(home: Home) -> dict[str, str]:
    """Return the entity ID of each of the integration's unique IDs."""
    listed = cast(list[JsonObject], await home.api.command("config/entity_registry/list"))
    return {
        str(one["unique_id"]): str(one["entity_id"]) for one in listed if one["platform"] == DOMAIN
    }


async def installed_version(home: Home) -> str:
    manifest = await home.api.command("manifest/get", integration=DOMAIN)
    return str(cast(JsonObject, manifest)["version"])


def version_of(archive: Path) -> str:
    with ZipFile(archive) as opened:
        version: str = json.loads(opened.read("manifest.json"))["version"]
    return version
