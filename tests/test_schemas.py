"""What is made of a filled-in form."""

from typing import Any

import probatio
import pytest

from custom_components.belfabriek.forms import (
    account_schema,
    account_suggestions,
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


def test_a_form_with_the_pin_alone_is_an_account_at_the_vendors_address() -> None:
    assert read_account({"account_pin": "12345"}) == (
        {
            "account_pin": "12345",
            "url": "https://api.belfabriek.nl/xml/agent/xml.asp",
            "allow_unencrypted": False,
        },
        {},
    )


def test_a_form_without_the_address_keeps_the_stored_one() -> None:
    data, errors = read_account({"account_pin": "54321", "call_state": {}}, STORED)
    assert errors == {}
    assert data == {
        "account_pin": "54321",
        "url": "https://127.0.0.1/xml",
        "allow_unencrypted": True,
        "parameter_names": "table",
    }


def test_a_stored_tick_does_not_outlive_its_removal() -> None:
    typed = {"connection": {"url": "http://belfabriek.invalid", "allow_unencrypted": False}}
    assert read_account(typed, STORED)[1] == {
        "connection": "unencrypted_url",
    }


def test_reading_a_form_changes_neither_the_form_nor_what_is_stored() -> None:
    typed = {"account_pin": " 1 ", "call_state": {"supervisor_id": " 2 ", "manager_id": "3"}}
    before = repr(typed), repr(STORED)
    read_account(typed, STORED)
    assert (repr(typed), repr(STORED)) == before


@pytest.mark.parametrize("stored", [STORED, {"account_pin": "12345"}])
def test_the_pin_is_never_suggested(stored: dict[str, Any]) -> None:
    assert "12345" not in repr(account_suggestions(stored))


def test_what_is_stored_is_suggested_in_its_section() -> None:
    assert account_suggestions(STORED) == {
        "call_state": {"supervisor_id": "1", "manager_id": "2", "account_id": "67890"},
        "connection": {"url": "https://127.0.0.1/xml", "allow_unencrypted": True},
    }


def test_the_pin_is_a_password_that_only_a_stored_account_may_leave_empty() -> None:
    for pin_required in (True, False):
        schema = account_schema(pin_required=pin_required).schema
        (marker,) = (each for each in schema if each == "account_pin")
        assert isinstance(marker, probatio.Required) is pin_required
        assert schema[marker].config["type"] == "password"


def test_names_are_kept_in_the_order_of_the_rows() -> None:
    names = {"3": "C", "1": "A", "2": "B"}
    typed = [{"extension_id": key, "name": name} for key, name in names.items()]
    read, error = read_extensions({"extensions": typed})
    assert list(read.items()) == list(names.items())
    assert error is None


def test_a_row_without_its_fields_is_an_empty_row() -> None:
    assert read_extension({}) == ("", "")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Night\N{NO-BREAK SPACE}desk", "Night desk"),
        ("Night\tdesk\n", "Night desk"),
        ("Night\N{ZERO WIDTH SPACE} desk\x00", "Night desk"),
        ("\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER} Desk",) * 2,
    ],
)
def test_a_copied_name_keeps_its_words_apart_and_its_characters_whole(
    typed: str, name: str
) -> None:
    assert read_extension({"extension_id": "01001", "name": typed}) == ("01001", name)


@pytest.mark.parametrize(
    "typed", ["01001\N{ZERO WIDTH SPACE}", "\ufeff01001", "01\x00001", "\t01001"]
)
def test_a_copied_id_is_read_without_what_cannot_be_seen(typed: str) -> None:
    assert read_extension({"extension_id": typed, "name": "A"}) == ("01001", "A")
