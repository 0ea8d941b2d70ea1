from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from simulator import Simulator

from .conftest import Poll, SetUp, make_entry
from .helpers import states_of, until


async def get_status(hass: HomeAssistant, **data: str | bool | list[str]) -> list[dict[str, Any]]:
    response: Any = await hass.services.async_call(
        "belfabriek", "get_status", data, blocking=True, return_response=True
    )
    assert set(response) == {"extensions"}
    extensions: list[dict[str, Any]] = response["extensions"]
    return extensions


def device_id(registry: dr.DeviceRegistry, entry: MockConfigEntry, name: str) -> str:
    (device,) = [
        device
        for device in dr.async_entries_for_config_entry(registry, entry.entry_id)
        if device.name == name
    ]
    return device.id


async def test_response_has_every_extension_with_all_members(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
) -> None:
    simulator.extension("01001").call_state = "called"
    simulator.extension("01002").set(available=False, reason="pause")
    simulator.extension("01003").call_state = "ringing"
    simulator.remove_extension("01004")
    await poll()
    reception, sales, support, workshop, night_desk = await get_status(hass)
    since = reception.pop("status_since")
    assert since is not None
    assert reception == {
        "account": "Belfabriek",
        "name": "Reception",
        "extension_id": "01001",
        "status": "on_call",
        "available": True,
        "on_call": True,
        "availability_reason": "-",
        "call_state": "called",
    }
    assert (sales["status"], sales["available"], sales["on_call"]) == ("paused", False, False)
    assert (support["status"], support["available"], support["on_call"]) == (None, True, None)
    assert workshop == {
        "account": "Belfabriek",
        "name": "Workshop",
        "extension_id": "01004",
        "status": None,
        "status_since": None,
        "available": None,
        "on_call": None,
        "availability_reason": None,
        "call_state": None,
    }
    assert night_desk["status"] == "ready"
    assert night_desk["status_since"] is None


async def test_on_call_is_not_known_without_the_second_call(
    hass: HomeAssistant, entry_data: dict[str, Any], set_up: SetUp
) -> None:
    data = {**entry_data, "supervisor_id": "", "manager_id": ""}
    await set_up(make_entry(data, {"01001": "Reception"}))
    (reception,) = await get_status(hass)
    assert (reception["status"], reception["on_call"]) == ("ready", None)


async def test_response_has_all_accounts_or_one_or_some_extensions(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    entry_data: dict[str, Any],
    loaded: MockConfigEntry,
    set_up: SetUp,
) -> None:
    other = make_entry(entry_data, {"01005": "Elsewhere"}, subentry="other")
    await set_up(other)

    async def names(**data: str | list[str]) -> list[str]:
        return [extension["name"] for extension in await get_status(hass, **data)]

    everybody = ["Reception", "Sales", "Support", "Workshop", "Night desk"]
    sales = device_id(device_registry, loaded, "Sales")
    account = device_id(device_registry, other, "Belfabriek")
    assert await names() == [*everybody, "Elsewhere"]
    assert await names(config_entry_id=loaded.entry_id) == everybody
    assert await names(config_entry_id=other.entry_id) == ["Elsewhere"]
    assert await names(device_id=sales) == ["Sales"]
    assert await names(device_id=[sales, account]) == ["Sales", "Elsewhere"]


async def test_action_polls_first_if_requested(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    simulator.extension("01001").call_state = "called"
    assert (await get_status(hass))[0]["status"] == "ready"
    assert (await get_status(hass, refresh=True))[0]["status"] == "on_call"


async def test_action_fails_if_the_requested_poll_fails(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    await simulator.stop()
    with pytest.raises(HomeAssistantError) as caught:
        await get_status(hass, refresh=True)
    assert caught.value.translation_key == "refresh_failed"
    # During an outage, no status is returned before the next poll either.
    with pytest.raises(HomeAssistantError):
        await get_status(hass)


async def test_action_polls_only_the_chosen_accounts(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    simulator: Simulator,
    entry_data: dict[str, Any],
    loaded: MockConfigEntry,
    set_up: SetUp,
) -> None:
    other = make_entry(entry_data, {"01005": "Elsewhere"}, subentry="other")
    await set_up(other)
    simulator.journal.clear()
    elsewhere = device_id(device_registry, other, "Elsewhere")
    await get_status(hass, device_id=elsewhere, refresh=True)
    assert {request.extension_id for request in simulator.requests} == {"01005"}


@pytest.mark.parametrize("data", [{"config_entry_id": "nothing"}, {"device_id": "nothing"}])
async def test_unknown_account_or_device_is_an_error(
    hass: HomeAssistant, loaded: MockConfigEntry, data: dict[str, str]
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await get_status(hass, **data)
    assert caught.value.translation_key in {"device_not_found", "service_config_entry_not_found"}


async def test_account_that_is_not_loaded_is_an_error(
    hass: HomeAssistant, loaded: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(loaded.entry_id)
    for data in ({}, {"config_entry_id": loaded.entry_id}):
        with pytest.raises(ServiceValidationError) as caught:
            await get_status(hass, **data)
        assert caught.value.translation_domain == "homeassistant"


async def test_response_is_no_older_than_the_interval_without_polling(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    simulator: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    for each in er.async_entries_for_config_entry(entity_registry, loaded.entry_id):
        entity_registry.async_update_entity(
            each.entity_id, disabled_by=er.RegistryEntryDisabler.USER
        )
    hass.config_entries.async_update_entry(loaded, pref_disable_polling=True)
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert states_of(hass) == {}
    simulator.extension("01001").call_state = "called"
    freezer.tick(11)
    assert (await get_status(hass))[0]["status"] == "on_call"
    simulator.journal.clear()
    await get_status(hass)
    assert simulator.requests == []
    await simulator.stop()
    freezer.tick(11)
    with pytest.raises(HomeAssistantError) as caught:
        await get_status(hass)
    assert caught.value.translation_key == "refresh_failed"


async def test_response_is_fresh_after_the_clock_was_set_back(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    simulator.extension("01001").call_state = "called"
    freezer.tick(-3600)
    assert (await get_status(hass))[0]["status"] == "on_call"


async def test_action_waits_for_a_poll_in_progress(
    hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
) -> None:
    simulator.delay = 0.1
    simulator.journal.clear()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=11))
    await until(lambda: bool(simulator.requests))
    simulator.extension("01001").call_state = "called"
    await get_status(hass, refresh=True)
    assert len(simulator.requests) == 10


async def test_response_has_the_users_names_and_no_disabled_devices(
    hass: HomeAssistant, device_registry: dr.DeviceRegistry, loaded: MockConfigEntry
) -> None:
    reception = device_id(device_registry, loaded, "Reception")
    sales = device_id(device_registry, loaded, "Sales")
    device_registry.async_update_device(reception, name_by_user="Front desk")
    device_registry.async_update_device(sales, disabled_by=dr.DeviceEntryDisabler.USER)
    names = [extension["name"] for extension in await get_status(hass)]
    assert names == ["Front desk", "Support", "Workshop", "Night desk"]


async def test_disabled_device_of_the_account_is_ignored(
    hass: HomeAssistant, device_registry: dr.DeviceRegistry, loaded: MockConfigEntry
) -> None:
    reception = device_id(device_registry, loaded, "Reception")
    account = device_id(device_registry, loaded, "Belfabriek")
    device_registry.async_update_device(account, disabled_by=dr.DeviceEntryDisabler.USER)
    assert [each["name"] for each in await get_status(hass, device_id=[reception])] == ["Reception"]
