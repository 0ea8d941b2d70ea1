"""How the input of the forms is read, and where an error is shown."""

from time import perf_counter
from typing import Any

import probatio
import pytest

from custom_components.belfabriek.forms import (
    FormErrors,
    Line,
    account_schema,
    account_suggestions,
    read_account,
    read_extension,
    read_extensions,
)

VENDOR = "https://api.belfabriek.nl/xml/agent/xml.asp"
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
    return read_account(typed, errors, stored or {}), errors.by_field


def names(text: str, known: dict[str, str] | None = None) -> dict[str, str]:
    """Return the names in valid lines by extension ID."""
    errors = FormErrors()
    lines = read_extensions(text, errors, known)
    assert not errors
    return {extension_id: line.name for extension_id, line in lines.items()}


def wrong(text: str, known: dict[str, str] | None = None) -> tuple[str, str]:
    """Return the error of invalid lines, and its placeholder."""
    errors = FormErrors()
    read_extensions(text, errors, known)
    key = errors.by_field["extensions"]
    return key, errors.placeholders.get(key, "")


def test_pin_alone_is_an_account_at_the_address_of_the_vendor() -> None:
    data = {"account_pin": "12345", "url": VENDOR, "allow_unencrypted": False}
    assert account({"account_pin": "12345"}) == (data, {})


@pytest.mark.parametrize("empty", [{}, {"url": ""}, {"url": " \N{ZERO WIDTH SPACE}"}])
def test_empty_address_is_that_of_the_vendor(empty: dict[str, str]) -> None:
    data, errors = account({"account_pin": "1", "connection": empty}, STORED)
    assert (data["url"], errors) == (VENDOR, {})


def test_address_is_read_without_invisible_characters() -> None:
    typed = {"account_pin": "1", "connection": {"url": "https://127.0.0.1/xml\N{ZERO WIDTH SPACE}"}}
    assert account(typed)[0]["url"] == "https://127.0.0.1/xml"


@pytest.mark.parametrize("pin", [None, "", " \N{ZERO WIDTH SPACE}"])
def test_empty_pin_and_missing_sections_keep_what_is_stored(pin: str | None) -> None:
    assert account({} if pin is None else {"account_pin": pin}, STORED) == (STORED, {})


def test_empty_ids_remove_the_stored_ones() -> None:
    data, errors = account({"call_state": {"account_id": " "}}, STORED)
    assert errors == {}
    assert set(STORED) - set(data) == {"supervisor_id", "manager_id", "account_id"}


def test_unencrypted_address_is_accepted_if_it_is_allowed() -> None:
    connection = {"url": "http://192.0.2.1/xml", "allow_unencrypted": True}
    data, errors = account({"account_pin": "1", "connection": connection})
    assert (data["url"], errors) == ("http://192.0.2.1/xml", {})


def test_unencrypted_address_is_refused_after_the_permission_is_withdrawn() -> None:
    typed = {"connection": {"url": "http://belfabriek.invalid", "allow_unencrypted": False}}
    assert account(typed, STORED)[1] == {"connection": "unencrypted_url"}


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({}, {"account_pin": "empty_account_pin"}),
        ({"account_pin": " \N{ZERO WIDTH SPACE}"}, {"account_pin": "empty_account_pin"}),
        ({"account_pin": "1"}, {}),
        ({"account_pin": "1" * 64}, {}),
        ({"account_pin": "1" * 65}, {"account_pin": "long_account_pin"}),
        ({"account_pin": "1" * 1_000_000}, {"account_pin": "long_account_pin"}),
    ],
)
def test_pin_has_1_to_64_characters(typed: dict[str, str], errors: dict[str, str]) -> None:
    assert account(typed)[1] == errors


@pytest.mark.parametrize(
    ("supervisor_id", "error"),
    [
        ("0" * 64, None),
        ("0" * 65, "malformed_call_state_ids"),
        ("0" * 1_000_000, "malformed_call_state_ids"),
        ("anna@example.com", "malformed_call_state_ids"),
        ("1 2", "malformed_call_state_ids"),
        ("<b>", "malformed_call_state_ids"),
        ("", "incomplete_call_state"),
    ],
)
def test_ids_of_the_call_state_are_checked(supervisor_id: str, error: str | None) -> None:
    call_state = {"supervisor_id": supervisor_id, "manager_id": "2"}
    errors = account({"account_pin": "1", "call_state": call_state})[1]
    assert errors == ({"call_state": error} if error else {})


def test_error_quotes_the_beginning_of_a_long_id() -> None:
    errors = FormErrors()
    read_account({"account_pin": "1", "call_state": {"manager_id": "0" * 1000}}, errors, {})
    assert errors.placeholders == {"text": "0" * 40}


def test_reading_a_form_changes_neither_the_form_nor_what_is_stored() -> None:
    typed = {"account_pin": " 1 ", "call_state": {"supervisor_id": " 2 ", "manager_id": "3"}}
    before = repr(typed), repr(STORED)
    account(typed, STORED)
    assert (repr(typed), repr(STORED)) == before


def test_stored_data_is_suggested_without_the_pin() -> None:
    assert account_suggestions(STORED) == {
        "call_state": {"supervisor_id": "1", "manager_id": "2", "account_id": "67890"},
        "connection": {"url": "https://127.0.0.1/xml", "allow_unencrypted": True},
    }


@pytest.mark.parametrize("stored", [None, STORED])
def test_pin_is_a_password_that_only_a_new_account_requires(stored: dict[str, Any] | None) -> None:
    schema = account_schema({}, FormErrors(), stored=stored).schema
    (marker,) = (each for each in schema if each == "account_pin")
    assert isinstance(marker, probatio.Required) is (stored is None)
    assert schema[marker].config["type"] == "password"
    # Otherwise, the browser enters the password of Home Assistant.
    assert schema[marker].config["autocomplete"] == "new-password"
    assert ("extensions" in schema) is (stored is None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "01001 Reception\r\n01002\tSales\n\n  01003;Jo \r01004,",
            {"01001": "Reception", "01002": "Sales", "01003": "Jo", "01004": ""},
            id="separators",
        ),
        pytest.param("\ufeff01001\u00a0Reception", {"01001": "Reception"}, id="BOM, NBSP"),
        pytest.param("01001\u200b Reception\n\u200b", {"01001": "Reception"}, id="zero width"),
        pytest.param("01001\u2003Ann\u00a0Lee", {"01001": "Ann Lee"}, id="em space"),
        pytest.param("01\x00001 Reception", {"01001": "Reception"}, id="control character"),
        pytest.param(
            "01001 Sales, Support; 2nd floor",
            {"01001": "Sales, Support; 2nd floor"},
            id="no columns",
        ),
        pytest.param("01001;Sales, Support", {"01001": "Sales, Support"}, id="comma in a column"),
        pytest.param('"01001";"Jo"', {"01001": "Jo"}, id="CSV"),
        pytest.param('"01001","Jo ""the boss"" Lee"', {"01001": 'Jo "the boss" Lee'}, id="quotes"),
        pytest.param('"01001","Sales, Support"', {"01001": "Sales, Support"}, id="quoted comma"),
        pytest.param('"01001 Jo"', {"01001": "Jo"}, id="quoted line"),
        pytest.param('01001 "A" and "B"', {"01001": '"A" and "B"'}, id="quotes in a name"),
        pytest.param('01001 Jo "the boss"', {"01001": 'Jo "the boss"'}, id="quotes at the end"),
        pytest.param("01001;Jo;;", {"01001": "Jo"}, id="empty columns"),
        pytest.param("01001\tJo\t\t", {"01001": "Jo"}, id="empty cells"),
        pytest.param("01001 ; Jo", {"01001": "Jo"}, id="blanks around the separator"),
        pytest.param(
            "0001 A\n00000000000000000000 B\nA12 C",
            {"0001": "A", "00000000000000000000": "B", "A12": "C"},
            id="never a number",
        ),
        pytest.param("01001 Jo\n01001 Jo", {"01001": "Jo"}, id="twice the same"),
        pytest.param(
            "01001 Jo, 3584 Utrecht\n01002 Room 01003\n7 A, 8",
            {"01001": "Jo, 3584 Utrecht", "01002": "Room 01003", "7": "A, 8"},
            id="a number in a name",
        ),
        pytest.param(
            "01001 \N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} Desk",
            {"01001": "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} Desk"},
            id="emoji",
        ),
        pytest.param("0" * 64 + " " + "x" * 100, {"0" * 64: "x" * 100}, id="longest"),
    ],
)
def test_lines_are_read(text: str, expected: dict[str, str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "key", "named"),
    [
        ("", "no_extensions", ""),
        (" \n\t\n\N{ZERO WIDTH SPACE}", "no_extensions", ""),
        ("ID;Name\n01001;Jo", "heading_line", "1: ID;Name"),
        ("Phone\nSales", "malformed_lines", "1: Phone; 2: Sales"),
        ("Reception", "malformed_lines", "1: Reception"),
        ("01001 Jo\n\nAnna", "malformed_lines", "3: Anna"),
        ("01001 Jo\n\nReception 01002", "name_first", "3: Reception 01002"),
        ("Ann Lee\t01001\nJo (01002)", "name_first", "1: Ann Lee 01001; 2: Jo (01002)"),
        ("Sales, Support;01001", "name_first", "1: Sales, Support;01001"),
        ("\u0660\u0661\u0660 Jo", "malformed_lines", "1: \u0660\u0661\u0660 Jo"),
        ("\uff10\uff11", "malformed_lines", "1: \uff10\uff11"),
        ("1\u00b2", "malformed_lines", "1: 1\u00b2"),
        ("<b>1</b> Jo", "malformed_lines", "1: <b>1</b> Jo"),
        ("01001: Jo", "malformed_lines", "1: 01001: Jo"),
        ("; Jo", "malformed_lines", "1: ; Jo"),
        ('"', "malformed_lines", '1: "'),
        ('"";Jo', "malformed_lines", '1: "";Jo'),
        ("01001;Jo;Utrecht", "third_column", "1: 01001;Jo;Utrecht"),
        ("01001\tJo\tUtrecht", "third_column", "1: 01001 Jo Utrecht"),
        ("01001 Jo\tUtrecht", "third_column", "1: 01001 Jo Utrecht"),
        ('"01001","Jo","Utrecht"', "third_column", '1: "01001","Jo","Utrecht"'),
        ("01001;;Jo", "third_column", "1: 01001;;Jo"),
        ("01001 Jo, 01002 Sam", "crowded_lines", "1: 01001 Jo, 01002 Sam"),
        ("01001, 01002", "crowded_lines", "1: 01001, 01002"),
        ("01001;Jo\n01002 A;01003 B", "crowded_lines", "2: 01002 A;01003 B"),
        ("0" * 65 + " Jo", "malformed_lines", f"1: {'0' * 40}"),
        ("1 " + "x" * 101, "long_names", f"1: 1 {'x' * 38}"),
        ("1" * 1_000_000, "malformed_lines", f"1: {'1' * 40}"),
        ("01001 A\n01002 B\n01001 C\n01001 A\n01001 D", "repeated_extensions", "01001 (1, 3, 5)"),
        ("01001 A\n01002 B\n01001 C\n01002 D", "repeated_extensions", "01001 (1, 3); 01002 (2, 4)"),
    ],
)
def test_wrong_lines_are_named(text: str, key: str, named: str) -> None:
    assert wrong(text) == (key, named)


KNOWN = {"01001": "Reception", "01002": "01002"}


def test_extension_of_the_account_is_no_error_beside_a_new_one() -> None:
    assert list(names("01001 Reception\n01002\n01003 Jo", KNOWN)) == ["01001", "01002", "01003"]
    assert list(names("01001\n01003 Jo", KNOWN)) == ["01001", "01003"]


def test_extension_of_the_account_with_another_name_is_refused() -> None:
    text = "01003 Jo\n01001 Front desk"
    assert wrong(text, KNOWN) == ("known_extensions", "2: 01001 Reception")


def test_list_without_a_new_extension_is_refused() -> None:
    assert wrong("01001 Reception", KNOWN) == ("no_new_extensions", "")


def test_ten_wrong_lines_are_named_and_the_others_counted() -> None:
    key, named = wrong("\n".join(f"X{'y' * number}" for number in range(27)))
    assert key == "malformed_lines"
    assert named.count(": X") == 10
    assert named.endswith(" … +17")


def test_second_kind_of_wrong_line_is_shown_above_the_form() -> None:
    errors = FormErrors()
    read_extensions("Jo 01001\n01002;A;B\n01003 C\n01003 D", errors)
    assert errors.by_field == {"extensions": "name_first", "base": "third_column"}


def test_300_lines_are_read_in_50_milliseconds() -> None:
    text = "\n".join(f"{number:05}\tAgent {number}" for number in range(300))
    started = perf_counter()
    assert len(names(text)) == 300
    assert perf_counter() - started < 0.05


def test_more_than_500_extensions_are_refused() -> None:
    lines = [f"{number:05}\tAgent {number}" for number in range(501)]
    assert len(names("\n".join(lines[:500]))) == 500
    assert wrong("\n".join(lines))[0] == "too_many_extensions"
    assert wrong("\n".join(lines[:499]), {"1": "A", "2": "B"})[0] == "too_many_extensions"


def test_lines_keep_their_order_and_number() -> None:
    assert list(read_extensions("\n03 C\n01 A", FormErrors()).items()) == [
        ("03", Line(2, "C")),
        ("01", Line(3, "A")),
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"extension_id": " 01001 "}, ("01001", "01001")),
        ({"extension_id": "A12"}, ("A12", "A12")),
        ({"extension_id": "+31201234567"}, ("+31201234567", "+31201234567")),
        ({"extension_id": "0" * 64, "name": "x"}, ("0" * 64, "x")),
        ({"extension_id": "01001", "name": "Night\N{NO-BREAK SPACE}desk"}, ("01001", "Night desk")),
        ({"extension_id": "\ufeff01\x00001", "name": "N\x00"}, ("01001", "N")),
        ({"extension_id": "01001", "name": "A \N{ZERO WIDTH SPACE} B"}, ("01001", "A B")),
    ],
)
def test_form_of_one_extension_is_read(typed: dict[str, str], expected: tuple[str, str]) -> None:
    errors = FormErrors()
    assert read_extension(typed, errors) == expected
    assert not errors


@pytest.mark.parametrize(
    ("extension_id", "name", "expected"),
    [
        (" ", "", {"extension_id": "malformed_extension_id"}),
        ("Jo", "", {"extension_id": "malformed_extension_id"}),
        ("0 1", "", {"extension_id": "malformed_extension_id"}),
        ("1" * 65, "", {"extension_id": "malformed_extension_id"}),
        ("1" * 1_000_000, "", {"extension_id": "malformed_extension_id"}),
        ("1", "x" * 101, {"name": "long_name"}),
        ("1", "x" * 1_000_000, {"name": "long_name"}),
    ],
)
def test_wrong_input_for_one_extension_is_refused(
    extension_id: str, name: str, expected: dict[str, str]
) -> None:
    errors = FormErrors()
    read_extension({"extension_id": extension_id, "name": name}, errors)
    assert errors.by_field == expected


@pytest.mark.parametrize(
    ("stored", "by_field", "shown"),
    [
        (None, {}, {}),
        (None, {"account_pin": "a"}, {"account_pin": "a", "call_state": "see_above"}),
        (None, {"extensions": "a"}, {"extensions": "a", "call_state": "see_above"}),
        (None, {"call_state": "a"}, {"call_state": "a", "base": "a"}),
        (
            None,
            {"connection": "a"},
            {"connection": "a", "base": "a", "call_state": "see_above"},
        ),
        (STORED, {"account_pin": "a"}, {"account_pin": "a"}),
        (STORED, {"call_state": "a"}, {"call_state": "a"}),
        (STORED, {"connection": "a"}, {"connection": "a", "base": "a"}),
    ],
)
def test_error_that_may_be_out_of_sight_is_shown_twice(
    stored: dict[str, Any] | None, by_field: dict[str, str], shown: dict[str, str]
) -> None:
    errors = FormErrors(by_field)
    assert errors.shown_in(account_schema({}, errors, stored=stored)) == shown


def test_every_open_section_points_to_an_error_above_it() -> None:
    errors = FormErrors({"account_pin": "a"})
    schema = account_schema({"connection": {"url": "https://x"}}, errors, stored=None)
    pointers = {"call_state": "see_above", "connection": "see_above"}
    assert errors.shown_in(schema) == {"account_pin": "a"} | pointers


@pytest.mark.parametrize(
    ("stored", "typed", "by_field", "collapsed"),
    [
        (None, {}, {}, True),
        (None, {"connection": {}}, {"account_pin": "a"}, True),
        (None, {"connection": {"url": "https://x"}}, {"account_pin": "a"}, False),
        (None, {"connection": {}}, {"connection": "a"}, False),
        (STORED, account_suggestions(STORED), {}, True),
        (STORED, {"connection": {"url": ""}}, {"account_pin": "a"}, False),
    ],
)
def test_connection_is_open_if_it_has_an_error_or_was_changed(
    stored: dict[str, Any] | None,
    typed: dict[str, Any],
    by_field: dict[str, str],
    collapsed: bool,
) -> None:
    schema = account_schema(typed, FormErrors(by_field), stored=stored).schema
    assert schema["connection"].options == {"collapsed": collapsed}
    assert schema["call_state"].options == {"collapsed": False}
