"""Files that are written whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from aos_cli.private_files import replace_private_file, stamp_of


def test_a_file_and_its_folder_are_the_owners(tmp_path: Path) -> None:
    file = tmp_path / "new" / "file.json"
    replace_private_file(file, "é")
    assert file.read_text("utf-8") == "é"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "file"
    replace_private_file(file, "a long text")
    with file.open() as before:
        replace_private_file(file, "new")
        assert (before.read(), file.read_text()) == ("a long text", "new")
    assert list(tmp_path.iterdir()) == [file]


def test_a_replaced_file_has_another_stamp(tmp_path: Path) -> None:
    file = tmp_path / "file"
    assert stamp_of(file) is stamp_of(None) is None
    replace_private_file(file, "same")
    first = stamp_of(file)
    assert first == stamp_of(file) is not None
    replace_private_file(file, "same")
    assert stamp_of(file) != first


def test_what_cannot_be_written_leaves_everything_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "file"
    replace_private_file(file, "kept")
    with pytest.raises(UnicodeEncodeError):
        replace_private_file(file, "\ud800")
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="directory"):
        replace_private_file(tmp_path / "taken", "text")
    assert file.read_text() == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "taken"]
