"""Adding the integration, as everybody begins."""

from playwright.async_api import Page, expect

from .account import ACCOUNT, EXTENSIONS, TITLE
from .account_page import AccountPage
from .album import ACCOUNT_PAGE, DIALOG, Album
from .flow import AddAccount
from .home import Home


async def test_a_wrong_pin_is_said_and_mended_without_typing_anything_else_again(
    home: Home, page: Page, album: Album
) -> None:
    flow = AddAccount(page)
    await flow.begin()
    await flow.fill_in_account(pin="99999999")
    await album.take(page, "add-account", window=DIALOG)
    await flow.fill_in_address(home.simulator)
    await flow.next()
    for extension_id, name in EXTENSIONS.items():
        await flow.begin_extension(extension_id, name)
        await flow.finish_extension()
    await album.take(page, "add-extensions", window=DIALOG)
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
