"""The archive, as HACS gets it."""

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from release import ArchiveError, build

SOURCE = Path(__file__).parents[2] / "custom_components" / "belfabriek"


def manifest_of(archive: Path) -> bytes:
    with ZipFile(archive) as opened:
        return opened.read("manifest.json")


def test_the_files_are_at_the_root_and_nothing_else_is_in_it(tmp_path: Path) -> None:
    build(SOURCE, tmp_path / "release.zip")

    with ZipFile(tmp_path / "release.zip") as opened:
        names = opened.namelist()
        assert opened.testzip() is None
    assert {"__init__.py", "manifest.json", "translations/nl.json", "brand/icon.png"} <= set(names)
    assert [name for name in names if "__pycache__" in name or name.startswith(".")] == []


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        build(SOURCE, tmp_path / name)

    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_version_is_stamped_into_the_archive_only(tmp_path: Path) -> None:
    before = (SOURCE / "manifest.json").read_bytes()

    build(SOURCE, tmp_path / "release.zip", version="7.8.9")

    stamped = manifest_of(tmp_path / "release.zip")
    assert json.loads(stamped) == json.loads(before) | {"version": "7.8.9"}
    assert (SOURCE / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("version", ["1", "v1.2.3", '1.2.3"', "main", ""])
def test_a_version_that_cannot_be_compared_is_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(ArchiveError, match="is no version"):
        build(SOURCE, tmp_path / "release.zip", version=version)
