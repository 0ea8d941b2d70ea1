"""A lamp that shows what an extension is doing."""

from typing import Final

from .home import Home
from .looks import Look, look
from .waiting import eventually

LAMP: Final = "light.desk_lamp"
RED: Final = [255, 0, 0]
ORANGE: Final = [255, 110, 0]
GREEN: Final = [0, 255, 0]
BLUE: Final = [0, 0, 255]


async def automate_lamp(home: Home, status: str) -> None:
    """Let the lamp follow an extension's status, with the blueprint for that."""
    await home.automate("busy_light", {"extensions": [status], "lights": [LAMP]})


async def wait_until_lamp_is(home: Home, what: Look, *, lamp: str = LAMP) -> None:
    """Wait until a lamp is on, in a color, or off."""
    await eventually(lambda: look(home, lamp), lambda now: now == what, f"{lamp} to be {what}")
