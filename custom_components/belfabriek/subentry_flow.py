"""Adds an extension to an account, renames it, or corrects its ID."""

from collections.abc import Awaitable, Mapping
from typing import Any

from homeassistant.config_entries import (
    ConfigSubentryFlow,
    SubentryFlowResult,
    UnknownEntry,
    UnknownSubEntry,
)
from homeassistant.const import CONF_NAME

from .account import extension_names
from .const import CONF_EXTENSION_ID
from .form_errors import FormErrors, error_key
from .schemas import EXTENSION_SCHEMA, is_extension_id, read_extension
from .validation import async_validate


class ExtensionSubentryFlow(ConfigSubentryFlow):
    """Adds an extension to an account, or changes one."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add an extension."""
        return await self._async_unless_deleted(self._async_add(user_input))

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Rename an extension, or correct its ID."""
        return await self._async_unless_deleted(self._async_change(user_input))

    async def _async_unless_deleted(
        self, step: Awaitable[SubentryFlowResult]
    ) -> SubentryFlowResult:
        """Abort if the extension or its account was deleted while the form was open."""
        try:
            return await step
        except UnknownEntry, UnknownSubEntry:
            return self.async_abort(reason="deleted")

    async def _async_add(self, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        if user_input is None:
            return self._show("user", {})
        extension_id, name = read_extension(user_input)
        errors = await self._async_check(extension_id)
        if errors:
            return self._show("user", user_input, errors)
        return self.async_create_entry(
            title=name, data={CONF_EXTENSION_ID: extension_id}, unique_id=extension_id
        )

    async def _async_change(self, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        subentry = self._get_reconfigure_subentry()
        stored_id = str(subentry.data[CONF_EXTENSION_ID])
        if user_input is None:
            # One without a name is named by its ID, which may be corrected now.
            name = "" if subentry.title == stored_id else subentry.title
            return self._show("reconfigure", {CONF_EXTENSION_ID: stored_id, CONF_NAME: name})
        extension_id, name = read_extension(user_input)
        if extension_id != stored_id:
            errors = await self._async_check(extension_id)
            if errors:
                return self._show("reconfigure", user_input, errors)
        return self.async_update_and_abort(
            self._get_entry(),
            subentry,
            title=name,
            data={**subentry.data, CONF_EXTENSION_ID: extension_id},
            unique_id=extension_id,
        )

    async def _async_check(self, extension_id: str) -> FormErrors:
        """Check a new extension ID, and try it on the real API."""
        errors = FormErrors()
        if not extension_id:
            errors.add(CONF_EXTENSION_ID, "empty_extension_id")
        elif not is_extension_id(extension_id):
            errors.add(CONF_EXTENSION_ID, "malformed_extension_id")
        elif name := extension_names(self._get_entry()).get(extension_id):
            errors.add(CONF_EXTENSION_ID, "duplicate_extension", extension=name)
        if errors:
            return errors

        validation = await async_validate(self.hass, dict(self._get_entry().data), [extension_id])
        if rejection := validation.rejections.get(extension_id):
            errors.add(
                CONF_EXTENSION_ID if rejection.is_refusal else "base",
                error_key(rejection),
                message=rejection.failure.quote or "-",
            )
        elif name := extension_names(self._get_entry()).get(extension_id):
            # Another flow has added it meanwhile.
            errors.add(CONF_EXTENSION_ID, "duplicate_extension", extension=name)
        return errors

    def _show(
        self, step_id: str, suggested: Mapping[str, Any], errors: FormErrors | None = None
    ) -> SubentryFlowResult:
        errors = errors or FormErrors()
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(EXTENSION_SCHEMA, suggested),
            errors=errors.by_field,
            description_placeholders=errors.placeholders,
        )
