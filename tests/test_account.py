"""The data of a config entry, and the client created from it."""

from aiohttp import web
from homeassistant.core import HomeAssistant
import pytest
from yarl import URL

from custom_components.belfabriek.account import (
    create_client,
    create_session,
    free_title,
    is_same_account,
)
from custom_components.belfabriek.api import DEFAULT_URL, ParameterNames
from simulator import Simulator


@pytest.mark.parametrize(
    ("taken", "title"),
    [
        (set(), "Belfabriek"),
        ({"Head office"}, "Belfabriek"),
        ({"Belfabriek"}, "Belfabriek 2"),
        ({"Belfabriek", "Belfabriek 2", "Belfabriek 4"}, "Belfabriek 3"),
    ],
)
def test_new_account_gets_the_first_free_title(taken: set[str], title: str) -> None:
    assert free_title(taken) == title


VENDOR = "https://api.belfabriek.nl/xml/agent/xml.asp"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        VENDOR,
        "HTTPS://API.Belfabriek.nl/xml/agent/xml.asp",
        "https://api.belfabriek.nl:443/xml/agent/xml.asp",
        "https://api.belfabriek.nl/xml/agent/xml.asp/",
    ],
)
def test_spellings_of_one_address_are_the_same_account(url: str | None) -> None:
    data = {"account_pin": "1"} if url is None else {"account_pin": "1", "url": url}
    assert is_same_account(data, {"account_pin": "1", "url": VENDOR})


@pytest.mark.parametrize(
    "other",
    [
        {"account_pin": "2", "url": VENDOR},
        {"account_pin": "01", "url": VENDOR},
        {"account_pin": "1", "url": "http://api.belfabriek.nl/xml/agent/xml.asp"},
        {"account_pin": "1", "url": "https://api.belfabriek.nl:8443/xml/agent/xml.asp"},
        {"account_pin": "1", "url": "https://api1.belfabriek.nl/xml/agent/xml.asp"},
        {"account_pin": "1", "url": "https://api.belfabriek.nl/xml/other.asp"},
        {"account_pin": "1", "url": f"{VENDOR}?brand=2"},
    ],
)
def test_another_pin_or_address_is_another_account(other: dict[str, str]) -> None:
    assert not is_same_account({"account_pin": "1", "url": VENDOR}, other)


async def test_client_sends_the_data_of_the_account(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    data = {
        "account_pin": "1",
        "supervisor_id": "2",
        "manager_id": "3",
        "account_id": "4",
        "url": simulator.url,
        "parameter_names": "sample",
    }
    client = create_client(hass, create_session(hass), data)
    assert client.include_call_state
    with pytest.raises(Exception, match="Unknown account"):
        await client.get_agent_availability("05")
    with pytest.raises(Exception, match="Unknown supervisor"):
        await client.get_call_state("05")
    assert [dict(request.params) for request in simulator.requests] == [
        {"accountCode": "1", "extensionId": "05"},
        {"supId": "2", "manId": "3", "accountCode": "4", "extensionId": "05"},
    ]


@pytest.mark.parametrize("missing", ["supervisor_id", "manager_id"])
@pytest.mark.parametrize("value", [None, ""])
async def test_client_does_not_ask_for_the_call_state_without_both_ids(
    hass: HomeAssistant, missing: str, value: str | None
) -> None:
    data = {"account_pin": "1", "supervisor_id": "2", "manager_id": "3"}
    if value is None:
        del data[missing]
    else:
        data[missing] = value
    assert not create_client(hass, create_session(hass), data).include_call_state


async def test_client_has_the_defaults_of_the_vendor(hass: HomeAssistant) -> None:
    asked: list[str] = []

    # Tests send nothing to the vendor's server: this session only records the address.
    class Recorder:
        closed = False

        def post(self, url: str, **_: object) -> None:
            asked.append(url)
            raise web.HTTPBadRequest

    client = create_client(hass, Recorder(), {"account_pin": "1"})  # type: ignore[arg-type]
    with pytest.raises(web.HTTPBadRequest):
        await client.get_agent_availability("05")
    assert asked == [DEFAULT_URL]
    assert client.parameter_names is ParameterNames.SAMPLE


async def test_session_keeps_no_cookies(
    hass: HomeAssistant,
) -> None:
    # Cannot be tested on loopback: aiohttp never stores cookies for an IP address.
    jar = create_session(hass).cookie_jar
    jar.update_cookies({"ASPSESSIONID": "1"}, URL(DEFAULT_URL))
    assert not jar.filter_cookies(URL(DEFAULT_URL))
