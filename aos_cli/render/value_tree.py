"""A long table as a tree: a line for each entry, and notes of what was left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aos_cli.render.sanitiser import visible_name
from aos_cli.render.value_text import KEY_STYLE, TEXT_STYLE, Bare, scalar_text

if TYPE_CHECKING:
    from rich.text import Text

    from aos_cli.render.values import View

_LONGEST_KEY_CELLS = 48

# A table of so few cells stands behind its key, as in `notes = { "A", "B" }`.
_INLINE_CELLS = 60


def value_tree(value: dict[str, Any] | list[Any], view: View) -> Text:
    """A table as a tree, within the limits of the view; no line is longer than its width."""
    from rich.text import Text

    from aos_cli.render.values import HOW_TO_SEE_ALL

    tree = _Tree(view)
    tree.line("", _count(value), "dim")
    tree.grow(value, "", 1)
    if tree.is_cut:
        tree.line("", HOW_TO_SEE_ALL, "dim")
    return Text("\n").join(tree.lines)


def _count(value: dict[str, Any] | list[Any]) -> str:
    return f"{len(value):,} {'entry' if len(value) == 1 else 'entries'}"


def entries_of(value: dict[str, Any] | list[Any]) -> Iterator[tuple[str, Any]]:
    """Keys and values in their order; the keys of an array are its numbers."""
    return iter(value.items() if isinstance(value, dict) else ((str(at), entry) for at, entry in enumerate(value, 1)))


class _Tree:
    """Lines, and whether something was left out of them.

    Args:
        view: the limits.
    """

    def __init__(self, view: View) -> None:
        self.lines: list[Text] = []
        self.is_cut = False
        self._view = view

    def grow(self, table: dict[str, Any] | list[Any], prefix: str, depth: int) -> None:
        """Adds the entries of a table.

        Args:
            table: what is opened.
            prefix: the lines of the tree that lead past its entries.
            depth: 1 for the entries of the value itself.
        """
        view, signs = self._view, self._view.signs
        for position, (key, value) in enumerate(entries_of(table)):
            left = len(table) - position
            if position >= view.max_items or len(self.lines) >= view.max_lines:
                self.is_cut = True
                self.line(prefix + signs.last, view.more(left), "dim")
                return
            room = view.width - len(prefix) - len(signs.branch)
            label = visible_name(key, width=max(1, min(_LONGEST_KEY_CELLS, room // 2)))
            opened = self._entry(prefix + (signs.branch if left > 1 else signs.last), label, value, depth)
            if opened:
                self.grow(value, prefix + (signs.bar if left > 1 else signs.gap), depth + 1)

    def _entry(self, prefix: str, label: str, value: Any, depth: int) -> bool:
        """Adds the line of an entry; True when its value is a table that is to be opened below it."""
        from rich.text import Text

        line = Text.assemble((prefix, "dim"), (label, KEY_STYLE))
        room = self._view.width - line.cell_len - len(" = ")
        if not isinstance(value, dict | list):
            scalar = _scalar(value, min(room, self._view.max_text))
            self.is_cut = self.is_cut or (scalar.plain.endswith('…"') and not str(value).endswith("…"))
            self._add(line.append(" = ").append_text(scalar))
            return False
        inline = _inline(value, min(room, _INLINE_CELLS))
        if inline is not None:
            self._add(line.append(" = ").append_text(inline))
            return False
        self._add(line.append(f" ({_count(value)})", style="dim"))
        if depth < self._view.max_depth:
            return True
        self.is_cut = True
        return False

    def line(self, prefix: str, text: str, style: str) -> None:
        """Adds a line of words about the tree."""
        from rich.text import Text

        self._add(Text.assemble((prefix, "dim"), (text, style)))

    def _add(self, line: Text) -> None:
        # Only a window too narrow for the tree itself loses the ends of lines.
        if line.cell_len > self._view.width:
            line.truncate(max(self._view.width, 0))
            self.is_cut = True
        self.lines.append(line)


def _scalar(value: Any, room: int) -> Text:
    """A value that is no table; a text is cut to `room` cells, its quotes included, and to no less than three."""
    from rich.text import Text

    if isinstance(value, str) and not isinstance(value, Bare):
        return Text(f'"{visible_name(value, width=max(room - 2, 1))}"', style=TEXT_STYLE)
    # A function's text comes from the process like any other.
    shown, style = scalar_text(value, "lua")
    return Text(visible_name(shown, width=max(room, 1)), style=style)


def _inline(value: Any, room: int) -> Text | None:
    """A value on one line; None when it needs more cells than there is room."""
    from rich.text import Text

    if not isinstance(value, dict | list):
        # A text that has to be cut here takes the whole room, and its quotes are then too much.
        scalar = _scalar(value, room + 2)
        return scalar if scalar.cell_len <= room else None
    text = Text("{")
    for position, (key, entry) in enumerate(entries_of(value)):
        text.append(", " if position else " ")
        if isinstance(value, dict):
            text.append(visible_name(key), style=KEY_STYLE).append(" = ")
        inner = _inline(entry, room - text.cell_len)
        if inner is None:
            return None
        text.append_text(inner)
    text.append(" }" if value else "}")
    return text if text.cell_len <= room else None


def inline_text(value: Any, room: int) -> Text:
    """A value on one line for the cell of a table; of a table that does not fit, the number of its entries."""
    from rich.text import Text

    if isinstance(value, str) and not isinstance(value, Bare):
        return Text(visible_name(value, width=max(room, 1)))
    if not isinstance(value, dict | list):
        return _scalar(value, room)
    return _inline(value, room) or Text(_count(value), style="dim")
