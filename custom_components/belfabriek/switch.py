"""The switch of a busy light."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .busy_light_driver import BusyLight
from .const import SUBENTRY_TYPE_BUSY_LIGHT
from .coordinator import BelfabriekConfigEntry
from .entity import async_add_subentry_entities, subentry_device

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switch of every busy light."""
    async_add_subentry_entities(
        entry, async_add_entities, _create, subentry_type=SUBENTRY_TYPE_BUSY_LIGHT
    )


def _create(entry: BelfabriekConfigEntry, subentry: ConfigSubentry) -> list[Entity]:
    return [FollowSwitch(entry, subentry)]


class FollowSwitch(SwitchEntity):
    """Whether the lights follow the status. The busy light runs as long as this entity exists."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_translation_key = "follow"

    def __init__(self, entry: BelfabriekConfigEntry, subentry: ConfigSubentry) -> None:
        self._entry = entry
        self._subentry_id = subentry.subentry_id
        self._light = BusyLight(entry, subentry.subentry_id)
        self._attr_unique_id = f"{subentry.subentry_id}_follow"
        self._attr_device_info = subentry_device(entry, subentry)

    @override
    async def async_added_to_hass(self) -> None:
        self._light.async_start()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Give the lights back, unless the switch returns: after a reload or with a new ID."""
        returns = (
            self._subentry_id in self._entry.subentries
            and self._entry.disabled_by is None
            and self.registry_entry is not None
            and not self.registry_entry.disabled
        )
        self._light.async_stop(give_back=not returns)

    @property
    @override
    def is_on(self) -> bool:
        """Whether the lights follow the status."""
        return self._light.is_following

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Follow the status again."""
        await self._async_follow(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Give the lights back, and do not touch them."""
        await self._async_follow(False)

    async def _async_follow(self, is_following: bool) -> None:
        await self._light.async_follow(is_following)
        self.async_write_ha_state()
