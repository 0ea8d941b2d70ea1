"""A day that has passed, for the pictures of a Home Assistant that has just begun."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import json
from random import Random
import sqlite3
from typing import Final

from .home import Home

_COUNTS: Final = ("available", "ready", "on_call")
_PASSED: Final = timedelta(minutes=4)
# Hours between two changes, at the least.
_STEP: Final = 0.25


async def write_past(home: Home) -> None:
    """Write what the account counted in the last 24 hours, and let no status be of just now.

    Home Assistant is restarted for that.
    """
    await home.stop()
    _let_pass(home)
    with sqlite3.connect(home.folder / "home-assistant_v2.db") as database:
        for name, values in zip(_COUNTS, zip(*_day(), strict=True), strict=True):
            _write(database, f"sensor.belfabriek_204_extensions_{name}", values)
    database.close()
    await home.start()


def _let_pass(home: Home) -> None:
    """Let the statuses be some minutes older than they are."""
    path = home.folder / ".storage/core.restore_state"
    store = json.loads(path.read_text())
    for one in store["data"]:
        data = one["extra_data"]
        if one["state"]["entity_id"].endswith("_status_since") and data["since"]:
            since = datetime.fromisoformat(data["since"]) - _PASSED
            data["since"] = since.isoformat()
    path.write_text(json.dumps(store))


def _day() -> Iterator[tuple[tuple[float, int], ...]]:
    """Yield times with what is counted then: extensions available, ready and on a call."""
    random = Random(7)  # noqa: S311 - a believable day, the same in every picture
    now = datetime.now(UTC).timestamp()
    hours = -24.0
    while hours < -_STEP:
        # Seen from the middle of an afternoon, whenever the picture is taken.
        at_work = not -22 < hours < -7
        available = random.choice((3, 4, 4, 5)) if at_work else 1
        calls = random.choice((1, 1, 2)) if at_work else 0
        at = now + hours * 3600
        yield (at, available), (at, available - calls), (at, calls)
        hours += random.uniform(_STEP, 3 * _STEP)


def _write(
    database: sqlite3.Connection, entity_id: str, values: tuple[tuple[float, int], ...]
) -> None:
    """Write an entity's states in place of all but its last, with the attributes of that one."""
    (metadata_id, last, attributes_id) = database.execute(
        "SELECT metadata_id, MAX(state_id), attributes_id FROM states"
        " JOIN states_meta USING (metadata_id) WHERE states_meta.entity_id = ?",
        (entity_id,),
    ).fetchone()
    database.execute(
        "DELETE FROM states WHERE metadata_id = ? AND state_id < ?", (metadata_id, last)
    )
    database.executemany(
        "INSERT INTO states (metadata_id, attributes_id, state, last_updated_ts, origin_idx)"
        " VALUES (?, ?, ?, ?, 0)",
        [(metadata_id, attributes_id, str(value), at) for at, value in values],
    )
