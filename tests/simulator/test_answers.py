"""What the answers look like on the wire."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING
from xmlrpc.client import ServerProxy, dumps

import aiohttp
import pytest

from simulator import Dialect, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Ask, Post

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


async def test_availability_is_the_documents_sample_byte_for_byte(
    simulator: Simulator, post: Post, availability_params: Mapping[str, str]
) -> None:
    simulator.extension("01001").set(available=False, reason="-", endpoint="31201234567")
    body = dumps((dict(availability_params),), "ivr.getAgentAvail").encode()
    assert await post(simulator, body) == SAMPLE_AVAILABILITY


async def test_status_is_the_documents_sample_byte_for_byte(
    simulator: Simulator, post: Post, status_params: Mapping[str, str]
) -> None:
    simulator.extension("01001").call_state = "called"
    body = dumps((dict(status_params),), "general.getExtensionStatus").encode()
    assert await post(simulator, body) == SAMPLE_STATUS


async def test_pythons_own_client_reads_both_calls(
    simulator: Simulator,
    availability_params: Mapping[str, str],
    status_params: Mapping[str, str],
) -> None:
    simulator.extension("01001").set(available=True, reason="Zoë & <co>", call_state="wrapup")

    def both() -> tuple[object, object]:
        with ServerProxy(simulator.url) as proxy:
            return (
                proxy.ivr.getAgentAvail(dict(availability_params)),
                proxy.general.getExtensionStatus(dict(status_params)),
            )

    availability, status = await asyncio.to_thread(both)
    assert availability == {
        "available": 1,
        "availReason": "Zoë & <co>",
        "endpoint": "31201234567",
    }
    assert status == {"Available": "wrapup"}


@pytest.mark.parametrize("reason", ["", " - ", "<b>&amp;</b>", "]]>", "a\r\nb", "Zoë ☎ 🎧"])
async def test_any_text_survives(
    simulator: Simulator, ask: Ask, availability_params: Mapping[str, str], reason: str
) -> None:
    simulator.extension("01001").reason = reason
    answer = await ask(simulator, "ivr.getAgentAvail", availability_params)
    assert answer["availReason"] == reason


async def test_leading_zeros_survive(
    simulator: Simulator, ask: Ask, availability_params: Mapping[str, str]
) -> None:
    simulator.add_extension("007", "Attic").endpoint = "0032470"
    answer = await ask(
        simulator, "ivr.getAgentAvail", {**availability_params, "extensionId": "007"}
    )
    assert answer["endpoint"] == "0032470"
    assert simulator.requests[-1].params["extensionId"] == "007"


async def test_content_type_is_that_of_classic_asp(
    simulator: Simulator, http: aiohttp.ClientSession
) -> None:
    async with http.post(simulator.url) as response:
        assert response.headers["Content-Type"] == "text/html"


async def test_answer_members_of_the_older_pages_and_of_the_table(
    ask: Ask, availability_params: Mapping[str, str], status_params: Mapping[str, str]
) -> None:
    async with Simulator(dialect=Dialect(endpoint="extension", status="status")) as simulator:
        availability = await ask(simulator, "ivr.getAgentAvail", availability_params)
        assert availability == {"available": 1, "availReason": "-", "extension": "31201234567"}
        assert await ask(simulator, "general.getExtensionStatus", status_params) == {
            "status": "idle"
        }


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
        body = dumps((dict(availability_params),), "ivr.getAgentAvail").encode()
        answer = (await post(simulator, body)).decode()
    assert f"<name>available</name>\n\n{on_the_wire}\n\n</member>" in answer
