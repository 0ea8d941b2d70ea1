"""LLM tool that returns the status of the team."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, override

from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.components.llm import LLMTools
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er, llm
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from .api import Status
from .const import DOMAIN
from .targets import ON_CALL, STATUS, STATUS_SINCE, EntityKind


@dataclass
class _Person:
    """An extension of which something is exposed."""

    name: str
    account: str
    entities: dict[EntityKind, str] = field(default_factory=dict)
    """Entity IDs; of the status and of being on a call only if exposed."""


class GetTeamStatusTool(llm.Tool):
    """Returns the status of the exposed extensions."""

    name = f"{DOMAIN}__get_team_status"
    title = "Get team status"
    description = (
        "Get who of the telephone team can be called now. The status ready means: can be called. "
        "A status of null is not known: do not say that this person can or cannot be called."
    )
    integration = DOMAIN

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext
    ) -> Any:
        """Return the status of each exposed extension, in fixed words."""
        people = _exposed_people(hass, llm_context.assistant)
        count = Counter(person.name for person in people)
        data: JsonObjectType = {
            "people": [
                {
                    "name": person.name,
                    **({"account": person.account} if count[person.name] > 1 else {}),
                    **_facts(hass, person),
                }
                for person in people
            ]
        }
        # Home Assistant 2026.9 expects the data itself.
        result = getattr(llm, "ToolResult", None)
        return data if result is None else result(data=data)


if hasattr(llm, "ToolAnnotations"):  # not in Home Assistant 2026.9
    GetTeamStatusTool.annotations = llm.ToolAnnotations(
        read_only=True, destructive=False, idempotent=True, open_world=False
    )


@callback
def async_get_tools(
    hass: HomeAssistant, llm_context: llm.LLMContext, api_id: str
) -> LLMTools | None:
    """Return the tool if the assistant may see anything of an extension."""
    if api_id != llm.LLM_API_ASSIST or not _exposed_people(hass, llm_context.assistant):
        return None
    return LLMTools(tools=[GetTeamStatusTool()])


def _exposed_people(hass: HomeAssistant, assistant: str | None) -> list[_Person]:
    """Return the extensions whose status, or whether they are on a call, is exposed."""
    if not assistant:
        return []
    people = {}
    for kind, device, entry in _extension_entities(hass):
        if kind != STATUS_SINCE and not async_should_expose(hass, assistant, entry.entity_id):
            continue
        if device.id not in people:
            account = hass.config_entries.async_get_entry(entry.config_entry_id or "")
            people[device.id] = _Person(
                name=device.name_by_user or device.name or "",
                account=account.title if account else "",
            )
        people[device.id].entities[kind] = entry.entity_id
    exposed = (each for each in people.values() if {STATUS, ON_CALL} & set(each.entities))
    return sorted(exposed, key=lambda each: (each.name, each.account))


def _extension_entities(
    hass: HomeAssistant,
) -> Iterator[tuple[EntityKind, dr.DeviceEntry, er.RegistryEntry]]:
    """Yield the status entities of extensions with their devices."""
    devices, registry = dr.async_get(hass), er.async_get(hass)
    for config_entry in hass.config_entries.async_entries(DOMAIN):
        for entry in er.async_entries_for_config_entry(registry, config_entry.entry_id):
            device, kind = devices.async_get(entry.device_id or ""), EntityKind.of(entry)
            if (
                isinstance(device, dr.DeviceEntry)
                and not entry.disabled
                and kind in {ON_CALL, STATUS, STATUS_SINCE}
            ):
                yield kind, device, entry


def _facts(hass: HomeAssistant, person: _Person) -> JsonObjectType:
    """Return the status of an extension, without text from the server."""
    kind = STATUS if STATUS in person.entities else ON_CALL
    key = kind.translation_key
    state = hass.states.get(person.entities[kind])
    if state is None or state.state == STATE_UNAVAILABLE:
        return {key: None, "reason": "no answer"}
    if kind == ON_CALL:
        known = {STATE_ON: True, STATE_OFF: False}.get(state.state)
        return {key: known} if known is not None else {key: None, "reason": "not known"}
    if state.state not in list(Status):
        return {key: None, "reason": "not known"}
    since = _since(hass, person)
    if since is None:
        return {key: state.state}
    minutes = max(0, int((dt_util.utcnow() - since).total_seconds() // 60))
    return {
        key: state.state,
        "for": f"{minutes} minute{'' if minutes == 1 else 's'}",
        "since": dt_util.as_local(since).isoformat(timespec="minutes"),
    }


def _since(hass: HomeAssistant, person: _Person) -> datetime | None:
    """Return when the status started, if that is known."""
    state = hass.states.get(person.entities.get(STATUS_SINCE, ""))
    return dt_util.parse_datetime(state.state) if state else None
