"""The pages of Home Assistant: all their texts and structure that the tests depend on."""

from collections.abc import Iterator
import json
import re
from typing import Any, Final

from playwright.sync_api import Locator, Page, expect

from tools import develop

from .home import Home

# The texts of the integration are read from its translations; these are those of Home Assistant.
_BUTTONS: Final = {
    "en": {
        "add": "Add integration",
        "submit": "Submit",
        "configure": "Configure",
        "finish": "Finish",
        "delete": "Delete",
        "confirm": "Delete",
    },
    "nl": {
        "add": "Voeg integratie toe",
        "submit": "Verzend",
        "configure": "Configureer",
        "finish": "Voltooien",
        "delete": "Verwijder",
        "confirm": "Verwijderen",
    },
}
# It shows these in place of the integration's own.
RECONFIGURED: Final = "Reconfiguration was successful"
REAUTHENTICATED: Final = "Re-authentication was successful"
OPTIONS_SAVED: Final = "Options successfully saved."
NO_REPAIRS: Final = "There are currently no repairs pending"


class Texts:
    """The integration's texts in one language, by the path to them: `entity.sensor.status.name`."""

    def __init__(self, language: str) -> None:
        path = develop.INTEGRATION / "translations" / f"{language}.json"
        self._texts: dict[str, Any] = json.loads(path.read_text("utf-8"))

    def __call__(self, path: str) -> str:
        """Return a text; of an error, what comes before its first placeholder."""
        return str(self.section(path)).partition("{")[0].strip(" “").strip()

    def section(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON says
        """Return everything below a path."""
        found: Any = self._texts
        for part in path.split("."):
            found = found[part]
        return found

    def label(self, step: str, key: str) -> str:
        """Return the label of a field, in whatever section of a step it is."""
        content = self.section(step)
        groups = (content, *content.get("sections", {}).values())
        return str(next(each["data"][key] for each in groups if key in each["data"]))

    def all(self) -> set[str]:
        """Return every text."""
        return set(_leaves(self._texts))


class Pages:
    """What a user sees and does in one window."""

    def __init__(self, page: Page, home: Home, language: str = "en") -> None:
        self.page = page
        self.language = language
        self.texts = Texts(language)
        self._home = home
        self._buttons = _BUTTONS[language]
        page.add_init_script(f"localStorage.setItem('selectedLanguage', '\"{language}\"')")

    def open(self, path: str) -> None:
        """Open a page by its path."""
        self.page.goto(f"{self._home.url}{path}")

    def open_account(self) -> None:
        """Open the page of the integration, with its account and extensions."""
        self.open("/config/integrations/integration/belfabriek")
        expect(self.button(self._add_extensions)).to_be_visible()

    def open_device(self, name: str) -> None:
        """Open the page of a device."""
        self.open("/config/devices/dashboard?domain=belfabriek")
        self.page.get_by_text(name, exact=True).first.click()
        expect(self.page.locator("ha-device-entities-card").first).to_be_visible()

    def add_dashboard(self, kind: str, title: str) -> None:
        """Add a dashboard of the kind with this name, and open it."""
        self.open("/config/lovelace/dashboards")
        self.button("Add dashboard").click()
        self.page.get_by_role("button", name=kind).click()
        self.page.get_by_role("textbox", name="Title").fill(title)
        self.button("Create").click()
        self.page.get_by_role("link", name=title).click()

    def edit_automation(self) -> None:
        """Open the editor with a new automation."""
        self.open("/config/automation/edit/new")

    def wait_for_saved_automation(self) -> None:
        """Wait until the open automation is saved, and has an ID."""
        self.page.wait_for_url(re.compile(r"/config/automation/edit/\d+$"))

    def button(self, name: str) -> Locator:
        """Return the buttons of a name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def text(self, text: str) -> Locator:
        """Return the first element that has a text and no other."""
        return self.page.get_by_text(text, exact=True).first

    def message(self, key: str) -> None:
        """Wait until one of the integration's texts can be read somewhere."""
        expect(self.page.get_by_text(self.texts(key)).last).to_be_visible()

    def tile(self, name: str, state: str) -> Locator:
        """Return the row or tile of an extension on a dashboard, if it shows a status."""
        status = re.escape(self.texts(f"entity.sensor.status.state.{state}"))
        return self.page.get_by_role("button", name=re.compile(f"{name},? {status}")).first

    def row(self, entity: str, state: str) -> Locator:
        """Return the row of an entity on a device's page: `sensor.status`, `ready`."""
        rows = self.page.locator("ha-device-entities-card hui-generic-entity-row")
        # The main entity has the name of the device.
        if name := self.texts.section(f"entity.{entity}").get("name"):
            rows = rows.filter(has=self.page.get_by_text(name, exact=True))
        return rows.filter(
            has_text=re.compile(re.escape(self.texts(f"entity.{entity}.state.{state}")))
        )

    def extension(self, name: str) -> Locator:
        """Return the rows of an extension on the account's page."""
        return self.page.locator("ha-config-sub-entry-row").filter(has_text=name)

    def add_account(self) -> None:
        """Search for the integration, and open its form."""
        self.open("/config/integrations/dashboard")
        self.button(self._buttons["add"]).click()
        self.page.locator("dialog-add-integration").get_by_role("textbox").fill("callfactory")
        self.page.get_by_text("Belfabriek / CallFactory").click()
        expect(self.field("config.step.user", "account_pin")).to_be_visible()

    def add_extensions(self) -> None:
        """Open the form that adds extensions."""
        self.button(self._add_extensions).click()

    def change_extension(self, name: str) -> None:
        """Open the form that changes an extension."""
        change = self.texts("config_subentries.extension.initiate_flow.reconfigure")
        self.extension(name).get_by_role("button", name=change).click()

    def add_busy_light(self, extension: str, light: str) -> None:
        """Add a busy light with its three fields: five clicks."""
        self.button(self.texts("config_subentries.busy_light.initiate_flow.user")).click()
        self.page.locator("ha-selector-select").first.get_by_text(extension).click()
        self.page.locator("ha-selector-entity").first.locator("ha-generic-picker").first.click()
        items = self.page.locator("ha-picker-combo-box ha-combo-box-item")
        items.filter(has_text=light).first.click()
        self.submit()
        expect(self.button(self._buttons["finish"])).to_be_visible()

    def change_busy_light(self, name: str, extension: str) -> None:
        """Let a busy light show one more extension."""
        change = self.texts("config_subentries.busy_light.initiate_flow.reconfigure")
        self.extension(name).get_by_role("button", name=change).click()
        self.page.locator("ha-selector-select").first.get_by_text(extension).click()
        self.submit()

    def delete_busy_light(self, name: str) -> None:
        """Delete a busy light from its menu."""
        self.choose(self._buttons["delete"], extension=name)
        self.button(self._buttons["confirm"]).last.click()
        expect(self.extension(name)).to_have_count(0)

    def toggle(self) -> None:
        """Click the only switch on the page of a device."""
        self.page.locator("ha-device-entities-card ha-entity-toggle").click()

    def configure(self, step: str, *, first: str | None = None) -> None:
        """Open one form of the options; it begins with that of another step if `first` is given."""
        self.button(self._buttons["configure"]).click()
        self.text(self.texts(f"options.step.init.menu_options.{step}")).click()
        expect(self._save_button(f"options.step.{first or step}")).to_be_visible()

    def save(self, step: str) -> None:
        """Submit the form of a step, which may have a button of its own."""
        self._save_button(step).click()

    def choose(self, item: str, *, extension: str | None = None) -> None:
        """Choose from the menu of the account, or from that of an extension."""
        entries = self.page.locator("ha-config-entry-row")
        rows = self.extension(extension) if extension else entries
        # The first menu is that of the row itself; those of its devices follow.
        rows.get_by_role("button", name="Menu").first.click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def field(self, step: str, key: str) -> Locator:
        """Return a text field of a form."""
        label = self.texts.label(step, key)
        return self.page.get_by_role("textbox", name=label).last

    def fill(self, step: str, **values: str) -> None:
        """Fill in text fields of a form."""
        for key, value in values.items():
            self.field(step, key).fill(value)

    def unfold(self, step: str, section: str) -> None:
        """Open a section of a form."""
        self.text(self.texts(f"{step}.sections.{section}.name")).click()

    def submit(self) -> None:
        """Submit the open form."""
        self.button(self._buttons["submit"]).click()

    def close(self, button: str = "Close", *, after: str | None = None) -> None:
        """Close the open dialog with its lower button, after it has shown a text."""
        if after is not None:
            expect(self.text(after)).to_be_visible()
        self.button(button).last.click()

    def call_home_assistant(self, command: str, **arguments: object) -> None:
        """Send a command of Home Assistant's WebSocket API, on the connection of the page."""
        script = "message => document.querySelector('home-assistant').hass.callWS(message)"
        self.page.evaluate(script, {"type": command, **arguments})

    def _save_button(self, step: str) -> Locator:
        return self.button(self.texts.section(step).get("submit", self._buttons["submit"]))

    @property
    def _add_extensions(self) -> str:
        return self.texts("config_subentries.extension.initiate_flow.user")


def _leaves(texts: Any) -> Iterator[str]:  # noqa: ANN401 - whatever JSON says
    if isinstance(texts, str):
        yield texts
    else:
        for each in texts.values():
            yield from _leaves(each)
