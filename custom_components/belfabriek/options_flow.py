"""The options of an account: how it is polled, and the website link."""

from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_SCAN_INTERVAL, UnitOfTime
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import probatio

from .api import Status
from .const import (
    CONF_COUNT_PER_PERSON,
    CONF_ON_CALL_STATUSES,
    DEFAULT_ON_CALL_STATUSES,
    DEFAULT_SCAN_INTERVAL,
    MAX_SCAN_INTERVAL,
    MIN_SCAN_INTERVAL,
)
from .forms import number_box
from .website_flow import WebsiteFlow

_POLLING: Final = probatio.Schema(
    {
        probatio.Required(CONF_SCAN_INTERVAL): number_box(UnitOfTime.SECONDS),
        probatio.Required(CONF_ON_CALL_STATUSES): SelectSelector(
            SelectSelectorConfig(
                options=list(Status),
                multiple=True,
                # In a drop-down, the label would be the button that adds another one.
                mode=SelectSelectorMode.LIST,
                translation_key=CONF_ON_CALL_STATUSES,
            )
        ),
        probatio.Optional(CONF_COUNT_PER_PERSON): BooleanSelector(),
    }
)


class BelfabriekOptionsFlow(WebsiteFlow):
    """Options of an account."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show the menu."""
        return self.async_show_menu(step_id="init", menu_options=["polling", "website"])

    async def async_step_polling(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the interval, the on-call statuses, and whether to count calls per person."""
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
