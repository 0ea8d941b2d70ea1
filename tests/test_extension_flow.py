"""Adding extensions to an account, renaming one, and correcting its ID."""

import asyncio
from collections import Counter
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Simulator

from .conftest import SetUp, make_entry
from .flows import Flow, open_extensions, open_rename, row
from .helpers import until
from .strangers import STRANGERS, Handler, serving

pytestmark = pytest.mark.usefixtures("skip")


@pytest.fixture
def entry(entry_data: dict[str, Any]) -> MockConfigEntry:
    """Return an account with two of its five extensions."""
    return make_entry(entry_data, {"01001": "Reception", "01002": "Sales"})


def names(entry: MockConfigEntry) -> dict[str | None, str]:
    """Return the names of the extensions by ID."""
    return {each.unique_id: each.title for each in entry.subentries.values()}


async def add(hass: HomeAssistant, entry: MockConfigEntry, lines: str) -> Flow:
    """Submit lines to the form that adds extensions."""
    flow = await open_extensions(hass, entry)
    await flow.submit({"extensions": lines})
    return flow


async def refuse(
    hass: HomeAssistant, entry: MockConfigEntry, lines: str, errors: dict[str, str]
) -> Flow:
    """Submit lines that are refused, and return the form with the error."""
    flow = await add(hass, entry, lines)
    assert (flow.step, flow.errors) == ("user", errors)
    assert flow.suggested == {"extensions": lines}
    assert len(entry.subentries) == 2
    return flow


async def test_extension_is_added(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    flow = await open_extensions(hass, loaded)
    assert (flow.step, flow.suggested) == ("user", {})
    await flow.submit({"extensions": " 01003  Support "})
    assert (flow.created, flow.ending) == (True, "")
    await hass.async_block_till_done()
    added = list(loaded.subentries.values())[-1]
    assert (added.subentry_type, added.unique_id, added.title, dict(added.data)) == (
        "extension",
        "01003",
        "Support",
        {"extension_id": "01003"},
    )
    assert "has an update listener" not in caplog.text


async def test_lines_are_added_in_their_order_and_those_of_the_account_are_skipped(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await add(hass, loaded, "01005 Night desk\n01001 Reception\n01002\n01003\n01004 Jo")
    assert flow.created
    assert flow.ending == "Extensions added: 3. Already in the account: 2."
    assert list(names(loaded).items()) == [
        ("01001", "Reception"),
        ("01002", "Sales"),
        ("01005", "Night desk"),
        ("01003", "01003"),
        ("01004", "Jo"),
    ]


async def test_40_extensions_are_added_with_their_entities_in_one_poll(
    hass: HomeAssistant, entry_data: dict[str, Any], set_up: SetUp
) -> None:
    many = {f"{number:05}": f"Agent {number}" for number in range(42)}
    async with Simulator(extensions=many) as simulator:
        first = dict(list(many.items())[:2])
        entry = make_entry(entry_data | {"url": simulator.url}, first)
        await set_up(entry)
        states = []
        hass.bus.async_listen(
            "state_changed",
            lambda event: states.append(event.data["entity_id"]),
        )
        await hass.async_block_till_done(wait_background_tasks=True)
        simulator.journal.clear()
        states.clear()
        flow = await add(hass, entry, "\n".join(f"{key} {name}" for key, name in many.items()))
        assert flow.ending == "Extensions added: 40. Already in the account: 2."
        tried = len(simulator.requests)
        await hass.async_block_till_done(wait_background_tasks=True)
        await asyncio.sleep(1.5)  # longer than the cooldown of a refresh
        await hass.async_block_till_done(wait_background_tasks=True)
        polled = [each.extension_id for each in simulator.requests[tried:]]
        assert tried == 80
        assert Counter(polled) == Counter(2 * list(many))
        registry = er.async_get(hass)
        for key in entry.subentries:
            assert registry.async_get_entity_id("sensor", "belfabriek", f"{key}_status")
        assert len(dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)) == 43
        assert not [each for each in states if "agent_0_" in each or "agent_1_" in each]
        await hass.config_entries.async_unload(entry.entry_id)


async def test_paused_agent_can_be_added(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    simulator.extension("01003").set(available=False, reason="paused")
    assert (await add(hass, loaded, "01003 Support")).created


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (" ", "no_extensions"),
        ("Jo", "malformed_lines"),
        ("01003;Jo;Utrecht", "third_column"),
        ("01001 Reception", "no_new_extensions"),
        ("01001 Front desk\n01003", "known_extensions"),
        ("01003 A\n01003 B", "repeated_extensions"),
    ],
)
async def test_wrong_lines_are_refused_before_anything_is_sent(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, lines: str, error: str
) -> None:
    simulator.journal.clear()
    flow = await refuse(hass, loaded, lines, {"extensions": error})
    assert simulator.requests == []
    assert (await flow.submit({"extensions": "01003 Support"})).created


async def test_no_extension_is_added_if_one_line_is_refused(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    errors = {"extensions": "extensions_refused"}
    flow = await refuse(hass, loaded, "01003 Support\n09999 Nobody", errors)
    assert "2: 09999 Nobody (Unknown extension)" in flow.message("extensions")
    assert (await flow.submit({"extensions": "01003 Support"})).created


async def test_missing_zeros_are_named(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    flow = await refuse(hass, loaded, "1003 Support", {"extensions": "missing_zeros"})
    assert "1: 1003 Support → 01003" in flow.message("extensions")


@pytest.mark.usefixtures("enable_custom_integrations")
@pytest.mark.parametrize(("handler", "error"), STRANGERS)
async def test_server_that_is_not_the_api_is_an_error_above_the_form(
    hass: HomeAssistant, entry: MockConfigEntry, handler: Handler, error: str
) -> None:
    right = dict(entry.data)
    entry.add_to_hass(hass)
    async with serving(handler) as url:
        hass.config_entries.async_update_entry(entry, data=right | {"url": url})
        flow = await refuse(hass, entry, "01003 Support", {"base": error})
    hass.config_entries.async_update_entry(entry, data=right)
    assert (await flow.submit({"extensions": "01003 Support"})).created


async def test_extension_that_was_added_meanwhile_is_not_added_twice(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    flows = [await open_extensions(hass, loaded) for _ in range(2)]
    # The server answers both before either has added the extension.
    simulator.delay = 0.05
    await asyncio.gather(*(flow.submit({"extensions": "01003 Support"}) for flow in flows))
    assert [flow.created for flow in flows] == [True, False]
    assert flows[1].aborted == "already_configured"
    assert len(loaded.subentries) == 3


async def test_form_of_an_extension_shows_its_id_and_name(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_rename(hass, loaded, "subentry-1")
    assert (flow.step, flow.suggested) == ("reconfigure", row("01001", "Reception"))


async def test_extension_without_a_name_is_named_by_its_corrected_id(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    hass.config_entries.async_update_subentry(
        loaded, loaded.subentries["subentry-1"], title="01001"
    )
    flow = await open_rename(hass, loaded, "subentry-1")
    assert flow.suggested == row("01001", "")
    await flow.submit(row("01003", ""))
    assert names(loaded)["01003"] == "01003"


async def test_extension_is_renamed_without_asking_the_server(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    await simulator.stop()
    flow = await open_rename(hass, loaded, "subentry-1")
    await flow.submit(row("01001", " Front desk "))
    assert flow.aborted == "reconfigure_successful"
    assert names(loaded) == {"01001": "Front desk", "01002": "Sales"}
    await simulator.start()


async def test_corrected_id_is_tried_and_the_extension_keeps_its_history(
    hass: HomeAssistant, loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    before = list(loaded.subentries)
    device = dr.async_get(hass).async_get_device_by_identifier(
        ("belfabriek", "subentry-1"), loaded.entry_id
    )
    entities = er.async_get(hass).entities.copy()
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
    corrected = dr.async_get(hass).async_get_device_by_identifier(
        ("belfabriek", "subentry-1"), loaded.entry_id
    )
    assert device
    assert corrected
    assert (corrected.id, corrected.model_id) == (device.id, "01003")
    assert entities.keys() == er.async_get(hass).entities.keys()
    assert "has an update listener" not in caplog.text


async def test_missing_zero_is_named_if_an_id_is_corrected(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_rename(hass, loaded, "subentry-1")
    await flow.submit(row("1003", "Reception"))
    assert flow.errors == {"extension_id": "did_you_mean"}
    assert "Did you mean 01003?" in flow.message("extension_id")


async def test_id_is_not_corrected_while_the_server_does_not_answer(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator
) -> None:
    await simulator.inject("status_500_html")
    flow = await open_rename(hass, loaded, "subentry-1")
    await flow.submit(row("01003", "Reception"))
    assert flow.errors == {"base": "unusable_answer"}
    assert names(loaded)["01001"] == "Reception"


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("01002", "duplicate_extension"),
        ("", "malformed_extension_id"),
        ("Jo", "malformed_extension_id"),
    ],
)
async def test_id_cannot_be_corrected_to_a_wrong_one(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, typed: str, error: str
) -> None:
    simulator.journal.clear()
    flow = await open_rename(hass, loaded, "subentry-1")
    await flow.submit(row(typed, "Reception"))
    assert (flow.step, flow.errors) == ("reconfigure", {"extension_id": error})
    assert [each for each in simulator.requests if each.extension_id not in names(loaded)] == []
    await flow.submit(row("01001", "Reception"))
    assert flow.aborted == "reconfigure_successful"


@pytest.mark.parametrize("when", ["before the form is sent", "while the server is asked"])
@pytest.mark.parametrize("deleted", ["extension", "account"])
async def test_form_ends_if_its_extension_or_account_was_deleted(
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


async def test_form_ends_if_the_account_was_deleted(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    flow = await open_extensions(hass, loaded)
    await hass.config_entries.async_remove(loaded.entry_id)
    await flow.submit({"extensions": "01003 Support"})
    assert flow.aborted == "deleted"


async def test_device_says_that_it_is_an_extension_in_the_language_of_home_assistant(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await hass.config.async_update(language="nl")
    await set_up(entry)
    device = dr.async_get(hass).async_get_device_by_identifier(
        ("belfabriek", "subentry-1"), entry.entry_id
    )
    assert device is not None
    assert (device.model, device.model_id) == ("Toestel", "01001")
