"""The form of the website link."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from .const import (
    CONF_WEBSITE,
    CONF_WEBSITE_EXTENSIONS,
    CONF_WEBSITE_HOURS,
    CONF_WEBSITE_ID,
    CONF_WEBSITE_LABEL,
    CONF_WEBSITE_TEL,
    SUBENTRY_TYPE_EXTENSION,
)
from .website import async_badge, create_website_id, html_line, public_url, website_label

_CONF_LINE: Final = "line"
_CONF_RENEW: Final = "renew"


def _schema(names: Mapping[str, str], *, has_line: bool) -> probatio.Schema:
    """Return the form, with the names of extensions by subentry ID."""
    # A text field, so that the line can be selected with one key.
    line = {probatio.Optional(_CONF_LINE): TextSelector(TextSelectorConfig(multiline=True))}
    return probatio.Schema(
        {
            probatio.Required(CONF_WEBSITE): BooleanSelector(),
            **(line if has_line else {}),
            probatio.Optional(CONF_WEBSITE_TEL): TextSelector(
                TextSelectorConfig(type=TextSelectorType.TEL)
            ),
            probatio.Optional(CONF_WEBSITE_EXTENSIONS, default=list): SelectSelector(
                SelectSelectorConfig(
                    options=[
                        SelectOptionDict(value=subentry_id, label=names[subentry_id])
                        for subentry_id in names
                    ],
                    multiple=True,
                    mode=SelectSelectorMode.LIST,
                )
            ),
            probatio.Optional(CONF_WEBSITE_HOURS): EntitySelector(
                EntitySelectorConfig(domain=["schedule", "calendar"])
            ),
            probatio.Optional(CONF_WEBSITE_LABEL): TextSelector(),
            probatio.Required(_CONF_RENEW, default=False): BooleanSelector(),
        }
    )


class WebsiteFlow(OptionsFlow):
    """The steps of the website link."""

    async def async_step_website(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the line for a website, and its settings."""
        if user_input is None:
            # Created when first shown, so that the line can be copied before the link is turned on.
            self._website_id = self.config_entry.options.get(CONF_WEBSITE_ID) or create_website_id()
            if public_url(self.hass, self._website_id) is None:
                return self.async_show_form(
                    step_id="website_address", data_schema=probatio.Schema({}), last_step=False
                )
            return await self._async_show_website()
        if not user_input[_CONF_RENEW]:
            return self.async_create_entry(data=self._website_options(user_input))
        self._website_id = create_website_id()
        # Save now: the old link must stop working even if the next form is closed.
        self.hass.config_entries.async_update_entry(
            self.config_entry, options=self._website_options(user_input)
        )
        return await self._async_show_website()

    async def async_step_website_address(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Continue without an external URL."""
        return await self._async_show_website()

    def _website_options(self, user_input: Mapping[str, Any]) -> dict[str, Any]:
        """Return all options, with the input of the form."""
        options = {
            **self.config_entry.options,
            CONF_WEBSITE: user_input[CONF_WEBSITE],
            CONF_WEBSITE_EXTENSIONS: user_input[CONF_WEBSITE_EXTENSIONS],
            CONF_WEBSITE_ID: self._website_id,
        }
        for key in (CONF_WEBSITE_HOURS, CONF_WEBSITE_LABEL, CONF_WEBSITE_TEL):
            options.pop(key, None)
        if tel := user_input.get(CONF_WEBSITE_TEL, "").strip():
            options[CONF_WEBSITE_TEL] = tel
        if entity_id := user_input.get(CONF_WEBSITE_HOURS):
            entity = er.async_get(self.hass).async_get(entity_id)
            # The registry ID stays the same when the entity is renamed.
            options[CONF_WEBSITE_HOURS] = entity.id if entity else entity_id
        label = user_input.get(CONF_WEBSITE_LABEL, "").strip()
        # Without a label, the title of the account is used, which may change.
        if label and label != self.config_entry.title:
            options[CONF_WEBSITE_LABEL] = label
        return options

    async def _async_show_website(self) -> ConfigFlowResult:
        options = self.config_entry.options
        names = {
            subentry.subentry_id: subentry.title
            for subentry in self.config_entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
        }
        label = website_label(self.config_entry)
        url = public_url(self.hass, self._website_id)
        hours = options.get(CONF_WEBSITE_HOURS)
        badge = await async_badge(self.hass, self.config_entry)
        return self.async_show_form(
            step_id="website",
            data_schema=self.add_suggested_values_to_schema(
                _schema(names, has_line=url is not None),
                {
                    CONF_WEBSITE: options.get(CONF_WEBSITE, False),
                    _CONF_LINE: url and html_line(url, label),
                    CONF_WEBSITE_TEL: options.get(CONF_WEBSITE_TEL),
                    # Without deleted extensions, which the form would not accept.
                    CONF_WEBSITE_EXTENSIONS: [
                        each for each in options.get(CONF_WEBSITE_EXTENSIONS, ()) if each in names
                    ],
                    CONF_WEBSITE_HOURS: hours
                    and er.async_resolve_entity_id(er.async_get(self.hass), hours),
                    CONF_WEBSITE_LABEL: label,
                    _CONF_RENEW: False,
                },
            ),
            description_placeholders={
                "preview": f"![](data:image/svg+xml;base64,{b64encode(badge.encode()).decode()})"
            },
        )
