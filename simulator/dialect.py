"""Options for the contradictions in the vendor's document.

Its tables, samples and older pages name parameters and members differently. It is not known which
of them the real server uses, so the simulator supports all of them.
"""

from dataclasses import dataclass
from typing import Literal, TypeAliasType, get_args

type EndpointMember = Literal["endpoint", "extension"]
type StatusMember = Literal["Available", "status"]
type ParameterNames = Literal["sample", "table"]
type AvailableType = Literal["i4", "int", "string", "boolean", "untyped"]


def choices(options: TypeAliasType) -> tuple[str, ...]:
    """Return the values of one of these types."""
    return get_args(options.__value__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Names and types in the simulator's answers; by default those of the vendor's samples.

    - `endpoint`: the first answer's member with the phone number. `endpoint` in the document,
      `extension` on the vendor's older pages.
    - `status`: the second answer's member. `Available` in the sample, `status` in the table.
    - `parameters`: what the calls must name their parameters, as the `sample` or the `table` does.
    - `available_type`: the XML-RPC type of the first answer's `available`; `i4` in the sample.
    - `content_type`: the header of every answer. Classic ASP sends `text/html` by default.

    Raises `ValueError` for a value that is none of these.
    """

    endpoint: EndpointMember = "endpoint"
    status: StatusMember = "Available"
    parameters: ParameterNames = "sample"
    available_type: AvailableType = "i4"
    content_type: str = "text/html"

    def __post_init__(self) -> None:
        """Validate the options, which may be user input."""
        for value, options in (
            (self.endpoint, EndpointMember),
            (self.status, StatusMember),
            (self.parameters, ParameterNames),
            (self.available_type, AvailableType),
        ):
            if value not in choices(options):
                raise ValueError(f"{value!r} is none of {', '.join(choices(options))}")
