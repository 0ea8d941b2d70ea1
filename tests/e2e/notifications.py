"""What Home Assistant tells its owner."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from development.api import JsonObject

from .home import Home
from .waiting import LIMIT, eventually


@dataclass(frozen=True, slots=True)
class Notification:
    """One of the messages behind the bell."""

    title: str
    message: str
    at: datetime


async def notifications(home: Home) -> list[Notification]:
    """Return all that were sent since Home Assistant was started, oldest first."""
    shown = cast(list[JsonObject], await home.api.command("persistent_notification/get"))
    sent = [
        Notification(
            str(each["title"]),
            str(each["message"]),
            datetime.fromisoformat(str(each["created_at"])),
        )
        for each in shown
    ]
    return sorted(sent, key=lambda each: each.at)


async def wait_until_told(home: Home, *titles: str, limit: float = LIMIT) -> list[Notification]:
    """Wait until these notifications were sent, in any order, each once and no others."""
    return await eventually(
        lambda: notifications(home),
        lambda told: sorted(each.title for each in told) == sorted(titles),
        f"{titles}",
        limit=limit,
    )
