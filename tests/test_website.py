"""The website link, over real HTTP."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
import json
import logging
import sys
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, patch
from xml.etree import ElementTree as ET

from aiohttp.test_utils import TestClient
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.webhook import async_handle_webhook
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.aiohttp import MockRequest, serialize_response
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.belfabriek.website import create_website_id
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
    "status": None,
    "open": None,
    "opens_at": None,
    "tel": None,
    "interval": 10,
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


async def test_link_is_off_by_default(
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


async def test_link_returns_only_what_was_chosen(client: TestClient[Any, Any]) -> None:
    response = await client.get(URL)
    assert await response.json() == {
        "version": 1,
        "ready": True,
        "ready_count": 1,
        "status": "ready",
        "open": None,
        "opens_at": None,
        "tel": None,
        "interval": 10,
        "extensions": [{"name": CLEAN, "status": "busy"}],
    }
    assert response.headers["Cache-Control"] == "public, max-age=5"
    assert response.headers.getall("Vary") == ["Origin"]
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_link_can_be_read_from_another_origin(client: TestClient[Any, Any]) -> None:
    response = await client.get(URL, headers={"Origin": "https://shop.example.com"})
    allowed = response.headers.getall("Access-Control-Allow-Origin")
    assert allowed == ["https://shop.example.com"]


async def test_link_accepts_only_get_and_head(client: TestClient[Any, Any]) -> None:
    response = await client.head(URL)
    assert (response.status, await response.text()) == (HTTPStatus.OK, "")
    assert response.headers["ETag"] == (await client.get(URL)).headers["ETag"]
    assert (await client.post(URL)).status == HTTPStatus.METHOD_NOT_ALLOWED


async def test_link_returns_304_while_nothing_changed(
    client: TestClient[Any, Any], simulator: Simulator, poll: Poll
) -> None:
    unchanged = {"If-None-Match": (await client.get(URL)).headers["ETag"]}
    assert (await client.get(URL, headers=unchanged)).status == HTTPStatus.NOT_MODIFIED
    simulator.extension("01001").set(available=True, call_state="idle")
    await poll()
    response = await client.get(URL, headers=unchanged)
    assert (await response.json())["ready_count"] == 2


async def test_link_returns_unknown_in_an_outage(
    client: TestClient[Any, Any], simulator: Simulator, poll: Poll
) -> None:
    await simulator.stop()
    await poll()
    response = await client.get(URL)
    assert response.status == HTTPStatus.OK
    assert await response.json() == UNKNOWN
    assert ">unknown<" in await (await client.get(URL, params={"format": "svg"})).text()


async def test_badge_contains_names_as_text(client: TestClient[Any, Any]) -> None:
    response = await client.get(URL, params={"format": "svg", "name": CLEAN})
    assert response.content_type == "image/svg+xml"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    elements = list(ET.fromstring(await response.text()).iter())
    assert {each.tag.partition("}")[2] for each in elements} == {
        *("svg", "title", "rect", "g", "text")
    }
    assert f"{CLEAN}: busy" in [each.text for each in elements]


@pytest.mark.parametrize(
    "query", ["format=xml", "format=", "name=Sales", "x=" + "y" * 8000, "format=xml&format=svg"]
)
async def test_link_ignores_an_unknown_query(client: TestClient[Any, Any], query: str) -> None:
    expected = await (await client.get(URL)).text()
    for accept in ("*/*", "image/svg+xml", "text/html"):
        response = await client.get(f"{URL}?{query}", headers={"Accept": accept})
        assert (response.content_type, await response.text()) == ("application/json", expected)


async def test_link_serves_the_script_compressed_and_unchanged_for_an_hour(
    client: TestClient[Any, Any],
) -> None:
    compressed = await client.get(URL, params={"format": "js"}, headers={"Accept-Encoding": "gzip"})
    assert compressed.content_type == "text/javascript"
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert compressed.headers["Cache-Control"] == "public, max-age=3600"
    assert "belfabriek-status" in await compressed.text()
    unchanged = {"If-None-Match": compressed.headers["ETag"]}
    response = await client.get(URL, params={"format": "js"}, headers=unchanged)
    assert response.status == HTTPStatus.NOT_MODIFIED


@pytest.mark.parametrize(
    ("language", "word"),
    [("en", "busy"), ("nl", "bezet"), ("de", "besetzt"), ("fr", "occupé"), ("pl", "busy")],
)
async def test_badge_is_in_the_language_of_home_assistant(
    hass: HomeAssistant, client: TestClient[Any, Any], language: str, word: str
) -> None:
    hass.config.language = language
    name = {"name": CLEAN}
    assert f">{word}<" in await (await client.get(URL, params={"format": "svg"} | name)).text()
    response = await client.get(URL, params={"format": "shields"} | name)
    assert (await response.json())["message"] == word


async def test_link_has_the_phone_number_of_the_form(
    hass: HomeAssistant, served: MockConfigEntry, client: TestClient[Any, Any]
) -> None:
    options = ON | {"website_tel": "020\u202e 123"}
    hass.config_entries.async_update_entry(served, options=options)
    assert (await (await client.get(URL)).json())["tel"] == "020 123"


async def test_badge_has_the_label_of_the_account_by_default(
    hass: HomeAssistant, served: MockConfigEntry, client: TestClient[Any, Any]
) -> None:
    params = {"format": "svg"}
    hass.config_entries.async_update_entry(served, title="Office")
    assert "<title>Office: ready" in await (await client.get(URL, params=params)).text()
    hass.config_entries.async_update_entry(served, options=ON | {"website_label": "Call us"})
    assert "<title>Call us: ready" in await (await client.get(URL, params=params)).text()


async def opening(
    hass: HomeAssistant, served: MockConfigEntry, entity_id: str
) -> tuple[bool | None, str | None]:
    """Return `open` and `opens_at` with an entity as opening hours."""
    options = ON | {"website_hours": entity_id}
    hass.config_entries.async_update_entry(served, options=options)
    await hass.async_block_till_done()
    answer = await async_handle_webhook(hass, ID, MockRequest(b"", "test"))
    found = json.loads(serialize_response(answer)["body"])
    assert (found["ready"] is False) == (found["open"] is False)
    return found["open"], found["opens_at"]


# The timer of the schedule.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_opening_hours_can_be_a_schedule(
    hass: HomeAssistant,
    served: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    await hass.config.async_set_time_zone("Europe/Amsterdam")
    day = [{"from": "09:00:00", "to": "12:00:00"}, {"from": "13:00:00", "to": "17:30:00"}]
    schedule = {"desk": {"name": "Desk", "monday": day, "friday": day}}
    # A Friday, half past seven in the morning; the clock of the event loop must not go back.
    freezer.move_to("2040-11-16T06:30:00+00:00")
    assert await async_setup_component(hass, "schedule", {"schedule": schedule})
    await hass.async_block_till_done()
    for now, expected in (
        ("06:30", (False, "2040-11-16T09:00:00+01:00")),
        ("08:00", (True, None)),
        ("11:00", (False, "2040-11-16T13:00:00+01:00")),
        ("12:00", (True, None)),
        ("16:30", (False, "2040-11-19T09:00:00+01:00")),
    ):
        freezer.move_to(f"2040-11-16T{now}:00+00:00")
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        assert await opening(hass, served, "schedule.desk") == expected, now


async def test_opening_hours_can_be_a_calendar(
    hass: HomeAssistant, served: MockConfigEntry
) -> None:
    await hass.config.async_set_time_zone("Europe/Amsterdam")
    later = dt_util.now().replace(microsecond=0) + timedelta(days=2)
    attributes = {"start_time": later.strftime("%Y-%m-%d %H:%M:%S")}
    hass.states.async_set("calendar.desk", "on", attributes)
    assert await opening(hass, served, "calendar.desk") == (True, None)
    hass.states.async_set("calendar.desk", "off", attributes)
    expected = (False, later.isoformat())
    assert await opening(hass, served, "calendar.desk") == expected
    hass.states.async_set("calendar.desk", "off")
    assert await opening(hass, served, "calendar.desk") == (False, None)


async def test_missing_opening_hours_are_unknown(
    hass: HomeAssistant, served: MockConfigEntry
) -> None:
    unknown = (None, None)
    assert await opening(hass, served, "schedule.gone") == unknown
    assert await opening(hass, served, "0" * 32) == unknown
    hass.states.async_set("schedule.desk", "unavailable")
    assert await opening(hass, served, "schedule.desk") == unknown


async def test_thousand_visitors_cause_no_request_to_the_server(
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
async def test_link_counts_an_extension_that_might_be_ready(
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
    # After three faults, the extension is not one that might be ready.
    for _ in range(3):
        await poll()
    assert (await (await client.get(URL)).json())["ready"] is ready
    simulator.extension("01003").set(available=True, reason="-")
    await poll()
    told = await (await client.get(URL)).json()
    assert (told["ready"], told["ready_count"]) == (True, None if ready is None else 1)


async def test_link_ignores_an_extension_with_a_disabled_device(
    hass: HomeAssistant, served: MockConfigEntry, client: TestClient[Any, Any], poll: Poll
) -> None:
    registry = dr.async_get(hass)
    for device in dr.async_entries_for_config_entry(registry, served.entry_id):
        if device.model_id == "01003":
            registry.async_update_device(device.id, disabled_by=dr.DeviceEntryDisabler.USER)
    await poll()
    assert (await (await client.get(URL)).json())["ready_count"] == 1


async def test_link_is_up_to_date_while_all_entities_are_disabled(
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


async def test_renewed_link_replaces_the_old_one(
    hass: HomeAssistant, served: MockConfigEntry, client: TestClient[Any, Any]
) -> None:
    coordinator = served.runtime_data
    await hass.config.async_update(external_url="https://home.example.com")
    form = {"website": True, "website_extensions": [], "renew": True}
    flow = await (await open_options(hass, served, "website")).submit(form)
    await hass.async_block_till_done()
    assert await is_silent(client)
    assert flow.step == "website"
    assert served.options["website_id"] in flow.suggested["line"]
    assert flow.suggested["renew"] is False
    new = f"/api/webhook/{served.options['website_id']}"
    assert (await (await client.get(new)).json())["extensions"] == []
    assert served.runtime_data is coordinator
    await (await open_options(hass, served, "website")).submit(
        form | {"website": False, "renew": False}
    )
    await hass.async_block_till_done()
    assert await is_silent(client, new)


async def test_link_survives_a_reload_and_ends_with_the_entry(
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


async def test_link_works_through_a_cloudhook(
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
    request = MockRequest(b"", "cloud", method="GET", query_string="format=js")
    answer = serialize_response(await async_handle_webhook(hass, ID, request))
    assert "belfabriek-status" in answer["body"]


@pytest.mark.parametrize("error", [None, ValueError, ConnectionError])
async def test_removed_account_deletes_its_cloudhook(
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
