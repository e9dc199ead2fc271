"""The signs that lines are drawn with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signs:
    """What stands in front of lines and between them; a terminal without Unicode gets ASCII.

    Attributes:
        sent, arrived, born, refused, kept: what became of a message.
        bar, branch, last, gap: the lines of a tree; all of one width.
        more: what stands for something left out.
        rule: what lines below titles are made of.
        gutter: between the number of a line of source and the line.
        dot: between two facts of one line.
        tick: what came by the clock.
    """

    sent: str = "→"
    arrived: str = "←"
    born: str = "+"
    refused: str = "✗"
    kept: str = "·"
    bar: str = "│  "
    branch: str = "├─ "
    last: str = "└─ "
    gap: str = "   "
    more: str = "…"
    rule: str = "─"
    gutter: str = "│"
    dot: str = "·"
    tick: str = "◷"


ASCII_SIGNS = Signs("->", "<-", "+", "x", "-", "|  ", "|- ", "`- ", "   ", "...", "-", "|", "-", "*")
