"""Colours, encodings and widths of what commands write."""

from __future__ import annotations

import errno
import io
import re

import pytest
from program import Program

from aos_cli.cli.main import run
from aos_cli.environment import Environment
from aos_cli.status import ExitStatus

COLOURED = r"print('\27[31mred\27[0m') Send({Target = ao.id, Action = 'Note'}) return {1}"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def everything(aos: Program, **how: object) -> str:
    """What the commands write about a process with colours, messages and errors."""
    aos.write("app.lua", COLOURED)
    words = (
        ["run", "app.lua"], ["eval", "alice", COLOURED], ["eval", "alice", "error('no')"], ["ps"], ["inbox", "alice"],
        ["log", "alice"], ["inbox", "nobody"], ["--help"],
    )  # fmt: skip
    runs = [aos(*line, **how) for line in words]  # type: ignore[arg-type] # the same options for all
    return "".join(ended.out + ended.err for ended in runs)


def test_a_pipe_gets_no_colours(aos: Program) -> None:
    written = everything(aos)
    assert "red" in written
    assert "\x1b" not in written


def test_a_terminal_gets_colours(aos: Program) -> None:
    written = everything(aos, tty=True)
    assert "\x1b[31mred\x1b[0m" in written
    assert "\x1b" not in ESCAPE.sub("", written)


def test_colours_may_be_wanted_in_a_pipe(aos: Program) -> None:
    assert aos("--color", "always", "eval", "alice", COLOURED).out.startswith("\x1b[31mred\x1b[0m\n")
    assert aos("--color=always", "eval", "alice", "error('no')").err.startswith("\x1b[")
    assert "\x1b[31mred" in aos("eval", "alice", COLOURED, FORCE_COLOR="1").out


@pytest.mark.parametrize(
    "variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}], ids=str
)
def test_a_terminal_may_want_no_colours(aos: Program, variables: dict[str, str]) -> None:
    assert "\x1b" not in everything(aos, tty=True, **variables)


def test_the_option_goes_before_the_variables(aos: Program) -> None:
    assert "\x1b" not in aos("--color", "never", "eval", "alice", COLOURED, tty=True, FORCE_COLOR="1").out
    assert "\x1b[31m" in aos("--color", "always", "eval", "alice", COLOURED, NO_COLOR="1").out


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_terminal_that_cannot_show_all_letters_stops_nothing(aos: Program, encoding: str) -> None:
    ended = aos("eval", "alice", "return '→ ж 日本'", encoding=encoding)
    assert (ended.status, ended.out) == (0, "\\u2192 \\u0436 \\u65e5\\u672c\n")
    assert "-> alice" in aos("eval", "alice", "Send({Target = ao.id, Action = 'Note'})", encoding=encoding).err
    assert aos("log", "alice", encoding=encoding).status == 0


def test_without_a_locale_the_program_runs(aos: Program) -> None:
    ended = aos.apart("eval", "alice", "return 'ж'", LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (ended.status, ended.out, "Traceback" in ended.err) == (0, "\\u0436\n", False)


def test_input_that_is_no_text_is_evaluated_all_the_same(aos: Program) -> None:
    """Bytes that are not UTF-8 reach the process as they are."""
    code = b"return #'\xff\xfe\xe9'".decode("utf-8", "surrogateescape")
    assert aos("eval", "alice", code).out == "3\n"
    assert aos("eval", "alice", "-", stdin=code + " ").out == "3\n"


@pytest.mark.parametrize("width", [1, 10, 40, 200])
def test_output_is_never_broken_into_lines(aos: Program, width: int) -> None:
    """What is copied or piped is what was printed, however narrow the window."""
    line = "word " * 50 + "end"
    ended = aos("eval", "alice", f"return '{line}'", width=width, tty=True, colour="never")
    assert ended.out == line + "\n"


def test_a_large_output_is_whole_in_a_pipe(aos: Program) -> None:
    assert len(aos("eval", "alice", "return ('x'):rep(300000)").out) == 300_001


EVIL = "\\u{9b}2J\\u{202e}\\u{7f}"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_json_is_json_in_every_encoding_and_harmless_in_a_terminal(aos: Program, encoding: str) -> None:
    """C1 controls are commands to a terminal, and the text comes from whoever sends a message."""
    text = "\x9b2J\u202e\x7f é 日 😀"
    code = f'Send({{Target = ao.id, Action = "{EVIL}", Data = "{EVIL} é 日 😀"}}) return "{EVIL}"'
    for words in (["eval", "--json", "alice", code], ["inbox", "--json", "alice"], ["log", "--json", "alice"]):
        ended = aos(*words, encoding=encoding, tty=True)
        assert not set(ended.out) & set("\x9b\u202e\x7f")
        assert ended.json  # it can be read
    assert aos("inbox", "--json", "alice", encoding=encoding).json[-1]["Data"] == text


def test_a_result_that_cannot_be_written_is_told(aos: Program) -> None:
    class Full(io.StringIO):
        def write(self, text: str, /) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    err = io.StringIO()
    environment = Environment(
        stdin=io.StringIO(), stdout=Full(), stderr=err, variables=aos.variables, cwd=aos.cwd, width=80
    )
    assert run(["eval", "alice", "return 1"], environment) == ExitStatus.STORE
    assert err.getvalue().endswith("aos: Standard output cannot be written: No space left on device\n")
