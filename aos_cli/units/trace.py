"""Where messages stand and what brought them there. Everything is looked up; nothing is evaluated."""

from __future__ import annotations

from typing import NamedTuple

from aos_cli.codec.ans104 import decode_item
from aos_cli.errors import NodeRefused
from aos_cli.model import DataItem
from aos_cli.units.happened import Evaluated, Ticked
from aos_cli.units.node import Node
from aos_cli.units.records import LogEntry, ProcessRecord


class Standing(NamedTuple):
    """A slot as it stands in a log.

    Attributes:
        process: whose log.
        entry: the slot as stored.
        message: the item that has the slot.
        evaluated: the slot with its result; None while it waits.
        cause: the process and slot whose outbox brought the message here; None when no slot did.
        tick: the tick whose outbox brought the message here; None when none did.
    """

    process: ProcessRecord
    entry: LogEntry
    message: DataItem
    evaluated: Evaluated | None
    cause: tuple[str, int] | None
    tick: Ticked | None


def standing(node: Node, process_id: str, slot: int) -> Standing:
    """A slot, whether it was evaluated or not.

    Raises:
        NodeRefused: there is no such process or slot.
    """
    record = node.record(process_id)
    entry = next(node.store.entries(process_id, slot, slot), None) if slot < record.slots else None
    if entry is None:
        problem = f"Process {process_id} has no slot {slot}; its last one is {record.slots - 1}"
        raise NodeRefused(problem, operation="show")
    evaluated = node.evaluated(process_id, slot, slot)
    cause = node.store.cause(process_id, slot)
    number = node.store.ticks.cause(process_id, slot)
    tick = None
    if cause is not None and number:
        sender, behind = cause
        cause = None
        tick = next(iter(node.ticked(sender, (behind, number - 1), 1)), None)
    return Standing(record, entry, decode_item(entry.message), evaluated[0] if evaluated else None, cause, tick)
