"""The core of it all, on the oldest Home Assistant that is supported and on the newest there is."""

import pytest

from development.config_flow import FlowError

from .account import EXTENSIONS
from .home import Home
from .waiting import eventually

pytestmark = pytest.mark.parametrize("running", ["oldest", "newest"], indirect=True)

RECEPTION = "sensor.reception_status"
ON_CALL = "binary_sensor.reception_on_call"


async def test_an_account_is_tried_then_added_and_followed(home: Home) -> None:
    with pytest.raises(FlowError, match="does not accept this account PIN"):
        await home.add_account(pin="99999999")
    await home.add_account()

    names = [name.lower().replace(" ", "_") for name in EXTENSIONS.values()]
    await home.wait_for({f"sensor.{name}_status": "available" for name in names})
    home.simulator.extension("01001").call_state = "called"
    # By itself: the poll is what is looked at.
    await home.wait_for({RECEPTION: "on_call", ON_CALL: "on"})
    home.simulator.extension("01001").set(available=False, reason="pause", call_state="idle")
    await home.poll(RECEPTION)
    await home.wait_for({RECEPTION: "paused", ON_CALL: "off"})


async def test_extensions_come_and_go(home: Home) -> None:
    entry_id = await home.add_account("01001")

    await home.add_extension(entry_id, "01002", "Sales")
    await home.wait_for({RECEPTION: "available", "sensor.sales_status": "available"})
    await home.remove_extension(entry_id, "01002")
    await home.wait_for({RECEPTION: "available", "sensor.sales_status": None})


async def test_options_are_taken_over(home: Home) -> None:
    entry_id = await home.add_account("01001")
    home.simulator.extension("01001").call_state = "wrapup"

    await home.set_options(entry_id, {"scan_interval": 5, "on_call_statuses": ["wrap_up"]})

    await home.wait_for({RECEPTION: "wrap_up", ON_CALL: "on"})


async def test_an_account_is_there_after_a_restart_and_ends_when_it_is_disabled(
    home: Home,
) -> None:
    entry_id = await home.add_account("01001")

    await home.restart()
    await home.wait_for({RECEPTION: "available"})
    await home.set_enabled(entry_id, enabled=False)
    await eventually(
        lambda: home.state(RECEPTION),
        # The oldest leaves the state of what it disables.
        lambda state: state in {None, "unavailable"},
        "the end of the account",
    )
    await home.set_enabled(entry_id, enabled=True)
    await home.wait_for({RECEPTION: "available"})
