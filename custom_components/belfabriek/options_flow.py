"""The options of an account: how it is polled, and the website link."""

from base64 import b64encode
from collections.abc import Mapping
import json
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .api import Status
from .const import (
    CONF_ON_CALL_STATUSES,
    CONF_WEBSITE,
    CONF_WEBSITE_EXTENSIONS,
    CONF_WEBSITE_ID,
    DEFAULT_ON_CALL_STATUSES,
    DEFAULT_SCAN_INTERVAL,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
    SUBENTRY_TYPE_EXTENSION,
)
from .webhook import create_website_id, public_badge, public_state, public_url

_POLLING = probatio.Schema(
    {
        probatio.Required(CONF_SCAN_INTERVAL): NumberSelector(
            NumberSelectorConfig(
                min=MIN_SCAN_INTERVAL.total_seconds(),
                max=MAX_SCAN_INTERVAL.total_seconds(),
                step=1,
                mode=NumberSelectorMode.BOX,
                unit_of_measurement="s",
            )
        ),
        probatio.Required(CONF_ON_CALL_STATUSES): SelectSelector(
            SelectSelectorConfig(
                options=list(Status),
                multiple=True,
                # In a drop-down, the label would be the button that adds another one.
                mode=SelectSelectorMode.LIST,
                translation_key=CONF_ON_CALL_STATUSES,
            )
        ),
    }
)
_CONF_RENEW: Final = "renew"


def _website_schema(names: Mapping[str, str]) -> probatio.Schema:
    """Return the form for the website link, with the names of extensions by subentry ID."""
    return probatio.Schema(
        {
            probatio.Required(CONF_WEBSITE): BooleanSelector(),
            probatio.Optional(CONF_WEBSITE_EXTENSIONS, default=list): SelectSelector(
                SelectSelectorConfig(
                    options=[SelectOptionDict(value=key, label=names[key]) for key in names],
                    multiple=True,
                    mode=SelectSelectorMode.LIST,
                )
            ),
            probatio.Required(_CONF_RENEW, default=False): BooleanSelector(),
        }
    )


class BelfabriekOptionsFlow(OptionsFlow):
    """Sets how an account is polled, and what a website may be told."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to set."""
        return self.async_show_menu(step_id="init", menu_options=["polling", "website"])

    async def async_step_polling(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how often to poll, and what counts as being on a call."""
        if user_input is not None:
            return self.async_create_entry(
                data={
                    **self.config_entry.options,
                    **user_input,
                    CONF_SCAN_INTERVAL: int(user_input[CONF_SCAN_INTERVAL]),
                }
            )
        return self.async_show_form(
            step_id="polling",
            data_schema=self.add_suggested_values_to_schema(
                _POLLING,
                {
                    CONF_SCAN_INTERVAL: DEFAULT_SCAN_INTERVAL.total_seconds(),
                    CONF_ON_CALL_STATUSES: list(DEFAULT_ON_CALL_STATUSES),
                    **self.config_entry.options,
                },
            ),
        )

    async def async_step_website(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Switch the website link on or off, renew it, and choose who is named."""
        options = self.config_entry.options
        if user_input is None:
            # Made when it is first shown, so that it can be copied before it is switched on.
            self._website_id = options.get(CONF_WEBSITE_ID) or create_website_id()
            return self._show_website()
        if user_input[_CONF_RENEW]:
            self._website_id = create_website_id()
        return self.async_create_entry(
            data={
                **options,
                CONF_WEBSITE: user_input[CONF_WEBSITE],
                CONF_WEBSITE_EXTENSIONS: user_input[CONF_WEBSITE_EXTENSIONS],
                CONF_WEBSITE_ID: self._website_id,
            }
        )

    def _show_website(self) -> ConfigFlowResult:
        options = self.config_entry.options
        names = {
            subentry.subentry_id: subentry.title
            for subentry in self.config_entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
        }
        named = options.get(CONF_WEBSITE_EXTENSIONS, ())
        url = public_url(self.hass, self._website_id)
        return self.async_show_form(
            step_id="website",
            data_schema=self.add_suggested_values_to_schema(
                _website_schema(names),
                {
                    CONF_WEBSITE: options.get(CONF_WEBSITE, False),
                    # Without those that have been deleted, which the form would refuse.
                    CONF_WEBSITE_EXTENSIONS: [each for each in named if each in names],
                    _CONF_RENEW: False,
                },
            ),
            errors={} if url else {"base": "no_external_url"},
            description_placeholders={
                "link": url or "-",
                "badge": f"{url}?format=svg" if url else "-",
                "preview": self._preview(),
            },
        )

    def _preview(self) -> str:
        """Return what the link says (or would, if it were switched on), as Markdown."""
        badge = b64encode(public_badge(self.hass, self.config_entry).encode()).decode()
        state = json.dumps(public_state(self.config_entry), ensure_ascii=False)
        return f"![](data:image/svg+xml;base64,{badge}) `{state.replace('`', "'")}`"
