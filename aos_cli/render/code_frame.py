"""The lines of source around an error, with a mark on the one that it is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from aos_cli.render.sanitiser import HIDDEN, to_plain, written_out
from aos_cli.render.values import View

if TYPE_CHECKING:
    from rich.text import Text

    from aos_cli.clients.base import Slot

_CONTEXT_LINES = 2
_TAB_CELLS = 4

# Colours for longer sources would take longer than reading the error. In them, only the lines that are shown are read.
_MOST_LEXED_CHARACTERS = 50_000

# Behind the mark, this much of a long line is shown if it can be.
_CONTEXT_CELLS = 12


class SourceFinder(Protocol):
    """Knows the source that a process was given."""

    def file(self, slot: Slot, name: str) -> str | None:
        """The text of a loaded file as the process had it at a slot, by its name in errors."""

    def typed(self, slot: Slot, fits: Callable[[str], bool]) -> tuple[str, int] | None:
        """What was typed before a slot, the newest text that fits, and the slot that has it."""


def code_frame(source: str, line: int, column: int | None = None, length: int = 1, view: View | None = None) -> Text:
    """A line of source with the two above and below it; empty when there is no such line.

    Args:
        source: Lua text, from anywhere.
        line: from 1.
        column: from 1, in characters of the line; None when nobody knows.
        length: characters to underline.
        view: gives the width that the lines are cut to, signs and colours.
    """
    from rich.text import Text

    view = view or View()
    lines = source.split("\n")
    if not 1 <= line <= len(lines):
        return Text()
    first, last = max(1, line - _CONTEXT_LINES), min(len(lines), line + _CONTEXT_LINES)
    while last > line and not lines[last - 1].strip():
        last -= 1
    digits = len(str(last))
    room = max(view.width - digits - len("  > 1 | "), 1)
    mark = None if column is None else _mark(lines[line - 1], column, length)
    offset = _offset(_harmless(lines[line - 1]), mark, room) if mark else 0
    frame = []
    for number, text in enumerate(_shown_lines(lines, first, last, view), first):
        is_marked = number == line
        row = Text.assemble("  ", (">" if is_marked else " ", "bold red"))
        row.append(f" {number:{digits}} {view.signs.gutter} ", style="dim")
        frame.append(row.append_text(_cut(text, offset, room)))
        if is_marked and mark:
            blank = f"    {'':{digits}} {view.signs.gutter} {'':{mark[0] - offset}}"
            frame.append(Text.assemble((blank, "dim"), ("^" * max(1, min(mark[1], room + offset - mark[0])), "red")))
    return Text("\n").join(frame)


def _mark(line: str, column: int, length: int) -> tuple[int, int]:
    """First cell and cells of what is to be underlined, in the line as it is shown."""
    from rich.cells import cell_len

    before, through = (cell_len(_harmless(line[: max(end, 0)])) for end in (column - 1, column - 1 + length))
    return before, max(through - before, 1)


def _offset(line: str, mark: tuple[int, int], room: int) -> int:
    """Cells at the front of a line that have to go so that its mark, and a little behind it, can be seen."""
    from rich.cells import cell_len

    context = min(_CONTEXT_CELLS, room // 3)
    end = min(mark[0] + min(mark[1], _CONTEXT_CELLS) + context, cell_len(line))
    return min(max(0, end - room), mark[0])


def _harmless(line: str) -> str:
    """A line of source in which everything can be seen, colour sequences included."""
    return to_plain(HIDDEN.sub(lambda found: written_out(found[0]), line.expandtabs(_TAB_CELLS)))


def _shown_lines(lines: list[str], first: int, last: int, view: View) -> list[Text]:
    """Lines of a source as they are shown, in colours if the view wants them."""
    from rich.text import Text

    above = lines[: first - 1]
    if sum(map(len, above)) > _MOST_LEXED_CHARACTERS:
        above = []
    shown = "\n".join(_harmless(line) for line in [*above, *lines[first - 1 : last]])
    text = _highlighted(shown) if view.highlight and len(shown) <= 2 * _MOST_LEXED_CHARACTERS else Text(shown)
    return list(text.split("\n", allow_blank=True))[len(above) :]


def _highlighted(source: str) -> Text:
    """Lua text in colours."""
    from pygments.lexers import get_lexer_by_name
    from pygments.token import Comment, Keyword, Number, String
    from rich.text import Text

    # A kind is a tuple to the checker, and knows what is in it at run time.
    styles: dict[Any, str] = {Comment: "bright_black", Keyword: "magenta", Number: "blue", String: "green"}
    text = Text(source)
    for position, token, value in get_lexer_by_name("lua").get_tokens_unprocessed(source):
        style = next((style for kind, style in styles.items() if token in kind), None)
        if style:
            text.stylize(style, position, position + len(value))
    return text


def _cut(text: Text, offset: int, room: int) -> Text:
    """The part of a line for which there is room.

    Args:
        text: one line.
        offset: characters to leave out at the front.
        room: cells.
    """
    part = text[offset:] if offset < len(text) else text[:0]
    if part.cell_len > room:
        part.truncate(room, overflow="ellipsis")
    return part
