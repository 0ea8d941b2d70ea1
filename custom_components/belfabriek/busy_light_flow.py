"""Adds a busy light, or changes one."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components.light.const import DOMAIN as LIGHT_DOMAIN
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigSubentryFlow,
    SubentryFlowResult,
    UnknownEntry,
    UnknownSubEntry,
)
from homeassistant.const import CONF_NAME, PERCENTAGE, Platform, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    BooleanSelector,
    ColorRGBSelector,
    EntitySelector,
    EntitySelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
from homeassistant.helpers.translation import async_get_translations
import probatio

from .account import free_title
from .api import Status
from .busy_light import DEFAULTS
from .busy_light_driver import DOMAINS
from .const import (
    CONF_BEHAVIOR,
    CONF_BRIGHTNESS,
    CONF_COLORS,
    CONF_CORRECT,
    CONF_DARK_AFTER,
    CONF_EFFECT,
    CONF_EFFECT_STATUSES,
    CONF_EXTENSIONS,
    CONF_GIVE_BACK,
    CONF_LIGHTS,
    CONF_ON_CALL_STATUSES,
    CONF_WORKING_HOURS,
    DOMAIN,
    SUBENTRY_TYPE_BUSY_LIGHT,
    SUBENTRY_TYPE_EXTENSION,
)
from .forms import clean, number_box

_HOURS_DOMAINS: Final = ["schedule", "calendar", Platform.BINARY_SENSOR, "input_boolean"]
_OWN_SWITCH: Final = (Platform.SWITCH, DOMAIN)
_MAX_DARK_AFTER: Final = 1440
"""Minutes."""
_APPEARANCE: Final = (CONF_BRIGHTNESS, CONF_EFFECT, CONF_EFFECT_STATUSES)
_BEHAVIOR: Final = (CONF_WORKING_HOURS, CONF_GIVE_BACK, CONF_CORRECT, CONF_DARK_AFTER)


class BusyLightSubentryFlow(ConfigSubentryFlow):
    """Adds a busy light to an account, or changes one."""

    _missing = "-"
    _other = "-"

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add a busy light."""
        try:
            entry = self._get_entry()
            if user_input is None:
                names = _extension_names(entry)
                # With one extension, there is nothing to choose.
                only = list(names) if len(names) == 1 else []
                name = await self._default_name(entry)
                return self._show("user", {**DEFAULTS, CONF_NAME: name, CONF_EXTENSIONS: only})
            data, name = _read(user_input), clean(user_input.get(CONF_NAME, ""))
            if errors := self._check(entry, data):
                return self._show("user", {**data, CONF_NAME: name}, errors)
            title = name or await self._default_name(entry)
            return self.async_create_entry(title=title, data=data)
        except UnknownEntry:
            return self.async_abort(reason="deleted")

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change a busy light."""
        try:
            entry, subentry = self._get_entry(), self._get_reconfigure_subentry()
            if user_input is None:
                return self._show_stored(entry, {**subentry.data, CONF_NAME: subentry.title})
            data, name = _read(user_input), clean(user_input.get(CONF_NAME, ""))
            if errors := self._check(entry, data):
                return self._show("reconfigure", {**data, CONF_NAME: name}, errors)
            return self.async_update_and_abort(
                entry,
                subentry,
                title=name or subentry.title,
                data=data,
            )
        except UnknownEntry, UnknownSubEntry:
            return self.async_abort(reason="deleted")

    def _show_stored(self, entry: ConfigEntry, stored: Mapping[str, Any]) -> SubentryFlowResult:
        """Show the stored settings, with errors for lights and extensions that no longer exist."""
        errors = {}
        names = _extension_names(entry)
        # Without deleted extensions, which the form would not accept.
        extensions = [each for each in stored[CONF_EXTENSIONS] if each in names]
        if len(extensions) < len(stored[CONF_EXTENSIONS]):
            errors[CONF_EXTENSIONS] = "extension_missing"
        missing = [each for each in stored[CONF_LIGHTS] if self.hass.states.get(each) is None]
        if missing:
            errors[CONF_LIGHTS] = "light_missing"
        self._missing = ", ".join(missing)
        return self._show("reconfigure", {**stored, CONF_EXTENSIONS: extensions}, errors)

    def _check(self, entry: ConfigEntry, data: Mapping[str, Any]) -> dict[str, str]:
        """Return the errors by field."""
        errors = {}
        if not data[CONF_EXTENSIONS]:
            errors[CONF_EXTENSIONS] = "no_extensions"
        if not data[CONF_LIGHTS]:
            errors[CONF_LIGHTS] = "no_lights"
        for each in self.hass.config_entries.async_entries(DOMAIN):
            for other in each.get_subentries_of_type(SUBENTRY_TYPE_BUSY_LIGHT):
                is_other = other.subentry_id != self._changed_id
                if is_other and set(other.data[CONF_LIGHTS]) & set(data[CONF_LIGHTS]):
                    errors[CONF_LIGHTS] = "light_in_use"
                    self._other = other.title
        for name, error in _check_sections(data).items():
            # A section may be collapsed, so its error is also shown above the form.
            errors[name] = errors["base"] = error
        return errors

    @property
    def _changed_id(self) -> str | None:
        """ID of the busy light that is being changed."""
        return self.context.get("subentry_id")

    async def _default_name(self, entry: ConfigEntry) -> str:
        """Return the default name in the language of Home Assistant."""
        category = "config_subentries"
        texts = await async_get_translations(
            self.hass, self.hass.config.language, category, [DOMAIN]
        )
        text = texts[f"component.{DOMAIN}.{category}.{SUBENTRY_TYPE_BUSY_LIGHT}.entry_type"]
        return free_title({each.title for each in entry.subentries.values()}, text)

    def _show(
        self, step_id: str, shown: Mapping[str, Any], errors: dict[str, str] | None = None
    ) -> SubentryFlowResult:
        errors = errors or {}
        schema = _schema(self.hass, _extension_names(self._get_entry()), errors)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, _in_sections(shown)),
            errors=errors,
            description_placeholders={
                "missing": self._missing,
                "other": self._other,
                "longest": str(_MAX_DARK_AFTER),
            },
        )


def _extension_names(entry: ConfigEntry) -> dict[str, str]:
    """Return the names of the extensions by subentry ID."""
    return {
        each.subentry_id: each.title
        for each in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
    }


def _schema(
    hass: HomeAssistant, names: Mapping[str, str], errors: Mapping[str, str]
) -> probatio.Schema:
    effects = {
        effect
        for state in hass.states.async_all(LIGHT_DOMAIN)
        for effect in state.attributes.get("effect_list") or ()
    }
    colors: dict[Any, Any] = {probatio.Required(status): ColorRGBSelector() for status in Status}
    return probatio.Schema(
        {
            probatio.Optional(CONF_NAME): TextSelector(),
            probatio.Optional(CONF_EXTENSIONS, default=list): SelectSelector(
                SelectSelectorConfig(
                    options=[
                        SelectOptionDict(value=subentry_id, label=names[subentry_id])
                        for subentry_id in names
                    ],
                    multiple=True,
                    mode=SelectSelectorMode.LIST,
                )
            ),
            probatio.Optional(CONF_LIGHTS, default=list): EntitySelector(
                EntitySelectorConfig(
                    domain=list(DOMAINS), exclude_entities=_own_switches(hass), multiple=True
                )
            ),
            probatio.Required(CONF_COLORS): section(
                probatio.Schema(
                    {
                        **colors,
                        probatio.Required(CONF_BRIGHTNESS): number_box(PERCENTAGE),
                        probatio.Optional(CONF_EFFECT): SelectSelector(
                            SelectSelectorConfig(
                                options=sorted(effects),
                                custom_value=True,
                                mode=SelectSelectorMode.DROPDOWN,
                            )
                        ),
                        probatio.Optional(CONF_EFFECT_STATUSES, default=list): SelectSelector(
                            SelectSelectorConfig(
                                options=list(Status),
                                multiple=True,
                                mode=SelectSelectorMode.LIST,
                                translation_key=CONF_ON_CALL_STATUSES,
                            )
                        ),
                    }
                ),
                {"collapsed": CONF_COLORS not in errors},
            ),
            probatio.Required(CONF_BEHAVIOR): section(
                probatio.Schema(
                    {
                        probatio.Optional(CONF_WORKING_HOURS): EntitySelector(
                            EntitySelectorConfig(domain=_HOURS_DOMAINS)
                        ),
                        probatio.Required(CONF_GIVE_BACK): BooleanSelector(),
                        probatio.Required(CONF_CORRECT): BooleanSelector(),
                        probatio.Required(CONF_DARK_AFTER): number_box(UnitOfTime.MINUTES),
                    }
                ),
                {"collapsed": CONF_BEHAVIOR not in errors},
            ),
        }
    )


def _own_switches(hass: HomeAssistant) -> list[str]:
    """Return the switches that pause busy lights."""
    entities = er.async_get(hass).entities.values()
    return [each.entity_id for each in entities if (each.domain, each.platform) == _OWN_SWITCH]


def _in_sections(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored settings in the sections of the form."""
    return {
        CONF_NAME: data.get(CONF_NAME),
        CONF_EXTENSIONS: data.get(CONF_EXTENSIONS, []),
        CONF_LIGHTS: data.get(CONF_LIGHTS, []),
        CONF_COLORS: {**data[CONF_COLORS], **_present(data, _APPEARANCE)},
        CONF_BEHAVIOR: _present(data, _BEHAVIOR),
    }


def _check_sections(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the errors by section."""
    errors = {}
    if not 1 <= data[CONF_BRIGHTNESS] <= 100:  # noqa: PLR2004 - percent
        errors[CONF_COLORS] = "brightness_out_of_range"
    elif data[CONF_EFFECT] and not data[CONF_EFFECT_STATUSES]:
        errors[CONF_COLORS] = "no_effect_statuses"
    if not 0 <= data[CONF_DARK_AFTER] <= _MAX_DARK_AFTER:
        errors[CONF_BEHAVIOR] = "dark_after_out_of_range"
    return errors


def _present(data: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: data[key] for key in keys if data.get(key) not in (None, "")}


def _read(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input of the form as it is stored."""
    colors, behavior = user_input[CONF_COLORS], user_input[CONF_BEHAVIOR]
    data = {
        CONF_EXTENSIONS: user_input[CONF_EXTENSIONS],
        CONF_LIGHTS: user_input[CONF_LIGHTS],
        CONF_COLORS: {status: colors[status] for status in Status},
        CONF_BRIGHTNESS: int(colors[CONF_BRIGHTNESS]),
        CONF_EFFECT: colors.get(CONF_EFFECT, ""),
        CONF_EFFECT_STATUSES: colors[CONF_EFFECT_STATUSES],
        CONF_GIVE_BACK: behavior[CONF_GIVE_BACK],
        CONF_CORRECT: behavior[CONF_CORRECT],
        CONF_DARK_AFTER: int(behavior[CONF_DARK_AFTER]),
    }
    if hours := behavior.get(CONF_WORKING_HOURS):
        data[CONF_WORKING_HOURS] = hours
    return data
