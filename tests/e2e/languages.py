"""The languages in which the journeys are made, and what Home Assistant writes on its buttons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

type Language = Literal["en", "nl"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Buttons:
    """The buttons of one language that are needed in each."""

    add_integration: str
    next: str
    add: str
    submit: str
    finish: str
    configure: str


BUTTONS: Final[Mapping[Language, Buttons]] = {
    "en": Buttons(
        add_integration="Add integration",
        next="Next",
        add="Add",
        submit="Submit",
        finish="Skip and finish",
        configure="Configure",
    ),
    "nl": Buttons(
        add_integration="Voeg integratie toe",
        next="Volgende",
        add="Voeg toe",
        submit="Verzend",
        finish="Sla over en voltooi",
        configure="Configureer",
    ),
}
