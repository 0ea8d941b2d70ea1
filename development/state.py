"""What one start of a folder leaves for the next."""

from dataclasses import asdict, dataclass
import json
from pathlib import Path

_FILE = "development.json"


@dataclass(frozen=True, slots=True)
class FolderState:
    """The owner's refresh token, and the simulator's port that the added account asks."""

    refresh_token: str | None = None
    simulator_port: int | None = None


def load_state(folder: Path) -> FolderState:
    """Return what was saved in a folder; without a readable file, that of a new folder."""
    try:
        return FolderState(**json.loads((folder / _FILE).read_text()))
    except FileNotFoundError, TypeError, ValueError:
        return FolderState()


def save_state(folder: Path, state: FolderState) -> None:
    """Save what the next start needs, readable by nobody else: the token opens Home Assistant."""
    path = folder / _FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(state), indent=2))
