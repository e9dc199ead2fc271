"""What a dry run found: result, what would be sent, what would change. For people, and as plain data for `--json`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aos_cli.render.records import slot_record
from aos_cli.render.sanitiser import visible_name

if TYPE_CHECKING:
    from rich.text import Text

    from aos_cli.clients.base import DryRun, Slot
    from aos_cli.render.story import Story
    from aos_cli.units.changes import Change

# Changes that are shown; programs get all of them with --json.
_MOST_CHANGES = 20
_MOST_TABLES = 5

_EVERYTHING = "_G"

_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_PATH_CELLS, _VALUE_CELLS = 120, 120


def dry_lines(dry: DryRun, story: Story) -> Iterator[Text]:
    """What is said of a dry run beside its output or error: that it was one, its outbox, and what would change."""
    from rich.text import Text

    yield Text("dry run: nothing was kept", style="bold yellow")
    outbox = list(_outbox(dry.slot, story))
    if outbox:
        yield Text("would send", style="bold")
        yield from outbox
    if dry.slot.result.rolled_back:
        # It has been said that the state is the one before it.
        return
    if dry.changes:
        yield Text("would change", style="bold")
        yield from (_change_line(change, story) for change in dry.changes[:_MOST_CHANGES])
        if len(dry.changes) > _MOST_CHANGES:
            yield Text(f"   {len(dry.changes) - _MOST_CHANGES:,} more", style="dim")
    elif _EVERYTHING in dry.uncompared:
        yield Text("what it would change is not known here", style="bold")
        return
    else:
        yield Text("would change no global", style="bold")
    if dry.uncompared:
        named = ", ".join(visible_name(path) for path in dry.uncompared[:_MOST_TABLES])
        left = len(dry.uncompared) - _MOST_TABLES
        more = f" and {left:,} more" if left > 0 else ""
        yield Text(f"not compared, because too large or too deep: {named}{more}", style="yellow")


def _outbox(slot: Slot, story: Story) -> Iterator[Text]:
    """A line for each entry of an outbox that was not sent."""
    from rich.text import Text

    for sent in slot.sent:
        if sent.kind == "spawn" and sent.state == "dry":
            # It has no id: that depends on the message, and this one will never be.
            name = next((tag.value for tag in sent.message.tags if tag.name == "Name"), "")
            yield Text(f" {story.signs.born} a new process {visible_name(name)}".rstrip(), style="green")
        else:
            yield from story.sent(replace(slot, sent=(sent,)))


def _change_line(change: Change, story: Story) -> Text:
    from rich.text import Text

    sign, style = _SIGNS[change.kind]
    line = Text(f" {sign} ", style=style)
    line.append(visible_name(change.path, width=_PATH_CELLS), style="not bold default")
    values = [visible_name(text, width=_VALUE_CELLS) for text in (change.before, change.after) if text is not None]
    return line.append("  " + f" {story.signs.sent} ".join(values), style="dim default")


def dry_record(dry: DryRun, *, time_ms: float) -> dict[str, Any]:
    """The result of a dry run as that of a slot, and what would change.

    Args:
        dry: the dry run.
        time_ms: how long the caller waited.
    """
    return {
        **slot_record(dry.slot, time_ms=time_ms),
        "dry": True,
        "changes": [
            {"path": change.path, "kind": change.kind, "before": change.before, "after": change.after}
            for change in dry.changes
        ],
        "uncompared": list(dry.uncompared),
    }
