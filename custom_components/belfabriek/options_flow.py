"""The flow for the options."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlow
from homeassistant.const import CONF_SCAN_INTERVAL

from . import forms
from .const import CONF_ON_CALL_STATUSES, DEFAULT_ON_CALL_STATUSES, DEFAULT_SCAN_INTERVAL


class BelfabriekOptionsFlow(OptionsFlow):
    """How often an account is polled, and what counts as being on a call."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options; the entry reloads by itself when they changed."""
        if user_input is not None:
            return self.async_create_entry(
                data={**user_input, CONF_SCAN_INTERVAL: int(user_input[CONF_SCAN_INTERVAL])}
            )
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                forms.OPTIONS,
                {
                    CONF_SCAN_INTERVAL: DEFAULT_SCAN_INTERVAL.total_seconds(),
                    CONF_ON_CALL_STATUSES: list(DEFAULT_ON_CALL_STATUSES),
                    **self.config_entry.options,
                },
            ),
        )
