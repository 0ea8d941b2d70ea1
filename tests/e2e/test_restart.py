"""Home Assistant ends in the middle of a call, in good order or not."""

from .home import Home
from .lamp import GREEN, RED, automate_lamp, wait_until_lamp_is

STATUS = "sensor.sales_status"
ON_CALL = "binary_sensor.sales_on_call"
SINCE = "sensor.sales_status_since"
CALL = "event.sales_call"


async def begin_call(home: Home) -> None:
    await home.add_account()
    await automate_lamp(home, STATUS)
    await wait_until_lamp_is(home, GREEN)
    home.simulator.extension("01002").call_state = "called"
    await home.poll(STATUS)
    await home.wait_for({STATUS: "on_call", ON_CALL: "on"})
    await wait_until_lamp_is(home, RED)


async def test_a_call_goes_on_over_a_restart_as_if_nothing_had_happened(home: Home) -> None:
    await begin_call(home)
    since, event = await home.state(SINCE), await home.state(CALL)

    await home.restart()

    await home.wait_for({STATUS: "on_call", ON_CALL: "on", SINCE: since, CALL: event})
    await wait_until_lamp_is(home, RED)


async def test_a_call_that_ends_while_home_assistant_is_down_does_not_stay_on_the_lamp(
    home: Home,
) -> None:
    await begin_call(home)
    await home.restart()  # Home Assistant saves what was added only some time later

    await home.kill()
    home.simulator.extension("01002").call_state = "idle"
    await home.start()

    await home.wait_for({STATUS: "available", ON_CALL: "off"})
    await wait_until_lamp_is(home, GREEN)


async def test_a_call_that_goes_on_after_a_power_failure_is_on_the_lamp(home: Home) -> None:
    await begin_call(home)
    await home.restart()  # Home Assistant saves what was added only some time later

    await home.kill()
    await home.start()

    await home.wait_for({STATUS: "on_call", ON_CALL: "on"})
    await wait_until_lamp_is(home, RED)
