"""What is loaded from disk, and what came of it, as text for people."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from aos_cli.render.sanitiser import visible_name

if TYPE_CHECKING:
    from rich.text import Text

    from aos_cli.clients.base import HandlerChanges
    from aos_cli.source.bundle import Bundle
    from aos_cli.source.changes import Plan

_STATUS_STYLES = {"main": "bold", "new": "green", "changed": "yellow", "again": "yellow", "unchanged": "dim"}

# More rows say less; unchanged files are the first to go.
_MOST_ROWS = 24
_MOST_NAMES = 10
_NAME_CELLS = 32
_PATH_CELLS = 1000


def file_name(path: str) -> str:
    """One line for a path; no path that people have is cut off."""
    return visible_name(path, width=_PATH_CELLS)


class _Row(NamedTuple):
    """A line of the tree: a folder, or a file with its status and size in bytes."""

    depth: int
    name: str
    status: str = ""
    size: int = 0


def loading(plan: Plan) -> Text:
    """Which files are loaded: a line, and a tree when there are several."""
    from rich.text import Text

    bundle = plan.bundle
    mains = ", ".join(file_name(main.display) for main in bundle.mains)
    if len(bundle.files) == 1:
        return Text(f"Loading {mains} ({bundle.size:,} bytes)")
    sent = sum(len(chunk.text) for index, chunk in enumerate(bundle.chunks) if index not in plan.kept)
    text = Text(f"Loading {mains}: {len(bundle.files)} files, {bundle.size:,} bytes")
    if plan.kept:
        text.append(f"; {len(bundle.files) - len(plan.kept)} to send, {sent:,} bytes")
    rows = list(_rows(plan, ()))
    if len(rows) > _MOST_ROWS:
        rows = list(_rows(plan, ("unchanged",)))
    shown = rows[:_MOST_ROWS]
    left = max((2 * row.depth + len(row.name) for row in shown if row.status), default=0)
    for row in shown:
        text.append(f"\n  {'  ' * row.depth}{row.name}")
        if row.status:
            text.append(" " * (left - 2 * row.depth - len(row.name)))
            text.append(f"  {row.status:9}", style=_STATUS_STYLES[row.status]).append(f"{row.size:>10,}", style="dim")
    hidden = len(bundle.files) - sum(1 for row in shown if row.status)
    if hidden:
        text.append(f"\n  {hidden} more", style="dim")
    return text


def _rows(plan: Plan, hidden: Collection[str]) -> Iterator[_Row]:
    """The files by folder, in the order of their names; folders that hold nothing but a folder share its line."""
    files = sorted(
        ((*chunk.display.split("/"),), status, len(chunk.text))
        for chunk, status in zip(plan.bundle.chunks, plan.statuses, strict=True)
        if status not in hidden
    )
    above: list[tuple[str, ...]] = []
    for path, status, size in files:
        folder = path[:-1]
        while above and folder[: len(above[-1])] != above[-1]:
            above.pop()
        known = len(above[-1]) if above else 0
        if len(folder) > known:
            yield _Row(len(above), visible_name("/".join(folder[known:])) + "/")
            above.append(folder)
        yield _Row(len(above), visible_name(path[-1]), status, size)


def loading_notes(bundle: Bundle) -> list[str]:
    """What is odd about a bundle, each in a sentence: modules in the place of the process's own, and missing ones."""
    notes = [
        f"the file of {visible_name(name)} stands in for the process's own module of that name"
        for name in bundle.shadowed
    ]
    for place in bundle.computed:
        notes.append(f"{file_name(place)} computes the name of a module: what it means is not loaded with the file")
    for absent in bundle.absent:
        notes.append(
            f"{file_name(absent.place)} can do without the module {visible_name(absent.name)}, which is not there"
        )
    return notes


def handler_changes(changes: HandlerChanges) -> Text | None:
    """Which handlers came, were registered anew and went; None when nothing of that happened."""
    from rich.text import Text

    parts = [
        Text(f"{verb} {_listed(names)}", style=style)
        for verb, names, style in (
            ("added", changes.added, "green"),
            ("replaced", changes.replaced, "yellow"),
            ("removed", changes.removed, "red"),
        )
        if names
    ]
    return Text("Handlers: ").append_text(Text("; ").join(parts)) if parts else None


def _listed(names: Sequence[str]) -> str:
    shown = [visible_name(name, width=_NAME_CELLS) for name in names[:_MOST_NAMES]]
    if len(names) > _MOST_NAMES:
        shown.append(f"and {len(names) - _MOST_NAMES} more")
    return ", ".join(shown)
