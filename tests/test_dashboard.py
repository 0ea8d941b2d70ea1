import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import hdrs, web
from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.belfabriek import dashboard
from custom_components.belfabriek.const import DOMAIN
from simulator import Simulator

from .conftest import Poll, SetUp, make_entry


async def _modules(client: TestClient[web.Request, web.Application]) -> list[str]:
    """Return the extra modules that the frontend's page loads."""
    return (await (await client.get("/")).text()).split()


async def test_page_loads_script_that_browsers_keep(
    hass_client: ClientSessionGenerator, frontend: None, loaded: MockConfigEntry
) -> None:
    client = await hass_client()
    (module,) = await _modules(client)
    response = await client.get(module)
    assert response.status == HTTPStatus.OK
    assert response.content_type == "text/javascript"
    assert await response.read() == dashboard.SCRIPT.read_bytes()
    assert "max-age" in response.headers[hdrs.CACHE_CONTROL]


@pytest.mark.parametrize("query", ["", "?00000000"])
async def test_script_is_never_stale_without_its_digest(
    hass_client_no_auth: ClientSessionGenerator,
    frontend: None,
    loaded: MockConfigEntry,
    query: str,
) -> None:
    client = await hass_client_no_auth()
    response = await client.get(f"/belfabriek/team.js{query}", headers={"Origin": "https://cast"})
    assert response.status == HTTPStatus.OK
    assert response.headers[hdrs.CACHE_CONTROL] == "no-cache"
    assert response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] == "https://cast"
    unchanged = {hdrs.IF_NONE_MATCH: response.headers[hdrs.ETAG]}
    again = await client.get(f"/belfabriek/team.js{query}", headers=unchanged)
    assert again.status == HTTPStatus.NOT_MODIFIED


async def test_page_loads_script_once_for_two_accounts(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    frontend: None,
    loaded: MockConfigEntry,
    entry_data: dict[str, Any],
    set_up: SetUp,
) -> None:
    await set_up(make_entry(entry_data, {"01001": "Elsewhere"}, subentry="other"))
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert len(await _modules(await hass_client())) == 1


async def test_account_loads_without_frontend(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    assert "frontend" not in hass.config.components
    assert DOMAIN in hass.config.components
    assert "dashboard" not in caplog.text


@pytest.fixture
def not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the script, as in a checkout in which nothing was built."""
    monkeypatch.setattr(dashboard, "SCRIPT", dashboard.SCRIPT.with_name("missing.js"))


async def test_account_loads_without_built_script(
    hass_client: ClientSessionGenerator,
    frontend: None,
    not_built: None,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await _modules(await hass_client()) == []
    logged = [record.getMessage() for record in caplog.get_records("setup")]
    assert "The dashboard is missing: build it with scripts/frontend" in logged


async def test_registries_have_what_the_script_reads(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, loaded: MockConfigEntry
) -> None:
    """`frontend/src/registry.ts` finds accounts, extensions and their entities by these."""
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)

    async def ask(kind: str) -> Any:  # noqa: ANN401 - whatever JSON says
        await client.send_json_auto_id({"type": f"config/{kind}"})
        return (await client.receive_json())["result"]

    devices: dict[str, Mapping[str, Any]] = {
        each["id"]: each for each in await ask("device_registry/list")
    }
    (account,) = (each for each in devices.values() if each["via_device_id"] is None)
    assert account["identifiers"] == [[DOMAIN, loaded.entry_id]]
    keys: dict[str, set[str]] = {device: set() for device in devices}
    for entity in (await ask("entity_registry/list_for_display"))["entities"]:
        if entity["pl"] == DOMAIN:
            keys[entity["di"]].add(entity["tk"])
    assert {"extensions_ready", "extensions_on_call", "calls", "talk_time"} <= keys[account["id"]]
    for device in devices.values():
        if device is not account:
            assert device["via_device_id"] == account["id"]
            assert "status" in keys[device["id"]]


async def test_age_of_data_grows_until_next_poll_and_is_unknown_in_outage(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    frontend: None,
    loaded: MockConfigEntry,
    simulator: Simulator,
    poll: Poll,
) -> None:
    client = await hass_ws_client()

    async def age() -> float | None:
        await client.send_json_auto_id({"type": "belfabriek/ages"})
        ages: dict[str, float | None] = (await client.receive_json())["result"]
        return ages[loaded.entry_id]

    first = await age()
    assert first is not None
    await asyncio.sleep(0.2)
    second = await age()
    assert second is not None
    assert second >= first + 0.2
    await poll()
    third = await age()
    assert third is not None
    assert third < second
    await simulator.stop()
    await poll()
    assert await age() is None
