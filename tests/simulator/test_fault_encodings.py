"""Bytes in front of an answer, and encodings: declared rightly, wrongly and not at all."""

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from simulator import FaultKind, FaultRule, Simulator

if TYPE_CHECKING:
    from tests.simulator.conftest import Raw

REASON = "Zoë pauzeert"


@pytest.mark.parametrize(
    ("kind", "prefix"),
    [
        (FaultKind.BLANK_LINES, b"\r\n\r\n\r\n"),
        (FaultKind.BOM, b"\xef\xbb\xbf"),
        (FaultKind.BOM_AND_BLANK_LINES, b"\xef\xbb\xbf\r\n\r\n"),
        (
            FaultKind.BLANK_LINES_DECLARED,
            b'\r\n\r\n<?xml version="1.0" encoding="iso-8859-1"?>\n\n',
        ),
    ],
)
async def test_something_stands_in_front_of_an_honest_answer(
    simulator: Simulator, raw: Raw, kind: FaultKind, prefix: bytes
) -> None:
    honest = (await raw(simulator)).body
    await simulator.inject(FaultRule(kind))
    assert (await raw(simulator)).body == prefix + honest
    assert simulator.requests[-1].state is simulator.extension("01001").state


@pytest.mark.parametrize("method", ["ivr.getAgentAvail", "general.getExtensionStatus"])
@pytest.mark.parametrize(
    ("kind", "declared", "codec", "remark"),
    [
        (FaultKind.LATIN_1_DECLARED, "iso-8859-1", "latin-1", "Zoë&#8217;s café"),
        (FaultKind.LATIN_1_DECLARED_WRONGLY, "utf-8", "latin-1", "Zoë&#8217;s café"),
        (FaultKind.LATIN_1_UNDECLARED, None, "latin-1", "Zoë&#8217;s café"),
        (FaultKind.WINDOWS_1252_DECLARED, "windows-1252", "cp1252", "Zoë\u2019s café"),
        (FaultKind.WINDOWS_1252_DECLARED_WRONGLY, "iso-8859-1", "cp1252", "Zoë\u2019s café"),
        (FaultKind.WINDOWS_1252_UNDECLARED, None, "cp1252", "Zoë\u2019s café"),
        (FaultKind.UTF_8_DECLARED, "utf-8", "utf-8", "Zoë\u2019s café"),
        (FaultKind.UTF_8_DECLARED_WRONGLY, "iso-8859-1", "utf-8", "Zoë\u2019s café"),
        (FaultKind.UTF_8_UNDECLARED, None, "utf-8", "Zoë\u2019s café"),
        (FaultKind.UTF_16_DECLARED, "utf-16", "utf-16", "Zoë\u2019s café"),
        (FaultKind.UTF_16_DECLARED_WRONGLY, "iso-8859-1", "utf-16", "Zoë\u2019s café"),
        (FaultKind.UTF_16_UNDECLARED, None, "utf-16", "Zoë\u2019s café"),
        (FaultKind.UNKNOWN_ENCODING, "x-unheard-of", "utf-8", "Zoë\u2019s café"),
    ],
)
async def test_the_bytes_are_in_one_encoding_and_the_declaration_says_what_it_says(
    simulator: Simulator,
    raw: Raw,
    method: str,
    kind: FaultKind,
    declared: str | None,
    codec: str,
    remark: str,
) -> None:
    simulator.extension("01001").set(reason=REASON, call_state=REASON)
    await simulator.inject(FaultRule(kind))
    body = (await raw(simulator, method)).body
    text = body.decode(codec)
    declaration = f'<?xml version="1.0" encoding="{declared}"?>'
    assert text.startswith(f"{declaration}\n\n<methodResponse>" if declared else "<methodResponse>")
    assert text.count("<?xml") == (1 if declared else 0)
    assert f"<string>{remark}</string>" in text
    # The agent's own text goes in the same encoding; nothing of it is lost.
    assert f"<string>{REASON}</string>" in text
    assert REASON.encode("ascii", "xmlcharrefreplace") not in body
    root = ET.fromstring(text.removeprefix(declaration).lstrip())
    assert "Zoë\u2019s café" in [one.text for one in root.iter("string")]
    assert simulator.requests[-1].state is simulator.extension("01001").state


async def test_utf_16_comes_with_its_mark(simulator: Simulator, raw: Raw) -> None:
    await simulator.inject(FaultRule(FaultKind.UTF_16_UNDECLARED))
    assert (await raw(simulator)).body[:2] in {b"\xff\xfe", b"\xfe\xff"}
