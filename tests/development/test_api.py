from aiohttp import ClientSession
from homeassistant.core import CoreState, HomeAssistant
import pytest

from development.api import ApiError, HomeAssistantApi


async def test_a_refused_command_is_said(api: HomeAssistantApi) -> None:
    with pytest.raises(ApiError, match="refused the command nonsense"):
        await api.command("nonsense")


# Home Assistant's server leaves a refused WebSocket's heartbeat behind.
@pytest.mark.parametrize("expected_lingering_timers", [True])
async def test_a_command_without_access_is_said(session: ClientSession) -> None:
    with pytest.raises(ApiError, match="did not take the command auth/current_user"):
        await HomeAssistantApi(session, "forged").command("auth/current_user")


async def test_a_home_assistant_that_is_away_is_said(unused_tcp_port: int) -> None:
    async with ClientSession(f"http://127.0.0.1:{unused_tcp_port}") as session:
        api = HomeAssistantApi(session)
        with pytest.raises(ApiError, match="did not answer GET /api/config") as away:
            await api.get("/api/config")
        with pytest.raises(ApiError, match="did not take the command ping"):
            await api.command("ping")

    assert away.value.status is None


async def test_waiting_ends_when_the_start_is_complete(
    hass: HomeAssistant, api: HomeAssistantApi
) -> None:
    hass.set_state(CoreState.starting)
    with pytest.raises(ApiError, match="did not complete its start"):
        await api.wait_until_running(0.2)

    hass.set_state(CoreState.running)
    await api.wait_until_running(5)
