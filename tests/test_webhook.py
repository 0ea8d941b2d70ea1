"""The website link, over real HTTP."""

import asyncio
from http import HTTPStatus
import logging
import sys
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, patch
from xml.etree import ElementTree as ET

from aiohttp.test_utils import TestClient
from homeassistant.components.webhook import async_handle_webhook
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util.aiohttp import MockRequest, serialize_response
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

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
    hass: HomeAssistant, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client()

    async def ours() -> list[dict[str, Any]]:
        await client.send_json_auto_id({"type": "webhook/list"})
        listed = (await client.receive_json())["result"]
        return [each for each in listed if each["domain"] == "belfabriek"]

    assert await ours() == []
    hass.config_entries.async_update_entry(loaded, options=ON)
    await hass.async_block_till_done()
    assert await ours() == [
        {
            "webhook_id": ID,
            "domain": "belfabriek",
            "name": "Belfabriek",
            "local_only": False,
            "allowed_methods": ["GET", "HEAD"],
        }
    ]


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


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("</text><script>alert(1)</script>", "</text><script>alert(1)</script>"),
        ("\x00\x0b\u202eReception\u200b", "Reception"),
        ("الاستقبال", "الاستقبال"),
        ("Réception 📞", "Réception 📞"),
        ("n" * 200, "n" * 59 + "…"),
    ],
)
async def test_any_name_is_shown_as_text(
    hass: HomeAssistant,
    entry_data: dict[str, Any],
    set_up: SetUp,
    hass_client_no_auth: ClientSessionGenerator,
    name: str,
    shown: str,
) -> None:
    entry = make_entry(entry_data, {"01001": name}, ON)
    await set_up(entry)
    hass.config_entries.async_update_entry(entry, title=name)
    client = await hass_client_no_auth()
    assert (await (await client.get(URL)).json())["extensions"][0]["name"] == shown
    response = await client.get(URL, params={"format": "svg"})
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    assert response.headers["Content-Security-Policy"] == policy
    elements = list(ET.fromstring(await response.text()).iter())
    assert [each.tag.partition("}")[2] for each in elements] == [
        *("svg", "title", "rect", "rect", "g", "text", "text")
    ]
    assert elements[1].text == f"{shown}: ready"


@pytest.mark.parametrize(
    "query", ["format=xml", "format=", "name=Sales", "x=" + "y" * 7000, "format=xml&format=svg"]
)
async def test_what_is_not_known_in_the_query_changes_nothing(
    client: TestClient[Any, Any], query: str
) -> None:
    expected = await (await client.get(URL)).text()
    for accept in ("*/*", "image/svg+xml", "text/html"):
        response = await client.get(f"{URL}?{query}", headers={"Accept": accept})
        assert (response.content_type, await response.text()) == ("application/json", expected)


@pytest.mark.parametrize("name", ["Sales", "Nobody"])
async def test_the_badge_of_a_name_that_is_not_ticked_says_nothing(
    client: TestClient[Any, Any], name: str
) -> None:
    text = await (await client.get(URL, params={"format": "svg", "name": name})).text()
    assert name not in text
    assert "Belfabriek: unknown" in text


async def test_a_thousand_visitors_are_told_the_truth_and_ask_the_server_nothing(
    client: TestClient[Any, Any], simulator: Simulator, poll: Poll
) -> None:
    polls = []
    for number in range(20):
        is_ready = bool(number % 2)
        simulator.extension("01002").set(available=is_ready, reason="-" if is_ready else "pause")
        simulator.extension("01001").call_state = "called" if number % 3 else "idle"
        simulator.journal.clear()
        await poll()
        polls.append(len(simulator.requests))
        for _ in range(5):
            responses = await asyncio.gather(*(client.get(URL) for _ in range(10)))
            for response in responses:
                told = await response.json()
                assert told["ready_count"] == is_ready + (number % 3 == 0)
                assert told["extensions"][0]["status"] == ("busy" if number % 3 else "ready")
        assert len(simulator.requests) == polls[-1]
    # Two requests for an available agent, one for any other.
    assert polls == [4 if number % 2 == 0 else 5 for number in range(20)]


@pytest.mark.parametrize(
    ("fault", "ready"),
    [
        ("status_500_html", None),
        ("fault_struct", False),
        (None, None),  # a call state that is not known
    ],
)
async def test_an_extension_that_might_be_ready_is_not_left_out(
    client: TestClient[Any, Any],
    simulator: Simulator,
    poll: Poll,
    fault: str | None,
    ready: bool | None,
) -> None:
    if fault is None:
        simulator.extension("01002").set(available=True, call_state="ringing")
    else:
        await simulator.inject(fault, extension_id="01002")
    await poll()
    assert (await (await client.get(URL)).json())["ready"] is ready
    simulator.extension("01003").set(available=True, reason="-")
    await poll()
    told = await (await client.get(URL)).json()
    assert (told["ready"], told["ready_count"]) == (True, None if ready is None else 1)


async def test_an_extension_whose_device_is_disabled_does_not_count(
    hass: HomeAssistant, served: MockConfigEntry, client: TestClient[Any, Any], poll: Poll
) -> None:
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, served.entry_id):
        if device.model_id == "01003":
            registry.async_update_device(device.id, disabled_by=dr.DeviceEntryDisabler.USER)
    await poll()
    assert (await (await client.get(URL)).json())["ready_count"] == 1


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
    await simulator.start()
    await hass.config_entries.async_reload(served.entry_id)
    assert not await is_silent(client)
    disabled = ConfigEntryDisabler.USER
    await hass.config_entries.async_set_disabled_by(served.entry_id, disabled)
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
    request = MockRequest(b"", "cloud", method="GET", query_string="format=svg")
    answer = serialize_response(await async_handle_webhook(hass, ID, request))
    assert answer["body"].startswith("<svg")


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
