"""The team card on a page of its own, with a stand-in for Home Assistant's frontend."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Final

from playwright.sync_api import BrowserContext, Error, Page, expect
import pytest

from .stand_in import PEOPLE, STATUSES, home, opened, show, words


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Open a page with the script."""
    with opened(context) as page:
        yield page


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
    assert page.locator(".count").all_inner_texts() == [
        "1 Ready",
        "1 On a call",
        "1 Wrap-up",
        "1 Paused",
        "1 Logged out",
    ]
    expect(page.locator(".banner")).to_be_empty()


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", ["Night desk", "Reception", "Sales", "Support", "Workshop"]),
        ("listed", ["Reception", "Sales", "Support", "Workshop", "Night desk"]),
        ("status", ["Workshop", "Support", "Night desk", "Sales", "Reception"]),
    ],
)
def test_order_is_chosen(page: Page, sort: str, order: list[str]) -> None:
    show(page, home(statuses=("offline", "paused", "on_call", "ready", "wrap_up")), sort=sort)
    assert names(page) == order


def test_people_can_be_hidden(page: Page) -> None:
    show(page, hide=["d0", "d3"])
    assert names(page) == ["Night desk", "Sales", "Support"]


def test_name_is_text(page: Page) -> None:
    hostile = "<img src=x onerror='window.hacked=1'>"
    show(page, home((hostile,)))
    assert names(page) == [hostile]
    assert page.locator("img").count() == 0


def test_counts_follow_who_is_shown_and_filter(page: Page) -> None:
    show(page, home(statuses=("ready", "ready", "unavailable", "on_call")), hide=["d3"])
    counts = page.locator(".count")
    assert counts.all_inner_texts() == ["3 Ready", "1 No data"]
    counts.nth(0).click()
    assert names(page) == ["Night desk", "Reception", "Sales"]
    expect(counts.nth(0)).to_have_attribute("aria-pressed", "true")
    counts.nth(0).click()
    assert len(names(page)) == 4


def test_updates_of_others_render_nothing_and_own_ones_once(page: Page) -> None:
    show(page)
    count = """async (change) => {
        clearTimeout([...timers][0]); // the time runs
        renders = 0;
        for (let n = 0; n < 100; n++) await update({[change]: {state: String(n)}});
        return renders;
    }"""
    assert page.evaluate(count, "light.kitchen") == 0
    again = """async () => {
        renders = 0;
        card.hass = {...hass, entities: {...hass.entities}, devices: {...hass.devices}};
        await card.updateComplete;
        return renders;
    }"""
    assert page.evaluate(again) == 0
    assert page.evaluate(count, "sensor.d0_statusx") == 100


def test_there_is_one_timer_while_somebody_can_see_a_card(page: Page) -> None:
    show(page)
    again = "() => { card.remove(); document.body.append(card); return card.updateComplete; }"
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
    page.evaluate("card.remove(); renders = 0")
    assert timers(page) == 0
    page.evaluate("update({'sensor.d0_statusx': {state: 'ready'}})")
    assert page.evaluate("renders") == 0


def test_time_runs_and_is_never_negative(page: Page) -> None:
    show(page, home(("Reception",)))
    shown = page.locator(".time").text_content()
    expect(page.locator(".time")).not_to_have_text(str(shown), timeout=3000)
    page.evaluate("""update({'sensor.d0_statusx':
        {attributes: {since: new Date(Date.now() + 300000).toISOString()}}})""")
    assert page.locator(".time").text_content() == "0:00"


def test_status_that_lasts_too_long_is_marked(page: Page) -> None:
    show(page, warn={"on_call": 1, "paused": 10})
    late = page.locator(".late")
    expect(late).to_have_count(1)
    expect(late).to_contain_text("Sales")
    expect(late.get_by_role("button")).to_have_accessible_name(
        "Sales, On call, over the time limit"
    )


@pytest.mark.parametrize("ahead", [-300, 0, 300])
def test_times_are_right_if_the_clock_of_the_browser_is_wrong(page: Page, ahead: int) -> None:
    show(page, home(("Reception",)))
    page.evaluate(
        """(ahead) => {
            const now = Date.now.bind(Date);
            const sent = new Date(now());
            Date.now = () => now() + ahead * 1000; // that of Home Assistant is right
            const changed = sent.toISOString();
            return update({'sensor.d0_statusx': {state: 'on_call', last_updated: changed,
                attributes: {since: changed}}});
        }""",
        ahead,
    )
    expect(page.locator(".time")).to_have_text("0:02", timeout=5000)


def test_click_enter_and_hold_are_actions(page: Page) -> None:
    show(page, hold_action={"action": "navigate"})
    page.get_by_role("button", name="Sales").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Workshop").click(delay=700)
    page.get_by_role("button", name="Workshop").click()
    assert page.evaluate("opened") == [
        ["tap", "sensor.d1_statusx", "more-info"],
        ["tap", "sensor.d2_statusx", "more-info"],
        ["hold", "sensor.d3_statusx", "navigate"],
        ["tap", "sensor.d3_statusx", "more-info"],
    ]


def test_focus_stays_with_a_person_whose_row_moves(page: Page) -> None:
    show(page, sort="status")
    assert names(page)[-1] == "Night desk"
    page.get_by_role("button", name="Night desk").focus()
    page.evaluate("update({'sensor.d4_statusx': {state: 'ready'}})")
    assert names(page)[0] == "Night desk"
    expect(page.get_by_role("button", name="Night desk")).to_be_focused()


def test_outage_is_shown(page: Page) -> None:
    show(page, home(statuses=("unavailable",)))
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    page.evaluate("update({'sensor.d0_statusx': {state: 'ready'}})")
    expect(page.locator(".banner")).to_be_empty()


def test_status_from_the_future_and_a_missing_state_are_text(page: Page) -> None:
    hass = home(("Reception", "Sales"), statuses=("levitating",))
    del hass["states"]["sensor.d1_statusx"]
    show(page, hass)
    expect(page.locator(".status").nth(0)).to_have_text("Levitating")
    expect(page.locator(".status").nth(1)).to_have_text("No data")


def test_deleted_account_is_shown(page: Page) -> None:
    show(page, account="GONE")
    expect(page.locator(".empty")).to_contain_text("No extensions to show")


def test_wrong_option_is_explained(page: Page) -> None:
    with pytest.raises(Error, match='"layout" must be one of: rows, tiles, wall'):
        show(page, layout="circle")


def test_pickers_list_the_cards_and_the_dashboard(page: Page) -> None:
    hass = home()
    lists = page.evaluate("""['nl', 'en'].map((language) => {
        document.documentElement.lang = language;
        return [customCards, customBadges, customStrategies].map((list) =>
            list.map(({type, strategyType, name}) => [type, strategyType ?? null, name]));
    })""")
    assert lists[1] == [
        [
            ["belfabriek-team-card", None, "Belfabriek team"],
            ["belfabriek-today-card", None, "Belfabriek today"],
        ],
        [["belfabriek-team-badge", None, "Belfabriek team"]],
        [
            ["belfabriek-team", "dashboard", "Belfabriek team"],
            ["belfabriek-team", "section", "Belfabriek team"],
        ],
    ]
    assert lists[0][0][0][2] == "Belfabriek-team"
    ask = "([hass, entity]) => customCards[0].getEntitySuggestion(hass, entity)"
    assert page.evaluate(ask, [hass, "light.kitchen"]) is None
    assert page.evaluate(ask, [hass, "sensor.d1_statusx"])["config"]["account"] == "ENTRY"
    stub = "(hass) => customElements.get('belfabriek-team-card').getStubConfig(hass)"
    assert page.evaluate(stub, hass) == {"account": "ENTRY"}
    assert page.evaluate(stub, {**hass, "entities": {}, "devices": {}}) == {}


def test_badge_counts_who_is_ready(page: Page) -> None:
    show(page, home(statuses=("ready", "ready", "paused")))
    text = page.evaluate("""async () => {
        const badge = document.createElement("belfabriek-team-badge");
        badge.setConfig({ type: "custom:belfabriek-team-badge" });
        badge.hass = hass;
        document.body.append(badge);
        await badge.updateComplete;
        return badge.shadowRoot.textContent.trim();
    }""")
    assert text == "4 Ready"


def test_change_of_one_person_touches_one_row(page: Page) -> None:
    show(page, home(tuple(f"Desk {number:02}" for number in range(50))))
    touched = page.evaluate("""async () => {
        const targets = [];
        const observer = new MutationObserver((records) =>
          targets.push(...records.map(({target}) => target)));
        const now = Date.now();
        Date.now = () => now; // the time runs in every row
        card.tick();
        await card.updateComplete;
        observer.observe(card.shadowRoot.querySelector("ul"),
          { subtree: true, childList: true, attributes: true, characterData: true });
        await update({'sensor.d7_statusx': {state: 'levitating'}});
        const rows = targets.map((target) =>
          (target.closest ? target : target.parentElement).closest("li"));
        const changed = new Set(rows.filter(Boolean));
        return [...changed].map((row) => row.querySelector(".name").textContent);
    }""")
    assert touched == ["Desk 07"]


@pytest.mark.parametrize("people", [300, 1000])
def test_decision_to_render_reads_every_state_once(page: Page, people: int) -> None:
    hass = home(tuple(f"Desk {number}" for number in range(people)))
    for number in range(3000):
        hass["devices"][f"x{number}"] = {"id": f"x{number}", "identifiers": [["hue", "x"]]}
        entity = {"entity_id": f"light.x{number}", "platform": "hue"}
        hass["entities"][entity["entity_id"]] = entity
    looks = page.evaluate(
        """async (hass) => {
          const strategy = customElements.get("ll-strategy-dashboard-belfabriek-team");
          await strategy.generate({}, { ...hass, callWS });
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
  const selector = "h2, .count, .count b, .count span, .fact span, .fact b, .banner, " +
    ".banner a, .empty, .name, .status, .time, .outage b, .outage span, .heading";
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
    cases = [(home(STATUSES), layout) for layout in ("rows", "tiles", "wall")]
    for hass, layout in (*cases, (outage, "rows"), (outage, "wall")):
        show(page, hass, layout=layout, warn=warn, group="status")
        for theme in ("light", "dark", "custom"):
            page.evaluate("(theme) => { document.body.className = theme; }", theme)
            found = page.evaluate(CONTRASTS)
            assert len(found) >= 11
            assert [each for each in found if each[0] < 4.5] == []


def test_card_is_mirrored_in_a_right_to_left_language(page: Page) -> None:
    show(page, home(language="he"))

    def lefts() -> list[float]:
        lefts: list[float] = page.evaluate("""() => [".lamp", ".name", ".time"].map(
            (part) => card.shadowRoot.querySelector(part).getBoundingClientRect().left)""")
        return lefts

    assert lefts() == sorted(lefts())
    page.evaluate("document.dir = 'rtl'")
    assert lefts() == sorted(lefts(), reverse=True)


def test_name_in_a_row_takes_two_lines_before_it_is_cut_and_has_a_title(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    cut = "(name) => name.scrollHeight > name.clientHeight + 1"
    name = "Klantenservice Amsterdam-Zuidoost en omstreken, eerste lijn b"
    show(page, home((name,)))
    assert not page.get_by_title(name, exact=True).evaluate(cut)
    show(page, home((name * 2,)))
    assert page.get_by_title(name * 2, exact=True).evaluate(cut)


def test_editor_reports_what_differs(page: Page) -> None:
    edit = """async ([hass, config, change]) => {
        const editor = customElements.get(config.type.endsWith("-card")
          ? "belfabriek-team-card" : "ll-strategy-dashboard-belfabriek-team").getConfigElement();
        document.body.append(editor);
        editor.setConfig(config);
        editor.hass = { ...hass, callWS };
        let form;
        while (!(form = editor.shadowRoot.querySelector("ha-form"))) {
          await new Promise(requestAnimationFrame);
        }
        const before = form.schema;
        editor.hass = { ...editor.hass, states: {} };
        await editor.updateComplete;
        if (form.schema !== before) throw new Error("the fields are created again");
        let result;
        editor.addEventListener("config-changed", (event) => { result = event.detail.config; });
        const value = { ...form.data, ...change };
        form.dispatchEvent(new CustomEvent("value-changed", { bubbles: true, detail: { value } }));
        return [result, form.data];
    }"""
    strategy = {"type": "custom:belfabriek-team"}
    result, data = page.evaluate(edit, [home(), strategy, {}])
    assert result == strategy
    assert data["accounts"] == ["ENTRY"]
    chosen = {"sort": "status", "sections": ["team"], "hide": ["d1"]}
    result, _ = page.evaluate(edit, [home(), strategy, chosen])
    assert result == {**strategy, **chosen}
    card = {"type": "custom:belfabriek-team-card", "layout": "wall"}
    result, data = page.evaluate(edit, [home(), card, {"layout": "rows", "day": True}])
    assert result == {"type": card["type"], "day": True}
    assert data["layout"] == "wall"
    with pytest.raises(Error, match='"layout" must be one of'):
        page.evaluate(edit, [home(), {**card, "layout": "circle"}, {}])


# The card scrolls instead, if it is too small.
CUT: Final = """() => [...card.shadowRoot.querySelectorAll(".name, .status, .time, .count")]
  .filter((each) => each.textContent.length <= 24)
  .filter((each) => each.scrollWidth > each.clientWidth + 1
    || each.scrollHeight > each.clientHeight + 2)
  .map((each) => `${each.textContent} ${each.scrollWidth}/${each.clientWidth}`)"""


@pytest.mark.parametrize("width", [390, 1280, 1920])
@pytest.mark.parametrize("layout", ["rows", "tiles"])
def test_no_name_and_no_status_is_cut_at_any_size(
    page: Page, picture: Callable[[str], None], layout: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    statuses = (*STATUSES, "unavailable")
    for language, people, size in product(
        ("en", "nl", "de", "fr"), (1, 3, 12, 40), ("compact", "normal")
    ):
        case = f"{layout}-{people}-{width}-{language}-{size}"
        hass = home(PEOPLE[:people], statuses, language, words=words(language))
        show(page, hass, layout=layout, size=size, warn={"on_call": 1})
        assert page.evaluate(CUT) == [], case
        overflow = page.evaluate("""() => {
            const inner = card.shadowRoot.querySelector("ha-card");
            return inner.scrollWidth - inner.clientWidth;
        }""")
        assert overflow <= 0, case
        for theme in ("light", "dark"):
            page.evaluate("(theme) => { document.body.className = theme; }", theme)
            picture(f"card-{case}-{theme}")
        if (people, width, layout) == (40, 1280, "rows"):
            assert page.evaluate("card.getBoundingClientRect().bottom") < 900, case
