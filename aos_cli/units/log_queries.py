"""Questions about logs that only the HTTP units ask. Nothing is evaluated or changed."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from aos_cli.codec.ans104 import decode_item
from aos_cli.codec.assignment import decode_assignment
from aos_cli.errors import CodecError
from aos_cli.units.records import ProcessRecord
from aos_cli.units.rows import process_number, slot_key
from aos_cli.units.store import Store
from aos_cli.units.ticks import Position

_TIMESTAMP = """SELECT s.timestamp_ms FROM process p CROSS JOIN slot s ON s.key = (p.number << 32 | :slot)
                WHERE p.id = :process"""
_RESULT = """SELECT s.result, s.instructions FROM process p CROSS JOIN slot s ON s.key = (p.number << 32 | :slot)
             WHERE p.id = :process"""
_SLOTS = """SELECT key, 0, '', timestamp_ms, result FROM slot
            WHERE key BETWEEN :a AND :c AND (key, 0) > (:a, :b) AND (key, 0) <= (:c, :d) AND failed = 0"""
_TICKS = """SELECT slot, number, cron, timestamp_ms, result FROM tick
            WHERE (slot, number) > (:a, :b) AND (slot, number) <= (:c, :d) AND failed = 0"""
_TICK = "SELECT timestamp_ms, cron FROM tick WHERE slot = ? AND number = ?"

_MAX_TICK = 2**62

BEGINNING: Position = (0, -1)
"""In front of all slots."""


class ResultAt(NamedTuple):
    """A result, decoded.

    Attributes:
        slot: the slot, or the one that the tick comes behind.
        tick: number of the tick; 0 for the slot itself.
        cron: id of the cron; "" for a slot.
        characters: of the result as JSON.
    """

    slot: int
    tick: int
    cron: str
    timestamp_ms: int
    result: dict[str, Any]
    characters: int


class Moment(NamedTuple):
    """When something was evaluated, and what.

    Attributes:
        slot: the slot, or the one that the tick comes behind; None for whatever is the last at that time.
        cron: id of the cron; "" for a slot.
    """

    timestamp_ms: int
    slot: int | None = None
    cron: str = ""


def later_slot(store: Store, record: ProcessRecord, timestamp_ms: int) -> int:
    """The first slot of a log with a later time; the number of its slots when there is none.

    Times grow strictly from slot to slot, so it is found in a few steps.
    """
    with store.database.reading() as connection:

        def time_of(slot: int) -> int:
            found: int = connection.execute(_TIMESTAMP, {"process": record.id, "slot": slot}).fetchone()[0]
            return found

        return bisect_right(range(record.slots), timestamp_ms, key=time_of)


def end_of(record: ProcessRecord) -> Position:
    """Behind all slots and ticks of a process."""
    return record.slots, 0


def position_at(store: Store, record: ProcessRecord, moment: Moment) -> Position:
    """Where a moment stands in a log with its ticks: the last slot or tick that is not later."""
    slot = later_slot(store, record, moment.timestamp_ms) - 1
    if slot < 0:
        return BEGINNING
    state = store.ticks.state(record.id, slot)
    if state is None or state.newest is None:
        return slot, 0
    if moment.slot == slot and not moment.cron and state.timestamp_ms == moment.timestamp_ms:
        return slot, 0
    with store.database.reading() as connection:
        number = process_number(connection, record.id) or 0
        key = slot_key(number, slot)

        def tick(number: int) -> tuple[int, str]:
            found: tuple[int, str] = connection.execute(_TICK, (key, number)).fetchone()
            return found

        last = bisect_right(range(1, state.number + 1), moment.timestamp_ms, key=lambda number: tick(number)[0])
        # At one time several crons may tick.
        for found in range(last, 0, -1):
            if tick(found) == (moment.timestamp_ms, moment.cron):
                return slot, found
            if tick(found)[0] < moment.timestamp_ms:
                break
    return slot, last


def good_results(
    store: Store, record: ProcessRecord, after: Position, last: Position, *, newest_first: bool, slots: bool = True
) -> Iterator[ResultAt]:
    """The results of evaluated slots and ticks between two places, without those that are errors.

    Args:
        store: where the log is.
        record: the process.
        after: its own result is not among them.
        last: its own result is.
        newest_first: begin at `last`.
        slots: whether those of slots are wanted, too.
    """
    page = 50
    order = "DESC" if newest_first else "ASC"
    query = f"{f'{_SLOTS} UNION ALL ' if slots else ''}{_TICKS} ORDER BY 1 {order}, 2 {order} LIMIT :limit"
    with store.database.reading() as connection:
        number = process_number(connection, record.id) or 0
    while after < last:
        begin, end = slot_key(number, after[0]), slot_key(number, last[0])
        span = {"a": begin, "b": after[1], "c": end, "d": last[1], "limit": page}
        with store.database.reading() as connection:
            rows = connection.execute(query, span).fetchall()
        for key, tick, cron, timestamp_ms, text in rows:
            result = json.loads(text)
            if result.get("Error") is None:
                yield ResultAt(key - slot_key(number, 0), tick, cron, timestamp_ms, result, len(text))
        if len(rows) < page:
            return
        at = rows[-1][0] - slot_key(number, 0), rows[-1][1]
        if newest_first:
            last = _in_front_of(at)
        else:
            after = at


def _in_front_of(position: Position) -> Position:
    """The place in front of a slot or a tick; ticks behind the slot before it are among what comes earlier."""
    slot, number = position
    return (slot, number - 1) if number else (slot - 1, _MAX_TICK)


def result_of(store: Store, process_id: str, slot: int) -> tuple[dict[str, Any], int]:
    """The result of an evaluated slot, decoded, and the instructions that it took.

    The message itself, which may be large, is not read for it.
    """
    with store.database.reading() as connection:
        text, instructions = connection.execute(_RESULT, {"process": process_id, "slot": slot}).fetchone()
    return json.loads(text or "{}"), instructions or 0


def slot_named(store: Store, process_id: str, item_id: str) -> int | None:
    """The slot of a process that an id means: that of a message, of an assignment, or of the process itself."""
    slot = store.slot_of(process_id, item_id)
    if slot is not None:
        return slot
    listed = store.catalogue.find(item_id)
    if listed is None:
        return None
    try:
        stated = decode_assignment(listed.item)
    except CodecError:
        return None
    # Anybody can sign an item that says it is an assignment; it is one when the log has it.
    found = next(store.entries(process_id, stated.slot, stated.slot), None)
    return stated.slot if found is not None and decode_item(found.assignment).id == item_id else None
