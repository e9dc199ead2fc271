"""Rows of equal shape as a table: an array of objects, or objects by their keys, such as balances or orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from aos_cli.render.sanitiser import visible_name
from aos_cli.render.value_text import Bare
from aos_cli.render.value_tree import entries_of, inline_text

if TYPE_CHECKING:
    from rich.text import Text

    from aos_cli.render.values import View

# What a column takes at least, with the blanks beside it; columns for which there is no room are named below.
_COLUMN_CELLS = 8
_BETWEEN_CELLS = 3
_MOST_CELL_CELLS = 60

# A value is drawn as a table without being asked for when it has the rows for it, and few gaps.
_FEWEST_ROWS = 3
_MOST_COLUMNS = 8
_FEWEST_FILLED = 0.7

_Row = tuple[str, Any]


def value_table(value: Any, view: View, *, forced: bool = True) -> Text | None:
    """A value as a table; None when it is none.

    Args:
        value: any value.
        view: its limits; a row is an item.
        forced: whether the user asked for a table. Otherwise only a value that gains by it becomes one.
    """
    if not isinstance(value, dict | list) or not value:
        return None
    rows = list(entries_of(value))
    names = list({name: None for _, row in rows if isinstance(row, dict) for name in row})
    if not forced and not _gains(rows, names, view.width):
        return None
    from rich.text import Text

    from aos_cli.render.values import HOW_TO_SEE_ALL

    shown = rows[: min(view.max_items, view.max_lines)]
    room = max(view.width // _COLUMN_CELLS - 1, 1)
    lines = _drawn(list(_columns(shown, names[:room])), view)
    left_out = ((len(rows) - len(shown), "row"), (len(names) - room, "column"))
    notes = [view.more(count, what) for count, what in left_out if count > 0]
    if notes:
        note = Text(f"{', '.join(notes)}; {HOW_TO_SEE_ALL}", style="dim")
        note.truncate(max(view.width, 0))
        lines.append(note)
    return Text("\n").join(lines)


def _gains(rows: Sequence[_Row], names: Sequence[str], width: int) -> bool:
    objects = [row for _, row in rows if isinstance(row, dict) and row]
    if len(rows) < _FEWEST_ROWS or len(objects) < len(rows):
        return False
    if not 1 < len(names) <= min(_MOST_COLUMNS, width // _COLUMN_CELLS - 1):
        return False
    return sum(map(len, objects)) >= _FEWEST_FILLED * len(names) * len(rows)


def _columns(rows: Sequence[_Row], names: Sequence[str]) -> Iterator[tuple[str, list[Text]]]:
    """Columns with their cells from top to bottom, the title first, and how they are justified."""
    from rich.text import Text

    yield "left", [Text(), *(Text(visible_name(key, width=_MOST_CELL_CELLS), style="dim") for key, _ in rows)]
    for name in names:
        values = [row.get(name) if isinstance(row, dict) else None for _, row in rows]
        title = Text(visible_name(name, width=_MOST_CELL_CELLS), style="bold")
        cells = [Text() if value is None else inline_text(value, _MOST_CELL_CELLS) for value in values]
        yield "right" if all(map(_is_number, values)) else "left", [title, *cells]
    if not all(isinstance(row, dict) for _, row in rows):
        plain = [Text() if isinstance(row, dict) else inline_text(row, _MOST_CELL_CELLS) for _, row in rows]
        yield "left", [Text("value", style="bold"), *plain]


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, Bare) and value.lstrip("-")[:1].isdigit())


def _drawn(columns: Sequence[tuple[str, list[Text]]], view: View) -> list[Text]:
    """The lines of a table, its title and a rule first."""
    from rich.text import Text

    widths = [max(cell.cell_len for cell in cells) for _, cells in columns]
    room = view.width - _BETWEEN_CELLS * (len(columns) - 1)
    while sum(widths) > max(room, len(widths)):
        widths[widths.index(max(widths))] -= 1
    lines = []
    for row in zip(*(cells for _, cells in columns), strict=True):
        line = Text()
        for position, (cell, (justify, _), width) in enumerate(zip(row, columns, widths, strict=True)):
            cell.truncate(width, overflow="ellipsis")
            blanks = " " * (width - cell.cell_len)
            line.append(" " * _BETWEEN_CELLS if position else "")
            line.append_text(cell if justify == "left" else Text(blanks).append_text(cell))
            line.append(blanks if justify == "left" else "")
        line.rstrip()
        lines.append(line)
    cells = sum(widths) + _BETWEEN_CELLS * (len(columns) - 1)
    rule = Text(view.signs.rule * min(cells, max(view.width, 1)), style="dim")
    return [lines[0], rule, *lines[1:]]
