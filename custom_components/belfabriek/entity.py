"""Base classes and helpers of all entities."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api import ExtensionState
from .const import (
    CONF_EXTENSION_ID,
    CONFIGURATION_URL,
    DOMAIN,
    MANUFACTURER,
    SUBENTRY_TYPE_EXTENSION,
)
from .coordinator import BelfabriekConfigEntry, BelfabriekCoordinator, Outcome

_CALL_STATE_KEYS = {"on_call", "call_state", "call", "calls", "talk_time", "extensions_on_call"}
"""Keys of the entities that need the second call."""


@dataclass(frozen=True, kw_only=True)
class BelfabriekEntityDescription(EntityDescription):
    """Base of the entity descriptions."""

    uses_call_state: bool = False
    """Whether the entity is unavailable if the second call failed."""


def account_device(entry: BelfabriekConfigEntry) -> DeviceInfo:
    """Return the device of an account."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        name=entry.title,
        manufacturer=MANUFACTURER,
        configuration_url=CONFIGURATION_URL,
        entry_type=DeviceEntryType.SERVICE,
    )


def extension_device(entry: BelfabriekConfigEntry, subentry: ConfigSubentry) -> DeviceInfo:
    """Return the device of an extension, connected via that of the account."""
    registry = dr.async_get(entry.runtime_data.hass)
    account = registry.async_get_device_by_identifier((DOMAIN, entry.entry_id), entry.entry_id)
    device = DeviceInfo(
        identifiers={(DOMAIN, subentry.subentry_id)},
        name=subentry.title,
        manufacturer=MANUFACTURER,
        model_id=str(subentry.data[CONF_EXTENSION_ID]),
        configuration_url=CONFIGURATION_URL,
        entry_type=DeviceEntryType.SERVICE,
    )
    if account:
        device["via_device_id"] = account.id
    return device


@callback
def async_update_devices(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> None:
    """Create the devices of an account, or update their names and IDs."""
    registry = dr.async_get(hass)
    registry.async_get_or_create(config_entry_id=entry.entry_id, **account_device(entry))
    for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION):
        registry.async_get_or_create(
            config_entry_id=entry.entry_id,
            config_subentry_id=subentry.subentry_id,
            **extension_device(entry, subentry),
        )


def supported[DescriptionT: EntityDescription](
    entry: BelfabriekConfigEntry, descriptions: Iterable[DescriptionT]
) -> list[DescriptionT]:
    """Return the descriptions of the entities that the account has."""
    has_call_state = entry.runtime_data.client.include_call_state
    return [each for each in descriptions if has_call_state or each.key not in _CALL_STATE_KEYS]


@callback
def async_remove_call_state_entities(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> None:
    """Remove the entities that need the second call; they return when it is configured."""
    registry = er.async_get(hass)
    owners = {entry.entry_id, *entry.subentries}
    unique_ids = {f"{owner}_{key}" for owner in owners for key in _CALL_STATE_KEYS}
    for each in er.async_entries_for_config_entry(registry, entry.entry_id):
        if each.unique_id in unique_ids:
            registry.async_remove(each.entity_id)


@callback
def async_add_extension_entities(
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[BelfabriekConfigEntry, ConfigSubentry], list[Entity]],
) -> None:
    """Add the entities of every extension, now and when an extension is added."""
    known: Mapping[str, ConfigSubentry] = {}

    @callback
    def async_add_new() -> None:
        nonlocal known
        # Home Assistant replaces the mapping when it changes; this runs at every update.
        if entry.subentries is known:
            return
        before, known = known, entry.subentries
        for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION):
            if (key := subentry.subentry_id) not in before:
                async_add_entities(create(entry, subentry), config_subentry_id=key)

    async_add_new()
    entry.async_on_unload(entry.runtime_data.async_add_listener(async_add_new))


class BelfabriekEntity(CoordinatorEntity[BelfabriekCoordinator]):
    """An entity of the account, and base of those of an extension."""

    _attr_has_entity_name = True
    entity_description: BelfabriekEntityDescription
    _shown: tuple[object, ...] = ()
    _written: tuple[object, ...] = ()

    def __init__(
        self,
        entry: BelfabriekConfigEntry,
        description: BelfabriekEntityDescription,
        subentry: ConfigSubentry | None = None,
    ) -> None:
        super().__init__(entry.runtime_data)
        owner = subentry.subentry_id if subentry else entry.entry_id
        self.entity_description = description
        self._attr_unique_id = f"{owner}_{description.key}"
        self._attr_device_info = (
            extension_device(entry, subentry) if subentry else account_device(entry)
        )

    def _source(self) -> object:
        """Return the data behind the entity; it is replaced when it changes."""
        return self.coordinator.data

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._shown = self._showing()
        self._written = (self.available, self.state)

    def _showing(self) -> tuple[object, ...]:
        # The options say which statuses count as being on a call.
        return (
            self._source() if self.coordinator.last_update_success else None,
            self.coordinator.config_entry.options,
        )

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it changed."""
        showing = self._showing()
        if showing == self._shown:
            return
        self._shown = showing
        written = (self.available, self.state)
        if written != self._written:
            self._written = written
            self.async_write_ha_state()


class BelfabriekExtensionEntity(BelfabriekEntity):
    """An entity of an extension."""

    def __init__(
        self,
        entry: BelfabriekConfigEntry,
        subentry: ConfigSubentry,
        description: BelfabriekEntityDescription,
    ) -> None:
        super().__init__(entry, description, subentry)
        self._subentry_id = subentry.subentry_id

    @override
    def _source(self) -> Outcome | None:
        return self.coordinator.data.get(self._subentry_id)

    @property
    def _state(self) -> ExtensionState | None:
        """The state as of the last poll; `None` if the extension failed."""
        outcome = self._source()
        return outcome if isinstance(outcome, ExtensionState) else None

    @property
    @override
    def available(self) -> bool:
        """Whether the calls that the entity is about were answered in the last poll."""
        state = self._state
        return (
            super().available
            and state is not None
            and not (self.entity_description.uses_call_state and state.call_state_error)
        )
