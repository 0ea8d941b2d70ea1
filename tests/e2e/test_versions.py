"""The oldest supported Home Assistant, with a restart."""

from pathlib import Path

from tools import develop

from .home import Home


def test_account_is_added_followed_and_there_after_a_restart(tmp_path: Path) -> None:
    home = Home(tmp_path, develop.CHECKOUT / ".venv-oldest/bin/hass")
    with home.running():
        home.add_account()
        home.agent("01002", call_state="called")
        home.poll()
        home.wait_for({"binary_sensor.sales_on_a_call": "on"})
        since = home.attributes("sensor.sales")["since"]
        home.restart()
        home.wait_for({"sensor.sales": "on_call"})
        assert home.attributes("sensor.sales")["since"] == since
    home.check_log()
