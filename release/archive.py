"""Builds the archive: the same files give the same bytes, whenever and wherever it is built."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

_MANIFEST: Final = "manifest.json"
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?")
_VERSION_IN_MANIFEST: Final = re.compile(r'(?<="version": ")[^"]*(?=")')

_LEFT_BEHIND: Final = frozenset({"__pycache__"})
"""Folders of what running the integration leaves in its source."""

# The earliest that the format can say: no clock and no checkout shows in the archive.
_MODIFIED: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_READABLE_FILE: Final = 0o100644 << 16


class ArchiveError(Exception):
    """The archive cannot be built; the message says why."""


def build(source: Path, target: Path, *, version: str | None = None) -> None:
    """Pack the integration's folder `source`, its files at the archive's root as HACS wants them.

    `version` replaces the manifest's, in the archive only. Raises `ArchiveError` if it is none
    that Home Assistant can compare, or if the manifest has no version to replace.
    """
    if version is not None and not _VERSION.fullmatch(version):
        raise ArchiveError(f"{version} is no version like 1.2.3 or 1.2.3b1")
    target.parent.mkdir(parents=True, exist_ok=True)
    with ZipFile(target, "w") as archive:
        for path in _files(source):
            name = path.relative_to(source).as_posix()
            content = path.read_bytes()
            if name == _MANIFEST and version is not None:
                content = _stamped(content, version)
            archive.writestr(_entry(name), content, ZIP_DEFLATED, compresslevel=9)


def _files(source: Path) -> Iterator[Path]:
    """Yield what belongs to the integration, in an order of its own: that of a folder varies."""
    for path in sorted(source.rglob("*"), key=lambda path: path.relative_to(source).as_posix()):
        parts = path.relative_to(source).parts
        hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and not hidden and _LEFT_BEHIND.isdisjoint(parts):
            yield path


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _MODIFIED)
    entry.create_system = _UNIX
    entry.external_attr = _READABLE_FILE
    return entry


def _stamped(manifest: bytes, version: str) -> bytes:
    """Return the manifest with another version, and every other byte as it was."""
    stamped, count = _VERSION_IN_MANIFEST.subn(version, manifest.decode())
    if count != 1:
        raise ArchiveError(f"{_MANIFEST} has no version to replace")
    return stamped.encode()
