"""The release archive and its notes."""

import json
from pathlib import Path
import subprocess
from zipfile import ZipFile

import pytest

REPOSITORY = Path(__file__).parents[1]
SCRIPTS = REPOSITORY / "scripts"
MANIFEST = REPOSITORY / "custom_components" / "belfabriek" / "manifest.json"
CHANGELOG = """# Changelog

## [Unreleased]

- In the next release.

## [1.1.0] - 2026-12-01

- New in 1.1.0.

## [1.0.0]

"""


def package(archive: Path, version: str = "") -> bytes:
    subprocess.run([SCRIPTS / "package", version, archive], check=True)  # noqa: S603 - our own
    return archive.read_bytes()


def test_same_files_give_the_same_bytes_with_the_files_at_the_root(tmp_path: Path) -> None:
    archive = tmp_path / "belfabriek.zip"
    assert package(archive) == package(archive)
    with ZipFile(archive) as opened:
        names = set(opened.namelist())
    assert {"__init__.py", "manifest.json", "translations/nl.json", "brand/icon.png"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(".")]


def test_version_is_stamped_into_the_archive_only(tmp_path: Path) -> None:
    before = MANIFEST.read_bytes()
    archive = tmp_path / "belfabriek.zip"
    package(archive, "7.8.9b1")
    with ZipFile(archive) as opened:
        stamped = json.loads(opened.read("manifest.json"))
    assert stamped == json.loads(before) | {"version": "7.8.9b1"}
    assert MANIFEST.read_bytes() == before


@pytest.mark.parametrize(
    ("version", "notes"),
    [
        ("1.1.0", "- New in 1.1.0."),
        ("1.1.0b1", "- In the next release."),
        ("1.0.0", ""),  # nothing but an empty line
        ("1.1", ""),
        ("2.0.0", ""),
    ],
)
def test_notes_are_a_section_of_the_changelog_and_never_empty(
    tmp_path: Path, version: str, notes: str
) -> None:
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(CHANGELOG, "utf-8")
    command = (SCRIPTS / "notes", version, changelog)
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert done.stdout.strip() == notes
    assert (done.returncode == 0) == bool(notes)
