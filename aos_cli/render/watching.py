"""What arrives at a process that somebody watches, as lines with its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

    from aos_cli.clients.base import Slot
    from aos_cli.render.story import Story

_INDENT = 3


def watched_lines(slot: Slot, story: Story) -> list[Text]:
    """What a process received and what came of it, under its name; its birth in slot 0.

    Args:
        slot: the slot.
        story: says what happened.
    """
    from rich.text import Text

    name = Text(" ").append(story.who(slot.process.id), style="bold")
    if slot.number == 0 and not slot.cron:
        first, rest = Text(" is born"), [line for line in (story.result(slot), *story.sent(slot)) if line]
    else:
        first, *rest = story.arrival(slot)
    indent = Text(" " * _INDENT)
    indented = [Text("\n").join(indent + line for line in part.split("\n")) for part in rest]
    return [name.append_text(first), *indented]
