"""What the keys do, where the library's own bindings are not what the shell wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.completion import CompleteEvent, get_common_complete_suffix
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, emacs_insert_mode, has_focus, has_selection, vi_insert_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from aos_cli.repl.block import BlockWord
from aos_cli.repl.commands import is_command
from aos_cli.repl.entry import Check, is_incomplete, without_prompts
from aos_cli.source.indent import STEP, closing_indent, next_indent

if TYPE_CHECKING:
    from prompt_toolkit.buffer import Buffer

    from aos_cli.repl.reading import Reader


class KeyActions(Protocol):
    """What the keys ask of the shell."""

    def run_line(self, line: str) -> None:
        """Runs a dot-command; what is being typed stays. Its errors are shown, not raised."""

    def toggle(self, what: str) -> None:
        """Turns `multiline`, `dry` or `vi` on or off."""

    def edit(self, text: str) -> str | None:
        """The text as the user's editor gives it back; None when there is none."""


_FUNCTION_KEYS: dict[str, str] = {"f1": ".help", "f5": ".inbox"}
_TOGGLE_KEYS: dict[str, str] = {"f2": "multiline", "f3": "dry", "f4": "vi"}

# While the history is searched, the keys belong to the search.
_typing = has_focus(DEFAULT_BUFFER)
_inserting = _typing & (emacs_insert_mode | vi_insert_mode) & ~has_selection


def key_bindings(reader: Reader, check: Check, actions: KeyActions) -> KeyBindings:
    """The shell's own bindings."""
    bindings = KeyBindings()
    _bind_enter(bindings, reader, check)
    _bind_editing(bindings, reader)
    _bind_functions(bindings, actions)
    return bindings


def _bind_enter(bindings: KeyBindings, reader: Reader, check: Check) -> None:
    @bindings.add("enter", filter=_typing)
    def _(event: KeyPressEvent) -> None:
        """Takes what is chosen in the menu; else sends a whole entry, or goes on to a new line."""
        buffer = event.current_buffer
        if buffer.complete_state is not None and buffer.complete_state.current_completion is not None:
            buffer.complete_state = None
        elif reader.in_block:
            _enter_in_block(event, reader)
        elif reader.goes_on(buffer.text) or (reader.asks_lua and _is_unfinished(buffer.text, check)):
            new_line(buffer)
        else:
            _settle_line(buffer)
            buffer.validate_and_handle()

    @bindings.add("escape", "enter", filter=_typing)
    def _(event: KeyPressEvent) -> None:
        """Sends the entry as it is."""
        event.current_buffer.validate_and_handle()

    @bindings.add("c-o", filter=_inserting)
    def _(event: KeyPressEvent) -> None:
        """A new line, whole or not."""
        new_line(event.current_buffer)


def _is_unfinished(text: str, check: Check) -> bool:
    return bool(text.strip()) and not is_command(text) and is_incomplete(text, check)


def _enter_in_block(event: KeyPressEvent, reader: Reader) -> None:
    buffer = event.current_buffer
    word = reader.block_word(buffer.document)
    if word is None:
        new_line(buffer)
        return
    buffer.document = word.document
    if word.action is BlockWord.DONE:
        buffer.validate_and_handle()
    elif word.action is BlockWord.CANCEL:
        event.app.exit(exception=KeyboardInterrupt)
    elif word.action is BlockWord.PRINT:
        run_in_terminal(lambda: reader.show_block(word.document.text))


def _bind_editing(bindings: KeyBindings, reader: Reader) -> None:
    before_text = Condition(lambda: not reader.buffer.document.current_line_before_cursor.strip())
    in_indent = before_text & Condition(lambda: bool(reader.buffer.document.current_line_before_cursor))
    menu_is_idle = Condition(
        lambda: reader.buffer.complete_state is None or reader.buffer.complete_state.current_completion is None
    )

    @bindings.add("tab", filter=_inserting)
    def _(event: KeyPressEvent) -> None:
        """Indents in front of a line; elsewhere completes, or opens the menu and walks through it."""
        if reader.buffer.text and before_text():
            event.current_buffer.insert_text(" " * STEP)
        else:
            _complete(event.current_buffer)

    @bindings.add("backspace", filter=_inserting & in_indent)
    def _(event: KeyPressEvent) -> None:
        """Takes a level of indentation away."""
        blanks = len(event.current_buffer.document.current_line_before_cursor)
        event.current_buffer.delete_before_cursor(blanks % STEP or STEP)

    @bindings.add("c-space", filter=_inserting)
    def _(event: KeyPressEvent) -> None:
        """Opens the menu."""
        event.current_buffer.start_completion()

    @bindings.add("up", filter=_typing & menu_is_idle)
    def _(event: KeyPressEvent) -> None:
        """The line above; from the first one, the entry before that begins with what is typed."""
        buffer = event.current_buffer
        buffer.complete_state = None
        with reader.searching_by_prefix():
            buffer.auto_up(count=event.arg)

    @bindings.add("down", filter=_typing & Condition(lambda: reader.buffer.complete_state is None))
    def _(event: KeyPressEvent) -> None:
        """The line below, or the next entry of the history."""
        with reader.searching_by_prefix():
            event.current_buffer.auto_down(count=event.arg)

    @bindings.add(Keys.BracketedPaste, filter=_typing)
    def _(event: KeyPressEvent) -> None:
        """Inserts what was pasted, whatever is in it, without the prompts that came along."""
        text = event.data.replace("\r\n", "\n").replace("\r", "\n")
        event.current_buffer.insert_text(text if event.current_buffer.text else without_prompts(text))


def _complete(buffer: Buffer) -> None:
    """What all completions have in common; the menu when that is there already."""
    state = buffer.complete_state
    if state is not None and len(state.completions) > 1:
        buffer.complete_next()
        return
    # Not by way of the menu: while one is being made the library would let this key go unheard.
    asked = CompleteEvent(completion_requested=True)
    found = list(buffer.completer.get_completions(buffer.document, asked))
    if len(found) == 1:
        buffer.apply_completion(found[0])
    elif common := get_common_complete_suffix(buffer.document, found):
        buffer.insert_text(common)
    elif found:
        buffer.start_completion(select_first=True)


def _bind_functions(bindings: KeyBindings, actions: KeyActions) -> None:
    def runs(line: str) -> Callable[[KeyPressEvent], None]:
        def run(event: KeyPressEvent) -> None:
            run_in_terminal(lambda: actions.run_line(line))

        return run

    def toggles(what: str) -> Callable[[KeyPressEvent], None]:
        return lambda event: actions.toggle(what)

    for key, line in _FUNCTION_KEYS.items():
        bindings.add(key, filter=_typing)(runs(line))
    for key, what in _TOGGLE_KEYS.items():
        bindings.add(key, filter=_typing)(toggles(what))

    @bindings.add("f10")
    def _(event: KeyPressEvent) -> None:
        """Leaves the shell."""
        event.app.exit(exception=EOFError)

    @bindings.add("c-x", "c-e", filter=_typing)
    def _(event: KeyPressEvent) -> None:
        """Edits the entry in the user's editor."""
        buffer = event.current_buffer

        def edit() -> None:
            text = actions.edit(buffer.text)
            if text is not None:
                buffer.text = text
                buffer.cursor_position = len(text)

        run_in_terminal(edit, in_executor=False)


def new_line(buffer: Buffer) -> None:
    """Ends the line and begins the next one where it belongs."""
    _settle_line(buffer)
    buffer.insert_text("\n" + " " * next_indent(buffer.document.text_before_cursor))


def _settle_line(buffer: Buffer) -> None:
    """Moves a line that ends a block back to where the block began, unless the user put it where it is."""
    document = buffer.document
    if not document.is_cursor_at_the_end_of_line:
        return
    line = document.current_line_before_cursor
    above = document.text_before_cursor[: -len(line) - 1] if line else ""
    columns = closing_indent(document.text_before_cursor)
    if columns is not None and len(line) - len(line.lstrip(" ")) == next_indent(above):
        buffer.delete_before_cursor(len(line))
        buffer.insert_text(" " * columns + line.lstrip(" "))
