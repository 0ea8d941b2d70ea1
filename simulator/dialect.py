"""Options for the contradictions in the vendor's document.

Its tables, samples and older pages name parameters and members differently. It is not known which
of them the real server uses, so the simulator supports all of them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Names and types in the simulator's answers; by default those of the vendor's samples.

    - `endpoint`: the first answer's member with the phone number. `endpoint` in the document,
      `extension` on the vendor's older pages.
    - `status`: the second answer's member. `Available` in the sample, `status` in the table.
    - `parameters`: what the calls must name their parameters, as the `sample` or the `table` does.
    - `available_type`: the XML-RPC type of the first answer's `available`; `i4` in the sample,
      `untyped` for none.
    - `content_type`: the header of every answer. Classic ASP sends `text/html` by default.
    """

    endpoint: str = "endpoint"
    status: str = "Available"
    parameters: str = "sample"
    available_type: str = "i4"
    content_type: str = "text/html"
