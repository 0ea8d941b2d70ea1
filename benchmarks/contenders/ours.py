"""This integration."""

from typing import override

from benchmarks import home
from benchmarks.scene import Answer, Answers
from custom_components.belfabriek.coordinator import BelfabriekCoordinator

from .contender import HomeContender


class Ours(HomeContender):
    """This integration, whole."""

    name = "belfabriek"
    how = (
        "This integration in Home Assistant, as a user has it: a refresh of its coordinator,"
        " with all entities listening."
    )
    coordinator: BelfabriekCoordinator
    """Of the entry; there is one from `start` on."""

    @override
    async def start(self) -> None:
        self._entry = home.make_entry(self._url, self._count, self._interval)
        await home.set_up(self._hass, self._entry)
        self.coordinator = self._entry.runtime_data.coordinator

    @override
    async def stop(self) -> None:
        await self._hass.config_entries.async_unload(self._entry.entry_id)

    @override
    async def poll(self) -> None:
        await self.coordinator.async_refresh()

    @override
    def answers(self) -> Answers:
        return {
            extension_id: Answer(
                available=state.availability.available is True,
                reason=state.availability.reason or "",
                call_state=state.call_state_text or "",
            )
            for extension_id, state in self.coordinator.data.items()
        }

    @override
    def shows(self, extension_id: str, answer: Answer) -> tuple[str, str]:
        status = _STATUS[answer.call_state or answer.reason]
        return f"sensor.agent_{extension_id}_status", status


_STATUS = {"idle": "available", "called": "on_call", "handling": "handling", "pause": "paused"}
"""What our sensor shows, by the decisive word of the answer."""
