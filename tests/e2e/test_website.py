"""The website link: from the form to pages of another origin."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import json
import re
from threading import Thread
import time
from typing import Any, Final, override
from urllib.parse import quote
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Locator, Page, expect
import pytest

from tools import develop

from .home import CALL_STATE, EVIDENCE, EXTENSIONS, PIN, Home
from .pages import Pages

EXAMPLE: Final = (develop.CHECKOUT / "docs/website.html").read_text("utf-8")
SCRIPT: Final = develop.INTEGRATION / "www/website.js"
AXE: Final = develop.CHECKOUT / "frontend/node_modules/axe-core/axe.min.js"
INTERVAL: Final = 5
POLLING: Final[dict[str, Any]] = {"scan_interval": INTERVAL, "on_call_statuses": ["on_call"]}
CHANGE: Final = (INTERVAL + 5) * 1000
"""Milliseconds in which a page shows what Home Assistant knows."""
OUTAGE: Final = 60_000
"""The longest time between two requests in an outage is a minute."""
NUMBER: Final = "+31 20 123 45 67"
HOSTILE: Final = "</script><img src=x onerror='hacked=1'>\"&"
OPTIONS: Final = "/api/config/config_entries/options/flow"
FORM: Final = "options.step.website"


@dataclass
class Site:
    """A web server of another origin than Home Assistant."""

    url: str
    pages: dict[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    """Text and headers by path and query."""

    def add(self, path: str, text: str, **headers: str) -> str:
        """Add a page, and return its URL."""
        found = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = text, {"Content-Type": "text/html; charset=utf-8", **found}
        return f"{self.url}{path}"


@pytest.fixture
def site() -> Iterator[Site]:
    """Run a web server."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text, headers = found.pages.get(self.path, ("", {}))
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Site(f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever).start()
        try:
            yield found
        finally:
            server.shutdown()


@pytest.fixture
def public_home(home: Home, pages: Pages) -> Iterator[Home]:
    """Return a Home Assistant that has an external URL."""
    connect(pages)
    pages.call_home_assistant("config/core/update", external_url=home.url)
    yield home
    connect(pages)
    pages.call_home_assistant("config/core/update", external_url=None)


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Page]:
    """Open a page of somebody who has nothing to do with Home Assistant."""
    with browser.new_context(reduced_motion="reduce") as context:
        yield context.new_page()


def connect(pages: Pages) -> None:
    """Open a page that can send commands."""
    pages.open("/config")
    pages.page.wait_for_function("document.querySelector('home-assistant')?.hass?.connected")


def open_form(home: Home, entry_id: str) -> tuple[str, dict[str, Any]]:
    """Open the form without a browser; return its path, and its fields by name."""
    flow = home.request(OPTIONS, {"handler": entry_id})
    path = f"{OPTIONS}/{flow['flow_id']}"
    form = home.request(path, {"next_step_id": "website"})
    return path, {each["name"]: each for each in form["data_schema"]}


def people(home: Home, entry_id: str) -> dict[str, str]:
    """Return the choices of those who can be named, by name."""
    path, fields = open_form(home, entry_id)
    home.request(path, method="DELETE")
    choices = fields["website_extensions"]["selector"]["select"]["options"]
    return {each["label"]: each["value"] for each in choices}


def configure(home: Home, entry_id: str, **changes: object) -> str:
    """Enable the link with these options, and return its line of HTML."""
    path, fields = open_form(home, entry_id)
    shown = {
        name: each.get("description", {}).get("suggested_value") for name, each in fields.items()
    }
    answers = shown | {"website": True} | changes
    home.request(path, {name: value for name, value in answers.items() if value is not None})
    line: str = shown["line"]
    return line


def link_in(line: str) -> str:
    """Return the link in a line of HTML."""
    found = re.search(r'src="([^"?]+)\?format=js"', line)
    assert found is not None, line
    return found[1]


def words(language: str) -> Any:  # noqa: ANN401 - whatever JSON says
    """Return the sentences of the element in a language."""
    path = develop.CHECKOUT / f"frontend/words/website/{language}.json"
    return json.loads(path.read_text("utf-8"))


def check(page: Page, name: str) -> None:
    """Check that nothing is wrong for people with a disability, and that the page fits a phone."""
    page.evaluate(AXE.read_text("utf-8"))
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = page.evaluate("axe.run()")
        nodes = [
            (each["id"], node["html"]) for each in found["violations"] for node in each["nodes"]
        ]
        assert nodes == []
        page.screenshot(path=EVIDENCE / f"website-{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("pages", ["en", "nl"], indirect=True)
def test_line_of_the_form_works_in_an_empty_page_until_it_is_renewed(
    public_home: Home, page: Page, pages: Pages, visitor: Page, site: Site
) -> None:
    def show(line: str, status: str, within: int) -> None:
        visitor.goto(site.add("/", f"<!doctype html><html lang={pages.language}>{line}"))
        says(status, within)

    def says(status: str, within: int) -> None:
        text = words(pages.language)[status]
        expect(visitor.get_by_role("status")).to_have_text(text, timeout=within)

    line = pages.field(FORM, "line")
    public_home.add_account(options=POLLING)
    pages.open_account()
    pages.configure("website")
    expect(page.locator("ha-markdown img")).to_be_visible()
    for name in EXTENSIONS.values():
        expect(page.get_by_role("checkbox", name=name, exact=True)).not_to_be_checked()
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=EVIDENCE / f"website-form-{pages.language}-{width}.png")
    page.locator("ha-switch").first.click()
    for keys in ("Control+a", "Control+c"):
        line.press(keys)
    pages.fill(FORM, website_tel="020 123 45 67")
    pages.save(FORM)
    expect(page.locator("step-flow-create-entry")).to_be_visible()
    visitor.goto(site.add("/", "<textarea></textarea>"))
    visitor.locator("textarea").press("Control+v")
    copied = visitor.locator("textarea").input_value()
    show(copied, "ready", CHANGE)
    expect(visitor.get_by_role("link")).to_have_text("020 123 45 67")

    pages.open_account()
    pages.configure("website")
    expect(line).to_have_value(copied)
    page.locator("ha-switch").last.click()
    pages.save(FORM)
    expect(line).not_to_have_value(copied)
    # After two failures.
    says("unknown", 2 * CHANGE)
    show(line.input_value(), "ready", CHANGE)


@dataclass
class Example:
    """The example page of an account, and somebody who looks at it."""

    home: Home
    page: Page
    entry_id: str
    shown: dict[str, list[str]]

    def team(self, language: str) -> Locator:
        """Return the element that shows the team."""
        return self.page.locator(f"article[lang={language}] belfabriek-status")

    def person(self, name: str) -> Locator:
        """Return the element that shows one person."""
        return self.page.locator(f"belfabriek-status[name={name}]")

    def everybody(self) -> Locator:
        """Return the list of people."""
        return self.page.locator("[show=list]").get_by_role("listitem")

    def configure(self, **changes: object) -> str:
        """Change the options."""
        return configure(self.home, self.entry_id, **self.shown, **changes)

    def says(self, status: str, *, within: int = CHANGE, **values: str) -> None:
        """Wait until the page shows a status in every language, and check the page."""
        deadline = time.monotonic() + within / 1000
        for language in ("en", "nl", "de", "fr"):
            text = words(language)[status].replace("{time}", values.get(language, ""))
            left = max(1, (deadline - time.monotonic()) * 1000)
            expect(self.team(language)).to_contain_text(text, timeout=left)
        calls = self.team("en").get_by_role("link")
        expect(calls).to_have_count(1 if status == "ready" else 0)
        check(self.page, status)


@pytest.fixture
def example(public_home: Home, visitor: Page, site: Site) -> Example:
    """Open the example page."""
    entry_id = public_home.add_account(options=POLLING)
    ids = people(public_home, entry_id)
    shown = {"website_extensions": [ids["Reception"], ids["Sales"]]}
    example = Example(public_home, visitor, entry_id, shown)
    visitor.goto(site.add("/", EXAMPLE.replace("LINK", link_in(example.configure()))))
    return example


def test_example_page_follows_the_team(example: Example) -> None:
    home = example.home
    home.expected = ["Error fetching", "the server answers again"]
    example.says("ready")
    call = example.team("nl").get_by_role("link")
    expect(call).to_have_attribute("href", "tel:+31201234567")
    expect(call).to_have_accessible_name(f"Bel {NUMBER}")

    home.agent("01001", call_state="called")
    home.poll()
    expect(example.everybody()).to_have_text(["Receptionbusy", "Salesready"], timeout=CHANGE)
    # The number of the team, because this person is busy.
    expect(example.person("Reception").get_by_role("link")).to_have_text(NUMBER)

    for extension_id in EXTENSIONS:
        home.agent(extension_id, call_state="called")
    home.poll()
    example.says("busy")

    home.inject("status_500_html")
    home.poll()
    example.says("unknown")
    home.clear_faults()
    home.agent("01001", call_state="idle")
    home.poll()
    example.says("ready")

    home.stop()
    example.says("unknown", within=2 * CHANGE)
    home.start()
    example.says("ready", within=OUTAGE)


def test_example_page_says_when_it_opens_again(example: Example, pages: Pages) -> None:
    day = datetime.now(ZoneInfo("Europe/Amsterdam")) + timedelta(days=2)
    hours = {f"{day:%A}".lower(): [{"from": "09:00:00", "to": "17:00:00"}]}
    pages.call_home_assistant("schedule/create", name="Opening hours", **hours)
    example.configure(website_hours="schedule.opening_hours")
    dutch = "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag".split()
    example.says("opens", en=f"{day:%A} 9:00", nl=f"{dutch[day.weekday()]} 9:00")
    pages.call_home_assistant("schedule/delete", schedule_id="opening_hours")
    # The hours are not known, so nobody is shown as ready.
    example.says("unknown")
    example.configure(website_hours=None)
    example.says("ready")


def test_page_without_scripts_shows_the_badge(
    public_home: Home, browser: Browser, site: Site
) -> None:
    line = configure(public_home, public_home.add_account("01001"))
    with browser.new_context(java_script_enabled=False) as context:
        visitor = context.new_page()
        visitor.goto(site.add("/", f"<!doctype html>{line}"))
        badge = visitor.get_by_role("img", name="Belfabriek")
        expect(badge).to_be_visible()
        assert badge.evaluate("image => image.naturalWidth") > 100


def test_strict_page_with_two_accounts_shows_both(
    public_home: Home, visitor: Page, site: Site
) -> None:
    link = link_in(configure(public_home, public_home.add_account("01001")))
    # Of another account, perhaps of another Home Assistant.
    other = {"version": 1, "status": "busy", "ready_count": 0, "open": None, "interval": 10}
    scripts = ""
    for each in (link, site.add("/other", json.dumps({**other, "extensions": []}))):
        scripts += f'<script src="{each}?format=js" async></script><belfabriek-status lang="en">'
        scripts += "</belfabriek-status>"
    site.add("/other?format=js", SCRIPT.read_text("utf-8"), Content_Type="text/javascript")
    origin = public_home.url
    url = site.add(
        "/",
        f"<!doctype html>{scripts}",
        Content_Security_Policy="default-src 'none'; "
        f"script-src {origin} 'self'; connect-src {origin} 'self'",
    )
    problems: list[str] = []
    visitor.on("console", lambda message: problems.append(message.text))
    visitor.goto(url)
    expect(visitor.get_by_role("status")).to_have_text([words("en")["ready"], words("en")["busy"]])
    # The styles apply as well.
    dot = visitor.locator("[part=dot]").first
    expect(dot).to_have_css("background-color", "rgb(46, 125, 50)")
    assert problems == []


def test_hostile_texts_are_text(public_home: Home, visitor: Page, site: Site) -> None:
    home = public_home
    result = develop.add_account(
        home.request, home.simulator.url, f"01001 {HOSTILE}", account_pin=PIN, call_state=CALL_STATE
    )
    entry_id = result["result"]["entry_id"]
    (person,) = people(home, entry_id).values()
    configure(home, entry_id, website_extensions=[person], website_label=HOSTILE)
    line = configure(home, entry_id)
    link = link_in(line)
    texts = escape(json.dumps({"ready": f"{HOSTILE} {{count}}"}), quote=True)
    page = f"""<!doctype html>{line}
        <belfabriek-status show="list" lang="en"></belfabriek-status>
        <belfabriek-status texts="{texts}" tel="{escape(HOSTILE)} 1"></belfabriek-status>
        <belfabriek-status name="{escape(HOSTILE)}" src="{link}" lang="en"></belfabriek-status>"""
    visitor.goto(site.add("/", page))
    shown = visitor.locator("belfabriek-status")
    expect(shown.nth(1)).to_have_text(f"{HOSTILE}ready")
    expect(shown.nth(2)).to_contain_text(f"{HOSTILE} 1")
    expect(shown.nth(2).get_by_role("link")).to_have_attribute("href", "tel:11")
    expect(shown.nth(3)).to_have_text(f"{HOSTILE}ready")
    assert visitor.locator("belfabriek-status img").get_attribute("alt") == HOSTILE
    visitor.goto(f"{link}?format=svg")
    assert HOSTILE in str(visitor.locator("svg").text_content())
    assert visitor.locator("img, script").count() == 0
    assert visitor.evaluate("typeof hacked") == "undefined"
    # Home Assistant refuses the first query.
    for query in ("<b>", "x" * 8000):
        answer = visitor.request.get(f"{link}?format=svg&name={quote(query)}")
        assert query not in answer.text()
