"""Adding an account."""

from playwright.sync_api import Page, expect
import pytest

from tools import develop

from .home import CALL_STATE, EXTENSIONS, PIN, Home
from .pages import Pages

STEP = "config.step.user"
# An alert with a text that can be read without scrolling, also behind the form's buttons.
IN_VIEW = """([text]) => {
    const found = [];
    const walk = (root) => root.querySelectorAll("*").forEach((each) => {
        if (each.localName === "ha-alert" && each.textContent.includes(text)) found.push(each);
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
def test_what_is_wrong_is_said_in_view_and_nothing_is_typed_twice(
    home: Home, page: Page, pages: Pages, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    pages.add_account()
    pages.fill(STEP, account_pin="99999999", extensions=develop.EXTENSIONS, **CALL_STATE)
    pages.unfold(STEP, "connection")
    pages.fill(STEP, url="no address")
    pages.submit()
    assert_in_view(page, pages.texts("config.error.invalid_url"))

    pages.fill(STEP, url=f"{home.simulator.url}/xml/agent/xml.asp")
    pages.submit()
    assert_in_view(page, pages.texts("config.error.invalid_auth"))

    pages.fill(STEP, account_pin=PIN)
    pages.submit()
    expect(page.locator("step-flow-create-entry .device")).to_have_count(1 + len(EXTENSIONS))
    home.wait_for(
        {f"sensor.{name}_status": "ready" for name in ("reception", "sales", "night_desk")}
        | {"sensor.belfabriek_extensions_ready": "5"}
    )


def assert_in_view(page: Page, message: str) -> None:
    """Check that an error can be read without scrolling, at the top or at its field."""
    expect(page.locator("ha-alert").filter(has_text=message).first).to_be_attached()
    page.wait_for_function(IN_VIEW, arg=[message])
