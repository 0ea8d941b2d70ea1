"""Who may ask, and what each dialect says."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from xmlrpc.client import Fault, dumps

import pytest

from simulator import Account, Dialect, FaultCode, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Ask, Post

AVAILABILITY = "ivr.getAgentAvail"
STATUS = "general.getExtensionStatus"


@pytest.mark.parametrize(
    ("method", "wrong", "text", "code"),
    [
        (AVAILABILITY, "accountCode", "Unknown account", FaultCode.UNKNOWN_ACCOUNT),
        (AVAILABILITY, "extensionId", "Unknown extension", FaultCode.UNKNOWN_EXTENSION),
        (STATUS, "supId", "Unknown supervisor", FaultCode.UNKNOWN_SUPERVISOR),
        (STATUS, "manId", "Unknown manager", FaultCode.UNKNOWN_MANAGER),
        (STATUS, "accountCode", "Unknown account ID", FaultCode.UNKNOWN_ACCOUNT_ID),
        (STATUS, "extensionId", "Unknown extension", FaultCode.UNKNOWN_EXTENSION),
    ],
)
async def test_the_fault_says_which_value_is_wrong(
    simulator: Simulator,
    ask: Ask,
    availability_params: Mapping[str, str],
    status_params: Mapping[str, str],
    method: str,
    wrong: str,
    text: str,
    code: FaultCode,
) -> None:
    params = availability_params if method == AVAILABILITY else status_params
    with pytest.raises(Fault) as raised:
        await ask(simulator, method, {**params, wrong: "1001"})
    assert (raised.value.faultCode, raised.value.faultString) == (code, text)


async def test_the_first_call_wants_the_pin_and_the_second_the_account_id(
    simulator: Simulator,
    ask: Ask,
    availability_params: Mapping[str, str],
    status_params: Mapping[str, str],
) -> None:
    with pytest.raises(Fault, match="Unknown account"):
        await ask(simulator, AVAILABILITY, {**availability_params, "accountCode": "67890"})
    with pytest.raises(Fault, match="Unknown account ID"):
        await ask(simulator, STATUS, {**status_params, "accountCode": "12345"})


async def test_without_an_account_id_the_second_call_wants_the_pin(
    ask: Ask, status_params: Mapping[str, str]
) -> None:
    async with Simulator(account=Account(account_id="")) as simulator:
        answer = await ask(simulator, STATUS, {**status_params, "accountCode": "12345"})
        assert answer == {"Available": "idle"}
        with pytest.raises(Fault, match="Unknown account ID"):
            await ask(simulator, STATUS, {**status_params, "accountCode": "67890"})
        with pytest.raises(Fault, match="Unknown account ID"):
            await ask(simulator, STATUS, {**status_params, "accountCode": ""})


async def test_the_status_is_told_of_an_agent_that_is_not_available_too(
    simulator: Simulator, ask: Ask, status_params: Mapping[str, str]
) -> None:
    simulator.extension("01001").set(available=False, call_state="made up")
    assert await ask(simulator, STATUS, status_params) == {"Available": "made up"}


async def test_each_extension_tells_its_own_state(
    simulator: Simulator, ask: Ask, availability_params: Mapping[str, str]
) -> None:
    simulator.extension("01002").set(available=False, reason="pause")
    first = await ask(simulator, AVAILABILITY, availability_params)
    second = await ask(simulator, AVAILABILITY, {**availability_params, "extensionId": "01002"})
    assert (first["available"], first["availReason"]) == (1, "-")
    assert (second["available"], second["availReason"]) == (0, "pause")
    assert first["endpoint"] != second["endpoint"]


async def test_a_removed_extension_is_unknown(
    simulator: Simulator, ask: Ask, availability_params: Mapping[str, str]
) -> None:
    simulator.remove_extension("01001")
    with pytest.raises(Fault, match="Unknown extension"):
        await ask(simulator, AVAILABILITY, availability_params)


async def test_answer_members_of_the_older_pages_and_of_the_table(
    ask: Ask, availability_params: Mapping[str, str], status_params: Mapping[str, str]
) -> None:
    async with Simulator(dialect=Dialect(endpoint="extension", status="status")) as simulator:
        availability = await ask(simulator, AVAILABILITY, availability_params)
        assert availability == {"available": 1, "availReason": "-", "extension": "31201234567"}
        assert await ask(simulator, STATUS, status_params) == {"status": "idle"}


async def test_parameter_names_of_the_table(
    ask: Ask, availability_params: Mapping[str, str], status_params: Mapping[str, str]
) -> None:
    table_availability = {"accountPin": "12345", "extensionId": "01001"}
    table_status = {"supId": "1", "manId": "2", "custId": "67890", "extId": "01001"}
    async with Simulator(dialect=Dialect(parameters="table")) as simulator:
        answer = await ask(simulator, AVAILABILITY, table_availability)
        assert answer["available"] == 1
        assert await ask(simulator, STATUS, table_status) == {"Available": "idle"}
        with pytest.raises(Fault, match="'Missing parameter accountPin'"):
            await ask(simulator, AVAILABILITY, availability_params)
        with pytest.raises(Fault, match="'Missing parameter custId'"):
            await ask(simulator, STATUS, status_params)
        assert [record.extension_id for record in simulator.requests] == ["01001"] * 4


async def test_names_of_the_table_are_wrong_for_a_server_like_the_sample(
    simulator: Simulator, ask: Ask
) -> None:
    with pytest.raises(Fault, match="'Missing parameter accountCode'"):
        await ask(simulator, AVAILABILITY, {"accountPin": "12345", "extensionId": "01001"})


@pytest.mark.parametrize(
    ("available_type", "on_the_wire"),
    [
        ("i4", "<value>\n\n<i4>1</i4>\n\n</value>"),
        ("int", "<value>\n\n<int>1</int>\n\n</value>"),
        ("string", "<value>\n\n<string>1</string>\n\n</value>"),
        ("boolean", "<value>\n\n<boolean>1</boolean>\n\n</value>"),
        ("untyped", "<value>1</value>"),
    ],
)
async def test_types_of_available(
    post: Post,
    availability_params: Mapping[str, str],
    available_type: str,
    on_the_wire: str,
) -> None:
    dialect = Dialect(available_type=available_type)  # type: ignore[arg-type] # checked at run time
    async with Simulator(dialect=dialect) as simulator:
        body = dumps((dict(availability_params),), AVAILABILITY).encode()
        answer = (await post(simulator, body)).decode()
    assert f"<name>available</name>\n\n{on_the_wire}\n\n</member>" in answer
