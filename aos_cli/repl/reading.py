"""Reading from the user: the line editor with its history, menu, colours and toolbar."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory, ConditionalAutoSuggest
from prompt_toolkit.completion import Completer
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import ANSI, AnyFormattedText
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.layout.processors import HighlightMatchingBracketProcessor
from prompt_toolkit.lexers import DynamicLexer
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import DynamicStyle

from aos_cli.repl.block import BlockStep, block_step
from aos_cli.repl.commands import is_command
from aos_cli.repl.entry import Check
from aos_cli.repl.highlight import EntryLexer, shell_style
from aos_cli.repl.keys import KeyActions, key_bindings

if TYPE_CHECKING:
    from prompt_toolkit.application import Application
    from prompt_toolkit.buffer import Buffer
    from prompt_toolkit.document import Document
    from prompt_toolkit.input import Input
    from prompt_toolkit.output import Output

_CONTINUATION = "... "

# Rows below the line that are kept free for the menu, so that it does not jump.
_MENU_ROWS = 6

# What a private key looks like on a line: a JSON Web Key's private part, or a run of base64 longer than any id.
_SECRET = re.compile(r'"(?:d|p|q|dp|dq|qi|k)"\s*:\s*"|[A-Za-z0-9+/_-]{256}')


class _CarefulHistory(FileHistory):
    """A history file for the owner's eyes only; what begins with a blank or holds a key is not kept."""

    def store_string(self, string: str) -> None:
        if string.startswith((" ", "\t")) or _SECRET.search(string):
            return
        # A full disk costs the history an entry, and the user nothing else.
        with contextlib.suppress(OSError):
            super().store_string(string)


def open_history(path: Path) -> History:
    """The history in a file, saved at every entry; one in memory when the file cannot be had."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
    except OSError:
        return InMemoryHistory()
    return _CarefulHistory(str(path))


class Preferences(Protocol):
    """How the user likes to type; asked again at every entry, and where it matters at every key."""

    @property
    def vi(self) -> bool:
        """Keys of vi instead of those of emacs."""

    @property
    def multiline(self) -> str:
        """`auto`: Enter goes on in an unfinished chunk; `always`: Enter is a new line; `never`: Enter sends."""

    @property
    def completion(self) -> bool:
        """Whether the menu comes by itself."""

    @property
    def suggestion(self) -> bool:
        """Whether the rest of an older entry is suggested."""

    @property
    def highlight(self) -> bool:
        """Whether entries are coloured."""

    @property
    def style(self) -> str:
        """Name of a style of Pygments; "" for our own."""

    @property
    def colour(self) -> bool:
        """Whether the terminal gets colours."""


class Reader:
    """Reads entries.

    Args:
        history: entries of before, and where new ones go.
        check: Lua's word about a chunk.
        prompt: text in front of the cursor, sanitised, with colours as ANSI sequences.
        preferences: how the user likes it.
        actions: what keys ask of the shell.
        completer: the menu; None for none.
        toolbar: the line at the bottom; None while there is none.
        show: shows the text of `.editor` for `.print`.
        begun: called when the user can type.
        inline: the text that a line of `.editor` such as `.load FILE` stands for; None for any other line.
        terminal_input, terminal_output: the terminal; None for the one of the program.
    """

    def __init__(
        self,
        history: History,
        check: Check,
        prompt: Callable[[], str],
        preferences: Preferences,
        actions: KeyActions,
        completer: Completer | None = None,
        toolbar: Callable[[], AnyFormattedText] | None = None,
        inline: Callable[[str], str | None] = lambda line: None,
        show: Callable[[str], None] = lambda text: None,
        begun: Callable[[], None] = lambda: None,
        terminal_input: Input | None = None,
        terminal_output: Output | None = None,
    ) -> None:
        self._prompt = prompt
        self._preferences = preferences
        self._toolbar = toolbar
        self._inline = inline
        self.show_block = show
        self._begun = begun
        self.in_block = False
        self._by_prefix = False
        self._session: PromptSession[str] = PromptSession(
            message=self._message,
            multiline=True,
            prompt_continuation=self._continuation,
            lexer=DynamicLexer(lambda: EntryLexer() if preferences.highlight else None),
            completer=completer,
            complete_in_thread=True,
            complete_while_typing=Condition(lambda: preferences.completion),
            reserve_space_for_menu=_MENU_ROWS if completer else 0,
            auto_suggest=ConditionalAutoSuggest(AutoSuggestFromHistory(), Condition(lambda: preferences.suggestion)),
            enable_history_search=Condition(lambda: self._by_prefix),
            input_processors=[HighlightMatchingBracketProcessor()],
            history=history,
            key_bindings=key_bindings(self, check, actions),
            style=DynamicStyle(lambda: shell_style(preferences.style)),
            include_default_pygments_style=False,
            color_depth=None if preferences.colour else ColorDepth.DEPTH_1_BIT,
            enable_open_in_editor=False,
            enable_suspend=True,
            input=terminal_input,
            output=terminal_output,
        )

    @property
    def app(self) -> Application[str]:
        """The application that runs while an entry is typed."""
        return self._session.app

    @property
    def buffer(self) -> Buffer:
        """What is being typed."""
        return self._session.default_buffer

    def entries(self) -> list[str]:
        """What the history has, oldest first."""
        return list(self._session.history.get_strings())

    @property
    def asks_lua(self) -> bool:
        """Whether Enter goes on in an unfinished chunk."""
        return self._preferences.multiline == "auto"

    def goes_on(self, text: str) -> bool:
        """Whether Enter is a new line, whatever stands there."""
        return self._preferences.multiline == "always" and not is_command(text)

    def read(self, default: str = "") -> str:
        """An entry; `default` stands there to begin with.

        Raises:
            KeyboardInterrupt: the user cleared the line. EOFError: the user is done.
        """
        self.set_vi(self._preferences.vi)
        self._session.bottom_toolbar = self._toolbar
        return self._session.prompt(default=default, pre_run=self._begun)

    def set_vi(self, vi: bool) -> None:
        """Changes the keys while an entry is typed."""
        self._session.editing_mode = EditingMode.VI if vi else EditingMode.EMACS

    def read_block(self) -> str:
        """Several lines, until a line `.done`.

        Raises:
            KeyboardInterrupt: a line `.cancel`, or Ctrl-C. EOFError: the user is done.
        """
        self.in_block = True
        try:
            return self.read()
        finally:
            self.in_block = False

    def block_word(self, document: Document) -> BlockStep | None:
        """What the line with the cursor does in `.editor`; None for a line that is text."""
        return block_step(document, self._inline)

    @contextlib.contextmanager
    def searching_by_prefix(self) -> Iterator[None]:
        """While it lasts, the history gives entries that begin with what is typed.

        Not for good: the library shows no menu while it is on.
        """
        self._by_prefix = True
        try:
            yield
        finally:
            self._by_prefix = False

    def _message(self) -> AnyFormattedText:
        return "" if self.in_block else ANSI(self._prompt())

    def _continuation(self, width: int, _line: int, wraps: int) -> str:
        if wraps or self.in_block:
            return ""
        return _CONTINUATION.rjust(width)
