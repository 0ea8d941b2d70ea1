"""Checks the address of the API, because every request contains the credentials."""

from ipaddress import ip_address

from yarl import URL

from .exceptions import InvalidUrlError, UnencryptedUrlError

DEFAULT_URL = "https://api.belfabriek.nl/xml/agent/xml.asp"
"""The address of both calls (vendor's document, "Available calls")."""


def check_url(text: str, *, allow_unencrypted: bool = False) -> str:
    """Return `text` as an address that the credentials may be sent to.

    Raises `InvalidUrlError` if `text` is not an `http` or `https` address with a host, or contains
    a user name, which would be shown with the address. Raises `UnencryptedUrlError` if the address
    is `http` to another machine and `allow_unencrypted` is not set.
    """
    try:
        # Text that is copied from a web page may contain invisible characters.
        url = URL("".join(each for each in text if each.isprintable()).strip())
        # yarl checks host and port only when they are read.
        host, port = url.host, url.port
    except ValueError:
        raise InvalidUrlError("the address is no URL") from None
    if url.scheme not in {"http", "https"} or not host or not port or url.user or url.password:
        raise InvalidUrlError("the address is no URL of a web server")
    if url.scheme == "http" and not allow_unencrypted and not _is_this_machine(host):
        raise UnencryptedUrlError("the address would send the credentials unencrypted")
    return str(url)


def _is_this_machine(host: str) -> bool:
    """Return whether a request to `host` stays on this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
