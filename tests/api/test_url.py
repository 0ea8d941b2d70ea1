import pytest

from custom_components.belfabriek.api import (
    DEFAULT_URL,
    InvalidUrlError,
    UnencryptedUrlError,
    check_url,
)


@pytest.mark.parametrize(
    "url",
    [
        DEFAULT_URL,
        "https://192.168.1.5:8443/xml.asp?x=1",
        "http://127.0.0.1:8480/xml/agent/xml.asp",
        "http://127.9.9.9/",
        "http://localhost:1/",
        "http://[::1]:8480/",
    ],
)
def test_encrypted_addresses_and_this_machine_are_accepted(url: str) -> None:
    assert check_url(f"  {url} ") == url
    assert check_url(f"\ufeff{url}\u200b\r\n") == url


@pytest.mark.parametrize(
    "url",
    ["http://api1.belfabriek.nl/xml/agent/xml.asp", "http://192.168.1.5/", "http://localhost.nl/"],
)
def test_unencrypted_address_of_another_machine_needs_consent(url: str) -> None:
    with pytest.raises(UnencryptedUrlError):
        check_url(url)
    assert check_url(url, allow_unencrypted=True) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.belfabriek.nl",
        "ftp://api.belfabriek.nl/",
        "https://",
        "https:///xml.asp",
        "https://host:99999/",
        "https://host:0/",
        "https://[::1/",
        "https://xn--a/",
        "https://xn--a.nl:8443/xml.asp",
        "https://user@host/",
        "https://user:secret@host/",
    ],
)
def test_text_that_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidUrlError) as caught:
        check_url(url, allow_unencrypted=True)
    assert not isinstance(caught.value, UnencryptedUrlError)
    assert "secret" not in str(caught.value)
