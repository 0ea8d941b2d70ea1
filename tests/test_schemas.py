"""How the input of the forms is read."""

from time import perf_counter
from typing import Any

import probatio
import pytest

from custom_components.belfabriek.form_errors import FormErrors
from custom_components.belfabriek.schemas import (
    Line,
    account_schema,
    account_suggestions,
    extensions_suggestion,
    is_extension_id,
    read_account,
    read_extension,
    read_extensions,
)

STORED: dict[str, Any] = {
    "account_pin": "12345",
    "supervisor_id": "1",
    "manager_id": "2",
    "account_id": "67890",
    "url": "https://127.0.0.1/xml",
    "allow_unencrypted": True,
    "parameter_names": "table",
}


def account(
    typed: dict[str, Any], stored: dict[str, Any] | None = None
) -> tuple[dict[str, str | bool], dict[str, str]]:
    """Return the data and the errors of an account form."""
    errors = FormErrors()
    return read_account(typed, errors, stored), errors.by_field


def names(text: str) -> dict[str, str]:
    """Return the names in valid lines by extension ID."""
    errors = FormErrors()
    lines = read_extensions(text, errors)
    assert not errors
    return {extension_id: line.name for extension_id, line in lines.items()}


def wrong(text: str) -> tuple[str, str]:
    """Return the error of invalid lines, and its placeholder."""
    errors = FormErrors()
    read_extensions(text, errors)
    key = errors.by_field["extensions"]
    return key, errors.placeholders[key.removesuffix("_more")]


def test_a_form_with_the_pin_alone_is_an_account_at_the_vendors_address() -> None:
    assert account({"account_pin": "12345"}) == (
        {
            "account_pin": "12345",
            "url": "https://api.belfabriek.nl/xml/agent/xml.asp",
            "allow_unencrypted": False,
        },
        {},
    )


@pytest.mark.parametrize("empty", [{}, {"url": ""}, {"url": " \N{ZERO WIDTH SPACE}"}])
def test_an_empty_address_is_the_vendors(empty: dict[str, str]) -> None:
    data, errors = account({"account_pin": "1", "connection": empty}, STORED)
    assert errors == {}
    assert data["url"] == "https://api.belfabriek.nl/xml/agent/xml.asp"


def test_an_address_is_read_without_what_cannot_be_seen() -> None:
    typed = {"account_pin": "1", "connection": {"url": "https://127.0.0.1/xml\N{ZERO WIDTH SPACE}"}}
    assert account(typed)[0]["url"] == "https://127.0.0.1/xml"


def test_a_form_without_the_address_keeps_the_stored_one() -> None:
    data, errors = account({"account_pin": "54321", "call_state": {}}, STORED)
    assert errors == {}
    assert data == {
        "account_pin": "54321",
        "url": "https://127.0.0.1/xml",
        "allow_unencrypted": True,
        "parameter_names": "table",
    }


def test_an_unencrypted_address_is_accepted_once_the_box_is_ticked() -> None:
    connection = {"url": "http://192.0.2.1/xml", "allow_unencrypted": True}
    data, errors = account({"account_pin": "1", "connection": connection})
    assert errors == {}
    assert data["url"] == "http://192.0.2.1/xml"


def test_a_stored_tick_does_not_outlive_its_removal() -> None:
    typed = {"connection": {"url": "http://belfabriek.invalid", "allow_unencrypted": False}}
    assert account(typed, STORED)[1] == {"connection": "unencrypted_url"}


@pytest.mark.parametrize("text", ["anna@example.com", "1 2", "<b>"])
def test_what_a_browser_filled_in_is_no_id_of_an_account(text: str) -> None:
    typed = {"account_pin": "1", "call_state": {"supervisor_id": text, "manager_id": "2"}}
    assert account(typed)[1] == {"call_state": "malformed_call_state_ids"}


def test_reading_a_form_changes_neither_the_form_nor_what_is_stored() -> None:
    typed = {"account_pin": " 1 ", "call_state": {"supervisor_id": " 2 ", "manager_id": "3"}}
    before = repr(typed), repr(STORED)
    account(typed, STORED)
    assert (repr(typed), repr(STORED)) == before


@pytest.mark.parametrize("stored", [STORED, {"account_pin": "12345"}])
def test_the_pin_is_never_suggested(stored: dict[str, Any]) -> None:
    assert "12345" not in repr(account_suggestions(stored))


def test_what_is_stored_is_suggested_in_its_section() -> None:
    assert account_suggestions(STORED) == {
        "call_state": {"supervisor_id": "1", "manager_id": "2", "account_id": "67890"},
        "connection": {"url": "https://127.0.0.1/xml", "allow_unencrypted": True},
    }


@pytest.mark.parametrize(
    ("new", "extensions", "required"),
    [(True, True, True), (False, True, False), (False, False, True)],
    ids=["user", "reconfigure", "reauth"],
)
def test_the_pin_is_a_password_that_only_reconfigure_may_leave_empty(
    new: bool, extensions: bool, required: bool
) -> None:
    schema = account_schema(new=new, extensions=extensions, errors=FormErrors()).schema
    (marker,) = (each for each in schema if each == "account_pin")
    assert isinstance(marker, probatio.Required) is required
    assert schema[marker].config["type"] == "password"
    # Otherwise, the browser enters the password of Home Assistant.
    assert schema[marker].config["autocomplete"] == "new-password"


def test_the_extensions_are_a_text_of_several_lines() -> None:
    schema = account_schema(new=True, errors=FormErrors()).schema
    assert schema["extensions"].config["multiline"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "01001 Reception\r\n01002\tSales\n\n  01003;Jo \r01004,",
            {"01001": "Reception", "01002": "Sales", "01003": "Jo", "01004": ""},
            id="separators",
        ),
        pytest.param("", {}, id="nothing"),
        pytest.param(" \n\t\n", {}, id="blank lines"),
        pytest.param("\ufeff01001\u00a0Reception", {"01001": "Reception"}, id="BOM, NBSP"),
        pytest.param("01001\u200b Reception", {"01001": "Reception"}, id="zero width"),
        pytest.param("01001\u2003Ann\u00a0Lee", {"01001": "Ann Lee"}, id="em space"),
        pytest.param(
            "01001 Sales, Support; 2nd floor",
            {"01001": "Sales, Support; 2nd floor"},
            id="first separator only",
        ),
        pytest.param('"01001";"Jo"', {"01001": "Jo"}, id="CSV"),
        pytest.param('"01001","Jo ""the boss"" Lee"', {"01001": 'Jo "the boss" Lee'}, id="quotes"),
        pytest.param('"01001 Jo"', {"01001": "Jo"}, id="quoted line"),
        pytest.param('01001 "A" and "B"', {"01001": '"A" and "B"'}, id="quotes in a name"),
        pytest.param('01001 Jo "the boss"', {"01001": 'Jo "the boss"'}, id="quotes at the end"),
        pytest.param("01001;Jo;;", {"01001": "Jo"}, id="empty columns"),
        pytest.param("01001 ; Jo", {"01001": "Jo"}, id="blanks around the separator"),
        pytest.param(
            "0001 A\n00000000000000000000 B\nA12 C",
            {"0001": "A", "00000000000000000000": "B", "A12": "C"},
            id="never a number",
        ),
        pytest.param("01001 Jo\n01001 Jo", {"01001": "Jo"}, id="twice the same"),
        pytest.param(
            "01001 \N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} Desk",
            {"01001": "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} Desk"},
            id="emoji",
        ),
    ],
)
def test_lines_are_read(text: str, expected: dict[str, str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "key", "named"),
    [
        ("ID;Name\n01001;Jo", "malformed_lines", "1 (“ID;Name”)"),
        ("01001 Jo\n\nReception 01002", "malformed_lines", "3 (“Reception 01002”)"),
        (
            "\u0660\u0661\u0660\u0660\u0661 Jo",
            "malformed_lines",
            "1 (“\u0660\u0661\u0660\u0660\u0661 Jo”)",
        ),
        ("\uff10\uff11", "malformed_lines", "1 (“\uff10\uff11”)"),
        ("1\u00b2", "malformed_lines", "1 (“1\u00b2”)"),
        ("<b>1</b> Jo", "malformed_lines", "1 (“<b>1</b> Jo”)"),
        ("01001: Jo", "malformed_lines", "1 (“01001: Jo”)"),
        ("; Jo", "malformed_lines", "1 (“; Jo”)"),
        ('"', "malformed_lines", '1 (“"”)'),
        ('"";Jo', "malformed_lines", '1 (“"";Jo”)'),
        (
            "01001 Jo, 01002 Sam",
            "crowded_lines",
            "1 (“01001 Jo, 01002 Sam”)",
        ),
        ("01001;Jo\n01002 A;01003 B", "crowded_lines", "2 (“01002 A;01003 B”)"),
        ("A B\nC D", "malformed_lines", "1 (“A B”); 2 (“C D”)"),
        ("01001 A\n01002 B\n01001 C\n01001 A\n01001 D", "repeated_extensions", "01001 (1, 3, 5)"),
        ("01001 A\n01002 B\n01001 C\n01002 D", "repeated_extensions", "01001 (1, 3); 01002 (2, 4)"),
    ],
)
def test_wrong_lines_are_named(text: str, key: str, named: str) -> None:
    assert wrong(text) == (key, named)


def test_a_number_in_a_name_is_no_other_extension() -> None:
    text = "01001 Jo, 3584 Utrecht\n01002 Room 01003\n7 A, 8"
    assert list(read_extensions(text, FormErrors())) == ["01001", "01002", "7"]


def test_ten_wrong_lines_are_named_and_the_others_counted() -> None:
    errors = FormErrors()
    read_extensions("\n".join(f"X{'y' * number}" for number in range(27)), errors)
    assert errors.by_field == {"extensions": "malformed_lines_more"}
    assert errors.placeholders["malformed_lines"].count("“") == 10
    assert errors.placeholders["malformed_lines_more"] == "17"


def test_300_lines_are_read_fast_and_501_are_too_many() -> None:
    lines = [f"{number:05}\tAgent {number}" for number in range(501)]
    started = perf_counter()
    assert len(names("\n".join(lines[:300]))) == 300
    assert perf_counter() - started < 0.05
    assert len(names("\n".join(lines[:500]))) == 500
    errors = FormErrors()
    read_extensions("\n".join(lines), errors)
    assert errors.by_field == {"extensions": "too_many_extensions"}
    assert errors.placeholders == {"count": "501", "maximum": "500"}


def test_lines_keep_their_order_and_know_their_number() -> None:
    assert list(read_extensions("\n03 C\n01 A", FormErrors()).items()) == [
        ("03", Line(2, "C")),
        ("01", Line(3, "A")),
    ]


def test_stored_extensions_are_suggested_as_lines_that_can_be_read_again() -> None:
    stored = {"01001": "Sales, Support", "01002": "01002", "01003": "Ann  Lee"}
    text = extensions_suggestion(stored.items())
    assert text == "01001 Sales, Support\n01002\n01003 Ann  Lee"
    assert names(text) == {"01001": "Sales, Support", "01002": "", "01003": "Ann Lee"}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({}, ("", "")),
        ({"extension_id": " 01001 "}, ("01001", "01001")),
        ({"extension_id": "01001", "name": "Night\N{NO-BREAK SPACE}desk"}, ("01001", "Night desk")),
        ({"extension_id": "01001", "name": "Night\tdesk\n"}, ("01001", "Night desk")),
        ({"extension_id": "\ufeff01\x00001", "name": "N\x00"}, ("01001", "N")),
        ({"extension_id": "01001", "name": "A \N{ZERO WIDTH SPACE} B"}, ("01001", "A B")),
    ],
)
def test_the_form_of_one_extension_is_read(
    typed: dict[str, str], expected: tuple[str, str]
) -> None:
    assert read_extension(typed) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("01001", True),
        ("A12", True),
        ("+31201234567", True),
        ("", False),
        ("ID", False),
        ("0 1", False),
    ],
)
def test_an_extension_id_has_a_digit_and_no_blank(text: str, expected: bool) -> None:
    assert is_extension_id(text) is expected


def test_of_two_errors_at_one_field_the_first_is_shown() -> None:
    errors = FormErrors()
    read_extensions("Jo\n01001 A\n01001 B", errors)
    assert errors.by_field == {"extensions": "malformed_lines"}
    assert set(errors.placeholders) == {"malformed_lines", "malformed_lines_more"}


def test_an_error_is_repeated_above_the_form_unless_it_is_at_the_pin() -> None:
    schema = account_schema(new=True, errors=FormErrors())
    errors = FormErrors()
    errors.add("account_pin", "a")
    assert errors.shown_in(schema) == {"account_pin": "a"}
    errors.add("call_state", "b")
    errors.add("connection", "c")
    assert errors.shown_in(schema) == {
        "account_pin": "a",
        "call_state": "b",
        "connection": "c",
        "base": "b",
    }


def test_an_error_at_a_field_that_a_form_does_not_have_is_shown_above_it() -> None:
    errors = FormErrors()
    errors.add("connection", "c")
    schema = account_schema(new=False, connection=False, errors=errors)
    assert errors.shown_in(schema) == {"base": "c"}


def test_a_section_is_open_where_something_in_it_is_wrong() -> None:
    errors = FormErrors()
    schema = account_schema(new=True, errors=errors).schema
    assert schema["connection"].options == {"collapsed": True}
    assert schema["call_state"].options == {"collapsed": False}
    errors.add("connection", "c")
    schema = account_schema(new=True, errors=errors).schema
    assert schema["connection"].options == {"collapsed": False}
