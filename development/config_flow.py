"""A config flow, filled in over HTTP as a user's browser does."""

from collections.abc import Mapping
from typing import TypedDict, cast

from .api import HomeAssistantApi, JsonObject
from .errors import DevelopmentError

_FLOWS = "/api/config/config_entries/flow"
_ENTRIES = "/api/config/config_entries/entry"


class ConfigEntry(TypedDict):
    """What Home Assistant tells of a config entry; a `state` but `loaded` has its `reason`."""

    entry_id: str
    title: str
    state: str
    reason: str | None


class _FlowResult(TypedDict, total=False):
    """What Home Assistant answers to every step of a flow."""

    type: str
    flow_id: str
    step_id: str
    errors: dict[str, str] | None
    description_placeholders: dict[str, str] | None
    reason: str
    result: ConfigEntry


class FlowError(DevelopmentError):
    """A flow did not get to its end; the message says what the form would have said."""


async def config_entries(api: HomeAssistantApi, domain: str) -> list[ConfigEntry]:
    """Return the config entries of an integration. Raises ApiError."""
    return cast(list[ConfigEntry], await api.get(f"{_ENTRIES}?domain={domain}"))


async def add_config_entry(
    api: HomeAssistantApi, domain: str, answers: Mapping[str, JsonObject]
) -> ConfigEntry:
    """Add a config entry by filling in the form of each step; `answers` is keyed by step ID.

    Raises FlowError if a form is refused, the flow is aborted or asks for a step that has no
    answer (or had it already), and ApiError if there is no such flow.
    """
    left = dict(answers)
    result = cast(_FlowResult, await api.post(_FLOWS, {"handler": domain}))
    while result["type"] != "create_entry":
        step = result.get("step_id", "")
        if result["type"] != "form" or result.get("errors") or step not in left:
            explanation = await _explain(api, domain, result)
            if result["type"] == "form":
                # An unfinished flow would stay on the integrations page until the next start.
                await api.delete(f"{_FLOWS}/{result['flow_id']}")
            raise FlowError(explanation)
        answer = left.pop(step)
        result = cast(_FlowResult, await api.post(f"{_FLOWS}/{result['flow_id']}", answer))
    return result["result"]


async def _explain(api: HomeAssistantApi, domain: str, result: _FlowResult) -> str:
    """Return why a flow stops, in the words that its form would show."""
    texts = cast(
        dict[str, dict[str, str]],
        await api.command(
            "frontend/get_translations",
            language="en",
            category="config",
            integration=[domain],
            config_flow=True,
        ),
    )["resources"]

    def text(kind: str, key: str) -> str:
        text = texts.get(f"component.{domain}.config.{kind}.{key}", key)
        for name, value in (result.get("description_placeholders") or {}).items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    step = result.get("step_id", "")
    if errors := result.get("errors"):
        return "; ".join(
            f"step {step}, {field}: {text('error', key)}" for field, key in errors.items()
        )
    if result["type"] == "abort":
        return f"the flow was aborted: {text('abort', result['reason'])}"
    return f"the flow asks for the step {step} ({result['type']}), which nobody has an answer for"
