"""A terminal window for tests: a true pseudo-terminal with a program in it, and the screen that a person would see."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pexpect  # type: ignore[import-untyped] # has no types
import pyte

REPOSITORY = Path(__file__).resolve().parents[2]
TEST_WALLET = REPOSITORY / "tests" / "vectors" / "test-wallet.json"

# More lines than any test writes, so that nothing scrolls away.
_LINES = 150

# No other line begins with a blank and says how the feed is.
_TOOLBAR = re.compile(r" .*\bfeed \w+")

_PATIENCE_SECONDS = 20.0


class _AnsweringScreen(pyte.Screen):
    """A screen that answers the question where the cursor is, as every terminal does."""

    def __init__(self, columns: int, rows: int, answer: Callable[[str], object]) -> None:
        self._answer = answer
        super().__init__(columns, rows)

    def write_process_input(self, data: str) -> None:
        """Called by pyte with what the terminal says to the program."""
        self._answer(data)


def make_home(folder: Path) -> Path:
    """A home with a wallet in it, so that no test waits for a new key."""
    folder.mkdir(mode=0o700, parents=True)
    wallet = folder / "wallet.json"
    wallet.write_bytes(TEST_WALLET.read_bytes())
    wallet.chmod(0o600)
    return folder


def program_variables(home: Path) -> dict[str, str]:
    """The environment variables of a program under test: nothing of the tester's own.

    Args:
        home: the folder that `aos` and the program's user have for themselves.
    """
    beside_python = Path(sys.executable).parent
    return {
        "AOS_HOME": str(home),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join([str(beside_python), "/usr/local/bin", "/usr/bin", "/bin"]),
        "TERM": "xterm-256color",
        "TZ": "UTC",
    }


class Window:
    """A window.

    Args:
        command: the program and its arguments.
        variables: its environment.
        columns, rows: size of the window.
    """

    def __init__(
        self, command: list[str], variables: Mapping[str, str], columns: int = 100, rows: int = _LINES
    ) -> None:
        self._child = pexpect.spawn(
            command[0], command[1:], env=dict(variables), cwd=str(REPOSITORY), dimensions=(rows, columns), timeout=10
        )
        # Nothing is gained by pexpect's pause in front of every write.
        self._child.delaybeforesend = None
        self._screen = _AnsweringScreen(columns, rows, self._child.send)
        self._stream = pyte.ByteStream(self._screen)

    @classmethod
    def with_shell(cls, home: Path, columns: int = 100, rows: int = _LINES) -> Window:
        """A window with bash in it, its prompt a dollar sign."""
        command = ["bash", "--norc", "--noprofile", "--noediting"]
        window = cls(command, {**program_variables(home), "PS1": "$ "}, columns, rows)
        window.wait(lambda: window.lines() == ["$"])
        return window

    def lines(self) -> list[str]:
        """What is on the screen above the toolbar, without blanks and empty lines at the ends."""
        return _trimmed([line for line in self._screen.display if not _TOOLBAR.match(line)])

    def toolbar(self) -> str:
        """The line at the bottom, "" when it is not drawn."""
        return next((line.strip() for line in self._screen.display if _TOOLBAR.match(line)), "")

    def cells(self) -> list[list[pyte.screens.Char]]:
        """The characters of the screen, its toolbar included, with their colours, in full width."""
        rows = range(len(_trimmed(self._screen.display)))
        return [[self._screen.buffer[row][column] for column in range(self._screen.columns)] for row in rows]

    def type(self, text: str) -> None:
        """Types a line and presses Enter."""
        # While another window was played nobody answered what the program asked this one, such as where the cursor is;
        # an answer behind the line would find nobody who waits for it.
        while self._read(0):
            pass
        self._child.send(text.encode() + b"\r")

    def type_ahead(self, text: str) -> None:
        """Types without Enter."""
        self._child.send(text.encode())

    def wait(self, condition: Callable[[], bool]) -> bool:
        """Reads what the program writes until the condition holds; False when it did not in time."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > end:
                return False
            if self._read(0.1) is None:
                return condition()
        return True

    def _read(self, seconds: float) -> bool | None:
        """Reads what the program writes within a time; False when that is nothing, None when it has ended."""
        try:
            self._stream.feed(self._child.read_nonblocking(65536, timeout=seconds))
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            return None
        return True

    def close(self) -> None:
        """Ends the program."""
        self._child.close(force=True)


def _trimmed(lines: Sequence[str]) -> list[str]:
    trimmed = [line.rstrip() for line in lines]
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    return trimmed
