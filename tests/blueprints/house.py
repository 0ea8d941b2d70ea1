"""A Home Assistant with automations created from the blueprints."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import persistent_notification
from homeassistant.components.automation import ATTR_LAST_TRIGGERED
from homeassistant.components.automation.const import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.config import async_hass_config_yaml
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    CoreState,
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType
from homeassistant.util.yaml import save_yaml
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.helpers import state_of
from tests.team import KINDS, Team

BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / "belfabriek"
AUTOMATION = "automation.under_test"
HOURS = "input_boolean.working_hours"
MEMORY = "input_boolean.memory"

NO_STATE = {STATE_UNAVAILABLE, STATE_UNKNOWN}
ON_CALL = {"connecting", "on_call", "handling"}

TURNS = 50
"""Event loop iterations after which an automation only waits."""

type Note = dict[str, Any]


class House:
    """A Home Assistant with states to set, a clock to move, and one automation."""

    def __init__(
        self, hass: HomeAssistant, clock: FrozenDateTimeFactory, storage: dict[str, Any]
    ) -> None:
        """Use this Home Assistant, this clock, and these mocked files."""
        self.hass = hass
        self.team = Team(hass)
        self.devices = {name: self.team.add(name) for name in ("reception", "sales")}
        # Home Assistant sets a state for every registered entity when it starts.
        for key in ("status", "on_call"):
            self.team.write(key, **dict.fromkeys(self.devices, STATE_UNAVAILABLE))
        self._clock = clock
        self._storage = storage
        self.notes: list[Note] = []
        """The messages of the actions of the automation, oldest first."""
        self.notifications: dict[str | None, str] = {}
        """The notifications in Home Assistant, by title."""
        persistent_notification.async_register_callback(hass, self._take_notifications)
        self._since: dict[str, tuple[str, str]] = {}
        self.pause = 3
        """Seconds that pass after each change of a status."""
        self.complaints_expected = False
        """Whether warnings in the log are expected."""
        hass.services.async_register("test", "note", self._take_note)
        hass.services.async_register("test", "fail", self._fail)
        hass.services.async_register(
            "belfabriek", "get_status", self._get_status, supports_response=SupportsResponse.ONLY
        )

    async def _take_note(self, call: ServiceCall) -> None:
        self.notes.append(dict(call.data))

    @callback
    def _take_notifications(
        self,
        kind: persistent_notification.UpdateType,
        shown: dict[str, persistent_notification.Notification],
    ) -> None:
        self.notifications |= {each["title"]: each["message"] for each in shown.values()}

    async def _fail(self, call: ServiceCall) -> None:
        self.complaints_expected = True
        raise HomeAssistantError("The phone that was to be told is off")

    async def _get_status(self, call: ServiceCall) -> ServiceResponse:
        """Return the answer of the integration for the states that were set."""
        extensions: list[JsonValueType] = []
        for name, device in self.devices.items():
            if device in call.data["device_id"]:
                on_call = state_of(self.hass, self.team.id_of(name, "on_call"))
                answer = {"on": True, "off": False}.get(str(on_call))
                extensions.append({"extension_id": name, "name": name, "on_call": answer})
        return {"extensions": extensions}

    def said(self) -> list[str]:
        """Return the messages of the actions since the last call of this function."""
        said = [str(note["text"]) for note in self.notes]
        self.notes.clear()
        return said

    async def automate(self, blueprint: str, **inputs: object) -> None:
        """Create the automation as in the editor: saving it reloads all automations."""
        assert await async_setup_component(self.hass, persistent_notification.DOMAIN, {})
        assert await async_setup_component(self.hass, AUTOMATION_DOMAIN, {AUTOMATION_DOMAIN: []})
        await self.edit(blueprint, **inputs)
        assert state_of(self.hass, AUTOMATION) == STATE_ON

    async def start(self, blueprint: str, **inputs: object) -> None:
        """Start Home Assistant with an automation made from a blueprint, and states as they are."""
        self.hass.set_state(CoreState.not_running)
        await self._write(blueprint, inputs)
        config = await async_hass_config_yaml(self.hass)
        assert await async_setup_component(self.hass, AUTOMATION_DOMAIN, config)
        await self.hass.async_start()
        await self.settle()

    async def edit(self, blueprint: str, **inputs: object) -> None:
        """Save the automation again, which reloads it."""
        await self._write(blueprint, inputs)
        await self.call(AUTOMATION_DOMAIN, "reload")

    async def _write(self, blueprint: str, inputs: dict[str, object]) -> None:
        """Write the configuration that holds the automation; extensions are given by name."""
        if "extensions" in inputs:
            names = cast(list[str], inputs["extensions"])
            inputs = inputs | {"extensions": [self.devices.get(name, name) for name in names]}
        use = {"path": f"belfabriek/{blueprint}.yaml", "input": inputs}
        made = {"id": "under_test", "alias": "Under test", "use_blueprint": use}
        path = self.hass.config.path("configuration.yaml")
        await self.hass.async_add_executor_job(save_yaml, path, {AUTOMATION_DOMAIN: [made]})

    async def call(self, domain: str, action: str, **data: object) -> None:
        """Call an action of Home Assistant's."""
        await self.hass.services.async_call(domain, action, data, blocking=True)
        await self.settle()

    def last_run(self) -> datetime | None:
        """Return when the automation was last triggered."""
        state = self.hass.states.get(AUTOMATION)
        assert state is not None
        last: datetime | None = state.attributes[ATTR_LAST_TRIGGERED]
        return last

    async def turn_off_and_on(self) -> None:
        """Turn the automation off, and on again."""
        for action in ("turn_off", "turn_on"):
            await self.call(AUTOMATION_DOMAIN, action, entity_id=AUTOMATION)

    async def run_by_hand(self) -> None:
        """Run the automation, as the button in its menu does."""
        data = {"entity_id": AUTOMATION}
        await self.hass.services.async_call(AUTOMATION_DOMAIN, "trigger", data)
        await self.settle()

    async def set(self, **states: str) -> None:
        """Set the status of extensions and the entities that depend on it."""
        for name, status in states.items():
            self.team.write("status", **{name: status})
            on_call = status if status in NO_STATE else "on" if status in ON_CALL else "off"
            self.team.write("on_call", **{name: on_call})
            if status not in NO_STATE and self._since.get(name, ("", ""))[0] != status:
                self._since[name] = status, dt_util.utcnow().isoformat()
            since = status if status in NO_STATE else self._since[name][1]
            self.team.write("status_since", **{name: since})
            await self.settle()
        await self.wait(seconds=self.pause)

    async def remove(self, name: str) -> None:
        """Remove an extension."""
        device = self.team.entities.async_get(self.team.id_of(name, "status"))
        assert device is not None
        assert device.device_id is not None
        for key in KINDS:
            self.hass.states.async_remove(self.team.id_of(name, key))
        self.team.devices.async_remove_device(device.device_id)
        await self.settle()

    async def toggle(self, entity_id: str, on: bool) -> None:
        """Turn one of the toggle helpers on or off."""
        helpers: dict[str, dict[str, object]] = {
            helper.removeprefix("input_boolean."): {} for helper in (HOURS, MEMORY)
        }
        config = {"input_boolean": helpers}
        assert await async_setup_component(self.hass, "homeassistant", {})
        assert await async_setup_component(self.hass, "input_boolean", config)
        await self.call("input_boolean", "turn_on" if on else "turn_off", entity_id=entity_id)

    def saved(self, entity_id: str) -> str:
        """Return the stored state of a helper, which it has after a power failure."""
        stored = self._storage["core.restore_state"]["data"]
        (state,) = (
            each["state"]["state"] for each in stored if each["state"]["entity_id"] == entity_id
        )
        return str(state)

    async def wait(self, *, minutes: float = 0, seconds: float = 0) -> None:
        """Advance the clock in small steps, so that short waits end in time."""
        left = timedelta(minutes=minutes, seconds=seconds)
        step = timedelta(seconds=5) if left < timedelta(minutes=3) else timedelta(minutes=1)
        while left > timedelta(0):
            step = min(left, step)
            self._clock.tick(step)
            async_fire_time_changed(self.hass)
            await self.settle()
            left -= step

    async def settle(self) -> None:
        """Run everything that waits for neither time nor states.

        `async_block_till_done` would also wait for the automation, which may run for hours.
        """
        for _ in range(2):
            for _ in range(TURNS):
                await asyncio.sleep(0)
            # A module that is needed for the first time is imported in a thread, one after another.
            await self.hass.async_add_import_executor_job(bool)

    async def close(self) -> None:
        """Stop the automation, which may be waiting for something.

        Home Assistant lets timers of state triggers run out after their triggers are gone.
        """
        await self.call(AUTOMATION_DOMAIN, "turn_off", entity_id=AUTOMATION)
        await self.wait(seconds=10)


FAIL: list[dict[str, Any]] = [{"action": "test.fail"}]
"""Actions that fail."""


def note(text: str) -> list[dict[str, Any]]:
    """Return actions that record this message."""
    return [{"action": "test.note", "data": {"text": text}}]
