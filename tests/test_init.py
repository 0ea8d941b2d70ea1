import asyncio
from collections.abc import Callable
from datetime import timedelta
import logging
import re
from types import MappingProxyType
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.belfabriek.const import DOMAIN
from simulator import DEFAULT_EXTENSIONS, Account, Simulator

from .conftest import Poll, SetUp, make_entry
from .flows import open_extensions
from .helpers import since_of, state_of, states_of, until

pytestmark = pytest.mark.usefixtures("skip")


async def test_every_extension_is_a_device_under_the_account(
    device_registry: dr.DeviceRegistry, loaded: MockConfigEntry
) -> None:
    devices = dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    (account,) = [device for device in devices if device.via_device_id is None]
    assert account.name == "Belfabriek"
    assert {device.name for device in devices if device.via_device_id == account.id} == set(
        DEFAULT_EXTENSIONS.values()
    )
    assert {device.entry_type for device in devices} == {dr.DeviceEntryType.SERVICE}


async def test_two_accounts_with_the_same_extension_id_do_not_interfere(
    hass: HomeAssistant, entry_data: dict[str, Any], set_up: SetUp
) -> None:
    async with Simulator() as other:
        other.extension("01001").call_state = "called"
        await set_up(make_entry(entry_data, {"01001": "Here"}))
        data = {**entry_data, "url": other.url}
        entry = make_entry(data, {"01001": "There"}, subentry="other")
        await set_up(entry)
        assert state_of(hass, "sensor.here") == "ready"
        assert state_of(hass, "sensor.there") == "on_call"
        await hass.config_entries.async_unload(entry.entry_id)


async def test_account_without_extensions_loads(
    entry_data: dict[str, Any], simulator: Simulator, set_up: SetUp
) -> None:
    entry = make_entry(entry_data, {})
    await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert simulator.requests == []


async def test_unloaded_entry_makes_no_request(
    hass: HomeAssistant,
    simulator: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert loaded.state is ConfigEntryState.NOT_LOADED
    assert set(states_of(hass).values()) == {"unavailable"}
    simulator.journal.clear()
    freezer.tick(timedelta(minutes=10))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.requests == []
    assert not hasattr(loaded, "runtime_data")


async def test_removal_leaves_no_device_entity_or_state(
    hass: HomeAssistant,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    loaded: MockConfigEntry,
) -> None:
    await hass.config_entries.async_remove(loaded.entry_id)
    await hass.async_block_till_done()
    assert states_of(hass) == {}
    assert not list(entity_registry.entities)
    assert not dr.async_entries_for_config_entry(device_registry, loaded.entry_id)


async def test_reload_keeps_entities_and_devices(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, loaded: MockConfigEntry
) -> None:
    before = {entry.entity_id: entry.id for entry in entity_registry.entities.values()}
    await hass.config_entries.async_reload(loaded.entry_id)
    await hass.async_block_till_done()
    assert {entry.entity_id: entry.id for entry in entity_registry.entities.values()} == before


@pytest.mark.parametrize("extension_id", ["01001", "001001", "1001"])
async def test_extension_id_is_sent_as_entered(
    hass: HomeAssistant, entry_data: dict[str, Any], set_up: SetUp, extension_id: str
) -> None:
    extensions = {extension_id: "Desk"}
    async with Simulator(extensions=extensions) as simulator:
        entry = make_entry({**entry_data, "url": simulator.url}, extensions)
        await set_up(entry)
        assert state_of(hass, "sensor.desk") == "ready"
        assert {request.extension_id for request in simulator.requests} == {extension_id}
        await hass.config_entries.async_unload(entry.entry_id)


def history(events: list[Event[EventStateChangedData]], entity_id: str) -> list[str | None]:
    """Return all states of an entity in order; `None` if it was removed."""
    return [
        state.state if (state := event.data["new_state"]) else None
        for event in events
        if event.data["entity_id"] == entity_id
    ]


class TestChangesWithoutReload:
    """Changes of an entry apply without a reload, and do not affect other extensions."""

    @pytest.fixture
    async def changes(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> list[Event[EventStateChangedData]]:
        """Return every state change from now on, during a call of Sales."""
        simulator.extension("01002").call_state = "calling"
        await poll()
        return async_capture_events(hass, EVENT_STATE_CHANGED)

    @pytest.fixture
    def changes_of_others(
        self, changes: list[Event[EventStateChangedData]]
    ) -> Callable[[], set[str]]:
        """Return a function that returns the changes of extensions other than Reception."""
        return lambda: {
            each.data["entity_id"]
            for each in changes
            if not re.search(
                r"\.(reception|front_desk|new|belfabriek)(_|$)", each.data["entity_id"]
            )
        }

    async def test_renamed_extension_renames_its_device(
        self,
        hass: HomeAssistant,
        device_registry: dr.DeviceRegistry,
        loaded: MockConfigEntry,
        changes: list[Event[EventStateChangedData]],
        changes_of_others: Callable[[], set[str]],
    ) -> None:
        subentry = loaded.subentries["subentry-1"]
        hass.config_entries.async_update_subentry(loaded, subentry, title="Front desk")
        await hass.async_block_till_done(wait_background_tasks=True)
        state = hass.states.get("sensor.reception")
        assert state is not None
        assert state.name == "Front desk"
        assert {getattr(each.data["new_state"], "state", None) for each in changes} <= {
            "ready",
            "on",
            "off",
            "unknown",
        }
        assert changes_of_others() == set()
        device = device_registry.async_get_device_by_identifier(
            (DOMAIN, "subentry-1"), loaded.entry_id
        )
        assert device is not None
        device_registry.async_update_device(device.id, name_by_user="Mine")
        hass.config_entries.async_update_subentry(loaded, subentry, title="Other")
        await hass.async_block_till_done(wait_background_tasks=True)
        state = hass.states.get("sensor.reception")
        assert state is not None
        assert state.name == "Mine"

    async def test_added_extension_has_its_entities_at_once(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        changes_of_others: Callable[[], set[str]],
    ) -> None:
        simulator.journal.clear()
        for number in range(30):
            extension_id = f"07{number:03}"
            simulator.add_extension(extension_id, f"New {number}")
            add(hass, loaded, extension_id, f"New {number}")
        await hass.async_block_till_done(wait_background_tasks=True)
        assert state_of(hass, "sensor.new_0") == "ready"
        assert state_of(hass, "sensor.new_29") == "ready"
        assert changes_of_others() == set()
        asked = [request.extension_id for request in simulator.requests]
        assert asked.count("07029") <= 4

    async def test_removed_extension_leaves_no_state_and_no_warning(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        changes_of_others: Callable[[], set[str]],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.clear()
        simulator.delay = 0.1
        polling = hass.async_create_task(loaded.runtime_data.async_refresh())
        await asyncio.sleep(0.05)
        hass.config_entries.async_remove_subentry(loaded, "subentry-1")
        assert state_of(hass, "sensor.reception") is None
        await polling
        simulator.delay = 0
        await poll()
        assert state_of(hass, "sensor.belfabriek_extensions_accepting_calls") == "4"
        assert changes_of_others() == set()
        assert not [
            each
            for each in caplog.records
            if each.levelno >= logging.WARNING and each.name != "asyncio"
        ]

    async def test_corrected_id_keeps_entities_but_no_status(
        self,
        hass: HomeAssistant,
        device_registry: dr.DeviceRegistry,
        simulator: Simulator,
        loaded: MockConfigEntry,
        changes_of_others: Callable[[], set[str]],
    ) -> None:
        simulator.add_extension("01009", "Elsewhere").call_state = "called"
        correct_id(hass, loaded)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert state_of(hass, "sensor.reception") == "on_call"
        assert since_of(hass, "sensor.reception") is None
        assert state_of(hass, "event.reception_call") == "unknown"
        device = device_registry.async_get_device_by_identifier(
            (DOMAIN, "subentry-1"), loaded.entry_id
        )
        assert device is not None
        assert device.model_id == "01009"
        assert changes_of_others() == set()

    async def test_id_corrected_during_a_poll_gets_no_answer_of_the_old_id(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        changes: list[Event[EventStateChangedData]],
    ) -> None:
        simulator.extension("01001").call_state = "called"
        simulator.add_extension("01009", "Elsewhere")
        await simulator.inject("delay", extension_id="01003", seconds=0.5)
        polling = hass.async_create_task(loaded.runtime_data.async_refresh())
        await until(lambda: state_of(hass, "sensor.reception") == "on_call")
        changes.clear()
        correct_id(hass, loaded)
        await polling
        await until(lambda: state_of(hass, "sensor.reception") == "ready")
        assert history(changes, "sensor.reception") == ["unavailable", "ready"]

    @pytest.mark.parametrize("ready_after", ["1", "2"], ids=["corrected", "added"])
    async def test_corrected_or_added_extension_makes_counts_unknown_until_its_answer(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry_data: dict[str, Any],
        set_up: SetUp,
        ready_after: str,
    ) -> None:
        entry = make_entry(entry_data, {"01001": "Reception"})
        await set_up(entry)
        simulator.add_extension("01009", "Elsewhere")
        changes: list[Event[EventStateChangedData]] = async_capture_events(
            hass, EVENT_STATE_CHANGED
        )
        if ready_after == "1":
            correct_id(hass, entry)
        else:
            add(hass, entry, "01009", "Elsewhere")
        ready = "sensor.belfabriek_extensions_ready"
        await until(lambda: history(changes, ready) == ["unknown", ready_after])

    @pytest.mark.parametrize("during_set_up", [False, True])
    async def test_correction_of_the_only_extension_during_a_poll_is_no_outage(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry_data: dict[str, Any],
        set_up: SetUp,
        caplog: pytest.LogCaptureFixture,
        enable_custom_integrations: None,
        during_set_up: bool,
    ) -> None:
        entry = make_entry(entry_data, {"01001": "Reception"})
        simulator.add_extension("01009", "Elsewhere")
        if not during_set_up:
            await set_up(entry)
        simulator.delay = 0.3
        simulator.journal.clear()
        async with asyncio.TaskGroup() as tasks:
            if during_set_up:
                entry.add_to_hass(hass)
                tasks.create_task(hass.config_entries.async_setup(entry.entry_id))
            else:
                tasks.create_task(entry.runtime_data.async_refresh())
            await until(lambda: bool(simulator.requests))
            correct_id(hass, entry)
        assert entry.state is ConfigEntryState.LOADED
        await until(lambda: state_of(hass, "sensor.reception") == "ready")
        assert not [each for each in caplog.records if each.levelno >= logging.ERROR]

    async def test_counter_does_not_fall_when_its_extension_is_removed(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        entry_data: dict[str, Any],
        set_up: SetUp,
        poll: Poll,
    ) -> None:
        entry = make_entry(entry_data, DEFAULT_EXTENSIONS, {"count_per_person": True})
        await set_up(entry)
        for call_state in ("idle", "called", "idle"):
            simulator.extension("01001").call_state = call_state
            await poll()
        await entry.runtime_data.store.async_save()
        assert state_of(hass, "sensor.reception_calls") == "1"
        changes: list[Event[EventStateChangedData]] = async_capture_events(
            hass, EVENT_STATE_CHANGED
        )
        hass.config_entries.async_remove_subentry(entry, "subentry-1")
        await hass.async_block_till_done(wait_background_tasks=True)
        assert history(changes, "sensor.reception_calls") == [None]
        assert state_of(hass, "sensor.belfabriek_calls") == "1"

    async def test_each_person_is_counted_only_while_the_option_is_on(
        self,
        hass: HomeAssistant,
        entity_registry: er.EntityRegistry,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        assert state_of(hass, "sensor.reception_calls") is None
        for option in (True, False, True):
            hass.config_entries.async_update_entry(loaded, options={"count_per_person": option})
            await hass.async_block_till_done(wait_background_tasks=True)
            assert state_of(hass, "sensor.reception_calls") == ("0" if option else None)
            for call_state in ("idle", "called", "idle"):
                simulator.extension("01001").call_state = call_state
                await poll()
            await loaded.runtime_data.store.async_save()
            assert state_of(hass, "sensor.reception_calls") == ("1" if option else None)
            if option:
                entity_registry.async_update_entity("sensor.reception_calls", name="Mine")
        entity = entity_registry.async_get("sensor.reception_calls")
        assert entity is not None
        assert entity.name == "Mine"

    async def test_changed_options_are_used_without_a_reload(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        freezer: FrozenDateTimeFactory,
        changes_of_others: Callable[[], set[str]],
    ) -> None:
        hass.config_entries.async_update_entry(
            loaded, options={"scan_interval": 60, "on_call_statuses": ["ready", "connecting"]}
        )
        await hass.async_block_till_done(wait_background_tasks=True)
        assert state_of(hass, "binary_sensor.reception_on_a_call") == "on"
        assert changes_of_others() == {
            f"binary_sensor.{name}_on_a_call" for name in ("support", "workshop", "night_desk")
        }
        simulator.journal.clear()
        freezer.tick(timedelta(seconds=50))
        async_fire_time_changed(hass)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert simulator.requests == []

    @pytest.mark.parametrize("polling", [True, False])
    @pytest.mark.parametrize("change", ["rename", "add", "remove", "options", "correct the ID"])
    async def test_change_of_one_extension_affects_no_other(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        changes_of_others: Callable[[], set[str]],
        change: str,
        polling: bool,
    ) -> None:
        simulator.add_extension("01009", "New")
        if polling:
            await simulator.inject("delay", extension_id="01003", seconds=0.5)
            simulator.journal.clear()
            hass.async_create_task(loaded.runtime_data.async_refresh())
            await until(lambda: any(each.extension_id == "01003" for each in simulator.requests))
        entries, reception = hass.config_entries, loaded.subentries["subentry-1"]
        match change:
            case "rename":
                entries.async_update_subentry(loaded, reception, title="Front desk")
            case "add":
                add(hass, loaded, "01009", "New")
            case "remove":
                entries.async_remove_subentry(loaded, "subentry-1")
            case "options":
                entries.async_update_entry(loaded, options={"scan_interval": 60})
            case _:
                correct_id(hass, loaded)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert changes_of_others() == set()

        simulator.extension("01002").call_state = "idle"
        await loaded.runtime_data.async_refresh()
        state = hass.states.get("event.sales_call")
        assert state is not None
        assert state.attributes["event_type"] == "call_ended"
        # The duration would be unknown if the start of the call had been lost.
        assert state.attributes["duration"] is not None

    async def test_two_extensions_can_be_added_in_a_row(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        changes_of_others: Callable[[], set[str]],
    ) -> None:
        await simulator.inject("delay", extension_id="01003", seconds=0.5)
        for extension_id, name in (("01008", "New one"), ("01009", "New two")):
            simulator.add_extension(extension_id, name)
            flow = await open_extensions(hass, loaded)
            assert (await flow.submit({"extensions": f"{extension_id} {name}"})).created
        # The second extension may have to wait for the refresh after the current one.
        await poll()
        await until(lambda: state_of(hass, "sensor.new_one") == "ready")
        await until(lambda: state_of(hass, "sensor.new_two") == "ready")
        assert changes_of_others() == set()

    async def test_changed_credentials_reload_the_entry(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry
    ) -> None:
        before = loaded.runtime_data
        simulator.account = Account(pin="54321")
        hass.config_entries.async_update_entry(
            loaded, data={**loaded.data, "account_pin": "54321"}, title="Other"
        )
        await hass.async_block_till_done(wait_background_tasks=True)
        assert loaded.runtime_data is not before
        assert state_of(hass, "sensor.reception") == "ready"


async def test_change_during_a_setup_with_a_hanging_extension_is_used(
    hass: HomeAssistant,
    simulator: Simulator,
    entry: MockConfigEntry,
    enable_custom_integrations: None,
) -> None:
    await simulator.inject("delay", extension_id="01003", seconds=60)
    entry.add_to_hass(hass)
    setting_up = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
    await until(lambda: bool(simulator.requests))
    simulator.add_extension("01009", "New")
    add(hass, entry, "01009", "New")
    hass.config_entries.async_remove_subentry(entry, "subentry-1")
    hass.config_entries.async_update_entry(entry, options={"scan_interval": 300})
    await setting_up
    await until(lambda: state_of(hass, "sensor.new") == "ready")
    assert state_of(hass, "sensor.sales") == "ready"
    assert state_of(hass, "sensor.support") == "unavailable"
    assert state_of(hass, "sensor.reception") is None
    await until(lambda: entry.runtime_data.update_interval > timedelta(seconds=290))


async def test_call_state_entities_are_removed_without_a_supervisor_id_and_restored_with_it(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    loaded: MockConfigEntry,
) -> None:
    entity_registry.async_update_entity("binary_sensor.reception_on_a_call", name="Red light")
    data = dict(loaded.data)
    hass.config_entries.async_update_entry(
        loaded, data={key: data[key] for key in data if key != "supervisor_id"}
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entity_registry.async_get("binary_sensor.reception_on_a_call") is None
    assert entity_registry.async_get("sensor.reception_call_state") is None
    assert entity_registry.async_get("sensor.belfabriek_extensions_on_a_call") is None
    assert state_of(hass, "sensor.reception") == "ready"
    hass.config_entries.async_update_entry(loaded, data=data)
    await hass.async_block_till_done(wait_background_tasks=True)
    entry = entity_registry.async_get("binary_sensor.reception_on_a_call")
    assert entry is not None
    assert entry.name == "Red light"


def add(hass: HomeAssistant, entry: MockConfigEntry, extension_id: str, name: str) -> None:
    """Add an extension, as a flow does."""
    hass.config_entries.async_add_subentry(
        entry,
        ConfigSubentry(
            data=MappingProxyType({"extension_id": extension_id}),
            subentry_type="extension",
            title=name,
            unique_id=extension_id,
        ),
    )


def correct_id(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Correct the ID of Reception to 01009, as a flow does."""
    hass.config_entries.async_update_subentry(
        entry,
        entry.subentries["subentry-1"],
        data={"extension_id": "01009"},
        unique_id="01009",
    )
