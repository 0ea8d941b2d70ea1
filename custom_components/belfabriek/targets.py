"""The entities of an extension that triggers and conditions target."""

from typing import Final, NamedTuple

from homeassistant.const import CONF_ENTITY_ID, CONF_TARGET, STATE_ON, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.helpers.typing import ConfigType

from .api import Status
from .const import DOMAIN

_TARGET_KEYS: Final = ("entity_id", "device_id", "area_id", "floor_id", "label_id")


class EntityKind(NamedTuple):
    """A kind of entity of an extension."""

    domain: str
    translation_key: str

    def includes(self, entry: er.RegistryEntry) -> bool:
        """Return whether an entity is of this kind."""
        return (
            entry.platform == DOMAIN
            and entry.domain == self.domain
            and entry.translation_key == self.translation_key
        )

    def filter(self, registry: er.EntityRegistry, entities: set[str]) -> set[str]:
        """Return the entities of this kind.

        Home Assistant's `DomainSpec` does not name an integration: without this filter, every
        binary sensor of an area would match.
        """
        return {
            entity_id
            for entity_id in entities
            if (entry := registry.async_get(entity_id)) is not None and self.includes(entry)
        }


CALL: Final = EntityKind(Platform.EVENT, "call")


class StateMatch(NamedTuple):
    """A kind of entity, and which of its states match."""

    entity: EntityKind
    state: str
    negated: bool = False

    def matches(self, state: str) -> bool:
        """Return whether a known state equals `self.state`, or differs from it if `negated`."""
        return (state == self.state) is not self.negated


ON_CALL: Final = StateMatch(EntityKind(Platform.BINARY_SENSOR, "on_call"), STATE_ON)
NOT_ON_CALL: Final = ON_CALL._replace(negated=True)
READY: Final = StateMatch(EntityKind(Platform.SENSOR, "status"), Status.READY)
NOT_READY: Final = READY._replace(negated=True)


async def async_validate_target(hass: HomeAssistant, config: ConfigType, kind: EntityKind) -> None:
    """Raise `HomeAssistantError` if the target can never match.

    Home Assistant accepts such a target; the automation would be on, and never run.
    """
    target = config[CONF_TARGET]
    if not any(target.get(key) for key in _TARGET_KEYS):
        raise await _error(hass, "target_empty")
    registry = er.async_get(hass)
    for entity_id in target.get(CONF_ENTITY_ID, ()):
        entry = registry.async_get(entity_id)
        if entry is not None and not kind.includes(entry):
            raise await _error(hass, "target_mismatch", entity_id=entity_id)


async def _error(
    hass: HomeAssistant, translation_key: str, **placeholders: str
) -> HomeAssistantError:
    """Return an error with its text in the language of the system.

    The automation editor shows the text of the exception, which Home Assistant itself would only
    translate to English.
    """
    texts = await async_get_translations(hass, hass.config.language, "exceptions", {DOMAIN})
    return HomeAssistantError(
        texts[f"component.{DOMAIN}.exceptions.{translation_key}.message"].format(**placeholders),
        translation_domain=DOMAIN,
        translation_key=translation_key,
        translation_placeholders=placeholders,
    )
