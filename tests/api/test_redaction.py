import time
from urllib.parse import quote

from hypothesis import given, strategies as st
import pytest

from custom_components.belfabriek.api.redaction import Redactor, mask_answer, shape_of

ANSWER = (
    "<methodResponse><params><param><value><struct>"
    "<member><name>available</name><value><i4>0</i4></value></member>"
    "<member><name>availReason</name><value><string>lunch with Jo</string></value></member>"
    "<member><name>endpoint</name><value><string>31201234567</string></value></member>"
    "</struct></value></param></params></methodResponse>"
)


@pytest.mark.parametrize(
    "spelling",
    [
        "12AB5",
        "12ab5",
        "0012AB5",
        "12-AB-5",
        "1 2 A B 5",
        "12.AB.5",
        "%31%32AB5",
        "&#49;2AB5",
        "&#x31;2AB5",
        "12\u2013AB (5",
        "&#0049;2AB5",
        "&amp;#49;2AB5",
        "00-12AB5",
        "code12AB5end",
    ],
)
def test_a_secret_is_found_in_other_spellings(spelling: str) -> None:
    assert Redactor("12AB5")(f"Refused {spelling}!").replace("code***end", "***") == "Refused ***!"


def test_zeros_in_front_are_part_of_a_secret_but_need_not_be_there() -> None:
    assert Redactor("01001")("1001 and 01001") == "*** and ***"
    assert Redactor("0020")("20, x0020x and 0-0-2-0") == "***, x***x and ***"


@pytest.mark.parametrize("secret", ["12-34 5", "0012345", "12345"])
def test_a_secret_is_found_without_the_separators_it_was_typed_with(secret: str) -> None:
    assert Redactor(secret)("PIN 12345, 12-34-5") == "PIN ***, ***"


def test_no_text_takes_long() -> None:
    redact = Redactor("12345", "1", "0", "007", "12-34 5")
    for text in ("0" * 16_000, "0-" * 8_000, "1-2-3-4-" * 2_000, "&#0" * 5_000, "<" * 16_000):
        started = time.thread_time()
        redact(text)
        mask_answer(text.encode(), redact)
        shape_of(text.encode(), redact)
        assert time.thread_time() - started < 0.1


def test_a_short_secret_is_taken_out_only_as_a_word() -> None:
    assert Redactor("1", "-")("code 1 of 11, 1st - x-y") == "code *** of 11, 1st *** x-y"


def test_a_word_is_taken_out_only_where_it_stands_as_one() -> None:
    redact = Redactor("01001", words={"1002", "7"})
    assert redact("01001 is merged into 01002, 7, not 17") == "*** is merged into ***, ***, not 17"


def test_a_phone_number_is_taken_out() -> None:
    assert Redactor()("call 31 20 123 45 67 or 0612345678") == "call *** or ***"


def test_a_text_is_cut_after_the_secrets_are_out() -> None:
    assert Redactor("12345")("x" * 252 + "12345") == "x" * 252 + "***"


@given(
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=4, max_size=12),
    st.sampled_from([str, str.upper, str.lower, quote, "-".join, " ".join]),
    st.text(max_size=20),
)
def test_no_secret_gets_through(secret: str, spell: object, around: str) -> None:
    assert callable(spell)
    spelled = spell(secret)
    redacted = Redactor(secret)(f"{around} {spelled} {around}")
    if spelled not in f"{around} {around}":
        assert f" {spelled} " not in redacted


def test_the_debug_log_masks_secrets_and_numbers() -> None:
    body = ANSWER.replace("Jo", "01001").encode()
    masked = mask_answer(body, Redactor("01001"))
    assert "<i4>0</i4>" in masked
    assert "lunch with ***" in masked
    assert "31201234567" not in masked
    assert "01001" not in masked


def test_the_debug_log_cuts_no_secret_in_two() -> None:
    body = b"<value>" + b"-" * 3990 + b"kvq1zx9</value>"
    assert "kvq" not in mask_answer(body, Redactor("kvq1zx9"))


def test_the_debug_log_shows_a_long_text_without_tags() -> None:
    assert len(mask_answer(b"runtime error " * 1000, Redactor("01001"))) > 3900


def test_the_debug_log_gives_no_short_id_away_by_masking_what_everybody_knows() -> None:
    masked = mask_answer(ANSWER.replace(">0<", ">1<").encode(), Redactor("1"))
    assert "<i4>1</i4>" in masked


def test_the_shape_of_an_answer_has_names_and_known_words_only() -> None:
    shape = shape_of(ANSWER.encode(), Redactor("01001"))
    assert "<name>available</name><value><i4>0</i4></value>" in shape
    assert "<name>availReason</name><value><string>[13 characters]</string></value>" in shape
    assert "<string>[11 digits]</string>" in shape
    assert "lunch" not in shape


def test_the_shape_gives_no_short_id_away_by_masking_what_everybody_knows() -> None:
    shape = shape_of(ANSWER.replace(">0<", ">1<").encode(), Redactor("1", "11", "13"))
    assert "<i4>1</i4>" in shape
    assert "[13 characters]" in shape
    assert "***" not in shape


def test_the_shape_has_no_secret_in_a_name_or_a_tag() -> None:
    body = b"<pin-kvq1><value><struct><member><name>KVQ1</name></member></struct></value>"
    assert "kvq1" not in shape_of(body, Redactor("kvq1")).lower()


@pytest.mark.parametrize(
    "typed",
    [
        "<!-- Jo -->",
        "<Jo>",
        "<a href='Jo'>",
        "<string>5 < 6 of Jo > 4</string>",
        "<value>x<Jo></value>",
        "<name>Jo de Vries</name>",
        '<value type="Jo">1</value>',
        "<?Jo?>",
    ],
)
def test_the_shape_has_nothing_that_a_person_may_have_typed(typed: str) -> None:
    body = f"<value>{typed}</value>".replace("<value><Jo>", "<value><string><Jo></string>")
    assert "Jo" not in shape_of(body.encode(), Redactor())


def test_the_shape_has_the_name_of_a_type_that_is_not_known() -> None:
    body = b"<value><currency>1.0000</currency></value>"
    assert "<value><currency>" in shape_of(body, Redactor())


@pytest.mark.parametrize("hidden", ["<base64>MDEwMDE=</base64>", "&#48;&#49;&#48;&#48;&#49;"])
def test_the_debug_log_masks_what_is_encoded(hidden: str) -> None:
    assert "***" in mask_answer(f"<value>{hidden}</value>".encode(), Redactor("01001"))
    assert hidden not in mask_answer(f"<value>{hidden}</value>".encode(), Redactor("01001"))


@given(st.binary(max_size=2000))
def test_any_bytes_have_a_shape(body: bytes) -> None:
    assert len(shape_of(body, Redactor("01001"))) <= 2000
    assert mask_answer(body, Redactor("01001"))
