"""The options of an account: how it is polled, and the website link."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_SCAN_INTERVAL
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .api import Status
from .const import (
    CONF_ON_CALL_STATUSES,
    DEFAULT_ON_CALL_STATUSES,
    DEFAULT_SCAN_INTERVAL,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
)
from .website_flow import WebsiteFlow

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


class BelfabriekOptionsFlow(WebsiteFlow):
    """Options of an account."""

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
