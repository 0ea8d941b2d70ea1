"""Everything that can go wrong, by name, and what each of them leaves of the truth."""

from enum import StrEnum


class Effect(StrEnum):
    """What a client can learn from an exchange that was spoiled, with the default parameters.

    - `TRUE`: the agent's real state, readable by whoever expects what `protocol.md` expects.
    - `TRUE_OR_FAILED`: the real state, in a form that a careful client may read or refuse; it must
      show that state or none.
    - `UNKNOWN`: one value is missing, or is none that the document knows; the others are true.
    - `FAILED`: nothing. The extension's state is not known to the client.
    """

    TRUE = "true"
    TRUE_OR_FAILED = "true_or_failed"
    UNKNOWN = "unknown"
    FAILED = "failed"


class FaultKind(StrEnum):
    """The faults. `simulator.faults.CATALOGUE` describes each."""

    # Connections
    REFUSE_CONNECTIONS = "refuse_connections"
    UNTRUSTED_CERTIFICATE = "untrusted_certificate"
    CLOSE_WITHOUT_ANSWER = "close_without_answer"
    CLOSE_AFTER_HALF_BODY = "close_after_half_body"
    CLOSE_IDLE = "close_idle"
    RESET_ON_REUSE = "reset_on_reuse"

    # Time
    DELAY = "delay"
    DRIP = "drip"

    # HTTP status
    STATUS = "status"
    STATUS_301 = "status_301"
    STATUS_302 = "status_302"
    STATUS_307 = "status_307"
    STATUS_308 = "status_308"
    STATUS_400 = "status_400"
    STATUS_401 = "status_401"
    STATUS_403 = "status_403"
    STATUS_404 = "status_404"
    STATUS_429 = "status_429"
    STATUS_429_SECONDS = "status_429_seconds"
    STATUS_429_DATE = "status_429_date"
    STATUS_429_PAST_DATE = "status_429_past_date"
    STATUS_429_NEGATIVE = "status_429_negative"
    STATUS_429_HUGE = "status_429_huge"
    STATUS_429_GARBAGE = "status_429_garbage"
    STATUS_503 = "status_503"
    STATUS_503_SECONDS = "status_503_seconds"
    STATUS_503_DATE = "status_503_date"
    STATUS_503_PAST_DATE = "status_503_past_date"
    STATUS_503_NEGATIVE = "status_503_negative"
    STATUS_503_HUGE = "status_503_huge"
    STATUS_503_GARBAGE = "status_503_garbage"
    STATUS_500_HTML = "status_500_html"
    STATUS_200_HTML = "status_200_html"

    # Shape of the answer
    BODY = "body"
    EMPTY_BODY = "empty_body"
    TRUNCATED_XML = "truncated_xml"
    WRONG_ROOT = "wrong_root"
    METHOD_CALL = "method_call"
    FAULT_STRUCT = "fault_struct"
    FAULT_STRING = "fault_string"
    FAULT_EMPTY = "fault_empty"
    FAULT_EMPTY_STRUCT = "fault_empty_struct"
    FAULT_QUOTING = "fault_quoting"

    # Members
    MISSING_MEMBER = "missing_member"
    MISSING_REASON = "missing_reason"
    MISSING_ENDPOINT = "missing_endpoint"
    NO_MEMBERS = "no_members"
    EXTRA_MEMBERS = "extra_members"
    REPEATED_MEMBER = "repeated_member"
    CONTRADICTORY_MEMBER = "contradictory_member"
    MISSPELT_MEMBER = "misspelt_member"

    # Types
    TYPE_LIST = "type_list"
    TYPE_STRUCT = "type_struct"
    TYPE_NIL = "type_nil"
    TYPE_DOUBLE = "type_double"
    TYPE_DATETIME = "type_datetime"
    TYPE_BASE64 = "type_base64"
    TYPE_I8 = "type_i8"
    TYPE_HUGE_INTEGER = "type_huge_integer"

    # Values
    UNKNOWN_AVAILABLE = "unknown_available"
    UNKNOWN_REASON = "unknown_reason"
    UNKNOWN_CALL_STATE = "unknown_call_state"

    # Bytes in front, and encodings
    BLANK_LINES = "blank_lines"
    BLANK_LINES_DECLARED = "blank_lines_declared"
    BOM = "bom"
    BOM_AND_BLANK_LINES = "bom_and_blank_lines"
    LATIN_1_DECLARED = "latin_1_declared"
    LATIN_1_DECLARED_WRONGLY = "latin_1_declared_wrongly"
    LATIN_1_UNDECLARED = "latin_1_undeclared"
    WINDOWS_1252_DECLARED = "windows_1252_declared"
    WINDOWS_1252_DECLARED_WRONGLY = "windows_1252_declared_wrongly"
    WINDOWS_1252_UNDECLARED = "windows_1252_undeclared"
    UTF_8_DECLARED = "utf_8_declared"
    UTF_8_DECLARED_WRONGLY = "utf_8_declared_wrongly"
    UTF_8_UNDECLARED = "utf_8_undeclared"
    UTF_16_DECLARED = "utf_16_declared"
    UTF_16_DECLARED_WRONGLY = "utf_16_declared_wrongly"
    UTF_16_UNDECLARED = "utf_16_undeclared"
    UNKNOWN_ENCODING = "unknown_encoding"

    # Hostile
    DOCTYPE = "doctype"
    DOCTYPE_EXPONENTIAL = "doctype_exponential"
    DOCTYPE_QUADRATIC = "doctype_quadratic"
    DOCTYPE_EXTERNAL = "doctype_external"
    NESTING = "nesting"
    NESTING_UNCLOSED = "nesting_unclosed"
    HUGE_BODY = "huge_body"
    HUGE_BODY_DECLARED = "huge_body_declared"
    GZIP_BOMB = "gzip_bomb"
