from aiohttp import ClientSession
from homeassistant.components.onboarding import async_is_onboarded
from homeassistant.core import HomeAssistant
import pytest

from development.api import ApiError, HomeAssistantApi
from development.errors import DevelopmentError
from development.onboarding import Owner, sign_in

from .conftest import OWNER


async def test_the_first_sign_in_creates_the_owner_and_finishes_the_onboarding(
    hass: HomeAssistant, session: ClientSession
) -> None:
    assert not async_is_onboarded(hass)

    await sign_in(session, OWNER)

    assert async_is_onboarded(hass)
    (owner,) = [user for user in await hass.auth.async_get_users() if not user.system_generated]
    assert owner.is_owner
    assert owner.name == OWNER.name


async def test_the_first_sign_in_says_where_this_home_is(
    hass: HomeAssistant, session: ClientSession
) -> None:
    await sign_in(session, OWNER)

    assert hass.config.country == "NL"
    assert hass.config.time_zone == "Europe/Amsterdam"


async def test_the_access_token_opens_the_api(session: ClientSession) -> None:
    with pytest.raises(ApiError) as refused:
        await HomeAssistantApi(session).get("/api/config")
    assert refused.value.status == 401

    tokens = await sign_in(session, OWNER)

    assert await HomeAssistantApi(session, tokens.access).get("/api/config")


async def test_a_refresh_token_is_used_again(session: ClientSession) -> None:
    first = await sign_in(session, OWNER)

    second = await sign_in(session, OWNER, first.refresh)

    assert second.refresh == first.refresh
    assert await HomeAssistantApi(session, second.access).get("/api/config")


@pytest.mark.parametrize("refresh_token", [None, "revoked"])
async def test_the_password_signs_in_where_no_token_does(
    session: ClientSession, refresh_token: str | None
) -> None:
    await sign_in(session, OWNER)

    tokens = await sign_in(session, OWNER, refresh_token)

    assert await HomeAssistantApi(session, tokens.access).get("/api/config")


async def test_a_changed_password_is_said(session: ClientSession) -> None:
    await sign_in(session, OWNER)

    with pytest.raises(DevelopmentError, match="does not let developer in"):
        await sign_in(session, Owner(OWNER.name, OWNER.username, "forgotten"))


async def test_an_onboarding_that_was_broken_off_is_finished(
    hass: HomeAssistant, session: ClientSession
) -> None:
    await HomeAssistantApi(session).post(
        "/api/onboarding/users",
        {
            "name": OWNER.name,
            "username": OWNER.username,
            "password": OWNER.password,
            "client_id": "http://127.0.0.1/",
            "language": "en",
        },
    )

    await sign_in(session, OWNER)

    assert async_is_onboarded(hass)
