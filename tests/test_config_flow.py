"""Adding an account: the steps `user` and `extensions`."""

from collections.abc import Iterator
import logging

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Account, Dialect, Method, Simulator

from .conftest import Poll
from .flows import (
    PIN,
    UNMISTAKABLE_PIN,
    account_input,
    open_account,
    open_extensions,
    row,
    rows,
    the_entry,
)
from .helpers import state_of
from .strangers import STRANGERS, Handler, answering, fault, serving, serving_untrusted, struct

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

RECEPTION = ("01001", "Reception")
SALES = ("01002", "Sales")
NOBODY = ("09999", "Nobody")


@pytest.fixture
def untrusted() -> Iterator[tuple[str, list[bytes]]]:
    """Return the address of a server with an untrusted certificate, and what it was sent."""
    with serving_untrusted() as server:
        yield server


async def test_an_account_is_added_with_its_extensions(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    assert (flow.step, flow.errors, flow.suggested) == (
        "user",
        {},
        {"call_state": {}, "connection": {}},
    )
    await flow.submit(account_input(simulator.url))
    assert (flow.step, flow.errors, flow.suggested) == ("extensions", {}, {})
    await flow.submit(rows(RECEPTION, SALES))
    assert flow.created
    await hass.async_block_till_done()

    entry = the_entry(hass)
    assert entry.title == "Belfabriek …45"
    assert entry.unique_id == PIN
    assert entry.data == {
        "account_pin": "12345",
        "supervisor_id": "1",
        "manager_id": "2",
        "account_id": "67890",
        "url": simulator.url,
        "allow_unencrypted": False,
        "parameter_names": "sample",
    }
    assert entry.options == {}
    assert [
        (each.subentry_type, each.unique_id, each.title, dict(each.data))
        for each in entry.subentries.values()
    ] == [
        ("extension", "01001", "Reception", {"extension_id": "01001"}),
        ("extension", "01002", "Sales", {"extension_id": "01002"}),
    ]
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, "sensor.reception_status") == "available"
    assert state_of(hass, "binary_sensor.sales_on_call") == "off"


@pytest.mark.parametrize("empty", [None, "", "  "])
async def test_without_supervisor_and_manager_only_availability_is_asked(
    hass: HomeAssistant, simulator: Simulator, empty: str | None
) -> None:
    flow = await open_extensions(
        hass, simulator.url, supervisor_id=empty, manager_id=empty, account_id=empty
    )
    await flow.submit(rows(RECEPTION))
    await hass.async_block_till_done()
    assert set(the_entry(hass).data) == {
        "account_pin",
        "url",
        "allow_unencrypted",
        "parameter_names",
    }
    assert {request.method for request in simulator.requests} == {Method.AGENT_AVAIL}
    assert state_of(hass, "sensor.reception_status") == "available"
    assert state_of(hass, "binary_sensor.reception_on_call") is None


async def test_the_pin_stands_in_for_an_empty_account_id(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.account = Account(account_id="")
    flow = await open_extensions(hass, simulator.url, account_id=None)
    assert (await flow.submit(rows(RECEPTION))).created
    await hass.async_block_till_done()
    assert "account_id" not in the_entry(hass).data
    assert state_of(hass, "binary_sensor.reception_on_call") == "off"


async def test_leading_zeros_stay_and_spaces_around_what_was_typed_go(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.account = Account(pin="00123", supervisor_id="01", manager_id="02", account_id="03")
    flow = await open_extensions(
        hass,
        f" {simulator.url}\t",
        account_pin=" 00123 ",
        supervisor_id=" 01",
        manager_id="02 ",
        account_id="\N{NO-BREAK SPACE}03",
    )
    assert (await flow.submit(rows((" 01001 ", " Front desk ")))).created
    entry = the_entry(hass)
    assert entry.title == "Belfabriek …23"
    assert entry.unique_id == "00123"
    assert {key: entry.data[key] for key in ("supervisor_id", "manager_id", "account_id")} == {
        "supervisor_id": "01",
        "manager_id": "02",
        "account_id": "03",
    }
    assert entry.data["url"] == simulator.url
    (subentry,) = entry.subentries.values()
    assert (subentry.unique_id, subentry.title) == ("01001", "Front desk")


@pytest.mark.parametrize(
    ("changes", "field", "error"),
    [
        pytest.param({"account_pin": ""}, "account_pin", "empty_account_pin", id="no PIN"),
        pytest.param({"account_pin": "  "}, "account_pin", "empty_account_pin", id="blank PIN"),
        pytest.param(
            {"supervisor_id": ""}, "call_state", "incomplete_call_state", id="no supervisor"
        ),
        pytest.param({"manager_id": None}, "call_state", "incomplete_call_state", id="no manager"),
        *(
            pytest.param({"url": url}, "connection", "invalid_url", id=f"URL {url!r}")
            for url in (
                "",
                "api.belfabriek.nl/xml",
                "ftp://127.0.0.1/xml",
                "https://",
                "https://:443/xml",
                "https://127.0.0.1:99999/xml",
                "https://user:password@127.0.0.1/xml",
                "https://user@127.0.0.1/xml",
                "not an address",
            )
        ),
        *(
            pytest.param({"url": url}, "connection", "unencrypted_url", id=f"URL {url}")
            for url in (
                "http://api1.belfabriek.nl/xml/agent/xml.asp",
                "http://192.0.2.1/xml",
                "http://127.0.0.1.example.com/xml",
                "http://localhost.example.com/xml",
            )
        ),
    ],
)
async def test_what_cannot_be_right_is_refused_before_anything_is_sent(
    hass: HomeAssistant,
    simulator: Simulator,
    changes: dict[str, str | None],
    field: str,
    error: str,
) -> None:
    flow = await open_account(hass)
    typed = account_input(simulator.url, **changes)
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("user", {field: error})
    assert flow.suggested == typed
    assert simulator.requests == []

    await flow.submit(account_input(simulator.url))
    assert (await flow.submit(rows(RECEPTION))).created


async def test_a_section_is_open_where_something_in_it_is_wrong(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    assert flow.schema["connection"].options == {"collapsed": True}
    assert flow.schema["call_state"].options == {"collapsed": False}
    await flow.submit(account_input("nowhere"))
    assert flow.schema["connection"].options == {"collapsed": False}


async def test_all_that_is_wrong_with_the_account_is_said_at_once(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    await flow.submit(account_input("nowhere", account_pin="", manager_id=""))
    assert flow.errors == {
        "account_pin": "empty_account_pin",
        "call_state": "incomplete_call_state",
        "connection": "invalid_url",
    }


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/xml", "http://[::1]:1/xml", "http://localhost:1/xml"]
)
async def test_an_address_on_this_machine_needs_no_encryption(
    hass: HomeAssistant, url: str
) -> None:
    flow = await open_account(hass)
    assert (await flow.submit(account_input(url))).step == "extensions"


async def test_an_unencrypted_address_is_taken_once_the_box_is_ticked(hass: HomeAssistant) -> None:
    flow = await open_account(hass)
    typed = account_input("http://belfabriek.invalid/xml")
    await flow.submit(typed)
    assert flow.errors == {"connection": "unencrypted_url"}
    typed["connection"]["allow_unencrypted"] = True
    assert (await flow.submit(typed)).step == "extensions"


async def test_the_tick_is_stored(hass: HomeAssistant, simulator: Simulator) -> None:
    flow = await open_extensions(hass, simulator.url, allow_unencrypted=True)
    assert (await flow.submit(rows(RECEPTION))).created
    assert the_entry(hass).data["allow_unencrypted"] is True


async def test_the_vendors_address_is_filled_in(hass: HomeAssistant) -> None:
    flow = await open_account(hass)
    (url,) = (each for each in flow.schema["connection"].schema.schema if each == "url")
    assert url.default() == "https://api.belfabriek.nl/xml/agent/xml.asp"


async def test_a_wrong_pin_leads_back_to_the_account_with_the_servers_words(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    typed = account_input(simulator.url, account_pin="99999")
    await flow.submit(typed)
    await flow.submit(rows(RECEPTION, SALES))
    assert (flow.step, flow.errors) == ("user", {"account_pin": "invalid_auth"})
    assert "“Unknown account”" in flow.message("account_pin")
    assert flow.suggested == typed

    await flow.submit(account_input(simulator.url))
    assert (flow.step, flow.errors) == ("extensions", {})
    assert flow.suggested == rows(RECEPTION, SALES)
    assert (await flow.submit(flow.suggested)).created
    assert the_entry(hass).unique_id == PIN


WRONG_IDS = [
    pytest.param({"supervisor_id": "9"}, "Unknown supervisor", id="supervisor"),
    pytest.param({"manager_id": "9"}, "Unknown manager", id="manager"),
    pytest.param({"account_id": "9"}, "Unknown account ID", id="account ID"),
]


@pytest.mark.parametrize(("changes", "words"), WRONG_IDS)
@pytest.mark.parametrize("available", [True, False])
async def test_a_wrong_id_for_the_call_state_is_found_out_whatever_the_agents_do(
    hass: HomeAssistant,
    simulator: Simulator,
    changes: dict[str, str],
    words: str,
    available: bool,
) -> None:
    simulator.extension("01001").set(available=available, reason="paused")
    flow = await open_account(hass)
    typed = account_input(simulator.url, **changes)
    await flow.submit(typed)
    await flow.submit(rows(RECEPTION))
    assert (flow.step, flow.errors) == ("user", {"call_state": "invalid_call_state_ids"})
    assert f"“{words}”" in flow.message("call_state")
    assert flow.suggested == typed

    await flow.submit(account_input(simulator.url))
    assert (await flow.submit(rows(RECEPTION))).created


async def test_an_agent_that_is_not_available_can_be_added(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.extension("01001").set(available=False, reason="paused")
    flow = await open_extensions(hass, simulator.url)
    assert (await flow.submit(rows(RECEPTION))).created
    await hass.async_block_till_done()
    assert state_of(hass, "sensor.reception_status") == "paused"


@pytest.mark.parametrize("good", [[], [RECEPTION, SALES]], ids=["alone", "among good ones"])
async def test_an_unknown_extension_is_named_with_the_servers_words(
    hass: HomeAssistant, simulator: Simulator, good: list[tuple[str, str]]
) -> None:
    flow = await open_extensions(hass, simulator.url)
    typed = rows(*good, NOBODY)
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("extensions", {"extensions": "extensions_refused"})
    assert "Nobody" in flow.message("extensions")
    assert "“Unknown extension”" in flow.message("extensions")
    assert "Reception" not in flow.message("extensions")
    assert flow.suggested == typed

    assert (await flow.submit(rows(*good, ("01003", "Nobody")))).created
    assert len(the_entry(hass).subentries) == len(good) + 1


async def test_every_unknown_extension_is_named_once(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_extensions(hass, simulator.url)
    await flow.submit(rows(NOBODY, ("09998", "Somebody"), RECEPTION))
    assert flow.message("extensions").count("“Unknown extension”") == 2
    assert "Nobody" in flow.message("extensions")
    assert "Somebody" in flow.message("extensions")


async def test_two_unknown_extensions_of_one_name_are_told_apart(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_extensions(hass, simulator.url)
    await flow.submit(rows(("09998", "Agent"), ("01001", "Agent"), ("09999", "Agent")))
    assert "09998" in flow.message("extensions")
    assert "09999" in flow.message("extensions")
    assert "01001" not in flow.message("extensions")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        pytest.param([], "no_extensions", id="no row"),
        pytest.param([row("", "Reception")], "empty_extension_id", id="empty ID"),
        pytest.param([row("01001", "A"), row("  ", "B")], "empty_extension_id", id="blank ID"),
        pytest.param([row("01001", "")], "empty_name", id="empty name"),
        pytest.param([row("01001", " ")], "empty_name", id="blank name"),
        pytest.param([row("01001", "A"), row("01001", "B")], "duplicate_extension", id="twice"),
        pytest.param(
            [row("01001", "A"), row(" 01001", "B")], "duplicate_extension", id="twice but a space"
        ),
        pytest.param(row("", "Reception"), "empty_extension_id", id="one row without a list"),
    ],
)
async def test_rows_that_cannot_be_right_are_refused_before_anything_is_sent(
    hass: HomeAssistant,
    simulator: Simulator,
    typed: list[dict[str, str]] | dict[str, str],
    error: str,
) -> None:
    flow = await open_extensions(hass, simulator.url)
    await flow.submit({"extensions": typed})
    assert (flow.step, flow.errors) == ("extensions", {"extensions": error})
    assert flow.suggested == {"extensions": typed}
    assert simulator.requests == []
    assert (await flow.submit(rows(RECEPTION))).created


async def test_one_row_typed_without_a_list_is_one_extension(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_extensions(hass, simulator.url)
    assert (await flow.submit({"extensions": row(*RECEPTION)})).created
    (subentry,) = the_entry(hass).subentries.values()
    assert subentry.unique_id == "01001"


async def test_an_id_that_yaml_made_a_number_of_is_refused(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    # 01001 without quotes is the octal number 513 in YAML: no text of it would be right.
    flow = await open_extensions(hass, simulator.url)
    with pytest.raises(InvalidData):
        await flow.submit({"extensions": [{"extension_id": 513, "name": "Reception"}]})
    assert (await flow.submit(rows(RECEPTION))).created


@pytest.mark.parametrize(("handler", "error"), STRANGERS)
async def test_a_server_that_gives_no_answer_of_the_api_is_told_apart(
    hass: HomeAssistant, simulator: Simulator, handler: Handler, error: str
) -> None:
    flow = await open_account(hass)
    async with serving(handler) as url:
        typed = account_input(url)
        await flow.submit(typed)
        await flow.submit(rows(RECEPTION, SALES))
    assert (flow.step, flow.errors) == ("user", {"connection": error})
    assert flow.suggested == typed
    assert flow.schema["connection"].options == {"collapsed": False}

    await flow.submit(account_input(simulator.url))
    assert flow.suggested == rows(RECEPTION, SALES)
    assert (await flow.submit(flow.suggested)).created


async def test_an_unreachable_server_can_be_tried_again(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await simulator.stop()
    flow = await open_extensions(hass, simulator.url)
    await flow.submit(rows(RECEPTION))
    assert (flow.step, flow.errors) == ("user", {"connection": "cannot_connect"})
    assert flow.suggested == account_input(simulator.url)

    await simulator.start()
    await flow.submit(flow.suggested)
    assert (await flow.submit(flow.suggested)).created


async def test_a_server_that_never_answers_can_be_tried_again(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await open_extensions(hass, simulator.url)
    simulator.delay = 60
    with monkeypatch.context() as patched:
        patched.setattr("custom_components.belfabriek.api.client.REQUEST_TIMEOUT", 0.05)
        await flow.submit(rows(RECEPTION))
    assert (flow.step, flow.errors) == ("user", {"connection": "timeout"})
    assert flow.suggested == account_input(simulator.url)

    simulator.delay = 0
    await flow.submit(flow.suggested)
    assert (await flow.submit(flow.suggested)).created


async def test_nothing_is_sent_to_a_server_whose_certificate_is_not_trusted(
    hass: HomeAssistant, simulator: Simulator, untrusted: tuple[str, list[bytes]]
) -> None:
    url, received = untrusted
    flow = await open_extensions(hass, url)
    await flow.submit(rows(RECEPTION))
    assert (flow.step, flow.errors) == ("user", {"connection": "untrusted_certificate"})
    assert flow.suggested == account_input(url)
    assert received == []

    await flow.submit(account_input(simulator.url))
    assert (await flow.submit(flow.suggested)).created


async def test_a_server_that_fails_for_one_extension_only_keeps_the_account(
    hass: HomeAssistant,
) -> None:
    failing = {"01002"}

    def answer(call: str) -> str:
        if any(extension_id in call for extension_id in failing):
            return "<html>"
        return struct(status="idle") if "getExtensionStatus" in call else struct(available="1")

    async with serving(answering(answer)) as url:
        flow = await open_extensions(hass, url)
        await flow.submit(rows(RECEPTION, SALES))
        assert (flow.step, flow.errors) == ("extensions", {"extensions": "extensions_unanswered"})
        assert "Sales" in flow.message("extensions")
        assert "Reception" not in flow.message("extensions")
        failing.clear()
        assert (await flow.submit(flow.suggested)).created
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(the_entry(hass).entry_id)


async def test_refused_and_failed_extensions_are_told_apart(hass: HomeAssistant) -> None:
    def answer(call: str) -> str:
        if "01001" in call:
            return struct(available="0")
        return fault("No such extension") if NOBODY[0] in call else "<html>"

    async with serving(answering(answer)) as url:
        flow = await open_extensions(hass, url)
        await flow.submit(rows(RECEPTION, SALES, NOBODY))
    assert flow.errors == {"extensions": "extensions_refused", "base": "extensions_unanswered"}
    assert "Nobody" in flow.message("extensions")
    assert "“No such extension”" in flow.message("extensions")
    assert "Sales" in flow.message("base")


async def test_an_extension_that_is_refused_without_a_word_is_named(hass: HomeAssistant) -> None:
    async with serving(answering(lambda _: fault(""))) as url:
        flow = await open_extensions(hass, url)
        await flow.submit(rows(RECEPTION))
    assert flow.errors == {"extensions": "extensions_refused"}
    assert "Reception" in flow.message("extensions")
    assert "“" not in flow.message("extensions")


async def test_an_extension_that_the_supervisor_may_not_see_is_named_with_the_servers_words(
    hass: HomeAssistant,
) -> None:
    def answer(call: str) -> str:
        if "getAgentAvail" in call:
            return struct(available="1")
        return fault("Supervisor not authorized") if SALES[0] in call else struct(status="idle")

    async with serving(answering(answer)) as url:
        flow = await open_extensions(hass, url)
        await flow.submit(rows(RECEPTION, SALES))
    assert flow.step == "extensions"
    assert "Sales" in flow.message("extensions")
    assert "“Supervisor not authorized”" in flow.message("extensions")


async def test_a_wrong_supervisor_is_found_out_next_to_an_unknown_extension(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_extensions(hass, simulator.url, supervisor_id="9")
    await flow.submit(rows(RECEPTION, NOBODY))
    assert (flow.step, flow.errors) == ("user", {"call_state": "invalid_call_state_ids"})
    assert "“Unknown supervisor”" in flow.message("call_state")


async def test_the_tables_parameter_names_are_found_out_and_kept(hass: HomeAssistant) -> None:
    async with Simulator(dialect=Dialect(parameters="table")) as simulator:
        flow = await open_extensions(hass, simulator.url)
        assert (await flow.submit(rows(RECEPTION))).created
        await hass.async_block_till_done()
        assert the_entry(hass).data["parameter_names"] == "table"
        assert state_of(hass, "binary_sensor.reception_on_call") == "off"


@pytest.mark.parametrize(
    ("changes", "field", "error", "words"),
    [
        ({"account_pin": "99999"}, "account_pin", "invalid_auth", "Unknown account"),
        ({"manager_id": "9"}, "call_state", "invalid_call_state_ids", "Unknown manager"),
    ],
)
async def test_wrong_credentials_are_found_out_under_the_tables_parameter_names(
    hass: HomeAssistant, changes: dict[str, str], field: str, error: str, words: str
) -> None:
    async with Simulator(dialect=Dialect(parameters="table")) as simulator:
        flow = await open_extensions(hass, simulator.url, **changes)
        await flow.submit(rows(RECEPTION))
        assert (flow.step, flow.errors) == ("user", {field: error})
        assert f"“{words}”" in flow.message(field)
        await flow.submit(account_input(simulator.url))
        assert (await flow.submit(flow.suggested)).created


async def test_an_unknown_extension_is_found_out_under_the_tables_parameter_names(
    hass: HomeAssistant,
) -> None:
    async with Simulator(dialect=Dialect(parameters="table")) as simulator:
        flow = await open_extensions(hass, simulator.url)
        await flow.submit(rows(NOBODY))
        assert (flow.step, flow.errors) == ("extensions", {"extensions": "extensions_refused"})
        assert "“Unknown extension”" in flow.message("extensions")
        assert (await flow.submit(rows(RECEPTION))).created


@pytest.mark.parametrize("typed", [PIN, f" {PIN} "])
async def test_an_account_cannot_be_added_twice(
    hass: HomeAssistant, loaded: MockConfigEntry, simulator: Simulator, typed: str
) -> None:
    flow = await open_account(hass)
    await flow.submit(account_input(simulator.url, account_pin=typed))
    assert flow.aborted == "already_configured"
    assert the_entry(hass).entry_id == loaded.entry_id
    assert loaded.state is ConfigEntryState.LOADED


async def test_an_account_that_is_being_added_is_not_begun_again(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    first = await open_extensions(hass, simulator.url)
    second = await open_account(hass)
    await second.submit(account_input(simulator.url))
    assert second.aborted == "already_in_progress"
    assert (await first.submit(rows(RECEPTION))).created


async def test_two_accounts_stand_side_by_side(
    hass: HomeAssistant, loaded: MockConfigEntry, poll: Poll
) -> None:
    async with Simulator(
        account=Account(pin="54321"), extensions={"01001": "Reception"}
    ) as second_server:
        flow = await open_extensions(hass, second_server.url, account_pin="54321")
        assert (await flow.submit(rows(("01001", "Branch")))).created
        await hass.async_block_till_done()
        second_server.extension("01001").call_state = "called"
        await poll()
        # The same extension ID in two accounts is two extensions.
        assert state_of(hass, "sensor.branch_status") == "on_call"
        assert state_of(hass, "sensor.reception_status") == "available"
        titles = {each.title for each in hass.config_entries.async_entries("belfabriek")}
        assert titles == {"Belfabriek …45", "Belfabriek …21"}


async def test_a_form_can_be_looked_at_again(hass: HomeAssistant, simulator: Simulator) -> None:
    flow = await open_account(hass)
    await flow.submit(account_input("nowhere"))
    await flow.submit(None)
    assert (flow.step, flow.errors) == ("user", {})
    assert flow.suggested == account_input("nowhere")

    await flow.submit(account_input(simulator.url))
    await flow.submit(rows(NOBODY))
    await flow.submit(None)
    assert (flow.step, flow.errors) == ("extensions", {})
    assert flow.suggested == rows(NOBODY)


@pytest.mark.parametrize("broken_id", ["01\x00001", "01001\ufffe"])
async def test_a_character_that_no_call_can_carry_is_no_crash(
    hass: HomeAssistant, simulator: Simulator, broken_id: str
) -> None:
    flow = await open_extensions(hass, simulator.url)
    await flow.submit(rows((broken_id, "Reception"), SALES))
    if not flow.created:
        assert flow.errors
        assert (await flow.submit(rows(RECEPTION, SALES))).created


async def test_the_pin_is_in_no_log_and_no_answer(
    hass: HomeAssistant, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    talkative = answering(lambda _: fault(f"Account {UNMISTAKABLE_PIN} unknown"))
    async with serving(talkative) as url:
        flow = await open_extensions(hass, url, account_pin=UNMISTAKABLE_PIN)
        await flow.submit(rows(RECEPTION))
        assert flow.errors == {"account_pin": "invalid_auth"}
        assert "Account *** unknown" in flow.message("account_pin")
    simulator.account = Account(pin=UNMISTAKABLE_PIN)
    await flow.submit(account_input(simulator.url, account_pin=UNMISTAKABLE_PIN))
    assert (await flow.submit(rows(RECEPTION))).created
    await hass.async_block_till_done()
    assert the_entry(hass).title == "Belfabriek …846"
    assert "Belfabriek" in caplog.text
    assert UNMISTAKABLE_PIN not in caplog.text


async def test_the_pin_is_taken_out_of_what_the_server_says_of_the_second_call(
    hass: HomeAssistant,
) -> None:
    def answer(call: str) -> str:
        if "getAgentAvail" in call:
            return struct(available="1")
        return fault(f"Supervisor unknown to {UNMISTAKABLE_PIN}")

    async with serving(answering(answer)) as url:
        flow = await open_extensions(hass, url, account_pin=UNMISTAKABLE_PIN)
        # The account ID is sent in the PIN's place; `submit` looks for the PIN.
        await flow.submit(rows(RECEPTION))
        assert flow.errors == {"call_state": "invalid_call_state_ids"}
