"""Reading from the user: what is a whole entry, how Enter decides, and what the history keeps."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.formatted_text import ANSI
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

if TYPE_CHECKING:
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

_CONTINUATION = "... "

# What a private key looks like on a line: a JSON Web Key's private part, or a run of base64 longer than any id.
_SECRET = re.compile(r'"(?:d|p|q|dp|dq|qi|k)"\s*:\s*"|[A-Za-z0-9+/_-]{256}')


def is_incomplete(text: str, check: Callable[[bytes, str], str | None]) -> bool:
    """Whether Lua would read on after `text`: it is well so far, but does not end.

    Args:
        text: what was typed.
        check: gives Lua's message about a chunk, or None when it is well.
    """
    source = text.encode("utf-8", "surrogateescape")
    # As the process reads it: an expression first, then statements.
    messages = [check(b"return " + source, "=typed"), check(source, "=typed")]
    return None not in messages and any(_ends_too_early(message or "", text) for message in messages)


def _ends_too_early(message: str, text: str) -> bool:
    """Whether Lua's message says that more text could still make it right."""
    if not message.endswith("<eof>"):
        return False
    # A plain string ends with its line, unless the line end is escaped: what follows cannot mend it.
    return "unfinished string" not in message or text.rstrip(" \t").endswith(("\\", "\\z"))


class _CarefulHistory(FileHistory):
    """A history file for the owner's eyes only; what begins with a blank or holds a key is not kept."""

    def store_string(self, string: str) -> None:
        if string.startswith((" ", "\t")) or _SECRET.search(string):
            return
        super().store_string(string)


def open_history(path: Path) -> History:
    """The history in a file, saved at every entry; one in memory when the file cannot be had."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
    except OSError:
        return InMemoryHistory()
    return _CarefulHistory(str(path))


def _bindings(check: Callable[[bytes, str], str | None]) -> KeyBindings:
    bindings = KeyBindings()
    # While the history is searched, Enter ends the search.
    typing = has_focus(DEFAULT_BUFFER)

    @bindings.add("enter", filter=typing)
    def _(event: KeyPressEvent) -> None:
        """Sends a whole entry; goes on to a new line in an unfinished one."""
        buffer = event.current_buffer
        text = buffer.text
        if not text.lstrip().startswith(".") and text.strip() and is_incomplete(text, check):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @bindings.add("escape", "enter", filter=typing)
    def _(event: KeyPressEvent) -> None:
        """Sends the entry as it is."""
        event.current_buffer.validate_and_handle()

    return bindings


def prompt_session(
    history: History,
    check: Callable[[bytes, str], str | None],
    prompt: Callable[[], str],
    terminal_input: Input | None = None,
    terminal_output: Output | None = None,
) -> PromptSession[str]:
    """What reads the user's entries.

    Args:
        history: entries of before, and where new ones go.
        check: Lua's word about a chunk.
        prompt: text in front of the cursor, sanitised, with colours as ANSI sequences.
        terminal_input, terminal_output: the terminal; None for the one of the program.
    """
    return PromptSession(
        message=lambda: ANSI(prompt()),
        multiline=True,
        prompt_continuation=lambda width, _line, wraps: "" if wraps else _CONTINUATION.rjust(width),
        history=history,
        key_bindings=_bindings(check),
        enable_open_in_editor=False,
        enable_suspend=True,
        input=terminal_input,
        output=terminal_output,
    )
