"""A simulated team of any size, and statistics of the past weeks, for `scripts/develop`.

`python -m tools.trial --port 8480 --agents 40` runs the simulator with such a team.
"""

import argparse
import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
import sqlite3
from time import sleep
from typing import Any, Final
from zoneinfo import ZoneInfo

import aiohttp

from simulator import DEFAULT_EXTENSIONS, Simulator
from simulator.cli import run

_NAMES: Final = """\
Reception|Sales|Support|Workshop|Night desk|Demi van de Wetering|Klantenservice Amsterdam
Anne-Marie de Vries|Jo|Bartholomeus Hoogland|Mohammed El Yaacoubi|Sophie Vandenbroucke
Willemijn Wiersma-Maas|Fatima Özdemir|Jean-Baptiste Lefèvre|Kees|Noor van 't Hoff
Maximilian Oberhauser|Wachtmeesters 2e lijn|Esra Yildiz|Charlotte Montgomery|Tim de Groot
Lotte Timmermans|Abdelkader Benali|Eva|Guus Schouten-Kuipers|Marieke van den Heuvel|Ruud
Hannah Schmidt|Sales Noord-Nederland|Pieter-Jan Verstraeten|Ola|Wilhelmina Wassenaar
Yusuf Demir|Isabelle de la Fontaine|Bas|Daan Mulder|Emma Bakker|Administratie
Zoë Papadopoulos""".replace("\n", "|").split("|")

_WEEKS: Final = 5
_HOUR: Final = timedelta(hours=1)
_STEP: Final = timedelta(minutes=5)
_CALLS_PER_HOUR: Final = 6
"""Of one agent, in the middle of a working day."""
_COUNTS: Final = {"extensions_available": 0.85, "extensions_ready": 0.35, "extensions_on_call": 0.4}
"""Parts of the team."""
_COUNTERS: Final = {
    "calls": 1.0,
    "talk_time": 0.055,
    "wrap_up_time": 0.012,
    "ready_time": 0.06,
    "paused_time": 0.02,
}
"""Per call; times in hours."""


def team(agents: int | None) -> Mapping[str, str]:
    """Return the names of the extensions by ID; without a number, those of the simulator."""
    if agents is None:
        return DEFAULT_EXTENSIONS
    names = [*_NAMES, *(f"Desk {number}" for number in range(len(_NAMES) + 1, agents + 1))]
    return {f"01{number:03}": name for number, name in enumerate(names[:agents], 1)}


def _busy(local: datetime) -> float:
    """Return how busy a working day is at a time, from 0 to 1."""
    if local.weekday() >= 5 or not 8 <= local.hour < 18:  # noqa: PLR2004 - Saturday
        return 0
    return 1 - abs(local.hour + local.minute / 60 - 13) / 7


def _times(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    while start + step <= end:
        yield start
        start += step


def _rows(key: str, agents: int, times: Iterator[datetime], zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return statistics of a sensor of the account; the sum of a counter ends at 0."""
    random = Random(key)  # noqa: S311 - not a secret
    result: list[dict[str, Any]] = []
    total = 0.0
    for time in times:
        busy = agents * _busy(time.astimezone(zone)) * random.uniform(0.8, 1.2)
        if key in _COUNTS:
            mean = min(agents, busy * _COUNTS[key])
            result.append({"start": time, "mean": mean, "min": int(mean), "max": round(mean + 0.5)})
        else:
            total += round(busy * _CALLS_PER_HOUR) * _COUNTERS[key]
            result.append({"start": time, "state": 0, "sum": total})
    for row in result:
        if "sum" in row:
            row["sum"] -= total
    return result


def _account_sensors(states: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the states of the sensors of a new account by key."""
    names = {key: key for key in (*_COUNTS, *_COUNTERS)}
    names["extensions_available"] = "extensions_accepting_calls"
    names["extensions_on_call"] = "extensions_on_a_call"
    by_id = {state["entity_id"]: state for state in states}
    return {key: by_id[f"sensor.belfabriek_{name}"] for key, name in names.items()}


def statistics(
    states: Sequence[Mapping[str, Any]], agents: int, zone: ZoneInfo
) -> list[dict[str, Any]]:
    """Return hours of the past weeks, as `recorder/import_statistics` takes them."""
    now = datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight.astimezone(UTC) - timedelta(weeks=_WEEKS)
    result = []
    for key, state in _account_sensors(states).items():
        counter = key in _COUNTERS
        unit = state["attributes"].get("unit_of_measurement")
        metadata = {
            "has_sum": counter,
            "mean_type": 0 if counter else 1,
            "name": None,
            "source": "recorder",
            "statistic_id": state["entity_id"],
            "unit_class": "duration" if unit == "h" else None,
            "unit_of_measurement": unit,
        }
        # The counters count from now on, so the figures of today start at 0.
        end = midnight.astimezone(UTC) if counter else hour
        hours = _rows(key, agents, _times(start, end, _HOUR), zone)
        stats = [{**row, "start": row["start"].isoformat()} for row in hours]
        result.append({"metadata": metadata, "stats": stats})
    return result


async def import_statistics(url: str, token: str | None, those: Sequence[dict[str, Any]]) -> None:
    """Send statistics to Home Assistant."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/api/websocket") as ws:
        await ws.receive_json()
        await ws.send_json({"type": "auth", "access_token": token})
        await ws.receive_json()
        for number, each in enumerate(those, 1):
            await ws.send_json({"id": number, "type": "recorder/import_statistics", **each})
            answer = await ws.receive_json()
            if not answer["success"]:
                raise RuntimeError(answer["error"])


def write_short_term(
    database: Path, states: Sequence[Mapping[str, Any]], agents: int, zone: ZoneInfo
) -> None:
    """Write the staffing of the last day; Home Assistant does not import five minutes."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    sensors = {
        key: state["entity_id"] for key, state in _account_sensors(states).items() if key in _COUNTS
    }
    known = "SELECT id FROM statistics_meta WHERE statistic_id = ?"
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        # Home Assistant writes what it has imported in the background, so wait for all of them:
        # after the first row of ours it waits for us.
        ids = {}
        for key, entity_id in sensors.items():
            while not (found := connection.execute(known, (entity_id,)).fetchone()):
                sleep(0.2)
            ids[key] = found[0]
        with connection:
            for key, metadata_id in ids.items():
                for row in _rows(key, agents, _times(end - timedelta(days=1), end, _STEP), zone):
                    start = row["start"].timestamp()
                    connection.execute(
                        "INSERT OR IGNORE INTO statistics_short_term"
                        " (metadata_id, created_ts, start_ts, mean, min, max)"
                        " VALUES (?, ?, ?, ?, ?, ?)",
                        (metadata_id, start, start, row["mean"], row["min"], row["max"]),
                    )


def main() -> None:
    """Run the simulator."""
    parser = argparse.ArgumentParser(prog="tools.trial")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--agents", type=int, required=True)
    options = parser.parse_args()
    extensions = team(options.agents)
    asyncio.run(run(Simulator(extensions=extensions, port=options.port)))


if __name__ == "__main__":
    main()
