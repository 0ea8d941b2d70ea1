"""Adding the account, as everybody begins."""

from playwright.sync_api import Page, expect
import pytest

from tools import develop

from .conftest import EVIDENCE, Home, open_page, texts

ADD = {"en": "Add integration", "nl": "Voeg integratie toe"}
SUBMIT = {"en": "Submit", "nl": "Verzend"}


@pytest.mark.parametrize(
    ("language", "width"), [("en", 1280), ("nl", 390)], ids=["English desktop", "Dutch phone"]
)
def test_what_is_wrong_is_said_in_view_and_nothing_is_typed_twice(
    home: Home, page: Page, language: str, width: int
) -> None:
    words = texts(language)["config"]
    page.set_viewport_size({"width": width, "height": 844})
    open_page(page, home, "/config/integrations/dashboard", language)
    page.get_by_role("button", name=ADD[language]).click()
    page.locator("dialog-add-integration").get_by_role("textbox").fill("callfactory")
    page.get_by_text("Belfabriek / CallFactory").click()

    form = words["step"]["user"]
    page.get_by_role("textbox", name=form["data"]["account_pin"]).fill("99999999")
    page.get_by_role("textbox", name=form["data"]["extensions"]).fill(develop.EXTENSIONS)
    call_state = form["sections"]["call_state"]["data"]
    for key, value in develop.CALL_STATE.items():
        page.get_by_role("textbox", name=call_state[key]).fill(value)
    connection = form["sections"]["connection"]
    page.get_by_text(connection["name"], exact=True).click()
    page.get_by_role("textbox", name=connection["data"]["url"]).fill("no address")
    submit = page.get_by_role("button", name=SUBMIT[language], exact=True)
    submit.click()
    message = words["error"]["invalid_url"].split(":")[0]
    assert_in_view(page, message)
    page.screenshot(path=EVIDENCE / f"wrong-address-{language}.png")

    address = f"{home.simulator.url}/xml/agent/xml.asp"
    page.get_by_role("textbox", name=connection["data"]["url"]).fill(address)
    submit.click()
    message = words["error"]["invalid_auth"].split("{")[0][:30]
    assert_in_view(page, message)
    page.screenshot(path=EVIDENCE / f"wrong-pin-{language}.png")

    page.get_by_role("textbox", name=form["data"]["account_pin"]).fill("12345")
    submit.click()
    expect(page.locator("step-flow-create-entry .device")).to_have_count(6)
    home.wait_for(
        {f"sensor.{name}_status": "ready" for name in ("reception", "sales", "night_desk")}
        | {"sensor.belfabriek_extensions_ready": "5"}
    )


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


def assert_in_view(page: Page, message: str) -> None:
    """Check that an error can be read without scrolling, at the top or at its field."""
    expect(page.locator("ha-alert").filter(has_text=message).first).to_be_attached()
    page.wait_for_function(IN_VIEW, arg=[message])
