"""The integration's page in Home Assistant's settings, and the dialogs that it opens."""

from playwright.async_api import Locator, Page, expect

from development.account import DOMAIN

from .account import TITLE
from .languages import BUTTONS, Language
from .texts import Texts


class AccountPage:
    """The page with the account and its extensions."""

    def __init__(self, page: Page, language: Language = "en") -> None:
        self._page = page
        self._buttons = BUTTONS[language]
        self._texts = Texts(language)

    async def open(self) -> None:
        """Go there."""
        await self._page.goto(f"/config/integrations/integration/{DOMAIN}")
        await expect(self._add_extension).to_be_visible()

    async def add_extension(self) -> None:
        """Open the dialog that adds an extension."""
        await self._add_extension.click()

    async def configure(self) -> None:
        """Open the dialog of the options."""
        await self._page.get_by_role("button", name=self._buttons.configure).click()
        title = self._texts("options.step.init.title")
        await expect(self._page.get_by_text(title, exact=True)).to_be_visible()

    def extension(self, name: str) -> Locator:
        """Return an extension's rows."""
        return self._page.locator("ha-config-sub-entry-row").filter(has_text=name)

    async def choose(self, item: str, *, extension: str | None = None) -> None:
        """Choose from the menu of the account, or of an extension."""
        rows = (
            self._page.locator("ha-config-entry-row").filter(has_text=TITLE.split()[0])
            if extension is None
            else self.extension(extension)
        )
        # The first menu is that of the row itself; those of its devices follow.
        await rows.get_by_role("button", name="Menu").first.click()
        await self._page.get_by_role("menuitem", name=item, exact=True).click()

    async def fill_in(self, **fields: str) -> None:
        """Fill in fields of the open dialog, by their labels in lower case."""
        for label, value in fields.items():
            name = label.replace("_", " ")
            await self._page.get_by_role("textbox", name=name).fill(value)

    async def submit(self, answer: str) -> None:
        """Submit the open dialog, and wait for what it says to that."""
        await self._page.get_by_role("button", name="Submit", exact=True).click()
        await expect(self._page.get_by_text(answer)).to_be_visible()

    async def close(self, button: str = "Close") -> None:
        """Close the open dialog with its lower button."""
        await self._page.get_by_role("button", name=button, exact=True).last.click()

    @property
    def _add_extension(self) -> Locator:
        name = self._texts("config_subentries.extension.initiate_flow.user")
        return self._page.get_by_role("button", name=name)
