"""Adding an account: the step `user`."""

import asyncio
from collections.abc import Iterator
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Account, Dialect, Method, Simulator

from .flows import PIN, account_input, open_account, the_entry
from .strangers import STRANGERS, Handler, answering, fault, serving, serving_untrusted, struct

pytestmark = pytest.mark.usefixtures("enable_custom_integrations", "skip")

TWO = "01001 Reception\n01002 Sales"
VENDOR = "https://api.belfabriek.nl/xml/agent/xml.asp"


def at(field: str, key: str) -> dict[str, str]:
    """Return an error at a field, and where it is shown as well."""
    shown = {field: key}
    if field in {"call_state", "connection"}:
        shown["base"] = key
    # The connection is open: its address is not the one that was filled in.
    return {"call_state": "see_above", "connection": "see_above"} | shown


@pytest.fixture
def untrusted() -> Iterator[tuple[str, list[bytes]]]:
    """Return the address of a server with an untrusted certificate, and what it was sent."""
    with serving_untrusted() as server:
        yield server


async def test_account_is_added_with_its_extensions_in_one_form(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    assert (flow.step, flow.errors, flow.suggested) == (
        "user",
        {},
        {"call_state": {}, "connection": {}},
    )
    assert [str(field) for field in flow.schema] == [
        "account_pin",
        "extensions",
        "call_state",
        "connection",
    ]
    await flow.submit(account_input(simulator.url, TWO))
    assert flow.created
    for words in ("Reload this page", "Add dashboard", "busy light"):
        assert words in flow.ending
    await hass.async_block_till_done()

    entry = the_entry(hass)
    assert (entry.title, entry.unique_id) == ("Belfabriek", None)
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


async def test_extension_is_named_by_its_id_if_its_line_has_no_name(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    assert (await flow.submit(account_input(simulator.url, "01001\n\n01002,"))).created
    assert [each.title for each in the_entry(hass).subentries.values()] == ["01001", "01002"]


@pytest.mark.parametrize("empty", [None, "", "  "])
async def test_only_availability_is_asked_without_supervisor_and_manager(
    hass: HomeAssistant, simulator: Simulator, empty: str | None
) -> None:
    flow = await open_account(hass)
    await flow.submit(
        account_input(simulator.url, supervisor_id=empty, manager_id=empty, account_id=empty)
    )
    assert flow.created
    assert set(the_entry(hass).data) == {
        "account_pin",
        "url",
        "allow_unencrypted",
        "parameter_names",
    }
    assert {request.method for request in simulator.requests} == {Method.AGENT_AVAIL}


async def test_pin_is_sent_for_an_empty_account_id(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.account = Account(account_id="")
    flow = await open_account(hass)
    assert (await flow.submit(account_input(simulator.url, account_id=None))).created
    assert "account_id" not in the_entry(hass).data


async def test_leading_zeros_stay_and_spaces_around_them_go(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.account = Account(pin="00123", supervisor_id="01", manager_id="02", account_id="03")
    flow = await open_account(hass)
    await flow.submit(
        account_input(
            f" {simulator.url}\t",
            "  01001   Front desk ",
            account_pin=" 00123 ",
            supervisor_id=" 01",
            manager_id="02 ",
            account_id="\N{NO-BREAK SPACE}03",
        )
    )
    assert flow.created
    data = the_entry(hass).data
    assert data["account_pin"] == "00123"
    assert {key: data[key] for key in ("supervisor_id", "manager_id", "account_id")} == {
        "supervisor_id": "01",
        "manager_id": "02",
        "account_id": "03",
    }
    assert data["url"] == simulator.url
    (subentry,) = the_entry(hass).subentries.values()
    assert (subentry.unique_id, subentry.title) == ("01001", "Front desk")


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        pytest.param({"account_pin": ""}, at("account_pin", "empty_account_pin"), id="no PIN"),
        pytest.param({"account_pin": "  "}, at("account_pin", "empty_account_pin"), id="blank PIN"),
        pytest.param({"supervisor_id": ""}, at("call_state", "incomplete_call_state"), id="sup"),
        pytest.param({"manager_id": None}, at("call_state", "incomplete_call_state"), id="man"),
        pytest.param(
            {"supervisor_id": "anna@example.com"},
            at("call_state", "malformed_call_state_ids"),
            id="filled in by the browser",
        ),
        pytest.param({"extensions": ""}, at("extensions", "no_extensions"), id="no extension"),
        pytest.param({"extensions": " \n\n"}, at("extensions", "no_extensions"), id="blank lines"),
        pytest.param(
            {"extensions": "ID;Name\n01001;A"}, at("extensions", "heading_line"), id="heading"
        ),
        pytest.param(
            {"extensions": "01001 A\n01001 B"},
            at("extensions", "repeated_extensions"),
            id="twice",
        ),
        pytest.param(
            {"extensions": "\n".join(f"1{number:03}" for number in range(501))},
            at("extensions", "too_many_extensions"),
            id="too many",
        ),
        pytest.param(
            {"url": "api.belfabriek.nl/xml"}, at("connection", "invalid_url"), id="no scheme"
        ),
        pytest.param(
            {"url": "http://192.0.2.1/xml"}, at("connection", "unencrypted_url"), id="http"
        ),
        pytest.param(
            {"account_pin": "", "extensions": "", "manager_id": "", "url": "nowhere"},
            {
                "account_pin": "empty_account_pin",
                "extensions": "no_extensions",
                "call_state": "incomplete_call_state",
                "connection": "invalid_url",
                "base": "incomplete_call_state",
            },
            id="everything",
        ),
    ],
)
async def test_wrong_input_is_refused_before_anything_is_sent(
    hass: HomeAssistant,
    simulator: Simulator,
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    flow = await open_account(hass)
    changes = dict(changes)
    typed = account_input(changes.pop("url", simulator.url), **changes)
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("user", errors)
    assert flow.suggested == typed
    assert simulator.requests == []

    assert (await flow.submit(account_input(simulator.url))).created


@pytest.mark.parametrize("missing", ["account_pin", "extensions"])
async def test_pin_and_extensions_are_required(
    hass: HomeAssistant, simulator: Simulator, missing: str
) -> None:
    flow = await open_account(hass)
    with pytest.raises(InvalidData):
        await flow.submit(account_input(simulator.url, **{missing: None}))
    assert (await flow.submit(account_input(simulator.url))).created


async def test_permission_of_an_unencrypted_connection_is_stored(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    await flow.submit(account_input("http://192.0.2.1/xml"))
    assert flow.errors == at("connection", "unencrypted_url")
    assert (await flow.submit(account_input(simulator.url, allow_unencrypted=True))).created
    assert the_entry(hass).data["allow_unencrypted"] is True


async def test_address_of_the_vendor_is_filled_in(hass: HomeAssistant) -> None:
    flow = await open_account(hass)
    (url,) = (each for each in flow.schema["connection"].schema.schema if each == "url")
    assert url.default() == VENDOR


async def test_wrong_pin_is_refused_with_the_words_of_the_server(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    typed = account_input(simulator.url, TWO, account_pin="99999")
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("user", at("account_pin", "invalid_auth"))
    assert "“Unknown account”" in flow.message("account_pin")
    assert flow.suggested == typed
    assert hass.config_entries.async_entries("belfabriek") == []

    assert (await flow.submit(account_input(simulator.url, TWO))).created
    assert the_entry(hass).data["account_pin"] == PIN


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"supervisor_id": "9"}, "Unknown supervisor", id="supervisor"),
        pytest.param({"manager_id": "9"}, "Unknown manager", id="manager"),
        pytest.param({"account_id": "9"}, "Unknown account ID", id="account ID"),
    ],
)
async def test_wrong_id_of_the_call_state_is_refused(
    hass: HomeAssistant, simulator: Simulator, changes: dict[str, str], words: str
) -> None:
    simulator.extension("01002").set(available=False, reason="paused")
    flow = await open_account(hass)
    typed = account_input(simulator.url, TWO, **changes)
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("user", at("call_state", "invalid_call_state_ids"))
    assert f"“{words}”" in flow.message("base")
    assert flow.suggested == typed

    assert (await flow.submit(account_input(simulator.url))).created


async def test_unknown_extension_is_named_with_its_line_and_the_words_of_the_server(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    typed = account_input(simulator.url, f"{TWO}\n09999 Nobody")
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("user", at("extensions", "extensions_refused"))
    assert "3: 09999 Nobody (Unknown extension)" in flow.message("extensions")
    assert "Reception" not in flow.message("extensions")
    assert flow.suggested == typed
    assert hass.config_entries.async_entries("belfabriek") == []

    assert (await flow.submit(account_input(simulator.url, f"{TWO}\n01003 Nobody"))).created


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        pytest.param("1001 Reception", "1: 1001 Reception → 01001", id="alone"),
        pytest.param(
            "1001 A\n1002 B\n9999 C", "1: 1001 A → 01001; 2: 1002 B → 01002", id="a spreadsheet"
        ),
        pytest.param("01001 A\n1002 B", "2: 1002 B → 01002", id="beside a right one"),
    ],
)
async def test_missing_zeros_are_named_if_the_server_knows_the_longer_id(
    hass: HomeAssistant, simulator: Simulator, lines: str, named: str
) -> None:
    flow = await open_account(hass)
    await flow.submit(account_input(simulator.url, lines))
    assert flow.errors["extensions"] == "missing_zeros"
    assert f": {named}. " in flow.message("extensions")
    assert flow.errors.get("base") == ("extensions_refused" if "9999" in lines else None)


async def test_ten_unknown_extensions_are_named_and_the_others_counted(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    lines = "\n".join(["01001 Reception", *(f"09{number:03} Agent" for number in range(27))])
    flow = await open_account(hass)
    await flow.submit(account_input(simulator.url, lines))
    assert flow.errors == at("extensions", "extensions_refused")
    assert flow.message("extensions").count("(Unknown extension)") == 10
    assert " … +17. " in flow.message("extensions")


@pytest.mark.parametrize("words", ["{x} {message}", "<a href='x'>b</a>", "**b** [c](d)"])
async def test_words_of_the_server_are_a_placeholder(hass: HomeAssistant, words: str) -> None:
    escaped = words.replace("<", "&lt;")
    async with serving(answering(lambda _: fault(f"No such extension {escaped}"))) as url:
        flow = await open_account(hass)
        await flow.submit(account_input(url))
    assert flow.errors == at("account_pin", "invalid_auth")
    assert f"“No such extension {words}”" in flow.message("account_pin")


async def test_extension_is_named_if_it_is_refused_without_a_word(hass: HomeAssistant) -> None:
    def answer(call: str) -> str:
        return fault("") if "01002" in call else struct(available="0", status="idle")

    async with serving(answering(answer)) as url:
        flow = await open_account(hass)
        await flow.submit(account_input(url, TWO))
    assert flow.errors == at("extensions", "extensions_refused")
    assert "these lines: 2: 01002 Sales. " in flow.message("extensions")


@pytest.mark.parametrize(("handler", "error"), STRANGERS)
async def test_server_that_is_not_the_api_is_an_error_of_the_connection(
    hass: HomeAssistant, simulator: Simulator, handler: Handler, error: str
) -> None:
    flow = await open_account(hass)
    async with serving(handler) as url:
        typed = account_input(url, TWO)
        await flow.submit(typed)
    assert (flow.step, flow.errors) == ("user", at("connection", error))
    assert flow.suggested == typed
    assert (await flow.submit(account_input(simulator.url))).created


async def test_unreachable_server_can_be_tried_again(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await simulator.stop()
    flow = await open_account(hass)
    await flow.submit(account_input(simulator.url))
    assert flow.step == "user"
    assert flow.errors["connection"] in {"connection_refused", "unreachable"}
    await simulator.start()
    assert (await flow.submit(flow.suggested)).created


async def test_server_that_never_answers_can_be_tried_again(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    simulator.delay = 60
    await flow.submit(account_input(simulator.url))
    assert (flow.step, flow.errors) == ("user", at("connection", "timeout"))
    simulator.delay = 0
    assert (await flow.submit(flow.suggested)).created


async def test_server_with_an_untrusted_certificate_gets_no_request(
    hass: HomeAssistant, simulator: Simulator, untrusted: tuple[str, list[bytes]]
) -> None:
    url, received = untrusted
    flow = await open_account(hass)
    await flow.submit(account_input(url))
    assert (flow.step, flow.errors) == ("user", at("connection", "untrusted_certificate"))
    assert received == []
    assert (await flow.submit(account_input(simulator.url))).created


async def test_unanswered_extension_is_named_with_its_line(
    hass: HomeAssistant,
) -> None:
    failing = {"01002"}

    def answer(call: str) -> str:
        if any(extension_id in call for extension_id in failing):
            return "<html>"
        return struct(status="idle") if "getExtensionStatus" in call else struct(available="1")

    async with serving(answering(answer)) as url:
        flow = await open_account(hass)
        await flow.submit(account_input(url, TWO))
        assert flow.errors == at("extensions", "extensions_unanswered")
        assert "2: 01002 Sales" in flow.message("extensions")
        assert "Reception" not in flow.message("extensions")
        failing.clear()
        assert (await flow.submit(flow.suggested)).created
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(the_entry(hass).entry_id)


async def test_refused_and_unanswered_extensions_are_named_apart(hass: HomeAssistant) -> None:
    def answer(call: str) -> str:
        if "01001" in call:
            return struct(available="0")
        return fault("No such extension") if "09999" in call else "<html>"

    async with serving(answering(answer)) as url:
        flow = await open_account(hass)
        await flow.submit(account_input(url, f"{TWO}\n09999 Nobody"))
    assert flow.errors == {
        "extensions": "extensions_refused",
        "base": "extensions_unanswered",
        "call_state": "see_above",
        "connection": "see_above",
    }
    assert "3: 09999 Nobody (No such extension)" in flow.message("extensions")
    assert "2: 01002 Sales" in flow.message("base")


async def test_extension_is_named_if_only_its_call_state_is_refused(
    hass: HomeAssistant,
) -> None:
    def answer(call: str) -> str:
        if "getAgentAvail" in call:
            return struct(available="1")
        return fault("Supervisor not authorized") if "01002" in call else struct(status="idle")

    async with serving(answering(answer)) as url:
        flow = await open_account(hass)
        await flow.submit(account_input(url, TWO))
    assert flow.errors == at("extensions", "extensions_refused")
    assert "2: 01002 Sales (Supervisor not authorized)" in flow.message("extensions")


@pytest.mark.parametrize(
    ("changes", "errors", "words"),
    [
        ({"manager_id": "9"}, at("call_state", "invalid_call_state_ids"), "Unknown manager"),
        (
            {"extensions": "01001\n09999"},
            at("extensions", "extensions_refused"),
            "Unknown extension",
        ),
    ],
)
async def test_parameter_names_of_the_table_are_found(
    hass: HomeAssistant, changes: dict[str, str], errors: dict[str, str], words: str
) -> None:
    async with Simulator(dialect=Dialect(parameters="table")) as simulator:
        flow = await open_account(hass)
        await flow.submit(account_input(simulator.url, **changes))
        assert flow.errors == errors
        assert any(words in flow.message(field) for field in errors)
        assert (await flow.submit(account_input(simulator.url))).created
        assert the_entry(hass).data["parameter_names"] == "table"
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(the_entry(hass).entry_id)


async def test_100_lines_are_added_with_eight_requests_at_a_time(hass: HomeAssistant) -> None:
    many = {f"{number:05}": f"Agent {number}" for number in range(100)}
    async with Simulator(extensions=many) as simulator:
        flow = await open_account(hass)
        text = "\n".join(f"{extension_id}\t{name}" for extension_id, name in many.items())
        assert (await flow.submit(account_input(simulator.url, text))).created
        assert {each.unique_id: each.title for each in the_entry(hass).subentries.values()} == many
        assert simulator.peak_in_flight <= 8
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(the_entry(hass).entry_id)


@pytest.mark.parametrize("typed", [PIN, f" {PIN} "])
async def test_account_cannot_be_added_twice(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, typed: str
) -> None:
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, title="Head office")
    flow = await open_account(hass)
    url = simulator.url.replace("http://127.0.0.1", "HTTP://127.0.0.1") + "/ "
    await flow.submit(account_input(url, account_pin=typed))
    assert flow.aborted == "already_configured"
    assert "Head office" in flow.ending
    assert simulator.requests == []
    assert the_entry(hass).entry_id == entry.entry_id


async def test_entry_without_an_address_is_at_the_address_of_the_vendor(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    entry.add_to_hass(hass)
    data = {key: value for key, value in entry.data.items() if key != "url"}
    hass.config_entries.async_update_entry(entry, data=data)
    flow = await open_account(hass)
    assert (await flow.submit(account_input(VENDOR))).aborted == "already_configured"


async def test_two_forms_that_are_sent_at_once_add_the_account_once(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flows = [await open_account(hass) for _ in range(2)]
    # The server answers both before either has added the account.
    simulator.delay = 0.05
    await asyncio.gather(*(flow.submit(account_input(simulator.url)) for flow in flows))
    assert sorted(str(flow.aborted) for flow in flows) == ["None", "already_configured"]
    assert the_entry(hass).title == "Belfabriek"


async def test_abandoned_form_blocks_nothing(hass: HomeAssistant, simulator: Simulator) -> None:
    await open_account(hass)
    abandoned = await open_account(hass)
    await abandoned.submit(account_input(simulator.url, account_pin="99999"))
    flow = await open_account(hass)
    assert (await flow.submit(account_input(simulator.url))).created
    # The other form stays open, and is aborted when it is submitted.
    await abandoned.submit(account_input(simulator.url))
    assert abandoned.aborted == "already_configured"


async def test_second_account_has_a_title_of_its_own(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    assert (await (await open_account(hass)).submit(account_input(simulator.url))).created
    await hass.async_block_till_done()
    async with Simulator(account=Account(pin="54321")) as other:
        flow = await open_account(hass)
        assert (await flow.submit(account_input(other.url, account_pin="54321"))).created
        assert flow.ending == ""
        await hass.async_block_till_done()
        entries = hass.config_entries.async_entries("belfabriek")
        assert [each.title for each in entries] == ["Belfabriek", "Belfabriek 2"]
        await hass.config_entries.async_unload(entries[1].entry_id)


@pytest.mark.parametrize("broken_id", ["01\x00001", "01001\ufffe"])
async def test_character_that_no_call_can_carry_is_dropped(
    hass: HomeAssistant, simulator: Simulator, broken_id: str
) -> None:
    flow = await open_account(hass)
    assert (await flow.submit(account_input(simulator.url, f"{broken_id} Reception"))).created
