"""The archive that HACS downloads."""

from .archive import ArchiveError, build

__all__ = ["ArchiveError", "build"]
