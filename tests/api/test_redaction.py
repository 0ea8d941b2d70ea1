import re
import time

from hypothesis import example, given, strategies as st
import pytest

from custom_components.belfabriek.api.redaction import (
    MAX_TEXT,
    Redactor,
    mask_answer,
    shape_of,
)
from custom_components.belfabriek.forms import clean

ANSWER = (
    "<methodResponse><params><param><value><struct>"
    "<member><name>available</name><value><i4>0</i4></value></member>"
    "<member><name>availReason</name><value><string>lunch with Jo</string></value></member>"
    "<member><name>endpoint</name><value><string>31201234567</string></value></member>"
    "</struct></value></param></params></methodResponse>"
)
SENTENCES = [
    "{}",
    "Unknown PIN {}",
    "{} wurde nicht gefunden",
    "PIN '{}' or ID \"{}\" rejected",
    "Le compte «{}» ({}) est inconnu; [{}]!",
    "supId={}&custId={}",
    "code: {}, PIN {}?",
]
"""Without digits, because a credential may be a single digit."""
# The credentials that the form accepts: see `forms.py`. The mask itself consists of stars.
PINS = st.text(min_size=1, max_size=64).map(clean).filter(lambda pin: pin and "*" not in pin)
IDS = st.from_regex(r"[0-9A-Za-z._/-]{1,64}", fullmatch=True)


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text in lower case."""
    return "".join(each if each.isalnum() else " " for each in text.lower()).split()


@given(IDS.filter(lambda text: any(map(str.isdigit, text))), st.sampled_from(SENTENCES))
@example("10-1", "Unknown PIN {}")
@example("A-1", "Unknown PIN {}")
@example("1.2", "Unknown PIN {}")
@example("2/1", "Unknown PIN {}")
@example("0", "Unknown PIN {}")
@example("00", "Unknown PIN {}")
def test_only_the_id_in_a_sentence_is_masked(credential: str, sentence: str) -> None:
    text = sentence.replace("{}", credential)
    masked = Redactor(credential)(text)
    assert words_of(masked) == words_of(sentence)
    assert credential not in masked
    assert masked.startswith(sentence.partition("{}")[0][:-1])


@given(PINS | IDS, st.sampled_from(SENTENCES))
def test_credential_of_any_characters_that_stands_alone_is_masked(
    credential: str, sentence: str
) -> None:
    masked = Redactor(credential)(sentence.replace("{}", f" {credential} "))
    assert f" {credential} " not in f" {masked} "
    assert "***" in masked


@given(PINS, PINS, st.text(max_size=300), st.text(max_size=300))
def test_credential_of_three_or_more_characters_is_masked_anywhere(
    credential: str, other: str, before: str, after: str
) -> None:
    masked = Redactor(credential, other, None)(f"{before}{credential}{after}")
    text = f"{before[-1:]}{credential}{after[:1]}"
    part_of_a_number = re.search(rf"\d{re.escape(credential)}|{re.escape(credential)}\d", text)
    assert len(credential) < 3 or part_of_a_number or credential not in masked
    assert len(masked) <= MAX_TEXT
    assert masked.isprintable()


@pytest.mark.parametrize(
    ("credential", "text", "expected"),
    [
        ("12-34", "PIN 12 - 34, 12-34, 1234, 12.34", "PIN ***, ***, ***, ***"),
        ("1234", "PIN 12 - 34 or 1 2 3 4", "PIN *** or ***"),
        ("12AB5", "12ab5 or 12-aB-5", "*** or ***"),
        ("12AB5", "code12AB5end", "code***end"),
        ("12\u00a034", "PIN 12 34", "PIN ***"),
        ("1234", "PIN 12\u200b34", "PIN ***"),
        ("12345", "pin12345end, 31201234567", "pin***end, 31201234567"),
        ("kvq", "1kvq2", "1***2"),
        ("1", "code 1 of 11, 1st", "code *** of 11, 1st"),
        ("-", "x-y - z", "x-y *** z"),
        ("a&b<c", "PIN a&b<c", "PIN ***"),
        ("12345", "x" * 252 + "12345", "x" * 252 + "***"),
        ("12345", "a\x1b[31m\nb\0\u202ec", "a [31m b c"),
        ("12", "x12y", "x12y"),
        ("1", "x" * 300, "x" * 255),
        (None, "PIN 12345", "PIN 12345"),
    ],
)
def test_text_is_masked(credential: str | None, text: str, expected: str) -> None:
    assert Redactor(credential)(text) == expected


def test_longer_credential_is_masked_first() -> None:
    assert Redactor("abc", "abcde", "a")("abcde, abc, a, ab") == "***, ***, ***, ab"


def test_end_of_a_long_text_has_no_part_of_a_credential() -> None:
    masked = Redactor("7" * 64)(("x" * 10 + "7" * 64) * 100)
    assert "7" not in masked


def test_credential_longer_than_the_form_allows_is_masked_by_its_start() -> None:
    assert Redactor("ab" * 10_000)("x " + "ab" * 32) == "x ***"


def test_long_text_is_masked_quickly() -> None:
    redact = Redactor(*(f"{'1' * length}2" for length in (63, 62, 61)), "1", "12-34 5")
    for text in ("1" * 16_000, "1-" * 8_000, "1---" * 4_000, "&#4" * 5_000, "<" * 16_000):
        started = time.thread_time()
        redact(text)
        mask_answer(text.encode(), redact)
        shape_of(text.encode(), ["12345"])
        assert time.thread_time() - started < 0.1


class TestMaskAnswer:
    def test_credentials_are_masked_in_texts_and_tags(self) -> None:
        body = ANSWER.replace("Jo", "01001").replace("endpoint", "end01001").encode()
        masked = mask_answer(body, Redactor("01001"))
        assert "<i4>0</i4>" in masked
        assert "lunch with ***" in masked
        assert "<name>end***</name><value><string>31201234567</string>" in masked

    @pytest.mark.parametrize("quoted", ["a&amp;b", "&#97;&#38;b", "a&b", "a &amp; b"])
    def test_references_are_resolved_before_credentials_are_masked(self, quoted: str) -> None:
        masked = mask_answer(f"<value>PIN {quoted}</value>".encode(), Redactor("a&b"))
        assert masked == "'<value>PIN ***</value>'"

    def test_control_and_format_characters_are_escaped(self) -> None:
        masked = mask_answer("<value>\x1b[31m\0\u202e\n</value>".encode(), Redactor())
        assert masked.isprintable()

    def test_known_words_are_not_masked(self) -> None:
        masked = mask_answer(ANSWER.replace(">0<", ">1<").encode(), Redactor("1"))
        assert "<i4>1</i4>" in masked

    def test_long_answer_is_cut_without_a_part_of_a_credential(self) -> None:
        body = b"<value>" + b"-" * 3990 + b"kvq1zx9</value>"
        masked = mask_answer(body, Redactor("kvq1zx9"))
        assert 3700 < len(masked) < 4000
        assert "kvq" not in masked


class TestShape:
    def test_shape_contains_only_names_and_known_words(self) -> None:
        shape = shape_of(ANSWER.encode(), ["01001"])
        assert "<name>available</name><value><i4>0</i4></value>" in shape
        assert "<name>availReason</name><value><string>[13 characters]</string></value>" in shape
        assert "<string>[11 digits]</string>" in shape

    def test_known_words_tags_and_lengths_are_not_masked(self) -> None:
        shape = shape_of(ANSWER.replace(">0<", ">1<").encode(), ["1", "4", "11", "13", "Ava"])
        assert "<name>available</name><value><i4>1</i4>" in shape
        assert "[13 characters]" in shape
        assert "***" not in shape

    @pytest.mark.parametrize("hidden", ["200", "PIN", "pin200", "n2"])
    def test_tag_or_member_name_that_contains_a_secret_is_masked(self, hidden: str) -> None:
        body = b"<x-pin200><value><struct><member><name>pin200</name>"
        assert shape_of(body, [hidden]) == "<***><value><struct><member><name>***</name>"
        assert shape_of(body, ["201", ""]).count("pin200") == 2

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
    def test_shape_contains_no_text_that_a_person_typed(self, typed: str) -> None:
        body = f"<value>{typed}</value>".replace("<value><Jo>", "<value><string><Jo></string>")
        assert "Jo" not in shape_of(body.encode(), [])

    def test_shape_has_the_name_of_an_unknown_type(self) -> None:
        body = b"<value><money>1.0000</money></value>"
        assert shape_of(body, []) == "<value><money>[6 characters]<...></value>"

    def test_empty_value_does_not_hide_the_tags_after_it(self) -> None:
        body = b"<value/><state>1</state>"
        assert shape_of(body, []) == "<value/><state>1</state>"

    def test_long_answer_ends_with_a_whole_name(self) -> None:
        body = b"<a>" * 663 + b"<name>pin200</name>"
        assert "pin" not in shape_of(body, ["pin200"])

    @given(st.binary(max_size=3000))
    def test_any_bytes_have_a_shape(self, body: bytes) -> None:
        assert len(shape_of(body, ["01001"])) <= 2000
        assert mask_answer(body, Redactor("01001")).isprintable()
