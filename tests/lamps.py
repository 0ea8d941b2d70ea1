"""Lights and switches that become unavailable and return, and whose commands may fail."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, override

from homeassistant.components.light import LightEntity
from homeassistant.components.light.const import ColorMode
from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity import ToggleEntity
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    setup_test_component_platform,
)

# Not in the same module of all versions of Home Assistant.
ATTR_BRIGHTNESS = "brightness"
ATTR_COLOR_TEMP_KELVIN = "color_temp_kelvin"
ATTR_RGB_COLOR = "rgb_color"

WHITE = "white"
AS_WHITE = {ATTR_COLOR_TEMP_KELVIN: 2700}


class _CommandedEntity(ToggleEntity):
    """Base of lights and switches."""

    _attr_should_poll = False

    def __init__(self, name: str, *, on: bool = False) -> None:
        self._attr_name = name
        self._attr_is_on = on
        self.commands = 0
        """Number of commands."""
        self.fails = False
        """Whether commands fail."""

    def _obey(self, on: bool) -> None:
        """Turn on or off, or fail."""
        self.commands += 1
        if self.fails:
            raise HomeAssistantError("The lamp did not answer")
        self._attr_is_on = on

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        self._obey(False)
        self.async_write_ha_state()

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        self._obey(True)
        self._apply(kwargs)
        self.async_write_ha_state()

    def _apply(self, how: Mapping[str, Any]) -> None:
        """Set colors and brightness."""

    def lose(self) -> None:
        """Become unavailable."""
        self._attr_available = False
        self.async_write_ha_state()

    def come_back(self, *, on: bool, **how: object) -> None:
        """Become available with this state."""
        self._attr_available = True
        self._attr_is_on = on
        self._apply(how)
        self.async_write_ha_state()


class Plug(_CommandedEntity, SwitchEntity):
    """A switch."""


class WhiteLamp(_CommandedEntity, LightEntity):
    """A light with brightness only."""

    _attr_color_mode = ColorMode.BRIGHTNESS
    _attr_supported_color_modes = {ColorMode.BRIGHTNESS}  # noqa: RUF012

    @override
    def _apply(self, how: Mapping[str, Any]) -> None:
        self._attr_brightness = how.get(ATTR_BRIGHTNESS, self._attr_brightness)


class ColorLamp(WhiteLamp):
    """A light that can show colors and white."""

    _attr_color_mode = ColorMode.RGB
    _attr_min_color_temp_kelvin = 2000
    _attr_max_color_temp_kelvin = 6500
    _attr_supported_color_modes = {ColorMode.RGB, ColorMode.COLOR_TEMP}  # noqa: RUF012

    def shows(self) -> tuple[int, int, int] | str | None:
        """Return the visible color or white; `None` if the light is off."""
        if not self.is_on:
            return None
        return self.rgb_color if self.color_mode == ColorMode.RGB else WHITE

    @override
    def _apply(self, how: Mapping[str, Any]) -> None:
        super()._apply(how)
        if ATTR_COLOR_TEMP_KELVIN in how:
            self._attr_color_mode = ColorMode.COLOR_TEMP
            self._attr_color_temp_kelvin = how[ATTR_COLOR_TEMP_KELVIN]
        elif ATTR_RGB_COLOR in how:
            self._attr_color_mode = ColorMode.RGB
            self._attr_rgb_color = how[ATTR_RGB_COLOR]


async def install(hass: HomeAssistant, *things: WhiteLamp | Plug) -> None:
    """Add lamps and plugs to Home Assistant."""
    for domain, kind in (("light", WhiteLamp), ("switch", Plug)):
        found = [thing for thing in things if isinstance(thing, kind)]
        setup_test_component_platform(hass, domain, found)
        assert await async_setup_component(hass, domain, {domain: {"platform": "test"}})
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "scene", {})
    await hass.async_block_till_done()


def add_busy_light(entry: MockConfigEntry, **settings: object) -> None:
    """Add the busy light "Desk" to an account that is not set up yet."""
    desk = ConfigSubentry(
        data=MappingProxyType(settings),
        subentry_id="desk",
        subentry_type="busy_light",
        title="Desk",
        unique_id=None,
    )
    subentries = MappingProxyType({**entry.subentries, desk.subentry_id: desk})
    object.__setattr__(entry, "subentries", subentries)
