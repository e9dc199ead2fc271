"""Assignments that somebody asks for: a message that is here already gets a slot in the log of another process."""

from __future__ import annotations

from aos_cli.codec.ans104 import decode_item
from aos_cli.errors import NodeRefused
from aos_cli.model import DataItem
from aos_cli.units.messenger import EXCLUDABLE
from aos_cli.units.node import Node


def assign(node: Node, process_id: str, message_id: str, exclude: frozenset[str]) -> DataItem | None:
    """Gives a message a slot in the log of a process, durably.

    Args:
        node: has both.
        process_id: whose log.
        message_id: any item of the store; the process itself decides what it makes of it.
        exclude: names of fields that are left out when the message is read; others than those of a message are ignored.

    Returns:
        The signed assignment; None when the process has the message already.

    Raises:
        NodeRefused: there is no such message or process.
    """
    raw = node.store.item(message_id)
    if raw is None:
        raise NodeRefused(f"There is no message {message_id} here", operation="assign")
    leaving_out = tuple(name for name in EXCLUDABLE if name in exclude)
    appended = node.store.append(process_id, decode_item(raw), node.schedule, leaving_out)
    if not appended.fresh:
        return None
    [entry] = node.store.entries(process_id, appended.slot, appended.slot)
    return decode_item(entry.assignment)
