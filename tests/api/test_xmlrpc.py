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

XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\r")
)


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
    @given(method=XML_TEXT, params=st.dictionaries(XML_TEXT, XML_TEXT))
    def test_any_text_is_read_back_by_an_independent_reader(
        self, method: str, params: dict[str, str]
    ) -> None:
        assert loads(encode_call(method, params)) == ((params,), method)

    def test_is_iso_8859_1_with_character_references_for_the_rest(self) -> None:
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
            ("<i4>0</i4>", 0),
            ("<int>1</int>", 1),
            ("<int> -5 </int>", -5),
            ("<string>1</string>", "1"),
            ("<string></string>", ""),
            ("<string/>", ""),
            ("1", "1"),
            ("", ""),
            ("<boolean>1</boolean>", True),
            ("\n\n<i4>0</i4>\n\n", 0),
            ("<string>a &amp; b</string>", "a & b"),
            ("<nil/>", None),
            ("<double>1.5</double>", None),
            ("<i8>1</i8>", None),
            ("<dateTime.iso8601>20260101T00:00:00</dateTime.iso8601>", None),
            ("<base64>MQ==</base64>", None),
            ("<array><data><value>1</value></data></array>", None),
            ("<struct><member><name>a</name><value>1</value></member></struct>", None),
            ("<string>1<b/></string>", None),
        ],
    )
    def test_reads_every_type_and_leaves_out_what_has_no_use(
        self, value: str, expected: object
    ) -> None:
        read = decode_response(answer(member("available", value)))["available"]
        assert (type(read), read) == (type(expected), expected)

    @pytest.mark.parametrize("digits", ["", "x", "1.0", "9" * 5000])
    @pytest.mark.parametrize("tag", ["i4", "int", "boolean"])
    def test_an_integer_that_is_none_is_unusable(self, tag: str, digits: str) -> None:
        with pytest.raises(UnusableAnswerError, match=tag):
            decode_response(answer(member("available", f"<{tag}>{digits}</{tag}>")))

    def test_a_member_that_is_repeated_without_contradiction_is_read(self) -> None:
        assert decode_response(answer(member("available", "1") * 2)) == {"available": "1"}

    def test_a_struct_without_members_is_an_empty_answer(self) -> None:
        assert decode_response(answer("")) == {}

    @pytest.mark.parametrize(
        "members",
        [
            member("available", "1") + member("available", "0"),
            member(" available", "1") + member("available", "0"),
            "<member><name>available</name></member>",
            "<member><value>1</value></member>",
            "<member><value>1</value><name>available</name></member>",
            "<member><name>a</name><value>1</value><value>2</value></member>",
            "<name>a</name><value>1</value>",
            "<other/>",
        ],
    )
    def test_members_that_leave_a_doubt_are_unusable(self, members: str) -> None:
        with pytest.raises(UnusableAnswerError):
            decode_response(answer(members))

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
            b"<methodResponse><params/><fault/></methodResponse>",
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
    def test_a_web_page_is_called_one(self, page: bytes) -> None:
        with pytest.raises(UnusableAnswerError, match="web page"):
            decode_response(page)

    def test_a_document_type_is_refused_before_anything_is_unpacked(self) -> None:
        bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
        with pytest.raises(UnusableAnswerError, match="document type"):
            decode_response(answer(member("available", "&b;"), before=bomb))

    def test_deep_nesting_is_refused_before_it_takes_time(self) -> None:
        with pytest.raises(UnusableAnswerError, match="too many tags"):
            decode_response(b"<a>" * 20_000 + b"</a>" * 20_000)

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
            ("<value><struct>" + member("faultCode", "x") + "</struct></value>", None, ""),
            ("<value><struct><oops/></struct></value>", None, ""),
            ("<value>No such account</value>", None, "No such account"),
            ("<value><string>No</string></value>", None, "No"),
            ("<value><nil/></value>", None, ""),
            ("<value/>", None, ""),
            ("", None, ""),
        ],
    )
    def test_a_fault_of_any_shape_is_a_fault(self, value: str, code: int | None, text: str) -> None:
        with pytest.raises(FaultError) as caught:
            decode_response(fault(value))
        assert (caught.value.code, caught.value.text) == (code, text)

    @pytest.mark.parametrize("before", ["", "\n\r\n  ", "\ufeff", "\ufeff\n"])
    def test_blank_lines_and_a_byte_order_mark_in_front_do_not_matter(self, before: str) -> None:
        declared = before + '<?xml version="1.0" encoding="utf-8"?>'
        assert decode_response(answer(member("a", "1"), before=declared)) == {"a": "1"}

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
    def test_bytes_are_read_as_what_they_are_not_as_what_they_claim(
        self, encoding: str, declared: str | None
    ) -> None:
        declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
        text = "Zoë" if encoding == "iso-8859-1" else "Zoë €5"
        body = answer(member("availReason", text), before=declaration).decode().encode(encoding)
        assert decode_response(body) == {"availReason": text}

    @given(st.binary())
    def test_any_bytes_give_a_dict_or_an_error_of_ours(self, body: bytes) -> None:
        assert_dict_or_our_error(body)

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
    def test_any_pieces_of_an_answer_give_a_dict_or_an_error_of_ours(self, body: bytes) -> None:
        assert_dict_or_our_error(body)

    @given(XML_TEXT.filter(lambda text: "\r" not in text))
    def test_any_text_of_an_independent_writer_is_read_as_it_was_written(self, text: str) -> None:
        body = dumps(({"availReason": text},), methodresponse=True).encode()
        assert decode_response(body) == {"availReason": text}


def assert_dict_or_our_error(body: bytes) -> None:
    try:
        answer = decode_response(body)
    except FaultError, UnusableAnswerError:
        return
    assert isinstance(answer, dict)
