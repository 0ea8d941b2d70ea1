from http import HTTPStatus
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.belfabriek.api import CannotConnectError
from custom_components.belfabriek.webhook import (
    async_setup_webhook,
    async_unload_webhook,
    create_website_id,
)

from .conftest import make_entry

ID = create_website_id()
URL = f"/api/webhook/{ID}"


@pytest.fixture
async def served(hass: HomeAssistant, entry_data: dict[str, Any]) -> MockConfigEntry:
    """Return an entry with a link that names one of its three extensions."""
    options = {"website": True, "website_id": ID, "website_extensions": ["subentry-1"]}
    names = {"1": "A & B </text><b>\u202e", "2": "Sales", "3": "Support"}
    entry = make_entry(entry_data, names, options)
    entry.add_to_hass(hass)
    statuses = {"subentry-1": "on_call", "subentry-2": "ready", "subentry-3": "paused"}
    entry.runtime_data = SimpleNamespace(
        last_update_success=True,
        data={key: SimpleNamespace(status=status) for key, status in statuses.items()},
    )
    assert await async_setup_component(hass, "webhook", {})
    async_setup_webhook(hass, entry)
    async_setup_webhook(hass, entry)
    return entry


async def test_it_says_no_more_than_was_ticked(
    served: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    response = await (await hass_client_no_auth()).get(URL)
    assert await response.json() == {
        "version": 1,
        "ready": True,
        "ready_count": 1,
        "extensions": [{"name": "A & B </text><b>", "status": "busy"}],
    }
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["Cache-Control"] == "public, max-age=10"


async def test_an_unchanged_answer_is_not_sent_again(
    served: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    etag = (await client.get(URL)).headers["ETag"]
    response = await client.get(URL, headers={"If-None-Match": etag})
    assert response.status == HTTPStatus.NOT_MODIFIED


async def test_an_outage_and_an_extension_without_an_answer_are_unknown(
    served: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    client = await hass_client_no_auth()
    served.runtime_data.data["subentry-2"] = CannotConnectError("no")
    body = await (await client.get(URL)).json()
    assert (body["ready"], body["ready_count"]) == (None, None)
    served.runtime_data.last_update_success = False
    body = await (await client.get(URL)).json()
    assert body["ready"] is None
    assert body["extensions"][0]["status"] is None


async def test_the_badge_holds_names_as_text(
    served: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    query = {"format": "svg", "name": "A & B </text><b>"}
    response = await (await hass_client_no_auth()).get(URL, params=query)
    assert response.content_type == "image/svg+xml"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    tags = {
        element.tag.partition("}")[2] for element in ET.fromstring(await response.text()).iter()
    }
    assert tags == {"svg", "title", "rect", "g", "text"}


async def test_it_ends_with_the_entry(
    hass: HomeAssistant, served: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    async_unload_webhook(hass, served)
    response = await (await hass_client_no_auth()).get(URL)
    assert (response.status, await response.text()) == (HTTPStatus.OK, "")
