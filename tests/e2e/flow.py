"""The dialogs of Home Assistant in which an account is added or changed."""

from playwright.async_api import Locator, Page, expect

from development.account import DOMAIN
from simulator import Simulator

from .account import ACCOUNT
from .languages import BUTTONS, Language
from .texts import Texts


class AddAccount:
    """The dialogs that add an account."""

    def __init__(self, page: Page, language: Language = "en") -> None:
        self._page = page
        self._buttons = BUTTONS[language]
        self._texts = Texts(language)

    def text(self, key: str) -> str:
        """Return one of the texts of this flow."""
        return self._texts(f"config.{key}")

    async def begin(self) -> None:
        """Choose the integration from the list of all there are."""
        page = self._page
        await page.goto("/config/integrations/dashboard")
        await self._press(self._buttons.add_integration)
        await page.locator("dialog-add-integration").get_by_role("textbox").fill(DOMAIN)
        await self._press("Belfabriek")
        await expect(self._field(self.text("step.user.data.account_pin"))).to_be_visible()

    async def fill_in_account(self, *, pin: str = ACCOUNT.pin) -> None:
        """Fill in what the first form shows."""
        section = "step.user.sections.call_state.data"
        await self.fill_in_pin(pin)
        await self._fill_in(self.text(f"{section}.supervisor_id"), ACCOUNT.supervisor_id)
        await self._fill_in(self.text(f"{section}.manager_id"), ACCOUNT.manager_id)
        await self._fill_in(self.text(f"{section}.account_id"), ACCOUNT.account_id)

    async def fill_in_pin(self, pin: str) -> None:
        """Fill in the PIN of the first form."""
        await self._fill_in(self.text("step.user.data.account_pin"), pin)

    async def fill_in_address(self, simulator: Simulator) -> None:
        """Open the part of the first form that hardly anybody needs, and fill it in."""
        section = "step.user.sections.connection"
        await self._press(self.text(f"{section}.name"))
        await self._fill_in(self.text(f"{section}.data.url"), simulator.url)

    async def begin_extension(self, extension_id: str, name: str) -> None:
        """Open the dialog for one row of the second form, and fill it in."""
        await self._press(self._buttons.add)
        await self._extension_id.fill(extension_id)
        await self._fill_in(self._texts("selector.extensions.fields.name.name"), name)

    async def finish_extension(self) -> None:
        """Take the row over."""
        # The other button of this name, that of the form, is behind the dialog.
        await self._button(self._buttons.add).last.click()
        await expect(self._extension_id).to_be_hidden()

    async def next(self) -> None:
        """Go on to the second form."""
        await self._press(self._buttons.next)
        await expect(self._button(self._buttons.submit)).to_be_visible()

    async def submit(self) -> None:
        """Have everything tried and the account added."""
        await self._press(self._buttons.submit)

    async def finish(self, *, devices: int) -> None:
        """Leave the dialog that shows the account's new devices, once all of them are there."""
        # Home Assistant shows what there is meanwhile, and goes on to the page of an only device.
        await expect(self._page.locator("step-flow-create-entry .device")).to_have_count(devices)
        await self._press(self._buttons.finish)

    @property
    def _extension_id(self) -> Locator:
        return self._field(self._texts("selector.extensions.fields.extension_id.name"))

    def _field(self, label: str) -> Locator:
        return self._page.get_by_role("textbox", name=label)

    def _button(self, name: str) -> Locator:
        return self._page.get_by_role("button", name=name, exact=True)

    async def _fill_in(self, label: str, value: str) -> None:
        await self._field(label).fill(value)

    async def _press(self, name: str) -> None:
        await self._button(name).click()
