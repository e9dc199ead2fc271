"""A message of an inbox in full, and as plain data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aos_cli.render.message import data_part, fact, heading, tag_lines, whom
from aos_cli.render.sanitiser import visible_id, visible_name

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

    from aos_cli.mailbox import InboxMessage
    from aos_cli.render.story import Story


def inbox_message_view(message: InboxMessage, story: Story) -> Group:
    """A message as its process keeps it, as paragraphs.

    Args:
        message: the message.
        story: gives senders their names.
    """
    from rich.console import Group
    from rich.text import Text

    content = message.content
    lines: list[RenderableType] = [heading(f"message {message.number} of the inbox")]
    lines.append(fact("from", whom(content.sender, story)))
    if content.action:
        lines.append(fact("action", visible_name(content.action)))
    lines.append(fact("message", visible_id(content.id)))
    slot, time = message.identity, _time(message)
    if isinstance(slot, int):
        lines.append(fact("slot", str(slot)))
    if time:
        lines.append(fact("time", time))
    for part in (tag_lines(content), data_part(content)):
        lines += [Text(), part] if part else []
    return Group(*lines)


def _time(message: InboxMessage) -> str:
    """When it was assigned; "" when the program or a tag has put something else there."""
    milliseconds = message.fields.get("Timestamp")
    if not isinstance(milliseconds, int):
        return ""
    try:
        time = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{time:%Y-%m-%d %H:%M:%S}"


def inbox_record(message: InboxMessage) -> dict[str, Any]:
    """A message for `--json`: its fields, its number, and whether it was read."""
    own = {"number": message.number, "unread": message.unread}
    return {**own, **message.fields, **own}
