"""Processes, logs and inboxes as tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from aos_cli.render.sanitiser import to_plain, visible_id, visible_name

if TYPE_CHECKING:
    from rich.table import Table

    from aos_cli.clients.base import Sent, Slot
    from aos_cli.mailbox import InboxMessage
    from aos_cli.render.story import Story
    from aos_cli.units.modules import ModuleInfo
    from aos_cli.units.records import ProcessRecord


# Below this width the times are left out: what happened matters more than when.
_ROOM_FOR_TIMES = 72
_ROOM_FOR_IDS_AND_TIMES = 100

# An error that does not fit into its column is folded, in a narrow window into a tower.
_LEAST_ERROR_CELLS, _MOST_ERROR_CELLS = 12, 60

# Names of modules are other people's; with one of this width an id has room in a window of 80 columns.
_NAME_CELLS = 14

_NUMBERS = frozenset({"slot", "slots", "no", "used"})
_WHOLE = frozenset({"id", "time", "spawned"})


class _Rows:
    """A table of which some columns may be missing for lack of room."""

    def __init__(self, width: int, *columns: str, room_for_times: int = _ROOM_FOR_TIMES) -> None:
        from rich import box
        from rich.table import Table

        self.table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        self._kept = [width >= room_for_times or column not in ("time", "spawned") for column in columns]
        for column, kept in zip(columns, self._kept, strict=True):
            if kept:
                justify: Literal["left", "right"] = "right" if column in _NUMBERS else "left"
                # In a narrow window an id is folded, or nothing else would have room.
                whole = column in _NUMBERS or (column in _WHOLE and width >= _ROOM_FOR_TIMES)
                self.table.add_column(column, justify=justify, no_wrap=whole, overflow="fold")

    def add(self, *cells: str) -> None:
        """Adds a row with a cell for each of the columns, the missing ones included."""
        from rich.text import Text

        self.table.add_row(*(Text(cell) for cell, kept in zip(cells, self._kept, strict=True) if kept))


def _time(milliseconds: int) -> str:
    """A time as it is on this computer; "" for 0, when nobody told it."""
    if not milliseconds:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone().strftime("%d %b %H:%M:%S")


def process_table(processes: Sequence[ProcessRecord], story: Story, width: int) -> Table:
    """Processes, oldest first.

    Args:
        processes: what to list.
        story: gives owners their names.
        width: columns of the terminal.
    """
    rows = _Rows(width, "name", "id", "owner", "slots", "spawned", room_for_times=_ROOM_FOR_IDS_AND_TIMES)
    for process in processes:
        owner = story.who(process.owner)
        waiting = process.slots - process.evaluated
        slots = f"{process.slots} ({waiting} waiting)" if waiting else str(process.slots)
        rows.add(visible_name(process.name), visible_id(process.id), owner, slots, _time(process.spawned_ms))
    return rows.table


def log_table(slots: Sequence[Slot], story: Story, width: int) -> Table:
    """Slots of a log: who, action, ok or error, what was sent."""
    rows = _Rows(width, "slot", "time", "from", "action", "result", "sent")
    for slot in slots:
        sender = story.who(slot.message.sender)
        action = slot.message.action or ("(spawn)" if slot.number == 0 else "")
        rows.add(
            str(slot.number),
            _time(slot.timestamp_ms),
            sender,
            visible_name(action),
            _outcome(slot, _error_cells(width)),
            _sent(slot, story),
        )
    return rows.table


def _error_cells(width: int) -> int:
    return _MOST_ERROR_CELLS if width >= _ROOM_FOR_TIMES else max(_LEAST_ERROR_CELLS, width // 3)


def _outcome(slot: Slot, cells: int) -> str:
    """How it went; of an error, so many cells."""
    if slot.result.error is None:
        return "ok"
    from aos_cli.lua_error import parse_error

    kind = "rolled back" if slot.result.rolled_back else "error"
    return f"{kind}: {visible_name(to_plain(parse_error(slot.result.error).message), width=cells)}"


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


def module_table(modules: Sequence[ModuleInfo], width: int) -> Table:
    """Modules: what they are called, by which id processes name them, what they are, and how many processes run them.

    Args:
        modules: what to list.
        width: columns of the terminal.
    """
    rows = _Rows(width, "name", "id", "kind", "used")
    for module in modules:
        used = str(module.processes) if module.runs == module.id else ""
        rows.add(visible_name(module.name, width=_NAME_CELLS), visible_id(module.id), module.kind, used)
    return rows.table


def inbox_table(messages: Sequence[InboxMessage], story: Story) -> Table:
    """Messages that no handler took, oldest first; `new` stands in front of those that were not read.

    Args:
        messages: what to list.
        story: gives senders their names.
    """
    rows = _Rows(_ROOM_FOR_TIMES, "", "no", "from", "action", "data")
    for message in messages:
        rows.add(
            "new" if message.unread else "",
            str(message.number),
            story.who(message.text("From")),
            visible_name(message.text("Action")),
            visible_name(message.text("Data"), width=60),
        )
    return rows.table


def outbox_table(entries: Sequence[tuple[int, Sent]], story: Story) -> Table:
    """What a process sent, and what became of it.

    Args:
        entries: the slot in which it was sent, and the entry of the outbox.
        story: gives targets their names.
    """
    rows = _Rows(_ROOM_FOR_TIMES, "slot", "to", "action", "data", "state")
    for slot, sent in entries:
        message = sent.message
        to = visible_id(message.id) if sent.kind == "spawn" else story.who(message.target)
        action = visible_name(message.action or ("" if sent.kind == "message" else sent.kind))
        state = f"refused: {to_plain(sent.problem)}" if sent.state == "refused" else sent.state
        rows.add(str(slot), to, action, visible_name(message.data.strip(), width=40), state)
    return rows.table
