"""All flows: add an account, change it, renew its credentials, set options, and edit extensions."""

from base64 import b64encode
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
import json
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
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME, CONF_SCAN_INTERVAL
from homeassistant.core import CALLBACK_TYPE, HassJob, callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.event import async_call_later

from .account import AccountData, free_title, is_same_account
from .api import FaultError
from .const import (
    CONF_ACCOUNT_PIN,
    CONF_EXTENSION_ID,
    CONF_EXTENSIONS,
    CONF_ON_CALL_STATUSES,
    CONF_WEBSITE,
    CONF_WEBSITE_EXTENSIONS,
    CONF_WEBSITE_ID,
    DEFAULT_ON_CALL_STATUSES,
    DEFAULT_SCAN_INTERVAL,
    DOMAIN,
    SUBENTRY_TYPE_EXTENSION,
)
from .schemas import (
    CONF_RENEW,
    EXTENSION,
    OPTIONS,
    FormErrors,
    Line,
    account_schema,
    account_suggestions,
    extensions_suggestion,
    is_extension_id,
    read_account,
    read_extension,
    read_extensions,
    website_schema,
)
from .validation import Failure, Validation, async_validate
from .webhook import create_website_id, public_badge, public_state, public_url

_EXPIRY: Final = timedelta(hours=1)
"""After which a form to change an account is taken for one whose page was closed."""


class BelfabriekConfigFlow(ConfigFlow, domain=DOMAIN):
    """Adds an account with its extensions, or changes an account."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Start with empty input."""
        self._user_input: dict[str, Any] | None = None
        self._listed: str | None = None
        self._cancel_expiry: CALLBACK_TYPE | None = None

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
        """Add an account with its extensions."""
        if user_input is None:
            return self._show({})
        self._user_input = user_input
        errors = FormErrors()
        data = read_account(user_input, errors)
        lines = read_extensions(user_input[CONF_EXTENSIONS], errors)
        if not lines:
            errors.add(CONF_EXTENSIONS, "no_extensions")
        if errors:
            return self._show(user_input, errors)

        self._abort_if_configured(data)
        validation = await async_validate(self.hass, data, list(lines))
        _add_failures(errors, validation, _labels(lines), must_work=lines)
        if errors:
            return self._show(user_input, errors)

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
        names = _names(entry)
        # As it was when the form was opened: what another page renames since then stays.
        if self._listed is None:
            self._listed = extensions_suggestion(names.items())
        if user_input is None:
            return self._show({**account_suggestions(entry.data), CONF_EXTENSIONS: self._listed})
        self._user_input = user_input
        errors = FormErrors()
        data = read_account(user_input, errors, entry.data)
        lines = read_extensions(user_input.get(CONF_EXTENSIONS, ""), errors)
        if errors:
            return self._show(user_input, errors)

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
        _add_failures(errors, validation, _labels(lines, names), must_work=added)
        if errors:
            return self._show(user_input, errors)

        self._abort_if_configured(data)
        self._change_extensions(entry, {each: lines[each].name for each in added}, renamed)
        return self._finish_change(entry, validation.data if tried else data)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Start after the server rejected the credentials."""
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
            return self._show(user_input, errors)

        self._abort_if_configured(data)
        names = _names(entry)
        validation = await async_validate(self.hass, data, list(names))
        _add_failures(errors, validation, _labels({}, names), must_work=())
        if errors:
            return self._show(user_input, errors)

        self._abort_if_configured(data)
        return self._finish_change(entry, validation.data)

    def _change_extensions(
        self, entry: ConfigEntry, added: Mapping[str, str], renamed: Mapping[str, str]
    ) -> None:
        """Add and rename subentries (names by extension ID), as far as still needed."""
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
        self, suggested: Mapping[str, Any], errors: FormErrors | None = None
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
        if self.source != SOURCE_USER:
            entry = self._get_reauth_entry() if reauth else self._get_reconfigure_entry()
            placeholders["account"] = entry.title
        return self.async_show_form(
            step_id="reauth_confirm" if reauth else self.source,
            data_schema=self.add_suggested_values_to_schema(
                schema, suggested if self._user_input is None else self._user_input
            ),
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


class ExtensionSubentryFlow(ConfigSubentryFlow):
    """Adds an extension to an account, or changes one."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add an extension."""
        if user_input is None:
            return self._show("user", {})
        extension_id, name = read_extension(user_input)
        errors = await self._async_check(extension_id)
        if errors:
            return self._show("user", user_input, errors)
        return self.async_create_entry(
            title=name, data={CONF_EXTENSION_ID: extension_id}, unique_id=extension_id
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Rename an extension, or correct its ID."""
        subentry = self._get_reconfigure_subentry()
        stored_id = str(subentry.data[CONF_EXTENSION_ID])
        if user_input is None:
            return self._show(
                "reconfigure", {CONF_EXTENSION_ID: stored_id, CONF_NAME: subentry.title}
            )
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
        elif name := _names(self._get_entry()).get(extension_id):
            errors.add(CONF_EXTENSION_ID, "duplicate_extension", extension=name)
        if errors:
            return errors

        validation = await async_validate(self.hass, dict(self._get_entry().data), [extension_id])
        if failure := validation.failures.get(extension_id):
            errors.add(
                CONF_EXTENSION_ID if failure.is_refusal else "base",
                failure.key,
                message=failure.message or "-",
            )
        elif name := _names(self._get_entry()).get(extension_id):
            # Another flow has added it meanwhile.
            errors.add(CONF_EXTENSION_ID, "duplicate_extension", extension=name)
        return errors

    def _show(
        self, step_id: str, suggested: Mapping[str, Any], errors: FormErrors | None = None
    ) -> SubentryFlowResult:
        errors = errors or FormErrors()
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(EXTENSION, suggested),
            errors=errors.by_field,
            description_placeholders=errors.placeholders,
        )


class BelfabriekOptionsFlow(OptionsFlow):
    """Sets how an account is polled, and what a website may be told."""

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
                OPTIONS,
                {
                    CONF_SCAN_INTERVAL: DEFAULT_SCAN_INTERVAL.total_seconds(),
                    CONF_ON_CALL_STATUSES: list(DEFAULT_ON_CALL_STATUSES),
                    **self.config_entry.options,
                },
            ),
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
        if user_input[CONF_RENEW]:
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
                website_schema(names),
                {
                    CONF_WEBSITE: options.get(CONF_WEBSITE, False),
                    # Without those that have been deleted, which the form would refuse.
                    CONF_WEBSITE_EXTENSIONS: [each for each in named if each in names],
                    CONF_RENEW: False,
                },
            ),
            errors={} if url else {"base": "no_external_url"},
            description_placeholders={
                "link": url or "-",
                "badge": f"{url}?format=svg" if url else "-",
                "preview": self._preview(),
            },
        )

    def _preview(self) -> str:
        """Return what the link says (or would, if it were switched on), as Markdown."""
        badge = b64encode(public_badge(self.hass, self.config_entry).encode()).decode()
        state = json.dumps(public_state(self.config_entry), ensure_ascii=False)
        return f"![](data:image/svg+xml;base64,{badge}) `{state.replace('`', "'")}`"


def _names(entry: ConfigEntry) -> dict[str, str]:
    """Return the names of an entry's extensions by ID."""
    return {
        str(subentry.data[CONF_EXTENSION_ID]): subentry.title
        for subentry in entry.get_subentries_of_type(SUBENTRY_TYPE_EXTENSION)
    }


def _labels(lines: Mapping[str, Line], names: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return how an error names each extension: with its line, if it has one."""
    labels = {each: f"{each} {name}" for each, name in (names or {}).items()}
    for extension_id, line in lines.items():
        labels[extension_id] = f"{line.number}: {extension_id} {line.name}".rstrip()
    return labels


def _add_failures(
    errors: FormErrors,
    validation: Validation,
    labels: Mapping[str, str],
    *,
    must_work: Collection[str],
) -> None:
    """Add what failed on the real API.

    Of the extensions that are stored already, one that works is enough.
    """
    if failure := validation.account_failure:
        errors.add(failure.field, failure.key, message=failure.message or "-")
        return
    failures = {each: failure for each, failure in validation.failures.items() if each in must_work}
    if refused := _described(failures, labels, refused=True):
        errors.add_list(CONF_EXTENSIONS, "extensions_refused", refused)
    if unanswered := _described(failures, labels, refused=False):
        errors.add_list("base" if refused else CONF_EXTENSIONS, "extensions_unanswered", unanswered)
    if not errors and not validation.works:
        failed = [
            *_described(validation.failures, labels, refused=True),
            *_described(validation.failures, labels, refused=False),
        ]
        errors.add_list("base", "no_extension_works", failed)


def _described(
    failures: Mapping[str, Failure], labels: Mapping[str, str], *, refused: bool
) -> list[str]:
    """Return the extensions that the server refused, or those that got no usable answer."""
    return [
        f"{labels[extension_id]} (“{failure.message}”)" if failure.message else labels[extension_id]
        for extension_id, failure in failures.items()
        if isinstance(failure.error, FaultError) == refused
    ]
