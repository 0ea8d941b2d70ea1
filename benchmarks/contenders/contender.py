"""What every way to poll has in common."""

from abc import ABC, abstractmethod
from typing import ClassVar, Final

from homeassistant.core import HomeAssistant

from benchmarks.home import NEVER
from benchmarks.scene import Answer, Answers

IN_FLIGHT: Final = 8
"""Requests under way at a time, for every contender that can be told."""


class Contender(ABC):
    """A way to poll `count` extensions at `url`, in the process of a Home Assistant."""

    name: ClassVar[str]
    """What it is called in tables and in the plot."""
    how: ClassVar[str]
    """What it does, in a sentence."""

    def __init__(
        self, hass: HomeAssistant, url: str, count: int, *, interval: float = NEVER
    ) -> None:
        """Reach for nothing yet; what polls by itself does so every `interval` seconds."""
        self._hass = hass
        self._url = url
        self._count = count
        self._interval = interval

    @abstractmethod
    async def start(self) -> None:
        """Do what is done once."""

    @abstractmethod
    async def stop(self) -> None:
        """Undo it, as far as Home Assistant does not when it stops."""

    @abstractmethod
    async def poll(self) -> None:
        """Poll every extension once: what is measured."""

    @abstractmethod
    def answers(self) -> Answers:
        """Return what the last poll brought."""


class HomeContender(Contender):
    """A way that polls by itself and shows what it brings in Home Assistant."""

    @abstractmethod
    def shows(self, extension_id: str, answer: Answer) -> tuple[str, str]:
        """Return the entity in which a change to `answer` is seen, and the state it then has."""
