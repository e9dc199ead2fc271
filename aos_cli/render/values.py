"""What an evaluation printed and returned, in the format that the user likes.

A process says its value twice: as text behind what the program printed, and as JSON when the value has any. The text is
what users know, so a short one stays as it is. A longer table is drawn anew from the JSON, with limits.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from aos_cli.render.pager import screen_rows
from aos_cli.render.records import is_deep
from aos_cli.render.sanitiser import to_plain, to_text
from aos_cli.render.signs import Signs
from aos_cli.render.value_text import Bare, source_text

if TYPE_CHECKING:
    from rich.text import Text

    from aos_cli.clients.base import Slot

Format = Literal["pretty", "lua", "json", "raw", "table"]
FORMATS: tuple[Format, ...] = get_args(Format)

# Text that a process may print in one message before the rest is left out; programs get all of it with --json.
MAX_OUTPUT_CHARACTERS = 200_000

HOW_TO_SEE_ALL = ".format raw shows all"

_LEAST_LINE = 40

# The lines of a message, as the process dumps them: `    [1] = "text",`, in the quotes of Lua's %q.
_DUMPED_LINE = re.compile(r'\[\d+\] = (?:"([^"\\]*(?:\\.[^"\\]*)*)"|([^"\n,]+))', re.DOTALL)
_LUA_ESCAPE = re.compile(r"\\(?:(\d{1,3})|(.))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class View:
    """How values are shown.

    Attributes:
        format: pretty (as the process wrote it, or a tree or table when that is long), table (a table where there can
            be one), and without limits: lua and json (text of that language), raw (as the process wrote it).
        width: columns of the terminal; a tree or table of 20 and more keeps to them.
        max_rows: rows of the terminal that a value may take as the process wrote it.
        max_lines: lines of a tree or a table.
        max_depth: tables inside tables that are opened.
        max_items: entries of one table.
        max_text: cells of one text.
        signs: what the terminal can show.
        highlight: whether source text gets colours.
    """

    format: Format = "pretty"
    width: int = 80
    max_rows: int = 20
    max_lines: int = 200
    max_depth: int = 6
    max_items: int = 50
    max_text: int = 200
    signs: Signs = field(default_factory=Signs)
    highlight: bool = False

    def more(self, count: int, what: str = "") -> str:
        """What stands for entries that are left out, such as `… 2 more rows`; `what` is one of them."""
        plural = "" if count == 1 or not what else "s"
        return f"{self.signs.more} {count:,} more{what and ' '}{what}{plural}"


class Absent:
    """Stands for the value of an evaluation that has none."""


ABSENT = Absent()


def result_view(slot: Slot, view: View) -> Text:
    """What a message printed and the value of its evaluation; an empty text when there is neither.

    Args:
        slot: a result without an error.
        view: how to show the value. What was printed before it stays as it is.
    """
    output = slot.result.output
    if view.format == "raw":
        return to_text(output)
    printed, written = _parts(slot)
    value = value_of(slot.raw)
    if written is None:
        return to_text(output, limit=MAX_OUTPUT_CHARACTERS)
    shown = _value_view(value, written, view)
    if printed:
        return to_text(printed, limit=MAX_OUTPUT_CHARACTERS).append("\n").append_text(shown)
    return shown


def _value_view(value: Any, written: str, view: View) -> Text:
    """A value; `written` is the text that the process made of it."""
    from aos_cli.render.value_dump import read_dump
    from aos_cli.render.value_table import value_table
    from aos_cli.render.value_tree import value_tree

    if view.format in ("lua", "json"):
        is_known = value is not ABSENT
        return source_text(value, view.format) if is_known else to_text(written, limit=MAX_OUTPUT_CHARACTERS)
    if not isinstance(value, dict | list | Absent):
        return to_text(written, limit=MAX_OUTPUT_CHARACTERS)
    is_short = screen_rows(to_plain(written), max(view.width, 1)) <= view.max_rows
    if is_short and view.format == "pretty":
        return to_text(written)
    # The text before the JSON: it has the functions too.
    table = read_dump(written) or value
    if isinstance(table, Absent):
        return _first_lines(written, view)
    return value_table(table, view, forced=view.format == "table") or value_tree(table, view)


def _first_lines(written: str, view: View) -> Text:
    """The beginning of a long text."""
    lines = written.split("\n")
    # A program decides how its tables look; all of it may be one line.
    text = to_text("\n".join(lines[: view.max_lines]), limit=view.max_lines * max(view.width, _LEAST_LINE))
    if len(lines) > view.max_lines:
        text.append(f"\n{view.more(len(lines) - view.max_lines, 'line')}; {HOW_TO_SEE_ALL}", style="dim")
    return text


def value_of(raw: Mapping[str, Any]) -> Any:
    """The value of an evaluation, as dictionaries, lists, texts, booleans, None and `Bare`.

    Returns:
        ABSENT when the process gave none, as those of other runtimes do, or one that nobody can show.
    """
    output = raw.get("Output")
    text = output.get("value") if isinstance(output, Mapping) else None
    if not isinstance(text, str):
        return ABSENT
    try:
        value = json.loads(text, parse_int=Bare, parse_float=Bare, parse_constant=Bare)
    except (ValueError, RecursionError):
        return ABSENT
    return ABSENT if is_deep(value) else value


def _parts(slot: Slot) -> tuple[str, str | None]:
    """What a message printed, and the text of the value behind it; None when there is no value.

    A value without JSON is told from printed text by its braces; a printed table has them too.
    """
    text = slot.result.output
    value = value_of(slot.raw)
    if value is None or value is False or slot.message.action != "Eval":
        return text, None
    last = _last_line(slot.raw)
    if last is None or not text.endswith(last):
        return text, None
    if value is ABSENT and not (last.startswith("{") and last.endswith("}")):
        return text, None
    return text[: len(text) - len(last)].removesuffix("\n"), last


def _last_line(raw: Mapping[str, Any]) -> str | None:
    """The last of the texts that a message printed, the value's own if it has one."""
    output = raw.get("Output")
    dump = output.get("test") if isinstance(output, Mapping) else None
    if not isinstance(dump, str):
        return None
    newest = deque(_DUMPED_LINE.finditer(dump), maxlen=1)
    if not newest:
        return None
    quoted, bare = newest[0].groups()
    return _LUA_ESCAPE.sub(_unescaped, quoted) if quoted is not None else str(bare)


def _unescaped(escape: re.Match[str]) -> str:
    digits, character = escape.groups()
    return chr(int(digits)) if digits else str(character)
