"""The first steps in a new Home Assistant, and signing in to one that has taken them."""

from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import ClientSession

from .api import ApiError, HomeAssistantApi, JsonValue
from .errors import DevelopmentError

# Home Assistant knows an application by its URL. Without the port, so that a token of this
# application stays valid when Home Assistant moves to another one.
CLIENT_ID = "http://127.0.0.1/"


@dataclass(frozen=True, slots=True)
class Owner:
    """The user whom onboarding creates, and who may do everything."""

    name: str
    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in gives: access for 30 minutes, and what gets new access for 90 days."""

    access: str
    refresh: str


async def sign_in(session: ClientSession, owner: Owner, refresh_token: str | None = None) -> Tokens:
    """Sign in as the owner, after creating them and finishing the onboarding where needed.

    `session` has Home Assistant's URL as its base URL; `refresh_token` is that of an earlier
    sign-in, which spares Home Assistant a new one. Raises DevelopmentError (ApiError where Home
    Assistant refuses something), for example if the owner's password was changed.
    """
    anybody = HomeAssistantApi(session)
    steps = await _steps_left(anybody)
    if "user" in steps:
        tokens = await _redeem(anybody, await _create_owner(anybody, owner))
        await _set_up_home(HomeAssistantApi(session, tokens.access))
    else:
        tokens = await _sign_in_again(anybody, owner, refresh_token)
    await _finish(HomeAssistantApi(session, tokens.access), steps)
    return tokens


async def _sign_in_again(
    anybody: HomeAssistantApi, owner: Owner, refresh_token: str | None
) -> Tokens:
    if refresh_token is not None and (tokens := await _refresh(anybody, refresh_token)):
        return tokens
    return await _redeem(anybody, await _log_in(anybody, owner))


async def _steps_left(anybody: HomeAssistantApi) -> set[str]:
    """Return the onboarding's steps that are still to be taken."""
    try:
        steps = await anybody.get("/api/onboarding")
    except ApiError as error:
        # Once all of them are taken, the next start leaves the onboarding out altogether.
        if error.status == HTTPStatus.NOT_FOUND:
            return set()
        raise
    left: set[str] = set()
    for step in steps if isinstance(steps, list) else []:
        match step:
            case {"step": str(name), "done": False}:
                left.add(name)
    return left


async def _create_owner(anybody: HomeAssistantApi, owner: Owner) -> str:
    """Take the onboarding's first step; return its authorization code."""
    answer = await anybody.post(
        "/api/onboarding/users",
        {
            "name": owner.name,
            "username": owner.username,
            "password": owner.password,
            "client_id": CLIENT_ID,
            "language": "en",
        },
    )
    return _text(answer, "auth_code")


async def _log_in(anybody: HomeAssistantApi, owner: Owner) -> str:
    """Log in with the password; return the authorization code."""
    flow = await anybody.post(
        "/auth/login_flow",
        {
            "client_id": CLIENT_ID,
            "handler": ["homeassistant", None],
            "redirect_uri": CLIENT_ID,
        },
    )
    answer = await anybody.post(
        f"/auth/login_flow/{_text(flow, 'flow_id')}",
        {"client_id": CLIENT_ID, "username": owner.username, "password": owner.password},
    )
    match answer:
        case {"type": "create_entry", "result": str(code)}:
            return code
        case _:
            msg = f"Home Assistant does not let {owner.username} in with the password it was set up"
            raise DevelopmentError(msg)


async def _redeem(anybody: HomeAssistantApi, code: str) -> Tokens:
    """Turn an authorization code into tokens."""
    fields = {"client_id": CLIENT_ID, "grant_type": "authorization_code", "code": code}
    answer = await anybody.post_form("/auth/token", fields)
    return Tokens(_text(answer, "access_token"), _text(answer, "refresh_token"))


async def _refresh(anybody: HomeAssistantApi, refresh_token: str) -> Tokens | None:
    """Return tokens for a refresh token, None if it is no longer good for that."""
    fields = {
        "client_id": CLIENT_ID,
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
    }
    try:
        answer = await anybody.post_form("/auth/token", fields)
    except ApiError as error:
        if error.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}:
            return None
        raise
    return Tokens(_text(answer, "access_token"), refresh_token)


async def _set_up_home(api: HomeAssistantApi) -> None:
    """Say where this home is: a home without a country gets a repair issue, and UTC."""
    await api.command(
        "config/core/update",
        country="NL",
        currency="EUR",
        language="en",
        time_zone="Europe/Amsterdam",
        unit_system="metric",
    )


async def _finish(api: HomeAssistantApi, steps: set[str]) -> None:
    """Take the onboarding's other steps, of those that are left."""
    for step in ("core_config", "analytics"):
        if step in steps:
            await api.post(f"/api/onboarding/{step}")
    if "integration" in steps:
        await api.post(
            "/api/onboarding/integration", {"client_id": CLIENT_ID, "redirect_uri": CLIENT_ID}
        )


def _text(answer: JsonValue, key: str) -> str:
    """Return one text of an answer, which has to have it."""
    if isinstance(answer, dict) and isinstance(text := answer.get(key), str):
        return text
    msg = f"Home Assistant's answer has no {key}: {answer}"
    raise DevelopmentError(msg)
