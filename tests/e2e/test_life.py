"""Agents take calls and pause; Home Assistant restarts, loses power and is upgraded."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
import re
import subprocess
from threading import Thread
from urllib.parse import quote

from playwright.sync_api import Page, expect
import pytest

from tools import develop

from .home import ARCHIVE, ON_CALL, SALES, STATUS, Home, wait_until
from .pages import Pages

LAMP = "light.busy_light"
RED, GREEN = [255, 0, 0], [0, 255, 0]


def test_device_page_follows_its_agent_by_itself(home: Home, pages: Pages) -> None:
    home.add_account(
        "01001", options={"scan_interval": 5, "on_call_statuses": ["connecting", "on_call"]}
    )
    pages.open_device("Reception")

    expect(pages.row("sensor.status", "ready")).to_be_visible()
    home.agent("01001", call_state="calling")
    expect(pages.row("sensor.status", "connecting")).to_be_visible()
    expect(pages.row("binary_sensor.on_call", "on")).to_be_visible()
    home.agent("01001", available=False, reason="pause", call_state="idle")
    expect(pages.row("sensor.status", "paused")).to_be_visible()
    expect(pages.row("binary_sensor.on_call", "off")).to_be_visible()
    expect(pages.row("binary_sensor.available", "off")).to_be_visible()


def test_team_is_among_the_dashboards_to_add_and_follows_the_account(
    home: Home, page: Page, pages: Pages
) -> None:
    entry_id = home.add_account("01001", "01002")
    pages.add_dashboard("Belfabriek team", "Callers")

    expect(pages.tile("Reception", "ready")).to_be_visible()
    expect(pages.tile("Sales", "ready")).to_be_visible()
    home.agent("01002", call_state="called")
    home.poll()
    expect(pages.tile("Sales", "on_call")).to_be_visible()
    home.add_extension(entry_id, "01003")
    expect(pages.tile("Support", "ready")).to_be_visible()

    pages.button("Edit dashboard").click()
    page.locator("belfabriek-team-editor ha-checkbox").filter(has_text="Staffing").click()
    pages.button("Save").click()
    expect(page.locator("hui-history-graph-card")).to_have_count(0)
    expect(pages.tile("Support", "ready")).to_be_visible()


def test_team_is_among_the_automatic_sections(home: Home, page: Page, pages: Pages) -> None:
    home.add_account("01001", "01002")
    pages.add_dashboard("New dashboard from scratch", "Mine")
    pages.button("Edit dashboard").click()
    pages.button("Create section").click()
    page.get_by_text("Automatic section").click()
    # A preview of the section.
    expect(pages.tile("Reception", "ready")).to_be_visible()
    page.get_by_text("Belfabriek team").last.click()
    expect(page.locator("belfabriek-team-editor")).to_be_visible()
    pages.button("Save").click()
    expect(page.locator("belfabriek-team-editor")).to_have_count(0)
    expect(pages.tile("Sales", "ready")).to_be_visible()


def test_wall_says_how_old_its_data_is_and_since_when_there_is_none(
    home: Home, page: Page, pages: Pages
) -> None:
    entry_id = home.add_account()
    pages.open(f"/belfabriek-team/{entry_id.lower()}-wall")
    expect(page.get_by_text(re.compile(r"updated \d+ sec. ago"))).to_be_visible()
    home.expected = ["The server refuses every extension"]
    home.set_pin("99999999")
    home.poll()
    expect(page.get_by_text(re.compile(r"No data since \d"))).to_be_visible()
    expect(page.get_by_text(re.compile("updated"))).to_have_count(0)


def test_five_people_are_seen_at_a_glance(home: Home, pages: Pages) -> None:
    home.agent("01002", call_state="called")
    home.agent("01003", call_state="wrapup")
    home.agent("01004", available=False, reason="pause")
    home.agent("01005", available=False)
    home.add_account()
    pages.open("/belfabriek-team")

    for name, status in (
        ("Reception", "ready"),
        ("Sales", "on_call"),
        ("Support", "wrap_up"),
        ("Workshop", "paused"),
        ("Night desk", "offline"),
    ):
        expect(pages.tile(name, status)).to_be_visible()


def test_busy_light_is_added_in_five_clicks_and_right_after_a_power_failure(
    home: Home, page: Page, pages: Pages
) -> None:
    home.add_account()
    pages.open_account()
    pages.add_busy_light("Reception", "Busy light")

    wait_until_lamp_is(home, GREEN)
    home.agent("01001", call_state="called")
    home.poll()
    wait_until_lamp_is(home, RED)

    home.restart()  # Home Assistant saves what was added only some time later
    home.wait_for({STATUS: "on_call"})
    wait_until_lamp_is(home, RED)
    home.kill()
    home.agent("01001", call_state="idle")
    home.start()

    home.wait_for({STATUS: "ready", ON_CALL: "off"})
    wait_until_lamp_is(home, GREEN)


@pytest.mark.parametrize("pages", ["en", "nl"], indirect=True)
def test_busy_light_is_paused_changed_and_deleted(home: Home, pages: Pages) -> None:
    home.add_account("01001", "01002")
    home.act("light.turn_on", entity_id=LAMP, hs_color=[300, 50], brightness=51)
    before = home.attributes(LAMP)["rgb_color"]
    pages.open_account()
    pages.add_busy_light("Reception", "Busy light")
    wait_until_lamp_is(home, GREEN)

    pages.open_device("Busy light")
    pages.toggle()
    wait_until_lamp_is(home, before)
    assert home.attributes(LAMP)["brightness"] == 51
    pages.toggle()
    wait_until_lamp_is(home, GREEN)

    home.agent("01002", call_state="called")
    home.poll()
    pages.open_account()
    pages.change_busy_light("Busy light", "Sales")
    wait_until_lamp_is(home, RED)

    pages.open_account()
    pages.delete_busy_light("Busy light")
    wait_until_lamp_is(home, before)


def test_automation_made_in_the_editor_turns_a_lamp_red_during_a_call(
    home: Home, page: Page, pages: Pages
) -> None:
    home.add_account("01001")

    pages.edit_automation()
    dialog = page.locator("add-automation-element-dialog")
    pages.button("Add trigger").click()
    for text in ("Services", "Reception"):
        dialog.get_by_text(text, exact=True).click()
    dialog.get_by_text(pages.texts("triggers.became_on_call.name")).click()
    pages.button("Add action").click()
    for text in ("Entities", "Light", "Busy light"):
        dialog.get_by_text(text, exact=True).click()
    dialog.get_by_text("Turn on light").click()
    page.locator("ha-service-control ha-checkbox").first.click()
    page.locator("ha-selector-color_rgb input").fill("#ff0000")
    pages.button("Save").click()
    naming = page.locator("ha-dialog-automation-save")
    naming.get_by_role("button", name="Save", exact=True).click()
    pages.wait_for_saved_automation()

    home.agent("01001", call_state="called")
    home.poll()
    wait_until_lamp_is(home, RED)


@pytest.fixture
def repository() -> Iterator[str]:
    """Serve the blueprints, and return their address."""
    serve = partial(SimpleHTTPRequestHandler, directory=develop.CHECKOUT / "blueprints/automation")
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_blueprint_is_imported_by_its_link_and_assist_answers(
    home: Home, page: Page, pages: Pages, repository: str
) -> None:
    home.add_account("01001", "01002")
    home.agent("01002", call_state="called")
    home.poll()

    blueprint = quote(f"{repository}/belfabriek/who_can_be_called.yaml", safe="")
    # Where the badge in the README leads.
    pages.open(f"/_my_redirect/blueprint_import?blueprint_url={blueprint}")
    dialog = page.locator("ha-dialog-import-blueprint")
    for button in ("Preview", "Import blueprint"):
        dialog.get_by_role("button", name=button, exact=True).click()
    page.locator("ha-data-table").get_by_text("Belfabriek - Who can be called?").click()
    pages.button("Save").click()
    pages.wait_for_saved_automation()

    home.wait_for({"automation.belfabriek_who_can_be_called": "on", SALES: "on_call"})
    assert home.ask("who is free", "en") == "You can call Reception."
    assert home.ask("is Sales vrij", "nl") == "Je kunt Sales nu niet bellen."


def wait_until_lamp_is(home: Home, color: list[int]) -> None:
    """Wait until the lamp has a color."""
    wait_until(
        lambda: home.attributes(LAMP).get("rgb_color") == color,
        f"{LAMP} to be {color}",
        lambda: str(home.attributes(LAMP)),
    )


@pytest.fixture
def previous_release(home: Home, tmp_path: Path) -> Iterator[None]:
    """Install the release before the one that is tested; before the first, this one."""
    archive = ARCHIVE
    tags = _git("tag", "--list", "v*", "--no-contains", "HEAD", "--sort=-version:refname").split()
    if tags:
        archive = tmp_path / "previous.zip"
        source = f"{tags[0]}:custom_components/belfabriek"
        _git("archive", "--format=zip", "--output", str(archive), source)
    home.stop()
    home.install(archive)
    home.start()
    yield
    home.install(ARCHIVE)


def test_upgrade_keeps_the_account_its_entities_and_its_options(
    home: Home, previous_release: None
) -> None:
    home.add_account(
        "01001", "01002", options={"scan_interval": 5, "on_call_statuses": ["wrap_up"]}
    )
    home.agent("01001", call_state="wrapup")
    home.poll()
    home.wait_for({STATUS: "wrap_up", ON_CALL: "on"})
    before = home.states().keys()

    home.stop()
    home.install(ARCHIVE)
    home.start()

    home.wait_for({STATUS: "wrap_up", ON_CALL: "on", SALES: "ready"})
    # There may be more of them in a new release.
    assert before <= home.states().keys()


def _git(*arguments: str) -> str:
    return subprocess.check_output(("git", *arguments), cwd=develop.CHECKOUT, text=True)  # noqa: S603, S607 - our own
