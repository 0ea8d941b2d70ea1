"""The options of an account: how it is polled, and the website link."""

from base64 import b64encode
from collections.abc import Mapping
import json
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_SCAN_INTERVAL, UnitOfTime
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
    CONF_COUNT_PER_PERSON,
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

_POLLING: Final = probatio.Schema(
    {
        # Without limits: Home Assistant's message about them is in English.
        probatio.Required(CONF_SCAN_INTERVAL): NumberSelector(
            NumberSelectorConfig(
                step=1, mode=NumberSelectorMode.BOX, unit_of_measurement=UnitOfTime.SECONDS
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
        probatio.Required(CONF_COUNT_PER_PERSON): BooleanSelector(),
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
    """Options of an account."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what to set."""
        return self.async_show_menu(step_id="init", menu_options=["polling", "website"])

    async def async_step_polling(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how often to poll, what counts as being on a call, and whom to count."""
        errors: dict[str, str] = {}
        shortest, longest = MIN_SCAN_INTERVAL.total_seconds(), MAX_SCAN_INTERVAL.total_seconds()
        if user_input is not None:
            if not shortest <= user_input[CONF_SCAN_INTERVAL] <= longest:
                errors[CONF_SCAN_INTERVAL] = "interval_out_of_range"
            if not user_input[CONF_ON_CALL_STATUSES]:
                errors[CONF_ON_CALL_STATUSES] = "no_statuses"
        if user_input is None or errors:
            return self.async_show_form(
                step_id="polling",
                data_schema=self.add_suggested_values_to_schema(
                    _POLLING,
                    user_input
                    or {
                        CONF_SCAN_INTERVAL: DEFAULT_SCAN_INTERVAL.total_seconds(),
                        CONF_ON_CALL_STATUSES: list(DEFAULT_ON_CALL_STATUSES),
                        CONF_COUNT_PER_PERSON: False,
                        **self.config_entry.options,
                    },
                ),
                errors=errors,
                description_placeholders={
                    "shortest": f"{shortest:.0f}",
                    "longest": f"{longest:.0f}",
                },
            )
        interval = int(user_input[CONF_SCAN_INTERVAL])
        return self.async_create_entry(
            data={**self.config_entry.options, **user_input, CONF_SCAN_INTERVAL: interval}
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
            description_placeholders={
                "link": url or "-",
                "badge": f"{url}?format=svg" if url else "-",
                "preview": self._preview(),
            },
        )

    def _preview(self) -> str:
        """Return the response of the link as Markdown, also while the link is off."""
        badge = b64encode(public_badge(self.hass, self.config_entry).encode()).decode()
        state = json.dumps(public_state(self.config_entry), ensure_ascii=False)
        return f"![](data:image/svg+xml;base64,{badge}) `{state.replace('`', "'")}`"
