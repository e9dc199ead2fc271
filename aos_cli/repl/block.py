"""The words of `.editor`: lines that act instead of being part of the text."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from prompt_toolkit.document import Document


class BlockWord(Enum):
    """What a word does."""

    DONE = auto()
    CANCEL = auto()
    PRINT = auto()
    CHANGED = auto()


class BlockStep(NamedTuple):
    """A word that was entered, and the text without it."""

    action: BlockWord
    document: Document


_WORDS = {".done": BlockWord.DONE, ".cancel": BlockWord.CANCEL, ".print": BlockWord.PRINT}

BLOCK_HELP = """\
Type as many lines as you like; Backspace goes back into the line above.
  .done sends them    .cancel drops them    .print shows them
  .delete takes the last line away    .load FILE puts a file here"""


def block_step(document: Document, inline: Callable[[str], str | None]) -> BlockStep | None:
    """What the line with the cursor does; None for a line that is just text.

    Args:
        document: the text so far.
        inline: the text that a line such as `.load FILE` stands for; None for any other line.
    """
    line = document.current_line.strip()
    row = document.cursor_position_row
    rest = [*document.lines[:row], *document.lines[row + 1 :]]
    if line in _WORDS:
        return BlockStep(_WORDS[line], _at_end(rest, row))
    if line == ".delete":
        return BlockStep(
            BlockWord.CHANGED, _at_end([*document.lines[: max(row - 1, 0)], *document.lines[row + 1 :]], row)
        )
    text = inline(line) if line.startswith(".") else None
    if text is None:
        return None
    return BlockStep(BlockWord.CHANGED, _at_end([*document.lines[:row], *text.rstrip("\n").split("\n"), ""], row))


def _at_end(lines: list[str], row: int) -> Document:
    """The lines, with the cursor behind the last one; an empty line to go on with stays at the end."""
    text = "\n".join(lines).rstrip("\n")
    return Document(text + "\n" if text and row else text)
