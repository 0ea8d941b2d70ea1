"""A real account with two extensions, a clock to move, and automations from blueprints."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.persistent_notification import (
    Notification,
    UpdateType,
    async_register_callback,
)
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import save_yaml
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from simulator import Simulator

BLUEPRINTS = Path(__file__).parents[2] / "blueprints" / "automation" / "belfabriek"
AUTOMATION = "automation.under_test"
EXTENSIONS = {"reception": "01001", "sales": "01002"}
SENSORS = [f"sensor.{name}" for name in EXTENSIONS]
HOURS = "input_boolean.working_hours"
STATUSES: dict[str, dict[str, Any]] = {
    "ready": {"available": True, "call_state": "idle"},
    "connecting": {"available": True, "call_state": "calling"},
    "on_call": {"available": True, "call_state": "called"},
    "wrap_up": {"available": True, "call_state": "wrapup"},
    "unknown": {"available": True, "call_state": "ringing"},
    "paused": {"available": False, "reason": "pause"},
    "offline": {"available": False, "reason": "-"},
}
"""What the server answers for each status."""


class Phones:
    """The extensions of a loaded account, and an automation made from a blueprint."""

    def __init__(
        self, hass: HomeAssistant, clock: FrozenDateTimeFactory, simulator: Simulator
    ) -> None:
        """Record the notes and notifications of automations."""
        self.hass = hass
        self._clock = clock
        self._simulator = simulator
        self.notes: list[str] = []
        """What the actions of the automation noted, oldest first."""
        self.notifications: dict[str, str] = {}
        """The messages that are shown, by title."""
        hass.services.async_register("test", "note", self._take_note)
        async_register_callback(hass, self._take_notifications)

    async def _take_note(self, call: ServiceCall) -> None:
        self.notes.append(call.data["text"])

    @callback
    def _take_notifications(self, kind: UpdateType, changed: dict[str, Notification]) -> None:
        for each in changed.values():
            title = str(each["title"])
            if kind is UpdateType.REMOVED:
                self.notifications.pop(title)
            else:
                self.notifications[title] = each["message"]

    def noted(self) -> list[str]:
        """Return the notes since the last call of this function."""
        noted, self.notes = self.notes, []
        return noted

    async def automate(self, blueprint: str, **inputs: object) -> None:
        """Create the automation, as the editor does."""
        use = {"path": f"belfabriek/{blueprint}.yaml", "input": inputs}
        made = {"id": "under_test", "alias": "Under test", "use_blueprint": use}
        path = self.hass.config.path("configuration.yaml")
        await self.hass.async_add_executor_job(save_yaml, path, {"automation": [made]})
        for domain in ("persistent_notification", "automation"):
            assert await async_setup_component(self.hass, domain, {domain: []})
        await self.call("automation", "reload")
        state = self.hass.states.get(AUTOMATION)
        assert state is not None
        assert state.state == "on"

    async def call(self, domain: str, action: str, **data: object) -> None:
        """Perform an action."""
        await self.hass.services.async_call(domain, action, data, blocking=True)
        await self.settle()

    async def set(self, **statuses: str) -> None:
        """Set the status of extensions, poll them, and let three seconds pass.

        An extension that is `unavailable` is not known to the server.
        """
        for name, status in statuses.items():
            extension_id = EXTENSIONS[name]
            with suppress(KeyError):
                self._simulator.remove_extension(extension_id)
            if status != "unavailable":
                self._simulator.add_extension(extension_id, name).set(**STATUSES[status])
        await self.poll()
        await self.wait(seconds=3)

    async def poll(self) -> None:
        """Poll the account."""
        (entry,) = self.hass.config_entries.async_loaded_entries("belfabriek")
        await entry.runtime_data.async_refresh()
        await self.settle()

    async def fail(self) -> None:
        """Let one poll of the whole account fail."""
        await self._simulator.stop()
        await self.poll()
        await self.wait(seconds=3)
        await self._simulator.start()

    async def restart(self) -> None:
        """Reload the account, which makes its entities unavailable for a moment."""
        (entry,) = self.hass.config_entries.async_loaded_entries("belfabriek")
        await self.hass.config_entries.async_unload(entry.entry_id)
        await self.wait(seconds=3)
        await self.hass.config_entries.async_setup(entry.entry_id)
        await self.settle()
        await self.wait(seconds=3)

    async def wait(self, *, minutes: float = 0, seconds: float = 0) -> None:
        """Advance the clock; the account is polled at least every five minutes."""
        left = minutes * 60 + seconds
        while left > 0:
            step = min(left, 300)
            left -= step
            self._clock.tick(step)
            async_fire_time_changed(self.hass)
            await self.settle()
            if step >= 60:
                await self.poll()

    async def settle(self) -> None:
        """Run everything that waits for neither time nor states.

        `async_block_till_done` would also wait for the automation, which may wait for hours.
        """
        for _ in range(2):
            for _ in range(50):
                await asyncio.sleep(0)
            # A module that is needed for the first time is imported in a thread.
            await self.hass.async_add_import_executor_job(bool)


def note(text: str) -> list[dict[str, Any]]:
    """Return actions that note this text."""
    return [{"action": "test.note", "data": {"text": text}}]
