"""Base classes and helpers of all entities."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.helpers.update_coordinator import BaseCoordinatorEntity

from .agent import Agent
from .const import (
    CONF_COUNT_PER_PERSON,
    CONF_EXTENSION_ID,
    CONFIGURATION_URL,
    DOMAIN,
    MANUFACTURER,
    SUBENTRY_TYPE_BUSY_LIGHT,
    SUBENTRY_TYPE_EXTENSION,
)
from .coordinator import ON_CHANGED_ENTRY, BelfabriekConfigEntry, BelfabriekCoordinator

COUNTER_KEYS: Final = {"calls", "talk_time", "wrap_up_time", "ready_time", "paused_time"}
_CALL_STATE_KEYS: Final = {"on_call", "call_state", "call", "extensions_on_call", *COUNTER_KEYS}
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
    """Return the device of an extension."""
    device = subentry_device(entry, subentry)
    device["model"] = _extension_model(entry.runtime_data.hass)
    device["model_id"] = str(subentry.data[CONF_EXTENSION_ID])
    device["configuration_url"] = CONFIGURATION_URL
    return device


def subentry_device(entry: BelfabriekConfigEntry, subentry: ConfigSubentry) -> DeviceInfo:
    """Return the device of a subentry, connected via that of the account."""
    registry = dr.async_get(entry.runtime_data.hass)
    account = registry.async_get_device_by_identifier((DOMAIN, entry.entry_id), entry.entry_id)
    device = DeviceInfo(
        identifiers={(DOMAIN, subentry.subentry_id)},
        name=subentry.title,
        manufacturer=MANUFACTURER,
        entry_type=DeviceEntryType.SERVICE,
    )
    if account:
        device["via_device_id"] = account.id
    return device


def _extension_model(hass: HomeAssistant) -> str | None:
    """Return "Extension" in Home Assistant's language: the model of a device has no translation."""
    texts = async_get_cached_translations(hass, hass.config.language, "config_subentries", DOMAIN)
    return texts.get(f"component.{DOMAIN}.config_subentries.extension.entry_type")


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
    for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_BUSY_LIGHT):
        registry.async_get_or_create(
            config_entry_id=entry.entry_id,
            config_subentry_id=subentry.subentry_id,
            **subentry_device(entry, subentry),
        )


def supported[DescriptionT: EntityDescription](
    entry: BelfabriekConfigEntry, descriptions: Iterable[DescriptionT]
) -> list[DescriptionT]:
    """Return the descriptions of the entities that the credentials of the account allow."""
    has_call_state = entry.runtime_data.client.include_call_state
    return [each for each in descriptions if has_call_state or each.key not in _CALL_STATE_KEYS]


@callback
def async_remove_entities(hass: HomeAssistant, entry: BelfabriekConfigEntry) -> None:
    """Remove the entities that the current configuration does not have.

    Home Assistant restores their names, areas and IDs if they are added again.
    """
    registry = er.async_get(hass)
    unwanted: set[str] = set()
    if not entry.runtime_data.client.include_call_state:
        owners = {entry.entry_id, *entry.subentries}
        unwanted = {f"{owner}_{key}" for owner in owners for key in _CALL_STATE_KEYS}
    if not entry.options.get(CONF_COUNT_PER_PERSON):
        unwanted |= {f"{owner}_{key}" for owner in entry.subentries for key in COUNTER_KEYS}
    for each in er.async_entries_for_config_entry(registry, entry.entry_id):
        if each.unique_id in unwanted:
            registry.async_remove(each.entity_id)


@callback
def async_add_subentry_entities(
    entry: BelfabriekConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[BelfabriekConfigEntry, ConfigSubentry], list[Entity]],
    *,
    option: str | None = None,
    subentry_type: str = SUBENTRY_TYPE_EXTENSION,
) -> None:
    """Add the entities of every extension or busy light, now and when another one is added.

    With an `option`, the entities are added only while the option is on.
    """
    known: Mapping[str, ConfigSubentry] = {}

    @callback
    def async_add_new() -> None:
        nonlocal known
        is_on = option is None or entry.options.get(option, False)
        before, known = known, entry.subentries if is_on else {}
        for subentry_id, subentry in known.items():
            if subentry.subentry_type == subentry_type and subentry_id not in before:
                async_add_entities(create(entry, subentry), config_subentry_id=subentry_id)

    async_add_new()
    coordinator = entry.runtime_data
    entry.async_on_unload(coordinator.async_add_listener(async_add_new, ON_CHANGED_ENTRY))


class BelfabriekEntity[ValueT](BaseCoordinatorEntity[BelfabriekCoordinator]):
    """An entity of the account, and the base of the entities of an extension.

    Not a `CoordinatorEntity`, which is unavailable only if the whole account is.
    """

    _attr_has_entity_name = True
    entity_description: BelfabriekEntityDescription
    _shown: tuple[bool, ValueT] | None = None

    def __init__(
        self,
        entry: BelfabriekConfigEntry,
        description: BelfabriekEntityDescription,
        context: str | None = None,
        subentry: ConfigSubentry | None = None,
    ) -> None:
        """`context` is the context of the coordinator's updates that the entity gets."""
        super().__init__(entry.runtime_data, context)
        owner = subentry.subentry_id if subentry else entry.entry_id
        self.entity_description = description
        self._attr_unique_id = f"{owner}_{description.key}"
        self._attr_device_info = (
            extension_device(entry, subentry) if subentry else account_device(entry)
        )

    def _read(self) -> tuple[bool, ValueT]:
        """Return whether the entity is available, and its value."""
        raise NotImplementedError

    def _show(self, value: ValueT) -> None:
        """Set the value of the entity."""
        raise NotImplementedError

    def _refresh(self) -> bool:
        """Update availability and value; return whether one of them changed."""
        shown = self._read()
        if shown == self._shown:
            return False
        self._shown = shown
        self._attr_available = shown[0]
        self._show(shown[1])
        return True

    @override
    async def async_update(self) -> None:
        """Poll the account, for the action `homeassistant.update_entity`."""
        await self.coordinator.async_request_refresh()

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._refresh()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if it changed."""
        if self._refresh():
            self.async_write_ha_state()


class BelfabriekExtensionEntity[ValueT](BelfabriekEntity[ValueT | None]):
    """An entity of an extension."""

    def __init__(
        self,
        entry: BelfabriekConfigEntry,
        subentry: ConfigSubentry,
        description: BelfabriekEntityDescription,
    ) -> None:
        super().__init__(entry, description, subentry.subentry_id, subentry)
        self._subentry_id = subentry.subentry_id

    def _value(self, agent: Agent) -> ValueT | None:
        """Return the value for an agent."""
        raise NotImplementedError

    @override
    def _read(self) -> tuple[bool, ValueT | None]:
        coordinator = self.coordinator
        # An extension that is being removed has no agent.
        agent = coordinator.data.get(self._subentry_id)
        if not coordinator.last_update_success or agent is None or agent.state is None:
            return False, None
        if self.entity_description.uses_call_state and agent.state.call_state_failure:
            return False, None
        return True, self._value(agent)
