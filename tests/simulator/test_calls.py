"""The simulator refuses requests that do not follow the document."""

from xmlrpc.client import Fault, dumps, loads

import aiohttp
import pytest

from simulator import Account, Dialect, FaultCode, Method, Simulator

from .conftest import FIRST, HEADERS, PARAMS, SECOND, Ask, Post

METHOD = str(FIRST)
HEAD = f"<methodCall><methodName>{METHOD}</methodName>"
MEMBERS = (
    "<member><name>accountCode</name><value><string>12345</string></value></member>"
    "<member><name>extensionId</name><value><string>01001</string></value></member>"
)
STRUCT = f"<value><struct>{MEMBERS}</struct></value>"
CALL = f"{HEAD}<params><param>{STRUCT}</param></params></methodCall>"


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
        (CALL[:-5], FaultCode.NOT_XML_RPC),
        ('<?xml version="1.0" encoding="no-such"?><methodCall/>', FaultCode.NOT_XML_RPC),
        (CALL.replace("methodCall", "methodResponse"), FaultCode.NOT_XML_RPC),
        (CALL.replace(METHOD, " "), FaultCode.NOT_XML_RPC),
        (f"{HEAD}</methodCall>", FaultCode.NOT_XML_RPC),
        (CALL.replace("<params>", "text<params>"), FaultCode.NOT_XML_RPC),
        (CALL.replace(METHOD, "ivr.other"), FaultCode.UNKNOWN_METHOD),
        (f"{HEAD}<params/></methodCall>", FaultCode.NOT_ONE_STRUCT),
        (CALL.replace("</param>", "</param><param><value/></param>"), FaultCode.NOT_ONE_STRUCT),
        (CALL.replace(STRUCT, "<value><string>a</string></value>"), FaultCode.NOT_ONE_STRUCT),
        (CALL.replace("<struct>", "<struct>text"), FaultCode.NOT_ONE_STRUCT),
        (CALL.replace("<name>accountCode</name>", ""), FaultCode.NOT_ONE_STRUCT),
        (CALL.replace("<string>12345</string>", "<i4>12345</i4>"), FaultCode.NOT_A_STRING),
        (
            CALL.replace("<string>12345</string>", "<string>12<b/>345</string>"),
            FaultCode.NOT_A_STRING,
        ),
        (CALL.replace("extensionId", "accountCode"), FaultCode.UNEXPECTED_PARAMETER),
    ],
)
async def test_anything_else_is_a_fault(
    simulator: Simulator, post: Post, body: str | bytes, code: FaultCode
) -> None:
    with pytest.raises(Fault) as raised:
        loads(await post(simulator, body.encode() if isinstance(body, str) else body))
    assert raised.value.faultCode == code
    assert (simulator.requests[-1].fault_code, simulator.requests[-1].state) == (code, None)


async def test_what_is_not_posted_as_xml_to_the_vendors_address_is_refused(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    headers = {"Content-Type": "application/json"}
    async with http.post(simulator.url, data=CALL, headers=headers) as response:
        with pytest.raises(Fault, match="text/xml"):
            loads(await response.read())
    async with http.get(simulator.url) as response:
        assert response.status == 405
    async with http.post(f"{simulator.base_url}/xml/agent/other.asp", headers=HEADERS) as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("method", "changes", "code", "text"),
    [
        *(
            (SECOND, {name: None}, FaultCode.MISSING_PARAMETER, f"Missing parameter {name}")
            for name in PARAMS[SECOND]
        ),
        (FIRST, {"other": "1"}, FaultCode.UNEXPECTED_PARAMETER, "Unexpected parameter"),
        (FIRST, {"accountCode": "67890"}, FaultCode.UNKNOWN_ACCOUNT, "Unknown account"),
        (FIRST, {"extensionId": "1001"}, FaultCode.UNKNOWN_EXTENSION, "Unknown extension"),
        (SECOND, {"supId": "1001"}, FaultCode.UNKNOWN_SUPERVISOR, "Unknown supervisor"),
        (SECOND, {"manId": "1001"}, FaultCode.UNKNOWN_MANAGER, "Unknown manager"),
        (SECOND, {"accountCode": "12345"}, FaultCode.UNKNOWN_ACCOUNT_ID, "Unknown account ID"),
        (SECOND, {"extensionId": "1001"}, FaultCode.UNKNOWN_EXTENSION, "Unknown extension"),
    ],
)
async def test_the_fault_says_what_is_missing_or_wrong(
    simulator: Simulator,
    ask: Ask,
    method: Method,
    changes: dict[str, str | None],
    code: FaultCode,
    text: str,
) -> None:
    merged = {**PARAMS[method], **changes}
    params = {name: value for name, value in merged.items() if value is not None}
    with pytest.raises(Fault) as raised:
        await ask(simulator, method, params)
    assert (raised.value.faultCode, raised.value.faultString) == (code, text)
    (record,) = simulator.requests
    assert (record.method, record.params, record.fault_code) == (method, params, code)
    assert record.extension_id == params.get("extensionId")


async def test_no_fault_quotes_what_was_sent(simulator: Simulator, post: Post) -> None:
    secret = "98765"
    for body in (
        dumps(({"accountCode": secret, "extensionId": "01001"},), METHOD),
        dumps(({"accountCode": "12345", "extensionId": secret},), METHOD),
        dumps(({secret: "12345", "extensionId": "01001"},), METHOD),
        dumps(({"accountCode": "12345", "extensionId": "01001", secret: "1"},), METHOD),
        dumps((secret,), METHOD),
        dumps(({},), secret),
        f"<{secret}",
    ):
        assert secret.encode() not in await post(simulator, body.encode())


async def test_without_an_account_id_the_second_call_wants_the_pin(
    simulator: Simulator, ask: Ask
) -> None:
    simulator.account = Account(account_id="")
    assert await ask(simulator, SECOND, {**PARAMS[SECOND], "accountCode": "12345"})
    for wrong in ("67890", ""):
        with pytest.raises(Fault, match="Unknown account ID"):
            await ask(simulator, SECOND, {**PARAMS[SECOND], "accountCode": wrong})


async def test_parameter_names_of_the_table(simulator: Simulator, ask: Ask) -> None:
    simulator.dialect = Dialect(parameters="table")
    assert await ask(simulator, FIRST, {"accountPin": "12345", "extensionId": "01001"})
    table = {"supId": "1", "manId": "2", "custId": "67890", "extId": "01001"}
    assert await ask(simulator, SECOND, table) == {"Available": "idle"}
    for method, missing in ((FIRST, "accountPin"), (SECOND, "custId")):
        with pytest.raises(Fault, match=f"'Missing parameter {missing}'"):
            await ask(simulator, method)
    assert [record.extension_id for record in simulator.requests] == ["01001"] * 4


def test_a_dialect_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="'neither' is none of endpoint, extension"):
        Dialect(endpoint="neither")  # type: ignore[arg-type] # what a careless caller does
