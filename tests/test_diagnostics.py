import json
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import DEFAULT_EXTENSIONS, Simulator

from .conftest import Poll, SetUp


@pytest.fixture(autouse=True)
async def diagnostics(hass: HomeAssistant, enable_custom_integrations: None) -> None:
    await async_setup_component(hass, "diagnostics", {})


async def test_diagnostics_show_states_and_hide_people(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    hass.config_entries.async_update_entry(loaded, options={"website_id": "a1" * 32})
    simulator.extension("01001").set(call_state="ringing", endpoint="31612345678")
    simulator.remove_extension("01002")
    simulator.extension("01003").set(available=False, reason="lunch with Jo")
    await poll()
    read: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)

    extensions = read["extensions"]
    reception = extensions["subentry-1"]
    assert (reception["available"], reception["call_state"], reception["status"]) == (
        True,
        None,
        None,
    )
    assert 0 <= reception["age"] < 60
    assert "<name>available</name>" in reception["answers"]["ivr.getAgentAvail"]
    assert "[7 characters]" in reception["answers"]["general.getExtensionStatus"]
    assert extensions["subentry-2"]["failure"] == "fault"
    assert "faultString" in extensions["subentry-2"]["answers"]["ivr.getAgentAvail"]
    assert read["last_update_success"] is True

    text = json.dumps(read)
    secrets = (
        "12345",
        "67890",
        "lunch",
        "a1" * 32,
        *DEFAULT_EXTENSIONS,
        *DEFAULT_EXTENSIONS.values(),
    )
    for secret in secrets:
        assert secret not in text.replace(loaded.entry_id, "")
    for key in ("account_pin", "account_id", "supervisor_id", "manager_id"):
        assert read["entry"]["data"][key] == "**REDACTED**"


async def test_diagnostics_hide_ids_and_names_that_are_names_of_members(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    loaded: MockConfigEntry,
) -> None:
    members = "".join(
        f"<member><name>{name}</name><value>1</value></member>"
        for name in ("available", "agent01001", "Reception")
    )
    body = (
        "<methodResponse><params><param><value><struct>"
        f"{members}</struct></value></param></params></methodResponse>"
    )
    await simulator.inject("body", extension_id="01001", body=body.encode())
    read: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    text = json.dumps(read["extensions"]["subentry-1"])
    assert "<name>available</name>" in text
    assert text.count("<name>***</name>") == 4


async def test_diagnostics_show_no_old_state_during_an_outage(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    await simulator.stop()
    await poll()
    read: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert {each["status"] for each in read["extensions"].values()} == {None}
    assert read["last_failure"] == "connection_refused"


@pytest.mark.parametrize("state", ["set-up failing", "disabled", "never loaded"])
async def test_diagnostics_work_in_every_state_of_an_entry(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulator: Simulator,
    entry: MockConfigEntry,
    set_up: SetUp,
    state: str,
) -> None:
    if state == "set-up failing":
        await simulator.inject("status_500_html")
        await set_up(entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
    else:
        await async_setup_component(hass, "belfabriek", {})
        entry.add_to_hass(hass)
        if state == "disabled":
            await hass.config_entries.async_set_disabled_by(
                entry.entry_id, ConfigEntryDisabler.USER
            )
    read: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert read["entry"]["data"]["account_pin"] == "**REDACTED**"
    if state == "set-up failing":
        assert read["last_failure"] == "unusable_answer"
        answers = read["extensions"]["subentry-1"]["answers"]
        assert answers["ivr.getAgentAvail"].startswith("HTTP 500 <html>")


async def test_diagnostics_contain_only_the_host_of_the_address(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry_data: dict[str, Any],
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    await set_up(entry)
    hass.config_entries.async_update_entry(
        entry, data={**entry_data, "url": f"{entry_data['url']}/abcdef/xml.asp?key=abcdef"}
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    read: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert "abcdef" not in json.dumps(read)


async def test_diagnostics_contain_no_phone_number_of_the_website(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, loaded: MockConfigEntry
) -> None:
    hass.config_entries.async_update_entry(loaded, options={"website_tel": "020 555 0199"})
    read: Any = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert read["entry"]["options"] == {"website_tel": "**REDACTED**"}
