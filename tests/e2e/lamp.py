"""A lamp that shows what an extension is doing."""

from typing import Final

from .home import Home
from .waiting import eventually

LAMP: Final = "light.desk_lamp"
RED: Final = [255, 0, 0]
GREEN: Final = [0, 255, 0]


async def automate_lamp(home: Home, status: str) -> None:
    """Let the lamp follow an extension's status, with the blueprint for that."""
    await home.automate("busy_light", {"extensions": [status], "lights": [LAMP]})


async def wait_until_lamp_is(home: Home, color: list[int]) -> None:
    """Wait until the lamp is on, in a color."""
    await eventually(
        lambda: home.attribute(LAMP, "rgb_color"), lambda now: now == color, f"{color}"
    )
