"""The base of every entity."""

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api import ExtensionState
from .const import CONF_EXTENSION_ID, DOMAIN, MANUFACTURER, SUBENTRY_TYPE_EXTENSION
from .coordinator import BelfabriekConfigEntry, BelfabriekCoordinator


@dataclass(frozen=True, kw_only=True)
class BelfabriekEntityDescription(EntityDescription):
    """What the descriptions of all platforms share."""

    needs_call_state: bool = False
    """Whether there is nothing to show without the second call."""


@callback
def add_extension_entities[DescriptionT: BelfabriekEntityDescription](
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[BelfabriekConfigEntry, ConfigSubentry, DescriptionT], Entity],
    descriptions: Iterable[DescriptionT],
) -> None:
    """Add an entity for each extension and each description that the account's calls allow."""
    include_call_state = entry.runtime_data.coordinator.include_call_state
    for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION):
        async_add_entities(
            [
                create(entry, subentry, description)
                for description in descriptions
                if include_call_state or not description.needs_call_state
            ],
            config_subentry_id=subentry.subentry_id,
        )


class BelfabriekExtensionEntity[ValueT](CoordinatorEntity[BelfabriekCoordinator]):
    """An entity that shows one value of an extension's state.

    It writes its state when that value changed, and not when only its neighbours' did.
    """

    _attr_has_entity_name = True
    _state: ExtensionState | None = None
    _value: ValueT | None = None

    def __init__(
        self,
        entry: BelfabriekConfigEntry,
        subentry: ConfigSubentry,
        description: BelfabriekEntityDescription,
    ) -> None:
        """Show what `description` describes, of the extension that `subentry` names."""
        super().__init__(entry.runtime_data.coordinator)
        self.entity_description = description
        self._extension_id = str(subentry.data[CONF_EXTENSION_ID])
        base_id = f"{entry.entry_id}_{self._extension_id}"
        self._attr_unique_id = f"{base_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, base_id)},
            name=subentry.title,
            manufacturer=MANUFACTURER,
            entry_type=DeviceEntryType.SERVICE,
            via_device_id=entry.runtime_data.account_device_id,
        )

    @abstractmethod
    def _value_of(self, state: ExtensionState) -> ValueT | None:
        """Return the value to show; `None` is unknown."""

    @property
    @override
    def available(self) -> bool:
        """Whether the extension answered in the last poll."""
        return self._state is not None

    @override
    async def async_added_to_hass(self) -> None:
        """Show the last poll's answer at once."""
        await super().async_added_to_hass()
        self._take_over()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it changed."""
        if self._take_over():
            self.async_write_ha_state()

    def _take_over(self) -> bool:
        """Take the last poll's answer over, and return whether that changes what is shown."""
        state = (
            self.coordinator.data.get(self._extension_id)
            if self.coordinator.last_update_success
            else None
        )
        if state is self._state:
            return False
        shown = self.available, self._value
        self._state = state
        self._value = None if state is None else self._value_of(state)
        return shown != (self.available, self._value)
