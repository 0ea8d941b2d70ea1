"""Takes the pictures of the cards for the documentation, from a Home Assistant that runs.

Start `scripts/develop --agents 40`, wait some minutes, then run
`.venv-e2e/bin/python -m tests.e2e.pictures http://127.0.0.1:8123`.
"""

import os
import shutil
import sys
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from tools import develop

FOLDER: Final = develop.CHECKOUT / "docs/images"
DASHBOARD: Final = "picture-x"
# Layout, width and height of the window, its scale, and number of people.
PICTURES: Final = (
    ("wall", 1280, 776, 0.6, 40),
    ("rows", 440, 800, 1, 6),
    ("tiles", 640, 800, 1, 6),
)
SAVE: Final = """async ([urlPath, layout, people]) => {
  const { hass } = document.querySelector("home-assistant");
  const ids = Object.values(hass.devices)
    .filter(({ via_device_id, identifiers }) => via_device_id && identifiers[0][0] === "belfabriek")
    .sort((one, other) => one.name.localeCompare(other.name))
    .map(({ id }) => id);
  const card = {
    type: "custom:belfabriek-team-card",
    layout,
    show: { extensions: ids.slice(0, people) },
    warn: { on_call: 1, wrap_up: 1, paused: 3 },
  };
  const views = [{ type: "panel", cards: [card] }];
  const path = { url_path: urlPath };
  const all = await hass.callWS({ type: "lovelace/dashboards/list" });
  if (!all.some(({ url_path }) => url_path === urlPath)) {
    await hass.callWS({ type: "lovelace/dashboards/create", ...path, title: "P", mode: "storage" });
  }
  await hass.callWS({ type: "lovelace/config/save", ...path, config: { views } });
}"""


def take(browser: Browser, url: str, name: str, *, dark: bool) -> None:
    """Save the picture of one layout."""
    _, width, height, scale, people = next(each for each in PICTURES if each[0] == name)
    page = browser.new_page(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        color_scheme="dark" if dark else "light",
    )
    page.goto(f"{url}/belfabriek-team")
    page.wait_for_selector("belfabriek-team-card .name")
    page.evaluate(SAVE, [DASHBOARD, name, people])
    page.goto(f"{url}/{DASHBOARD}/0")
    page.wait_for_selector("belfabriek-team-card .name")
    # Icons, the history and the age of the data arrive later.
    page.wait_for_timeout(4000)
    card = page.locator("belfabriek-team-card")
    if name != "wall":
        card.evaluate("(card) => { card.style.height = 'auto'; }")
    card.screenshot(path=FOLDER / f"{name}{'-dark' if dark else ''}.png")
    page.close()


def main(url: str) -> None:
    """Take all pictures."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=arguments
        )
        for name, *_ in PICTURES:
            for dark in (False, True):
                take(browser, url, name, dark=dark)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
