import logging

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.belfabriek.const import DOMAIN
from simulator import Simulator

from .conftest import Poll
from .flows import TEXTS
from .helpers import SECOND_CALL, state_of
from .strangers import struct

pytestmark = pytest.mark.usefixtures("skip")

REFUSED = "extension_refused_subentry-1"


@pytest.fixture
def log(loaded: MockConfigEntry, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Return the log from after the account was set up."""
    caplog.clear()
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    """Return the log entries of the integration above the debug level."""
    return [
        f"{record.levelname}: {record.getMessage()}"
        for record in log.records
        if record.name.startswith("custom_components.belfabriek") and record.levelno >= logging.INFO
    ]


def issues(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return the repair issues by ID."""
    return {
        issue.issue_id: issue
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    }


def placeholders(hass: HomeAssistant, issue_id: str) -> dict[str, str]:
    """Return the placeholders of a repair issue."""
    return issues(hass)[issue_id].translation_placeholders or {}


async def refuse(simulator: Simulator, poll: Poll, polls: int, text: str = "Ask again") -> None:
    """Refuse the reception in a number of polls."""
    await simulator.inject("fault_struct", extension_id="01001", text=text)
    for _ in range(polls):
        await poll()


class TestRefusedExtension:
    async def test_issue_exists_after_three_refusals_until_an_answer(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await refuse(simulator, poll, 2)
        assert issues(hass) == {}

        await poll()
        assert list(issues(hass)) == [REFUSED]
        assert placeholders(hass, REFUSED) == {
            "account": "Belfabriek",
            "name": "Reception",
            "message": "`Ask again`",
        }

        await simulator.clear_faults()
        await poll()
        assert issues(hass) == {}

    async def test_ignored_issue_stays_ignored_over_a_recovery_and_a_reload(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await refuse(simulator, poll, 3)
        ir.async_ignore_issue(hass, DOMAIN, REFUSED, True)
        await simulator.clear_faults()
        await poll()
        await refuse(simulator, poll, 3)
        assert issues(hass)[REFUSED].dismissed_version is not None
        await hass.config_entries.async_reload(loaded.entry_id)
        await hass.async_block_till_done()
        for _ in range(3):
            await poll()
        assert issues(hass)[REFUSED].dismissed_version is not None
        await hass.config_entries.async_remove(loaded.entry_id)
        assert issues(hass) == {}

    async def test_markdown_in_a_name_is_not_rendered(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        subentry = loaded.subentries["subentry-1"]
        hass.config_entries.async_update_subentry(loaded, subentry, title="Jan`s ![x](y)")
        await refuse(simulator, poll, 3)
        assert placeholders(hass, REFUSED)["name"] == r"Jan\`s \!\[x\]\(y\)"

    async def test_issue_is_deleted_when_the_device_is_disabled(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await refuse(simulator, poll, 3)
        registry = dr.async_get(hass)
        device = registry.async_get_device_by_identifier(
            ("belfabriek", "subentry-1"), loaded.entry_id
        )
        assert device is not None
        registry.async_update_device(device.id, disabled_by=dr.DeviceEntryDisabler.USER)
        await poll()
        assert issues(hass) == {}

    async def test_three_refusals_that_are_not_in_a_row_create_no_issue(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        for _ in range(2):
            await refuse(simulator, poll, 2)
            assert issues(hass) == {}
            await simulator.clear_faults()
            await poll()

    async def test_failure_that_the_user_cannot_fix_creates_no_issue(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await simulator.inject("status_500_html", extension_id="01001")
        for _ in range(5):
            await poll()
        assert state_of(hass, "sensor.reception") == "unavailable"
        assert issues(hass) == {}

    async def test_rejection_of_one_extension_is_an_issue_of_this_extension(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await refuse(simulator, poll, 3, text="Unknown supervisor")
        assert list(issues(hass)) == [REFUSED]
        assert not hass.config_entries.flow.async_progress()

    async def test_servers_text_is_quoted_on_one_line(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await refuse(simulator, poll, 3, text="`[click](https://evil.example)`\n\n# <b>Now</b>")
        assert placeholders(hass, REFUSED)["message"] == (
            "`'[click](https://evil.example)' # <b>Now</b>`"
        )

    async def test_empty_text_is_quoted_as_a_dash(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await simulator.inject("fault_struct", extension_id="01001", text="")
        for _ in range(3):
            await poll()
        assert placeholders(hass, REFUSED)["message"] == "`-`"

    async def test_long_text_is_shortened(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await refuse(simulator, poll, 3, text="no " * 4_000)
        assert len(placeholders(hass, REFUSED)["message"]) < 300

    async def test_unloading_takes_it_back(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await refuse(simulator, poll, 3)
        await hass.config_entries.async_unload(loaded.entry_id)
        assert issues(hass) == {}


class TestUnrecognizedValue:
    async def test_unrecognized_value_makes_the_status_unknown_and_is_reported_once(
        self, hass: HomeAssistant, simulator: Simulator, poll: Poll, log: pytest.LogCaptureFixture
    ) -> None:
        for extension_id in ("01001", "01002"):
            simulator.extension(extension_id).call_state = "on hold"
        for _ in range(3):
            await poll()
            assert state_of(hass, "sensor.reception") == "unknown"
            assert state_of(hass, "binary_sensor.reception_on_a_call") == "unknown"
            assert state_of(hass, "binary_sensor.reception_accepting_calls") == "on"
        (line,) = lines(log)
        assert line.startswith("WARNING: ")
        assert "'on hold'" in line
        (issue_id,) = issues(hass)
        assert placeholders(hass, issue_id)["value"] == "`on hold`"

    async def test_each_value_is_reported(
        self, hass: HomeAssistant, simulator: Simulator, poll: Poll, log: pytest.LogCaptureFixture
    ) -> None:
        for value in ("on hold", "transferring", "on hold"):
            simulator.extension("01001").call_state = value
            await poll()
        assert [line.count("hold") for line in lines(log)] == [1, 0]
        assert len(issues(hass)) == 2

    async def test_log_is_not_filled_by_a_server_that_always_sends_a_new_value(
        self, hass: HomeAssistant, simulator: Simulator, poll: Poll, log: pytest.LogCaptureFixture
    ) -> None:
        for second in range(30):
            simulator.extension("01001").call_state = f"since {second} s"
            await poll()
        assert len(lines(log)) <= 20
        assert len(issues(hass)) <= 20

    async def test_availability_other_than_0_or_1_is_reported(
        self, hass: HomeAssistant, simulator: Simulator, poll: Poll, log: pytest.LogCaptureFixture
    ) -> None:
        body = struct(available="maybe", availReason="-").encode()
        await simulator.inject("body", extension_id="01001", body=body)
        await poll()
        assert state_of(hass, "binary_sensor.reception_accepting_calls") == "unknown"
        assert "'maybe'" in lines(log)[0]
        assert len(issues(hass)) == 1

    async def test_unrecognized_value_is_quoted(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        simulator.extension("01001").call_state = "`**[a](https://evil.example)**`"
        await poll()
        (issue_id,) = issues(hass)
        assert placeholders(hass, issue_id)["value"] == "`'**[a](https://evil.example)**'`"

    async def test_unloading_takes_it_back(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        simulator.extension("01001").call_state = "on hold"
        await poll()
        await hass.config_entries.async_unload(loaded.entry_id)
        assert issues(hass) == {}

    async def test_issue_is_deleted_a_day_after_the_value(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
    ) -> None:
        simulator.extension("01001").call_state = "on hold"
        await poll()
        simulator.extension("01001").call_state = "idle"
        freezer.tick(23 * 60 * 60)
        await poll()
        assert len(issues(hass)) == 1
        freezer.tick(2 * 60 * 60)
        await poll()
        assert issues(hass) == {}

    async def test_known_value_in_any_case_creates_no_issue(
        self, hass: HomeAssistant, simulator: Simulator, poll: Poll, log: pytest.LogCaptureFixture
    ) -> None:
        simulator.extension("01001").call_state = " Called\n"
        simulator.extension("01002").set(available=False, reason="gone fishing")
        await poll()
        assert state_of(hass, "sensor.reception") == "on_call"
        assert (lines(log), issues(hass)) == ([], {})


class TestCallStateRefused:
    """The supervisor or manager ID no longer works; the first call does."""

    async def test_account_has_one_log_line_and_one_issue_until_the_second_call_works(
        self, hass: HomeAssistant, simulator: Simulator, poll: Poll, log: pytest.LogCaptureFixture
    ) -> None:
        await simulator.inject("fault_struct", method=SECOND_CALL, text="Unknown supervisor")
        for _ in range(2):
            await poll()
        assert issues(hass) == {}
        await poll()
        [(issue_id, issue)] = issues(hass).items()
        assert issue.translation_key == "call_state_refused"
        assert placeholders(hass, issue_id)["message"] == "`Unknown supervisor`"
        assert not hass.config_entries.flow.async_progress()

        await simulator.clear_faults()
        await poll()
        assert issues(hass) == {}
        assert lines(log) == [
            (
                "INFO: The call state of Reception is unavailable:"
                " the server refused the call: Unknown supervisor"
            ),
            "INFO: The call state of Belfabriek is available again",
        ]

    async def test_issue_stays_while_its_only_extension_accepts_no_calls(
        self, hass: HomeAssistant, simulator: Simulator, poll: Poll, log: pytest.LogCaptureFixture
    ) -> None:
        await simulator.inject("fault_struct", method=SECOND_CALL, extension_id="01003")
        for _ in range(3):
            await poll()
        [(issue_id, _)] = issues(hass).items()
        assert placeholders(hass, issue_id)["name"] == "Support"
        simulator.extension("01003").set(available=False, reason="pause")
        await poll()
        assert list(issues(hass)) == [issue_id]
        await simulator.clear_faults()
        simulator.extension("01003").set(available=True, reason="-")
        await poll()
        assert issues(hass) == {}
        assert [each.partition(":")[0] for each in lines(log)] == ["INFO", "INFO"]

    async def test_single_refusal_creates_no_issue_while_the_agent_is_paused(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await simulator.inject("fault_struct", method=SECOND_CALL, extension_id="01003")
        await poll()
        simulator.extension("01003").set(available=False, reason="pause")
        for _ in range(4):
            await poll()
        assert issues(hass) == {}

    async def test_issue_names_an_extension_that_is_refused(
        self, hass: HomeAssistant, simulator: Simulator, poll: Poll, log: pytest.LogCaptureFixture
    ) -> None:
        await simulator.inject("close_without_answer", method=SECOND_CALL, extension_id="01003")
        await poll()
        simulator.extension("01003").set(available=False, reason="pause")
        await simulator.inject("fault_struct", method=SECOND_CALL, extension_id="01001")
        for _ in range(3):
            await poll()
        assert [each.split(" is ")[0] for each in lines(log)] == ["INFO: The call state of Support"]
        [(issue_id, _)] = issues(hass).items()
        assert placeholders(hass, issue_id)["name"] == "Reception"

    async def test_fault_of_one_is_an_issue_while_another_has_no_answer(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await simulator.inject("close_without_answer", method=SECOND_CALL, extension_id="01001")
        await simulator.inject("fault_struct", method=SECOND_CALL, extension_id="01003")
        for _ in range(3):
            await poll()
        [(issue_id, _)] = issues(hass).items()
        assert placeholders(hass, issue_id)["name"] == "Support"

    async def test_issue_is_deleted_when_the_id_is_corrected(
        self, hass: HomeAssistant, simulator: Simulator, loaded: MockConfigEntry, poll: Poll
    ) -> None:
        await simulator.inject("fault_struct", method=SECOND_CALL, extension_id="01003")
        for _ in range(3):
            await poll()
        simulator.add_extension("01009", "Support").set(available=False, reason="pause")
        hass.config_entries.async_update_subentry(
            loaded, loaded.subentries["subentry-3"], data={"extension_id": "01009"}
        )
        await poll()
        assert issues(hass) == {}

    async def test_issue_is_deleted_with_its_extension(
        self,
        hass: HomeAssistant,
        simulator: Simulator,
        loaded: MockConfigEntry,
        poll: Poll,
        log: pytest.LogCaptureFixture,
    ) -> None:
        await simulator.inject("fault_struct", method=SECOND_CALL, extension_id="01003")
        for _ in range(3):
            await poll()
        log.clear()
        hass.config_entries.async_remove_subentry(loaded, "subentry-3")
        await poll()
        assert issues(hass) == {}
        assert lines(log) == []

    async def test_second_call_without_an_answer_creates_no_issue(
        self, hass: HomeAssistant, simulator: Simulator, poll: Poll, log: pytest.LogCaptureFixture
    ) -> None:
        await simulator.inject("close_without_answer", method=SECOND_CALL)
        for _ in range(4):
            await poll()
        assert issues(hass) == {}
        assert len(lines(log)) == 1


class TestLog:
    async def test_failing_extension_is_logged_once_and_its_recovery_once(
        self, simulator: Simulator, poll: Poll, log: pytest.LogCaptureFixture
    ) -> None:
        await simulator.inject("status_500_html", extension_id="01001")
        for _ in range(3):
            await poll()
        await simulator.clear_faults()
        for _ in range(2):
            await poll()
        assert lines(log) == [
            "INFO: Reception is unavailable: the server answers with HTTP status 500",
            "INFO: Reception is available again",
        ]

    async def test_outage_is_logged_for_the_account_only(
        self, simulator: Simulator, poll: Poll, log: pytest.LogCaptureFixture
    ) -> None:
        await simulator.inject("status_500_html")
        for _ in range(3):
            await poll()
        await simulator.clear_faults()
        await poll()
        assert [line.partition(" Belfabriek")[0] for line in lines(log)] == [
            "ERROR: Error fetching",
            "WARNING:",
            "INFO: Fetching",
        ]

    async def test_extension_that_failed_before_an_outage_is_not_logged_twice(
        self, simulator: Simulator, poll: Poll, log: pytest.LogCaptureFixture
    ) -> None:
        await simulator.inject("empty_body", extension_id="01001")
        await poll()
        await simulator.inject("empty_body")
        await poll()
        await simulator.clear_faults()
        await simulator.inject("empty_body", extension_id="01001")
        await poll()
        await simulator.clear_faults()
        await poll()
        assert sum("Reception" in line for line in lines(log)) == 2


async def test_every_issue_can_be_shown(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    simulator: Simulator,
    loaded: MockConfigEntry,
    poll: Poll,
) -> None:
    await refuse(simulator, poll, 3)
    simulator.extension("01002").call_state = "on hold"
    await poll()
    await simulator.inject("fault_struct", method=SECOND_CALL)
    for _ in range(3):
        await poll()
    await simulator.inject("status", status=429, extension_id="01004")
    for _ in range(3):
        freezer.tick(300)
        await poll()
    of_busy_lights = {each for each in TEXTS["issues"] if each.startswith("busy_light_")}
    shown = {issue.translation_key for issue in issues(hass).values()}
    assert shown == set(TEXTS["issues"]) - of_busy_lights
    for issue in issues(hass).values():
        assert not issue.is_fixable
        assert not issue.is_persistent
        texts = TEXTS["issues"][issue.translation_key]
        for text in (texts["title"], texts["description"]):
            text.format_map(issue.translation_placeholders or {})
