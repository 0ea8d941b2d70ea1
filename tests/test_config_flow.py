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

pytestmark = pytest.mark.usefixtures("enable_custom_integrations")

TWO = "01001 Reception\n01002 Sales"
VENDOR = "https://api.belfabriek.nl/xml/agent/xml.asp"


def both(field: str, key: str) -> dict[str, str]:
    """Return an error at a field that is repeated above the form."""
    return {field: key, "base": key}


@pytest.fixture
def untrusted() -> Iterator[tuple[str, list[bytes]]]:
    """Return the address of a server with an untrusted certificate, and what it was sent."""
    with serving_untrusted() as server:
        yield server


async def test_an_account_is_added_with_its_extensions_in_one_form(
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
    assert "dashboard" in flow.ending
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


async def test_a_line_without_a_name_is_named_by_its_id(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    assert (await flow.submit(account_input(simulator.url, "01001\n\n01002,"))).created
    assert [each.title for each in the_entry(hass).subentries.values()] == ["01001", "01002"]


@pytest.mark.parametrize("empty", [None, "", "  "])
async def test_without_supervisor_and_manager_only_availability_is_asked(
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


async def test_the_pin_stands_in_for_an_empty_account_id(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.account = Account(account_id="")
    flow = await open_account(hass)
    assert (await flow.submit(account_input(simulator.url, account_id=None))).created
    assert "account_id" not in the_entry(hass).data


async def test_leading_zeros_stay_and_spaces_around_what_was_typed_go(
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
        pytest.param({"account_pin": ""}, {"account_pin": "empty_account_pin"}, id="no PIN"),
        pytest.param({"account_pin": "  "}, {"account_pin": "empty_account_pin"}, id="blank PIN"),
        pytest.param({"supervisor_id": ""}, both("call_state", "incomplete_call_state"), id="sup"),
        pytest.param({"manager_id": None}, both("call_state", "incomplete_call_state"), id="man"),
        pytest.param(
            {"supervisor_id": "anna@example.com"},
            both("call_state", "malformed_call_state_ids"),
            id="filled in by the browser",
        ),
        pytest.param({"extensions": ""}, both("extensions", "no_extensions"), id="no extension"),
        pytest.param(
            {"extensions": " \n\n"}, both("extensions", "no_extensions"), id="blank lines"
        ),
        pytest.param(
            {"extensions": "ID;Name\n01001;A"}, both("extensions", "malformed_lines"), id="heading"
        ),
        pytest.param(
            {"extensions": "01001 A\n01001 B"},
            both("extensions", "repeated_extensions"),
            id="twice",
        ),
        pytest.param(
            {"extensions": "\n".join(f"1{number:03}" for number in range(501))},
            both("extensions", "too_many_extensions"),
            id="too many",
        ),
        pytest.param(
            {"url": "api.belfabriek.nl/xml"}, both("connection", "invalid_url"), id="no scheme"
        ),
        pytest.param(
            {"url": "http://192.0.2.1/xml"}, both("connection", "unencrypted_url"), id="http"
        ),
        pytest.param(
            {"account_pin": "", "extensions": "", "manager_id": "", "url": "nowhere"},
            {
                "account_pin": "empty_account_pin",
                "extensions": "no_extensions",
                "call_state": "incomplete_call_state",
                "connection": "invalid_url",
                "base": "call_state",
            },
            id="everything",
        ),
    ],
)
async def test_what_cannot_be_right_is_refused_before_anything_is_sent(
    hass: HomeAssistant,
    simulator: Simulator,
    changes: dict[str, Any],
    errors: dict[str, str],
) -> None:
    flow = await open_account(hass)
    changes = dict(changes)
    typed = account_input(changes.pop("url", simulator.url), **changes)
    await flow.submit(typed)
    assert flow.step == "user"
    assert set(flow.errors) == set(errors)
    assert {key: value for key, value in flow.errors.items() if key != "base"} == {
        key: value for key, value in errors.items() if key != "base"
    }
    assert flow.suggested == typed
    assert flow.schema["connection"].options == {"collapsed": "connection" not in errors}
    assert simulator.requests == []

    assert (await flow.submit(account_input(simulator.url))).created


@pytest.mark.parametrize("missing", ["account_pin", "extensions"])
async def test_the_pin_and_the_extensions_are_required(
    hass: HomeAssistant, simulator: Simulator, missing: str
) -> None:
    flow = await open_account(hass)
    with pytest.raises(InvalidData):
        await flow.submit(account_input(simulator.url, **{missing: None}))
    assert (await flow.submit(account_input(simulator.url))).created


async def test_the_tick_for_an_unencrypted_connection_is_stored(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    await flow.submit(account_input("http://192.0.2.1/xml"))
    assert flow.errors == both("connection", "unencrypted_url")
    assert (await flow.submit(account_input(simulator.url, allow_unencrypted=True))).created
    assert the_entry(hass).data["allow_unencrypted"] is True


async def test_the_vendors_address_is_filled_in(hass: HomeAssistant) -> None:
    flow = await open_account(hass)
    (url,) = (each for each in flow.schema["connection"].schema.schema if each == "url")
    assert url.default() == VENDOR


async def test_a_wrong_pin_is_said_with_the_servers_words_and_everything_stays(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flow = await open_account(hass)
    typed = account_input(simulator.url, TWO, account_pin="99999")
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("user", {"account_pin": "invalid_auth"})
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
    typed = account_input(simulator.url, "01001 Reception\n09999 Unknown", **changes)
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("user", both("call_state", "invalid_call_state_ids"))
    assert f"“{words}”" in flow.message("base")
    assert flow.suggested == typed

    assert (await flow.submit(account_input(simulator.url))).created


@pytest.mark.parametrize("good", ["", "01001 Reception\n01002 Sales\n"], ids=["alone", "third"])
async def test_an_unknown_extension_is_named_with_its_line_and_the_servers_words(
    hass: HomeAssistant, simulator: Simulator, good: str
) -> None:
    flow = await open_account(hass)
    typed = account_input(simulator.url, f"{good}09999 Nobody")
    await flow.submit(typed)
    assert (flow.step, flow.errors) == ("user", both("extensions", "extensions_refused"))
    number = good.count("\n") + 1
    assert f"{number}: 09999 Nobody (“Unknown extension”)" in flow.message("base")
    assert "Reception" not in flow.message("base")
    assert flow.suggested == typed
    assert hass.config_entries.async_entries("belfabriek") == []

    assert (await flow.submit(account_input(simulator.url, f"{good}01003 Nobody"))).created


async def test_ten_unknown_extensions_are_named_and_the_others_counted(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    lines = "\n".join(["01001 Reception", *(f"09{number:03} Agent" for number in range(27))])
    flow = await open_account(hass)
    await flow.submit(account_input(simulator.url, lines))
    assert flow.errors == both("extensions", "extensions_refused_more")
    assert flow.message("extensions").count("“Unknown extension”") == 10
    assert "and 17 more" in flow.message("extensions")


@pytest.mark.parametrize("words", ["{x} {message}", "<a href='x'>b</a>", "**b** [c](d)"])
async def test_what_the_server_says_is_a_placeholder_and_never_a_text_of_its_own(
    hass: HomeAssistant, words: str
) -> None:
    escaped = words.replace("<", "&lt;")
    async with serving(answering(lambda _: fault(f"No such extension {escaped}"))) as url:
        flow = await open_account(hass)
        await flow.submit(account_input(url))
    assert flow.errors == both("extensions", "extensions_refused")
    assert f"“No such extension {words}”" in flow.message("base")


async def test_an_extension_that_is_refused_without_a_word_is_named(hass: HomeAssistant) -> None:
    async with serving(answering(lambda _: fault(""))) as url:
        flow = await open_account(hass)
        await flow.submit(account_input(url))
    assert flow.errors == both("extensions", "extensions_refused")
    assert "1: 01001 Reception" in flow.message("base")
    assert "“" not in flow.message("base")


@pytest.mark.parametrize(("handler", "error"), STRANGERS)
async def test_a_server_that_gives_no_answer_of_the_api_is_told_apart(
    hass: HomeAssistant, simulator: Simulator, handler: Handler, error: str
) -> None:
    flow = await open_account(hass)
    async with serving(handler) as url:
        typed = account_input(url, TWO)
        await flow.submit(typed)
    assert (flow.step, flow.errors) == ("user", both("connection", error))
    assert flow.suggested == typed
    assert flow.schema["connection"].options == {"collapsed": False}
    assert (await flow.submit(account_input(simulator.url))).created


async def test_an_unreachable_server_can_be_tried_again(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    await simulator.stop()
    flow = await open_account(hass)
    await flow.submit(account_input(simulator.url))
    assert (flow.step, flow.errors) == ("user", both("connection", "cannot_connect"))
    await simulator.start()
    assert (await flow.submit(flow.suggested)).created


async def test_a_server_that_never_answers_can_be_tried_again(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = await open_account(hass)
    simulator.delay = 60
    with monkeypatch.context() as patched:
        patched.setattr("custom_components.belfabriek.api.transport.REQUEST_TIMEOUT", 0.05)
        await flow.submit(account_input(simulator.url))
    assert (flow.step, flow.errors) == ("user", both("connection", "timeout"))
    simulator.delay = 0
    assert (await flow.submit(flow.suggested)).created


async def test_nothing_is_sent_to_a_server_whose_certificate_is_not_trusted(
    hass: HomeAssistant, simulator: Simulator, untrusted: tuple[str, list[bytes]]
) -> None:
    url, received = untrusted
    flow = await open_account(hass)
    await flow.submit(account_input(url))
    assert (flow.step, flow.errors) == ("user", both("connection", "untrusted_certificate"))
    assert received == []
    assert (await flow.submit(account_input(simulator.url))).created


async def test_a_server_that_fails_for_one_extension_only_is_no_fault_of_the_account(
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
        assert flow.errors == both("extensions", "extensions_unanswered")
        assert "2: 01002 Sales" in flow.message("base")
        assert "Reception" not in flow.message("base")
        failing.clear()
        assert (await flow.submit(flow.suggested)).created
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(the_entry(hass).entry_id)


async def test_refused_and_failed_extensions_are_told_apart(hass: HomeAssistant) -> None:
    def answer(call: str) -> str:
        if "01001" in call:
            return struct(available="0")
        return fault("No such extension") if "09999" in call else "<html>"

    async with serving(answering(answer)) as url:
        flow = await open_account(hass)
        await flow.submit(account_input(url, f"{TWO}\n09999 Nobody"))
    assert flow.errors == {"extensions": "extensions_refused", "base": "extensions_unanswered"}
    assert "3: 09999 Nobody (“No such extension”)" in flow.message("extensions")
    assert "2: 01002 Sales" in flow.message("base")


async def test_an_extension_that_the_supervisor_may_not_see_is_named_with_the_servers_words(
    hass: HomeAssistant,
) -> None:
    def answer(call: str) -> str:
        if "getAgentAvail" in call:
            return struct(available="1")
        return fault("Supervisor not authorized") if "01002" in call else struct(status="idle")

    async with serving(answering(answer)) as url:
        flow = await open_account(hass)
        await flow.submit(account_input(url, TWO))
    assert flow.errors == both("extensions", "extensions_refused")
    assert "2: 01002 Sales (“Supervisor not authorized”)" in flow.message("base")


@pytest.mark.parametrize(
    ("changes", "errors", "words"),
    [
        ({"account_pin": "99999"}, {"account_pin": "invalid_auth"}, "Unknown account"),
        ({"manager_id": "9"}, both("call_state", "invalid_call_state_ids"), "Unknown manager"),
        ({"extensions": "09999"}, both("extensions", "extensions_refused"), "Unknown extension"),
    ],
)
async def test_the_tables_parameter_names_are_found_out_with_what_is_wrong_under_them(
    hass: HomeAssistant, changes: dict[str, str], errors: dict[str, str], words: str
) -> None:
    async with Simulator(dialect=Dialect(parameters="table")) as simulator:
        flow = await open_account(hass)
        await flow.submit(account_input(simulator.url, **changes))
        assert flow.errors == errors
        assert all(f"“{words}”" in flow.message(field) for field in errors)
        assert (await flow.submit(account_input(simulator.url))).created
        assert the_entry(hass).data["parameter_names"] == "table"
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(the_entry(hass).entry_id)


async def test_300_lines_are_added_with_eight_requests_at_a_time(hass: HomeAssistant) -> None:
    many = {f"{number:05}": f"Agent {number}" for number in range(300)}
    async with Simulator(extensions=many) as simulator:
        flow = await open_account(hass)
        text = "\n".join(f"{extension_id}\t{name}" for extension_id, name in many.items())
        assert (await flow.submit(account_input(simulator.url, text))).created
        assert {each.unique_id: each.title for each in the_entry(hass).subentries.values()} == many
        assert simulator.peak_in_flight <= 8
        await hass.async_block_till_done()
        await hass.config_entries.async_unload(the_entry(hass).entry_id)


@pytest.mark.parametrize("typed", [PIN, f" {PIN} "])
async def test_an_account_cannot_be_added_twice_and_the_first_one_is_named(
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


async def test_an_entry_without_an_address_is_at_the_vendors(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    entry.add_to_hass(hass)
    data = {key: value for key, value in entry.data.items() if key != "url"}
    hass.config_entries.async_update_entry(entry, data=data)
    flow = await open_account(hass)
    assert (await flow.submit(account_input(VENDOR))).aborted == "already_configured"


async def test_two_forms_for_one_account_that_are_sent_at_once_add_it_once(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    flows = [await open_account(hass) for _ in range(2)]
    # The server answers both before either has added the account.
    simulator.delay = 0.05
    await asyncio.gather(*(flow.submit(account_input(simulator.url)) for flow in flows))
    assert sorted(str(flow.aborted) for flow in flows) == ["None", "already_configured"]
    assert the_entry(hass).title == "Belfabriek"


async def test_an_abandoned_form_blocks_nothing(hass: HomeAssistant, simulator: Simulator) -> None:
    await open_account(hass)
    abandoned = await open_account(hass)
    await abandoned.submit(account_input(simulator.url, account_pin="99999"))
    flow = await open_account(hass)
    assert (await flow.submit(account_input(simulator.url))).created
    # The other form stays open, and is aborted when it is submitted.
    await abandoned.submit(account_input(simulator.url))
    assert abandoned.aborted == "already_configured"


async def test_a_second_account_has_a_title_of_its_own(
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


async def test_a_form_can_be_looked_at_again(hass: HomeAssistant) -> None:
    flow = await open_account(hass)
    await flow.submit(account_input("nowhere"))
    await flow.submit(None)
    assert (flow.step, flow.errors) == ("user", {})
    assert flow.suggested == account_input("nowhere")


@pytest.mark.parametrize("broken_id", ["01\x00001", "01001\ufffe"])
async def test_a_character_that_no_call_can_carry_is_no_crash(
    hass: HomeAssistant, simulator: Simulator, broken_id: str
) -> None:
    flow = await open_account(hass)
    assert (await flow.submit(account_input(simulator.url, f"{broken_id} Reception"))).created
