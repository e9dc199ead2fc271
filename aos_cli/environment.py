"""The world around the program, as one object that is passed down.

Nothing else in `aos` reads `sys.stdout`, `os.environ`, the clock or the size of the terminal. A test makes an
`Environment` of its own; `main` makes the real one, once.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import time

# Not from `typing`, which takes longer to import than the whole of this module; type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import Literal, TextIO

    from rich.console import Console

    ColourChoice = Literal["auto", "always", "never"]

_USUAL_WIDTH = 80
# No screen is wider; a COLUMNS of a billion would make every ruled line a gigabyte.
_GREATEST_WIDTH = 1000
# What the tables, the tree and the prompt draw with.
_DRAWING = "─│╭╮╰╯├└┌┐…"
_ESCAPING = "aos_escaping"


class Environment:
    """Streams, variables, terminal and clock. Every attribute can be given or overwritten, which is what tests do.

    `write_out` and `write_err` are the only way to the streams. When the reader of standard output has gone
    (`aos ... | head`), `write_out` raises BrokenPipeError; commands let it pass, and `main` calls `discard_output` and
    ends the program quietly.

    Attributes:
        stdin, stdout, stderr: text streams. What a stream cannot encode is written as a backslash escape, an ellipsis
            as "~", and what cannot be decoded is read as surrogate escapes: no text and no terminal stops the program.
        stdin_is_tty, stdout_is_tty, stderr_is_tty: whether a person is at the other end.
        variables: the environment variables.
        cwd: the current directory; "." when it has been removed.
        colour: the user's choice; `colour_for` says what it means for a stream.
        quiet: whether standard error is for errors only.
        verbose: whether standard error gets details, too.
        clock_ms: the wall clock, in milliseconds since 1970.
    """

    def __init__(
        self,
        *,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        stdin_is_tty: bool | None = None,
        stdout_is_tty: bool | None = None,
        stderr_is_tty: bool | None = None,
        variables: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        colour: ColourChoice = "auto",
        width: int | None = None,
        clock_ms: Callable[[], int] | None = None,
    ) -> None:
        self.stdin = _forgiving(stdin or sys.stdin, "surrogateescape")
        codecs.register_error(_ESCAPING, _escaped)
        self.stdout = _forgiving(stdout or sys.stdout, _ESCAPING)
        self.stderr = _forgiving(stderr or sys.stderr, _ESCAPING)
        self.stdin_is_tty = _is_tty(self.stdin) if stdin_is_tty is None else stdin_is_tty
        self.stdout_is_tty = _is_tty(self.stdout) if stdout_is_tty is None else stdout_is_tty
        self.stderr_is_tty = _is_tty(self.stderr) if stderr_is_tty is None else stderr_is_tty
        self.variables = os.environ if variables is None else variables
        self.cwd = _current_directory() if cwd is None else cwd
        self.colour: ColourChoice = colour
        self.quiet = False
        self.verbose = False
        self.clock_ms = _clock_ms if clock_ms is None else clock_ms
        self._width = width

    @property
    def width(self) -> int:
        """Columns of the terminal, 1 to 1000, as they are now; assign to it to fix them.

        COLUMNS decides, then the terminal of standard output, then that of standard error; 80 when nobody knows.
        """
        columns = self._width
        if columns is None:
            columns = (
                _number(self.variables.get("COLUMNS", ""))
                or _terminal_size(self.stdout)[0]
                or _terminal_size(self.stderr)[0]
                or _USUAL_WIDTH
            )
        return min(max(columns, 1), _GREATEST_WIDTH)

    @width.setter
    def width(self, columns: int) -> None:
        self._width = columns

    @property
    def height(self) -> int:
        """Rows of the terminal of standard output as they are now, by LINES or the terminal; 0 when nobody knows."""
        return _number(self.variables.get("LINES", "")) or _terminal_size(self.stdout)[1]

    def is_tty(self, stream: TextIO) -> bool:
        """Whether a person is at the other end of a stream."""
        if stream is self.stdin:
            return self.stdin_is_tty
        if stream is self.stdout:
            return self.stdout_is_tty
        if stream is self.stderr:
            return self.stderr_is_tty
        return _is_tty(stream)

    def colour_for(self, stream: TextIO) -> bool:
        """Whether to write colours to a stream.

        The user's choice goes before the variables, NO_COLOR before FORCE_COLOR and CLICOLOR_FORCE ("0" is not
        set), those before what the terminal is.

        Source: no-color.org, bixense.com/clicolors.
        """
        if self.colour != "auto":
            return self.colour == "always"
        if self.variables.get("NO_COLOR"):
            return False
        if any(self.variables.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
            return True
        return self.is_tty(stream) and self.variables.get("TERM") != "dumb"

    def unicode_for(self, stream: TextIO) -> bool:
        """Whether a stream can encode line drawing."""
        # A stream without an encoding keeps text as it is.
        encoding = stream.encoding or "utf-8"
        try:
            _DRAWING.encode(encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def console(self, stream: TextIO) -> Console:
        """A rich console on a stream: our width and colours, no guessing at the text.

        A new one each time, because the terminal's width changes under a running shell. Lines of text are never
        broken, so that what is copied or piped is what was written; tables still keep to the width. A reader that has
        gone is treated as in `write_out` and `write_err`.
        """
        from rich.console import Console

        class AosConsole(Console):
            def on_broken_pipe(self) -> None:
                # Rich would end the program here, with a status of its own.
                raise BrokenPipeError

        return AosConsole(
            file=_Notices(self) if stream is self.stderr else stream,
            width=self.width,
            force_terminal=self.is_tty(stream),
            color_system=self._colour_system() if self.colour_for(stream) else None,
            no_color=not self.colour_for(stream),
            force_jupyter=False,
            soft_wrap=True,
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
            _environ=self.variables,
        )

    def write_out(self, text: str) -> None:
        """Writes a result to standard output, at once.

        Raises:
            BrokenPipeError: nobody reads any more.
        """
        self.stdout.write(text)
        # Without this a broken pipe shows only at exit, where nobody can catch it.
        self.stdout.flush()

    def write_err(self, text: str) -> None:
        """Writes everything that is not a result to standard error, at once; nothing when it cannot be written."""
        try:
            self.stderr.write(text)
            self.stderr.flush()
        except OSError:
            # A notice that nobody can read, or that fits on no disk, is no reason to fail.
            self.stderr = _discarded(self.stderr)

    def page(self, text: str, command: Sequence[str], variables: Mapping[str, str]) -> bool:
        """Shows a text in a pager and waits until the user has left it; Ctrl-C is the pager's alone meanwhile.

        Args:
            text: harmless text with its colours.
            command: the pager and its arguments; it reads standard input.
            variables: its environment.

        Returns:
            False when there was no pager, and nothing was shown: standard output is no terminal, the program does not
            exist, or this is not the main thread, where Ctrl-C would interrupt whatever that one does.
        """
        import shutil
        import signal
        import subprocess
        import threading

        program = shutil.which(command[0], path=variables.get("PATH")) if command else None
        if program is None or not self.stdout_is_tty or threading.current_thread() is not threading.main_thread():
            return False
        self.stdout.flush()
        content = text.encode(self.stdout.encoding or "utf-8", _ESCAPING)
        # A handler and not SIG_IGN, which the pager would inherit.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            pager = subprocess.Popen(  # noqa: S603 - the user's own choice of a program
                [program, *command[1:]], stdin=subprocess.PIPE, stdout=self.stdout, env=dict(variables)
            )
            # A user who leaves before the end of the text is no failure: `communicate` passes over the broken pipe.
            pager.communicate(content)
        except OSError:
            return False
        finally:
            signal.signal(signal.SIGINT, before)
        return True

    def discard_output(self) -> None:
        """Lets all further standard output vanish; for `main`, after a BrokenPipeError."""
        self.stdout = _discarded(self.stdout)

    def _colour_system(self) -> Literal["standard", "256", "truecolor"]:
        """How many colours the terminal says it has."""
        if self.variables.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
            return "truecolor"
        if self.variables.get("TERM", "").endswith(("256color", "kitty", "direct")):
            return "256"
        return "standard"


class _Nowhere(io.StringIO):
    """A stream that is always at its end and forgets what is written; stands for one that is closed."""

    def write(self, text: str, /) -> int:
        return len(text)


class _Notices(io.StringIO):
    """Standard error as rich writes to it: what cannot be written is no failure there either."""

    def __init__(self, environment: Environment) -> None:
        super().__init__()
        self._environment = environment

    @property
    def encoding(self) -> str:  # type: ignore[override] # io.StringIO has it read-only, too
        return self._environment.stderr.encoding

    def write(self, text: str, /) -> int:
        self._environment.write_err(text)
        return len(text)


def _discarded(stream: TextIO) -> TextIO:
    """A stream that goes nowhere, in place of one that failed.

    Python flushes standard output and standard error once more at exit, would complain about the failure there, and
    end with a status of its own; so what is left in them goes nowhere, too.
    """
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        pass  # not a file: nothing will be flushed
    else:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
    return _Nowhere()


def _forgiving(stream: TextIO | None, errors: str) -> TextIO:
    """The stream, set to convert what it cannot code; one that goes nowhere if the program was started without it."""
    if stream is None or stream.closed:
        return _Nowhere()
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=errors)
    return stream


def _escaped(error: UnicodeError) -> tuple[str | bytes, int]:
    """What is written for the first character that a stream cannot encode, and where to go on; a codec error handler.

    The ellipsis that ends a cut name or table cell becomes one other character, so that columns stay aligned.
    """
    if isinstance(error, UnicodeEncodeError):
        error.end = error.start + 1
        if error.object[error.start] == "…":
            return "~", error.end
    return codecs.backslashreplace_errors(error)


def _is_tty(stream: TextIO) -> bool:
    """Whether a terminal is at the other end of a stream; not, if it is closed."""
    return not stream.closed and stream.isatty()


def _terminal_size(stream: TextIO) -> tuple[int, int]:
    """Columns and rows of the terminal that a stream goes to; 0 when it goes elsewhere or nobody knows."""
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return 0, 0
    return size.columns, size.lines


def _number(digits: str) -> int:
    """The number that somebody put into a variable; 0 when it is none, or negative."""
    try:
        return max(int(digits), 0)
    except ValueError:
        return 0


def _current_directory() -> Path:
    """The current directory, absolute; relative if it no longer exists."""
    from pathlib import Path

    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path()


def _clock_ms() -> int:
    """Milliseconds since 1970, by the computer's wall clock."""
    return time.time_ns() // 1_000_000
