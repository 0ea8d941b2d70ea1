"""The examples in the documentation work in Home Assistant."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
import json
import logging
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder import CONFIG_SCHEMA
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entityfilter import convert_include_exclude_filter
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
    async_mock_service,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)
import yaml

from custom_components.belfabriek.condition import CONDITIONS
from custom_components.belfabriek.trigger import TRIGGERS
from custom_components.belfabriek.website_content import public_content
from simulator import Simulator

from .conftest import SetUp, make_entry
from .flows import TEXTS
from .helpers import state_of, states_of

REPOSITORY = Path(__file__).parent.parent
DOCS = REPOSITORY / "docs"
INTEGRATION = REPOSITORY / "custom_components" / "belfabriek"
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    REPOSITORY / "SECURITY.md",
    *sorted(DOCS.glob("*.md")),
]


@dataclass(frozen=True)
class Block:
    """A block of code on a page."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def config(self) -> dict[str, Any]:
        """The parsed YAML of the block."""
        # Secrets are defined by the reader.
        config: dict[str, Any] = yaml.safe_load(self.text.replace("!secret ", ""))
        return config


def blocks(page: Path) -> Iterable[Block]:
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, found[1], found[2])


# The table in performance.md is written by scripts/benchmark.
BLOCKS = [block for page in PAGES if page.stem != "performance" for block in blocks(page)]
YAML = [block for block in BLOCKS if block.language == "yaml"]


def is_automation(block: Block) -> bool:
    return "triggers" in block.config


def is_condition(block: Block) -> bool:
    return set(block.config) == {"conditions"}


def is_script(block: Block) -> bool:
    return "sequence" in block.config


def is_card(block: Block) -> bool:
    return "type" in block.config


def is_dashboard(block: Block) -> bool:
    return "strategy" in block.config


def is_configuration(block: Block) -> bool:
    return set(block.config) <= {"counter", "sensor", "template"}


def is_recorder(block: Block) -> bool:
    return "recorder" in block.config


def is_schema(block: Block) -> bool:
    """Return whether it configures an integration that the tests do not set up."""
    return set(block.config) <= {"mqtt"}


KINDS = (
    is_automation,
    is_condition,
    is_script,
    is_card,
    is_dashboard,
    is_configuration,
    is_recorder,
    is_schema,
)


def every(kind: Callable[[Block], bool]) -> pytest.MarkDecorator:
    """Run a test for every block of a kind."""
    found = [
        pytest.param(block, id=f"{block.page.name}:{block.line}") for block in YAML if kind(block)
    ]
    return pytest.mark.parametrize("block", found)


def test_every_block_of_yaml_is_of_a_kind_that_is_tried() -> None:
    assert len(YAML) > 10
    for block in YAML:
        assert [kind(block) for kind in KINDS].count(True) == 1, (block.page.name, block.line)


# The actions of each automation after the calls of `live`.
ACTIONS = {
    None: [],  # only a trigger
    "Busy light": ["light.turn_on"] * 10,
    "Count the calls of the reception": ["counter.increment"] * 3,
    "Call not answered": ["notify.send_message"] * 2,
    "Nobody is ready": ["notify.send_message"],
    "Pause the music during a call": ["media_player.media_pause", "media_player.media_play"] * 3,
    "Who is free": ["belfabriek.get_status", "notify.send_message"],
}

MESSAGES = r"Reception: not answered after \d seconds|Nobody is ready"


@pytest.fixture
def called(hass: HomeAssistant) -> list[Event]:
    """Return every action that is called; those of other integrations do nothing."""
    for action in {action for actions in ACTIONS.values() for action in actions}:
        domain, _, name = action.partition(".")
        if domain != "belfabriek":
            async_mock_service(hass, domain, name)
    hass.states.async_set("media_player.office", "playing")
    return async_capture_events(hass, EVENT_CALL_SERVICE)


def made(called: list[Event], since: int = 0) -> list[str]:
    return [f"{each.data['domain']}.{each.data['service']}" for each in called[since:]]


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return warnings and errors, except the warning about custom integrations."""
    return [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING
        and record.name.startswith(("custom_components.", "homeassistant."))
        and record.name != "homeassistant.loader"
    ]


async def settle(hass: HomeAssistant) -> None:
    """Run everything that waits for neither time nor states; automations may wait for both."""
    for _ in range(3):
        for _ in range(50):
            await asyncio.sleep(0)
        await hass.async_add_import_executor_job(bool)


async def two_seconds(hass: HomeAssistant) -> None:
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
    await settle(hass)


async def refresh(hass: HomeAssistant) -> None:
    (entry,) = hass.config_entries.async_loaded_entries("belfabriek")
    await entry.runtime_data.async_refresh()
    await settle(hass)


async def live(hass: HomeAssistant, simulator: Simulator) -> None:
    """Give the reception two unanswered calls, an answered one, and a pause.

    Sales is paused at the same time.
    """
    simulator.extension("01002").set(available=False, reason="pause")
    for call_state in "calling idle calling idle calling called wrapup idle".split():
        simulator.extension("01001").call_state = call_state
        await refresh(hass)
    simulator.extension("01001").set(available=False, reason="pause")
    await refresh(hass)
    for extension_id in ("01001", "01002"):
        simulator.extension(extension_id).set(available=True, reason="-")
    await refresh(hass)


async def call_long(hass: HomeAssistant, simulator: Simulator) -> None:
    """Give the reception a call of eleven minutes, while sales is paused."""
    simulator.extension("01002").set(available=False, reason="pause")
    simulator.extension("01001").call_state = "called"
    await refresh(hass)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=11))
    await settle(hass)


@every(is_automation)
async def test_automation_does_what_its_page_says(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    called: list[Event],
    caplog: pytest.LogCaptureFixture,
    block: Block,
) -> None:
    config = {"id": "under_test", "alias": "Under test", "actions": [], **block.config}
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    (automation,) = hass.states.async_all("automation")
    assert automation.state == "on"
    await (call_long if "for: " in block.text else live)(hass, simulator)
    (automation,) = hass.states.async_all("automation")
    assert automation.attributes["last_triggered"] is not None
    assert made(called) == ACTIONS[block.config.get("alias")]
    for message in [each.data["service_data"].get("message") for each in called]:
        assert message is None or re.fullmatch(MESSAGES, message)
    assert complaints(caplog) == []
    # Otherwise, the automation would still wait after the test.
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


# Whether it passes while the reception is ready, and while it is on a call.
PASSES = {
    "belfabriek.is_not_on_call": [True, False],
    "belfabriek.is_not_ready": [False, True],
    "belfabriek.is_on_call": [False, True],
    "belfabriek.is_ready": [True, False],
}


@every(is_condition)
async def test_condition_passes_as_its_page_says(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, block: Block
) -> None:
    passed = async_mock_service(hass, "test", "passed")
    config = {
        "triggers": {"trigger": "event", "event_type": "asked"},
        **block.config,
        "actions": {"action": "test.passed"},
    }
    assert await async_setup_component(hass, "automation", {"automation": [config]})
    passes = []
    for call_state in ("idle", "called"):
        simulator.extension("01001").call_state = call_state
        await refresh(hass)
        passed.clear()
        hass.bus.async_fire("asked")
        await hass.async_block_till_done()
        passes.append(passed != [])
    assert passes == PASSES[block.config["conditions"][0]["condition"]]


@every(is_script)
async def test_script_does_what_its_page_says(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    called: list[Event],
    caplog: pytest.LogCaptureFixture,
    block: Block,
) -> None:
    assert await async_setup_component(hass, "script", {"script": {"under_test": block.config}})
    simulator.extension("01001").call_state = "called"
    await hass.services.async_call("script", "under_test", blocking=True)
    assert made(called, since=1) == ACTIONS[block.config["alias"]]
    assert called[-1].data["service_data"]["message"] == "Sales, Support, Workshop, Night desk"
    assert complaints(caplog) == []


# The state of the entity after the calls of `live`.
STATES = {
    "counter.reception_calls_today": "0",
    "sensor.reception_talk_time_today": r"\d\.\d+(e-\d+)?",
}


# Its template updates one second after the account was removed.
@pytest.mark.parametrize("expected_lingering_timers", [True])
@every(is_configuration)
async def test_configuration_makes_an_entity_with_the_state_of_its_page(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    block: Block,
) -> None:
    for domain in block.config:
        assert await async_setup_component(hass, domain, block.config)
    await set_up(entry)
    ours = {
        each.entity_id
        for each in entity_registry.entities.get_entries_for_config_entry_id(entry.entry_id)
    }
    await live(hass, simulator)
    # As when the credentials change.
    await hass.config_entries.async_reload(entry.entry_id)
    await two_seconds(hass)
    (made,) = set(states_of(hass)) - ours
    assert re.fullmatch(STATES[made], str(state_of(hass, made)))
    assert complaints(caplog) == []


def is_graph(block: Block) -> bool:
    return block.config.get("type") == "statistics-graph"


# The recorder handles the removal of the account after the end of the test.
@pytest.mark.parametrize("expected_lingering_timers", [True])
@every(is_graph)
async def test_graph_has_something_to_draw(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    loaded: MockConfigEntry,
    block: Block,
) -> None:
    start = (dt_util.utcnow() + timedelta(hours=1)).replace(minute=55, second=0, microsecond=0)
    freezer.move_to(start)
    for call_state in ("calling", "called", "called", "idle"):
        simulator.extension("01001").call_state = call_state
        await refresh(hass)
        freezer.tick(10)
    await async_wait_recording_done(hass)
    do_adhoc_statistics(hass, start=start)
    await async_wait_recording_done(hass)
    statistics = await recorder_mock.async_add_executor_job(
        partial(
            statistics_during_period,
            hass,
            start_time=start - timedelta(days=block.config["days_to_show"]),
            end_time=None,
            statistic_ids=set(block.config["entities"]),
            period=block.config["period"],
            units=None,
            types=set(block.config["stat_types"]),
        )
    )
    for entity_id in block.config["entities"]:
        drawn = [dict(each)[block.config["stat_types"][0]] for each in statistics[entity_id]]
        assert drawn
        assert None not in drawn
        if "change" in block.config["stat_types"]:
            counted = 1 if entity_id.endswith("_calls") else pytest.approx(20 / 3600)
            assert [each for each in drawn if each] == [counted]


@every(is_recorder)
def test_recorder_filter_excludes_the_person_and_not_the_account(block: Block) -> None:
    config = CONFIG_SCHEMA(block.config)["recorder"]
    is_recorded = convert_include_exclude_filter(config).get_filter()
    assert not any(map(is_recorded, ("sensor.reception", "sensor.reception_calls")))
    assert not is_recorded("binary_sensor.reception_on_a_call")
    assert not is_recorded("event.reception_call")
    assert is_recorded("sensor.belfabriek_calls")


def entities(page: Path) -> set[str]:
    """Return the entities of an account that a page names in YAML or in the text."""
    yaml_blocks = [block for block in blocks(page) if block.language == "yaml"]
    code = [block.text for block in yaml_blocks if not is_recorder(block)]
    code += re.findall(r"`[^`\n]+`", page.read_text(encoding="utf-8"))
    pattern = r"\b(?:binary_sensor|event|sensor)\.(?!py\b|received\b)\w+"
    return {name for each in code for name in re.findall(pattern, each)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_entities_that_a_page_names_exist(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    entry_data: dict[str, Any],
    set_up: SetUp,
    page: Path,
) -> None:
    # A page names entities in Dutch.
    hass.config.language = "nl"
    await set_up(make_entry(entry_data, {"01001": "Reception"}))
    assert entities(page) - set(states_of(hass)) == set()


@pytest.mark.parametrize(("kind", "keys"), [("trigger", TRIGGERS), ("condition", CONDITIONS)])
def test_every_trigger_and_condition_has_a_section_with_its_name_and_yaml(
    kind: str, keys: Iterable[str]
) -> None:
    page = (DOCS / "automations.md").read_text(encoding="utf-8")
    sections = dict(each.split("\n", 1) for each in re.split(r"^##+ ", page, flags=re.MULTILINE))
    for key in keys:
        section = sections[TEXTS[f"{kind}s"][key]["name"]]
        assert f"  - {kind}: belfabriek.{key}\n" in section


@pytest.mark.parametrize(("name", "language"), [("README.md", "en"), ("README.nl.md", "nl")])
def test_readme_names_every_trigger_condition_and_blueprint(name: str, language: str) -> None:
    text = " ".join((REPOSITORY / name).read_text("utf-8").split())
    path = INTEGRATION / "translations" / f"{language}.json"
    texts = json.loads(path.read_text("utf-8"))
    for kind in ("triggers", "conditions"):
        for each in texts[kind].values():
            assert f"*{each['name']}*" in text
    for file in REPOSITORY.glob("blueprints/automation/belfabriek/*.yaml"):
        assert f"%2F{file.name})" in text


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", [*PAGES, REPOSITORY / "README.nl.md"], ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    own = r"^https://(?:github|raw\.githubusercontent)\.com/[\w-]+/belfabriek/(?:blob/)?main/"
    for link in re.findall(r'(?:\]\(|src="|srcset=")([^)"\s]+)', text):
        path, _, anchor = re.sub(own, f"{REPOSITORY}/", link).partition("#")
        if path.startswith("https:"):
            continue
        target = (page.parent / path) if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_architecture_names_every_module() -> None:
    page = (DOCS / "architecture.md").read_text("utf-8")
    modules = [*INTEGRATION.glob("*.py"), *INTEGRATION.glob("api/*.py")]
    names = {each.relative_to(INTEGRATION).as_posix() for each in modules}
    assert set(re.findall(r"`([\w/]+\.py)`", page)) == {
        each for each in names if not each.endswith("__init__.py")
    }


async def test_templates_between_the_recipes_can_be_rendered(hass: HomeAssistant) -> None:
    """Render templates with a function; the others are names of variables."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    templates = re.findall(r"`[^`\n]*(\{\{[^`\n]*\([^`\n]*\}\})", text)
    assert templates
    for template in templates:
        assert Template(template, hass).async_render(strict=True)


def test_every_member_of_the_website_link_is_described() -> None:
    content = public_content("Belfabriek", {}, {"subentry-1": "Reception"}, None)
    answer: dict[str, Any] = json.loads(content.as_json(10))
    block = next(each for each in BLOCKS if each.page.name == "website.md" and each.text[0] == "{")
    assert json.loads(block.text).keys() == answer.keys()
    rows = re.findall(
        r"^\| `(\w+)` \| (?:number|boolean|text|list)", block.page.read_text("utf-8"), re.MULTILINE
    )
    assert rows == list(answer)
