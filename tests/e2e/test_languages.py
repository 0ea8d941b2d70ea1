"""What a user reads whose language is not English."""

from playwright.async_api import Page, ViewportSize, expect
import pytest

from development.account import DOMAIN

from .account import ACCOUNT
from .account_page import AccountPage
from .album import DEVICE_PAGE, DIALOG, Album
from .flow import AddAccount
from .home import Home
from .languages import Language
from .texts import Texts


class Reader:
    """Reads what a page shows, and takes a proof of it for whoever looks whether it fits."""

    def __init__(self, page: Page, album: Album, language: Language) -> None:
        self._page = page
        self._album = album
        self._language = language
        self._read: list[str] = []

    async def read(self, name: str, *, window: ViewportSize = DIALOG) -> None:
        """Read what there is now."""
        self._read.append(await self._page.locator("body").aria_snapshot())
        await self._album.prove(self._page, f"{name}-{self._language}", window=window)

    def english(self) -> list[str]:
        """Return the texts of ours that are English on a page and are not in this language."""
        # What is the same in both tells nothing, and short words are parts of others.
        own = set(Texts(self._language))
        english = (text for text in Texts("en") if text not in own and " " in text)
        return [text for text in english if any(text in page for page in self._read)]


# English for the proofs only: beside each other they show what is missing in one of them.
@pytest.mark.parametrize(
    ("window", "language"), [("en", "en"), ("nl", "nl")], indirect=["window"], ids=["en", "nl"]
)
async def test_a_user_reads_no_language_but_their_own(
    home: Home, page: Page, album: Album, language: Language
) -> None:
    await home.speak(language)
    texts = Texts(language)
    flow = AddAccount(page, language)
    reader = Reader(page, album, language)

    await flow.begin()
    await flow.fill_in_account(pin="99999999")
    await flow.fill_in_address(home.simulator)
    await reader.read("1-account")
    await flow.next()
    for extension_id, name in {"01001": "Noor", "01002": "Willem-Alexander van Amsberg"}.items():
        await flow.begin_extension(extension_id, name)
        await reader.read("2-extension")
        await flow.finish_extension()
    await reader.read("3-extensions")
    await flow.submit()
    rejected = page.get_by_text(flow.text("error.invalid_auth").split("{")[0])
    await expect(rejected).to_be_visible()
    await reader.read("4-wrong-pin")
    await flow.fill_in_pin(ACCOUNT.pin)
    await flow.next()
    await flow.submit()
    await flow.finish(devices=3)

    account = AccountPage(page, language)
    await account.open()
    await reader.read("5-account")
    await account.configure()
    await reader.read("6-options")
    await account.open()
    await account.add_extension()
    await reader.read("7-add-extension")

    await page.goto(f"/config/devices/dashboard?domain={DOMAIN}")
    await page.get_by_text("Noor").first.click()
    status = texts("entity.sensor.status_since.name")
    await expect(page.get_by_text(status, exact=True)).to_be_visible()
    await reader.read("8-device", window=DEVICE_PAGE)
    await home.add_dashboard("team-nl", {"strategy": {"type": "custom:belfabriek-team"}})
    await page.goto("/team-nl")
    await expect(page.get_by_role("button", name="Noor")).to_be_visible()
    await reader.read("9-team")

    assert reader.english() == [] or language == "en"
