"""A Home Assistant with the blueprints."""

from collections.abc import AsyncIterator
import logging
from pathlib import Path
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from .house import BLUEPRINTS, House


@pytest.fixture
async def house(
    hass: HomeAssistant,
    enable_custom_integrations: None,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> AsyncIterator[House]:
    """Return a Home Assistant whose configuration folder has the blueprints."""
    hass.config.config_dir = str(tmp_path)
    shutil.copytree(BLUEPRINTS, hass.config.path("blueprints/automation/belfabriek"))
    house = House(hass, freezer, hass_storage)
    yield house
    await house.close()
    complaints = [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.name.startswith("homeassistant.")
        and record.name != "homeassistant.loader"
        and record.levelno >= logging.WARNING
    ]
    assert house.complaints_expected or not complaints
