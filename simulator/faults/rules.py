"""Which requests a fault hits, for how long, and with what parameters."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, fields
import math

from simulator.service import Method

from .kinds import FaultKind


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A fault to be injected.

    Who is hit:
    - `method`, `extension_id`: only requests of this method, about this extension.
    - `share`: this part of them, above 0 and up to 1, chosen at random from the simulator's seed.
    - `count`: so many requests, after which the rule is gone; None: until it is cleared.

    Parameters; each has a default that suits its kind, and is ignored by the kinds it is not for:
    - `seconds`: how long to delay; the pause before each byte that drips; how long an idle
      connection lives; how long connections are refused (None: until cleared).
    - `status`: for the kind `status`. `body`: for `status`, `body` and every other HTTP status.
    - `retry_after`: the header, for every HTTP status. `location`: for redirects.
    - `code`, `text`: of an XML-RPC fault; `text` also is the unknown reason or call state.
    - `member`: the name of the member whose type is wrong, that is missing and so on; by default
      `available` in the first call, and the only one in the second.
    - `size`: bytes of a huge body or of what a bomb becomes; levels of nesting.

    Raises `ValueError` for a parameter that cannot be.
    """

    kind: FaultKind
    _: KW_ONLY
    method: Method | None = None
    extension_id: str | None = None
    share: float = 1.0
    count: int | None = None
    seconds: float | None = None
    status: int | None = None
    body: bytes | None = None
    retry_after: str | None = None
    location: str | None = None
    code: int | None = None
    text: str | None = None
    member: str | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        """Check what may come from outside."""
        if not 0 < self.share <= 1:
            message = "share must be above 0 and at most 1"
            raise ValueError(message)
        if self.count is not None and self.count < 1:
            message = "count must be at least 1"
            raise ValueError(message)
        if self.seconds is not None and not (self.seconds >= 0 and math.isfinite(self.seconds)):
            message = "seconds must be a number from 0"
            raise ValueError(message)
        if self.status is not None and self.status not in range(200, 600):
            message = "status must be from 200 to 599"
            raise ValueError(message)
        if self.size is not None and self.size < 1:
            message = "size must be at least 1"
            raise ValueError(message)

    @property
    def narrowed(self) -> bool:
        """Whether the rule is for some requests only."""
        return (self.method, self.extension_id, self.share, self.count) != (None, None, 1.0, None)


_TEXTS = ("extension_id", "retry_after", "location", "text", "member")
_NUMBERS = ("share", "seconds")
_INTEGERS = ("count", "status", "code", "size")


def rule_from_json(content: object) -> FaultRule:
    """Read a rule from what JSON gave; `ValueError` with a text for a person if it is none.

    The names are those of `FaultRule`; `body` is a text, sent as UTF-8.
    """
    if not isinstance(content, dict):
        message = "a rule must be an object"
        raise ValueError(message)  # noqa: TRY004 - one error for everything that is wrong in JSON
    known = [field.name for field in fields(FaultRule)]
    if unknown := sorted(set(content) - set(known)):
        message = f"unknown field: {', '.join(unknown)} (known: {', '.join(known)})"
        raise ValueError(message)
    given = {name: value for name, value in content.items() if value is not None}
    for names, wanted in ((_TEXTS, str), (_INTEGERS, int), (_NUMBERS, (int, float))):
        for name in names:
            value = given.get(name)
            if name in given and (not isinstance(value, wanted) or isinstance(value, bool)):
                message = f'"{name}" must be a {"string" if wanted is str else "number"}'
                raise ValueError(message)
    if not isinstance(body := given.pop("body", ""), str):
        message = '"body" must be a string'
        raise ValueError(message)  # noqa: TRY004 - as above
    kind = FaultKind(given.pop("kind", ""))
    method = Method(given.pop("method")) if "method" in given else None
    return FaultRule(kind, method=method, body=body.encode() if body else None, **given)


def rule_to_json(rule: FaultRule) -> Mapping[str, object]:
    """Return what is set in `rule`, as `rule_from_json` reads it."""
    values = {field.name: getattr(rule, field.name) for field in fields(rule)}
    if rule.body is not None:
        values["body"] = rule.body.decode(errors="replace")
    return {name: value for name, value in values.items() if value is not None}
