from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.belfabriek.const import DOMAIN
from simulator import Simulator

from .conftest import Poll, SetUp, make_entry
from .flows import TEXTS

type Look = Callable[[], Awaitable[dict[str, Any]]]

UNREACHABLE = {"type": "failed", "error": "unreachable"}


@pytest.fixture
async def look(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, enable_custom_integrations: None
) -> Look:
    """Return a function that gets the system information, as the frontend does."""
    await async_setup_component(hass, "system_health", {})
    await async_setup_component(hass, DOMAIN, {})

    async def function() -> dict[str, Any]:
        client = await hass_ws_client()
        await client.send_json_auto_id({"type": "system_health/info"})
        assert (await client.receive_json())["success"]
        info: dict[str, Any] = {}
        while (event := (await client.receive_json())["event"])["type"] != "finish":
            if event["type"] == "initial":
                info |= event["data"][DOMAIN]["info"]
            elif event["domain"] == DOMAIN:
                info[event["key"]] = event.get("data", event.get("error"))
        return info

    return function


async def test_page_shows_a_working_server(loaded: MockConfigEntry, look: Look) -> None:
    assert await look() == {
        "accounts": 1,
        "extensions": 5,
        "extensions_answering": 5,
        "can_reach_server": "ok",
    }


async def test_every_line_has_a_name(loaded: MockConfigEntry, look: Look) -> None:
    assert set(await look()) == set(TEXTS["system_health"]["info"])


async def test_page_counts_answering_extensions(
    simulator: Simulator, loaded: MockConfigEntry, poll: Poll, look: Look
) -> None:
    await simulator.inject("empty_body", extension_id="01001")
    await poll()
    assert (await look())["extensions_answering"] == 4
    await simulator.inject("empty_body")
    await poll()
    assert await look() == {
        "accounts": 1,
        "extensions": 5,
        "extensions_answering": 0,
        "can_reach_server": "ok",
    }


async def test_page_shows_an_unreachable_server(
    simulator: Simulator, loaded: MockConfigEntry, poll: Poll, look: Look
) -> None:
    await simulator.stop()
    await poll()
    info = await look()
    assert (info["extensions_answering"], info["can_reach_server"]) == (0, UNREACHABLE)


async def test_page_shows_a_server_that_was_never_reached(
    simulator: Simulator, entry: MockConfigEntry, set_up: SetUp, look: Look
) -> None:
    await simulator.inject("status_503")
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    # The simulator is checked, and can be reached.
    assert (await look())["can_reach_server"] == "ok"
    await simulator.stop()
    assert (await look())["can_reach_server"] == UNREACHABLE


async def test_page_shows_one_unreachable_server_of_two(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    entry_data: Mapping[str, Any],
    set_up: SetUp,
    look: Look,
) -> None:
    async with Simulator() as other:
        entry = make_entry(
            {**entry_data, "url": other.url}, {"01001": "Elsewhere"}, subentry="other"
        )
        await set_up(entry)
        info = await look()
        assert (info["accounts"], info["can_reach_server"]) == (2, "ok")
        for server in (simulator, other):
            await server.stop()
            assert (await look())["can_reach_server"] == UNREACHABLE
            await server.start()
        await hass.config_entries.async_unload(entry.entry_id)


async def test_page_checks_the_vendors_server_without_an_account(
    simulator: Simulator, look: Look
) -> None:
    # Tests must not contact the real server.
    with patch("custom_components.belfabriek.system_health.DEFAULT_URL", simulator.url):
        info = await look()
    assert (info["accounts"], info["extensions"], info["can_reach_server"]) == (0, 0, "ok")
