"""Runs flows, and checks that everything in them has a text and nothing shows a PIN."""

from collections.abc import Mapping
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any, Self

from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowManager, FlowResult, FlowResultType, section
from homeassistant.helpers import config_validation as cv
import probatio
from pytest_homeassistant_custom_component.common import MockConfigEntry

import custom_components.belfabriek
from custom_components.belfabriek.const import DOMAIN

from .helpers import UNMISTAKABLE

PIN = "12345"
"""The PIN of the simulator's account."""

TEXTS: dict[str, Any] = json.loads(
    Path(custom_components.belfabriek.__file__)
    .with_name("translations")
    .joinpath("en.json")
    .read_text(encoding="utf-8")
)


@dataclass
class Flow:
    """One flow, and its current result."""

    manager: FlowManager[Any, Any, Any]
    texts: Mapping[str, Any]
    """The texts of this kind of flow."""
    result: FlowResult[Any, Any]

    def __post_init__(self) -> None:
        """Check the first result."""
        self._check()

    async def submit(self, user_input: dict[str, Any] | None) -> Self:
        """Submit the form; `None` shows it again, as the frontend does after a reload."""
        self.result = await self.manager.async_configure(self.result["flow_id"], user_input)
        self._check()
        return self

    @property
    def step(self) -> str | None:
        """The current form; `None` if the flow has ended."""
        return self.result["step_id"] if self.result["type"] is FlowResultType.FORM else None

    @property
    def errors(self) -> dict[str, str]:
        """The errors by field."""
        return self.result.get("errors") or {}

    @property
    def created(self) -> bool:
        """Whether the flow has ended and has added or stored something."""
        return self.result["type"] is FlowResultType.CREATE_ENTRY

    @property
    def aborted(self) -> str | None:
        """The reason of an abort."""
        return self.result["reason"] if self.result["type"] is FlowResultType.ABORT else None

    @property
    def schema(self) -> Mapping[Any, Any]:
        """The fields of the form."""
        schema = self.result["data_schema"]
        assert schema is not None
        fields: Mapping[Any, Any] = schema.schema
        return fields

    @property
    def suggested(self) -> dict[str, Any]:
        """The suggested values, by section."""
        return _suggested(self.schema)

    def message(self, field: str) -> str:
        """Return the text of the error at a field."""
        text: str = self.texts["error"][self.errors[field]]
        return text.format_map(self._placeholders)

    @property
    def ending(self) -> str:
        """The text at the end of the flow."""
        if self.aborted is not None:
            text: str = self.texts["abort"][self.aborted]
        else:
            key = self.result.get("description")
            text = self.texts["create_entry"][key] if key else ""
        return text.format_map(self._placeholders)

    @property
    def description(self) -> str:
        """The description above the fields."""
        text: str = self.texts["step"][self.step]["description"]
        return text.format_map(self._placeholders)

    @property
    def _placeholders(self) -> Mapping[str, str]:
        return self.result.get("description_placeholders") or {}

    def _check(self) -> None:
        """Check that everything has a text, and that no text has a PIN."""
        match self.result["type"]:
            case FlowResultType.FORM:
                self._check_form()
            case FlowResultType.ABORT:
                if self.result.get("translation_domain") != "homeassistant":
                    assert self.ending
            case FlowResultType.CREATE_ENTRY:
                assert self.ending is not None
        shown = repr([self._placeholders, self.errors, self.result.get("title"), self.aborted])
        assert PIN not in shown
        assert UNMISTAKABLE.pin not in shown

    def _check_form(self) -> None:
        step = self.texts["step"][self.step]
        for text in (step["title"], step.get("description", "")):
            text.format_map(self._placeholders)
        _check_fields(self.schema, step)
        assert set(self.errors) <= {"base", *map(str, self.schema)}
        # This section may be out of sight.
        assert "base" in self.errors or self.errors.get("connection", "see_above") == "see_above"
        for field in self.errors:
            assert self.message(field)
        # The data that the frontend gets.
        assert json.dumps(
            probatio.to_field_list(
                self.result["data_schema"], custom_serializer=cv.custom_serializer
            )
        )


def _check_fields(schema: Mapping[Any, Any], texts: Mapping[str, Any]) -> None:
    for marker, field in schema.items():
        if isinstance(field, section):
            assert texts["sections"][marker]["name"]
            _check_fields(field.schema.schema, texts["sections"][marker])
        else:
            for kind in ("data", "data_description"):
                assert texts[kind].get(marker), f"{kind}.{marker} is missing in the translations"


def _suggested(schema: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        str(marker): _suggested(field.schema.schema)
        if isinstance(field, section)
        else marker.description["suggested_value"]
        for marker, field in schema.items()
        if isinstance(field, section) or "suggested_value" in (marker.description or {})
    }


async def open_account(hass: HomeAssistant) -> Flow:
    """Start the flow that adds an account."""
    manager = hass.config_entries.flow
    result = await manager.async_init(DOMAIN, context={"source": SOURCE_USER})
    return Flow(manager, TEXTS["config"], result)


async def open_reauth(hass: HomeAssistant, entry: MockConfigEntry) -> Flow:
    """Return the reauth flow in progress, or start one as after "Unknown account"."""
    manager = hass.config_entries.flow
    for flow in entry.async_get_active_flows(hass, {"reauth"}):
        result = await manager.async_configure(flow["flow_id"])
        return Flow(manager, TEXTS["config"], result)
    result = await entry.start_reauth_flow(hass, data={"message": "Unknown account"})
    return Flow(manager, TEXTS["config"], result)


async def open_reconfigure(hass: HomeAssistant, entry: MockConfigEntry) -> Flow:
    """Start the flow that changes an account."""
    result = await entry.start_reconfigure_flow(hass)
    return Flow(hass.config_entries.flow, TEXTS["config"], result)


async def open_options(hass: HomeAssistant, entry: ConfigEntry, step: str = "polling") -> Flow:
    """Open a form of the options of an account from the menu."""
    manager = hass.config_entries.options
    menu = await manager.async_init(entry.entry_id)
    texts = TEXTS["options"]
    assert step in menu["menu_options"]
    assert texts["step"]["init"]["menu_options"][step]
    result = await manager.async_configure(menu["flow_id"], {"next_step_id": step})
    return Flow(manager, texts, result)


async def open_extensions(hass: HomeAssistant, entry: ConfigEntry) -> Flow:
    """Start the flow that adds extensions."""
    manager = hass.config_entries.subentries
    result = await manager.async_init(
        (entry.entry_id, "extension"), context={"source": SOURCE_USER}
    )
    return Flow(manager, TEXTS["config_subentries"]["extension"], result)


async def open_rename(hass: HomeAssistant, entry: MockConfigEntry, subentry_id: str) -> Flow:
    """Start the flow that changes an extension."""
    result = await entry.start_subentry_reconfigure_flow(hass, subentry_id)
    texts = TEXTS["config_subentries"]["extension"]
    return Flow(hass.config_entries.subentries, texts, result)


async def open_busy_light(
    hass: HomeAssistant, entry: ConfigEntry, subentry_id: str | None = None
) -> Flow:
    """Start the flow that adds a busy light, or the one that changes it."""
    manager = hass.config_entries.subentries
    context: Any = {"source": SOURCE_USER}
    if subentry_id is not None:
        context = {"source": SOURCE_RECONFIGURE, "subentry_id": subentry_id}
    result = await manager.async_init((entry.entry_id, "busy_light"), context=context)
    return Flow(manager, TEXTS["config_subentries"]["busy_light"], result)


def account_input(
    url: str, /, extensions: str | None = "01001 Reception", **changes: str | bool | None
) -> dict[str, Any]:
    """Return the form for the simulator's account; a field that is `None` is left out."""
    form = change_input(url, **({"account_pin": PIN} | changes))
    return form if extensions is None else form | {"extensions": extensions}


def change_input(url: str, /, **changes: str | bool | None) -> dict[str, Any]:
    """Return the form that changes the simulator's account, by default with an empty PIN."""
    ids = {"supervisor_id": "1", "manager_id": "2", "account_id": "67890"}
    connection = {"url": url, "allow_unencrypted": False}
    filled = {"account_pin": None, **ids, **connection} | changes
    pin = filled["account_pin"]
    return {
        **({} if pin is None else {"account_pin": pin}),
        "call_state": {key: filled[key] for key in ids if filled[key] is not None},
        "connection": {key: filled[key] for key in connection if filled[key] is not None},
    }


def row(extension_id: str, name: str) -> dict[str, str]:
    """Return the input of the form that changes an extension."""
    return {"extension_id": extension_id, "name": name}


def the_entry(hass: HomeAssistant) -> ConfigEntry:
    """Return the only account."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    return entry
