"""Adding an account."""

from playwright.sync_api import Page, expect
import pytest

from tools import develop

from .home import CALL_STATE, EXTENSIONS, PIN, Home
from .pages import Pages

STEP = "config.step.user"
# An alert with one of these texts that can be read without scrolling, above the form's buttons.
IN_VIEW = """(texts) => {
    const found = [];
    const walk = (root) => root.querySelectorAll("*").forEach((each) => {
        const says = (text) => each.textContent.includes(text);
        if (each.localName === "ha-alert" && texts.some(says)) found.push(each);
        if (each.shadowRoot) walk(each.shadowRoot);
    });
    walk(document);
    return found.some((each) => {
        const box = each.getBoundingClientRect();
        return box.height > 0 && box.top > 0 && box.bottom < innerHeight - 60;
    });
}"""


@pytest.mark.parametrize(
    ("pages", "width"),
    [("en", 1280), ("nl", 390)],
    ids=["English desktop", "Dutch phone"],
    indirect=["pages"],
)
def test_error_is_in_view_and_nothing_is_typed_twice(
    home: Home, page: Page, pages: Pages, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    pages.add_account()
    pages.fill(STEP, account_pin="99999999", extensions=develop.EXTENSIONS, **CALL_STATE)
    # Where the form is submitted from: its lower end.
    pages.unfold(STEP, "connection")
    pages.fill(STEP, url="no address")
    pages.submit()
    assert_in_view(pages, "invalid_url")

    pages.fill(STEP, url=f"{home.simulator.url}/xml/agent/xml.asp")
    pages.submit()
    assert_in_view(pages, "invalid_auth")
    # Nothing was folded, so everything is where it was.
    for key in ("supervisor_id", "url"):
        expect(pages.field(STEP, key)).to_be_visible()

    pages.fill(STEP, account_pin=PIN, extensions="1001 Reception")
    pages.submit()
    assert_in_view(pages, "missing_zeros")

    pages.fill(STEP, extensions=develop.EXTENSIONS)
    pages.submit()
    expect(page.locator("step-flow-create-entry .device")).to_have_count(1 + len(EXTENSIONS))
    home.wait_for(
        {f"sensor.{name}": "ready" for name in ("reception", "sales", "night_desk")}
        | {"sensor.belfabriek_extensions_ready": "5"}
    )


def assert_in_view(pages: Pages, error: str) -> None:
    """Check that an error, or a text that points to it, can be read without scrolling."""
    pages.message(f"config.error.{error}")
    texts = [pages.texts(f"config.error.{each}") for each in (error, "see_above")]
    pages.page.wait_for_function(IN_VIEW, arg=texts)
