"""The pager, under a true terminal."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pexpect  # type: ignore[import-untyped] # has no types
import pytest

from aos_cli.environment import Environment

# Pages a text with the command in its arguments and goes on; Ctrl-C would end it.
_PROGRAM = """
import os, sys
from aos_cli.environment import Environment
text = "".join(f"line {number} \\x1b[31mred\\x1b[0m\\n" for number in range(100))
shown = Environment().page(text, sys.argv[1:], os.environ)
print("shown" if shown else "not shown", "and alive")
"""

# A pager that says what it was given, and waits for Ctrl-C.
_PAGER = """
import signal, sys
text = sys.stdin.read()
print(len(text.splitlines()), "lines,", "coloured" if "\\x1b[31m" in text else "plain", flush=True)
try:
    signal.pause()
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.fixture
def spawned() -> Iterator[list[pexpect.spawn]]:
    programs: list[pexpect.spawn] = []
    yield programs
    for program in programs:
        program.close(force=True)


def page(spawned: list[pexpect.spawn], *command: str) -> pexpect.spawn:
    root = str(Path(__file__).parents[1])
    program = pexpect.spawn(
        sys.executable,
        ["-c", _PROGRAM, *command],
        env={**os.environ, "PYTHONPATH": root, "TERM": "xterm", "LESS": ""},
        encoding="utf-8",
        timeout=20,
        dimensions=(24, 80),
    )
    spawned.append(program)
    return program


def test_less_shows_the_text_and_gives_the_terminal_back(spawned: list[pexpect.spawn]) -> None:
    program = page(spawned, "less", "-SRX")
    program.expect("line 5 ")
    program.send("q")
    program.expect("shown and alive")
    program.expect(pexpect.EOF)


def test_ctrl_c_is_the_pagers(spawned: list[pexpect.spawn]) -> None:
    program = page(spawned, sys.executable, "-c", _PAGER)
    program.expect("100 lines, coloured")
    program.send("\x03")
    program.expect("interrupted")
    program.expect("shown and alive")


def test_a_pager_that_leaves_before_the_end_is_no_failure(spawned: list[pexpect.spawn]) -> None:
    page(spawned, "true").expect("shown and alive")


@pytest.mark.parametrize("command", [(), ("no-such-pager",), ("/",)])
def test_without_a_pager_nothing_is_shown(spawned: list[pexpect.spawn], command: tuple[str, ...]) -> None:
    page(spawned, *command).expect("not shown and alive")


def test_only_a_terminal_and_the_main_thread_get_a_pager() -> None:
    assert not Environment(stdout=io.StringIO(), stdout_is_tty=False).page("text", ["cat"], os.environ)
    answers: list[bool] = []
    environment = Environment(stdout=io.StringIO(), stdout_is_tty=True)
    thread = threading.Thread(target=lambda: answers.append(environment.page("text", ["cat"], os.environ)))
    thread.start()
    thread.join()
    assert answers == [False]


@pytest.mark.parametrize(("lines", "height"), [("33", 33), ("0", 0), ("", 0), ("many", 0)])
def test_the_height_is_that_of_the_terminal_or_unknown(lines: str, height: int) -> None:
    assert Environment(stdout=io.StringIO(), variables={"LINES": lines}).height == height


def test_the_height_of_a_terminal_is_asked_for() -> None:
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 17, 80, 0, 0))
    with open(terminal, "w", encoding="utf-8") as stream:
        assert Environment(stdout=stream, variables={}).height == 17
    os.close(controller)
