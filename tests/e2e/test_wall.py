"""The team card as a wall, on a page of its own."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
import re
from typing import Any, Final

from playwright.sync_api import BrowserContext, Page, expect
import pytest

from .stand_in import PEOPLE, STATUSES, afternoon, home, opened, show, words

SIZES: Final = ((1920, 1080), (3840, 2160), (1280, 800))
WARN: Final = {"on_call": 15, "wrap_up": 5, "paused": 25}

# Everything that is cut, and the size of the names.
MEASURE: Final = """() => {
  const all = [...card.shadowRoot.querySelectorAll("*")];
  const cut = all
    .filter((each) => each.matches(".name, .status, .time, .fact *, .count *, .heading, .outage *"))
    .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth
      || each.matches(".name, .status") && each.scrollHeight > each.clientHeight + 2)
    .map((each) => `${each.className} ${each.textContent} ${each.scrollWidth}/${each.clientWidth} `
      + `${each.scrollHeight}/${each.clientHeight}`);
  const box = card.shadowRoot.querySelector(".field").getBoundingClientRect();
  const outside = all
    .filter((each) => each.matches("li *, .strip *"))
    .filter((each) => {
      const { left, right, top, bottom } = each.getBoundingClientRect();
      return left < -1 || right > innerWidth + 1 || bottom > innerHeight + 1 || top < -1;
    })
    .map((each) => `${each.className} ${each.textContent}`);
  const over = all
    .filter((each) => each.matches(".person"))
    .filter((each) => each.scrollHeight > each.clientHeight + 1)
    .map((each) => `${each.textContent} ${each.scrollHeight}/${each.clientHeight}`);
  const scrolls = [document.documentElement, ...all]
    .filter((each) => each.scrollHeight > each.clientHeight + 1 &&
      ["auto", "scroll"].includes(getComputedStyle(each).overflowY))
    .map((each) => each.localName);
  const page = document.documentElement;
  if (page.scrollHeight > page.clientHeight || page.scrollWidth > page.clientWidth) {
    scrolls.push("page");
  }
  const names = [...card.shadowRoot.querySelectorAll(".name")];
  const font = Math.min(...names.map((each) => parseFloat(getComputedStyle(each).fontSize)));
  const rows = new Set(names.map((each) => each.closest("li").getBoundingClientRect().bottom));
  return { cut, outside, over, scrolls, font, filled: box.bottom - Math.max(...rows) };
}"""


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Open a page with the script."""
    with opened(context) as page:
        yield page


def wall(people: int, language: str = "en", **more: object) -> dict[str, Any]:
    """Return a `hass` object with so many people."""
    statuses = (*STATUSES, "unavailable")
    return home(PEOPLE[:people], statuses, language, words=words(language), **more)


def statistics(page: Page) -> None:
    """Answer as a recorder would."""
    _, midnight = afternoon()
    page.evaluate(
        """(midnight) => {
        const week = midnight - 7 * 86400000;
        const row = (state) => [{ start: +midnight - 300000, end: +midnight, state, sum: state }];
        const then = (change) => Array.from({ length: 24 }, (_, hour) =>
          ({ start: week + hour * 3600000, end: week + (hour + 1) * 3600000, change }));
        Object.assign(answers, {
          "recorder/statistics_during_period 5minute": { "sensor.a_callsx": row(200),
            "sensor.a_talk_timex": row(8) },
          "recorder/statistics_during_period hour": { "sensor.a_callsx": then(8),
            "sensor.a_talk_timex": then(1.5) },
        });
    }""",
        midnight.timestamp() * 1000,
    )


def history(page: Page, hass: Mapping[str, Any]) -> None:
    """Answer with a day of everybody."""
    start = datetime.now(UTC) - timedelta(hours=6)
    day = [
        {
            "s": ("ready", "on_call", "wrap_up", "paused")[step % 4],
            "lu": (start + timedelta(minutes=8 * step)).timestamp(),
        }
        for step in range(40)
    ]
    rows = {each: day for each in hass["states"] if "status" in each}
    page.evaluate(
        "(rows) => { answers['history/history_during_period'] = rows; }",
        rows,
    )


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_wall_fills_its_screen_and_nothing_is_cut(
    page: Page, picture: Callable[[str], None], width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    statistics(page)
    for language, people in product(("en", "nl", "de", "fr"), (1, 3, 12, 40)):
        case = f"{people}-{width}-{language}"
        hass = wall(people, language)
        history(page, hass)
        show(page, hass, layout="wall", warn=WARN)
        found = page.evaluate(MEASURE)
        for theme in ("light", "dark"):
            page.evaluate("(theme) => { document.body.className = `wall ${theme}`; }", theme)
            picture(f"wall-{case}-{theme}")
        font, filled = found.pop("font"), found.pop("filled")
        assert {key: value for key, value in found.items() if value} == {}, case
        assert abs(filled) <= height / 100, case
        assert font >= {40: 26, 12: 44, 3: 60, 1: 80}[people], case


@pytest.mark.parametrize("group", ["status", "area", "label"])
def test_groups_have_headings_and_fit(
    page: Page, picture: Callable[[str], None], group: str
) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    hass = wall(40, areas={"hall": {"name": "Hall"}, "shop": {"name": "Shop"}})
    for number in range(30):
        place = ("hall", "shop")[number % 2]
        hass["devices"][f"d{number}"] |= {"area_id": place, "labels": [place]}
    labels = [{"label_id": "hall", "name": "Hall"}, {"label_id": "shop", "name": "Shop"}]
    page.evaluate("(labels) => { answers['config/label_registry/list'] = labels; }", labels)
    show(page, hass, layout="wall", group=group)
    found = page.evaluate(MEASURE)
    picture(f"wall-group-{group}")
    font = found.pop("font")
    found.pop("filled")
    assert {key: value for key, value in found.items() if value} == {}
    assert font >= 20
    headings = page.locator(".heading").all_inner_texts()
    assert len(headings) == len(set(headings)) == {"status": 6, "area": 3, "label": 3}[group]


def test_outage_is_one_sentence(page: Page, picture: Callable[[str], None]) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    hass = home(PEOPLE, ("unavailable",), user={"is_admin": True})
    show(page, hass, layout="wall")
    expect(page.get_by_role("alert")).to_contain_text("No data since")
    assert page.locator(".name").count() == 0
    assert page.locator(".count").last.inner_text().split() == ["40", "No", "data"]
    found = page.evaluate(MEASURE.replace("rows.size", "0"))
    picture("wall-outage")
    assert not found["cut"]
    assert not found["scrolls"]
    page.evaluate("update({'sensor.d0_statusx': {state: 'ready'}})")
    assert page.locator(".name").count() == 40


def test_lost_connection_is_shown(page: Page) -> None:
    show(page, wall(3), layout="wall")
    page.evaluate("card.hass = {...hass, connected: false}")
    expect(page.get_by_role("alert")).to_have_text("No connection to Home Assistant")
    page.evaluate("card.hass = hass")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_age_of_data_is_shown_and_grows_without_connection(page: Page) -> None:
    show(page, wall(3), layout="wall")
    age = page.locator(".clock span")
    expect(age).to_have_text(re.compile("^updated [34] sec. ago$"))
    page.evaluate("""() => {
        delete answers["belfabriek/ages"];
        const { now } = Date;
        Date.now = () => now() + 600_000;
    }""")
    expect(age).to_have_text("updated 10 min. ago")


def test_tile_without_data_differs_from_one_that_is_logged_out(page: Page) -> None:
    show(page, home(("Sales", "Support"), ("offline", "unavailable")), layout="wall")
    hatched = page.evaluate("""() => [...card.shadowRoot.querySelectorAll("li")]
        .map((each) => getComputedStyle(each).backgroundImage !== "none")""")
    assert hatched == [False, True]


def test_strip_shows_counts_that_add_up_and_what_lasts_longest(page: Page) -> None:
    hass = home(
        ("Reception", "Sales", "Support", "Workshop", "Night desk", "Desk 6"),
        ("ready", "on_call", "paused", "handling", "unavailable", "paused"),
    )
    statistics(page)
    show(page, hass, layout="wall")
    counts = [text.split(maxsplit=1) for text in page.locator(".count").all_inner_texts()]
    assert counts == [
        ["1", "Ready"],
        ["2", "On a call"],
        ["0", "Wrap-up"],
        ["2", "Paused"],
        ["0", "Logged out"],
        ["1", "No data"],
    ]
    facts = page.locator(".fact").all_inner_texts()
    assert facts[0].startswith("Longest call\n3:3")
    assert facts[0].endswith("Workshop")
    assert facts[1].endswith("Desk 6")
    assert facts[2].startswith("Calls\n69\na week ago: ")
    assert facts[3].startswith("Talk time\n12:30\na week ago: ")
    page.locator(".count").nth(3).click()
    assert page.locator(".name").all_inner_texts() == ["Desk 6", "Support"]


def test_day_is_shown_large_with_its_times(page: Page, picture: Callable[[str], None]) -> None:
    hass = wall(3)
    history(page, hass)
    show(page, hass, layout="wall")
    assert page.locator("button.day").count() == 3
    page.get_by_role("button", name="Day of Klantenservice Amsterdam").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Klantenservice Amsterdam")
    assert dialog.locator("ol li").count() > 10
    expect(dialog.locator("ol li").first).to_contain_text("On a call")
    picture("wall-day")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.evaluate("""() => { card.setConfig({type: "x", layout: "wall", day: false}); }""")
    expect(page.locator("button.day")).to_have_count(0)


def test_full_screen_keeps_the_screen_on(page: Page) -> None:
    show(page, wall(3), layout="wall")
    page.evaluate("""() => {
        window.locks = [];
        Object.defineProperty(navigator, "wakeLock", { value: { request: async (type) => {
          locks.push(type);
          return { release: async () => { locks.pop(); } };
        } } });
    }""")
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("() => document.fullscreenElement === card && locks.length === 1")
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("() => !document.fullscreenElement && locks.length === 0")


def test_late_tile_stands_out_and_comes_first(page: Page) -> None:
    hass = wall(6)
    show(page, hass, layout="wall", sort="status", warn={"on_call": 1, "paused": 1})
    late = page.locator("li.late")
    assert late.count() == 2
    backgrounds = page.evaluate("""() => [...card.shadowRoot.querySelectorAll("li")]
        .map((each) => getComputedStyle(each).backgroundColor)""")
    assert backgrounds[0] == backgrounds[1] == "rgb(20, 20, 20)"
    assert backgrounds[2] != backgrounds[0]
