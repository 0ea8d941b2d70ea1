"""Every file names the same owner of the repository, and `scripts/owner` changes all of them."""

import pytest

from custom_components.belfabriek.const import DOMAIN
from tools.owner import change, owner, owners, texts

PLACEHOLDER = f"hass-{DOMAIN}"  # as one word, it would be found in this file


def test_every_file_names_the_owner_of_the_manifest() -> None:
    assert {
        path: found for path, text in texts().items() if (found := owners(text) - {owner()})
    } == {}


def test_no_file_names_the_placeholder_where_the_script_does_not_look() -> None:
    assert [path for path, text in texts().items() if PLACEHOLDER in change(text, "somebody")] == []


@pytest.mark.parametrize(
    "template",
    [
        "https://github.com/{}/belfabriek#actions",
        "https://raw.githubusercontent.com/{}/belfabriek/main/docs/images/wall.png",
        "?blueprint_url=https%3A%2F%2Fgithub.com%2F{}%2Fbelfabriek%2Fblob",
        "?owner={}&repository=belfabriek&category=integration",
        '  "codeowners": ["@{}"],',
        "blueprint:\n  author: {}\n  domain: automation",
        "Adds new integration [{}/belfabriek]",
    ],
)
def test_owner_is_changed_in_every_form(template: str) -> None:
    text = template.format("some-body")
    assert owners(text) == {"some-body"}
    assert change(text, "else") == template.format("else")


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/actions/checkout",
        "custom_components/belfabriek",
        "[belfabriek/belfabriek.zip](dist)",
        "Homes owned by an author: belfabriek",
    ],
)
def test_other_names_are_left_alone(text: str) -> None:
    assert owners(text) == set()
