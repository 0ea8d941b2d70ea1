"""The bytes of the answers."""

from xmlrpc.client import dumps

import pytest

from simulator import Dialect, Method, Simulator

from .conftest import CALL, FIRST, PARAMS, SECOND, Ask, Post, raw

# Copied from the vendor's document, which has a blank line after each line.
SAMPLE_AVAILABILITY = b"""<methodResponse>
<params>
<param>
<value>
<struct>
<member>
<name>available</name>
<value>
<i4>0</i4>
</value>
</member>
<member>
<name>availReason</name>
<value>
<string>-</string>
</value>
</member>
<member>
<name>endpoint</name>
<value>
<string>31201234567</string>
</value>
</member>
</struct>
</value>
</param>
</params>
</methodResponse>""".replace(b"\n", b"\n\n")

SAMPLE_STATUS = b"""<methodResponse>
<params>
<param>
<value>
<struct>
<member>
<name>Available</name>
<value>
<string>called</string>
</value>
</member>
</struct>
</value>
</param>
</params>
</methodResponse>""".replace(b"\n", b"\n\n")


@pytest.mark.parametrize(
    ("method", "sample"), [(FIRST, SAMPLE_AVAILABILITY), (SECOND, SAMPLE_STATUS)]
)
async def test_answers_are_the_documents_samples_byte_for_byte(
    simulator: Simulator, post: Post, method: Method, sample: bytes
) -> None:
    simulator.extension("01001").set(available=False, reason="-", call_state="called")
    assert await post(simulator, dumps((dict(PARAMS[method]),), method).encode()) == sample
    assert (await raw(simulator)).headers["Content-Type"] == "text/html"  # as classic ASP says


@pytest.mark.parametrize("text", ["", " - ", "<b>&amp;</b>", "]]>", "a\r\nb", "Zoë ☎ 🎧", "007"])
async def test_any_text_survives(simulator: Simulator, ask: Ask, text: str) -> None:
    simulator.extension("01001").set(reason=text, endpoint=text)
    assert await ask(simulator) == {"available": 1, "availReason": text, "endpoint": text}


async def test_members_of_the_older_pages_and_of_the_table(simulator: Simulator, ask: Ask) -> None:
    simulator.dialect = Dialect(endpoint="extension", status="status")
    assert (await ask(simulator))["extension"] == "31201234567"
    assert await ask(simulator, SECOND) == {"status": "idle"}


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
    simulator: Simulator, post: Post, available_type: str, on_the_wire: str
) -> None:
    simulator.dialect = Dialect(available_type=available_type)  # type: ignore[arg-type] # checked at run time
    answer = (await post(simulator, CALL)).decode()
    assert f"<name>available</name>\n\n{on_the_wire}\n\n</member>" in answer
