"""The base of every entity."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
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


def service_device(device_id: str, name: str) -> DeviceInfo:
    """Return what the devices of accounts and extensions share."""
    return DeviceInfo(
        identifiers={(DOMAIN, device_id)},
        name=name,
        manufacturer=MANUFACTURER,
        entry_type=DeviceEntryType.SERVICE,
    )


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


class BelfabriekEntity[SourceT, ValueT](CoordinatorEntity[BelfabriekCoordinator]):
    """An entity that shows one value of what the last poll brought.

    It writes its state when that value changed, and not when only its neighbours' did.
    """

    _attr_has_entity_name = True
    _source: SourceT | None = None
    """What the value is read from; `None` if the last poll did not bring it."""
    _value: ValueT | None = None

    def __init__(
        self,
        entry: BelfabriekConfigEntry,
        device_id: str,
        device_name: str,
        description: BelfabriekEntityDescription,
    ) -> None:
        """Show what `description` describes, on the service device that is named."""
        super().__init__(entry.runtime_data.coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{device_id}_{description.key}"
        self._device_info = service_device(device_id, device_name)

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """Return the service device that the entity belongs to."""
        return self._device_info

    @abstractmethod
    def _find_source(self) -> SourceT | None:
        """Return what the coordinator knows now; the last poll succeeded."""

    @abstractmethod
    def _value_of(self, source: SourceT) -> ValueT | None:
        """Return the value to show; `None` is unknown."""

    @property
    @override
    def available(self) -> bool:
        """Whether the last poll brought an answer."""
        return self._source is not None

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
        source = self._find_source() if self.coordinator.last_update_success else None
        if source is self._source:
            return False
        shown = self.available, self._value
        self._source = source
        self._value = None if source is None else self._value_of(source)
        return shown != (self.available, self._value)


class BelfabriekExtensionEntity[ValueT](BelfabriekEntity[ExtensionState, ValueT]):
    """An entity of an extension."""

    def __init__(
        self,
        entry: BelfabriekConfigEntry,
        subentry: ConfigSubentry,
        description: BelfabriekEntityDescription,
    ) -> None:
        """Show what `description` describes, of the extension that `subentry` names."""
        self._extension_id = str(subentry.data[CONF_EXTENSION_ID])
        device_id = f"{entry.entry_id}_{self._extension_id}"
        super().__init__(entry, device_id, subentry.title, description)
        self._device_info["via_device_id"] = entry.runtime_data.account_device_id

    @override
    async def async_added_to_hass(self) -> None:
        """Show the last poll's answer at once, and every new one as soon as it is there."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.async_add_extension_listener(
                self._extension_id, self._handle_coordinator_update
            )
        )

    @override
    def _find_source(self) -> ExtensionState | None:
        return self.coordinator.data.get(self._extension_id)


class BelfabriekAccountEntity[ValueT](BelfabriekEntity[Mapping[str, ExtensionState], ValueT]):
    """An entity of the account, about all of its extensions that answered."""

    def __init__(
        self, entry: BelfabriekConfigEntry, description: BelfabriekEntityDescription
    ) -> None:
        """Show what `description` describes."""
        super().__init__(entry, entry.entry_id, entry.title, description)

    @override
    def _find_source(self) -> Mapping[str, ExtensionState] | None:
        return self.coordinator.data or None
