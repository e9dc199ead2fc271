"""Settings for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from aos_cli.render.sanitiser import to_plain, visible_name

if TYPE_CHECKING:
    from rich.text import Text

# Values that are longer push only their own line to the right.
_USUAL_VALUE_WIDTH = 12


def settings_lines(rows: Iterable[tuple[str, str, str, bool]]) -> Iterator[Text]:
    """The list of settings, a line for each; what nobody set is dim.

    No table: in a narrow window its columns would be too small for paths, and lines are easy to search.

    Args:
        rows: name, value, where it comes from, and whether somebody set it.
    """
    from rich.text import Text

    shown = list(rows)
    width = max((len(name) for name, *_ in shown), default=0)
    for name, value, origin, is_set in shown:
        text = f"{name:{width}}  {visible_name(value) or '(empty)':{_USUAL_VALUE_WIDTH}}  {to_plain(origin)}"
        yield Text(text, style="" if is_set else "dim")
