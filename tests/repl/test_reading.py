"""Whether an entry is whole, and what the history keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input.defaults import create_pipe_input
from prompt_toolkit.output import DummyOutput

from aos_cli.machine.native import check_syntax
from aos_cli.repl.reading import is_incomplete, open_history, prompt_session

UNFINISHED = [
    "function f()", "if x then", "while true do", "for i = 1, 2 do", "repeat", "do", "x = {", "f(", "f{", "return (1",
    "x =", "1 +", "a.", "a:", "not", "local function", "[[", "[==[ ]]", "--[[", "x = [[\n", "'a\\", '"a\\z',
    "if x then y()\nelse", "#",
    "Handlers.add('a', 'b', function(msg)\n  print(msg)", "x = function() return {", "local t = {1,\n2,",
]  # fmt: skip

WHOLE = [
    "", " ", "1", "x", "1 + 1", "x = 1", "return", "print('a')", "function f() end", "{1, 2}", "x y", "end", ")",
    "x = }", "return return", "'unfinished", '"unfinished', "-- comment", "a b c", "local x <bad>", "goto nowhere",
    "\\", "...",
]  # fmt: skip


@pytest.mark.parametrize("text", UNFINISHED)
def test_lua_would_read_on(text: str) -> None:
    assert is_incomplete(text, check_syntax)


@pytest.mark.parametrize("text", WHOLE)
def test_lua_would_not_read_on(text: str) -> None:
    """It is well, or so wrong that more text does not mend it."""
    assert not is_incomplete(text, check_syntax)


@pytest.mark.parametrize("bad", ["\udcff", "x = '\udcff", "\x00", "x = {\x00"])
def test_bytes_that_are_no_text_are_no_trouble(bad: str) -> None:
    assert is_incomplete(bad, check_syntax) in (True, False)


def entries(keys: str) -> str:
    """What is read of some keys."""
    with create_pipe_input() as typed:
        typed.send_text(keys)
        session = prompt_session(InMemoryHistory(), check_syntax, lambda: "> ", typed, DummyOutput())
        return session.prompt()


def test_enter_sends_what_is_whole() -> None:
    assert entries("1 + 1\r") == "1 + 1"


def test_enter_goes_on_in_what_is_unfinished() -> None:
    assert entries("f(\r1)\r") == "f(\n1)"


def test_escape_enter_sends_what_is_unfinished() -> None:
    assert entries("f(\x1b\r") == "f("


def test_a_dot_command_is_never_unfinished() -> None:
    assert entries(".load (\r") == ".load ("


def test_a_paste_is_one_entry() -> None:
    assert entries("\x1b[200~x = 1\ny = 2\r\nz = 3\x1b[201~\r") == "x = 1\ny = 2\nz = 3"


def test_ctrl_d_ends_and_ctrl_c_clears() -> None:
    with pytest.raises(EOFError):
        entries("\x04")
    with pytest.raises(KeyboardInterrupt):
        entries("abc\x03")


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


def test_history_without_a_file_is_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("in the way")
    history = open_history(tmp_path / "history" / "p")
    history.append_string("x = 1")
    assert history.get_strings() == ["x = 1"]
