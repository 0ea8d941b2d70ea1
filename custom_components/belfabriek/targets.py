"""The entities of an extension that triggers, conditions and assistants use."""

from typing import Final, NamedTuple, Self

from homeassistant.const import CONF_ENTITY_ID, CONF_TARGET, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.typing import ConfigType
import probatio

from .api import Status
from .const import DOMAIN

NOT_READY: Final = frozenset({Status.PAUSED, Status.OFFLINE, Status.NOT_AVAILABLE})


class EntityKind(NamedTuple):
    """Which entity of an extension."""

    domain: str
    translation_key: str

    @classmethod
    def of(cls, entry: er.RegistryEntry) -> Self:
        """Return the kind of an entity of this integration."""
        return cls(entry.domain, entry.translation_key or "")


CALL: Final = EntityKind(Platform.EVENT, "call")
ON_CALL: Final = EntityKind(Platform.BINARY_SENSOR, "on_call")
STATUS: Final = EntityKind(Platform.SENSOR, "status")

_TARGET_KEYS: Final = ("entity_id", "device_id", "area_id", "floor_id", "label_id")


class ExtensionTarget:
    """Mixin for the entity triggers and conditions of Home Assistant.

    A `DomainSpec` knows no integration: without this filter, every binary sensor of an area would
    match.
    """

    _hass: HomeAssistant
    _entity: EntityKind

    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Validate config, and refuse a target that can never match anything.

        Home Assistant accepts one, and the automation would be on and never run.
        """
        validated: ConfigType = await super().async_validate_config(hass, config)  # type: ignore[misc]
        target = validated[CONF_TARGET]
        if not any(target.get(key) for key in _TARGET_KEYS):
            raise probatio.Invalid(
                "the target is empty: choose at least one extension, area, floor or label",
                path=[CONF_TARGET],
            )
        registry = er.async_get(hass)
        for entity_id in target.get(CONF_ENTITY_ID, ()):
            entry = registry.async_get(entity_id)
            if entry is not None and not cls._matches(entry):
                raise probatio.Invalid(
                    f"{entity_id} can never match: choose its extension",
                    path=[CONF_TARGET, CONF_ENTITY_ID],
                )
        return validated

    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the matching entities."""
        registry = er.async_get(self._hass)
        return {
            entity_id
            for entity_id in entities
            if (entry := registry.async_get(entity_id)) is not None and self._matches(entry)
        }

    @classmethod
    def _matches(cls, entry: er.RegistryEntry) -> bool:
        return entry.platform == DOMAIN and EntityKind.of(entry) == cls._entity
