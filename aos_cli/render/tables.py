"""Processes, logs and inboxes as tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aos_cli.render.sanitiser import to_plain, visible_id, visible_name

if TYPE_CHECKING:
    from rich.table import Table

    from aos_cli.clients.base import Slot
    from aos_cli.render.story import Story
    from aos_cli.units.records import ProcessRecord


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        number = column in ("slot", "slots", "no", "sent")
        table.add_column(column, justify="right" if number else "left", no_wrap=number, overflow="fold")
    return table


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def process_table(processes: Sequence[ProcessRecord], story: Story, own: str) -> Table:
    """Processes, oldest first.

    Args:
        processes: what to list.
        story: gives owners their names.
        own: the user's address; shown as "you".
    """
    table = _table("name", "id", "owner", "slots", "spawned")
    for process in processes:
        owner = "you" if process.owner == own else story.who(process.owner)
        waiting = process.slots - process.evaluated
        slots = f"{process.slots} ({waiting} waiting)" if waiting else str(process.slots)
        table.add_row(visible_name(process.name), visible_id(process.id), owner, slots, _time(process.spawned_ms))
    return table


def log_table(slots: Sequence[Slot], story: Story, own: str) -> Table:
    """Slots of a log: who, action, ok or error, what was sent."""
    table = _table("slot", "time", "from", "action", "result", "sent")
    for slot in slots:
        sender = "you" if slot.message.sender == own else story.who(slot.message.sender)
        action = slot.message.action or ("(spawn)" if slot.number == 0 else "")
        table.add_row(
            str(slot.number), _time(slot.timestamp_ms), sender, visible_name(action), _outcome(slot), _sent(slot, story)
        )
    return table


def _outcome(slot: Slot) -> str:
    if slot.result.error is None:
        return "ok"
    from aos_cli.clients.base import parse_error

    kind = "rolled back" if slot.result.rolled_back else "error"
    return f"{kind}: {visible_name(to_plain(parse_error(slot.result.error).message), width=60)}"


def _sent(slot: Slot, story: Story) -> str:
    parts = []
    for sent in slot.sent:
        if sent.kind == "notice":
            continue
        what = f"{story.who(sent.message.target)} {visible_name(sent.message.action)}".strip()
        if sent.kind == "spawn":
            what = "spawn"
        parts.append(f"{what} (refused)" if sent.state == "refused" else what)
    return ", ".join(parts)


def inbox_table(messages: Sequence[Mapping[str, Any]], first: int, story: Story) -> Table:
    """Messages that no handler took.

    Args:
        messages: as the process keeps them, oldest first.
        first: the number of the first one in the inbox, from 1.
        story: gives senders their names.
    """
    table = _table("no", "from", "action", "data")
    for number, message in enumerate(messages, first):
        data = message.get("Data")
        table.add_row(
            str(number),
            story.who(str(message.get("From", ""))),
            visible_name(str(message.get("Action", ""))),
            visible_name(data if isinstance(data, str) else "" if data is None else str(data), width=60),
        )
    return table


def outbox_table(slots: Sequence[Slot], story: Story) -> Table:
    """What a process sent, and what became of it."""
    table = _table("slot", "to", "action", "data", "state")
    for slot in slots:
        for sent in slot.sent:
            if sent.kind == "notice":
                continue
            message = sent.message
            to = visible_id(message.id) if sent.kind == "spawn" else story.who(message.target)
            action = visible_name(message.action or ("" if sent.kind == "message" else sent.kind))
            state = f"refused: {to_plain(sent.problem)}" if sent.state == "refused" else sent.state
            table.add_row(str(slot.number), to, action, visible_name(message.data.strip(), width=40), state)
    return table
