import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
import json
from pathlib import Path
import shutil
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

import custom_components.belfabriek
from custom_components.belfabriek.const import DOMAIN
from simulator import Simulator

from .conftest import SetUp, make_entry

SCRIPT = Path(custom_components.belfabriek.__file__).parent / "www" / "team-dashboard.js"

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="there is no node to run the script with")


@pytest.fixture
async def frontend(hass: HomeAssistant, hass_storage: dict[str, Any], tmp_path: Path) -> None:
    """Set the frontend up, with a page of our own in the place of its package."""
    done = {"done": ["user", "core_config", "analytics", "integration"]}
    hass_storage["onboarding"] = {"version": 4, "data": done}
    page = tmp_path / "hass_frontend" / "index.html"
    page.parent.mkdir()
    page.write_text("{% for url in extra_modules %}{{ url }}\n{% endfor %}", encoding="utf-8")
    config = {"frontend": {"development_repo": str(tmp_path)}}
    assert await async_setup_component(hass, "frontend", config)


async def _modules(client: TestClient[web.Request, web.Application]) -> list[str]:
    """Return what the frontend's page loads besides itself."""
    return (await (await client.get("/")).text()).split()


async def test_the_page_loads_the_script(
    hass_client: ClientSessionGenerator, frontend: None, loaded: MockConfigEntry
) -> None:
    client = await hass_client()
    (module,) = await _modules(client)
    response = await client.get(module)
    assert response.status == HTTPStatus.OK
    assert response.content_type == "text/javascript"
    assert await response.read() == SCRIPT.read_bytes()
    # A digest in the address lets browsers keep it until it changes.
    assert "max-age" in response.headers["Cache-Control"]
    assert module.partition("?")[2]


async def test_the_page_loads_the_script_once_for_two_accounts(
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


async def test_there_need_be_no_frontend(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    assert "frontend" not in hass.config.components
    assert DOMAIN in hass.config.components
    assert "dashboard" not in caplog.text


RUNNER = """
import { pathToFileURL } from "node:url";
let input = "";
for await (const chunk of process.stdin) input += chunk;
const { script, steps } = JSON.parse(input);
const defined = {};
let start;
const started = new Promise((resolve) => { start = resolve; });
globalThis.window = globalThis;
globalThis.document = { documentElement: { lang: "nl" } };
globalThis.HTMLElement = class {};
globalThis.customElements = {
  define(name, element) { if (name in defined) throw new Error(name); defined[name] = element; },
  get: (name) => defined[name],
  whenDefined: (name) => name === "home-assistant" ? started : new Promise(() => {}),
};
await import(pathToFileURL(script) + "?1");
await import(pathToFileURL(script) + "?2");
const early = Object.keys(defined);
start();
await new Promise((resolve) => setImmediate(resolve));
const element = defined["ll-strategy-dashboard-belfabriek-team"];
const results = [];
for (const [method, ...args] of steps) results.push(await element[method](...args));
console.log(JSON.stringify({ early, registered: window.customStrategies, results }));
"""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a run of the script came to."""

    early: list[str]
    """Elements that were defined before Home Assistant's own page element was."""
    registered: list[dict[str, Any]]
    results: list[Any]


async def run_script(*steps: tuple[Any, ...]) -> Ran:
    """Load the script twice, as it may happen to a page, then call its static methods."""
    assert NODE is not None
    process = await asyncio.create_subprocess_exec(
        NODE,
        "--input-type=module",
        "--eval",
        RUNNER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    request = json.dumps({"script": str(SCRIPT), "steps": steps})
    answer, errors = await process.communicate(request.encode())
    assert process.returncode == 0, errors.decode()
    return Ran(**json.loads(answer))


@dataclass(frozen=True, kw_only=True)
class Browser:
    """A browser that is logged in to Home Assistant."""

    hass_ws_client: WebSocketGenerator
    hass: HomeAssistant

    async def see(self, language: str = "en") -> dict[str, Any]:
        """Return the part of the script's `hass` that the frontend makes of the registries."""
        assert await async_setup_component(self.hass, "config", {})
        client = await self.hass_ws_client(self.hass)
        await client.send_json_auto_id({"type": "config/entity_registry/list_for_display"})
        entities = (await client.receive_json())["result"]["entities"]
        await client.send_json_auto_id({"type": "config/device_registry/list"})
        devices = (await client.receive_json())["result"]
        names = {
            "ei": "entity_id",
            "pl": "platform",
            "tk": "translation_key",
            "di": "device_id",
            "hb": "hidden",
        }
        return {
            "language": language,
            "entities": {
                entity["ei"]: {names.get(key, key): value for key, value in entity.items()}
                for entity in entities
            },
            "devices": {device["id"]: device for device in devices},
        }

    async def show(
        self, config: Mapping[str, Any] | None = None, language: str = "en"
    ) -> list[dict[str, Any]]:
        """Return the views that the script makes of what the browser sees."""
        ran = await run_script(("generate", config or {}, await self.see(language)))
        views: list[dict[str, Any]] = ran.results[0]["views"]
        return views


@pytest.fixture
def browser(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Browser:
    """Return a browser that is logged in."""
    return Browser(hass=hass, hass_ws_client=hass_ws_client)


def cards(view: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the cards of all sections."""
    return [card for section in view["sections"] for card in section["cards"]]


def tiles(view: Mapping[str, Any]) -> list[str]:
    """Return whose tiles there are, each entity once."""
    return list(dict.fromkeys(card["entity"] for card in cards(view) if card["type"] == "tile"))


def headings(view: Mapping[str, Any]) -> list[str]:
    """Return the titles of the sections."""
    return [card["heading"] for card in cards(view) if card["type"] == "heading"]


@needs_node
async def test_the_script_waits_for_home_assistant_and_registers_once() -> None:
    ran = await run_script()
    assert ran.early == []
    (registered,) = ran.registered
    assert registered["type"] == "belfabriek-team"
    assert registered["strategyType"] == "dashboard"
    assert registered["documentationURL"].startswith("https://")
    assert registered["name"] == "Belfabriek-team"
    assert registered["description"].startswith("Wie bereikbaar is")


@needs_node
async def test_every_status_has_one_tile(
    hass: HomeAssistant, browser: Browser, loaded: MockConfigEntry
) -> None:
    (view,) = await browser.show()
    conditions = [
        card["visibility"][0]
        for card in view["sections"][0]["cards"]
        if card.get("entity") == "sensor.reception_status" and card.get("icon") is None
    ]
    state = hass.states.get("sensor.reception_status")
    assert state is not None
    for status in (*state.attributes["options"], "unknown", "unavailable"):
        shown = [
            condition
            for condition in conditions
            if status in condition.get("state", ())
            or status not in condition.get("state_not", (status,))
        ]
        assert len(shown) == 1, status


@needs_node
async def test_renamed_hidden_and_disabled_entities(
    browser: Browser,
    entity_registry: er.EntityRegistry,
    device_registry: dr.DeviceRegistry,
    loaded: MockConfigEntry,
) -> None:
    entity_registry.async_update_entity(
        "sensor.reception_status", new_entity_id="sensor.front_desk"
    )
    entity_registry.async_update_entity("sensor.sales_status", hidden_by=er.RegistryEntryHider.USER)
    for entity_id in ("sensor.support_status", "sensor.workshop_status_since"):
        entity_registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    (view,) = await browser.show()
    assert tiles(view) == [
        "sensor.night_desk_status",
        "sensor.front_desk",
        "sensor.workshop_status",
        "sensor.night_desk_status_since",
        "sensor.reception_status_since",
        "sensor.belfabriek_extensions_accepting_calls",
        "sensor.belfabriek_extensions_ready",
        "sensor.belfabriek_extensions_on_call",
    ]


@needs_node
async def test_availability_only_and_no_counts(
    browser: Browser,
    entity_registry: er.EntityRegistry,
    entry_data: dict[str, Any],
    set_up: SetUp,
) -> None:
    data = {**entry_data, "supervisor_id": None, "manager_id": None, "account_id": None}
    await set_up(make_entry(data, {"01001": "Reception", "01002": "Sales"}))
    for entity in list(entity_registry.entities.values()):
        if "_extensions_" in entity.entity_id:
            entity_registry.async_update_entity(
                entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER
            )
    (view,) = await browser.show()
    assert headings(view) == ["Team", "Staffing"]
    assert tiles(view) == ["sensor.reception_status", "sensor.sales_status"]
    assert cards(view)[-1]["entities"] == [
        {"entity": f"binary_sensor.{name}_accepting_calls", "name": {"type": "device"}}
        for name in ("reception", "sales")
    ]


@needs_node
@pytest.mark.parametrize(
    ("names", "columns", "column_span"),
    [
        (["Reception"], 6, 1),
        (["Reception", "Klantenservice Amsterdam"], 12, 1),
        ([f"Desk {number}" for number in range(13)], 6, 2),
    ],
)
async def test_the_layout_follows_the_team(
    browser: Browser,
    entry_data: dict[str, Any],
    set_up: SetUp,
    names: list[str],
    columns: int,
    column_span: int,
) -> None:
    extensions = {f"01{number:03}": name for number, name in enumerate(names)}
    async with Simulator(extensions=extensions) as simulator:
        entry = make_entry({**entry_data, "url": simulator.url}, extensions)
        await set_up(entry)
        (view,) = await browser.show()
        await browser.hass.config_entries.async_unload(entry.entry_id)
    assert view["sections"][0]["column_span"] == column_span
    assert {
        card["grid_options"]["columns"]
        for card in view["sections"][0]["cards"]
        if card["type"] == "tile"
    } == {columns}


@needs_node
async def test_names_are_in_the_order_of_people(
    browser: Browser, entry_data: dict[str, Any], set_up: SetUp
) -> None:
    extensions = {"1": "Desk 10", "2": "desk 9", "3": "Élodie", "4": "Zoë"}
    async with Simulator(extensions=extensions) as simulator:
        entry = make_entry({**entry_data, "url": simulator.url}, extensions)
        await set_up(entry)
        (view,) = await browser.show()
        await browser.hass.config_entries.async_unload(entry.entry_id)
    assert tiles(view)[:4] == [
        f"sensor.{name}_status" for name in ("desk_9", "desk_10", "elodie", "zoe")
    ]


@needs_node
async def test_every_account_has_a_view_unless_some_are_chosen(
    browser: Browser, loaded: MockConfigEntry, entry_data: dict[str, Any], set_up: SetUp
) -> None:
    other = make_entry(entry_data, {"01001": "Elsewhere"}, subentry="other")
    await set_up(other)
    paths = [view["path"] for view in await browser.show()]
    assert sorted(paths) == sorted([loaded.entry_id.lower(), other.entry_id.lower()])
    for accounts in (other.entry_id, [other.entry_id]):
        (view,) = await browser.show({"accounts": accounts})
        assert view["path"] == other.entry_id.lower()


@needs_node
async def test_without_an_extension_it_says_where_to_add_one(
    browser: Browser, entry_data: dict[str, Any], set_up: SetUp
) -> None:
    await set_up(make_entry(entry_data, {}))
    (view,) = await browser.show()
    (card,) = view["cards"]
    assert card["type"] == "empty-state"
    assert card["buttons"][0]["tap_action"]["navigation_path"].endswith(DOMAIN)


@needs_node
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en-GB", ["Team", "On a call", "Staffing"]),
        ("nl", ["Team", "In gesprek", "Bezetting"]),
        ("de-CH", ["Team", "Im Gespräch", "Besetzung"]),
        ("fr", ["Équipe", "En communication", "Effectifs"]),
        ("pt-BR", ["Team", "On a call", "Staffing"]),
    ],
)
async def test_it_speaks_the_language_of_the_person(
    browser: Browser, loaded: MockConfigEntry, language: str, words: list[str]
) -> None:
    (view,) = await browser.show(language=language)
    assert headings(view) == words
    ran = await run_script(("getCreateSuggestions", {"language": language}))
    assert ran.results[0]["title"] == words[0]


@needs_node
async def test_it_is_made_anew_when_it_would_differ(
    hass: HomeAssistant,
    browser: Browser,
    entity_registry: er.EntityRegistry,
    loaded: MockConfigEntry,
) -> None:
    before = await browser.see()
    entity_registry.async_get_or_create("light", "elsewhere", "lamp")
    unrelated = await browser.see()
    hass.config_entries.async_remove_subentry(loaded, "subentry-1")
    await hass.async_block_till_done()
    removed = await browser.see()
    ran = await run_script(
        # The page gave up waiting: it has shown an error, and nothing changed since.
        ("shouldRegenerate", {}, before, before),
        ("generate", {}, before),
        ("shouldRegenerate", {}, before, before),
        ("shouldRegenerate", {}, before, unrelated),
        ("shouldRegenerate", {}, unrelated, removed),
        ("shouldRegenerate", {}, removed, {**removed, "language": "nl"}),
        ("generate", {}, removed),
    )
    assert [result for result in ran.results if isinstance(result, bool)] == [
        True,
        False,
        False,
        True,
        True,
    ]
    assert "sensor.reception_status" not in tiles(ran.results[-1]["views"][0])
