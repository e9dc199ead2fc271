"""What was read, in memory and in its file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from aos_cli import read_marks
from aos_cli.errors import StoreError
from aos_cli.read_marks import ReadMarks


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "read" / ("p" * 43)


def test_nothing_is_read_but_the_process_itself() -> None:
    marks = ReadMarks(None)
    assert marks.has(0)
    assert not marks.has(1)
    assert not marks.has("digest")


@pytest.mark.parametrize("kept", [True, False], ids=["file", "memory"])
def test_what_was_marked_is_read(file: Path, kept: bool) -> None:
    marks = ReadMarks(file if kept else None)
    marks.add([3, "digest"])
    assert marks.has(3)
    assert marks.has("digest")
    assert not marks.has(2)
    assert not marks.has(4)
    assert not marks.has("other")
    assert ReadMarks(file).has(3) is kept


def test_a_look_at_the_file_does_not_undo_what_is_marked_meanwhile(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The feed counts in one thread while a command marks in another."""
    ReadMarks(file).add([3])
    marks = ReadMarks(file)
    looks, goes_on = threading.Event(), threading.Event()
    read = marks._read

    def slow_read() -> object:
        found = read()
        looks.set()
        assert goes_on.wait(10)
        return found

    monkeypatch.setattr(marks, "_read", slow_read)
    feed = threading.Thread(target=lambda: marks.has(3))
    feed.start()
    assert looks.wait(10)
    command = threading.Thread(target=lambda: marks.add([4]))
    command.start()
    goes_on.set()
    feed.join()
    command.join()
    assert marks.has(4)
    assert ReadMarks(file).has(4)


def test_a_floor_stands_for_all_slots_below_it(file: Path) -> None:
    ReadMarks(file).add([5, 9], floor=8)
    again = ReadMarks(file)
    assert [slot for slot in range(12) if again.has(slot)] == [0, 1, 2, 3, 4, 5, 6, 7, 9]
    assert again.floor == 8
    again.add([20], floor=2)  # a floor never sinks
    assert again.floor == 8


def test_the_file_is_the_users_alone_and_small(file: Path) -> None:
    ReadMarks(file).add([1, 2])
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_marks_are_bounded(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest slots become part of the floor: they stay read."""
    monkeypatch.setattr(read_marks, "_MOST_SLOTS", 3)
    monkeypatch.setattr(read_marks, "_MOST_OTHERS", 2)
    ReadMarks(file).add([10, 20, 30, 40, 50, "a", "b", "c"])
    marks = ReadMarks(file)
    assert marks.floor == 30
    assert all(marks.has(slot) for slot in (10, 20, 30, 40, 50))
    assert not marks.has(35)
    assert [marks.has(one) for one in "abc"] == [False, True, True]


def test_programs_share_a_file(file: Path) -> None:
    one, other = ReadMarks(file), ReadMarks(file)
    assert not one.changed()
    one.add([1])
    assert not one.changed()
    assert other.changed()
    assert other.has(1)
    assert not other.changed()
    other.add([2])
    assert one.has(2)
    one.add([3])
    assert all(other.has(slot) for slot in (1, 2, 3))


@pytest.mark.parametrize(
    "content", ["", "not json", "[]", '{"floor": "x", "slots": [], "others": []}', "[" * 100_000, "\xff"]
)
def test_a_damaged_file_says_nothing_and_is_replaced(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(content, "latin-1")
    marks = ReadMarks(file)
    assert not marks.has(5)
    marks.add([5])
    assert ReadMarks(file).has(5)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="What was read cannot be kept in"):
        ReadMarks(tmp_path / "read" / "p").add([1])
    tmp_path.chmod(0o700)


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "read").write_text("")
    marks = ReadMarks(tmp_path / "read" / "p")
    with pytest.raises(StoreError, match="What was read cannot be kept in"):
        marks.add([1])
