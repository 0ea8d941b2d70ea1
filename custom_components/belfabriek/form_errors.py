"""What is wrong with the input of a form, and where the form says so."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import probatio

from .const import CONF_ACCOUNT_PIN, CONF_CALL_STATE, CONF_CONNECTION, CONF_EXTENSIONS
from .validation import Rejection, Validation

MAX_NAMED = 10
"""Lines that an error names."""
_REFUSED: Final = {CONF_ACCOUNT_PIN: "invalid_auth", CONF_CALL_STATE: "invalid_call_state_ids"}


@dataclass(slots=True)
class FormErrors:
    """What is wrong with the input of a form."""

    by_field: dict[str, str] = field(default_factory=dict)
    """Translation keys. A section stands for its fields: the frontend shows no error inside."""
    placeholders: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether anything is wrong."""
        return bool(self.by_field)

    def add(self, name: str, key: str, **placeholders: str) -> None:
        """Add an error at a field; the first one at each field counts."""
        if name not in self.by_field:
            self.by_field[name] = key
            self.placeholders |= placeholders

    def add_list(self, name: str, key: str, items: Sequence[str]) -> None:
        """Add an error that names up to `MAX_NAMED` items, and says how many more there are."""
        more = len(items) - MAX_NAMED
        self.add(
            name,
            f"{key}_more" if more > 0 else key,
            **{key: "; ".join(items[:MAX_NAMED]), f"{key}_more": str(more)},
        )

    def shown_in(self, schema: probatio.Schema) -> dict[str, str]:
        """Return the errors for the frontend, repeated above the form if they might be missed.

        That is everywhere but at the PIN, which is the first field. An error at a field that this
        form does not have is shown above it only.
        """
        shown = {
            name if name in schema.schema else "base": key for name, key in self.by_field.items()
        }
        for name, key in self.by_field.items():
            if name != CONF_ACCOUNT_PIN:
                shown.setdefault("base", key)
        return shown


def add_failures(
    errors: FormErrors,
    validation: Validation,
    labels: Mapping[str, str],
    *,
    must_work: Collection[str],
) -> None:
    """Add what failed on the real API.

    Of the extensions that are stored already, one that works is enough.
    """
    if rejection := validation.account_rejection:
        field = validation.field
        key = error_key(rejection) if field == CONF_CONNECTION else _REFUSED[field]
        errors.add(field, key, message=rejection.failure.quote or "-")
        return
    rejections = {each: found for each, found in validation.rejections.items() if each in must_work}
    if refused := _described(rejections, labels, refused=True):
        errors.add_list(CONF_EXTENSIONS, "extensions_refused", refused)
    if unanswered := _described(rejections, labels, refused=False):
        errors.add_list("base" if refused else CONF_EXTENSIONS, "extensions_unanswered", unanswered)
    if not errors and not validation.works:
        failed = [
            *_described(validation.rejections, labels, refused=True),
            *_described(validation.rejections, labels, refused=False),
        ]
        errors.add_list("base", "no_extension_works", failed)


def error_key(rejection: Rejection) -> str:
    """Return the translation key of the error for one extension."""
    return "extension_refused" if rejection.is_refusal else rejection.failure.kind


def _described(
    rejections: Mapping[str, Rejection], labels: Mapping[str, str], *, refused: bool
) -> list[str]:
    """Return the extensions that the server refused, or those that got no usable answer."""
    return [
        f"{labels[extension_id]} (“{rejection.failure.quote}”)"
        if rejection.failure.quote
        else labels[extension_id]
        for extension_id, rejection in rejections.items()
        if rejection.is_refusal == refused
    ]
