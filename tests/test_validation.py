"""An account and its extensions are tried before anything is stored."""

from collections.abc import Callable
from typing import Any, Literal

from homeassistant.core import HomeAssistant
import pytest

from custom_components.belfabriek.validation import (
    Validation,
    async_validate,
    async_validate_account,
)
from simulator import DEFAULT_EXTENSIONS, Dialect, Method, Simulator

from .strangers import answering, fault, serving, struct

pytestmark = pytest.mark.usefixtures("skip")

EXTENSIONS = list(DEFAULT_EXTENSIONS)
MANY = [f"{number:05}" for number in range(100)]


async def validate_answers(
    hass: HomeAssistant, data: dict[str, Any], answer: Callable[[str], str], *extension_ids: str
) -> Validation:
    """Try extensions on a server that answers the XML of a call with the result of `answer`."""
    async with serving(answering(answer)) as url:
        return await async_validate_account(hass, data | {"url": url}, extension_ids)


def kinds(validation: Validation) -> dict[str, str]:
    """Return the kinds of failures by extension ID."""
    return {key: each.failure.kind.value for key, each in validation.rejections.items()}


async def test_both_calls_are_made_for_every_extension(
    hass: HomeAssistant, simulator: Simulator, entry_data: dict[str, Any]
) -> None:
    simulator.extension("01001").available = False
    validation = await async_validate_account(hass, entry_data, EXTENSIONS)
    assert (validation.works, validation.rejections, validation.of_account) == (True, {}, None)
    assert validation.data == entry_data
    assert sorted((request.method, request.extension_id) for request in simulator.requests) == [
        (method, extension_id)
        for method in sorted((Method.AGENT_AVAIL, Method.EXTENSION_STATUS))
        for extension_id in EXTENSIONS
    ]


async def test_few_requests_are_made_at_a_time(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    many = dict.fromkeys(MANY[:20], "Agent")
    async with Simulator(extensions=many, delay=0.02) as simulator:
        validation = await async_validate(hass, entry_data | {"url": simulator.url}, list(many))
        assert validation.works
        assert simulator.peak_in_flight <= 4


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
async def test_faults_of_all_extensions_are_a_failure_of_the_account(
    hass: HomeAssistant,
    simulator: Simulator,
    entry_data: dict[str, Any],
    fault_name: str,
) -> None:
    await simulator.inject(fault_name)
    validation = await async_validate_account(hass, entry_data, EXTENSIONS)
    assert not validation.works
    assert list(validation.rejections) == EXTENSIONS
    assert validation.of_account is not None


async def test_not_every_extension_waits_for_a_server_that_hangs(
    hass: HomeAssistant,
    entry_data: dict[str, Any],
) -> None:
    async with Simulator(extensions=dict.fromkeys(MANY, "Agent")) as simulator:
        await simulator.inject("delay")
        validation = await async_validate(hass, entry_data | {"url": simulator.url}, MANY)
        assert set(kinds(validation).values()) == {"timeout"}
        assert validation.of_account is not None
        assert len(simulator.requests) <= 32


async def test_wrong_pin_is_not_sent_for_every_extension(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    # A server may lock an account after too many attempts.
    async with Simulator(extensions=dict.fromkeys(MANY, "Agent")) as simulator:
        wrong = entry_data | {"url": simulator.url, "account_pin": "99999"}
        validation = await async_validate_account(hass, wrong, MANY)
        assert validation.of_account is not None
        assert validation.of_account.failure.quote == "Unknown account"
        assert len(simulator.requests) <= 32


async def test_wrong_ids_at_the_beginning_are_no_wrong_pin(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    async with Simulator(extensions=dict.fromkeys(MANY[20:], "Agent")) as simulator:
        validation = await async_validate_account(hass, entry_data | {"url": simulator.url}, MANY)
        assert validation.works
        assert list(validation.rejections) == MANY[:20]


async def test_extension_that_hangs_does_not_keep_the_others_from_being_tried(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    async with Simulator(extensions=dict.fromkeys(MANY[:20], "Agent")) as simulator:
        await simulator.inject("delay", extension_id="00003")
        validation = await async_validate(hass, entry_data | {"url": simulator.url}, MANY[:20])
        assert validation.works
        assert kinds(validation) == {"00003": "timeout"}


async def test_extension_that_was_not_tried_in_time_does_not_work(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    async with Simulator(extensions=dict.fromkeys(MANY[:10], "Agent")) as simulator:
        await simulator.inject("delay", extension_id="00009", seconds=30)
        validation = await async_validate(hass, entry_data | {"url": simulator.url}, MANY[:10])
        assert validation.works
        assert kinds(validation) == {"00009": "timeout"}


async def test_account_without_extensions_is_valid(
    hass: HomeAssistant, simulator: Simulator, entry_data: dict[str, Any]
) -> None:
    validation = await async_validate_account(hass, entry_data, [])
    assert (validation.works, validation.of_account) == (True, None)
    assert simulator.requests == []


@pytest.mark.parametrize("known", ["sample", "table", None])
@pytest.mark.parametrize("wanted", ["sample", "table"])
async def test_parameter_names_that_the_server_takes_are_found(
    hass: HomeAssistant,
    entry_data: dict[str, Any],
    known: str | None,
    wanted: Literal["sample", "table"],
) -> None:
    data = {key: value for key, value in entry_data.items() if key != "parameter_names"}
    if known is not None:
        data["parameter_names"] = known
    async with Simulator(dialect=Dialect(parameters=wanted)) as simulator:
        validation = await async_validate_account(hass, data | {"url": simulator.url}, EXTENSIONS)
        assert validation.works
        assert validation.data["parameter_names"] == wanted


async def test_other_parameter_names_are_not_tried_if_an_extension_works(
    hass: HomeAssistant, simulator: Simulator, entry_data: dict[str, Any]
) -> None:
    validation = await async_validate_account(hass, entry_data, ["01001", "09999"])
    assert (validation.works, validation.of_account) == (True, None)
    assert kinds(validation) == {"09999": "fault"}
    assert len(simulator.requests) == 3


async def test_other_parameter_names_are_not_tried_if_the_server_does_not_answer(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    calls: list[str] = []

    def answer(call: str) -> str:
        calls.append(call)
        return "<html>"

    validation = await validate_answers(hass, entry_data, answer, "01001")
    assert len(calls) == 1
    assert kinds(validation) == {"01001": "unusable_answer"}


async def test_call_state_of_a_paused_agent_may_fail(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    def answer(call: str) -> str:
        return struct(available="0") if "getAgentAvail" in call else fault("Agent logged off")

    assert (await validate_answers(hass, entry_data, answer, "01001")).works


async def test_call_state_of_an_agent_who_accepts_calls_must_work(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    def answer(call: str) -> str:
        return struct(available="1") if "getAgentAvail" in call else fault("Unknown supervisor")

    validation = await validate_answers(hass, entry_data, answer, "01001", "01002")
    assert validation.of_account is not None
    assert validation.of_account.in_call_state
    assert validation.of_account.failure.quote == "Unknown supervisor"


async def test_failures_of_different_kinds_are_not_those_of_the_account(
    hass: HomeAssistant, entry_data: dict[str, Any]
) -> None:
    def answer(call: str) -> str:
        return fault("Unknown extension") if "01001" in call else "<html>"

    validation = await validate_answers(hass, entry_data, answer, "01001", "01002")
    assert (validation.works, validation.of_account) == (False, None)
    assert kinds(validation) == {"01001": "fault", "01002": "unusable_answer"}


@pytest.mark.parametrize(
    ("tried", "longer", "guesses"),
    [
        pytest.param(["1001"], {"1001": "01001"}, 3, id="one zero"),
        pytest.param(["2"], {"2": "002"}, 3, id="two zeros"),
        pytest.param(["1001", "1002"], {"1001": "01001", "1002": "01002"}, 3, id="all"),
        pytest.param(["01001", "1002"], {"1002": "01002"}, 0, id="as long as the others"),
        pytest.param(["01001", "9999"], {}, 0, id="unknown"),
        pytest.param(["01001", "09999"], {}, 0, id="long enough"),
        pytest.param(["9999", "1002"], {}, 6, id="the first one is unknown"),
        pytest.param(["A1001"], {}, 0, id="no number"),
    ],
)
async def test_longer_id_is_found_if_the_server_knows_it(
    hass: HomeAssistant,
    entry_data: dict[str, Any],
    tried: list[str],
    longer: dict[str, str],
    guesses: int,
) -> None:
    async with Simulator(extensions={**DEFAULT_EXTENSIONS, "002": "Desk"}) as simulator:
        data = entry_data | {"url": simulator.url}
        validation = await async_validate_account(hass, data, tried)
        found = {key: each.longer_id for key, each in validation.rejections.items()}
        assert {key: each for key, each in found.items() if each} == longer
        asked = {each.extension_id for each in simulator.requests}
        assert len(asked - set(tried) - {each.zfill(5) for each in tried}) <= guesses


async def test_connections_are_kept_for_the_next_trial(
    hass: HomeAssistant, simulator: Simulator, entry_data: dict[str, Any]
) -> None:
    await async_validate(hass, entry_data, EXTENSIONS)
    connections = {request.connection for request in simulator.requests}
    await async_validate(hass, entry_data, EXTENSIONS)
    assert {request.connection for request in simulator.requests} <= connections
