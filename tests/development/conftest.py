"""The harness's Home Assistant behind a real HTTP server, as a stranger finds it."""

from collections.abc import AsyncIterator
import json
from pathlib import Path

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from homeassistant.components.frontend import websocket_get_translations
from homeassistant.components.websocket_api import async_register_command
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from development.api import HomeAssistantApi
from development.configuration import Configuration, prepare
from development.onboarding import Owner, sign_in

OWNER = Owner(name="Developer", username="developer", password="developer")


@pytest.fixture
async def session(
    hass: HomeAssistant,
    hass_storage: dict[str, object],
    local_auth: object,
    enable_custom_integrations: None,
    tmp_path: Path,
) -> AsyncIterator[ClientSession]:
    """Return a session with the URL of a Home Assistant that nobody has been onboarded to."""
    prepare(Configuration(folder=tmp_path, port=8123, integration=tmp_path))
    hass_storage["onboarding"] = json.loads((tmp_path / ".storage/onboarding").read_text())
    for component in ("api", "auth", "config", "onboarding", "websocket_api"):
        assert await async_setup_component(hass, component, {})
    # What the frontend registers; all of it would need the frontend's own package.
    async_register_command(hass, websocket_get_translations)
    await hass.async_start()
    server = TestServer(hass.http.app)
    async with server, ClientSession(server.make_url("/")) as session:
        yield session


@pytest.fixture
async def api(session: ClientSession) -> HomeAssistantApi:
    """Return the API as its owner uses it."""
    return HomeAssistantApi(session, (await sign_in(session, OWNER)).access)
