"""The release before the one that is tested, which users have when they upgrade."""

from pathlib import Path
import subprocess
import tarfile
from typing import Final

from development.account import DOMAIN
from release import build

from .home import CHECKOUT

_KEPT: Final = CHECKOUT / "dist/previous.zip"
_SOURCE: Final = Path("custom_components") / DOMAIN
# Before the first release: what is there now, taken for something older.
_NO_RELEASE: Final = "0.0.1"


def previous_release(folder: Path) -> Path:
    """Return the archive of the last release, made in `folder` unless it is there already."""
    if _KEPT.exists():
        return _KEPT
    archive = folder / "previous.zip"
    if (tag := _last_tag()) is None:
        build(CHECKOUT / _SOURCE, archive, version=_NO_RELEASE)
    else:
        packed = folder / "source.tar"
        _git("archive", "--output", str(packed), tag, str(_SOURCE))
        with tarfile.open(packed) as opened:
            opened.extractall(folder, filter="data")
        build(folder / _SOURCE, archive, version=tag.removeprefix("v"))
    return archive


def _last_tag() -> str | None:
    """Return the newest release that is not this commit's own."""
    tags = _git("tag", "--list", "v*", "--no-contains", "HEAD", "--sort=-version:refname")
    return next(iter(tags.split()), None)


def _git(*arguments: str) -> str:
    result = subprocess.run(  # noqa: S603 - our own arguments
        ("git", *arguments),  # noqa: S607 - whichever made this checkout
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    )
    return result.stdout
