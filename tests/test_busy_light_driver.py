"""A busy light with real lights, groups and switches of Home Assistant."""

import asyncio
from collections.abc import Mapping
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.light.const import LightEntityFeature
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import EVENT_CALL_SERVICE
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import (
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.belfabriek.const import DOMAIN
from custom_components.belfabriek.storage import AccountStore
from simulator import Simulator

from .conftest import SetUp, make_entry
from .helpers import state_of
from .lamps import WHITE, ColorLamp, Plug, WhiteLamp, add_busy_light, install

RED = (255, 0, 0)
GREEN = (0, 255, 0)
ORANGE = (255, 110, 0)
BLUE = (0, 0, 255)
LIGHT_GROUP = {"group_type": "light", "hide_members": False, "all": False}
SWITCH = "switch.desk_follow_the_status"


class AccountWithLight:
    """An account with two people, Anna and Ben, and a busy light."""

    def __init__(
        self, hass: HomeAssistant, simulator: Simulator, clock: FrozenDateTimeFactory, set_up: SetUp
    ) -> None:
        self.hass = hass
        self.simulator = simulator
        self._clock = clock
        self._set_up = set_up
        self.entry: MockConfigEntry
        self.is_hanging = False
        """Whether a light never finishes a command."""

    async def load(self, data: dict[str, Any], *lights: str, **settings: object) -> None:
        """Set up the account with a busy light for these lights."""
        self.entry = make_entry(data, {"01001": "Anna", "01002": "Ben"})
        settings = {"extensions": ["subentry-1"], "lights": list(lights), **settings}
        add_busy_light(self.entry, **settings)
        await self._set_up(self.entry)
        await self.wait(0)

    async def set(self, call_state: str = "idle", *, who: str = "01001", **agent: object) -> None:
        """Set what an agent does, and poll."""
        agent = {"available": True, "reason": "", **agent}
        self.simulator.extension(who).set(call_state=call_state, **agent)
        await self.poll()

    async def log_out(self, who: str = "01001") -> None:
        """Log an agent out."""
        await self.set(who=who, available=False, reason="-")

    async def poll(self) -> None:
        await self.entry.runtime_data.async_refresh()
        await self._settle()

    async def _settle(self) -> None:
        if self.is_hanging:
            for _ in range(50):
                await asyncio.sleep(0)
        else:
            await self.hass.async_block_till_done(wait_background_tasks=True)

    async def wait(self, seconds: float) -> None:
        """Let time pass, in small steps."""
        step = min(seconds, 1 if seconds <= 10 else 5)
        for _ in range(int(seconds / step) if step else 1):
            self._clock.tick(step)
            async_fire_time_changed(self.hass)
            await self._settle()

    async def change(self, **settings: object) -> None:
        """Change the settings, as the form does."""
        subentry = self.entry.subentries["desk"]
        data = {**subentry.data, **settings}
        self.hass.config_entries.async_update_subentry(self.entry, subentry, data=data)
        await self.wait(0)

    async def reload(self) -> None:
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.wait(0)

    async def call(self, action: str, entity_id: str, **data: object) -> None:
        """Call an action, as a person does."""
        domain, _, service = action.partition(".")
        await self.hass.services.async_call(
            domain, service, {"entity_id": entity_id, **data}, blocking=True
        )
        await self.wait(0)


@pytest.fixture
def account(
    hass: HomeAssistant,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> AccountWithLight:
    # A pause between two requests would never end while the clock stands still.
    monkeypatch.setattr("custom_components.belfabriek.api.pace._MAX_SPREAD", 0)
    return AccountWithLight(hass, simulator, freezer, set_up)


@pytest.fixture
async def lamp(hass: HomeAssistant) -> ColorLamp:
    """Return a light that is off."""
    lamp = ColorLamp("Lamp")
    await install(hass, lamp)
    return lamp


async def test_light_follows_every_status_in_the_same_poll(
    account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    await account.load(entry_data, "light.lamp")
    assert lamp.shows() == GREEN
    for call_state, color in (("calling", RED), ("called", RED), ("wrapup", ORANGE)):
        await account.wait(2)
        await account.set(call_state)
        assert lamp.shows() == color
    await account.wait(2)
    await account.set(available=False, reason="pause")
    assert lamp.shows() == BLUE
    await account.wait(2)
    await account.log_out()
    assert lamp.shows() is None
    assert lamp.commands == 6  # the last one makes it white, and then off
    await account.wait(120)
    assert lamp.commands == 6


async def test_lights_with_the_same_look_get_one_command(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any]
) -> None:
    lamps: list[WhiteLamp | Plug] = [
        ColorLamp("One"),
        ColorLamp("Two"),
        WhiteLamp("Three"),
        Plug("Four"),
    ]
    await install(hass, *lamps)
    calls: list[Event[Any]] = async_capture_events(hass, EVENT_CALL_SERVICE)
    await account.load(entry_data, "light.one", "light.two", "light.three", "switch.four")
    await account.wait(5)
    calls.clear()
    await account.set("called")
    assert [each.is_on for each in lamps] == [True] * 4
    # No flash and no transition.
    assert [each.data["service_data"] for each in calls] == [
        {"entity_id": ["light.one", "light.two"], "rgb_color": RED, "brightness_pct": 100},
        {"entity_id": ["light.three"], "brightness_pct": 100},
        {"entity_id": ["switch.four"]},
    ]


async def test_light_is_given_back_in_its_previous_state(
    account: AccountWithLight, entry_data: dict[str, Any]
) -> None:
    lamp = ColorLamp("Lamp", on=True)
    lamp._apply({"color_temp_kelvin": 3000, "brightness": 102})
    await install(account.hass, lamp)
    await account.load(entry_data, "light.lamp")
    for call_state in ("called", "wrapup", "idle"):
        await account.wait(5)
        await account.set(call_state)
    assert lamp.shows() == GREEN
    await account.wait(5)
    await account.log_out()
    assert (lamp.shows(), lamp.color_temp_kelvin, lamp.brightness) == (WHITE, 3000, 102)
    await account.wait(5)
    await account.call("light.turn_on", "light.lamp", rgb_color=BLUE)
    await account.wait(60)
    assert lamp.shows() == BLUE


async def test_light_without_colors_that_was_on_is_given_back_once(
    account: AccountWithLight, entry_data: dict[str, Any]
) -> None:
    lamp, plug = WhiteLamp("Lamp", on=True), Plug("Plug", on=True)
    lamp._apply({"brightness": 102})
    await install(account.hass, lamp, plug)
    await account.load(entry_data, "light.lamp", "switch.plug")
    for brightness in (102, 51):
        await account.wait(5)
        await account.set("called")
        assert (lamp.brightness, plug.is_on) == (255, True)
        await account.wait(5)
        await account.set("idle")
        await account.wait(5)
        assert (lamp.brightness, plug.is_on) == (brightness, True)
        # The light is free again, and the next call gives it back at this brightness.
        await account.call("light.turn_on", "light.lamp", brightness=51)
        await account.wait(60)
        assert lamp.brightness == 51


async def test_light_that_was_off_is_white_when_turned_on_again(
    account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    await account.load(entry_data, "light.lamp")
    await account.wait(5)
    await account.log_out()
    assert lamp.shows() is None
    await account.wait(5)
    await account.call("light.turn_on", "light.lamp")
    assert lamp.shows() == WHITE


async def test_light_is_updated_after_a_reload_and_given_back_in_its_previous_state(
    account: AccountWithLight, entry_data: dict[str, Any], hass_storage: dict[str, Any]
) -> None:
    lamp = ColorLamp("Lamp", on=True)
    lamp._apply({"color_temp_kelvin": 3000, "brightness": 102})
    await install(account.hass, lamp)
    await account.load(entry_data, "light.lamp")
    await account.wait(5)
    account.simulator.extension("01001").set(call_state="called")
    commands = lamp.commands
    await account.reload()
    assert (lamp.shows(), lamp.commands) == (RED, commands + 1)
    # The state from before is on disk before the first command.
    stored = hass_storage[f"{DOMAIN}.{account.entry.entry_id}"]["data"]["busy_lights"]
    assert stored["desk"]["before"]["light.lamp"]["attributes"]["color_temp_kelvin"] == 3000
    account.simulator.extension("01001").set(available=False, reason="-")
    await account.reload()
    assert (lamp.shows(), lamp.color_temp_kelvin, lamp.brightness) == (WHITE, 3000, 102)


async def test_light_gets_no_command_after_a_reload_during_an_outage(
    account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    await account.load(entry_data, "light.lamp")
    await account.wait(5)
    await account.simulator.stop()
    await account.reload()
    await account.wait(400)
    assert lamp.shows() == GREEN
    assert lamp.commands == 1


async def test_light_keeps_the_status_for_five_minutes_of_outage(
    account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    await account.load(entry_data, "light.lamp")
    await account.wait(5)
    await account.set("called")
    await account.simulator.stop()
    await account.poll()
    await account.wait(290)
    assert lamp.shows() == RED
    await account.wait(20)
    assert lamp.shows() is None


async def test_other_extensions_count_five_minutes_after_a_status_became_unknown(
    account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    await account.load(entry_data, "light.lamp", extensions=["subentry-1", "subentry-2"])
    await account.wait(5)
    await account.set("called")
    await account.set("ringing")  # not documented
    assert lamp.shows() == RED
    await account.wait(290)
    assert lamp.shows() == RED
    await account.wait(20)
    assert lamp.shows() == GREEN


async def test_slow_disk_does_not_change_the_order_of_the_commands(
    account: AccountWithLight,
    entry_data: dict[str, Any],
    lamp: ColorLamp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = asyncio.Event()

    async def wait_for_disk(self: AccountStore) -> None:
        await written.wait()

    account.is_hanging = True
    with monkeypatch.context() as patch:
        patch.setattr(AccountStore, "async_save", wait_for_disk)
        await account.load(entry_data, "light.lamp", correct=False)
        await account.wait(2)
        await account.set("called")
        assert lamp.commands == 0
        written.set()
        await account.wait(0)
    assert (lamp.shows(), lamp.commands) == (RED, 2)


async def test_unplugged_light_is_updated_when_it_returns(
    account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    await account.load(entry_data, "light.lamp")
    lamp.lose()
    await account.set("called")
    assert lamp.commands == 1
    await account.wait(5)
    lamp.come_back(on=True, rgb_color=GREEN)
    await account.wait(0)
    assert lamp.shows() == RED


async def test_light_that_is_added_later_is_updated(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any]
) -> None:
    await account.load(entry_data, "light.lamp")
    lamp = ColorLamp("Lamp")
    await install(hass, lamp)
    await account.wait(6)
    assert lamp.shows() == GREEN


async def test_light_that_returns_in_a_status_color_is_given_back_off(
    account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    lamp.lose()
    await account.load(entry_data, "light.lamp")
    lamp.come_back(on=True, rgb_color=RED)
    await account.wait(5)
    assert lamp.shows() == GREEN
    await account.log_out()
    assert lamp.shows() is None


async def test_hanging_light_delays_no_other(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any]
) -> None:
    lamp, hanging = ColorLamp("Lamp"), ColorLamp("Hanging")
    await install(hass, lamp, hanging)
    hangs = asyncio.Event()

    async def hang(**kwargs: object) -> None:
        await hangs.wait()

    await account.load(entry_data, "light.lamp", "light.hanging")
    await account.wait(2)
    hanging.async_turn_on = hang  # type: ignore[method-assign]
    account.is_hanging = True
    await account.set("called")
    assert lamp.shows() == RED
    await account.wait(2)
    await account.set("wrapup")
    assert lamp.shows() == ORANGE
    hangs.set()


async def test_failing_light_delays_no_other(
    hass: HomeAssistant,
    account: AccountWithLight,
    entry_data: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    lamp, broken, plug = ColorLamp("Lamp"), ColorLamp("Broken"), Plug("Plug")
    await install(hass, lamp, broken, plug)
    broken.fails = True
    await account.load(entry_data, "light.lamp", "light.broken", "switch.plug")
    await account.wait(60)
    assert (lamp.shows(), lamp.commands) == (GREEN, 1)
    assert broken.commands == 4  # three times a minute after the first one
    for call_state, color in (("called", RED), ("wrapup", ORANGE)):
        await account.set(call_state)
        await account.wait(30)
        assert (lamp.shows(), plug.is_on) == (color, color == RED)
    assert caplog.text.count("failed: The lamp did not answer") == 1
    broken.fails = False
    await account.set("called")
    assert (lamp.shows(), broken.shows()) == (RED, RED)


async def test_members_of_a_group_get_their_own_commands(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any]
) -> None:
    lamp, white, plug = ColorLamp("Lamp"), WhiteLamp("White"), Plug("Plug")
    await install(hass, lamp, white, plug)
    groups = [
        {"name": "Hall", "entities": ["light.lamp", "light.white"], **LIGHT_GROUP},
        {"name": "House", "entities": ["light.hall", "light.lamp"], **LIGHT_GROUP},
    ]
    for options in groups:
        group = MockConfigEntry(domain="group", title=options["name"], options=options)
        group.add_to_hass(hass)
        assert await hass.config_entries.async_setup(group.entry_id)
    await hass.async_block_till_done()
    await account.load(entry_data, "light.lamp", "light.house", "switch.plug")
    await account.wait(60)
    assert (lamp.shows(), white.is_on, plug.is_on) == (GREEN, False, False)
    await account.set("called")
    await account.wait(60)
    assert (lamp.shows(), white.is_on, plug.is_on) == (RED, True, True)
    assert (lamp.commands, white.commands, plug.commands) == (2, 1, 1)
    for each in (lamp, white):
        each.lose()
    await account.set("idle")
    for each in (white, lamp):
        each.come_back(on=True, rgb_color=RED)
    await account.wait(5)
    assert (lamp.shows(), white.is_on) == (GREEN, False)


class EffectLamp(ColorLamp):
    """A light with an effect that runs until it is ended."""

    _attr_supported_features = LightEntityFeature.EFFECT
    _attr_effect_list = ["Breathe", "Solid"]  # noqa: RUF012
    _attr_effect = "Solid"

    @override
    def _apply(self, how: Mapping[str, Any]) -> None:
        if self._attr_effect == "Solid" or "effect" in how:
            super()._apply(how)
        self._attr_effect = how.get("effect", self._attr_effect)


async def test_effect_is_ended_before_the_next_color(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any]
) -> None:
    lamp, plain = EffectLamp("Lamp"), ColorLamp("Plain")
    await install(hass, lamp, plain)
    settings = {"effect": "Breathe", "effect_statuses": ["connecting"]}
    await account.load(entry_data, "light.lamp", "light.plain", **settings)
    await account.wait(5)
    await account.set("calling")
    assert (lamp.effect, lamp.shows(), plain.shows()) == ("Breathe", RED, RED)
    await account.wait(60)
    assert (lamp.commands, plain.commands) == (2, 2)
    await account.set("wrapup")
    assert (lamp.effect, lamp.shows(), plain.shows()) == ("Solid", ORANGE, ORANGE)
    await account.wait(5)
    await account.set("calling")
    await account.wait(5)
    await account.log_out()
    assert (lamp.effect, lamp.shows()) == ("Solid", None)


async def test_light_that_hangs_while_its_effect_ends_delays_no_other(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any]
) -> None:
    lamp, hanging = EffectLamp("Lamp"), EffectLamp("Hanging")
    await install(hass, lamp, hanging)
    settings = {"effect": "Breathe", "effect_statuses": ["connecting"]}
    await account.load(entry_data, "light.hanging", "light.lamp", **settings)
    await account.wait(2)
    await account.set("calling")
    await account.wait(2)
    hangs = asyncio.Event()

    async def hang(**kwargs: object) -> None:
        await hangs.wait()

    hanging.async_turn_on = hang  # type: ignore[method-assign]
    account.is_hanging = True
    await account.set("wrapup")
    assert (lamp.effect, lamp.shows()) == ("Solid", ORANGE)
    hangs.set()


async def test_light_at_one_percent_is_on(
    account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    await account.load(entry_data, "light.lamp", brightness=1)
    assert (lamp.shows(), lamp.brightness) == (GREEN, 3)
    await account.wait(60)
    assert lamp.commands == 1


@pytest.mark.parametrize("correct", [True, False])
async def test_light_changed_by_a_person_during_a_call_is_corrected_if_configured(
    account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp, correct: bool
) -> None:
    await account.load(entry_data, "light.lamp", correct=correct)
    await account.wait(5)
    await account.set("called")
    await account.wait(5)
    await account.call("light.turn_on", "light.lamp", rgb_color=BLUE)
    await account.wait(4)
    assert lamp.shows() == BLUE
    await account.wait(1)
    assert lamp.shows() == (RED if correct else BLUE)
    await account.call("light.turn_off", "light.lamp")
    await account.wait(5)
    assert lamp.shows() == (RED if correct else None)
    await account.set("wrapup")
    assert lamp.shows() == (RED if correct else ORANGE)
    await account.wait(2)
    assert lamp.shows() == ORANGE


async def test_template_light_follows_the_status(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any]
) -> None:
    light = {"name": "Lamp", "turn_on": [], "turn_off": [], "set_level": [], "set_hs": []}
    assert await async_setup_component(hass, "template", {"template": [{"light": [light]}]})
    await hass.async_block_till_done()
    await account.load(entry_data, "light.lamp")
    await account.wait(5)
    await account.set("called")
    state = hass.states.get("light.lamp")
    assert state is not None
    assert state.attributes["hs_color"] == (0, 100)
    await account.wait(5)
    await account.log_out()
    assert state_of(hass, "light.lamp") == "off"


async def test_light_is_free_outside_working_hours(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    hass.states.async_set("schedule.work", "on")
    await account.load(entry_data, "light.lamp", working_hours="schedule.work")
    await account.wait(5)
    await account.set("called")
    hass.states.async_set("schedule.work", "off")
    await account.wait(2)
    assert lamp.shows() is None
    await account.call("light.turn_on", "light.lamp", rgb_color=BLUE)
    await account.wait(60)
    assert lamp.shows() == BLUE
    hass.states.async_set("schedule.work", "on")
    await account.wait(0)
    assert lamp.shows() == RED
    await account.log_out()
    await account.wait(2)
    assert lamp.shows() == BLUE


async def test_changed_settings_are_used_at_once(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any]
) -> None:
    lamp, other = ColorLamp("Lamp"), ColorLamp("Other", on=True)
    other._apply({"color_temp_kelvin": 3000})
    await install(hass, lamp, other)
    await account.load(entry_data, "light.lamp")
    await account.wait(5)
    await account.set("called", who="01002")
    await account.change(extensions=["subentry-2"])
    assert lamp.shows() == RED
    await account.wait(5)
    await account.change(lights=["light.other"])
    assert (lamp.shows(), other.shows()) == (None, RED)
    await account.wait(5)
    await account.change(lights=["light.lamp"])
    assert (lamp.shows(), other.shows()) == (RED, WHITE)


async def test_deselected_light_is_given_back_while_another_is_unplugged(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any]
) -> None:
    lamp, other = ColorLamp("Lamp"), ColorLamp("Other")
    await install(hass, lamp, other)
    await account.load(entry_data, "light.lamp", "light.other")
    await account.wait(5)
    other.lose()
    await account.change(lights=["light.other"])
    assert lamp.shows() is None


async def test_members_of_an_unavailable_group_are_not_given_back(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    def inner(state: str, members: list[str]) -> None:
        hass.states.async_set("light.inner", state, {"entity_id": members} if members else {})

    hass.states.async_set("light.outer", "on", {"entity_id": ["light.inner"]})
    inner("on", ["light.lamp"])
    await account.load(entry_data, "light.outer")
    await account.wait(5)
    assert lamp.shows() == GREEN
    inner("unavailable", [])
    await account.reload()
    await account.wait(5)
    assert (lamp.shows(), lamp.commands) == (GREEN, 1)
    inner("on", ["light.lamp"])
    await account.set("called")
    assert (lamp.shows(), lamp.commands) == (RED, 2)


async def test_light_that_is_not_given_back_is_turned_off_once(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    await account.load(entry_data, "light.lamp", give_back=False, correct=False)
    await account.wait(5)
    await account.log_out()
    assert (lamp.shows(), lamp.commands) == (None, 2)
    await account.wait(5)
    await account.call("light.turn_on", "light.lamp", rgb_color=BLUE)
    hass.config_entries.async_remove_subentry(account.entry, "desk")
    await account.wait(5)
    assert lamp.shows() == BLUE


@pytest.mark.parametrize(
    "how", ["remove busy light", "remove account", "disable account", "switch"]
)
@pytest.mark.parametrize("give_back", [True, False])
async def test_light_is_given_back_when_its_busy_light_is_removed_or_disabled(
    hass: HomeAssistant,
    account: AccountWithLight,
    entry_data: dict[str, Any],
    how: str,
    give_back: bool,
) -> None:
    lamp = ColorLamp("Lamp", on=True)
    lamp._apply({"color_temp_kelvin": 3000})
    await install(hass, lamp)
    await account.load(entry_data, "light.lamp", give_back=give_back)
    await account.wait(5)
    entries, entry_id = hass.config_entries, account.entry.entry_id
    match how:
        case "remove busy light":
            entries.async_remove_subentry(account.entry, "desk")
        case "remove account":
            await entries.async_remove(entry_id)
        case "disable account":
            await entries.async_set_disabled_by(entry_id, ConfigEntryDisabler.USER)
        case "switch":
            disabler = er.RegistryEntryDisabler.USER
            er.async_get(hass).async_update_entity(SWITCH, disabled_by=disabler)
    await account.wait(5)
    assert lamp.shows() == (WHITE if give_back else None)
    if how != "switch":  # then, Home Assistant reloads the account
        await account.wait(60)
        assert lamp.shows() == (WHITE if give_back else None)


async def test_switch_gives_the_light_back_and_follows_again(
    account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    await account.load(entry_data, "light.lamp")
    await account.wait(5)
    await account.call("switch.turn_off", SWITCH)
    assert lamp.shows() is None
    await account.wait(5)
    await account.set("called")
    await account.reload()
    await account.wait(5)
    assert lamp.shows() is None
    await account.call("switch.turn_on", SWITCH)
    assert lamp.shows() == RED


async def test_renamed_entities_are_followed(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any]
) -> None:
    lamp = ColorLamp("Lamp")
    lamp._attr_unique_id = "lamp"
    await install(hass, lamp)
    await account.load(entry_data, "light.lamp")
    registry = er.async_get(hass)
    registry.async_update_entity("light.lamp", new_entity_id="light.desk")
    registry.async_update_entity(SWITCH, new_entity_id="switch.follow")
    await account.wait(5)
    assert account.entry.subentries["desk"].data["lights"] == ["light.desk"]
    assert lamp.shows() == GREEN
    await account.set("called")
    assert lamp.shows() == RED
    await account.wait(5)
    await account.log_out()
    assert lamp.shows() is None


async def test_missing_light_and_extension_are_reported(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    await account.load(entry_data, "light.lamp", "light.gone", extensions=["subentry-1", "gone"])

    def issues() -> list[str]:
        return sorted(each for domain, each in ir.async_get(hass).issues if domain == DOMAIN)

    assert issues() == ["busy_light_extension_missing_desk"]
    await account.wait(65)
    assert issues() == ["busy_light_entity_missing_desk", "busy_light_extension_missing_desk"]
    assert lamp.shows() == GREEN
    await account.change(lights=["light.lamp"], extensions=["subentry-1"])
    assert issues() == []


async def test_light_is_given_back_when_its_extensions_are_removed(
    hass: HomeAssistant, account: AccountWithLight, entry_data: dict[str, Any], lamp: ColorLamp
) -> None:
    await account.load(entry_data, "light.lamp")
    await account.wait(5)
    hass.config_entries.async_remove_subentry(account.entry, "subentry-1")
    await account.wait(5)
    assert lamp.shows() is None
