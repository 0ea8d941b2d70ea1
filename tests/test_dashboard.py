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
from homeassistant.helpers import entity_registry as er
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


async def _modules(client: TestClient[web.Request, web.Application]) -> list[str]:
    """Return the extra modules that the frontend's page loads."""
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
const cards = window.customCards;
const strategies = window.customStrategies;
console.log(JSON.stringify({ early, cards, strategies, results }));
"""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """The result of a run of the script."""

    early: list[str]
    """Elements that were defined before Home Assistant's own page element was."""
    cards: list[dict[str, Any]]
    strategies: list[dict[str, Any]]
    results: list[Any]


async def run_script(*steps: tuple[Any, ...]) -> Ran:
    """Load the script twice, as after an update, then call its static methods."""
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


def kinds(view: Mapping[str, Any]) -> list[str]:
    """Return the types of the cards."""
    return [card["type"] for card in cards(view)]


def titles(view: Mapping[str, Any]) -> list[str]:
    """Return the titles that cards have."""
    return [card["title"] for card in cards(view) if "title" in card]


def test_the_script_is_small() -> None:
    assert SCRIPT.stat().st_size < 50_000


@needs_node
async def test_the_script_waits_for_home_assistant_and_registers_once() -> None:
    ran = await run_script()
    assert ran.early == []
    (card,) = ran.cards
    assert card["type"] == "belfabriek-team-card"
    (registered,) = ran.strategies
    assert registered["type"] == "belfabriek-team"
    assert registered["strategyType"] == "dashboard"
    assert registered["documentationURL"].startswith("https://")
    assert registered["name"] == "Belfabriek-team"
    assert registered["description"].startswith("Wie klaar of in gesprek is")


@needs_node
async def test_an_account_is_a_handful_of_cards(browser: Browser, loaded: MockConfigEntry) -> None:
    (view,) = await browser.show()
    assert kinds(view) == [
        "custom:belfabriek-team-card",
        "history-graph",
        "statistics-graph",
        "statistics-graph",
    ]
    team, staffing, calls, talk_time = cards(view)
    assert team["account"] == loaded.entry_id
    assert [each["entity"] for each in staffing["entities"]] == [
        "sensor.belfabriek_extensions_accepting_calls",
        "sensor.belfabriek_extensions_ready",
        "sensor.belfabriek_extensions_on_call",
    ]
    assert calls["entities"] == ["sensor.belfabriek_calls"]
    assert talk_time["entities"] == ["sensor.belfabriek_talk_time"]


@needs_node
@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (["team"], ["custom:belfabriek-team-card"]),
        (["talk_time", "staffing"], ["history-graph", "statistics-graph"]),
        (["nothing"], []),
    ],
)
async def test_sections_can_be_left_out(
    browser: Browser, loaded: MockConfigEntry, sections: list[str], expected: list[str]
) -> None:
    (view,) = await browser.show({"sections": sections})
    assert kinds(view) == expected
    assert all(section["cards"] for section in view["sections"])


@needs_node
async def test_renamed_hidden_and_disabled_entities(
    browser: Browser, entity_registry: er.EntityRegistry, loaded: MockConfigEntry
) -> None:
    entity_registry.async_update_entity(
        "sensor.belfabriek_extensions_ready", new_entity_id="sensor.can_help"
    )
    entity_registry.async_update_entity(
        "sensor.belfabriek_extensions_on_call", hidden_by=er.RegistryEntryHider.USER
    )
    for name in ("calls", "talk_time"):
        entity_registry.async_update_entity(
            f"sensor.belfabriek_{name}", disabled_by=er.RegistryEntryDisabler.USER
        )
    (view,) = await browser.show()
    assert kinds(view) == ["custom:belfabriek-team-card", "history-graph"]
    assert [each["entity"] for each in cards(view)[1]["entities"]] == [
        "sensor.belfabriek_extensions_accepting_calls",
        "sensor.can_help",
    ]


@needs_node
async def test_how_the_card_looks_is_handed_on(browser: Browser, loaded: MockConfigEntry) -> None:
    look = {"sort": "status", "layout": "tiles", "hide": ["a"], "warn": {"on_call": 5}}
    (view,) = await browser.show(look)
    assert look.items() <= cards(view)[0].items()


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
    (staffing,) = (card for card in cards(view) if card["type"] == "history-graph")
    assert staffing["entities"] == [
        {"entity": f"binary_sensor.{name}_accepting_calls", "name": {"type": "device"}}
        for name in ("reception", "sales")
    ]


@needs_node
@pytest.mark.parametrize(("people", "column_span"), [(1, 1), (12, 1), (13, 2)])
async def test_a_large_team_gets_room(
    browser: Browser,
    entry_data: dict[str, Any],
    set_up: SetUp,
    people: int,
    column_span: int,
) -> None:
    extensions = {f"01{number:03}": f"Desk {number}" for number in range(people)}
    async with Simulator(extensions=extensions) as simulator:
        entry = make_entry({**entry_data, "url": simulator.url}, extensions)
        await set_up(entry)
        (view,) = await browser.show()
        await browser.hass.config_entries.async_unload(entry.entry_id)
    assert view["sections"][0]["column_span"] == column_span


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
    ("language", "team", "words"),
    [
        ("en-GB", "Team", ["Staffing", "Calls", "Talk time"]),
        ("nl", "Team", ["Bezetting", "Gesprekken", "Gesprekstijd"]),
        ("de-CH", "Team", ["Besetzung", "Gespräche", "Gesprächszeit"]),
        ("fr", "Équipe", ["Effectifs", "Appels", "Temps de conversation"]),
        ("pt-BR", "Team", ["Staffing", "Calls", "Talk time"]),
    ],
)
async def test_it_speaks_the_language_of_the_person(
    browser: Browser, loaded: MockConfigEntry, language: str, team: str, words: list[str]
) -> None:
    (view,) = await browser.show(language=language)
    assert titles(view) == words
    ran = await run_script(("getCreateSuggestions", {"language": language}))
    assert ran.results[0]["title"] == team


@needs_node
async def test_it_is_made_anew_when_it_would_differ(
    browser: Browser,
    entity_registry: er.EntityRegistry,
    loaded: MockConfigEntry,
) -> None:
    before = await browser.see()
    entity_registry.async_get_or_create("light", "elsewhere", "lamp")
    unrelated = await browser.see()
    entity_registry.async_update_entity(
        "sensor.belfabriek_calls", disabled_by=er.RegistryEntryDisabler.USER
    )
    removed = await browser.see()
    ran = await run_script(
        # The page has stopped waiting and shows an error; nothing has changed since.
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
    assert titles(ran.results[-1]["views"][0]) == ["Staffing", "Talk time"]
