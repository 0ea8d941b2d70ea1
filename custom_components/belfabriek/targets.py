"""The extensions that a trigger or a condition is about."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.const import CONF_TARGET
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.typing import ConfigType
import probatio

from .const import DOMAIN

READY: Final = "ready"
NOT_READY: Final = frozenset({"paused", "offline", "not_available"})
_TARGET_KEYS: Final = ("entity_id", "device_id", "area_id", "floor_id", "label_id")


def extension_entities(
    hass: HomeAssistant, entity_ids: set[str], domain: str, translation_key: str
) -> set[str]:
    """Return those entities that are ours and of this kind."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if split_entity_id(entity_id)[0] == domain
        and (entry := registry.async_get(entity_id)) is not None
        and entry.platform == DOMAIN
        and entry.translation_key == translation_key
    }


class ExtensionTarget:
    """Mixin for the entity triggers and conditions of Home Assistant.

    A `DomainSpec` knows no integration: without this filter, every binary sensor of an area would
    be meant.
    """

    _hass: HomeAssistant
    _domain_specs: Mapping[str, Any]
    _translation_key: str

    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Validate config, and refuse a target that can never match anything.

        Home Assistant accepts an empty target, and the automation would be on and never run.
        """
        validated: ConfigType = await super().async_validate_config(hass, config)  # type: ignore[misc]
        if not any(validated[CONF_TARGET].get(key) for key in _TARGET_KEYS):
            raise probatio.Invalid(
                "the target is empty: choose at least one extension, area, floor or label",
                path=[CONF_TARGET],
            )
        return validated

    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the entities that count."""
        (domain,) = self._domain_specs
        return extension_entities(self._hass, entities, domain, self._translation_key)
