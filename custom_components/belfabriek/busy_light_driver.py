"""Reads and commands the lights of a busy light."""

import asyncio
from collections.abc import Collection, Coroutine, Iterable, Mapping
from math import inf, isinf
from typing import Any, Final, NamedTuple

from homeassistant.components.light.const import DOMAIN as LIGHT_DOMAIN, ColorMode
from homeassistant.components.switch.const import DOMAIN as SWITCH_DOMAIN
from homeassistant.const import (
    ATTR_ENTITY_ID,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
)
from homeassistant.core import CALLBACK_TYPE, Context, Event, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.event import (
    async_call_later,
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
)
from homeassistant.helpers.state import async_reproduce_state

from .account import enabled_extension_ids
from .busy_light import (
    NO_STATUS,
    OFF,
    Command,
    Display,
    Lamp,
    Light,
    Look,
    Settings,
    Sighting,
    Want,
    display,
    may_show_status,
    update_sightings,
    want,
)
from .const import CONF_LIGHTS, CONF_WORKING_HOURS, DOMAIN, LOGGER
from .coordinator import BelfabriekConfigEntry
from .issues import plain_text

DOMAINS: Final = (LIGHT_DOMAIN, SWITCH_DOMAIN)
# Their names moved between versions of Home Assistant.
_BRIGHTNESS: Final = "brightness"
_COLOR_MODE: Final = "color_mode"
_COLOR_TEMP: Final = "color_temp_kelvin"
_EFFECT: Final = "effect"
_RGB_COLOR: Final = "rgb_color"
_REMEMBERED: Final = (
    _BRIGHTNESS,
    _COLOR_MODE,
    _COLOR_TEMP,
    _EFFECT,
    _RGB_COLOR,
    "hs_color",
    "rgbw_color",
    "rgbww_color",
    "xy_color",
)
_WHITE_MODES: Final = {ColorMode.COLOR_TEMP, ColorMode.WHITE}
_COLOR_MODES: Final = {
    ColorMode.HS,
    ColorMode.RGB,
    ColorMode.RGBW,
    ColorMode.RGBWW,
    ColorMode.XY,
}
_NO_BRIGHTNESS: Final = {ColorMode.ONOFF, ColorMode.UNKNOWN}
_WHITE: Final = 2700
"""In kelvin."""
_MISSING_BEFORE_ISSUE: Final = 60.0
"""Seconds for which a light may be missing, for example while its integration is reloaded."""


class BusyLight:
    """Shows the status of extensions on lights."""

    def __init__(self, entry: BelfabriekConfigEntry, subentry_id: str) -> None:
        self._entry = entry
        self._subentry_id = subentry_id
        self._coordinator = entry.runtime_data
        self._hass: HomeAssistant = entry.runtime_data.hass
        self._lamps: dict[str, Lamp] = {}
        self._sightings: dict[str, Sighting] = {}
        self._members: dict[str, list[str]] = {}
        """Members by entity ID; empty for a light. Kept, because an unavailable group has none."""
        self._listened: tuple[object, ...] = ()
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._cancel_timer: CALLBACK_TYPE | None = None
        self._missing_since: float | None = None
        self._saving: asyncio.Task[None] | None = None
        self._failing: set[str] = set()

    @property
    def is_following(self) -> bool:
        """Whether the lights follow the status."""
        return bool(self._lasting.get("is_following", True))

    @property
    def _lasting(self) -> dict[str, Any]:
        return self._coordinator.store.busy_lights.setdefault(self._subentry_id, {})

    @property
    def _before(self) -> dict[str, dict[str, Any]]:
        """The states that the lights had before, by entity ID."""
        before: dict[str, dict[str, Any]] = self._lasting.setdefault("before", {})
        return before

    async def async_follow(self, is_following: bool) -> None:
        """Follow the status, or give the lights back and do not touch them."""
        self._lasting["is_following"] = is_following
        self._async_update()
        await self._coordinator.store.async_save()

    @callback
    def async_start(self) -> None:
        """Start to follow the status."""
        self._async_update()

    @callback
    def async_stop(self, *, give_back: bool) -> None:
        """Stop, and give the lights back if `give_back`; otherwise they stay as they are."""
        self._async_unsubscribe()
        if self._cancel_timer:
            self._cancel_timer()
            self._cancel_timer = None
        self._lamps.clear()
        self._listened = ()
        if give_back:
            self._async_delete_issues()
            lasting = self._coordinator.store.busy_lights.pop(self._subentry_id, {})
            # The switch may be enabled again.
            if self._subentry_id in self._entry.subentries:
                self._lasting["is_following"] = lasting.get("is_following", True)
            async_give_back(self._hass, lasting)

    @callback
    def _async_unsubscribe(self) -> None:
        while self._unsubscribe:
            self._unsubscribe.pop()()

    @callback
    def _async_update(self, *_: object) -> None:
        """Send the commands that are due, and schedule the next check."""
        subentry = self._entry.subentries.get(self._subentry_id)
        if subentry is None:
            return
        settings = Settings.from_data(subentry.data)
        now = self._hass.loop.time()
        chosen = self._expand(settings.lights)
        self._async_listen(settings, chosen)
        shown, check_at = self._display(settings, now)
        check_at = min(check_at, self._async_report_missing(settings, subentry.title, now))
        commands = _Commands(settings, now)
        for entity_id in [*chosen, *self._deselected(chosen)]:
            light = read_light(self._hass.states.get(entity_id))
            wanted: Want | None = None
            if entity_id not in chosen:
                wanted = Want(None)
            elif shown is not None:
                wanted = want(shown, settings, light, self._coordinator.on_call_statuses)
            check_at = min(check_at, self._step(entity_id, light, wanted, commands))
        if self._cancel_timer:
            self._cancel_timer()
        self._cancel_timer = None
        if not isinf(check_at):
            delay = max(0.0, check_at - now)
            self._cancel_timer = async_call_later(self._hass, delay, self._async_update)
        # Last, because a light may report its new state at once, which calls this method again.
        self._send(commands)

    def _expand(self, entity_ids: Iterable[str]) -> list[str]:
        """Return lights and switches without duplicates, with groups replaced by their members."""
        found: dict[str, None] = {}
        groups: set[str] = set()

        def add(entity_id: str) -> None:
            state = self._hass.states.get(entity_id)
            if state and state.state != STATE_UNAVAILABLE:
                self._members[entity_id] = list(state.attributes.get(ATTR_ENTITY_ID, ()))
            if not self._members.get(entity_id):
                found.setdefault(entity_id)
            elif entity_id not in groups:
                groups.add(entity_id)
                for member in self._members[entity_id]:
                    add(member)

        for each in entity_ids:
            add(each)
        return [each for each in found if each.partition(".")[0] in DOMAINS]

    def _deselected(self, chosen: Collection[str]) -> list[str]:
        """Return the lights that are no longer chosen and have yet to be given back."""
        if not self._members.keys() >= set(chosen):
            # An entity that has been missing since the start may be a group of these lights.
            return []
        for entity_id in self._lamps.keys() - set(chosen) - self._before.keys():
            del self._lamps[entity_id]
        return sorted(self._before.keys() - set(chosen))

    def _display(self, settings: Settings, now: float) -> tuple[Display | None, float]:
        data = self._coordinator.data
        polled = enabled_extension_ids(self._hass, self._entry)
        agents = {
            subentry_id: data[subentry_id]
            for subentry_id in settings.extensions
            if subentry_id in polled and subentry_id in data
        }
        self._sightings = update_sightings(self._sightings, agents, now)
        hours = settings.working_hours
        is_closed = hours is not None and self._hass.states.is_state(hours, STATE_OFF)
        shown, check_at = display(self._sightings.values(), settings, now)
        return NO_STATUS if is_closed or not self.is_following else shown, check_at

    def _step(
        self,
        entity_id: str,
        light: Light,
        wanted: Want | None,
        commands: _Commands,
    ) -> float:
        """Add the command for a light, if any, and return when to check again."""
        settings, now, before = commands.settings, commands.now, self._before
        lamp = self._lamps.setdefault(entity_id, Lamp())
        is_ours = may_show_status(light, settings)
        command, check_at = lamp.step(
            wanted, light, now, is_taken=entity_id in before, is_ours=is_ours
        )
        look = wanted.look if wanted else None
        match command:
            case Command.SHOW if look:
                commands.add(entity_id, look, light)
            case Command.GIVE_BACK:
                commands.given_back[entity_id] = before[entity_id]
            case Command.FORGET:
                del before[entity_id]
                self._coordinator.store.async_schedule(growth_only=False)
        if command in {Command.SHOW, Command.GIVE_BACK}:
            lamp.sent(light, now, commands.context.id)
        if look == OFF:
            if lamp.shown == OFF and command is Command.NONE:
                before.pop(entity_id, None)
        elif look and look == lamp.shown and entity_id not in before:
            # A light that has just become available may still show an old status.
            is_old = lamp.was_unreachable and light.has_colors and is_ours
            is_kept = settings.give_back and not is_old
            before[entity_id] = _snapshot(self._hass.states.get(entity_id) if is_kept else None)
            commands.taken.add(entity_id)
        return check_at

    def _send(self, commands: _Commands) -> None:
        """Send in parallel, so that a light that does not answer delays no other."""
        if commands.taken:
            # Write the states from before to disk before the lights change, so that none is lost.
            self._saving = self._create_task(self._coordinator.store.async_save())
        for command, entity_ids in commands.shown.items():
            self._create_task(self._async_show(command, entity_ids, commands.context))
        for entity_id, before in commands.given_back.items():
            self._create_task(
                self._async_run(
                    _async_give_back(self._hass, entity_id, before, commands.context), [entity_id]
                )
            )

    async def _async_show(self, command: _Show, entity_ids: list[str], context: Context) -> None:
        if self._saving:
            await self._saving
        if command.end:
            await self._async_run(
                _async_call(self._hass, entity_ids, {_EFFECT: command.end}, context), entity_ids
            )
        data = _service_data(command.look) if command.domain == LIGHT_DOMAIN else {}
        await self._async_run(
            _async_call(self._hass, entity_ids, data if command.look.is_on else None, context),
            entity_ids,
        )

    async def _async_run(
        self, command: Coroutine[Any, Any, None], entity_ids: Collection[str]
    ) -> None:
        """Run a command, and log if it fails. `Lamp` repeats it if the light does not follow."""
        try:
            await command
        except Exception as error:  # noqa: BLE001 - the integration of a light may raise anything
            if self._failing.isdisjoint(entity_ids):
                LOGGER.warning("%s failed: %s", ", ".join(entity_ids), error)
            self._failing.update(entity_ids)
        else:
            self._failing.difference_update(entity_ids)

    def _create_task(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self._entry.async_create_background_task(
            self._hass, coroutine, f"{self._entry.title} - busy light"
        )

    @callback
    def _async_listen(self, settings: Settings, chosen: Collection[str]) -> None:
        """Listen to extensions, lights and working hours, unless all are the same as before."""
        hours = [settings.working_hours] if settings.working_hours else []
        listened = (settings, tuple(chosen))
        if listened == self._listened:
            return
        self._listened = listened
        self._async_unsubscribe()
        self._unsubscribe = [
            self._coordinator.async_add_listener(self._async_update, context)
            for context in (None, *settings.extensions)
        ]
        entity_ids = {*settings.lights, *chosen, *hours}
        self._unsubscribe += [
            async_track_state_change_event(self._hass, entity_ids, self._async_update),
            async_track_entity_registry_updated_event(
                self._hass, entity_ids, self._async_registry_updated
            ),
        ]

    @callback
    def _async_registry_updated(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        """Follow a light or a schedule to its new entity ID."""
        if event.data["action"] != "update" or "entity_id" not in event.data["changes"]:
            return
        old_id, new_id = event.data["old_entity_id"], event.data["entity_id"]
        self._lamps.pop(old_id, None)
        if old_id in self._before:
            self._before[new_id] = self._before.pop(old_id)
        subentry = self._entry.subentries[self._subentry_id]
        data = {
            **subentry.data,
            CONF_LIGHTS: [
                new_id if each == old_id else each for each in subentry.data[CONF_LIGHTS]
            ],
        }
        if data.get(CONF_WORKING_HOURS) == old_id:
            data[CONF_WORKING_HOURS] = new_id
        self._hass.config_entries.async_update_subentry(self._entry, subentry, data=data)

    @callback
    def _async_report_missing(self, settings: Settings, name: str, now: float) -> float:
        """Report lights and extensions that are missing, and return when to check again."""
        hours = [settings.working_hours] if settings.working_hours else []
        entity_ids = [
            each for each in (*settings.lights, *hours) if self._hass.states.get(each) is None
        ]
        has_lost_extension = not self._entry.subentries.keys() >= set(settings.extensions)
        if not entity_ids:
            self._missing_since = None
        elif self._missing_since is None:
            self._missing_since = now
        due_at = (self._missing_since or now) + _MISSING_BEFORE_ISSUE
        self._async_report(
            "busy_light_entity_missing",
            is_missing=bool(entity_ids) and now >= due_at,
            name=plain_text(name),
            entity_ids=", ".join(f"`{each}`" for each in entity_ids),
        )
        self._async_report(
            "busy_light_extension_missing", is_missing=has_lost_extension, name=plain_text(name)
        )
        return due_at if entity_ids and now < due_at else inf

    @callback
    def _async_report(self, translation_key: str, *, is_missing: bool, **placeholders: str) -> None:
        issue_id = f"{translation_key}_{self._subentry_id}"
        if is_missing:
            ir.async_create_issue(
                self._hass,
                DOMAIN,
                issue_id,
                is_fixable=False,
                severity=ir.IssueSeverity.WARNING,
                translation_key=translation_key,
                translation_placeholders={
                    "account": plain_text(self._entry.title),
                    **placeholders,
                },
            )
        else:
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)

    @callback
    def _async_delete_issues(self) -> None:
        for each in ("busy_light_entity_missing", "busy_light_extension_missing"):
            self._async_report(each, is_missing=False)


class _Show(NamedTuple):
    """A command, the same for several lights."""

    domain: str
    look: Look
    end: str | None
    """The name that ends the running effect, which takes a separate command."""
    alone: str | None
    """The entity ID of a light that needs two commands, so that it does not delay others."""


class _Commands:
    """The commands of one update."""

    def __init__(self, settings: Settings, now: float) -> None:
        self.settings = settings
        self.now = now
        self.context = Context()
        self.shown: dict[_Show, list[str]] = {}
        self.given_back: dict[str, dict[str, Any]] = {}
        self.taken: set[str] = set()

    def add(self, entity_id: str, look: Look, light: Light) -> None:
        """Add a light to the command that it needs."""
        end = None if look.effect else light.no_effect
        command = _Show(entity_id.partition(".")[0], look, end, entity_id if end else None)
        self.shown.setdefault(command, []).append(entity_id)


def read_light(state: State | None) -> Light:
    """Return a light or switch from its state."""
    if state is None or state.state == STATE_UNAVAILABLE:
        return Light(is_reachable=False)
    attributes = state.attributes
    modes = set(attributes.get("supported_color_modes") or ())
    color = attributes.get(_RGB_COLOR)
    return Light(
        is_on={STATE_ON: True, STATE_OFF: False}.get(state.state),
        has_colors=bool(modes & _COLOR_MODES),
        has_brightness=bool(modes - _NO_BRIGHTNESS),
        has_white=ColorMode.COLOR_TEMP in modes,
        color=color and (color[0], color[1], color[2]),
        is_white=attributes.get(_COLOR_MODE) in _WHITE_MODES,
        brightness=attributes.get(_BRIGHTNESS),
        effect=attributes.get(_EFFECT),
        effects=attributes.get("effect_list") or (),
        context_id=state.context.id,
    )


@callback
def async_give_back(hass: HomeAssistant, lasting: Mapping[str, Any]) -> None:
    """Give back the lights of a busy light in the background."""
    for entity_id, before in lasting.get("before", {}).items():
        hass.async_create_background_task(
            _async_give_back(hass, entity_id, before, Context()), f"{DOMAIN} - give back"
        )


def _snapshot(state: State | None) -> dict[str, Any]:
    if state is None or state.state != STATE_ON:
        return {"state": STATE_OFF, "attributes": {}}
    attributes = {each: state.attributes[each] for each in _REMEMBERED if each in state.attributes}
    return {"state": STATE_ON, "attributes": attributes}


async def _async_give_back(
    hass: HomeAssistant, entity_id: str, before: Mapping[str, Any], context: Context
) -> None:
    """Restore the state that a light had before."""
    light = read_light(hass.states.get(entity_id))
    if not light.is_reachable:
        return
    state = State(entity_id, before["state"], before["attributes"])
    if light.no_effect and light.effect != state.attributes.get(_EFFECT):
        await _async_call(hass, [entity_id], {_EFFECT: light.no_effect}, context)
    if state.state == STATE_OFF and light.is_on and light.has_colors and not light.is_white:
        # Many lights turn on again in their last color, which must not be that of a status.
        white = {_COLOR_TEMP: _WHITE} if light.has_white else {_RGB_COLOR: [255] * 3}
        await _async_call(hass, [entity_id], white, context)
    await async_reproduce_state(hass, [state], context=context)


async def _async_call(
    hass: HomeAssistant, entity_ids: list[str], data: Mapping[str, Any] | None, context: Context
) -> None:
    """Turn lights or switches on, or off without data."""
    await hass.services.async_call(
        entity_ids[0].partition(".")[0],
        SERVICE_TURN_OFF if data is None else SERVICE_TURN_ON,
        {ATTR_ENTITY_ID: entity_ids, **(data or {})},
        blocking=True,
        context=context,
    )


def _service_data(look: Look) -> dict[str, Any]:
    data = {
        _RGB_COLOR: look.color,
        "brightness_pct": look.brightness,
        _EFFECT: look.effect,
    }
    return {name: value for name, value in data.items() if value is not None}
