"""The world around the program: streams, colours, width and clock."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
from rich.table import Table

from aos_cli.environment import Environment


def make_environment(
    variables: dict[str, str] | None = None, *, tty: bool = False, stdout: TextIO | None = None
) -> Environment:
    """An environment that sees nothing of the real one."""
    return Environment(
        stdin=io.StringIO(),
        stdout=stdout or io.StringIO(),
        stderr=io.StringIO(),
        stdout_is_tty=tty,
        variables=variables or {},
    )


def run_python(program: str, **options: object) -> subprocess.CompletedProcess[str]:
    """What a new Python program with these lines does."""
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload, no-any-return]


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    """A text stream to a real terminal, whose size is 0 by 0."""
    controller, terminal = pty.openpty()
    with open(terminal, "w", encoding="utf-8") as stream:
        yield stream
    os.close(controller)


def resize(terminal: TextIO, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def test_the_real_world_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AOS_TEST_VARIABLE", "here")
    environment = Environment()
    assert environment.stdout is sys.stdout
    assert environment.stderr is sys.stderr
    assert environment.variables["AOS_TEST_VARIABLE"] == "here"
    assert environment.cwd == tmp_path
    assert abs(environment.clock_ms() - time.time() * 1000) < 60_000


def test_everything_can_be_given(tmp_path: Path) -> None:
    streams = io.StringIO(), io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=streams[0],
        stdout=streams[1],
        stderr=streams[2],
        stdin_is_tty=True,
        stdout_is_tty=True,
        stderr_is_tty=True,
        variables={"A": "b"},
        cwd=tmp_path,
        colour="never",
        width=33,
        clock_ms=lambda: 1234,
    )
    assert (environment.stdin, environment.stdout, environment.stderr) == streams
    assert (environment.stdin_is_tty, environment.stdout_is_tty, environment.stderr_is_tty) == (True, True, True)
    assert environment.variables == {"A": "b"}
    assert environment.cwd == tmp_path
    assert not environment.colour_for(environment.stdout)
    assert environment.width == 33
    assert environment.clock_ms() == 1234


def test_everything_can_be_overwritten(tmp_path: Path) -> None:
    environment = make_environment()
    environment.stdout = io.StringIO()
    environment.stdout_is_tty = True
    environment.variables = {"TERM": "xterm"}
    environment.cwd = tmp_path
    environment.width = 20
    environment.clock_ms = lambda: 5
    assert environment.colour_for(environment.stdout)
    environment.colour = "never"
    assert not environment.colour_for(environment.stdout)
    assert (environment.width, environment.clock_ms()) == (20, 5)


def test_a_removed_directory_does_not_stop_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert make_environment().cwd == Path()


def test_terminals_are_known(terminal: TextIO) -> None:
    environment = make_environment(stdout=terminal)
    environment.stdout_is_tty = False
    assert not environment.is_tty(terminal)
    assert Environment(stdin=io.StringIO(), stdout=terminal, stderr=io.StringIO()).stdout_is_tty
    assert not environment.is_tty(environment.stderr)
    assert not environment.is_tty(environment.stdin)
    environment.stdout = io.StringIO()
    assert environment.is_tty(terminal)


COLOURS = [
    ("auto", {}, True, True),
    ("auto", {}, False, False),
    ("auto", {"TERM": "dumb"}, True, False),
    ("auto", {"TERM": "xterm"}, True, True),
    ("auto", {"NO_COLOR": "1"}, True, False),
    ("auto", {"NO_COLOR": ""}, True, True),
    ("auto", {"FORCE_COLOR": "1"}, False, True),
    ("auto", {"FORCE_COLOR": "0"}, False, False),
    ("auto", {"FORCE_COLOR": ""}, False, False),
    ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
    ("auto", {"CLICOLOR_FORCE": "0"}, False, False),
    ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, False, True),
    ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ("always", {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
    ("never", {"FORCE_COLOR": "1"}, True, False),
]


@pytest.mark.parametrize(("choice", "variables", "tty", "coloured"), COLOURS)
def test_colours(choice: str, variables: dict[str, str], tty: bool, coloured: bool) -> None:
    environment = make_environment(variables, tty=tty)
    environment.colour = choice  # type: ignore[assignment]
    assert environment.colour_for(environment.stdout) is coloured


@pytest.mark.parametrize(("choice", "variables", "tty", "coloured"), COLOURS)
def test_the_console_writes_colours_as_chosen(
    choice: str, variables: dict[str, str], tty: bool, coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the object's variables count, not those of the program that runs the test."""
    monkeypatch.setenv("NO_COLOR" if coloured else "FORCE_COLOR", "1")
    environment = make_environment(variables, tty=tty)
    environment.colour = choice  # type: ignore[assignment]
    environment.console(environment.stdout).print("x", style="red")
    assert environment.stdout.getvalue() == ("\x1b[31mx\x1b[0m\n" if coloured else "x\n")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("variables", "colour", "sequence"),
    # A colour for each case: rich remembers the first sequence that it made of a style.
    [
        ({}, "rgb(130,140,251)", "\x1b[94m"),
        ({"TERM": "xterm-256color"}, "rgb(130,140,252)", "\x1b[38;5;105m"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "rgb(130,140,253)", "\x1b[38;2;130;140;253m"),
        ({"COLORTERM": "24bit"}, "rgb(130,140,254)", "\x1b[38;2;130;140;254m"),
    ],
)
def test_the_console_keeps_to_the_colours_of_the_terminal(
    variables: dict[str, str], colour: str, sequence: str
) -> None:
    environment = make_environment(variables, tty=True)
    environment.console(environment.stdout).print("x", style=colour)
    assert environment.stdout.getvalue() == f"{sequence}x\x1b[0m\n"  # type: ignore[attr-defined]


def test_the_console_takes_text_as_it_is() -> None:
    """No markup, no emoji codes, no highlighted numbers, no broken lines."""
    environment = make_environment({"COLUMNS": "20"}, tty=True)
    text = "[bold]1 :smile: 'a'[/bold] " + "word " * 10
    environment.console(environment.stdout).print(text)
    assert environment.stdout.getvalue() == text + "\n"  # type: ignore[attr-defined]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
@pytest.mark.parametrize("columns", ["12", "40"])
def test_tables_keep_to_the_width_and_the_encoding(columns: str, encoding: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    environment = make_environment({"COLUMNS": columns}, stdout=stream)
    table = Table("name", "value")
    table.add_row("inbox", "many words that need more than a line")
    environment.console(stream).print(table)
    stream.flush()
    written = stream.buffer.getvalue().decode(encoding)
    assert max(map(len, written.splitlines())) <= int(columns)
    assert "\\u" not in written


@pytest.mark.parametrize("columns", ["0", "1", "2"])
def test_a_table_on_no_room_at_all_ends(columns: str) -> None:
    environment = make_environment({"COLUMNS": columns})
    environment.console(environment.stdout).print(Table("name", "value", title="a title"))
    assert len(environment.stdout.getvalue()) < 1000  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("encoding", "drawn"),
    [("utf-8", True), ("utf-16", True), ("ascii", False), ("latin-1", False), ("cp1252", False)],
)
def test_unicode_is_a_matter_of_the_encoding(encoding: str, drawn: bool) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    assert make_environment().unicode_for(stream) is drawn


def test_text_kept_as_text_can_be_drawn() -> None:
    environment = make_environment()
    assert environment.unicode_for(environment.stdout)


@pytest.mark.parametrize(
    ("columns", "width"),
    [
        (None, 80),
        ("", 80),
        ("0", 80),
        ("-5", 80),
        ("wide", 80),
        ("9" * 5000, 80),
        ("1", 1),
        ("132", 132),
        ("1000000000", 1000),
    ],
)
def test_width_by_variable(columns: str | None, width: int) -> None:
    environment = make_environment({} if columns is None else {"COLUMNS": columns})
    assert environment.width == width


def test_width_of_the_terminal_as_it_is_now(terminal: TextIO) -> None:
    environment = make_environment(stdout=terminal)
    assert environment.width == 80
    resize(terminal, 120)
    assert environment.width == 120
    assert environment.console(terminal).width == 120
    resize(terminal, 1)
    assert environment.width == 1
    environment.variables = {"COLUMNS": "50"}
    assert environment.width == 50


def test_width_of_the_terminal_behind_standard_error(terminal: TextIO) -> None:
    resize(terminal, 99)
    environment = make_environment()
    environment.stderr = terminal
    assert environment.width == 99


@pytest.mark.parametrize(("fixed", "width"), [(-1, 1), (0, 1), (1, 1), (500, 500), (10**9, 1000)])
def test_a_fixed_width_stays_in_its_bounds(fixed: int, width: int) -> None:
    environment = make_environment({"COLUMNS": "77"})
    environment.width = fixed
    assert environment.width == width


def test_writing() -> None:
    environment = make_environment()
    environment.write_out("a\n")
    environment.write_err("b\n")
    environment.write_out("c")
    assert environment.stdout.getvalue() == "a\nc"  # type: ignore[attr-defined]
    assert environment.stderr.getvalue() == "b\n"  # type: ignore[attr-defined]


def test_what_a_terminal_cannot_encode_is_escaped() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    make_environment(stdout=stream).write_out("né 漢…字 \ud800…\n")
    assert stream.buffer.getvalue() == b"n\\xe9 \\u6f22~\\u5b57 \\ud800~\n"


def test_what_cannot_be_decoded_is_kept() -> None:
    stream = io.TextIOWrapper(io.BytesIO(b"print('\xff')"), encoding="utf-8")
    assert Environment(stdin=stream, stdout=io.StringIO(), stderr=io.StringIO()).stdin.read() == "print('\udcff')"


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_no_locale_stops_the_program(locale: str) -> None:
    program = (
        "from aos_cli.environment import Environment as E; E().write_out('\\u6f22 \\udcff'); E().write_err('\\u6f22')"
    )
    variables = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run_python(program, env=variables, encoding="utf-8", errors="replace")
    assert done.returncode == 0, done.stderr
    assert done.stdout in ("\\u6f22 \\udcff", "漢 \\udcff")


def test_a_reader_that_has_gone_is_told_once_and_quietly() -> None:
    """As `aos ... | head` does it: the exception reaches `main`, and nothing is printed at exit."""
    program = """
from aos_cli.environment import Environment
import sys
environment = Environment()
sys.stdin.readline()
try:
    for _ in range(100_000):
        environment.write_out("a line\\n")
except BrokenPipeError:
    environment.discard_output()
    environment.write_out("nobody hears this\\n")
    print("nor this")
    raise SystemExit(7)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        running.stdin.write(b"go\n")
        running.stdin.close()
        assert running.stderr.read() == b""
        assert running.wait(20) == 7


def test_notices_that_nobody_reads_do_no_harm() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    environment = make_environment()
    with open(writer, "wb", buffering=0) as raw:
        environment.stderr = io.TextIOWrapper(raw, write_through=True)
        gone = environment.stderr
        environment.write_err("first\n")
        environment.write_err("second\n")
        assert environment.stderr is not gone
        gone.detach()


def test_the_console_treats_a_gone_reader_as_the_streams_do() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    environment = make_environment()
    with open(writer, "wb", buffering=0) as raw:
        gone = io.TextIOWrapper(raw, write_through=True)
        with pytest.raises(BrokenPipeError):
            environment.console(gone).print("a result")
        environment.stderr = gone
        environment.console(gone).print("a notice")
        gone.detach()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_notices_for_which_there_is_no_room_do_no_harm() -> None:
    """Python flushes standard error at exit and would end with a status of its own."""
    program = """
from aos_cli.environment import Environment
environment = Environment()
environment.console(environment.stderr).print("a line of a story")
environment.write_err("a notice\\n")
environment.write_out("a result\\n")
raise SystemExit(3)
"""
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=full, check=False)
    assert (done.returncode, done.stdout) == (3, b"a result\n")


def test_discarding_output_that_is_no_file() -> None:
    environment = make_environment()
    kept = environment.stdout
    environment.discard_output()
    environment.write_out("x")
    assert kept.getvalue() == ""  # type: ignore[attr-defined]


def test_streams_that_are_closed_from_the_start() -> None:
    program = (
        "from aos_cli.environment import Environment as E; e = E(); e.write_out('x'); e.write_err('y');"
        "raise SystemExit(3 if (e.stdin.read(), e.stdin_is_tty, e.stdout_is_tty) == ('', False, False) else 4)"
    )
    command = ["/bin/sh", "-c", 'exec "$0" -c "$1" <&- >&- 2>&-', sys.executable, program]
    assert subprocess.run(command, check=False).returncode == 3


def test_import_is_light() -> None:
    program = (
        "import sys; before = set(sys.modules); import aos_cli.environment;"
        "print(sorted(set(sys.modules) - before - {'aos_cli', 'aos_cli.environment', '__future__'}))"
    )
    assert run_python(program).stdout == "[]\n"
