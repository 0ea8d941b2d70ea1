"""The bytes of the vendor's answers, with as little work as possible between them and a socket."""

from functools import lru_cache
import re
from typing import Final

from simulator import AgentState, Dialect, Method, answers

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_QUESTION: Final = re.compile(
    rb"<methodName>([^<]+)</methodName>.*<name>extensionId</name>\s*<value>\s*<string>([^<]*)<",
    re.DOTALL,
)
_DIALECT: Final = Dialect()
_MEMBERS: Final = {
    Method.AGENT_AVAIL.encode(): answers.availability,
    Method.EXTENSION_STATUS.encode(): answers.call_state,
}


def request_end(received: bytes | bytearray) -> int | None:
    """Return where the first request in `received` ends, or `None` if it is not complete.

    Raises `ValueError` if it tells no length.
    """
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return None
    length = _LENGTH.search(received, 0, head)
    if length is None:
        raise ValueError("the request tells no length")
    end = head + 4 + int(length[1])
    return end if len(received) >= end else None


def question(request: bytes) -> tuple[bytes, str]:
    """Return which method a request calls, and for which extension.

    Raises `ValueError` if it names none.
    """
    found = _QUESTION.search(request)
    if found is None:
        raise ValueError("the request names no method or no extension")
    return found[1], found[2].decode()


@lru_cache(maxsize=8192)
def answer(method: bytes, state: AgentState) -> bytes:
    """Return the whole answer to a call, its body as in the simulator and the vendor's samples.

    It is `text/xml`, the one content type that every contender can read: of anything else, Home
    Assistant's `rest` makes no JSON.
    """
    body = answers.encoded(answers.response(answers.struct(_MEMBERS[method](state, _DIALECT))))
    return (
        b"HTTP/1.1 200 OK\r\nCache-Control: private\r\nContent-Type: text/xml\r\n"
        b"Server: Microsoft-IIS/10.0\r\nDate: Thu, 01 Oct 2026 12:00:00 GMT\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )
