"""Adds an account, reconfigures it, and asks for new credentials."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import CALLBACK_TYPE, HassJob, callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.event import async_call_later

from .account import AccountData, extension_names, free_title, is_same_account
from .busy_light_flow import BusyLightSubentryFlow
from .const import (
    CONF_EXTENSION_ID,
    CONF_EXTENSIONS,
    DOMAIN,
    SUBENTRY_TYPE_BUSY_LIGHT,
    SUBENTRY_TYPE_EXTENSION,
)
from .extension_flow import ExtensionSubentryFlow
from .forms import (
    FormErrors,
    account_schema,
    account_suggestions,
    add_account_failure,
    add_line_failures,
    read_account,
    read_extensions,
)
from .issues import CONF_MESSAGE
from .options_flow import BelfabriekOptionsFlow
from .validation import async_validate_account

_EXPIRY: Final = timedelta(hours=1)
"""Time after which an abandoned reconfigure flow ends."""


class BelfabriekConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds an account with its extensions, or changes an account."""

    VERSION = 1
    MINOR_VERSION = 1

    _message = "-"
    _cancel_expiry: CALLBACK_TYPE | None = None

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the types of subentries."""
        return {
            SUBENTRY_TYPE_EXTENSION: ExtensionSubentryFlow,
            SUBENTRY_TYPE_BUSY_LIGHT: BusyLightSubentryFlow,
        }

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow for the options."""
        return BelfabriekOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add an account with its extensions."""
        errors = FormErrors()
        if user_input is None:
            return self._show("user", {}, errors)
        data = read_account(user_input, errors, {})
        lines = read_extensions(user_input[CONF_EXTENSIONS], errors)
        if errors:
            return self._show("user", user_input, errors)

        self._abort_if_configured(data)
        validation = await async_validate_account(self.hass, data, lines)
        add_account_failure(errors, validation)
        if not errors:
            add_line_failures(errors, validation, lines)
        if errors:
            return self._show("user", user_input, errors)

        # Another flow may have added the account meanwhile.
        self._abort_if_configured(data)
        entries = self._async_current_entries(include_ignore=False)
        return self.async_create_entry(
            title=free_title({entry.title for entry in entries}),
            data=validation.data,
            description=None if entries else "first_account",
            subentries=[
                ConfigSubentryData(
                    data={CONF_EXTENSION_ID: extension_id},
                    subentry_type=SUBENTRY_TYPE_EXTENSION,
                    title=line.name or extension_id,
                    unique_id=extension_id,
                )
                for extension_id, line in lines.items()
            ],
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change the credentials or the connection."""
        self._restart_expiry()
        return await self._async_change("reconfigure", self._get_reconfigure_entry(), user_input)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start after the server refused every extension."""
        self._message = str(entry_data.get(CONF_MESSAGE) or "-")
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for credentials that the server accepts."""
        return await self._async_change("reauth_confirm", self._get_reauth_entry(), user_input)

    async def _async_change(
        self, step_id: str, entry: ConfigEntry, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Change the data of the entry; an empty PIN keeps the PIN."""
        errors = FormErrors()
        if user_input is None:
            return self._show(step_id, account_suggestions(entry.data), errors, entry)
        data = read_account(user_input, errors, entry.data)
        if errors:
            return self._show(step_id, user_input, errors, entry)

        self._abort_if_configured(data)
        names = extension_names(entry)
        validation = await async_validate_account(self.hass, data, names)
        add_account_failure(errors, validation)
        # One extension that works is enough.
        if not errors and not validation.works:
            errors.add_lines(
                "no_extension_works",
                [f"{each} {names[each]}" for each in validation.rejections],
                name="base",
            )
        if errors:
            return self._show(step_id, user_input, errors, entry)

        result = self.async_update_and_abort(entry, data=validation.data)
        # The update listener reloads the entry if needed. An entry whose setup failed has no
        # listener, and would wait for its next retry.
        if not entry.update_listeners:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result

    @callback
    def _abort_if_configured(self, data: AccountData) -> None:
        """Abort if another entry is the same account.

        The entry has no unique ID: the only candidate, the PIN, is a credential.
        """
        for entry in self._async_current_entries(include_ignore=False):
            if entry.entry_id != self.context.get("entry_id") and is_same_account(entry.data, data):
                raise AbortFlow("already_configured", {"account": entry.title})

    def _show(
        self,
        step_id: str,
        suggested: Mapping[str, Any],
        errors: FormErrors,
        entry: ConfigEntry | None = None,
    ) -> ConfigFlowResult:
        schema = account_schema(suggested, errors, stored=entry.data if entry else None)
        placeholders = {"account": entry.title, "message": self._message} if entry else {}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors=errors.shown_in(schema),
            description_placeholders=placeholders | errors.placeholders,
        )

    @callback
    def _restart_expiry(self) -> None:
        """End the flow some time after its form was shown.

        A flow stays active after its page is closed, and Home Assistant starts no reauth flow while
        a reconfigure flow is active.
        """
        self.async_remove()

        @callback
        def expire(_: datetime) -> None:
            self._cancel_expiry = None
            self.hass.config_entries.flow.async_abort(self.flow_id)

        self._cancel_expiry = async_call_later(
            self.hass, _EXPIRY, HassJob(expire, cancel_on_shutdown=True)
        )

    @callback
    @override
    def async_remove(self) -> None:
        """Cancel the timer when the flow ends."""
        if self._cancel_expiry:
            self._cancel_expiry()
            self._cancel_expiry = None
