"""What the server answers: the bytes of the vendor's samples, or a fault."""

from xmlrpc.client import Fault, dumps

import aiohttp
import pytest

from simulator import Account, Dialect, Method, Simulator

from .conftest import FIRST, HEADERS, PARAMS, SECOND, Ask, raw

# Copied from the vendor's document, which has each tag on a line of its own, and a blank line
# after each line.
RESPONSE = """<methodResponse>
<params>
<param>
<value>
<struct>
{}
</struct>
</value>
</param>
</params>
</methodResponse>"""
MEMBER = """<member>
<name>{}</name>
<value>
<{}>{}</{}>
</value>
</member>"""


def sample(*members: tuple[str, str, str]) -> bytes:
    """Return the document's answer with members: name, type, text."""
    written = [MEMBER.format(name, kind, text, kind) for name, kind, text in members]
    return RESPONSE.format("\n".join(written)).replace("\n", "\n\n").encode()


SAMPLE_AVAILABILITY = sample(
    ("available", "i4", "0"), ("availReason", "string", "-"), ("endpoint", "string", "31201234567")
)
SAMPLE_STATUS = sample(("Available", "string", "called"))


@pytest.mark.parametrize(
    ("method", "expected"), [(FIRST, SAMPLE_AVAILABILITY), (SECOND, SAMPLE_STATUS)]
)
async def test_answer_is_the_documents_sample(
    simulator: Simulator, method: Method, expected: bytes
) -> None:
    simulator.extension("01001").set(available=False, reason="-", call_state="called")
    answer = await raw(simulator, method)
    assert answer.body == expected
    assert answer.headers["Content-Type"] == "text/html"  # as classic ASP says


@pytest.mark.parametrize("text", ["", " - ", "<b>&amp;</b>", "]]>", "a\r\nb", "Zoë ☎ 🎧", "007"])
async def test_any_text_survives(simulator: Simulator, ask: Ask, text: str) -> None:
    simulator.extension("01001").set(reason=text, endpoint=text)
    assert await ask(simulator) == {"available": 1, "availReason": text, "endpoint": text}


@pytest.mark.parametrize("kind", ["int", "string", "boolean", "untyped"])
async def test_dialect_names_members_parameters_and_types(
    simulator: Simulator, ask: Ask, kind: str
) -> None:
    simulator.dialect = Dialect(
        endpoint="extension", status="status", parameters="table", available_type=kind
    )
    first = await ask(simulator, FIRST, {"accountPin": "12345", "extensionId": "01001"})
    assert first == {
        "available": "1" if kind in {"string", "untyped"} else 1,
        "availReason": "-",
        "extension": "31201234567",
    }
    table = {"supId": "1", "manId": "2", "custId": "67890", "extId": "01001"}
    assert await ask(simulator, SECOND, table) == {"status": "idle"}
    with pytest.raises(Fault, match="Missing parameter accountPin"):
        await ask(simulator, FIRST)


@pytest.mark.parametrize(
    ("method", "changes", "text"),
    [
        *((SECOND, {name: None}, f"Missing parameter {name}") for name in PARAMS[SECOND]),
        (FIRST, {"other": "1"}, "Unexpected parameter"),
        (FIRST, {"accountCode": "67890"}, "Unknown account"),
        (FIRST, {"extensionId": "1001"}, "Unknown extension"),
        (SECOND, {"supId": "1001"}, "Unknown supervisor"),
        (SECOND, {"manId": "1001"}, "Unknown manager"),
        (SECOND, {"accountCode": "12345"}, "Unknown account ID"),
    ],
)
async def test_fault_says_which_parameter_is_missing_or_wrong(
    simulator: Simulator, ask: Ask, method: Method, changes: dict[str, str | None], text: str
) -> None:
    merged = {**PARAMS[method], **changes}
    params = {name: value for name, value in merged.items() if value is not None}
    with pytest.raises(Fault) as raised:
        await ask(simulator, method, params)
    assert raised.value.faultString == text
    (record,) = simulator.requests
    assert (record.method, record.params, record.state) == (method, params, None)
    assert (record.rejection, record.extension_id) == (text, params.get("extensionId"))


@pytest.mark.parametrize(
    ("body", "headers", "text"),
    [
        (b"<98765", HEADERS, "is not XML-RPC"),
        (b"<methodCall><98765/></methodCall>", HEADERS, "is not XML-RPC"),
        (dumps(({"a": "98765"},), methodresponse=True).encode(), HEADERS, "is not a methodCall"),
        (dumps(({"extensionId": "98765"},), "other").encode(), HEADERS, "Unknown method"),
        (dumps(("98765",), FIRST).encode(), HEADERS, "Expected one param, a struct"),
        (dumps(({}, {}), FIRST).encode(), HEADERS, "Expected one param, a struct"),
        (dumps(({"accountCode": 98765},), FIRST).encode(), HEADERS, "must be a string"),
        (dumps(({"98765": "1", **PARAMS[FIRST]},), FIRST).encode(), HEADERS, "Unexpected param"),
        (dumps((dict(PARAMS[FIRST]),), FIRST).encode(), {}, "must be text/xml"),
    ],
)
async def test_other_request_is_a_fault_that_quotes_nothing(
    simulator: Simulator,
    http: aiohttp.ClientSession,
    body: bytes,
    headers: dict[str, str],
    text: str,
) -> None:
    async with http.post(simulator.url, data=body, headers=headers) as response:
        answer = await response.text()
    assert "<fault>" in answer
    assert text in answer
    assert "98765" not in answer


async def test_second_call_accepts_the_pin_without_an_account_id(
    simulator: Simulator, ask: Ask
) -> None:
    simulator.account = Account(account_id="")
    assert await ask(simulator, SECOND, {**PARAMS[SECOND], "accountCode": "12345"})
    with pytest.raises(Fault, match="Unknown account ID"):
        await ask(simulator, SECOND, {**PARAMS[SECOND], "accountCode": ""})
