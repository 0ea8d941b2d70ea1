"""A Home Assistant of its own that really runs, with the integration installed from its archive."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
import json
import os
from pathlib import Path
import signal
import socket
from typing import Final, Self, cast

from aiohttp import ClientSession
from yarl import URL

from development.account import DOMAIN
from development.api import ApiError, HomeAssistantApi, JsonObject, JsonValue
from development.config_flow import ConfigEntry, add_config_entry, config_entries
from development.configuration import Configuration, prepare
from development.errors import DevelopmentError
from development.home_assistant import START_LIMIT, HomeAssistantProcess
from development.onboarding import Owner, Tokens, sign_in
from development.ports import LOOPBACK
from simulator import Simulator

from .account import ACCOUNT, EXTENSIONS, answers
from .installation import copy_blueprint, install
from .languages import Language
from .log_book import LogBook
from .waiting import LIMIT, eventually

CHECKOUT: Final = Path(__file__).parents[2]
BLUEPRINTS: Final = CHECKOUT / "blueprints/automation" / DOMAIN
OWNER: Final = Owner(name="Robin", username="robin", password="robin")

_LINES_OF_A_FAILED_START: Final = 60

_ENTRIES: Final = "/api/config/config_entries"
_AUTOMATIONS: Final = "/api/config/automation/config"

# What the journeys need: lamps and a switch that do what they are told, and toggle helpers.
_CONFIGURATION: Final = """\
frontend:
history:
logbook:
my:
automation: !include automations.yaml
input_boolean:
  call_memory:
  nobody_memory:
logger:
  default: warning
  logs:
    custom_components.belfabriek: info
    # Programs and libraries that this machine may lack, and nobody needs here.
    haffmpeg: critical
    homeassistant.components.camera.img_util: critical
    homeassistant.requirements: error
template:
  - light:
      - name: Desk lamp
        unique_id: desk_lamp
        turn_on: []
        turn_off: []
        set_level: []
        set_hs: []
      - name: Shelf lamp
        unique_id: shelf_lamp
        turn_on: []
        turn_off: []
        set_level: []
        set_hs: []
  - switch:
      - name: Door sign
        unique_id: door_sign
        turn_on: []
        turn_off: []
"""


@dataclass(frozen=True, slots=True)
class Release:
    """What runs: the program of a Home Assistant, and the integration's archive."""

    hass: Path
    archive: Path


class Home:
    """A Home Assistant and the simulator that its accounts ask. Made by `running_home`."""

    def __init__(
        self,
        folder: Path,
        process: HomeAssistantProcess,
        log: LogBook,
        session: ClientSession,
        simulator: Simulator,
    ) -> None:
        self.folder: Final = folder
        self.simulator: Final = simulator
        self.log: Final = log
        self._session: Final = session
        self._process: Final = process
        self._tokens: Tokens | None = None
        self._is_started = False
        self._language: Language = "en"

    @property
    def url(self) -> URL:
        """Where its pages are."""
        return self._process.server.url

    @property
    def tokens(self) -> Tokens:
        """What its owner is signed in with."""
        assert self._tokens is not None, "Home Assistant was never started"
        return self._tokens

    @property
    def api(self) -> HomeAssistantApi:
        """Its API, as its owner uses it."""
        return HomeAssistantApi(self._session, self.tokens.access)

    async def start(self) -> None:
        """Start it, and wait until everything is set up."""
        try:
            await self._process.start()
            await self._process.wait_until_reachable(self._session, START_LIMIT)
            known = None if self._tokens is None else self._tokens.refresh
            self._tokens = await sign_in(self._session, OWNER, known)
            await self.api.wait_until_running(START_LIMIT)
        except DevelopmentError as error:
            error.add_note(self.log.tail(_LINES_OF_A_FAILED_START))
            raise
        self._is_started = True

    async def ensure_started(self) -> None:
        """Start it if a journey failed while it was down."""
        if not self._is_started:
            await self.stop()
            await self.start()

    async def stop(self) -> None:
        """End it in good order."""
        self._is_started = False
        await self._process.stop()

    async def kill(self) -> None:
        """End it as a power failure does: nothing is saved that was not saved before."""
        self._is_started = False
        lock = json.loads((self.folder / ".ha_run.lock").read_text())
        os.kill(int(lock["pid"]), signal.SIGKILL)
        assert await self._process.wait() == -signal.SIGKILL

    async def restart(self) -> None:
        """End it in good order, and start it again."""
        await self.stop()
        await self.start()

    def install(self, archive: Path) -> None:
        """Replace the integration, which Home Assistant loads at its next start."""
        install(archive, self.folder)

    async def reset(self) -> None:
        """Make everything as it was when Home Assistant was new and nobody was on the phone."""
        await self.speak("en")
        await self.simulator.clear_faults()
        self.simulator.account = ACCOUNT
        for extension_id in list(self.simulator.extensions):
            self.simulator.remove_extension(extension_id)
        for extension_id, name in EXTENSIONS.items():
            self.simulator.add_extension(extension_id, name)
        for entry in await self.entries():
            await self.api.delete(f"{_ENTRIES}/entry/{entry['entry_id']}")
        for state in cast(list[JsonObject], await self.api.get("/api/states")):
            if str(state["entity_id"]).startswith("automation."):
                automation = cast(JsonObject, state["attributes"])["id"]
                await self.api.delete(f"{_AUTOMATIONS}/{automation}")
        blueprints = await self.api.command("blueprint/list", domain="automation")
        for path in cast(JsonObject, blueprints):
            # Home Assistant brings some along. Ours stay, because a copied file does not bring back
            # what was deleted: that is remembered as gone.
            if path.partition("/")[0] not in {"homeassistant", DOMAIN}:
                await self.api.command("blueprint/delete", domain="automation", path=path)
        dashboards = await self.api.command("lovelace/dashboards/list")
        for dashboard in cast(list[JsonObject], dashboards):
            # The map is Home Assistant's own.
            if dashboard["id"] != "map":
                await self.api.command("lovelace/dashboards/delete", dashboard_id=dashboard["id"])

    async def speak(self, language: Language) -> None:
        """Choose the language in which it names what is added from now on."""
        if language == self._language:
            return
        self._language = language
        # It looks for texts of every platform that is set up, whosoever's, and there are none.
        self.log.expect("[homeassistant.helpers.translation] Failed to load integration")
        await self.api.command("config/core/update", language=language)

    async def entries(self) -> list[ConfigEntry]:
        """Return the integration's config entries."""
        return await config_entries(self.api, DOMAIN)

    async def add_account(
        self, *extension_ids: str, pin: str = ACCOUNT.pin, options: JsonObject | None = None
    ) -> str:
        """Add the account with extensions (none given: all) over HTTP; return its entry's ID."""
        extensions = {each: EXTENSIONS[each] for each in extension_ids or EXTENSIONS}
        form = answers(self.simulator, extensions, pin=pin)
        entry_id = (await add_config_entry(self.api, DOMAIN, form))["entry_id"]
        if options is not None:
            await self.set_options(entry_id, options)
        return entry_id

    async def set_options(self, entry_id: str, options: JsonObject) -> None:
        """Submit the form of the options, and wait until the account is polled anew."""
        flow = await self._begin_flow(f"{_ENTRIES}/options/flow", {"handler": entry_id})
        await self.api.post(f"{_ENTRIES}/options/flow/{flow}", options)
        await self.wait_until_loaded(entry_id)

    async def add_extension(self, entry_id: str, extension_id: str, name: str) -> None:
        """Submit the form that adds an extension."""
        url = f"{_ENTRIES}/subentries/flow"
        flow = await self._begin_flow(url, {"handler": [entry_id, "extension"]})
        result = await self.api.post(f"{url}/{flow}", {"extension_id": extension_id, "name": name})
        assert cast(JsonObject, result)["type"] == "create_entry", result

    async def remove_extension(self, entry_id: str, extension_id: str) -> None:
        """Remove an extension, as its menu on the account's page does."""
        listed = await self.api.command("config_entries/subentries/list", entry_id=entry_id)
        (subentry_id,) = (
            subentry["subentry_id"]
            for subentry in cast(list[JsonObject], listed)
            if subentry["unique_id"] == extension_id
        )
        await self.api.command(
            "config_entries/subentries/delete", entry_id=entry_id, subentry_id=subentry_id
        )

    async def automate(self, blueprint: str, inputs: JsonObject) -> None:
        """Make an automation of one of the project's blueprints, copied to where they belong."""
        copy_blueprint(BLUEPRINTS / f"{blueprint}.yaml", self.folder)
        await self.add_automation(blueprint, blueprint, f"{DOMAIN}/{blueprint}.yaml", inputs)

    async def add_automation(
        self, automation_id: str, alias: str, path: str, inputs: JsonObject
    ) -> None:
        """Make an automation of a blueprint that Home Assistant has at `path`."""
        await self.api.post(
            f"{_AUTOMATIONS}/{automation_id}",
            {"alias": alias, "use_blueprint": {"path": path, "input": inputs}},
        )

    async def add_dashboard(self, path: str, config: JsonObject) -> None:
        """Add a dashboard, whose address is `path`."""
        await self.api.command(
            "lovelace/dashboards/create", url_path=path, title=path, mode="storage"
        )
        await self.api.command("lovelace/config/save", url_path=path, config=config)

    async def set_enabled(self, entry_id: str, *, enabled: bool) -> None:
        """Enable an account or disable it, which unloads it."""
        await self.api.command(
            "config_entries/disable",
            entry_id=entry_id,
            disabled_by=None if enabled else "user",
        )

    async def wait_until_loaded(self, entry_id: str) -> None:
        """Wait until an account is polled."""

        async def state() -> str | None:
            entries = await self.entries()
            return next((one["state"] for one in entries if one["entry_id"] == entry_id), None)

        await eventually(state, lambda state: state == "loaded", "the account to be loaded")

    async def state(self, entity_id: str) -> str | None:
        """Return an entity's state, or `None` if there is no such entity."""
        try:
            answer = await self.api.get(f"/api/states/{entity_id}")
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        return str(cast(JsonObject, answer)["state"])

    async def wait_for(self, states: Mapping[str, str | None], *, limit: float = LIMIT) -> None:
        """Wait until entities have the states that are given by entity ID."""

        async def ask() -> dict[str, str | None]:
            return {entity_id: await self.state(entity_id) for entity_id in states}

        await eventually(ask, lambda answer: answer == states, f"{states}", limit=limit)

    async def poll(self, entity_id: str) -> None:
        """Ask the server at once for what an entity's account shows."""
        await self.act("homeassistant.update_entity", entity_id=entity_id)

    async def act(self, action: str, **data: JsonValue) -> None:
        """Perform an action."""
        domain, _, name = action.partition(".")
        await self.api.post(f"/api/services/{domain}/{name}", data)

    async def _begin_flow(self, url: str, handler: JsonObject) -> str:
        return str(cast(JsonObject, await self.api.post(url, handler))["flow_id"])

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """End it."""
        await self.stop()


@asynccontextmanager
async def running_home(folder: Path, release: Release) -> AsyncIterator[Home]:
    """Run a new Home Assistant and a simulator, until the end of the context."""
    port = _free_port()
    (folder / "configuration.yaml").write_text(_CONFIGURATION)
    # The archive's files take the place of the link that the preparation leaves.
    prepare(Configuration(folder=folder, port=port, integration=folder))
    install(release.archive, folder)
    log = LogBook()
    process = HomeAssistantProcess(folder, port, on_line=log.write, hass=release.hass)
    async with (
        Simulator(account=ACCOUNT, extensions=EXTENSIONS) as simulator,
        ClientSession(process.server.url) as session,
        Home(folder, process, log, session, simulator) as home,
    ):
        yield home


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
