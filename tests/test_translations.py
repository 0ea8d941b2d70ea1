"""Every text that is shown exists, every one that exists is shown, in every language.

What only shows at run time (an error, an abort, a placeholder) is checked wherever a flow is
driven: see `Flow` in flows.py. This module checks the rest, and what hassfest refuses.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
import inspect
import json
from pathlib import Path
import re
import string
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers import (
    config_validation as cv,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.selector import ObjectSelector, SelectSelector
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)

import custom_components.belfabriek
from custom_components.belfabriek.config_flow import (
    BelfabriekConfigFlow,
    BelfabriekOptionsFlow,
    ExtensionSubentryFlow,
)
from custom_components.belfabriek.const import DOMAIN
from simulator import Simulator

from .conftest import Poll, SetUp
from .flows import (
    TEXTS,
    Flow,
    open_account,
    open_extension,
    open_options,
    open_reauth,
    open_reconfigure,
    open_rename,
)

FOLDER = Path(custom_components.belfabriek.__file__).parent
LANGUAGES = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted(FOLDER.glob("translations/*.json"))
}
ICONS = json.loads((FOLDER / "icons.json").read_text(encoding="utf-8"))
SERVICES = load_yaml_dict(str(FOLDER / "services.yaml"))

KEY = re.compile(r"(?!.+[_-]{2})(?![_-])[a-z0-9-_]+(?<![_-])")
URL = re.compile(r"\b[a-z0-9]+://|\bwww\.", re.IGNORECASE)
QUOTED_PLACEHOLDER = re.compile(r"'{\w+}'")

GIVEN_BY_HOME_ASSISTANT = {
    "already_configured",
    "already_in_progress",
    "reauth_successful",
    "reconfigure_successful",
}
"""Reasons to abort that Home Assistant's own code names; 2026.9 has no text for them."""


def leaves(tree: Mapping[str, Any], *above: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Return every text with the keys that lead to it."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, *above, key)
        else:
            yield (*above, key), value


def placeholders(text: str) -> set[str]:
    """Return the names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def steps_of(handler: type) -> set[str]:
    """Return the steps of a kind of flow that show a form."""
    prefix = "async_step_"
    names = {name.removeprefix(prefix) for name in vars(handler) if name.startswith(prefix)}
    return names - {"reauth"}  # only leads to `reauth_confirm`


def trees(*modules: str) -> list[ast.Module]:
    """Return the syntax trees of modules of the integration."""
    return [ast.parse((FOLDER / module).read_text(encoding="utf-8")) for module in modules]


def strings_in(nodes: Iterable[ast.AST]) -> set[str]:
    """Return every string that stands in the code."""
    return {
        node.value
        for tree in nodes
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.fixture
async def forms(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp
) -> dict[tuple[str, ...], dict[str, Flow]]:
    """Return every form there is, by where its texts stand and by step."""
    user = await open_account(hass)
    await set_up(entry)
    return {
        ("config",): {
            "user": user,
            "reauth_confirm": await open_reauth(hass, entry),
            "reconfigure": await open_reconfigure(hass, entry),
        },
        ("config_subentries", "extension"): {
            "user": await open_extension(hass, entry),
            "reconfigure": await open_rename(hass, entry, "subentry-1"),
        },
        ("options",): {"init": await open_options(hass, entry)},
    }


def fields(schema: Mapping[Any, Any]) -> Iterator[tuple[str | None, str, object]]:
    """Return the fields of a form: section, name and selector."""
    for marker, field in schema.items():
        if isinstance(field, section):
            yield from ((str(marker), name, each) for _, name, each in fields(field.schema.schema))
        else:
            yield None, str(marker), field


async def test_every_step_has_a_form(forms: dict[tuple[str, ...], dict[str, Flow]]) -> None:
    handlers = (BelfabriekConfigFlow, ExtensionSubentryFlow, BelfabriekOptionsFlow)
    for handler, by_step in zip(handlers, forms.values(), strict=True):
        assert {step: flow.step for step, flow in by_step.items()} == {
            step: step for step in steps_of(handler)
        }


async def test_the_texts_of_the_forms_are_those_of_their_fields(
    forms: dict[tuple[str, ...], dict[str, Flow]],
) -> None:
    for path, by_step in forms.items():
        texts: Any = TEXTS
        for key in path:
            texts = texts[key]
        assert set(texts["step"]) == set(by_step)
        for step, flow in by_step.items():
            expected = {("title",)}
            for where, name, _ in fields(flow.schema):
                within = () if where is None else ("sections", where)
                expected |= {(*within, "data", name), (*within, "data_description", name)}
                if where is not None:
                    expected.add((*within, "name"))
            assert {
                keys for keys, _ in leaves(texts["step"][step]) if keys[-1] != "description"
            } == expected, step


async def test_the_texts_of_the_selectors_are_those_of_their_options_and_fields(
    forms: dict[tuple[str, ...], dict[str, Flow]],
) -> None:
    expected: dict[str, dict[str, Any]] = {}
    for by_step in forms.values():
        for flow in by_step.values():
            for _, _, selector in fields(flow.schema):
                match selector:
                    case SelectSelector():
                        key, options = (
                            selector.config["translation_key"],
                            selector.config["options"],
                        )
                        expected[key] = {"options": set(options)}
                    case ObjectSelector():
                        key = selector.config["translation_key"]
                        expected[key] = {"fields": set(selector.config["fields"])}
    assert {
        key: {kind: set(texts) for kind, texts in kinds.items()}
        for key, kinds in TEXTS["selector"].items()
    } == expected
    for kinds in TEXTS["selector"].values():
        for field in kinds.get("fields", {}).values():
            assert set(field) == {"name", "description"}


@pytest.mark.parametrize(
    ("texts", "modules"),
    [
        (TEXTS["config"], ("config_flow.py", "schemas.py", "validation.py")),
        (TEXTS["config_subentries"]["extension"], ("config_flow.py", "validation.py")),
        (TEXTS["options"], ("config_flow.py",)),
    ],
    ids=["config", "subentry", "options"],
)
def test_no_error_and_no_abort_has_a_text_that_the_code_never_names(
    texts: Mapping[str, Any], modules: tuple[str, ...]
) -> None:
    named = strings_in(trees(*modules))
    # An error that names lines has a second text, for more of them than are named.
    assert {key.removesuffix("_more") for key in texts.get("error", {})} <= named
    assert set(texts.get("create_entry", {})) <= named
    assert set(texts.get("abort", {})) <= named | GIVEN_BY_HOME_ASSISTANT


def test_a_kind_of_subentry_has_a_name_and_its_buttons() -> None:
    for texts in TEXTS["config_subentries"].values():
        assert texts["entry_type"]
        # Home Assistant shows a button for each step by which a flow can begin.
        assert set(texts["initiate_flow"]) == steps_of(ExtensionSubentryFlow)


def test_every_kind_of_text_is_checked_by_this_module() -> None:
    assert set(TEXTS) == {
        "config",
        "config_subentries",
        "entity",
        "exceptions",
        "issues",
        "options",
        "selector",
        "services",
        "system_health",
    }
    assert set(TEXTS["config"]) == {"step", "error", "abort", "create_entry"}
    assert set(TEXTS["options"]) <= {"step", "error", "abort"}
    assert set(TEXTS["config_subentries"]) == {"extension"}


def raised_texts() -> dict[str, set[str]]:
    """Return the names of the placeholders that the code gives, by key of the exception's text."""
    found: dict[str, set[str]] = {}
    for tree in trees(*(str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*.py"))):
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            if not {"translation_domain", "translation_key"} <= set(given):
                continue
            key, names = given["translation_key"], given.get("translation_placeholders")
            assert isinstance(key, ast.Constant), "a key that is computed cannot be checked"
            assert names is None or isinstance(names, ast.Dict)
            found[str(key.value)] = strings_in(
                each for each in (names.keys if names else []) if each is not None
            )
    return found


def test_every_exception_has_its_text_with_its_placeholders() -> None:
    expected = raised_texts()
    assert set(TEXTS["exceptions"]) == set(expected)
    for key, text in TEXTS["exceptions"].items():
        assert placeholders(text["message"]) == expected[key]


async def test_every_repair_issue_has_its_text_with_its_placeholders(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, poll: Poll
) -> None:
    simulator.extension("01001").call_state = "ringing"
    simulator.remove_extension("01002")
    for _ in range(4):
        await poll()
    issues = [each for each in ir.async_get(hass).issues.values() if each.domain == DOMAIN]
    assert {str(each.translation_key) for each in issues} == set(TEXTS["issues"])
    for issue in issues:
        text = TEXTS["issues"][issue.translation_key]
        given = set(issue.translation_placeholders or {})
        assert {"title"} < set(text)
        assert all(placeholders(each) <= given for _, each in leaves(text))


async def test_every_action_is_described_with_its_fields_and_has_an_icon(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    actions = hass.services.async_services_for_domain(DOMAIN)
    assert set(actions) == set(SERVICES) == set(TEXTS["services"]) == set(ICONS["services"])
    for action, described in SERVICES.items():
        texts = TEXTS["services"][action]
        assert {keys for keys, _ in leaves(texts)} == {("name",), ("description",)} | {
            ("fields", field, text)
            for field in described.get("fields", {})
            for text in ("name", "description")
        }


async def test_every_line_of_the_system_information_has_its_text(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    info = await get_system_health_info(hass, DOMAIN)
    for each in info.values():
        if inspect.isawaitable(each):
            await each
    assert set(TEXTS["system_health"]["info"]) == set(info)


@pytest.fixture
async def states(hass: HomeAssistant, loaded: MockConfigEntry) -> dict[tuple[str, str], set[str]]:
    """Return the states or events that have names, by platform and translation key of the entity.

    As Home Assistant itself has noted them, of every entity, enabled or not.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for entity in er.async_entries_for_config_entry(er.async_get(hass), loaded.entry_id):
        assert entity.translation_key is not None
        capabilities = entity.capabilities or {}
        named = {"on", "off"} if entity.domain == "binary_sensor" else set()
        found[entity.domain, entity.translation_key] = {
            *named,
            *capabilities.get("options", ()),
            *capabilities.get("event_types", ()),
        }
    return found


def of_entities(file: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return what a file says of each entity, by platform and translation key."""
    return {
        (platform, key): said
        for platform, by_key in file["entity"].items()
        for key, said in by_key.items()
    }


def named_states(said: Mapping[str, Any]) -> set[str]:
    """Return the states or events that a text or an icon names."""
    event_type = said.get("state_attributes", {}).get("event_type", {})
    return {*said.get("state", {}), *event_type.get("state", {})}


async def test_the_texts_of_the_entities_are_those_of_their_states(
    states: dict[tuple[str, str], set[str]],
) -> None:
    assert set(of_entities(TEXTS)) == set(states)
    for entity, text in of_entities(TEXTS).items():
        assert text["name"]
        assert named_states(text) == states[entity]


async def test_every_entity_has_an_icon_and_every_icon_a_state(
    states: dict[tuple[str, str], set[str]],
) -> None:
    assert set(of_entities(ICONS)) == set(states)
    for entity, icon in of_entities(ICONS).items():
        assert "default" in icon
        assert named_states(icon) <= states[entity]


def test_icons_are_what_hassfest_takes() -> None:
    assert set(ICONS) <= {"entity", "services"}
    for keys, icon in leaves(ICONS):
        assert re.fullmatch(r"mdi:[a-z0-9]+(-[a-z0-9]+)*", icon), keys
        assert all(KEY.fullmatch(key) for key in keys), keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts_with_the_same_placeholders(language: str) -> None:
    english, other = dict(leaves(TEXTS)), dict(leaves(LANGUAGES[language]))
    assert set(other) == set(english)
    for keys, text in english.items():
        assert placeholders(other[keys]) == placeholders(text), keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_what_hassfest_takes(language: str) -> None:
    for keys, text in leaves(LANGUAGES[language]):
        assert text, keys
        assert text == text.strip(), keys
        assert cv.string_with_no_html(text) == text
        assert not URL.search(text), keys
        assert not QUOTED_PLACEHOLDER.search(text), keys
        assert "[%" not in text, f"{keys}: references are for core's own files"
        assert all(name.isidentifier() for name in placeholders(text)), keys
        assert all(KEY.fullmatch(key) for key in keys), keys
        if keys[0] == "entity" and "state" in keys:
            assert not placeholders(text), keys
    for keys, _ in leaves(LANGUAGES[language]):
        if "data_description" in keys:
            at = keys.index("data_description")
            described: Any = LANGUAGES[language]
            for key in keys[:at]:
                described = described[key]
            assert keys[-1] in described["data"], keys
