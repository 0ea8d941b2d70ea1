"""What a user sends along with a report."""

import json
from pathlib import Path
import re

from playwright.async_api import Page

from .account import ACCOUNT, EXTENSIONS, TITLE
from .account_page import AccountPage
from .home import Home

# A clock's digits may be those of an extension.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+")


async def test_the_diagnostics_tell_what_is_going_on_and_no_secret(
    home: Home, page: Page, tmp_path: Path
) -> None:
    await home.add_account()
    home.simulator.extension("01002").call_state = "called"
    await home.poll("sensor.sales_status")
    await home.wait_for({"sensor.sales_status": "on_call"})
    account = AccountPage(page)
    await account.open()

    async with page.expect_download() as download:
        await account.choose("Download diagnostics")
    path = tmp_path / "diagnostics.json"
    await (await download.value).save_as(path)

    data = json.loads(path.read_text())["data"]
    statuses = [one["state"]["status"] for one in data["extensions"].values()]
    assert statuses == ["available", "on_call", "available", "available", "available"]
    text = _TIME.sub("", json.dumps(data, ensure_ascii=False))
    endpoints = (one.endpoint for one in home.simulator.extensions.values())
    secrets = {
        *(ACCOUNT.pin, ACCOUNT.account_id, ACCOUNT.supervisor_id, ACCOUNT.manager_id),
        *EXTENSIONS,
        *EXTENSIONS.values(),
        *endpoints,
        TITLE,
    }
    assert [secret for secret in secrets if secret in text] == []
