"""The core of it on the oldest supported Home Assistant and on the newest, over a restart."""

from pathlib import Path

import pytest

from tools import develop

from .conftest import Home


@pytest.mark.parametrize("version", ["oldest", "newest"])
def test_an_account_is_added_followed_and_there_after_a_restart(
    tmp_path: Path, version: str
) -> None:
    home = Home(tmp_path, develop.CHECKOUT / f".venv-{version}" / "bin" / "hass")
    with home.serve():
        with home.running() as process:
            home.sign_in(process)
            home.add_account()
            home.set_extension("01002", call_state="called")
            home.wait_for({"binary_sensor.sales_on_call": "on"})
            since = home.states()["sensor.sales_status_since"]
            assert since != "unknown"
        with home.running() as process:
            home.sign_in(process)
            home.wait_for({"sensor.sales_status": "on_call", "sensor.sales_status_since": since})
    assert home.problems() == []
