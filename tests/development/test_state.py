from pathlib import Path
from stat import S_IMODE

import pytest

from development.state import FolderState, load_state, save_state


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    state = FolderState(refresh_token="token", simulator_port=8490)

    save_state(tmp_path, state)

    assert load_state(tmp_path) == state


def test_nobody_else_reads_the_token(tmp_path: Path) -> None:
    save_state(tmp_path, FolderState(refresh_token="token"))

    assert [S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()] == [0o600]


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"another": "version"}'])
def test_without_a_usable_file_the_folder_is_new(tmp_path: Path, text: str | None) -> None:
    save_state(tmp_path, FolderState(refresh_token="token"))
    (file,) = tmp_path.iterdir()
    if text is None:
        file.unlink()
    else:
        file.write_text(text)

    assert load_state(tmp_path) == FolderState()
