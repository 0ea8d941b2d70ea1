from aiohttp import ClientSession
from homeassistant.core import HomeAssistant
import pytest
from yarl import URL

from development.account import DOMAIN, simulator_account
from development.api import ApiError, HomeAssistantApi
from development.config_flow import FlowError, add_config_entry, config_entries
from simulator import DEFAULT_EXTENSIONS, Simulator


async def test_the_simulators_account_is_added(
    hass: HomeAssistant, api: HomeAssistantApi, simulator: Simulator
) -> None:
    entry = await add_config_entry(api, DOMAIN, simulator_account(URL(simulator.base_url)))

    assert entry["state"] == "loaded"
    assert [one["entry_id"] for one in await config_entries(api, DOMAIN)] == [entry["entry_id"]]
    (added,) = hass.config_entries.async_entries(DOMAIN)
    extensions = {one.unique_id: one.title for one in added.subentries.values()}
    assert extensions == DEFAULT_EXTENSIONS


async def test_a_second_account_of_the_same_kind_is_refused_in_words(
    api: HomeAssistantApi, simulator: Simulator
) -> None:
    account = simulator_account(URL(simulator.base_url))
    await add_config_entry(api, DOMAIN, account)

    with pytest.raises(FlowError, match=r"^the flow was aborted: .* .*"):
        await add_config_entry(api, DOMAIN, account)


async def test_a_refused_form_says_why_and_leaves_no_flow_behind(
    hass: HomeAssistant, api: HomeAssistantApi, simulator: Simulator
) -> None:
    account = dict(simulator_account(URL(simulator.base_url)))
    account["user"] = {**account["user"], "account_pin": "99999"}

    with pytest.raises(FlowError, match=r"^step user, account_pin: .* .*"):
        await add_config_entry(api, DOMAIN, account)

    assert not hass.config_entries.flow.async_progress()


async def test_a_step_without_an_answer_is_said(
    api: HomeAssistantApi, simulator: Simulator
) -> None:
    account = dict(simulator_account(URL(simulator.base_url)))
    del account["extensions"]

    with pytest.raises(FlowError, match="the step extensions"):
        await add_config_entry(api, DOMAIN, account)


async def test_an_unknown_integration_is_said(api: HomeAssistantApi) -> None:
    with pytest.raises(ApiError, match="Invalid handler specified") as refused:
        await add_config_entry(api, "nobody", {})

    assert refused.value.status == 404


async def test_there_is_no_account_at_first(session: ClientSession, api: HomeAssistantApi) -> None:
    assert await config_entries(api, DOMAIN) == []
