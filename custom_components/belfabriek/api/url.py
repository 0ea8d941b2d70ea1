"""The rule for the API's address: the credentials are in the body of every request."""

from ipaddress import ip_address

from yarl import URL

from .exceptions import InvalidUrlError, UnencryptedUrlError

DEFAULT_URL = "https://api.belfabriek.nl/xml/agent/xml.asp"
"""Where both calls are posted to (vendor's document, "Available calls")."""


def check_url(text: str, *, allow_unencrypted: bool = False) -> str:
    """Return `text` as an address that the credentials may be sent to.

    Raises `InvalidUrlError` if it is no `http` or `https` address with a host (or carries a user
    name, which would be shown wherever the address is), `UnencryptedUrlError` if it is `http` to
    another machine and `allow_unencrypted` is not set.
    """
    try:
        # Invisible characters come along when a text is copied from a web page or a letter.
        url = URL("".join(each for each in text if each.isprintable()).strip())
        # A host that is no name raises only when it is read.
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
