"""Answers whose HTTP status or headers are not what was asked for."""

from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Final

from simulator.fault import Context, Reply, fault, normal_reply

from .responses import fault_struct

HTML_PAGE: Final = b"""\r
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


def retry_after_date(now: datetime, seconds: float) -> str:
    """Return the Retry-After header with a date, by a clock that says `now`."""
    return format_datetime(now + timedelta(seconds=seconds), usegmt=True)


@fault("failed", "status 418, or another")
def status(
    context: Context,
    *,
    status: int = 418,
    body: bytes = HTML_PAGE,
    retry_after: str = "",
    as_date: bool = False,
) -> Reply:
    headers = {"Content-Type": "text/html"}
    if as_date:
        headers["Retry-After"] = retry_after_date(context.now, float(retry_after))
    elif retry_after:
        headers["Retry-After"] = retry_after
    return Reply(status=status, body=body, headers=headers)


for _name, _status, _note in (
    ("status_401", 401, "unauthorized"),
    ("status_404", 404, "not found"),
    ("status_429", 429, "too many requests"),
    ("status_503", 503, "service unavailable"),
    ("status_500_html", 500, "500 with an HTML page"),
    ("status_200_html", 200, "200 with an HTML page"),
):
    fault("failed", _note, name=_name)(partial(status, status=_status))


@fault("failed", "500 with a fault")
def status_500_fault(context: Context, *, text: str = "Internal error") -> Reply:
    return replace(fault_struct(context, text=text), status=500)


@fault("failed", "redirect to an address that records requests")
def redirect(context: Context, *, status: int = 307, location: str = "") -> Reply:
    target = location or f"{context.base_url}/trap/redirected"
    return Reply(status=status, headers={"Location": target})


@fault("true", "a header of 9,000 characters")
def long_header(context: Context, *, size: int = 9000) -> Reply:
    return replace(normal_reply(context), headers={"X-Long": "x" * size})


@fault("true", "a charset as the content encoding")
def content_encoding_charset(context: Context, *, text: str = "utf-8") -> Reply:
    return replace(normal_reply(context), headers={"Content-Encoding": text})
