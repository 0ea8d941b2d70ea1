"""Adding the integration, as everybody begins."""

from playwright.async_api import Page, expect
import pytest

from .account import ACCOUNT, EXTENSIONS, TITLE
from .account_page import AccountPage
from .album import ACCOUNT_PAGE, DIALOG, Album
from .flow import AddAccount
from .home import Home
from .texts import Texts


async def test_a_wrong_pin_is_said_and_mended_without_typing_anything_else_again(
    home: Home, page: Page, album: Album
) -> None:
    flow = AddAccount(page)
    await flow.begin()
    await flow.fill_in_account(pin="99999999")
    await album.take(page, "add-1-account", window=DIALOG)
    await flow.fill_in_address(home.simulator)
    await flow.next()
    for extension_id, name in EXTENSIONS.items():
        await flow.begin_extension(extension_id, name)
        if name == "Reception":
            await album.take(page, "add-2-extension", window=DIALOG)
        await flow.finish_extension()
    await album.take(page, "add-3-extensions", window=DIALOG)
    await flow.submit()

    await expect(page.get_by_text("The server does not accept this account PIN.")).to_be_visible()
    await flow.fill_in_pin(ACCOUNT.pin)
    await flow.next()
    for name in EXTENSIONS.values():
        await expect(page.get_by_text(name, exact=True)).to_be_visible()
    await flow.submit()
    await flow.finish(devices=1 + len(EXTENSIONS))

    await AccountPage(page).open()
    await expect(page.get_by_role("link", name="6 services")).to_be_visible()
    await expect(page.get_by_text(TITLE).first).to_be_visible()
    await album.take(page, "account", window=ACCOUNT_PAGE)
    await home.wait_for(
        {f"sensor.{name}_status": "available" for name in ("reception", "sales", "night_desk")}
        | {f"binary_sensor.{name}_on_call": "off" for name in ("reception", "night_desk")}
        | {"sensor.belfabriek_204_extensions_ready": "5"}
    )


@pytest.mark.parametrize("window", ["nl"], indirect=True)
async def test_a_dutch_user_reads_no_english(home: Home, page: Page, album: Album) -> None:
    flow = AddAccount(page, "nl")
    seen: list[str] = []

    async def look(name: str) -> None:
        seen.append(await page.locator("body").aria_snapshot())
        await album.take(page, name, window=DIALOG, themes=("light",))

    await flow.begin()
    await flow.fill_in_account(pin="99999999")
    await look("add-1-account-nl")
    await flow.fill_in_address(home.simulator)
    await flow.next()
    await flow.begin_extension("01001", "Receptie")
    await look("add-2-extension-nl")
    await flow.finish_extension()
    await look("add-3-extensions-nl")
    await flow.submit()
    await expect(page.get_by_text(flow.text("error.invalid_auth").split("{")[0])).to_be_visible()
    await look("add-4-wrong-pin-nl")

    # What is the same in both languages tells nothing, and short words are parts of others.
    own = set(Texts("nl"))
    english = [text for text in Texts("en") if text not in own and " " in text]
    assert [text for text in english if any(text in page for page in seen)] == []
