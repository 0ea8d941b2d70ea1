"""Everything that is true of the simulated server but for the network it listens on."""

from collections import deque
from collections.abc import Mapping

from .account import DEFAULT_EXTENSIONS, Account
from .agents import AgentState, Extension
from .dialect import Dialect
from .faults import FaultBook
from .journal import Journal, RequestRecord, TrappedRequest
from .live import Live

_FIRST_ENDPOINT = 31201234567  # the document's sample


class Scene:
    """The account, its extensions, how the server speaks, and what it was asked.

    `account`, `dialect` and `delay` (seconds before every answer) may be replaced at any time.
    """

    def __init__(  # noqa: PLR0913 - options, all of them named
        self,
        *,
        account: Account,
        dialect: Dialect,
        extensions: Mapping[str, str] = DEFAULT_EXTENSIONS,
        live: Live | None = None,
        delay: float = 0.0,
        history: int = 100_000,
        fault_seed: int = 0,
    ) -> None:
        self.account = account
        self.dialect = dialect
        self.delay = delay
        self.live = live
        self.journal = Journal(history)
        self.faults = FaultBook(fault_seed)
        self.trapped: deque[TrappedRequest] = deque(maxlen=1000)
        """Who followed a redirect or fetched an XML entity, oldest first; nobody should."""
        self.extensions: dict[str, Extension] = {}
        for extension_id, name in extensions.items():
            self.add_extension(extension_id, name)

    @property
    def requests(self) -> list[RequestRecord]:
        """What was asked, oldest first (the last 100,000 unless told otherwise)."""
        return self.journal.records()

    def extension(self, extension_id: str) -> Extension:
        """Return an extension; `KeyError` if the account has none of that ID."""
        return self.extensions[extension_id]

    def add_extension(self, extension_id: str, name: str) -> Extension:
        """Give the account one more extension, whose agent stands idle; it never lives."""
        endpoint = str(_FIRST_ENDPOINT + len(self.extensions))
        extension = Extension(extension_id, name, AgentState(endpoint=endpoint))
        self.extensions[extension_id] = extension
        return extension

    def remove_extension(self, extension_id: str) -> None:
        """Take an extension from the account; `KeyError` if there is none of that ID."""
        del self.extensions[extension_id]
