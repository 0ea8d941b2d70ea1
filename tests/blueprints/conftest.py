"""A Home Assistant with the blueprints and a real account."""

from collections.abc import AsyncIterator
import logging
from pathlib import Path
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from simulator import Simulator
from tests.conftest import make_entry

from .phones import AUTOMATION, BLUEPRINTS, Phones


@pytest.fixture
async def phones(
    hass: HomeAssistant,
    enable_custom_integrations: None,
    simulator: Simulator,
    entry_data: dict[str, Any],
    freezer: FrozenDateTimeFactory,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> AsyncIterator[Phones]:
    """Return a loaded account in a Home Assistant that has the blueprints."""
    hass.config.config_dir = str(tmp_path)
    shutil.copytree(BLUEPRINTS, hass.config.path("blueprints/automation/belfabriek"))
    entry = make_entry(entry_data, {"01001": "Reception", "01002": "Sales"}, {"scan_interval": 300})
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    assert await hass.config_entries.async_setup(entry.entry_id)
    phones = Phones(hass, freezer, simulator)
    yield phones
    await phones.call("automation", "turn_off", entity_id=AUTOMATION)
    # The timers of triggers run out after the triggers are gone.
    await phones.wait(seconds=10)
    assert [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.name.startswith(("homeassistant.components.automation", "homeassistant.helpers"))
        and record.levelno >= logging.WARNING
    ] == []
