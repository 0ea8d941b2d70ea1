import timeit
from xml.etree import ElementTree as ET
from xmlrpc.client import dumps, loads

from hypothesis import given, strategies as st
import pytest

from custom_components.belfabriek.api import (
    FaultError,
    UnusableAnswerError,
    decode_response,
    encode_call,
)
from custom_components.belfabriek.api.xmlrpc import NOT_SCALAR

XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r")
)
SHOWN_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]))


def answer(members: str, *, before: str = "") -> bytes:
    """Return a response whose struct has these members, as UTF-8 without a declaration."""
    return (
        f"{before}<methodResponse><params><param><value><struct>{members}"
        "</struct></value></param></params></methodResponse>"
    ).encode()


def member(name: str, value: str) -> str:
    return f"<member><name>{name}</name><value>{value}</value></member>"


def fault(value: str) -> bytes:
    return f"<methodResponse><fault>{value}</fault></methodResponse>".encode()


class TestEncodeCall:
    @given(values=st.lists(XML_TEXT))
    def test_any_value_is_read_back_by_an_independent_reader(self, values: list[str]) -> None:
        params = {f"name{number}": value for number, value in enumerate(values)}
        assert loads(encode_call("ivr.method", params)) == ((params,), "ivr.method")

    def test_call_is_iso_8859_1_with_character_references(self) -> None:
        body = encode_call("m", {"name": "Zoë €5"})
        assert body.startswith(b'<?xml version="1.0" encoding="iso-8859-1"?>')
        assert "Zoë &#8364;5".encode("iso-8859-1") in body

    def test_every_value_is_a_string_in_one_struct(self) -> None:
        root = ET.fromstring(encode_call("ivr.getAgentAvail", {"extensionId": "01234", "a": "1"}))
        (param,) = root.findall("params/param")
        members = param.findall("value/struct/member")
        assert [(each.findtext("name"), each.findtext("value/string")) for each in members] == [
            ("extensionId", "01234"),
            ("a", "1"),
        ]

    @pytest.mark.parametrize("value", [1, None, True, b"1", 1.5])
    def test_anything_but_a_string_is_refused(self, value: object) -> None:
        with pytest.raises(TypeError):
            encode_call("m", {"name": value})  # type: ignore[dict-item]

    @pytest.mark.parametrize("text", ["\0", "\x1b", "\ud800", "\ufffe"])
    def test_text_that_xml_cannot_carry_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="XML cannot carry"):
            encode_call("m", {"name": text})


class TestDecodeResponse:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("<i4>0</i4>", "0"),
            ("<int> -5 </int>", "-5"),
            ("<i4>0_1</i4>", "0_1"),
            ("<i4></i4>", None),
            ("<i8>0031201234567</i8>", "0031201234567"),
            ("<ex:i8>31201234567</ex:i8>", "31201234567"),
            ("<double>1.5</double>", "1.5"),
            ("<boolean>true</boolean>", "true"),
            ("<string>1</string>", "1"),
            ("<string></string>", None),
            ("<string/>", None),
            ("1", "1"),
            ("", None),
            ("\n\n<i4>0</i4>\n\n", "0"),
            ("<string>a &amp; b</string>", "a & b"),
            ("<nil/>", None),
            ("<dateTime.iso8601>20260101T00:00:00</dateTime.iso8601>", "20260101T00:00:00"),
            ("<base64>Q2Fmw6k=</base64>", "Café"),
            ("<base64>no base64!</base64>", "no base64!"),
            # "a", NUL, "b": no database stores it.
            ("<base64>YQBi</base64>", "a b"),
            ("<string>a\u200bb</string>", "a b"),
            ("<struct></struct>", None),
            ("<array><data><value>1</value></data></array>", NOT_SCALAR),
            ("<struct><member><name>a</name><value>1</value></member></struct>", NOT_SCALAR),
            ("<string>till <b>2</b> pm</string>", "till 2 pm"),
            ("<string>1<i4>0</i4></string>", NOT_SCALAR),
            ("<i4>1</i4><i4>0</i4>", NOT_SCALAR),
            ("1<i4>0</i4>", NOT_SCALAR),
        ],
    )
    def test_scalar_of_any_type_is_read_as_text(self, value: str, expected: object) -> None:
        assert decode_response(answer(member("a", value))) == {"a": {expected}}

    def test_names_are_folded_and_every_different_value_is_kept(self) -> None:
        members = member("available", "1") + member(" Available ", "<i4>0</i4>")
        assert decode_response(answer(members)) == {"available": {"1", "0"}}
        assert decode_response(answer(member("available", "1") * 2)) == {"available": {"1"}}

    def test_struct_without_members_is_an_empty_answer(self) -> None:
        assert decode_response(answer("")) == {}

    @pytest.mark.parametrize(
        ("members", "expected"),
        [
            ("<member><name>a</name></member>", {"a": {None}}),
            (
                "<member><name>a</name><value>1</value><value>2</value></member>",
                {"a": {NOT_SCALAR}},
            ),
            (
                "<member><name>a</name><name>b</name><value>1</value></member>",
                {"a": {NOT_SCALAR}, "b": {NOT_SCALAR}},
            ),
            ("<member><value>1</value></member>", {}),
            ("<other/>", {}),
        ],
    )
    def test_value_with_an_ambiguous_name_is_not_read(self, members: str, expected: object) -> None:
        assert decode_response(answer(members)) == expected

    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ("R&D", "R&D"),
            ("R&D; lunch & more", "R&D; lunch & more"),
            ("caf&eacute;&nbsp;één", "café één"),
            ("5 < 6", "5 < 6"),
            ("a\x00b\x1fc\x00\x00", "a b c"),
            ("lunch<br>till 2", "lunch<br>till 2"),
            ("Jo <jo@example.org>", "Jo <jo@example.org>"),
            ("</b>", "</b>"),
            ("&#1;&#65;&#x110000;", "A"),
            ("a ]]> b", "a ]]> b"),
        ],
    )
    def test_unescaped_text_in_a_member_damages_no_other_member(
        self, typed: str, expected: str
    ) -> None:
        body = answer(member("available", "0") + member("availReason", typed))
        assert decode_response(body) == {"available": {"0"}, "availreason": {expected}}

    @pytest.mark.parametrize(
        "body",
        [
            answer(
                member("a", "1"), before="<x " + 'xmlns:a="' + "b" * 47_000 + '">' + "<i/>" * 400
            ),
            b"<methodResponse " + b"xmlns='" + b"n" * 60_000 + b"'>" + b"<a/>" * 490,
            b"<a>" * 20_000,
            b"&" * 64_000,
            b"&a" * 32_000,
            b"<" * 64_000,
            b"]]>" * 20_000,
            b" " * 64_000 + b"<methodResponse/>",
            b"<fault>" + b"faultString" * 5_000,
            b"<!DOCTYPE a [<!ENTITY a 'b'>]>" + b"&a;" * 9_000,
        ],
        ids=lambda body: repr(body[:20]),
    )
    def test_large_answer_is_refused_quickly(self, body: bytes) -> None:
        with pytest.raises((UnusableAnswerError, FaultError)):
            decode_response(body)
        # The shortest of several times, because the machine may be busy.
        best = min(timeit.repeat(lambda: assert_struct_or_our_error(body), number=1, repeat=7))
        assert best < 0.02

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b" \r\n ",
            b"OK",
            b"\0\0\0",
            b"\xff\xfe",
            b"<",
            b"<methodResponse>",
            b"<methodResponse/>",
            b"<methodResponse><params/></methodResponse>",
            b"<methodResponse><params><param/></params></methodResponse>",
            b"<methodResponse><params><param><value>1</value></param></params></methodResponse>",
            answer("").replace(b"</param>", b"</param><param/>"),
            answer("").replace(b"methodResponse", b"methodCall"),
            answer("")[:-30],
            answer("") + b"<more/>",
        ],
    )
    def test_anything_but_one_struct_is_unusable(self, body: bytes) -> None:
        with pytest.raises(UnusableAnswerError):
            decode_response(body)

    @pytest.mark.parametrize(
        "page",
        [
            b"<!DOCTYPE html><html><body>Error</body></html>",
            b"<html><body><p>Error<br></body></html>",
            b"<HTML></HTML>",
        ],
    )
    def test_web_page_is_named_in_the_error(self, page: bytes) -> None:
        with pytest.raises(UnusableAnswerError, match="web page"):
            decode_response(page)

    def test_document_type_is_refused_before_anything_is_unpacked(self) -> None:
        bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
        with pytest.raises(UnusableAnswerError, match="a document type"):
            decode_response(answer(member("available", "&b;"), before=bomb))

    def test_deep_nesting_is_refused_before_it_takes_time(self) -> None:
        with pytest.raises(UnusableAnswerError, match="too many tags"):
            decode_response(b"<a>" * 2_000 + b"</a>" * 2_000)

    @pytest.mark.parametrize(
        ("value", "code", "text"),
        [
            (
                "<value><struct>"
                + member("faultCode", "<int>4</int>")
                + member("faultString", "<string>Too\nmany</string>")
                + "</struct></value>",
                4,
                "Too many",
            ),
            (
                "<struct>" + member("faultCode", "1.2") + member("faultString", "No") + "</struct>",
                None,
                "No",
            ),
            ("<value><struct>" + member("faultCode", "x") + "</struct></value>", None, "x"),
            ("<value><struct><oops/></struct></value>", None, ""),
            (
                "<value><struct>" + member("message", "No such account") + "</struct></value>",
                None,
                "No such account",
            ),
            ("<value>No such account</value>", None, "No such account"),
            ("<value><string>No</string></value>", None, "No"),
            ("<value><nil/></value>", None, ""),
            ("<value/>", None, ""),
            ("", None, ""),
        ],
    )
    def test_fault_of_any_shape_is_a_fault(self, value: str, code: int | None, text: str) -> None:
        with pytest.raises(FaultError) as caught:
            decode_response(fault(value))
        assert (caught.value.code, caught.value.text) == (code, text)

    @pytest.mark.parametrize(
        "body",
        [
            answer(member("a", "1"), before='<?xml version="1.0" encoding="?"?>\n'),
            answer(member("a", "<i4 type=int>1</i4>")),
            answer(member("a", "<ex:i4 ex:of='x'>1</ex:i4>")),
            answer(member("a", "1") + member("b", "&")).replace(
                b"<methodResponse>", b'<methodResponse xmlns:ex="urn:x">'
            ),
        ],
    )
    def test_attributes_and_declarations_may_be_malformed(self, body: bytes) -> None:
        assert decode_response(body)["a"] == {"1"}

    def test_fault_in_the_shape_of_an_answer_is_a_fault(self) -> None:
        members = member("faultCode", "4") + member("faultString", "Invalid PIN")
        with pytest.raises(FaultError) as caught:
            decode_response(answer(members))
        assert (caught.value.code, caught.value.text) == (4, "Invalid PIN")

    @pytest.mark.parametrize("before", ["", "\n\r\n  ", "\ufeff", "\ufeff\n"])
    def test_leading_blank_lines_and_byte_order_mark_are_ignored(self, before: str) -> None:
        declared = before + '<?xml version="1.0" encoding="utf-8"?>'
        assert decode_response(answer(member("a", "1"), before=declared)) == {"a": {"1"}}

    @pytest.mark.parametrize(
        ("encoding", "declared"),
        [
            ("utf-8", None),
            ("utf-8", "utf-8"),
            ("utf-8", "iso-8859-1"),
            ("iso-8859-1", None),
            ("iso-8859-1", "iso-8859-1"),
            ("iso-8859-1", "utf-8"),
            ("iso-8859-1", "nonsense"),
            ("windows-1252", None),
            ("windows-1252", "windows-1252"),
            ("windows-1252", "iso-8859-1"),
            ("windows-1252", "utf-16"),
            ("utf-16", None),
            ("utf-16", "utf-8"),
            ("utf-16-le", None),
            ("utf-16-be", "utf-16"),
        ],
    )
    def test_encoding_is_detected_whatever_is_declared(
        self, encoding: str, declared: str | None
    ) -> None:
        declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
        text = "Zoë" if encoding == "iso-8859-1" else "Zoë €5"
        body = answer(member("availReason", text), before=declaration).decode().encode(encoding)
        assert decode_response(body) == {"availreason": {text}}

    @given(st.binary())
    def test_any_bytes_give_a_struct_or_a_documented_error(self, body: bytes) -> None:
        assert_struct_or_our_error(body)

    @given(
        st.lists(
            st.sampled_from(
                [
                    b"<methodResponse>",
                    b"</methodResponse>",
                    b"<params>",
                    b"</params>",
                    b"<param>",
                    b"</param>",
                    b"<value>",
                    b"</value>",
                    b"<struct>",
                    b"</struct>",
                    b"<member>",
                    b"</member>",
                    b"<name>",
                    b"</name>",
                    b"<fault>",
                    b"</fault>",
                    b"<i4>",
                    b"</i4>",
                    b"<string>",
                    b"</string>",
                    b"<array>",
                    b"1",
                    b"available",
                    b"\xe9",
                    b"&#0;",
                    b"&lt;",
                    b"<!DOCTYPE",
                    b"<?xml",
                    b"\xef\xbb\xbf",
                    b"<![CDATA[",
                    b"]]>",
                    b"\0",
                ]
            )
        ).map(b"".join)
    )
    def test_any_pieces_of_an_answer_give_a_struct_or_a_documented_error(self, body: bytes) -> None:
        assert_struct_or_our_error(body)

    @given(SHOWN_TEXT)
    def test_any_text_of_an_independent_writer_is_read_as_it_was_written(self, text: str) -> None:
        body = dumps(({"availReason": text},), methodresponse=True).encode()
        assert decode_response(body) == {"availreason": {" ".join(text.split()) or None}}


def assert_struct_or_our_error(body: bytes) -> None:
    try:
        answer = decode_response(body)
    except FaultError, UnusableAnswerError:
        return
    assert isinstance(answer, dict)
