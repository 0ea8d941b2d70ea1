"""Faults that a server, a network or a proxy is known to produce.

Other bodies that cannot be read are the fault `body`, with another `body`.
"""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from operator import methodcaller
import socket
import struct
from typing import Final, NamedTuple, override
from weakref import WeakSet

from . import answers
from .agents import AgentState
from .answers import Member, value

_BLOCK: Final = 1 << 16  # bytes
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # linger for 0 seconds
DOOMED: Final[WeakSet[asyncio.Transport]] = WeakSet()
"""Connections that the next request resets."""
HTML_PAGE: Final = b"""\r
<html>\r
<head><title>Service unavailable</title></head>\r
<body>\r
<p>Microsoft VBScript runtime error '800a000d'<br>Type mismatch: '[string: ""]'\r
<hr>\r
</body>\r
</html>\r
"""
"""The kind of page that a classic ASP server shows; not well-formed as XML."""


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request and the response to it, at first the right one; a fault changes the response.

    - `params`: the parameters, as far as they can be read.
    - `url`: the address that was asked.
    - `members`: the members of the right answer; none if the call is rejected.
    - `state`: the state that the response reports, or None.
    - `rejection`: the text of the fault with which the call is rejected, or None.
    - `after`: called with the connection after the response was sent.
    """

    transport: asyncio.Transport
    params: Mapping[str, str]
    url: str
    members: list[Member]
    body: bytes
    state: AgentState | None
    rejection: str | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    after: Callable[[asyncio.Transport], None] | None = None

    @property
    def raw(self) -> bytes:
        """The bytes of the response, for faults that send a part of them."""
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
        return head % len(self.body) + self.body

    def fail(self, body: bytes, status: int = 200) -> None:
        """Respond with something that reports no state."""
        self.body, self.status, self.state, self.rejection = body, status, None, None

    def report(self, members: list[Member]) -> None:
        """Respond with other members, unless the call is rejected."""
        if self.members:
            self.body = answers.encoded(answers.response(members))

    def report_reason(self, xml: str) -> None:
        """Respond with another availReason, if the answer has one."""
        if self.members[1:]:
            first, (name, _), *rest = self.members
            self.report([first, (name, xml), *rest])


type Effect = Callable[..., Awaitable[None] | None]
"""Changes an `Exchange`, or closes its connection; keyword arguments are the parameters."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the server or the network.

    - `note`: a short description.
    - `readable`: whether a client can read the right state in spite of it.
    - `slow`: whether a client that waits runs into its time limit.
    """

    note: str
    effect: Effect
    readable: bool = False
    slow: bool = False


class ActiveFault(NamedTuple):
    """An active fault, limited to requests of `method` and for `extension_id` if given."""

    name: str
    method: str | None
    extension_id: str | None
    effect: Effect


def _cut(exchange: Exchange, *, share: float) -> None:
    exchange.transport.write(exchange.raw[: int(len(exchange.raw) * share)])
    exchange.fail(b"")
    exchange.transport.close()


def _afterwards(exchange: Exchange, after: Callable[[asyncio.Transport], None]) -> None:
    exchange.after = after


def _answer_twice(exchange: Exchange) -> None:
    exchange.after = lambda transport: transport.write(exchange.raw)


async def _delay(exchange: Exchange, *, seconds: float = 20.0) -> None:
    await asyncio.sleep(seconds)


async def _drip(exchange: Exchange, *, seconds: float = 0.05) -> None:
    for byte in exchange.raw:
        exchange.transport.write(bytes((byte,)))
        await asyncio.sleep(seconds)
    exchange.transport.close()


async def _interim(
    exchange: Exchange, *, seconds: float = 20.0, code: int = 100, size: int = 0
) -> None:
    link = b"Link: </%b>\r\n" % (b"x" * size) if size else b""
    one = b"HTTP/1.1 %d Interim\r\n%b\r\n" % (code, link)
    loop, transport = asyncio.get_running_loop(), exchange.transport
    end = loop.time() + seconds
    while loop.time() < end and not transport.is_closing():
        # As fast as the client reads them.
        if transport.get_write_buffer_size() < _BLOCK:
            transport.write(one * (1 + _BLOCK // len(one)))
        await asyncio.sleep(0.001)


def _status(
    exchange: Exchange,
    *,
    status: int = 418,
    body: bytes = HTML_PAGE,
    retry_after: str = "",
) -> None:
    exchange.fail(body, status)
    if retry_after:
        exchange.headers["Retry-After"] = retry_after


def _redirect(exchange: Exchange, *, status: int = 307, location: str = "") -> None:
    exchange.fail(b"", status)
    exchange.headers["Location"] = location or exchange.url


def _header(exchange: Exchange, *, name: str, text: str) -> None:
    exchange.headers[name] = text


def _body(exchange: Exchange, *, body: bytes = b"not XML") -> None:
    exchange.fail(body)


def _fault(
    exchange: Exchange, *, code: int = 500, text: str = "Internal error", status: int = 200
) -> None:
    exchange.fail(answers.encoded(answers.fault_response(code, text)), status)


def _fault_quoting(exchange: Exchange, *, text: str = "Internal error") -> None:
    sent = ", ".join(f"{name}={value}" for name, value in exchange.params.items())
    _fault(exchange, text=f"{text} ({sent})")


def _null_member(exchange: Exchange) -> None:
    exchange.report([*exchange.members[:2], *((name, "") for name, _ in exchange.members[2:])])


def _extra_members(exchange: Exchange, *, member: str = "queue", text: str = "sales") -> None:
    extra = (member, value("string", text))
    skills = ("skills", answers.struct([extra]))
    exchange.report([extra, extra, *exchange.members, skills, ("", "<value/>")])


def _bare_ampersand(exchange: Exchange, *, text: str = "R & D") -> None:
    exchange.report_reason(value("string", text).replace("&amp;", "&"))
    exchange.state = exchange.state and replace(exchange.state, reason=text)


def _control_characters(exchange: Exchange, *, text: str = "a\0\x1b[31m\u202eb") -> None:
    exchange.report_reason(value("base64", b64encode(text.encode()).decode()))
    exchange.state = exchange.state and replace(exchange.state, reason=text)


def _windows_1252(exchange: Exchange, *, text: str = "Zoë’s café") -> None:  # noqa: RUF001 - not in Latin-1
    if exchange.members:
        xml = answers.response([*exchange.members, ("remark", value("string", text))])
        exchange.body = xml.encode("windows-1252")


def _in_front(exchange: Exchange, *, body: bytes = b"\xef\xbb\xbf" * 3 + b"\r\n\r\n") -> None:
    exchange.body = body + exchange.body


class _Silent(asyncio.Protocol):
    """A connection whose requests are not read, until the client closes it."""

    def __init__(self, handler: asyncio.BaseProtocol) -> None:
        self._handler = handler

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._handler.connection_lost(exc)


def _silence_connection(transport: asyncio.Transport) -> None:
    transport.set_protocol(_Silent(transport.get_protocol()))


_close = partial(_afterwards, after=methodcaller("close"))
_doom = partial(_afterwards, after=DOOMED.add)
_silence = partial(_afterwards, after=_silence_connection)
_long_header = partial(_header, name="X-Long", text="x" * 9_000)
_charset = partial(_header, name="Content-Encoding", text="utf-8")

FAULTS: Final[Mapping[str, Fault]] = {
    "close_without_answer": Fault("closed without an answer", partial(_cut, share=0.0)),
    "close_after_half": Fault("closed after half of the answer", partial(_cut, share=0.5)),
    "close_idle": Fault("the kept connection is closed", _close, readable=True),
    "reset_on_reuse": Fault("the kept connection is reset when used", _doom, readable=True),
    "silent_on_reuse": Fault(
        "the kept connection does not respond", _silence, readable=True, slow=True
    ),
    "answer_twice": Fault("the answer comes again, unasked", _answer_twice, readable=True),
    "delay": Fault("20 s until the answer", _delay, slow=True),
    "drip": Fault("a byte every 50 ms", _drip, slow=True),
    "interim": Fault("20 s of interim answers, status 100 or 103", _interim, slow=True),
    "status": Fault("status 418, or another", _status),
    "status_429": Fault("too many requests", partial(_status, status=429)),
    "status_503": Fault("service unavailable", partial(_status, status=503)),
    "status_500_html": Fault("500 with an HTML page", partial(_status, status=500)),
    "status_200_html": Fault("200 with an HTML page", partial(_status, status=200)),
    "redirect": Fault("a redirect", _redirect),
    "long_header": Fault("a header of 9,000 characters", _long_header, readable=True),
    "content_encoding_charset": Fault("a charset as encoding", _charset, readable=True),
    "body": Fault("text that is not XML, or other bytes", _body),
    "empty_body": Fault("nothing in the body", partial(_body, body=b"")),
    "truncated_xml": Fault("XML that breaks off", partial(_body, body=b"<methodResponse>\n\n<par")),
    "fault_struct": Fault("a fault with code and text", _fault),
    "status_500_fault": Fault("500 with a fault", partial(_fault, status=500)),
    "fault_quoting": Fault("a fault that quotes the credentials", _fault_quoting),
    "null_member": Fault("a phone number without a value", _null_member, readable=True),
    "extra_members": Fault("unknown members, some repeated", _extra_members, readable=True),
    "bare_ampersand": Fault("a bare & in availReason", _bare_ampersand, readable=True),
    "control_characters": Fault("NUL and ESC in availReason", _control_characters, readable=True),
    "windows_1252": Fault("Windows-1252, not declared", _windows_1252, readable=True),
    "bom": Fault("byte-order marks and a blank line in front", _in_front, readable=True),
}


def reset(transport: asyncio.Transport) -> None:
    """Reset a connection; the client gets an error, and unsent data is lost."""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
