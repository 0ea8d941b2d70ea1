"""The simulator insists on what the document insists on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING
from xmlrpc.client import Fault, dumps, loads

import aiohttp
import pytest

from simulator import Account, Dialect, FaultCode, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Ask, Post

METHOD = "ivr.getAgentAvail"
STATUS = "general.getExtensionStatus"
HEAD = f"<methodCall><methodName>{METHOD}</methodName>"
MEMBERS = (
    "<member><name>accountCode</name><value><string>12345</string></value></member>"
    "<member><name>extensionId</name><value><string>01001</string></value></member>"
)
STRUCT = f"<value><struct>{MEMBERS}</struct></value>"
CALL = f"{HEAD}<params><param>{STRUCT}</param></params></methodCall>"


async def fault(simulator: Simulator, post: Post, body: str | bytes) -> Fault:
    content = body.encode() if isinstance(body, str) else body
    with pytest.raises(Fault) as raised:
        loads(await post(simulator, content))
    return raised.value


@pytest.mark.parametrize(
    "body",
    [
        CALL.encode(),
        f'<?xml version="1.0" encoding="iso-8859-1"?>\n\n{CALL}'.encode("latin-1"),
        f'<?xml version="1.0" encoding="utf-16"?>{CALL}'.encode("utf-16"),
        CALL.replace("><", ">\r\n\t<").encode(),
        CALL.replace("<string>", "").replace("</string>", "").encode(),
    ],
    ids=["plain", "latin-1", "utf-16", "spaced", "untyped"],
)
async def test_a_right_call_is_read(simulator: Simulator, post: Post, body: bytes) -> None:
    (answer,), _ = loads(await post(simulator, body))
    assert isinstance(answer, dict)
    assert answer["available"] == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", FaultCode.NOT_XML_RPC),
        ("hello", FaultCode.NOT_XML_RPC),
        (CALL[:-5], FaultCode.NOT_XML_RPC),
        (b"\xff\xfe\xfd", FaultCode.NOT_XML_RPC),
        ('<?xml version="1.0" encoding="no-such"?><methodCall/>', FaultCode.NOT_XML_RPC),
        (CALL.replace("methodCall", "methodResponse"), FaultCode.NOT_XML_RPC),
        (CALL.replace(METHOD, " "), FaultCode.NOT_XML_RPC),
        (f"{HEAD}</methodCall>", FaultCode.NOT_XML_RPC),
        (CALL.replace("</params>", "</params><params/>"), FaultCode.NOT_XML_RPC),
        (CALL.replace("<params>", "text<params>"), FaultCode.NOT_XML_RPC),
        (CALL.replace(METHOD, "ivr.other"), FaultCode.UNKNOWN_METHOD),
        (CALL.replace(METHOD, METHOD.lower()), FaultCode.UNKNOWN_METHOD),
        (f"{HEAD}<params/></methodCall>", FaultCode.NOT_ONE_STRUCT),
        (
            CALL.replace("</param>", "</param><param><value/></param>"),
            FaultCode.NOT_ONE_STRUCT,
        ),
        (CALL.replace(STRUCT, "<value><string>a</string></value>"), FaultCode.NOT_ONE_STRUCT),
        (CALL.replace(STRUCT, f"{STRUCT}{STRUCT}"), FaultCode.NOT_ONE_STRUCT),
        (CALL.replace("<struct>", "<struct>text"), FaultCode.NOT_ONE_STRUCT),
        (CALL.replace("<name>accountCode</name>", ""), FaultCode.NOT_ONE_STRUCT),
        (
            CALL.replace("<string>12345</string>", "<i4>12345</i4>"),
            FaultCode.NOT_A_STRING,
        ),
        (CALL.replace("<string>12345</string>", "12<b/>345"), FaultCode.NOT_A_STRING),
        (
            CALL.replace("<string>12345</string>", "<string>12<b/>345</string>"),
            FaultCode.NOT_A_STRING,
        ),
        (
            CALL.replace("extensionId", "accountCode"),
            FaultCode.UNEXPECTED_PARAMETER,
        ),
    ],
)
async def test_anything_else_is_a_fault(
    simulator: Simulator, post: Post, body: str | bytes, code: FaultCode
) -> None:
    assert (await fault(simulator, post, body)).faultCode == code
    assert simulator.requests[-1].fault_code == code
    assert simulator.requests[-1].state is None


async def test_another_content_type_is_a_fault(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    headers = {"Content-Type": "application/json"}
    async with http.post(simulator.url, data=CALL, headers=headers) as response:
        with pytest.raises(Fault, match="text/xml"):
            loads(await response.read())


async def test_the_vendors_address_takes_posts_only(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    async with http.get(simulator.url) as response:
        assert response.status == 405
    async with http.post(f"{simulator.base_url}/xml/agent/other.asp") as response:
        assert response.status == 404


@pytest.mark.parametrize("missing", ["supId", "manId", "accountCode", "extensionId"])
async def test_a_missing_parameter_is_named(
    simulator: Simulator, ask: Ask, status_params: Mapping[str, str], missing: str
) -> None:
    params = {name: value for name, value in status_params.items() if name != missing}
    with pytest.raises(Fault, match=f"'Missing parameter {missing}'") as raised:
        await ask(simulator, "general.getExtensionStatus", params)
    assert raised.value.faultCode == FaultCode.MISSING_PARAMETER


async def test_one_parameter_more_is_a_fault(
    simulator: Simulator, ask: Ask, availability_params: Mapping[str, str]
) -> None:
    with pytest.raises(Fault) as raised:
        await ask(simulator, METHOD, {**availability_params, "other": "1"})
    assert raised.value.faultCode == FaultCode.UNEXPECTED_PARAMETER


async def test_no_fault_quotes_what_was_sent(simulator: Simulator, post: Post) -> None:
    secret = "98765"
    bodies = [
        dumps(({"accountCode": secret, "extensionId": "01001"},), METHOD),
        dumps(({"accountCode": "12345", "extensionId": secret},), METHOD),
        dumps(({secret: "12345", "extensionId": "01001"},), METHOD),
        dumps(({"accountCode": "12345", "extensionId": "01001", secret: "1"},), METHOD),
        dumps((secret,), METHOD),
        dumps(({},), secret),
        f"<{secret}",
    ]
    for body in bodies:
        assert secret.encode() not in await post(simulator, body.encode())


async def test_the_request_is_in_the_journal_as_it_was_sent(simulator: Simulator, ask: Ask) -> None:
    with pytest.raises(Fault):
        await ask(simulator, METHOD, {"accountCode": "x", "extensionId": "09"})
    (record,) = simulator.requests
    assert record.method == METHOD
    assert record.params == {"accountCode": "x", "extensionId": "09"}
    assert record.extension_id == "09"
    assert record.fault_code == FaultCode.UNKNOWN_ACCOUNT


async def test_a_dialect_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="'neither' is none of endpoint, extension"):
        Dialect(endpoint="neither")  # type: ignore[arg-type] # what a careless caller does


@pytest.mark.parametrize(
    ("method", "wrong", "text", "code"),
    [
        (METHOD, "accountCode", "Unknown account", FaultCode.UNKNOWN_ACCOUNT),
        (METHOD, "extensionId", "Unknown extension", FaultCode.UNKNOWN_EXTENSION),
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
    params = availability_params if method == METHOD else status_params
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
        await ask(simulator, METHOD, {**availability_params, "accountCode": "67890"})
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


async def test_parameter_names_of_the_table(
    ask: Ask, availability_params: Mapping[str, str], status_params: Mapping[str, str]
) -> None:
    table_availability = {"accountPin": "12345", "extensionId": "01001"}
    table_status = {"supId": "1", "manId": "2", "custId": "67890", "extId": "01001"}
    async with Simulator(dialect=Dialect(parameters="table")) as simulator:
        answer = await ask(simulator, METHOD, table_availability)
        assert answer["available"] == 1
        assert await ask(simulator, STATUS, table_status) == {"Available": "idle"}
        with pytest.raises(Fault, match="'Missing parameter accountPin'"):
            await ask(simulator, METHOD, availability_params)
        with pytest.raises(Fault, match="'Missing parameter custId'"):
            await ask(simulator, STATUS, status_params)
        assert [record.extension_id for record in simulator.requests] == ["01001"] * 4
