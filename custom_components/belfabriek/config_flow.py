"""The flow for an account: with its extensions when it is added, and for what changes later."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import callback
import probatio

from . import forms

account_title = str
from .api import FaultError
from .const import (
    CONF_ACCOUNT_PIN,
    CONF_EXTENSION_ID,
    CONF_EXTENSIONS,
    DOMAIN,
    SUBENTRY_TYPE_EXTENSION,
)
from .options_flow import BelfabriekOptionsFlow
from .probe import Failure, async_probe
from .subentry_flow import ExtensionSubentryFlow


class BelfabriekConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds an account with its extensions, or changes an account."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Start with nothing typed."""
        self._typed_account: dict[str, Any] = {}
        self._typed_extensions: dict[str, Any] = {}
        self._data: dict[str, str | bool] = {}

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the one type of subentry."""
        return {SUBENTRY_TYPE_EXTENSION: ExtensionSubentryFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow for the options."""
        return BelfabriekOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the account. Nothing can be proven yet: every call needs an extension."""
        if user_input is None:
            return self._show_user({})
        self._typed_account = user_input
        self._data, errors = forms.read_account(user_input)
        if errors:
            return self._show_user(errors)
        await self.async_set_unique_id(str(self._data[CONF_ACCOUNT_PIN]))
        self._abort_if_unique_id_configured()
        return self._show_extensions({})

    async def async_step_extensions(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the extensions, and prove everything on the real API."""
        if user_input is None:
            return self._show_extensions({})
        self._typed_extensions = user_input
        extensions, error = forms.read_extensions(user_input)
        if error:
            return self._show_extensions({CONF_EXTENSIONS: error})

        probe = await async_probe(self.hass, self._data, list(extensions))
        if (failure := probe.account_failure) and failure.field:
            return self._show_user({failure.field: failure.key}, {"message": failure.message})
        if probe.failures:
            return self._show_extensions(*_errors_of(probe.failures, extensions))
        return self.async_create_entry(
            title=account_title(str(probe.data[CONF_ACCOUNT_PIN])),
            data=probe.data,
            subentries=[
                ConfigSubentryData(
                    data={CONF_EXTENSION_ID: extension_id},
                    subentry_type=SUBENTRY_TYPE_EXTENSION,
                    title=name,
                    unique_id=extension_id,
                )
                for extension_id, name in extensions.items()
            ],
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start after the server rejected the credentials."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for credentials that the server takes."""
        return await self._async_change_account(self._get_reauth_entry(), user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for everything of the account; the PIN may stay empty to stay as it is."""
        return await self._async_change_account(self._get_reconfigure_entry(), user_input)

    async def _async_change_account(
        self, entry: ConfigEntry, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Take changed credentials over once an extension of the entry proves them."""
        if user_input is None:
            return self._show_change(entry, forms.account_suggestions(entry.data))
        stored = dict(entry.data)
        if self.source == SOURCE_REAUTH:
            del stored[CONF_ACCOUNT_PIN]
        data, errors = forms.read_account(user_input, stored)
        if errors:
            return self._show_change(entry, user_input, errors)
        account_pin = str(data[CONF_ACCOUNT_PIN])
        if account_pin != entry.unique_id:
            await self.async_set_unique_id(account_pin)
            self._abort_if_unique_id_configured()

        extensions = {
            str(subentry.data[CONF_EXTENSION_ID]): subentry.title
            for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
        }
        probe = await async_probe(self.hass, data, list(extensions))
        if not probe.works:
            failure = probe.account_failure
            if failure and failure.field:
                shown = {failure.field: failure.key}, {"message": failure.message}
            else:
                shown = _errors_of(probe.failures, extensions)
            return self._show_change(entry, user_input, *shown)

        # Home Assistant reloads by itself only what is loaded and really changed: after a failed
        # setup nobody listens, and the same credentials once more are no change, although
        # polling stopped when the server rejected them.
        must_reload = not entry.update_listeners or probe.data == dict(entry.data)
        renamed = entry.title != account_title(str(entry.unique_id))
        result = self.async_update_and_abort(
            entry,
            unique_id=account_pin,
            title=entry.title if renamed else account_title(account_pin),
            data=probe.data,
        )
        if must_reload:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result

    def _show_user(
        self, errors: forms.Errors, placeholders: Mapping[str, str] | None = None
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                forms.account_schema(errors=errors), self._typed_account
            ),
            errors=errors,
            description_placeholders=placeholders,
            last_step=False,
        )

    def _show_extensions(
        self, errors: forms.Errors, placeholders: Mapping[str, str] | None = None
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id="extensions",
            data_schema=self.add_suggested_values_to_schema(
                forms.EXTENSIONS, self._typed_extensions
            ),
            errors=errors,
            description_placeholders=placeholders,
            last_step=True,
        )

    def _show_change(
        self,
        entry: ConfigEntry,
        suggested: Mapping[str, Any],
        errors: forms.Errors | None = None,
        placeholders: Mapping[str, str] | None = None,
    ) -> ConfigFlowResult:
        """Show the form of `reauth_confirm` or `reconfigure`, which differ in what they ask."""
        reauth = self.source == SOURCE_REAUTH
        schema = forms.account_schema(pin_required=reauth, connection=not reauth, errors=errors)
        return self.async_show_form(
            step_id="reauth_confirm" if reauth else "reconfigure",
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors=_above_if_no_field(errors or {}, schema),
            description_placeholders={"name": entry.title, **(placeholders or {})},
        )


def _above_if_no_field(errors: forms.Errors, schema: probatio.Schema) -> forms.Errors:
    """Return the errors with those above the form that are about no field of it.

    There is room for one: the first is the one that comes with the server's words.
    """
    shown: forms.Errors = {}
    for field, key in errors.items():
        shown.setdefault(field if field in schema.schema else "base", key)
    return shown


def _errors_of(
    failures: Mapping[str, Failure], names: Mapping[str, str]
) -> tuple[forms.Errors, dict[str, str]]:
    """Return the errors of the extensions that failed, and the placeholders of their texts.

    `names` are those of all extensions by ID. What the server refused is shown with its words.
    """
    refused: list[str] = []
    unanswered: list[str] = []
    for extension_id, failure in failures.items():
        name = names[extension_id]
        if list(names.values()).count(name) > 1:
            name = f"{name} ({extension_id})"
        if not isinstance(failure.error, FaultError):
            unanswered.append(name)
        elif failure.message:
            refused.append(f"{name} (“{failure.message}”)")
        else:
            refused.append(name)
    errors: forms.Errors = {}
    if refused:
        errors[CONF_EXTENSIONS] = "extensions_refused"
    if unanswered:
        errors["base" if refused else CONF_EXTENSIONS] = "extensions_unanswered"
    return errors, {"refused": ", ".join(refused), "unanswered": ", ".join(unanswered)}
