"""What a check of the installation found, for people and for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aos_cli.render.sanitiser import to_plain

if TYPE_CHECKING:
    from rich.text import Text

State = Literal["ok", "note", "problem"]

_STYLES: dict[State, str] = {"ok": "green", "note": "yellow", "problem": "bold red"}

# Below this the columns cost more room than they are worth.
_ROOM_FOR_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        area: what was looked at, one word.
        state: `ok`; `note` for what is worth knowing; `problem` for what does not work.
        text: what there is, without a full stop.
        hint: what to do; "" for nothing.
        status: the exit status that a problem stands for.
    """

    area: str
    state: State
    text: str
    hint: str = ""
    status: int = 0

    def record(self) -> dict[str, Any]:
        """For programs."""
        return {"area": self.area, "state": self.state, "text": self.text, "hint": self.hint or None}


def finding_lines(finding: Finding, width: int | None) -> Iterator[Text]:
    """A finding, and what to do about it on a line of its own.

    Args:
        finding: what was found.
        width: columns of the terminal; None for lines that are never broken. Paths and commands stay whole anyhow.
    """
    from rich.text import Text

    if width is None or width >= _ROOM_FOR_COLUMNS:
        head = f"{finding.state:7}  {finding.area:9}  "
        indent = " " * len(head)
    else:
        head, indent = f"{finding.state} {finding.area}: ", "  "
    lines = _broken(to_plain(finding.text), width, head, indent)
    first = Text(lines[0])
    first.stylize(_STYLES[finding.state], 0, len(finding.state))
    yield first
    yield from map(Text, lines[1:])
    if finding.hint:
        yield from map(Text, _broken(to_plain(finding.hint), width, indent, indent))


def _broken(text: str, width: int | None, head: str, indent: str) -> list[str]:
    if width is None:
        return [head + text]
    return textwrap.wrap(
        text,
        max(width, len(indent) + 1),
        initial_indent=head,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def summary(findings: Sequence[Finding]) -> str:
    """How it stands, in one line."""
    problems = sum(finding.state == "problem" for finding in findings)
    notes = sum(finding.state == "note" for finding in findings)
    found = "No problem was found" if not problems else f"{problems} problem{'s' * (problems > 1)} found"
    return f"{found}, {notes} note{'s' * (notes != 1)}." if notes else f"{found}."
