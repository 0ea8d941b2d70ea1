"""The bytes that each fault of an answer sends."""

import gzip
import re

from aiohttp import ClientSession
import pytest

from simulator import FAULTS, Method, Simulator

from .conftest import SECOND, raw

ON_THE_WIRE = [
    # name, parameters, HTTP status, and what the body looks like without line ends
    ("status", {"status": 599, "body": b"\x00\xff"}, 599, rb"^\x00\xff$"),
    ("status_401", {}, 401, rb"<html>"),
    ("status_404", {}, 404, rb"<html>"),
    ("status_429", {}, 429, rb"<html>"),
    ("status_503", {}, 503, rb"<html>"),
    ("status_500_html", {}, 500, rb"<html>"),
    ("status_200_html", {}, 200, rb"<html>"),
    ("status_500_fault", {"text": "No"}, 500, rb"<fault>.*<i4>500</i4>.*<string>No</string>"),
    ("body", {}, 200, rb"^not XML$"),
    ("body", {"body": b"\x00<"}, 200, rb"^\x00<$"),
    ("empty_body", {}, 200, rb"^$"),
    ("truncated_xml", {}, 200, rb"^<methodResponse>(?!.*</methodResponse>)"),
    ("wrong_root", {}, 200, rb"^<answer>.*<i4>1</i4>.*</answer>$"),
    ("method_call", {}, 200, rb"^<methodCall><methodName>ivr.getAgentAvail<.*</methodCall>$"),
    ("fault_struct", {"code": -7, "text": "ë <3"}, 200, rb"<i4>-7</i4>.*<string>&#235; &lt;3<"),
    ("fault_string", {}, 200, rb"<fault><value><string>Internal error</string></value></fault>"),
    ("fault_without_value", {}, 200, rb"<fault><struct>.*Internal error.*</struct></fault>"),
    ("fault_code_not_integer", {}, 200, rb"<i4>E-17</i4>.*<string>Internal error</string>"),
    ("fault_empty", {}, 200, rb"<fault></fault>"),
    ("fault_empty_struct", {}, 200, rb"<fault><value><struct></struct></value></fault>"),
    ("fault_quoting", {}, 200, rb"Internal error \(accountCode=12345, extensionId=01001\)"),
    ("missing_member", {}, 200, rb"<struct><member><name>availReason"),
    ("missing_member", {"member": "endpoint"}, 200, rb"<i4>1</i4>(?!.*endpoint)"),
    ("missing_reason", {}, 200, rb"<i4>1</i4>(?!.*availReason).*<name>endpoint"),
    ("null_member", {}, 200, rb"<i4>1</i4>.*<name>endpoint</name></member>"),
    ("no_members", {}, 200, rb"<struct></struct>"),
    ("extra_members", {}, 200, rb"sales.*sales.*<i4>1</i4>.*<array>.*<name></name><value></value>"),
    ("repeated_member", {}, 200, rb"available</name>.*<i4>1<.*available</name><value><i4>1<"),
    ("contradictory_member", {}, 200, rb"available</name>.*<i4>1<.*available</name><value><i4>0<"),
    ("misspelt_member", {}, 200, rb"<name>availabel</name>"),
    ("type_list", {}, 200, rb"<array><data><value><string>1</string></value></data></array>"),
    ("type_struct", {}, 200, rb"available</name><value><struct><member><name>value</name>"),
    ("type_nil", {}, 200, rb"available</name><value><nil/></value>"),
    ("type_base64", {}, 200, rb"<base64>MQ==</base64>"),
    ("type_double", {}, 200, rb"<double>1.0</double>"),
    ("type_i8", {}, 200, rb"<i8>1</i8>"),
    ("type_datetime", {}, 200, rb"<dateTime.iso8601>20260101T00:00:00</dateTime.iso8601>"),
    ("type_huge_integer", {}, 200, rb"<i4>1{5000}</i4>"),
    ("unknown_available", {}, 200, rb"<i4>2</i4>"),
    ("unknown_reason", {"text": "lunch"}, 200, rb"<i4>1</i4>.*<string>lunch</string>"),
    ("bare_ampersand", {}, 200, rb"<string>R & D</string>"),
    (
        "control_characters",
        {"text": "a\0"},
        200,
        rb"availReason</name><value><base64>YQA=</base64>",
    ),
    ("interim", {"seconds": 0.0}, 200, rb"<i4>1</i4>"),
    ("blank_lines", {}, 200, rb"^\r\r\r<methodResponse>"),
    ("blank_lines_declared", {}, 200, rb'^\r\r<\?xml version="1.0" encoding="iso-8859-1"\?><m'),
    ("bom", {}, 200, rb"^\xef\xbb\xbf<methodResponse>"),
    ("three_boms", {}, 200, rb"^(\xef\xbb\xbf){3}\r<methodResponse>"),
    ("latin_1", {}, 200, rb'^<\?xml.*"iso-8859-1".*Zo\xeb&#8217;s caf\xe9'),
    ("latin_1_as_utf_8", {}, 200, rb'^<\?xml.*"utf-8".*Zo\xeb&#8217;s caf\xe9'),
    ("latin_1_undeclared", {}, 200, rb"^<methodResponse>.*Zo\xeb&#8217;s caf\xe9"),
    ("windows_1252_undeclared", {}, 200, rb"^<methodResponse>.*Zo\xeb\x92s caf\xe9"),
    ("windows_1252_as_latin_1", {}, 200, rb'^<\?xml.*"iso-8859-1".*Zo\xeb\x92s caf\xe9'),
    ("utf_8_undeclared", {}, 200, rb"^<methodResponse>.*Zo\xc3\xab\xe2\x80\x99s"),
    ("utf_8_as_latin_1", {}, 200, rb'^<\?xml.*"iso-8859-1".*Zo\xc3\xab\xe2\x80\x99s'),
    ("utf_16", {}, 200, rb"^\xff\xfe<\0\?\0.*Z\0o\0\xeb\0\x19\x20s\0"),
    ("utf_16_undeclared", {}, 200, rb"^\xff\xfe<\0m\0.*Z\0o\0\xeb\0\x19\x20s\0"),
    ("unknown_encoding", {}, 200, rb'^<\?xml.*"x-unheard-of".*Zo\xc3\xab'),
    ("doctype", {}, 200, rb"^<!DOCTYPE methodResponse><methodResponse>.*<i4>1</i4>"),
    ("doctype_exponential", {}, 200, rb'<!ENTITY e9 "(&e8;){10}">.*<string>&e9;</string>'),
    ("doctype_external", {}, 200, rb"http://[^ ]*/trap/entity.*<string>&elsewhere;</string>"),
    ("nesting", {"size": 3}, 200, rb"(<value><array><data>){3}<value><i4>1</i4></value>(</data>)"),
    ("nesting_unclosed", {}, 200, rb"^<methodResponse>(<a>){20000}$"),
    ("xmlns_bomb", {}, 200, rb'^<methodResponse xmlns="x{47000}">.*(<a/>){2000}'),
    ("padded", {}, 200, rb"<i4>1</i4>.* {64000}</methodResponse>$"),
    ("huge_body_declared", {"size": 200_000}, 200, rb"<i4>1</i4>.* {200000}</methodResponse>$"),
]


@pytest.mark.parametrize(
    ("name", "parameters", "status", "pattern"), ON_THE_WIRE, ids=[each[0] for each in ON_THE_WIRE]
)
async def test_a_fault_is_on_the_wire_as_its_note_says(
    simulator: Simulator, name: str, parameters: dict[str, object], status: int, pattern: bytes
) -> None:
    await simulator.inject(name, **parameters)  # type: ignore[arg-type] # each has its own
    answer = await raw(simulator)
    assert answer.status == status
    separator = b"\n\0" if name.startswith("utf_16") else b"\n"
    assert re.search(pattern, answer.body.replace(separator, b""), re.DOTALL)


@pytest.mark.parametrize(
    ("name", "parameters", "header", "value"),
    [
        ("status_429", {"retry_after": "30"}, "Retry-After", "30"),
        ("redirect", {"location": "/other"}, "Location", "/other"),
        ("long_header", {}, "X-Long", "x" * 9000),
        ("content_encoding_charset", {}, "Content-Encoding", "utf-8"),
        ("gzip_bomb", {"size": 10}, "Content-Encoding", "gzip"),
    ],
)
async def test_headers(
    simulator: Simulator, name: str, parameters: dict[str, str], header: str, value: str
) -> None:
    await simulator.inject(name, **parameters)
    assert (await raw(simulator)).headers[header] == value


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("unknown_call_state", rb"<string>ringing</string>"),
        ("type_base64", rb"<base64>Y2FsbGVk</base64>"),
        ("contradictory_member", rb"<string>called</string>.*<string>idle</string>"),
        ("missing_member", rb"<struct></struct>"),
    ],
)
async def test_the_second_call_has_faults_as_well(
    simulator: Simulator, name: str, pattern: bytes
) -> None:
    simulator.extension("01001").call_state = "called"
    await simulator.inject(name)
    answer = await raw(simulator, SECOND)
    assert re.search(pattern, answer.body.replace(b"\n", b""))


@pytest.mark.parametrize(
    ("name", "method"),
    [
        (name, method)
        for name, fault in FAULTS.items()
        for method in sorted(fault.methods)
        if not fault.whole_server
    ],
)
async def test_the_journal_has_the_state_that_a_client_may_learn(
    simulator: Simulator, name: str, method: Method
) -> None:
    # Otherwise 200 MB, or for half a minute.
    quick = {"size": 10, "seconds": 0.0}
    parameters = {key: quick[key] for key in quick if key in FAULTS[name].parameters}
    await simulator.inject(name, **parameters)  # type: ignore[arg-type] # each has its own
    await raw(simulator, method)
    (record,) = simulator.requests
    assert record.injected == name
    if name in {"delay", "drip", "interim"} or FAULTS[name].effect.startswith("true"):
        assert record.state is not None
        assert record.state.available is True
        assert record.state.call_state == "idle"
    elif FAULTS[name].effect == "failed":
        assert record.state is None


async def test_a_redirect_leads_into_a_trap_that_notes_who_comes(
    simulator: Simulator, http: ClientSession
) -> None:
    await simulator.inject("redirect")
    async with http.post(simulator.url) as response:
        assert response.status == 404
    assert simulator.trapped == ["POST /trap/redirected"]


async def test_a_gzip_bomb_is_a_right_answer_inside(simulator: Simulator) -> None:
    honest = (await raw(simulator)).body
    await simulator.inject("gzip_bomb", size=3_000_000)
    answer = await raw(simulator)
    chunks, rest = [], answer.body
    while rest:
        length, _, rest = rest.partition(b"\r\n")
        chunks.append(rest[: int(length, 16)])
        rest = rest[int(length, 16) + 2 :]
    compressed = b"".join(chunks)
    assert len(compressed) < 20_000
    inside = gzip.decompress(compressed)
    assert len(inside) == 3_000_000 + len(honest)
    assert inside.replace(b" ", b"") == honest.replace(b" ", b"")
