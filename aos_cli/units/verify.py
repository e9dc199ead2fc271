"""Whether a log is what it claims to be. Anyone who has the log can ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aos_cli.codec.ans104 import decode_item, verify_item
from aos_cli.codec.assignment import decode_assignment
from aos_cli.codec.hash_chain import first, next_link
from aos_cli.codec.ids import address_of, encode_base64url
from aos_cli.errors import CodecError, StoreError
from aos_cli.model import Assignment
from aos_cli.units.cron import Timetable
from aos_cli.units.records import LogEntry, Place, ProcessRecord, TickEntry


def verify_log(process_id: str, entries: Iterable[LogEntry], scheduler: str) -> int:
    """Checks signatures, slots, timestamps and the hash chain.

    Args:
        process_id: whose log.
        entries: all its slots, in order.
        scheduler: address of the scheduler that must have signed.

    Returns:
        The number of slots.

    Raises:
        StoreError: something does not fit; says which slot.
    """
    link = first(process_id)
    before: Assignment | None = None
    count = 0
    for entry in entries:
        try:
            assignment = _read(entry)
        except CodecError as error:
            raise StoreError(f"Slot {entry.slot} of {process_id}: {error.message}") from error
        if before is not None:
            link = next_link(before.item.id, link)
        problem = _problem(process_id, entry, assignment, count, link, before, scheduler)
        if problem:
            raise StoreError(f"Slot {entry.slot} of {process_id} {problem}")
        before = assignment
        count += 1
    return count


def verify_ticks(
    record: ProcessRecord, times_ms: Sequence[int], ticks: Iterable[TickEntry], timetable: Timetable
) -> None:
    """Checks that the ticks of a store are those that follow from the log.

    Args:
        record: whose.
        times_ms: the timestamps of all slots of its log.
        ticks: those that were evaluated, in order.
        timetable: when they are due.

    Raises:
        StoreError: one is missing, or is not due.
    """
    ends: list[int | None] = [*times_ms[1:], None]
    due = (
        mark
        for slot in range(record.evaluated)
        for mark in timetable.behind(slot, times_ms[slot], before_ms=ends[slot])
    )
    for tick in ticks:
        if next(due, None) != tick.mark:
            told = f"tick {tick.mark.cron}, number {tick.mark.number} behind slot {tick.mark.slot}"
            raise StoreError(f"The {told} of {record.id} is not the one that is due then")
    following = next(due, None)
    if following is not None and following.slot < record.evaluated - 1:
        raise StoreError(f"The tick {following.cron} behind slot {following.slot} of {record.id} is missing")


def _read(entry: LogEntry) -> Assignment:
    item = decode_item(entry.assignment)
    verify_item(item)
    message = decode_item(entry.message)
    verify_item(message)
    if message.id != entry.message_id:
        raise CodecError(f"the message {entry.message_id} was exchanged for {message.id}")
    return decode_assignment(item)


def _problem(
    process_id: str, entry: LogEntry, assignment: Assignment, slot: int, link: bytes, before: Assignment | None,
    scheduler: str,
) -> str:  # fmt: skip
    """What does not fit, or ""."""
    if entry.slot != slot or assignment.slot != slot:
        return f"has slot {assignment.slot} where {slot} must be"
    if assignment.hash_chain != encode_base64url(link):
        return "breaks the hash chain"
    if assignment.message_id != entry.message_id or assignment.process_id != process_id:
        return "assigns another message"
    if slot == 0 and entry.message_id != process_id:
        return "is not the process message"
    if before is not None and assignment.timestamp_ms <= before.timestamp_ms:
        return "is not later than the slot before it"
    if entry.place != Place(*(getattr(assignment, name) for name in Place._fields)):
        return "is not what its columns in the store say"
    if address_of(assignment.item.owner, assignment.item.signature_type) != scheduler:
        return "is not signed by this node's scheduler"
    return ""
