"""Adds extensions to an account, renames one, or corrects its ID."""

from collections.abc import Awaitable, Mapping
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import (
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
    UnknownEntry,
    UnknownSubEntry,
)
from homeassistant.const import CONF_NAME
import probatio

from .account import extension_names
from .const import CONF_EXTENSION_ID, CONF_EXTENSIONS, SUBENTRY_TYPE_EXTENSION
from .forms import (
    EXTENSION_SCHEMA,
    LINES_SCHEMA,
    FormErrors,
    add_line_failures,
    read_extension,
    read_extensions,
)
from .validation import async_validate


class ExtensionSubentryFlow(ConfigSubentryFlow):
    """Adds extensions to an account, or changes one."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add extensions."""
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
            return self._show("user", LINES_SCHEMA, {})
        errors = FormErrors()
        known = extension_names(self._get_entry())
        lines = read_extensions(user_input[CONF_EXTENSIONS], errors, known)
        new = [each for each in lines if each not in known]
        if not errors:
            validation = await async_validate(self.hass, self._get_entry().data, new)
            rejection = validation.of_account
            if rejection and not rejection.is_refusal:
                errors.add("base", rejection.failure.kind)
            else:
                add_line_failures(errors, validation, lines)
        if errors:
            return self._show("user", LINES_SCHEMA, user_input, errors)
        # Home Assistant adds the subentry of the result: the last one, to keep the order.
        *others, last = new
        for extension_id in others:
            subentry = ConfigSubentry(
                data=MappingProxyType({CONF_EXTENSION_ID: extension_id}),
                subentry_type=SUBENTRY_TYPE_EXTENSION,
                title=lines[extension_id].name or extension_id,
                unique_id=extension_id,
            )
            self.hass.config_entries.async_add_subentry(self._get_entry(), subentry)
        counts = {"added": str(len(new)), "known": str(len(lines) - len(new))}
        return self.async_create_entry(
            title=lines[last].name or last,
            data={CONF_EXTENSION_ID: last},
            description="added" if len(lines) > 1 else None,
            description_placeholders=counts,
            unique_id=last,
        )

    async def _async_change(self, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        subentry = self._get_reconfigure_subentry()
        stored_id = str(subentry.data[CONF_EXTENSION_ID])
        if user_input is None:
            # An extension without a name has its ID as its title: suggest no name.
            name = "" if subentry.title == stored_id else subentry.title
            suggested = {CONF_EXTENSION_ID: stored_id, CONF_NAME: name}
            return self._show("reconfigure", EXTENSION_SCHEMA, suggested)
        errors = FormErrors()
        extension_id, name = read_extension(user_input, errors)
        if extension_id != stored_id and not errors:
            if name_of_other := extension_names(self._get_entry()).get(extension_id):
                errors.add(CONF_EXTENSION_ID, "duplicate_extension", extension=name_of_other)
            else:
                await self._async_try_id(extension_id, errors)
        if errors:
            return self._show("reconfigure", EXTENSION_SCHEMA, user_input, errors)
        return self.async_update_and_abort(
            self._get_entry(),
            subentry,
            title=name,
            data={**subentry.data, CONF_EXTENSION_ID: extension_id},
            unique_id=extension_id,
        )

    async def _async_try_id(self, extension_id: str, errors: FormErrors) -> None:
        """Try an extension ID on the real API."""
        validation = await async_validate(self.hass, self._get_entry().data, [extension_id])
        rejection = validation.rejections.get(extension_id)
        if rejection is None:
            return
        if rejection.longer_id:
            errors.add(CONF_EXTENSION_ID, "did_you_mean", longer_id=rejection.longer_id)
        elif rejection.is_refusal:
            message = rejection.failure.quote or "-"
            errors.add(CONF_EXTENSION_ID, "extension_refused", message=message)
        else:
            errors.add("base", rejection.failure.kind)

    def _show(
        self,
        step_id: str,
        schema: probatio.Schema,
        suggested: Mapping[str, Any],
        errors: FormErrors | None = None,
    ) -> SubentryFlowResult:
        errors = errors or FormErrors()
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors=errors.by_field,
            description_placeholders=errors.placeholders,
        )
