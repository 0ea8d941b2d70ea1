"""What anybody on the internet is told, over real HTTP."""

from http import HTTPStatus
import logging
import sys
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, patch
from xml.etree import ElementTree as ET

from aiohttp.test_utils import TestClient
from homeassistant.components.webhook import async_handle_webhook
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util.aiohttp import MockRequest, serialize_response
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.belfabriek.webhook import create_website_id
from simulator import Simulator

from .conftest import Poll, SetUp, make_entry
from .flows import open_options

ID = create_website_id()
URL = f"/api/webhook/{ID}"
ON = {"website": True, "website_id": ID, "website_extensions": ["subentry-1"]}
HOSTILE = 'A & B "x" </text><b>&amp;\u202e\x0b ö ☎'
CLEAN = 'A & B "x" </text><b>&amp; ö ☎'
UNKNOWN = {
    "version": 1,
    "ready": None,
    "ready_count": None,
    "extensions": [{"name": CLEAN, "status": None}],
}


@pytest.fixture
async def served(
    entry_data: dict[str, Any], set_up: SetUp, simulator: Simulator
) -> MockConfigEntry:
    """Return an account with a link that names one of its three extensions."""
    simulator.extension("01001").set(available=True, call_state="called")
    simulator.extension("01003").set(available=False, reason="pause")
    names = {"01001": HOSTILE, "01002": "Sales", "01003": "Support"}
    entry = make_entry(entry_data, names, ON)
    await set_up(entry)
    return entry


@pytest.fixture
async def client(
    served: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> TestClient[Any, Any]:
    """Return a visitor who is not logged in."""
    return await hass_client_no_auth()


async def is_silent(client: TestClient[Any, Any], url: str = URL) -> bool:
    response = await client.get(url)
    return (response.status, await response.text()) == (HTTPStatus.OK, "")


async def test_it_is_off_by_default(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    assert not hass.data.get("webhook")
    assert loaded.options == {}


async def test_it_says_no_more_than_was_ticked(client: TestClient[Any, Any]) -> None:
    response = await client.get(URL)
    assert await response.json() == {
        "version": 1,
        "ready": True,
        "ready_count": 1,
        "extensions": [{"name": CLEAN, "status": "busy"}],
    }
    assert response.headers["Cache-Control"] == "public, max-age=10"
    assert response.headers.getall("Vary") == ["Origin"]
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_page_of_another_origin_may_read_it(client: TestClient[Any, Any]) -> None:
    response = await client.get(URL, headers={"Origin": "https://shop.example.com"})
    allowed = response.headers.getall("Access-Control-Allow-Origin")
    assert allowed == ["https://shop.example.com"]


async def test_only_get_and_head_are_answered(client: TestClient[Any, Any]) -> None:
    response = await client.head(URL)
    assert (response.status, await response.text()) == (HTTPStatus.OK, "")
    assert response.headers["ETag"] == (await client.get(URL)).headers["ETag"]
    assert (await client.post(URL)).status == HTTPStatus.METHOD_NOT_ALLOWED


async def test_an_unchanged_answer_is_not_sent_again(
    client: TestClient[Any, Any], simulator: Simulator, poll: Poll
) -> None:
    unchanged = {"If-None-Match": (await client.get(URL)).headers["ETag"]}
    assert (await client.get(URL, headers=unchanged)).status == HTTPStatus.NOT_MODIFIED
    simulator.extension("01001").set(available=True, call_state="idle")
    await poll()
    response = await client.get(URL, headers=unchanged)
    assert (await response.json())["ready_count"] == 2


async def test_an_outage_is_unknown_and_not_nobody(
    client: TestClient[Any, Any], simulator: Simulator, poll: Poll
) -> None:
    await simulator.stop()
    await poll()
    response = await client.get(URL)
    assert response.status == HTTPStatus.OK
    assert await response.json() == UNKNOWN
    assert ">unknown<" in await (await client.get(URL, params={"format": "svg"})).text()


async def test_the_badge_holds_names_as_text(client: TestClient[Any, Any]) -> None:
    response = await client.get(URL, params={"format": "svg", "name": CLEAN})
    assert response.content_type == "image/svg+xml"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    elements = list(ET.fromstring(await response.text()).iter())
    assert {each.tag.partition("}")[2] for each in elements} == {
        *("svg", "title", "rect", "g", "text")
    }
    assert f"{CLEAN}: busy" in [each.text for each in elements]


@pytest.mark.parametrize("name", ["Sales", "Nobody"])
async def test_the_badge_of_a_name_that_is_not_ticked_says_nothing(
    client: TestClient[Any, Any], name: str
) -> None:
    text = await (await client.get(URL, params={"format": "svg", "name": name})).text()
    assert name not in text
    assert "Belfabriek: unknown" in text


async def test_a_thousand_visitors_ask_the_server_nothing(
    client: TestClient[Any, Any], simulator: Simulator
) -> None:
    before = len(simulator.requests)
    for _ in range(1000):
        assert (await (await client.get(URL)).json())["ready_count"] == 1
    assert len(simulator.requests) == before


async def test_it_is_up_to_date_when_all_entities_are_disabled(
    hass: HomeAssistant,
    served: MockConfigEntry,
    client: TestClient[Any, Any],
    simulator: Simulator,
    poll: Poll,
) -> None:
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, served.entry_id):
        registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    assert await hass.config_entries.async_reload(served.entry_id)
    simulator.extension("01002").set(available=False, reason="pause")
    await poll()
    assert (await (await client.get(URL)).json())["ready"] is False
    hass.config_entries.async_update_entry(served, options=ON | {"website": False})
    await hass.async_block_till_done()
    simulator.extension("01002").set(available=True, call_state="idle")
    hass.config_entries.async_update_entry(served, options=ON)
    await poll()
    assert (await (await client.get(URL)).json())["ready"] is True


async def test_a_renewed_link_replaces_the_old_one(
    hass: HomeAssistant, served: MockConfigEntry, client: TestClient[Any, Any]
) -> None:
    coordinator = served.runtime_data
    form = {"website": True, "website_extensions": [], "renew": True}
    await (await open_options(hass, served, "website")).submit(form)
    await hass.async_block_till_done()
    assert await is_silent(client)
    new = f"/api/webhook/{served.options['website_id']}"
    assert (await (await client.get(new)).json())["extensions"] == []
    assert served.runtime_data is coordinator
    await (await open_options(hass, served, "website")).submit(
        form | {"website": False, "renew": False}
    )
    await hass.async_block_till_done()
    assert await is_silent(client, new)


async def test_it_survives_a_reload_and_ends_with_the_entry(
    hass: HomeAssistant,
    served: MockConfigEntry,
    client: TestClient[Any, Any],
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await hass.config_entries.async_reload(served.entry_id)
    assert not await is_silent(client)
    await simulator.stop()
    await hass.config_entries.async_reload(served.entry_id)
    assert served.state is ConfigEntryState.SETUP_RETRY
    assert await is_silent(client)
    ours = [each for each in caplog.records if each.name.startswith("custom_components")]
    assert not any(ID in each.getMessage() for each in ours)
    assert "Handler is already defined" not in caplog.text


async def test_two_accounts_have_two_links(
    hass: HomeAssistant,
    served: MockConfigEntry,
    client: TestClient[Any, Any],
    entry_data: dict[str, Any],
    set_up: SetUp,
) -> None:
    other = create_website_id()
    options = ON | {"website_id": other, "website_extensions": ["second-1"]}
    await set_up(make_entry(entry_data, {"01004": "Workshop"}, options, subentry="second"))
    body = await (await client.get(f"/api/webhook/{other}")).json()
    assert body["extensions"] == [{"name": "Workshop", "status": "ready"}]
    await hass.config_entries.async_remove(served.entry_id)
    assert await is_silent(client)
    assert not await is_silent(client, f"/api/webhook/{other}")


async def test_it_works_through_the_cloud(
    hass: HomeAssistant, client: TestClient[Any, Any]
) -> None:
    etag = (await client.get(URL)).headers["ETag"]
    for headers, status in (({}, HTTPStatus.OK), ({"If-None-Match": etag}, 304)):
        request = MockRequest(b"", "cloud", method="GET", headers=headers)
        answer = serialize_response(await async_handle_webhook(hass, ID, request))
        assert answer["status"] == status
        assert ("ready_count" in (answer["body"] or "")) == (status == HTTPStatus.OK)


@pytest.mark.parametrize("error", [None, ValueError, ConnectionError])
async def test_the_cloud_forgets_a_removed_account(
    hass: HomeAssistant,
    served: MockConfigEntry,
    error: type[Exception] | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    delete = AsyncMock(side_effect=error)
    cloud = SimpleNamespace(CloudNotAvailable=ConnectionError, async_delete_cloudhook=delete)
    hass.config.components.add("cloud")
    name = "homeassistant.components.cloud"
    with (
        patch.dict(sys.modules, {name: cloud}),
        patch(name, cloud, create=True),
    ):
        await hass.config_entries.async_remove(served.entry_id)
    delete.assert_awaited_once_with(hass, ID)
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]
