"""Answers whose HTTP status or content is not what was asked for."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import format_datetime

from .exchange import Exchange, Make, Reply
from .rules import FaultRule

HTML_PAGE = b"""\r
<html>\r
<head><title>Service unavailable</title></head>\r
<body>\r
<h1>Something went wrong</h1>\r
<p>Microsoft VBScript runtime error '800a000d'<br>Type mismatch: '[string: ""]'\r
<hr>\r
</body>\r
</html>\r
"""
"""The kind of page that a classic ASP server shows; not well-formed as XML."""


def status(code: int, retry_after: Callable[[datetime], str] | None = None) -> Make:
    """Answer with a status and an HTML page, and perhaps a Retry-After computed from the time."""

    def make(exchange: Exchange, rule: FaultRule) -> Reply:
        headers = {} if retry_after is None else {"Retry-After": retry_after(exchange.now)}
        if rule.retry_after is not None:
            headers["Retry-After"] = rule.retry_after
        return Reply(
            status=code if rule.status is None else rule.status,
            body=HTML_PAGE if rule.body is None else rule.body,
            headers=headers,
            content_type="text/html",
        )

    return make


def redirect(code: int) -> Make:
    """Send the client elsewhere: to a trap of the simulator that notes who follows."""

    def make(exchange: Exchange, rule: FaultRule) -> Reply:
        location = rule.location or f"{exchange.base_url}/trap/redirected"
        return Reply(status=code, headers={"Location": location}, content_type="text/html")

    return make


def seconds(number: str) -> Callable[[datetime], str]:
    """Return a Retry-After that is always the same."""
    return lambda _now: number


def date(seconds_from_now: float) -> Callable[[datetime], str]:
    """Return a Retry-After that is an HTTP date, so many seconds from now."""
    return lambda now: format_datetime(now + timedelta(seconds=seconds_from_now), usegmt=True)
