"""The one table of every fault: how it is made, and what it leaves of the truth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from simulator.service import Method

from . import connections, encodings, hostile, members, shapes, statuses
from .exchange import Make, honest
from .kinds import Effect, FaultKind as K
from .members import spoiled

TRUE, TRUE_OR_FAILED, UNKNOWN, FAILED = Effect
_FIRST: Final = frozenset((Method.AGENT_AVAIL,))
_SECOND: Final = frozenset((Method.EXTENSION_STATUS,))
_BOTH: Final = _FIRST | _SECOND


@dataclass(frozen=True, slots=True)
class Entry:
    """What there is to know of a kind of fault.

    - `effect`: what a client can learn from the spoiled exchange, with the default parameters.
    - `note`: what it is, in a few words for a person.
    - `make`: how the answer is spoiled; None if the whole server is hit, not an answer: such a
      fault cannot be narrowed to some requests.
    - `methods`: the calls that can be hit.
    - `of_state`: only an answer that reports a state can be spoiled so; a fault stays as it is.
    - `delays`: seconds before the request is looked at, if the rule has none.
    """

    effect: Effect
    note: str
    make: Make | None
    methods: frozenset[Method] = _BOTH
    of_state: bool = False
    delays: float | None = None


def _of_state(effect: Effect, note: str, make: Make, methods: frozenset[Method] = _BOTH) -> Entry:
    return Entry(effect, note, make, methods, of_state=True)


CATALOGUE: Final[Mapping[K, Entry]] = {
    K.REFUSE_CONNECTIONS: Entry(FAILED, "connections are refused", None),
    K.UNTRUSTED_CERTIFICATE: Entry(FAILED, "the TLS certificate is not to be trusted", None),
    K.CLOSE_WITHOUT_ANSWER: Entry(
        FAILED, "closed without an answer", connections.close_without_answer
    ),
    K.CLOSE_AFTER_HALF_BODY: Entry(
        FAILED, "closed after half of the body", connections.close_after_half_body
    ),
    K.CLOSE_IDLE: Entry(
        TRUE, "kept-alive connection closed between two polls", connections.close_idle
    ),
    K.RESET_ON_REUSE: Entry(
        TRUE, "kept-alive connection reset by the next request", connections.reset_on_reuse
    ),
    K.DELAY: Entry(FAILED, "20 s until the answer", honest, delays=20.0),
    K.DRIP: Entry(FAILED, "a byte every 50 ms", connections.drip),
    K.STATUS: Entry(FAILED, "status 418, or another", statuses.status(418)),
    K.STATUS_301: Entry(FAILED, "moved permanently", statuses.redirect(301)),
    K.STATUS_302: Entry(FAILED, "found elsewhere", statuses.redirect(302)),
    K.STATUS_307: Entry(FAILED, "temporary redirect", statuses.redirect(307)),
    K.STATUS_308: Entry(FAILED, "permanent redirect", statuses.redirect(308)),
    K.STATUS_400: Entry(FAILED, "bad request", statuses.status(400)),
    K.STATUS_401: Entry(FAILED, "unauthorized", statuses.status(401)),
    K.STATUS_403: Entry(FAILED, "forbidden", statuses.status(403)),
    K.STATUS_404: Entry(FAILED, "not found", statuses.status(404)),
    K.STATUS_429: Entry(FAILED, "too many requests", statuses.status(429)),
    K.STATUS_429_SECONDS: Entry(
        FAILED, "429, Retry-After: 30", statuses.status(429, statuses.seconds("30"))
    ),
    K.STATUS_429_DATE: Entry(
        FAILED, "429, Retry-After: a date in 30 s", statuses.status(429, statuses.date(30))
    ),
    K.STATUS_429_PAST_DATE: Entry(
        FAILED, "429, Retry-After: yesterday", statuses.status(429, statuses.date(-86400))
    ),
    K.STATUS_429_NEGATIVE: Entry(
        FAILED, "429, Retry-After: -5", statuses.status(429, statuses.seconds("-5"))
    ),
    K.STATUS_429_HUGE: Entry(
        FAILED, "429, Retry-After: 10^40", statuses.status(429, statuses.seconds("1" + "0" * 40))
    ),
    K.STATUS_429_GARBAGE: Entry(
        FAILED, "429, Retry-After: soon", statuses.status(429, statuses.seconds("soon"))
    ),
    K.STATUS_503: Entry(FAILED, "service unavailable", statuses.status(503)),
    K.STATUS_503_SECONDS: Entry(
        FAILED, "503, Retry-After: 30", statuses.status(503, statuses.seconds("30"))
    ),
    K.STATUS_503_DATE: Entry(
        FAILED, "503, Retry-After: a date in 30 s", statuses.status(503, statuses.date(30))
    ),
    K.STATUS_503_PAST_DATE: Entry(
        FAILED, "503, Retry-After: yesterday", statuses.status(503, statuses.date(-86400))
    ),
    K.STATUS_503_NEGATIVE: Entry(
        FAILED, "503, Retry-After: -5", statuses.status(503, statuses.seconds("-5"))
    ),
    K.STATUS_503_HUGE: Entry(
        FAILED, "503, Retry-After: 10^40", statuses.status(503, statuses.seconds("1" + "0" * 40))
    ),
    K.STATUS_503_GARBAGE: Entry(
        FAILED, "503, Retry-After: soon", statuses.status(503, statuses.seconds("soon"))
    ),
    K.STATUS_500_HTML: Entry(FAILED, "500 with an HTML page", statuses.status(500)),
    K.STATUS_200_HTML: Entry(FAILED, "200 with an HTML page", statuses.status(200)),
    K.BODY: Entry(FAILED, "text that is not XML, or other bytes", shapes.body),
    K.EMPTY_BODY: Entry(FAILED, "nothing in the body", shapes.empty),
    K.TRUNCATED_XML: Entry(FAILED, "XML that ends too early", shapes.truncated),
    K.WRONG_ROOT: Entry(FAILED, "a root that is no methodResponse", shapes.wrong_root),
    K.METHOD_CALL: _of_state(FAILED, "a methodCall for an answer", shapes.method_call),
    K.FAULT_STRUCT: Entry(FAILED, "a fault with code and text", shapes.fault_struct),
    K.FAULT_STRING: Entry(FAILED, "a fault that is only a text", shapes.fault_string),
    K.FAULT_EMPTY: Entry(FAILED, "a fault with nothing in it", shapes.fault_empty),
    K.FAULT_EMPTY_STRUCT: Entry(FAILED, "a fault without members", shapes.fault_empty_struct),
    K.FAULT_QUOTING: Entry(FAILED, "a fault that quotes the credentials", shapes.fault_quoting),
    K.MISSING_MEMBER: _of_state(FAILED, "the first member is missing", spoiled(members.missing)),
    K.MISSING_REASON: _of_state(
        UNKNOWN,
        "availReason is missing",
        spoiled(members.missing, member="availReason", true=True),
        _FIRST,
    ),
    K.MISSING_ENDPOINT: _of_state(
        UNKNOWN, "the phone number is missing", members.missing_endpoint, _FIRST
    ),
    K.NO_MEMBERS: _of_state(FAILED, "an empty struct", spoiled(members.none)),
    K.EXTRA_MEMBERS: _of_state(
        TRUE, "members that nobody knows", spoiled(members.extra, true=True)
    ),
    K.REPEATED_MEMBER: _of_state(
        TRUE, "the first member twice, the same", spoiled(members.repeated, true=True)
    ),
    K.CONTRADICTORY_MEMBER: _of_state(
        FAILED, "the first member twice, with two values", spoiled(members.contradictory)
    ),
    K.MISSPELT_MEMBER: _of_state(
        FAILED, "two letters swapped in the first member's name", spoiled(members.misspelt)
    ),
    K.TYPE_LIST: _of_state(
        FAILED, "the first member is a list", spoiled(members.typed(members.as_list))
    ),
    K.TYPE_STRUCT: _of_state(
        FAILED, "the first member is a struct", spoiled(members.typed(members.as_struct))
    ),
    K.TYPE_NIL: _of_state(
        FAILED, "the first member is nil", spoiled(members.typed(members.as_nil))
    ),
    K.TYPE_DOUBLE: _of_state(
        TRUE_OR_FAILED,
        "the first member is a double",
        spoiled(members.typed(members.as_type("double", suffix=".0")), true=True),
        _FIRST,
    ),
    K.TYPE_DATETIME: _of_state(
        FAILED,
        "the first member is a date",
        spoiled(members.typed(members.constant("dateTime.iso8601", "20260101T00:00:00"))),
    ),
    K.TYPE_BASE64: _of_state(
        FAILED,
        "the first member is base64",
        spoiled(members.typed(members.constant("base64", "aWRsZQ=="))),
    ),
    K.TYPE_I8: _of_state(
        TRUE_OR_FAILED,
        "the first member is an i8",
        spoiled(members.typed(members.as_type("i8")), true=True),
        _FIRST,
    ),
    K.TYPE_HUGE_INTEGER: _of_state(
        FAILED,
        "the first member is an integer of 5,000 digits",
        spoiled(members.typed(members.constant("i4", "1" * 5000))),
    ),
    K.UNKNOWN_AVAILABLE: _of_state(UNKNOWN, "available is 2", shapes.unknown_available, _FIRST),
    K.UNKNOWN_REASON: _of_state(
        UNKNOWN, "availReason is none of the document's", shapes.unknown_reason, _FIRST
    ),
    K.UNKNOWN_CALL_STATE: _of_state(
        UNKNOWN, "status is none of the document's", shapes.unknown_call_state, _SECOND
    ),
    K.BLANK_LINES: Entry(TRUE, "blank lines in front", shapes.prefixed(b"\r\n\r\n\r\n")),
    K.BLANK_LINES_DECLARED: Entry(
        TRUE, "blank lines before an XML declaration", encodings.blank_lines_declared
    ),
    K.BOM: Entry(TRUE, "a byte-order mark in front", shapes.prefixed(b"\xef\xbb\xbf")),
    K.BOM_AND_BLANK_LINES: Entry(
        TRUE, "a byte-order mark and blank lines", shapes.prefixed(b"\xef\xbb\xbf\r\n\r\n")
    ),
    K.LATIN_1_DECLARED: _of_state(
        TRUE, "Latin-1, declared", encodings.encoded("latin-1", "iso-8859-1")
    ),
    K.LATIN_1_DECLARED_WRONGLY: _of_state(
        TRUE_OR_FAILED, "Latin-1, declared as UTF-8", encodings.encoded("latin-1", "utf-8")
    ),
    K.LATIN_1_UNDECLARED: _of_state(
        TRUE, "Latin-1, not declared", encodings.encoded("latin-1", None)
    ),
    K.WINDOWS_1252_DECLARED: _of_state(
        TRUE, "Windows-1252, declared", encodings.encoded("windows-1252", "windows-1252")
    ),
    K.WINDOWS_1252_DECLARED_WRONGLY: _of_state(
        TRUE_OR_FAILED,
        "Windows-1252, declared as Latin-1",
        encodings.encoded("windows-1252", "iso-8859-1"),
    ),
    K.WINDOWS_1252_UNDECLARED: _of_state(
        TRUE, "Windows-1252, not declared", encodings.encoded("windows-1252", None)
    ),
    K.UTF_8_DECLARED: _of_state(TRUE, "UTF-8, declared", encodings.encoded("utf-8", "utf-8")),
    K.UTF_8_DECLARED_WRONGLY: _of_state(
        TRUE_OR_FAILED, "UTF-8, declared as Latin-1", encodings.encoded("utf-8", "iso-8859-1")
    ),
    K.UTF_8_UNDECLARED: _of_state(TRUE, "UTF-8, not declared", encodings.encoded("utf-8", None)),
    K.UTF_16_DECLARED: _of_state(
        TRUE, "UTF-16 with its mark, declared", encodings.encoded("utf-16", "utf-16")
    ),
    K.UTF_16_DECLARED_WRONGLY: _of_state(
        TRUE_OR_FAILED,
        "UTF-16 with its mark, declared as Latin-1",
        encodings.encoded("utf-16", "iso-8859-1"),
    ),
    K.UTF_16_UNDECLARED: _of_state(
        TRUE, "UTF-16 with its mark, not declared", encodings.encoded("utf-16", None)
    ),
    K.UNKNOWN_ENCODING: _of_state(
        TRUE_OR_FAILED,
        "an encoding that nobody knows, declared",
        encodings.encoded("utf-8", "x-unheard-of"),
    ),
    K.DOCTYPE: _of_state(
        TRUE_OR_FAILED,
        "a DOCTYPE that declares nothing",
        hostile.doctype(hostile.plain, "", true=True),
    ),
    K.DOCTYPE_EXPONENTIAL: _of_state(
        FAILED, "entities that become 2 GB", hostile.doctype(hostile.exponential, "&e9;")
    ),
    K.DOCTYPE_QUADRATIC: _of_state(
        FAILED,
        "an entity that becomes 100 MB",
        hostile.doctype(hostile.quadratic, hostile.QUADRATIC_USES),
    ),
    K.DOCTYPE_EXTERNAL: _of_state(
        FAILED,
        "entities that are to be fetched elsewhere",
        hostile.doctype(hostile.external, "&elsewhere;"),
    ),
    K.NESTING: _of_state(FAILED, "20,000 lists in lists, 860 KB", hostile.nesting),
    K.NESTING_UNCLOSED: Entry(FAILED, "20,000 tags opened, 60 KB", hostile.nesting_unclosed),
    K.HUGE_BODY: Entry(FAILED, "200 MB", hostile.huge_body),
    K.HUGE_BODY_DECLARED: Entry(FAILED, "200 MB, announced", hostile.huge_body_declared),
    K.GZIP_BOMB: Entry(FAILED, "200 KB that become 200 MB", hostile.gzip_bomb),
}
"""Every fault, in the order in which they are best shown to a person."""
