"""Adding an extension to an account, renaming it, and correcting its ID."""

import asyncio
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator

from .conftest import make_entry
from .flows import Flow, open_extension, open_rename, row
from .helpers import until
from .strangers import STRANGERS, Handler, serving

SUPPORT = row("01003", "Support")


@pytest.fixture
def entry(entry_data: dict[str, Any]) -> MockConfigEntry:
    """Return an account with two of its five extensions."""
    return make_entry(entry_data, {"01001": "Reception", "01002": "Sales"})


def names(entry: MockConfigEntry) -> dict[str | None, str]:
    """Return the names of the extensions by ID."""
    return {each.unique_id: each.title for each in entry.subentries.values()}


async def add_and_expect(
    hass: HomeAssistant, entry: MockConfigEntry, typed: dict[str, Any], errors: dict[str, str]
) -> Flow:
    """Try to add an extension, and return the form with the error."""
    flow = await open_extension(hass, entry)
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("user", errors)
    assert flow.suggested == typed
    assert len(entry.subentries) == 2
    return flow


async def test_an_extension_is_added(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    flow = await open_extension(hass, loaded)
    assert (flow.step, flow.suggested) == ("user", {})
    assert (await flow.submit(row(" 01003 ", " Support "))).created
    await hass.async_block_till_done()
    added = list(loaded.subentries.values())[-1]
    assert (added.subentry_type, added.unique_id, added.title, dict(added.data)) == (
        "extension",
        "01003",
        "Support",
        {"extension_id": "01003"},
    )
    assert "has an update listener" not in caplog.text


@pytest.mark.parametrize("typed", [{"extension_id": "01003"}, row("01003", " ")])
async def test_an_extension_without_a_name_is_named_by_its_id(
    hass: HomeAssistant, loaded: MockConfigEntry, typed: dict[str, str]
) -> None:
    assert (await (await open_extension(hass, loaded)).submit(typed)).created
    assert names(loaded)["01003"] == "01003"


async def test_an_agent_that_takes_no_calls_can_be_added(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.extension("01003").set(available=False, reason="paused")
    assert (await (await open_extension(hass, loaded)).submit(SUPPORT)).created


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        pytest.param(row("  ", "A"), {"extension_id": "empty_extension_id"}, id="blank"),
        pytest.param(row("Jo", "A"), {"extension_id": "malformed_extension_id"}, id="no digit"),
        pytest.param(row("01001 ", "A"), {"extension_id": "duplicate_extension"}, id="twice"),
    ],
)
async def test_what_cannot_be_right_is_refused_before_anything_is_sent(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    typed: dict[str, str],
    errors: dict[str, str],
) -> None:
    simulator.journal.clear()
    flow = await add_and_expect(hass, loaded, typed, errors)
    assert simulator.requests == []
    assert (await flow.submit(SUPPORT)).created


async def test_an_unknown_extension_is_refused_with_the_servers_words(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    errors = {"extension_id": "extension_refused"}
    flow = await add_and_expect(hass, loaded, row("09999", "Nobody"), errors)
    assert "“Unknown extension”" in flow.message("extension_id")
    assert (await flow.submit(SUPPORT)).created


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"pin": "54321"}, "invalid_auth", "Unknown account"),
        ({"manager_id": "3"}, "invalid_call_state_ids", "Unknown manager"),
    ],
)
async def test_rejected_credentials_are_no_mistake_of_this_form(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    changed: dict[str, str],
    error: str,
    words: str,
) -> None:
    right = simulator.account
    simulator.account = replace(right, **changed)
    flow = await add_and_expect(hass, loaded, SUPPORT, {"base": error})
    assert f"“{words}”" in flow.message("base")
    simulator.account = right
    assert (await flow.submit(SUPPORT)).created


async def test_a_server_that_is_down_can_be_tried_again(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    await simulator.stop()
    flow = await add_and_expect(hass, loaded, SUPPORT, {"base": "cannot_connect"})
    await simulator.start()
    assert (await flow.submit(SUPPORT)).created


async def test_a_server_that_never_answers_can_be_tried_again(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulator.delay = 60
    with monkeypatch.context() as patched:
        patched.setattr("custom_components.belfabriek.api.transport.REQUEST_TIMEOUT", 0.05)
        flow = await add_and_expect(hass, loaded, SUPPORT, {"base": "timeout"})
    simulator.delay = 0
    assert (await flow.submit(SUPPORT)).created


@pytest.mark.usefixtures("enable_custom_integrations")
@pytest.mark.parametrize(("handler", "error"), STRANGERS)
async def test_a_server_that_gives_no_answer_of_the_api_is_told_apart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    handler: Handler,
    error: str,
) -> None:
    right = dict(entry.data)
    entry.add_to_hass(hass)
    async with serving(handler) as url:
        hass.config_entries.async_update_entry(entry, data=right | {"url": url})
        flow = await add_and_expect(hass, entry, SUPPORT, {"base": error})
    hass.config_entries.async_update_entry(entry, data=right)
    assert (await flow.submit(SUPPORT)).created


async def test_an_extension_that_was_added_meanwhile_is_not_added_twice(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    flows = [await open_extension(hass, loaded) for _ in range(3)]
    # The server answers both before either has added the extension.
    simulator.delay = 0.05
    await asyncio.gather(*(flow.submit(SUPPORT) for flow in flows[:2]))
    await flows[2].submit(SUPPORT)
    assert [flow.created for flow in flows] == [True, False, False]
    for flow in flows[1:]:
        assert flow.errors == {"extension_id": "duplicate_extension"}
        assert "Support" in flow.message("extension_id")
    assert len(loaded.subentries) == 3


async def test_the_form_of_an_extension_shows_its_id_and_name(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_rename(hass, loaded, "subentry-1")
    assert (flow.step, flow.suggested) == ("reconfigure", row("01001", "Reception"))


async def test_one_without_a_name_is_still_named_by_its_id_when_that_is_corrected(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    hass.config_entries.async_update_subentry(
        loaded, loaded.subentries["subentry-1"], title="01001"
    )
    flow = await open_rename(hass, loaded, "subentry-1")
    assert flow.suggested == row("01001", "")
    await flow.submit(row("01003", ""))
    assert names(loaded)["01003"] == "01003"


async def test_an_extension_is_renamed_without_asking_the_server(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    await simulator.stop()
    flow = await open_rename(hass, loaded, "subentry-1")
    await flow.submit(row("01001", " Front desk "))
    assert flow.aborted == "reconfigure_successful"
    assert names(loaded) == {"01001": "Front desk", "01002": "Sales"}


async def test_a_corrected_id_is_tried_and_the_subentry_stays(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = list(loaded.subentries)
    flow = await open_rename(hass, loaded, "subentry-1")
    await flow.submit(row("09999", "Reception"))
    assert (flow.step, flow.errors) == ("reconfigure", {"extension_id": "extension_refused"})
    assert "“Unknown extension”" in flow.message("extension_id")
    assert flow.suggested == row("09999", "Reception")
    assert names(loaded) == {"01001": "Reception", "01002": "Sales"}

    await flow.submit(row("01003", "Reception"))
    assert flow.aborted == "reconfigure_successful"
    await hass.async_block_till_done()
    assert list(loaded.subentries) == before
    assert names(loaded) == {"01003": "Reception", "01002": "Sales"}
    assert loaded.subentries["subentry-1"].data == {"extension_id": "01003"}
    assert "has an update listener" not in caplog.text


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("01002", "duplicate_extension"),
        ("", "empty_extension_id"),
        ("Jo", "malformed_extension_id"),
    ],
)
async def test_an_id_cannot_be_corrected_to_what_cannot_be_right(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, typed: str, error: str
) -> None:
    simulator.journal.clear()
    flow = await open_rename(hass, loaded, "subentry-1")
    await flow.submit(row(typed, "Reception"))
    assert (flow.step, flow.errors) == ("reconfigure", {"extension_id": error})
    assert simulator.requests == []
    await flow.submit(row("01001", "Reception"))
    assert flow.aborted == "reconfigure_successful"


@pytest.mark.parametrize("when", ["before the form is sent", "while the server is asked"])
@pytest.mark.parametrize("deleted", ["extension", "account"])
async def test_what_was_deleted_while_its_form_was_open_is_not_changed(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, when: str, deleted: str
) -> None:
    flow = await open_rename(hass, loaded, "subentry-1")

    async def delete() -> None:
        if deleted == "extension":
            hass.config_entries.async_remove_subentry(loaded, "subentry-1")
        else:
            await hass.config_entries.async_remove(loaded.entry_id)

    if when == "before the form is sent":
        await delete()
        await flow.submit(row("01001", "Front desk"))
    else:
        simulator.delay = 0.1
        sent = hass.async_create_task(flow.submit(row("01003", "Front desk")))
        await until(lambda: simulator.requests[-1].extension_id == "01003")
        await delete()
        await sent
    assert flow.aborted == "deleted"


async def test_nothing_is_added_to_an_account_that_was_deleted(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_extension(hass, loaded)
    await hass.config_entries.async_remove(loaded.entry_id)
    await flow.submit(SUPPORT)
    assert flow.aborted == "deleted"
