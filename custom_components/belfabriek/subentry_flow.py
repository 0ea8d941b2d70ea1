"""The flow for the extensions of an account that is there."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_NAME

from . import forms
from .const import CONF_EXTENSION_ID
from .probe import async_probe


class ExtensionSubentryFlow(ConfigSubentryFlow):
    """Adds an extension to an account, or renames one."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for an extension, and prove it on the real API."""
        if user_input is None:
            return self._show("user", {})
        entry = self._get_entry()
        extension_id, name = forms.read_extension(user_input)
        if not extension_id:
            return self._show("user", user_input, {CONF_EXTENSION_ID: "empty_extension_id"})
        if not name:
            return self._show("user", user_input, {CONF_NAME: "empty_name"})
        if any(each.unique_id == extension_id for each in entry.subentries.values()):
            return self._show("user", user_input, {CONF_EXTENSION_ID: "duplicate_extension"})

        probe = await async_probe(self.hass, dict(entry.data), [extension_id])
        if failure := probe.failures.get(extension_id):
            return self._show(
                "user",
                user_input,
                {"base" if failure.field else CONF_EXTENSION_ID: failure.key},
                {"message": failure.message or "-"},
            )
        return self.async_create_entry(
            title=name, data={CONF_EXTENSION_ID: extension_id}, unique_id=extension_id
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for another name."""
        subentry = self._get_reconfigure_subentry()
        if user_input is None:
            return self._show("reconfigure", {CONF_NAME: subentry.title})
        _, name = forms.read_extension(user_input)
        if not name:
            return self._show("reconfigure", user_input, {CONF_NAME: "empty_name"})
        return self.async_update_and_abort(self._get_entry(), subentry, title=name)

    def _show(
        self,
        step_id: str,
        suggested: Mapping[str, Any],
        errors: forms.Errors | None = None,
        placeholders: Mapping[str, str] | None = None,
    ) -> SubentryFlowResult:
        schema = forms.EXTENSION if step_id == "user" else forms.EXTENSION_NAME
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors=errors,
            description_placeholders=placeholders,
        )
