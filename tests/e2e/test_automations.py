"""What automations of the blueprints do, while agents work and Home Assistant comes and goes."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator import FaultKind, FaultRule
from simulator.live import CALLED, CALLING, IDLE, LOGGED_OFF, PAUSE, WRAP_UP

from .home import Home
from .lamp import BLUE, GREEN, LAMP, ORANGE, RED, wait_until_lamp_is
from .looks import looking, wait_until_seen
from .notifications import notifications, wait_until_told
from .office import (
    CALL_ENDED,
    CALL_STARTED,
    DOOR_SIGN,
    LONG_CALL,
    LONG_WRAP_UP,
    NIGHT_DESK,
    NOBODY,
    RECEPTION,
    SALES,
    SALES_LAMP,
    SOMEBODY,
    SUPPORT,
    TEAM,
    WORKSHOP,
    automate_office,
    begin,
)
from .waiting import LIMIT

A_MINUTE = timedelta(minutes=1)
A_MINUTE_LATER = LIMIT + A_MINUTE.total_seconds()

DAY = (
    (CALLING, "connecting", BLUE),
    (CALLED, "on_call", RED),
    (WRAP_UP, "wrap_up", ORANGE),
    (IDLE, "available", GREEN),
    (PAUSE, "paused", ORANGE),
    (IDLE, "available", GREEN),
    (LOGGED_OFF, "offline", "off"),
    (IDLE, "available", GREEN),
    (CALLED, "on_call", RED),
)


@pytest.fixture
async def office(home: Home, request: pytest.FixtureRequest) -> Home:
    """Return a Home Assistant with an automation of every blueprint.

    That nobody is available is told at once, or after as many minutes as the parameter says.
    """
    minutes: int = getattr(request, "param", 0)
    await automate_office(home, minutes_without_anybody=minutes)
    return home


async def begin_outage(home: Home) -> None:
    home.log.expect("Error fetching")
    await home.simulator.inject(FaultRule(FaultKind.REFUSE_CONNECTIONS))
    await home.wait_for(dict.fromkeys(TEAM, "unavailable"))


async def begin_calls(home: Home) -> None:
    begin(home, CALLED, RECEPTION, SALES)
    begin(home, PAUSE, WORKSHOP, NIGHT_DESK)
    for lamp in (LAMP, SALES_LAMP):
        await wait_until_lamp_is(home, RED, lamp=lamp)
    await wait_until_told(home, CALL_STARTED, NOBODY)


@pytest.mark.parametrize("office", [1], indirect=True)
async def test_lights_and_notifications_follow_calls_wrap_ups_pauses_and_outages(
    office: Home,
) -> None:
    async with looking(office, LAMP, SALES_LAMP, DOOR_SIGN) as seen:
        morning = datetime.now(UTC)
        begin(office, CALLED, SALES)
        begin(office, WRAP_UP, SUPPORT)
        begin(office, PAUSE, WORKSHOP, NIGHT_DESK)
        for activity, status, color in DAY:
            begin(office, activity, RECEPTION)
            await office.wait_for({RECEPTION: status})
            await wait_until_lamp_is(office, color)

        await begin_outage(office)
        await office.simulator.clear_faults()
        await office.wait_for({RECEPTION: "on_call", SALES: "on_call"})
        outage_over = datetime.now(UTC)
        await begin_outage(office)
        begin(office, IDLE, RECEPTION)
        await office.simulator.clear_faults()
        await wait_until_lamp_is(office, GREEN)

        calls = [CALL_STARTED, CALL_ENDED] * 2
        too_long = [LONG_CALL, LONG_WRAP_UP, NOBODY]
        told = await wait_until_told(office, *calls, *too_long, limit=A_MINUTE_LATER)
        for each in told:
            # An outage did not start the minute anew.
            if each.title in too_long:
                assert morning + A_MINUTE <= each.at < outage_over + A_MINUTE
        begin(office, IDLE, SALES, SUPPORT, WORKSHOP)
        await wait_until_lamp_is(office, GREEN, lamp=SALES_LAMP)
        told = await wait_until_told(office, *calls, *too_long, SOMEBODY)
        await wait_until_seen(
            seen,
            {
                LAMP: [GREEN, *(color for _, _, color in DAY), GREEN],
                SALES_LAMP: [GREEN, RED, GREEN],
                DOOR_SIGN: ["off", "on", "off", "on", "off"],
            },
        )

    assert [each.title for each in told if each.title in calls] == calls
    assert {each.title: each.message for each in told if each.title not in calls} == {
        LONG_CALL: "Sales has been on a call for 1 minute.",
        LONG_WRAP_UP: "Support has been in wrap-up for 1 minute.",
        NOBODY: (
            "For 1 minute, nobody was ready to take a call. Workshop: Paused, Night desk: Paused"
        ),
        SOMEBODY: "Workshop: Available, Night desk: Paused",
    }


async def test_what_ends_while_home_assistant_is_stopped_is_caught_up_with_at_its_start(
    office: Home,
) -> None:
    await begin_calls(office)
    begin(office, WRAP_UP, SUPPORT)
    await office.wait_for({SUPPORT: "wrap_up"})

    await office.stop()
    stopped = datetime.now(UTC)
    begin(office, IDLE, RECEPTION, SUPPORT, WORKSHOP)
    await office.start()

    await wait_until_lamp_is(office, GREEN)
    await wait_until_lamp_is(office, RED, lamp=SALES_LAMP)
    # The call that goes on is timed anew, and is not told about before its minute is up.
    told = await wait_until_told(office, CALL_ENDED, SOMEBODY, LONG_CALL, limit=A_MINUTE_LATER)
    assert told[-1].message == "Sales has been on a call for 1 minute."
    assert told[-1].at > stopped + A_MINUTE


async def test_after_a_power_failure_nothing_is_repeated_and_nothing_left_out(
    office: Home,
) -> None:
    # Home Assistant writes down within seconds what was set up, and within minutes what helpers
    # say. Having done both, it has nothing of the calls that now begin.
    await office.restart()
    await begin_calls(office)

    await office.kill()
    begin(office, IDLE, SALES)
    await office.start()

    await wait_until_lamp_is(office, RED)
    await wait_until_lamp_is(office, GREEN, lamp=SALES_LAMP)
    begin(office, IDLE, RECEPTION, NIGHT_DESK)
    await wait_until_lamp_is(office, GREEN)
    await wait_until_told(office, CALL_ENDED, SOMEBODY)


async def test_a_start_during_an_outage_is_right_as_soon_as_that_is_over(office: Home) -> None:
    await begin_calls(office)

    await office.stop()
    office.log.expect("not ready yet")
    await office.simulator.inject(FaultRule(FaultKind.REFUSE_CONNECTIONS))
    await office.start()
    async with looking(office, LAMP, SALES_LAMP) as seen:
        await office.wait_for(dict.fromkeys(TEAM, "unavailable"))
        assert not await notifications(office)
        begin(office, IDLE, RECEPTION)
        await office.simulator.clear_faults()

        await wait_until_lamp_is(office, GREEN)
        await office.wait_for({SALES: "on_call"})
        await wait_until_told(office, CALL_ENDED)
        await wait_until_seen(seen, {LAMP: [RED, GREEN], SALES_LAMP: [RED]})
