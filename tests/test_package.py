"""The release archive."""

import json
from pathlib import Path
import subprocess
from zipfile import ZipFile

REPOSITORY = Path(__file__).parents[1]
MANIFEST = REPOSITORY / "custom_components" / "belfabriek" / "manifest.json"


def package(*arguments: str) -> bytes:
    subprocess.run(  # noqa: S603 - our own script
        [REPOSITORY / "scripts" / "package", *arguments], check=True
    )
    return (REPOSITORY / "dist" / "belfabriek.zip").read_bytes()


def test_the_same_files_give_the_same_bytes_with_the_files_at_the_root() -> None:
    assert package() == package()
    with ZipFile(REPOSITORY / "dist" / "belfabriek.zip") as archive:
        names = set(archive.namelist())
    assert {"__init__.py", "manifest.json", "translations/nl.json", "brand/icon.png"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(".")]


def test_a_version_is_stamped_into_the_archive_only() -> None:
    before = MANIFEST.read_bytes()
    package("7.8.9b1")
    with ZipFile(REPOSITORY / "dist" / "belfabriek.zip") as archive:
        stamped = json.loads(archive.read("manifest.json"))
    assert stamped == json.loads(before) | {"version": "7.8.9b1"}
    assert MANIFEST.read_bytes() == before
