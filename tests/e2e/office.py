"""An office that has an automation of every blueprint: two lamps, a door sign and a bell."""

from typing import Final

from development.api import JsonValue
from simulator.live import Activity

from .account import EXTENSIONS
from .blueprints import automate, import_blueprints
from .home import Home
from .lamp import BLUE, GREEN, LAMP, wait_until_lamp_is

RECEPTION: Final = "sensor.reception_status"
SALES: Final = "sensor.sales_status"
SUPPORT: Final = "sensor.support_status"
WORKSHOP: Final = "sensor.workshop_status"
NIGHT_DESK: Final = "sensor.night_desk_status"
TEAM: Final = (RECEPTION, SALES, SUPPORT, WORKSHOP, NIGHT_DESK)

SALES_LAMP: Final = "light.shelf_lamp"
DOOR_SIGN: Final = "switch.door_sign"

CALL_STARTED: Final = "Call started"
CALL_ENDED: Final = "Call ended"
NOBODY: Final = "Nobody is available"
SOMEBODY: Final = "Somebody is available again"
LONG_CALL: Final = "Long call"
LONG_WRAP_UP: Final = "Long wrap-up"

_CALL_MEMORY: Final = "input_boolean.call_memory"
_NOBODY_MEMORY: Final = "input_boolean.nobody_memory"
# The shortest that the options of the integration and the inputs of the blueprints allow.
_POLL_EVERY: Final = 5
_MINUTES: Final = 1


async def automate_office(home: Home, *, minutes_without_anybody: int) -> None:
    """Add an account and automations of all blueprints.

    The lamp and the sign show what reception does, the other lamp what sales does, and a call of
    reception's is told; all others are timed. The workshop and the night desk are those of whom
    nobody is available.
    """
    await import_blueprints(home)
    await home.act("persistent_notification.dismiss_all")
    for memory in (_CALL_MEMORY, _NOBODY_MEMORY):
        await home.act("input_boolean.turn_off", entity_id=memory)
    await home.add_account(
        options={"scan_interval": _POLL_EVERY, "on_call_statuses": ["connecting", "on_call"]}
    )
    for name, extension, *lights in (
        ("Desk", RECEPTION, LAMP, DOOR_SIGN),
        ("Shelf", SALES, SALES_LAMP),
    ):
        # By default, the color is that of a call.
        await automate(
            home,
            name,
            "busy_light",
            extensions=[extension],
            lights=[*lights],
            color_connecting=[*BLUE],
        )
    await automate(
        home,
        "Bell",
        "on_a_call",
        extensions=["binary_sensor.reception_on_call"],
        start_actions=_notify(CALL_STARTED),
        end_actions=_notify(CALL_ENDED),
        memory=_CALL_MEMORY,
    )
    await automate(
        home,
        "Nobody",
        "nobody_available",
        extensions=[WORKSHOP, NIGHT_DESK],
        minutes=minutes_without_anybody,
        memory=_NOBODY_MEMORY,
    )
    for blueprint in ("long_call", "long_wrap_up"):
        await automate(home, blueprint, blueprint, extensions=[*TEAM[1:]], minutes=_MINUTES)
    for lamp in (LAMP, SALES_LAMP):
        await wait_until_lamp_is(home, GREEN, lamp=lamp)


def begin(home: Home, activity: Activity, *statuses: str) -> None:
    """Let the agents who have these status sensors do something."""
    for status in statuses:
        extension_id = list(EXTENSIONS)[TEAM.index(status)]
        home.simulator.extension(extension_id).set(
            available=activity.available, reason=activity.reason, call_state=activity.call_state
        )


def _notify(title: str) -> JsonValue:
    return [
        {"action": "persistent_notification.create", "data": {"title": title, "message": title}}
    ]
