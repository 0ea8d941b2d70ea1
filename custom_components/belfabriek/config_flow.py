"""Adds an account, changes it, and renews its credentials."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentry,
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
    CONF_ACCOUNT_PIN,
    CONF_EXTENSION_ID,
    CONF_EXTENSIONS,
    DOMAIN,
    SUBENTRY_TYPE_BUSY_LIGHT,
    SUBENTRY_TYPE_EXTENSION,
)
from .form_errors import FormErrors, add_failures
from .issues import CONF_MESSAGE
from .options_flow import BelfabriekOptionsFlow
from .schemas import (
    Line,
    account_schema,
    account_suggestions,
    extensions_suggestion,
    read_account,
    read_extensions,
)
from .subentry_flow import ExtensionSubentryFlow
from .validation import async_validate

_EXPIRY: Final = timedelta(hours=1)
"""Time after which an abandoned reconfigure flow ends."""


class BelfabriekConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds an account with its extensions, or changes an account."""

    VERSION = 1
    MINOR_VERSION = 1

    _user_input: Mapping[str, Any] | None = None
    _listed: str | None = None
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
        if user_input is None:
            return self._show()
        self._user_input = user_input
        errors = FormErrors()
        data = read_account(user_input, errors)
        lines = read_extensions(user_input[CONF_EXTENSIONS], errors)
        if not lines:
            errors.add(CONF_EXTENSIONS, "no_extensions")
        if errors:
            return self._show(errors=errors)

        self._abort_if_configured(data)
        validation = await async_validate(self.hass, data, list(lines))
        add_failures(errors, validation, _labels(lines), must_work=lines)
        if errors:
            return self._show(errors=errors)

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
        """Change the account, and add or rename extensions; an empty PIN keeps the PIN."""
        entry = self._get_reconfigure_entry()
        names = extension_names(entry)
        # As it was when the form was opened, so that renames in another page are kept.
        if self._listed is None:
            self._listed = extensions_suggestion(names.items())
        if user_input is None:
            return self._show({**account_suggestions(entry.data), CONF_EXTENSIONS: self._listed})
        self._user_input = user_input
        errors = FormErrors()
        data = read_account(user_input, errors, entry.data)
        lines = read_extensions(user_input.get(CONF_EXTENSIONS, ""), errors)
        if errors:
            return self._show(errors=errors)

        self._abort_if_configured(data)
        added = [extension_id for extension_id in lines if extension_id not in names]
        # Compared with what the form suggested: reading a line may have tidied the name in it.
        suggested = read_extensions(self._listed, FormErrors())
        renamed = {
            extension_id: line.name
            for extension_id, line in lines.items()
            if extension_id in names
            and line.name
            and (extension_id not in suggested or line.name != suggested[extension_id].name)
        }
        only_extensions = data == dict(entry.data) and (added or renamed)
        tried = added if only_extensions else [*names, *added]
        validation = await async_validate(self.hass, data, tried)
        add_failures(errors, validation, _labels(lines, names), must_work=added)
        if errors:
            return self._show(errors=errors)

        self._abort_if_configured(data)
        self._change_extensions(entry, {each: lines[each].name for each in added}, renamed)
        return self._finish_change(entry, validation.data if tried else data)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start after the server refused every extension."""
        self._message = str(entry_data.get(CONF_MESSAGE) or "-")
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for credentials that the server accepts."""
        entry = self._get_reauth_entry()
        if user_input is None:
            return self._show(account_suggestions(entry.data))
        self._user_input = user_input
        errors = FormErrors()
        stored = {key: value for key, value in entry.data.items() if key != CONF_ACCOUNT_PIN}
        data = read_account(user_input, errors, stored)
        if errors:
            return self._show(errors=errors)

        self._abort_if_configured(data)
        names = extension_names(entry)
        validation = await async_validate(self.hass, data, list(names))
        add_failures(errors, validation, _labels({}, names), must_work=())
        if errors:
            return self._show(errors=errors)

        self._abort_if_configured(data)
        return self._finish_change(entry, validation.data)

    def _change_extensions(
        self, entry: ConfigEntry, added: Mapping[str, str], renamed: Mapping[str, str]
    ) -> None:
        """Add and rename subentries (names by extension ID)."""
        subentries = {
            subentry.unique_id: subentry
            for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
        }
        for extension_id, name in renamed.items():
            if extension_id in subentries:
                self.hass.config_entries.async_update_subentry(
                    entry, subentries[extension_id], title=name
                )
        for extension_id, name in added.items():
            if extension_id not in subentries:
                self.hass.config_entries.async_add_subentry(
                    entry,
                    ConfigSubentry(
                        data=MappingProxyType({CONF_EXTENSION_ID: extension_id}),
                        subentry_type=SUBENTRY_TYPE_EXTENSION,
                        title=name or extension_id,
                        unique_id=extension_id,
                    ),
                )

    def _finish_change(self, entry: ConfigEntry, data: AccountData) -> ConfigFlowResult:
        """Store the data and end the flow.

        The update listener reloads the entry if needed. An entry that could not be set up has no
        listener, and would wait for its next retry.
        """
        result = self.async_update_and_abort(entry, data=data)
        if not entry.update_listeners:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result

    @callback
    def _abort_if_configured(self, data: AccountData) -> None:
        """Abort if another entry is this account already.

        The entry has no unique ID: the only candidate, the PIN, is a credential.
        """
        for entry in self._async_current_entries(include_ignore=False):
            if entry.entry_id != self.context.get("entry_id") and is_same_account(entry.data, data):
                raise AbortFlow("already_configured", {"account": entry.title})

    def _show(
        self, suggested: Mapping[str, Any] | None = None, errors: FormErrors | None = None
    ) -> ConfigFlowResult:
        """Show the form of the step, filled with what was typed, else with what is suggested."""
        errors = errors or FormErrors()
        reauth = self.source == SOURCE_REAUTH
        if self.source == SOURCE_RECONFIGURE:
            self._restart_expiry()
        schema = account_schema(
            new=self.source == SOURCE_USER,
            connection=not reauth,
            extensions=not reauth,
            errors=errors,
        )
        placeholders = dict(errors.placeholders)
        if reauth:
            placeholders["message"] = self._message
        if self.source != SOURCE_USER:
            entry = self._get_reauth_entry() if reauth else self._get_reconfigure_entry()
            placeholders["account"] = entry.title
        return self.async_show_form(
            step_id="reauth_confirm" if reauth else self.source,
            data_schema=self.add_suggested_values_to_schema(schema, self._user_input or suggested),
            errors=errors.shown_in(schema),
            description_placeholders=placeholders,
        )

    @callback
    def _restart_expiry(self) -> None:
        """End the flow some time after its form was shown.

        A page that is closed leaves its flow behind, and while an account is being changed, Home
        Assistant does not ask for new credentials.
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


def _labels(lines: Mapping[str, Line], names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return how an error names each extension: with its line, if it has one."""
    labels = {each: f"{each} {name}" for each, name in (names or {}).items()}
    for extension_id, line in lines.items():
        labels[extension_id] = f"{line.number}: {extension_id} {line.name}".rstrip()
    return labels
