"""The team card on a page of its own, with a stand-in for Home Assistant's frontend."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from playwright.sync_api import BrowserContext, Error, Page, expect
import pytest

from tools import develop

from .home import EVIDENCE

SCRIPT: Final = develop.INTEGRATION / "www" / "team-dashboard.js"
LANGUAGES: Final = [
    path.stem for path in sorted((develop.INTEGRATION / "translations").glob("*.json"))
]
ADDRESS: Final = "http://card.test/"
STATUSES: Final = (
    "ready",
    "on_call",
    "wrap_up",
    "paused",
    "offline",
    "connecting",
    "handling",
    "not_available",
)
NAMES: Final = ("Reception", "Sales", "Support", "Workshop", "Night desk")

PAGE: Final = """
<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>
  body { margin: 8px; font-family: sans-serif; background: #fafafa;
    --primary-text-color: #141414; --secondary-text-color: #5e5e5e; --card: #fff; }
  body.dark { background: #111; --primary-text-color: #e1e1e1; --secondary-text-color: #9b9b9b;
    --card: #1c1c1c; }
  body.custom { background: #002b36; --primary-text-color: #fdf6e3; --card: #073642;
    --green-color: #859900; --red-color: #dc322f; --warning-color: #b58900; }
</style>
<script>
  window.timers = new Set();
  const [set, clear] = [window.setTimeout, window.clearTimeout];
  window.setTimeout = (work, delay) => {
    const id = set(() => { timers.delete(id); work(); }, delay);
    timers.add(id);
    return id;
  };
  window.clearTimeout = (id) => { timers.delete(id); clear(id); };
  window.setInterval = () => { throw new Error("one timer is enough"); };
  window.opened = [];
  window.addEventListener("hass-more-info", (event) => opened.push(event.detail.entityId));
  customElements.define("ha-form", class extends HTMLElement {});
  customElements.define("ha-card", class extends HTMLElement {
    connectedCallback() {
      this.style.cssText = "display: block; background: var(--card); border-radius: 12px";
    }
  });
  window.hide = (hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  };
  window.formatted = 0;
  const words = (state) => {
    formatted += 1;
    const text = state.state.replace("_", " ");
    return text[0].toUpperCase() + text.slice(1);
  };
  window.start = (hass, config) => {
    window.hass = { ...hass, formatEntityState: words };
    window.card = document.createElement("belfabriek-team-card");
    card.setConfig({ type: "custom:belfabriek-team-card", ...config });
    card.hass = window.hass;
    document.body.append(card);
  };
  window.update = (changes) => {
    window.hass = { ...hass, states: { ...hass.states, ...changes } };
    card.hass = hass;
  };
</script>
<script type="module">
  await import("/script.js?1");
  await import("/script.js?2");
  customElements.define("home-assistant", class extends HTMLElement {});
</script>
<body>
"""


def home(
    names: tuple[str, ...] = NAMES, statuses: tuple[str, ...] = STATUSES, language: str = "en"
) -> dict[str, Any]:
    """Return a `hass` object; every status is one minute older than the previous one."""
    now = datetime.now(UTC)
    entities: dict[str, Any] = {"light.kitchen": {"entity_id": "light.kitchen", "platform": "hue"}}
    states: dict[str, Any] = {"light.kitchen": {"entity_id": "light.kitchen", "state": "on"}}

    def add(device: str, key: str, state: str) -> None:
        entity_id = f"sensor.{device}_{key}x"
        entities[entity_id] = {
            "entity_id": entity_id,
            "platform": "belfabriek",
            "translation_key": key,
            "device_id": device,
        }
        states[entity_id] = {"entity_id": entity_id, "state": state}

    account = {"id": "a", "identifiers": [["belfabriek", "ENTRY"]], "via_device_id": None}
    devices: dict[str, Any] = {"a": {**account, "name": "Belfabriek", "name_by_user": None}}
    for number, name in enumerate(names):
        device = f"d{number}"
        devices[device] = {
            "id": device,
            "identifiers": [["belfabriek", f"SUB{number}"]],
            "via_device_id": "a",
            "name": name,
            "name_by_user": None,
        }
        status = statuses[number % len(statuses)]
        add(device, "status", status)
        since = (now - timedelta(minutes=number, seconds=30)).isoformat()
        add(device, "status_since", "unavailable" if status == "unavailable" else since)
    for key, count in (("available", 4), ("ready", 1), ("on_call", 1)):
        add("a", f"extensions_{key}", str(count))
    return {"language": language, "entities": entities, "devices": devices, "states": states}


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Open a page that has loaded the script twice, and on which nothing fails."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    page.route(f"{ADDRESS}script.js*", lambda route: route.fulfill(path=SCRIPT))
    page.goto(ADDRESS)
    page.wait_for_function("() => Boolean(customElements.get('belfabriek-team-card'))")
    yield page
    assert problems == []


def show(page: Page, hass: dict[str, Any] | None = None, **config: object) -> None:
    """Put the card on the page."""
    page.evaluate("([hass, config]) => start(hass, config)", [hass or home(), config])


def names(page: Page) -> list[str]:
    """Return the people in the order in which they are shown."""
    return page.locator(".name").all_text_contents()


def timers(page: Page) -> int:
    """Return the number of timers."""
    count: int = page.evaluate("timers.size")
    return count


def test_everybody_has_a_row_with_name_status_and_time(page: Page) -> None:
    show(page)
    expect(page.get_by_role("list").get_by_role("listitem")).to_have_count(5)
    row = page.get_by_role("button", name="Sales, On call", exact=True)
    expect(row).to_contain_text("1:3")
    # Otherwise, screen readers read every second.
    expect(row.locator(".time")).to_have_attribute("aria-hidden", "true")
    expect(page.locator("header")).to_contain_text("4 Accepting calls")
    expect(page.locator(".banner")).to_be_hidden()


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", ["Night desk", "Reception", "Sales", "Support", "Workshop"]),
        ("listed", ["Reception", "Sales", "Support", "Workshop", "Night desk"]),
        ("status", ["Workshop", "Support", "Night desk", "Sales", "Reception"]),
    ],
)
def test_the_order_is_chosen(page: Page, sort: str, order: list[str]) -> None:
    show(page, home(statuses=("offline", "paused", "on_call", "ready", "wrap_up")), sort=sort)
    assert names(page) == order


def test_people_can_be_hidden(page: Page) -> None:
    show(page, hide=["d0", "d3"])
    assert names(page) == ["Night desk", "Sales", "Support"]


def test_a_name_is_text(page: Page) -> None:
    hostile = "<img src=x onerror='window.hacked=1'>"
    show(page, home((hostile,)))
    assert names(page) == [hostile]
    assert page.locator("img").count() == 0


def test_updates_of_others_draw_nothing_and_one_of_ours_draws_once(page: Page) -> None:
    show(page)
    page.evaluate("formatted = 0")
    page.evaluate("for (let n = 0; n < 100; n++) update({'light.kitchen': {state: String(n)}})")
    page.evaluate("card.hass = {...hass, entities: {...hass.entities}, devices: {...hass.devices}}")
    assert page.evaluate("formatted") == 0
    page.evaluate("update({'sensor.d0_statusx': {state: 'paused'}})")
    assert page.evaluate("formatted") == 5
    expect(page.get_by_role("button", name="Reception, Paused")).to_be_visible()


def test_there_is_one_timer_while_somebody_can_see_a_card(page: Page) -> None:
    show(page)
    again = "() => { card.remove(); document.body.append(card); }"
    for _ in range(10):
        page.evaluate(again)
    assert timers(page) == 1
    page.evaluate("hide(true)")
    assert timers(page) == 0
    page.evaluate("update({'sensor.d0_statusx': {state: 'paused'}})")
    assert page.get_by_role("button", name="Reception, Paused").count() == 0
    page.evaluate("hide(false)")
    assert timers(page) == 1
    expect(page.get_by_role("button", name="Reception, Paused")).to_be_visible()
    page.evaluate("card.remove(); formatted = 0")
    assert timers(page) == 0
    page.evaluate("update({'sensor.d0_statusx': {state: 'ready'}})")
    assert page.evaluate("formatted") == 0


def test_the_time_runs_and_is_never_negative(page: Page) -> None:
    show(page, home(("Reception",)))
    shown = page.locator(".time").text_content()
    expect(page.locator(".time")).not_to_have_text(str(shown), timeout=3000)
    page.evaluate("""update({'sensor.d0_status_sincex':
        {state: new Date(Date.now() + 300000).toISOString()}})""")
    assert page.locator(".time").text_content() == "0:00"


def test_a_status_that_lasts_too_long_is_marked(page: Page) -> None:
    show(page, warn={"on_call": 1, "paused": 10})
    late = page.locator(".late")
    expect(late).to_have_count(1)
    expect(late).to_contain_text("Sales")
    expect(late.get_by_role("button")).to_have_accessible_name(
        "Sales, On call, over the time limit"
    )


def test_click_and_enter_open_what_is_known(page: Page) -> None:
    show(page)
    page.get_by_role("button", name="Sales").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("opened") == ["sensor.d1_statusx", "sensor.d2_statusx"]


def test_the_focus_stays_with_a_person_whose_row_moves(page: Page) -> None:
    show(page, sort="status")
    assert names(page)[-1] == "Night desk"
    page.get_by_role("button", name="Night desk").focus()
    page.evaluate("update({'sensor.d4_statusx': {state: 'ready'}})")
    assert names(page)[0] == "Night desk"
    expect(page.get_by_role("button", name="Night desk")).to_be_focused()


def test_an_outage_is_said(page: Page) -> None:
    show(page, home(statuses=("unavailable",)))
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    page.evaluate("update({'sensor.d0_statusx': {state: 'ready'}})")
    expect(page.locator(".banner")).to_be_hidden()


def test_a_status_from_the_future_and_a_missing_state_are_text(page: Page) -> None:
    hass = home(("Reception", "Sales"), statuses=("levitating",))
    del hass["states"]["sensor.d1_statusx"], hass["states"]["sensor.d1_status_sincex"]
    show(page, hass)
    expect(page.locator(".status").nth(0)).to_have_text("Levitating")
    expect(page.locator(".status").nth(1)).to_have_text("No status")


def test_a_deleted_account_is_said(page: Page) -> None:
    show(page, account="GONE")
    expect(page.locator(".empty")).to_contain_text("No extensions to show")


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"layout": "circle"}, '"layout" must be one of: rows, tiles.'),
        ({"sort": "age"}, '"sort" must be one of'),
        ({"hide": "d0"}, '"hide" must be a list'),
        ({"warn": 5}, '"warn" must have minutes'),
        ({"warn": {"ready": 5}}, 'not "ready"'),
        ({"warn": {"on_call": "5"}}, "number of minutes"),
        ({"account": 5}, '"account" must be a text'),
    ],
)
def test_a_wrong_option_is_said_in_a_sentence(
    page: Page, config: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Error, match=sentence):
        show(page, **config)


def test_the_picker_and_the_editor(page: Page) -> None:
    hass = home()
    assert page.evaluate("customCards.map((card) => card.type)") == ["belfabriek-team-card"]
    ask = "([hass, entity]) => customCards[0].getEntitySuggestion(hass, entity)"
    assert page.evaluate(ask, [hass, "light.kitchen"]) is None
    assert page.evaluate(ask, [hass, "sensor.d1_statusx"])["config"]["account"] == "ENTRY"
    element = "customElements.get('belfabriek-team-card')"
    stub = f"(hass) => {element}.getStubConfig(hass)"
    look = {"layout": "rows", "sort": "name"}
    assert page.evaluate(stub, hass) == {"account": "ENTRY", **look}
    assert page.evaluate(stub, {**hass, "entities": {}, "devices": {}}) == look
    for language in LANGUAGES:
        labels = page.evaluate(
            f"""(language) => {{
            document.documentElement.lang = language;
            const form = {element}.getConfigForm();
            const fields = form.schema.flatMap((field) => [field, ...(field.schema ?? [])]);
            return fields.map((field) => [field.name, form.computeLabel(field)]);
        }}""",
            language,
        )
        assert len(labels) == 9
        assert all(label not in (name, "") for name, label in labels)


def test_a_change_of_one_person_touches_one_row(page: Page) -> None:
    show(page, home(tuple(f"Desk {number:02}" for number in range(50))))
    touched = page.evaluate("""() => {
        const observer = new MutationObserver(() => {});
        const now = Date.now();
        Date.now = () => now; // the time runs in every row
        card.tick();
        observer.observe(card.shadowRoot.querySelector("ul"),
          { subtree: true, childList: true, attributes: true, characterData: true });
        update({'sensor.d7_statusx': {state: 'levitating'}});
        const rows = observer.takeRecords().map(({target}) => target.closest("li"));
        const changed = new Set(rows.filter(Boolean));
        return [...changed].map((row) => row.querySelector(".name").textContent);
    }""")
    assert touched == ["Desk 07"]


@pytest.mark.parametrize("people", [300, 1000])
def test_whether_to_draw_anew_is_known_after_one_look_at_everything(
    page: Page, people: int
) -> None:
    hass = home(tuple(f"Desk {number}" for number in range(people)))
    for number in range(3000):
        hass["devices"][f"x{number}"] = {"id": f"x{number}", "identifiers": [["hue", "x"]]}
        entity = {"entity_id": f"light.x{number}", "platform": "hue"}
        hass["entities"][entity["entity_id"]] = entity
    looks = page.evaluate(
        """async (hass) => {
          const strategy = customElements.get("ll-strategy-dashboard-belfabriek-team");
          await strategy.generate({}, hass);
          let looks = 0;
          const count = (things, key) => {
            for (const thing of Object.values(things)) {
              const value = thing[key];
              Object.defineProperty(thing, key, { get: () => { looks += 1; return value; } });
            }
          };
          count(hass.entities, "platform");
          count(hass.devices, "identifiers");
          const later = { ...hass, entities: { ...hass.entities } };
          if (strategy.shouldRegenerate({}, hass, later)) throw new Error("nothing changed");
          return looks;
        }""",
        hass,
    )
    assert looks == 2 * (len(hass["entities"]) + len(hass["devices"]))


CONTRASTS: Final = """() => {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const luminance = () => {
    const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const paint = (color) => { context.fillStyle = color; context.fillRect(0, 0, 1, 1); };
  const selector = "h2, .counts span, .counts b, .banner, .banner a, .empty, .name, .status, .time";
  return [...card.shadowRoot.querySelectorAll(selector)]
    .filter((each) => each.textContent && each.getClientRects().length)
    .map((each) => {
      const behind = [];
      for (let at = each; at; at = at.parentElement ?? at.getRootNode().host) {
        behind.unshift(getComputedStyle(at).backgroundColor);
      }
      behind.forEach(paint);
      const back = luminance();
      paint(getComputedStyle(each).color);
      const [dark, light] = [back, luminance()].sort((one, other) => one - other);
      return [(light + 0.05) / (dark + 0.05), each.className || each.localName, behind.at(-1)];
    });
}"""


def test_texts_can_be_read_in_every_theme(page: Page) -> None:
    warn = dict.fromkeys(("on_call", "wrap_up", "paused"), 0.1)
    outage = home(statuses=("unavailable",))
    outage["user"] = {"is_admin": True}
    for hass, layout in ((home(STATUSES), "rows"), (home(STATUSES), "tiles"), (outage, "rows")):
        show(page, hass, layout=layout, warn=warn)
        for theme in ("light", "dark", "custom"):
            page.evaluate("(theme) => { document.body.className = theme; }", theme)
            found = page.evaluate(CONTRASTS)
            assert len(found) >= 11
            assert [each for each in found if each[0] < 4.5] == []


def test_it_is_mirrored_where_people_read_from_right_to_left(page: Page) -> None:
    show(page, home(language="he"))

    def lefts() -> list[float]:
        lefts: list[float] = page.evaluate("""() => [".lamp", ".name", ".time"].map(
            (part) => card.shadowRoot.querySelector(part).getBoundingClientRect().left)""")
        return lefts

    assert lefts() == sorted(lefts())
    page.evaluate("document.dir = 'rtl'")
    assert lefts() == sorted(lefts(), reverse=True)


def test_a_long_name_is_cut_and_has_a_title(page: Page) -> None:
    name = "Klantenservice Amsterdam-Zuidoost en omstreken, eerste lijn b"
    page.set_viewport_size({"width": 390, "height": 800})
    show(page, home((name,)))
    cut = page.get_by_title(name, exact=True)
    assert cut.evaluate("(name) => name.scrollWidth > name.clientWidth")


def test_the_editor_of_the_dashboard_keeps_what_differs(page: Page) -> None:
    hass = home()
    for number, account in (("0", "a"), ("1", "b")):
        hass["devices"][account] = {
            **hass["devices"]["a"],
            "id": account,
            "name": f"Account {account}",
            "identifiers": [["belfabriek", f"ENTRY{account}"]],
        }
        hass["devices"][f"d{number}"]["via_device_id"] = account
    edit = """([hass, config, change]) => {
        const strategy = customElements.get("ll-strategy-dashboard-belfabriek-team");
        const editor = strategy.getConfigElement();
        document.body.append(editor);
        editor.setConfig({ type: "custom:belfabriek-team", ...config });
        editor.hass = hass;
        const form = editor.querySelector("ha-form");
        let result;
        editor.addEventListener("config-changed", (event) => { result = event.detail.config; });
        const value = { ...form.data, ...change };
        form.dispatchEvent(new CustomEvent("value-changed", { bubbles: true, detail: { value } }));
        const labels = form.schema.map((field) => [field.name, form.computeLabel(field)]);
        return [result, form.data, labels];
    }"""
    strategy = {"type": "custom:belfabriek-team"}
    result, data, _ = page.evaluate(edit, [hass, {}, {}])
    assert result == strategy
    assert data["accounts"] == ["ENTRYa", "ENTRYb"]
    assert data["sections"] == ["team", "staffing", "calls", "talk_time"]
    chosen = {"accounts": ["ENTRYb"], "sort": "status", "sections": ["team"], "hide": ["d1"]}
    result, *_ = page.evaluate(edit, [hass, {}, chosen])
    assert result == {**strategy, **chosen}
    back = {"accounts": ["ENTRYb", "ENTRYa"], "sort": None, "sections": [], "hide": []}
    result, *_ = page.evaluate(edit, [hass, chosen, back])
    assert result == {**strategy, "sort": None}
    for language in LANGUAGES:
        *_, labels = page.evaluate(edit, [{**hass, "language": language}, {}, {}])
        assert all(label not in (name, "") for name, label in labels if name != "warn")
    with pytest.raises(Error, match='"layout" must be one of'):
        page.evaluate(edit, [hass, {"layout": "circle"}, {}])


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("people", [1, 5, 12, 40])
@pytest.mark.parametrize("layout", ["rows", "tiles"])
def test_nothing_is_wider_than_the_page(page: Page, layout: str, people: int, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    longest = "Klantenservice Amsterdam-Zuidoost en omstreken, eerste lijn b"
    team = (*NAMES, longest, *(f"Desk {number}" for number in range(40)))[:people]
    show(page, home(team), layout=layout, warn={"on_call": 1})
    for theme in ("light", "dark"):
        page.evaluate("(theme) => { document.body.className = theme; }", theme)
        EVIDENCE.mkdir(parents=True, exist_ok=True)
        path = EVIDENCE / f"card-{layout}-{people}-{width}-{theme}.png"
        page.screenshot(path=path, full_page=True)
    overflow = page.evaluate("""() => {
        const inner = card.shadowRoot.querySelector("ha-card");
        return inner.scrollWidth - inner.clientWidth;
    }""")
    assert overflow <= 0
    if (people, width, layout) == (40, 1280, "rows"):
        assert page.evaluate("card.getBoundingClientRect().bottom") < 900
