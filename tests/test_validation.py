"""An account and its extensions are checked before anything is stored."""

from collections.abc import Callable
from typing import Any, Literal

from homeassistant.core import HomeAssistant
import pytest

from custom_components.belfabriek import validation as validation_module
from custom_components.belfabriek.api import transport
from custom_components.belfabriek.validation import Validation, async_validate
from simulator import DEFAULT_EXTENSIONS, Dialect, Method, Simulator

from .strangers import answering, fault, serving, struct

EXTENSIONS = list(DEFAULT_EXTENSIONS)


async def validate_answers(
    hass: HomeAssistant, data: dict[str, Any], answer: Callable[[str], str], *extension_ids: str
) -> Validation:
    """Validate with a server that answers the XML of a call with the result of `answer`."""
    async with serving(answering(answer)) as url:
        return await async_validate(hass, data | {"url": url}, extension_ids)


async def test_both_calls_are_proven_for_every_extension_whatever_it_is_doing(
    hass: HomeAssistant, simulator: Simulator, entry_data: dict[str, Any]
) -> None:
    simulator.extension("01001").available = False
    validation = await async_validate(hass, entry_data, EXTENSIONS)
    assert validation.works
    assert validation.failures == {}
    assert validation.account_failure is None
    assert validation.data == entry_data
    assert sorted((request.method, request.extension_id) for request in simulator.requests) == [
        (method, extension_id)
        for method in sorted((Method.AGENT_AVAIL, Method.EXTENSION_STATUS))
        for extension_id in EXTENSIONS
    ]


async def test_extensions_are_tried_at_once_but_not_too_many(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    many = {f"{number:05}": f"Agent {number}" for number in range(20)}
    async with Simulator(extensions=many, delay=0.02) as simulator:
        validation = await async_validate(hass, entry_data | {"url": simulator.url}, list(many))
        assert validation.works
        assert simulator.peak_in_flight == 8


@pytest.mark.parametrize(
    "fault_name",
    [
        "delay",
        "close_without_answer",
        "status_500_html",
        "status_429",
        "truncated_xml",
        "fault_struct",
    ],
)
async def test_no_fault_proves_an_account(
    hass: HomeAssistant,
    simulator: Simulator,
    entry_data: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    fault_name: str,
) -> None:
    monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 0.3)
    await simulator.inject(fault_name)
    validation = await async_validate(hass, entry_data, EXTENSIONS)
    assert not validation.works
    assert list(validation.failures) == EXTENSIONS


@pytest.mark.parametrize("method", Method)
async def test_of_many_extensions_not_each_waits_for_a_server_that_hangs(
    hass: HomeAssistant,
    entry_data: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    method: Method,
) -> None:
    monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 0.5)
    many = [f"{number:05}" for number in range(100)]
    async with Simulator(extensions=dict.fromkeys(many, "Agent")) as simulator:
        await simulator.inject("delay", method=method)
        validation = await async_validate(hass, entry_data | {"url": simulator.url}, many)
        assert list(validation.failures) == many
        assert validation.account_failure is not None
        assert validation.account_failure.key == "timeout"
        assert [each.method for each in simulator.requests].count(method) <= 32


async def test_a_wrong_pin_is_not_sent_for_every_one_of_many_extensions(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    # A server may lock an account after too many attempts.
    many = [f"{number:05}" for number in range(100)]
    async with Simulator(extensions=dict.fromkeys(many, "Agent")) as simulator:
        wrong = entry_data | {"url": simulator.url, "account_pin": "99999"}
        validation = await async_validate(hass, wrong, many)
        assert validation.account_failure is not None
        assert validation.account_failure.key == "invalid_auth"
        assert len(simulator.requests) <= 32


async def test_one_extension_that_hangs_does_not_keep_the_others_from_being_tried(
    hass: HomeAssistant, entry_data: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "REQUEST_TIMEOUT", 0.5)
    many = [f"{number:05}" for number in range(20)]
    async with Simulator(extensions=dict.fromkeys(many, "Agent")) as simulator:
        await simulator.inject("delay", extension_id="00003")
        validation = await async_validate(hass, entry_data | {"url": simulator.url}, many)
        assert validation.works
        assert list(validation.failures) == ["00003"]


async def test_what_was_not_tried_in_time_is_no_extension_that_works(
    hass: HomeAssistant, entry_data: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation_module, "VALIDATION_TIMEOUT", 0.5)
    many = [f"{number:05}" for number in range(10)]
    async with Simulator(extensions=dict.fromkeys(many, "Agent")) as simulator:
        await simulator.inject("delay", extension_id="00009", seconds=30)
        validation = await async_validate(hass, entry_data | {"url": simulator.url}, many)
        assert validation.works
        assert {key: each.key for key, each in validation.failures.items()} == {"00009": "timeout"}


async def test_nothing_to_try_is_nothing_that_fails(
    hass: HomeAssistant, simulator: Simulator, entry_data: dict[str, Any]
) -> None:
    validation = await async_validate(hass, entry_data, [])
    assert validation.works
    assert validation.account_failure is None
    assert simulator.requests == []


@pytest.mark.parametrize("known", ["sample", "table", None])
@pytest.mark.parametrize("wanted", ["sample", "table"])
async def test_the_parameter_names_that_the_server_takes_are_found_out(
    hass: HomeAssistant,
    entry_data: dict[str, Any],
    known: str | None,
    wanted: Literal["sample", "table"],
) -> None:
    data = {key: value for key, value in entry_data.items() if key != "parameter_names"}
    if known is not None:
        data["parameter_names"] = known
    async with Simulator(dialect=Dialect(parameters=wanted)) as simulator:
        validation = await async_validate(hass, data | {"url": simulator.url}, EXTENSIONS)
        assert validation.works
        assert validation.data["parameter_names"] == wanted
        calls = len(EXTENSIONS) * 2
        assert len(simulator.requests) <= calls + len(EXTENSIONS)


async def test_an_extension_that_fails_is_not_asked_under_other_names_where_one_works(
    hass: HomeAssistant, simulator: Simulator, entry_data: dict[str, Any]
) -> None:
    validation = await async_validate(hass, entry_data, ["01001", "09999"])
    assert validation.works
    assert validation.account_failure is None
    assert {
        key: (each.key, each.is_refusal, each.message) for key, each in validation.failures.items()
    } == {"09999": ("extension_refused", True, "Unknown extension")}
    assert len(simulator.requests) == 3


async def test_a_server_that_does_not_answer_is_not_asked_under_other_names(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    calls: list[str] = []

    def answer(call: str) -> str:
        calls.append(call)
        return "<html>"

    validation = await validate_answers(hass, entry_data, answer, "01001")
    assert len(calls) == 1
    failure = validation.account_failure
    assert failure is not None
    assert (failure.key, failure.field, failure.message) == ("not_belfabriek", "connection", "")


async def test_a_second_answer_that_does_not_count_is_no_failure(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    def answer(call: str) -> str:
        return struct(available="0") if "getAgentAvail" in call else fault("Agent logged off")

    validation = await validate_answers(hass, entry_data, answer, "01001")
    assert validation.works


async def test_a_second_answer_that_counts_and_is_a_refusal_is_the_extensions_failure(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    def answer(call: str) -> str:
        return struct(available="1") if "getAgentAvail" in call else fault("No such extension")

    validation = await validate_answers(hass, entry_data, answer, "01001")
    assert not validation.works
    assert [each.key for each in validation.failures.values()] == ["extension_refused"]


@pytest.mark.parametrize("other", [fault("Unknown extension"), "<html>"])
async def test_rejected_credentials_are_the_accounts_failure_whatever_else_fails(
    hass: HomeAssistant, entry_data: dict[str, Any], other: str
) -> None:
    def answer(call: str) -> str:
        return other if "01001" in call else fault("Unknown account")

    validation = await validate_answers(hass, entry_data, answer, "01001", "01002")
    failure = validation.account_failure
    assert failure is not None
    assert (failure.key, failure.field, failure.message) == (
        "invalid_auth",
        "account_pin",
        "Unknown account",
    )


async def test_failures_that_differ_are_not_the_accounts(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    def answer(call: str) -> str:
        return fault("Unknown extension") if "01001" in call else "<html>"

    validation = await validate_answers(hass, entry_data, answer, "01001", "01002")
    assert not validation.works
    assert validation.account_failure is None
    assert {key: each.key for key, each in validation.failures.items()} == {
        "01001": "extension_refused",
        "01002": "not_belfabriek",
    }


async def test_connections_stay_in_the_homes_own_pool_for_the_next_validation(
    hass: HomeAssistant, simulator: Simulator, entry_data: dict[str, Any]
) -> None:
    await async_validate(hass, entry_data, EXTENSIONS)
    connections = {request.connection for request in simulator.requests}
    await async_validate(hass, entry_data, EXTENSIONS)
    assert {request.connection for request in simulator.requests} <= connections
