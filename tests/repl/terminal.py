"""The true program under a true terminal: what it writes is fed to a terminal emulator, and keys are typed at it."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect  # type: ignore[import-untyped] # has no types
import pyte
from processor_time import processor_ticks

ROOT = Path(__file__).parents[2]

_DEADLINE_SECONDS = 10.0

# No other line begins like it.
_TOOLBAR = re.compile(r" .*\bfeed \w+")

_KEYS = {
    "enter": "\r",
    "escape enter": "\x1b\r",
    "up": "\x1b[A",
    "right": "\x1b[C",
    "tab": "\t",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f3": "\x1bOR",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f10": "\x1b[21~",
    "backspace": "\x7f",
    "C-c": "\x03",
    "C-d": "\x04",
    "C-e": "\x05",
    "C-r": "\x12",
    "C-x": "\x18",
    "C-z": "\x1a",
}


class Terminal:
    """A window with `aos` in it.

    Args:
        arguments: of the program.
        home: its AOS_HOME; the user's home folder is beside the store.
        cwd: its current directory.
        columns, rows: size of the window.
        variables: more environment variables; None takes one away.
        in_shell: begin with a shell, at which the program is still to be started.

    Attributes:
        raw: every byte that the program wrote.
    """

    def __init__(
        self,
        *arguments: str,
        home: Path,
        cwd: Path,
        columns: int = 100,
        rows: int = 40,
        variables: dict[str, str | None] | None = None,
        in_shell: bool = False,
    ) -> None:
        wanted: dict[str, str | None] = {
            "PATH": os.environ["PATH"],
            "HOME": str(cwd),
            "AOS_HOME": str(home),
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            **(variables or {}),
        }
        self._screen = pyte.HistoryScreen(max(columns, 1), rows, history=5000, ratio=0.5)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self._child = pexpect.spawn(
            "/bin/sh" if in_shell else sys.executable,
            ["-i"] if in_shell else ["-m", "aos_cli", *arguments],
            env={name: value for name, value in wanted.items() if value is not None},
            cwd=str(cwd),
            dimensions=(rows, columns),
            timeout=_DEADLINE_SECONDS,
        )
        self._child.delaybeforesend = None
        # The emulator answers what a terminal answers, such as where the cursor is.
        self._screen.write_process_input = self._child.send  # type: ignore[method-assign] # pyte's way to be told

    # Looking

    @property
    def lines(self) -> list[str]:
        """All lines but the toolbar, those that were scrolled away included, without blanks at their ends."""
        gone = ["".join(row[column].data for column in range(self._screen.columns)) for row in self._screen.history.top]
        return [line.rstrip() for line in (*gone, *self._screen.display) if not _TOOLBAR.match(line)]

    @property
    def toolbar(self) -> str:
        """The line at the bottom; "" while there is none."""
        return next((line.strip() for line in self._screen.display if _TOOLBAR.match(line)), "")

    @property
    def text(self) -> str:
        """All lines as one text, without empty lines at the end."""
        return "\n".join(self.lines).rstrip()

    @property
    def typed(self) -> str:
        """The line with the cursor."""
        return self._screen.display[self._screen.cursor.y].rstrip()

    def _until_cursor(self) -> str:
        """What stands in front of the cursor, and the line above it, which may be its beginning.

        Behind the cursor may be a suggestion.
        """
        row, column = self._screen.cursor.y, self._screen.cursor.x
        above = self._screen.display[row - 1] if row else ""
        return (above + self._screen.display[row][:column]).rstrip()

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = _DEADLINE_SECONDS) -> None:
        """Reads what the program writes until a condition holds; fails when it does not in time."""
        end = time.monotonic() + seconds
        while not condition():
            alive = self._read(end - time.monotonic())
            if not condition() and (not alive or time.monotonic() > end):
                raise AssertionError(f"{what} did not come; on the screen stands\n{self.text}")

    def wait_for(self, text: str, times: int = 1, seconds: float = _DEADLINE_SECONDS) -> None:
        """Waits until a text is on the screen, or was and was scrolled away."""
        self.wait_until(lambda: self.text.count(text) >= times, f"{text!r} {times} times", seconds)

    def wait_for_prompt(self, name: str = "default") -> None:
        """Waits until the cursor stands behind an empty prompt of the process."""
        self.wait_until(lambda: self.typed.startswith(f"{name}@aos-") and self.typed.endswith(">"), f"prompt of {name}")

    def wait_for_end(self) -> int:
        """Waits until the program has ended; gives its exit status."""
        end = time.monotonic() + _DEADLINE_SECONDS
        while self._read(end - time.monotonic()):
            if time.monotonic() > end:
                raise AssertionError(f"the program did not end; on the screen stands\n{self.text}")
        self._child.close()
        assert self._child.signalstatus is None, f"ended by signal {self._child.signalstatus}"
        status: int | None = self._child.exitstatus
        assert status is not None
        return status

    def wait_until_busy(self) -> None:
        """Waits until a line that takes long is being evaluated.

        The terminal is then as the program found it, and Ctrl-C is a signal. For an instant more, prompt_toolkit
        still catches that signal; a program that has worked since is past it.
        """
        self.wait_until(lambda: bool(termios.tcgetattr(self._child.child_fd)[3] & termios.ISIG), "end of typing")
        before = processor_ticks(self._child.pid)
        self.wait_until(lambda: processor_ticks(self._child.pid) > before + 10, "evaluation")

    def _read(self, seconds: float) -> bool:
        """Takes in what is there, waiting a little for it; False when the program has closed the terminal."""
        readable, _, _ = select.select([self._child.child_fd], [], [], max(0.0, min(seconds, 0.5)))
        if not readable:
            return True
        try:
            chunk = os.read(self._child.child_fd, 65536)
        except OSError:  # how Linux says that the other side is closed
            return False
        self.raw += chunk
        self._stream.feed(chunk)
        return bool(chunk)

    # Typing

    def type(self, text: str) -> None:
        """Types characters."""
        self._child.send(text.encode("utf-8", "surrogateescape"))

    def key(self, *names: str) -> None:
        """Presses keys, by their names."""
        self.type("".join(_KEYS[name] for name in names))

    def enter(self, line: str) -> None:
        """Types a line, looks that it is there, and presses Enter."""
        self.type(line)
        self.wait_until(lambda: self._until_cursor().endswith(line.rstrip()[-8:]), f"the echo of {line!r}")
        self.key("enter")

    def paste(self, text: str) -> None:
        """Pastes, as terminals do when the program asked to be told of pastes."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def resize(self, columns: int, rows: int) -> None:
        """Drags the corner of the window."""
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def ask(self, line: str, name: str = "default") -> str:
        """Types a line and Enter, waits for the next prompt, and gives what was shown in between."""
        self.wait_for_prompt(name)
        before = len(self.lines) - self.lines[::-1].index(self.typed)
        self.enter(line)
        self.wait_for_prompt(name)
        return "\n".join(self.lines[before:]).rstrip().rpartition("\n")[0]

    def close(self) -> None:
        """Closes the window."""
        self._child.close(force=True)


# What the fixtures give.
Open = Callable[..., Terminal]
Shown = Callable[..., str]
Outside = Callable[..., list[Any]]
