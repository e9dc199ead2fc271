"""What the history keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from aos_cli.repl.reading import open_history


def test_history_is_the_newest_first_and_keeps_lines_apart(tmp_path: Path) -> None:
    history = open_history(tmp_path / "history" / "p")
    for entry in ("x = 1", "for i = 1, 2 do\n  print(i)\nend"):
        history.append_string(entry)
    assert list(open_history(tmp_path / "history" / "p").load_history_strings()) == [
        "for i = 1, 2 do\n  print(i)\nend",
        "x = 1",
    ]


@pytest.mark.parametrize(
    "secret",
    [" x = 1", "\tx = 1", 'w = \'{"kty": "RSA", "d" : "abc"}\'', '{"qi":"x"}', "k = '" + "Ab_-" * 64 + "'"],
)
def test_history_does_not_keep_secrets(tmp_path: Path, secret: str) -> None:
    history = open_history(tmp_path / "p")
    history.append_string(secret)
    assert (tmp_path / "p").read_text() == ""
    assert history.get_strings() == [secret]  # for as long as the shell runs


def test_ids_are_no_secrets(tmp_path: Path) -> None:
    line = f"Send({{Target = '{'Ab_-' * 10}abc', Data = 'x'}})"
    open_history(tmp_path / "p").append_string(line)
    assert line in (tmp_path / "p").read_text()


def test_history_is_for_the_owner_alone(tmp_path: Path) -> None:
    open_history(tmp_path / "history" / "p")
    assert (tmp_path / "history").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "history" / "p").stat().st_mode & 0o777 == 0o600


def test_an_entry_that_cannot_be_written_is_kept_in_memory(tmp_path: Path) -> None:
    history = open_history(tmp_path / "p")
    (tmp_path / "p").unlink()
    (tmp_path / "p").mkdir()
    history.append_string("x = 1")
    assert history.get_strings() == ["x = 1"]


def test_history_without_a_file_is_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("in the way")
    history = open_history(tmp_path / "history" / "p")
    history.append_string("x = 1")
    assert history.get_strings() == ["x = 1"]
