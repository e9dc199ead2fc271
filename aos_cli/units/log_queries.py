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
from aos_cli.units.store import Store

_TIMESTAMP = """SELECT s.timestamp_ms FROM process p CROSS JOIN slot s ON s.key = (p.number << 32 | :slot)
                WHERE p.id = :process"""
_RESULTS = """SELECT s.slot, s.timestamp_ms, s.result FROM process p
              CROSS JOIN slot s ON s.key BETWEEN (p.number << 32 | :first) AND (p.number << 32 | :last)
              WHERE p.id = :process AND s.failed = 0 ORDER BY s.key {order} LIMIT :limit"""
_ASCENDING, _DESCENDING = _RESULTS.format(order="ASC"), _RESULTS.format(order="DESC")


class SlotResult(NamedTuple):
    """A slot's result, decoded."""

    slot: int
    timestamp_ms: int
    result: dict[str, Any]


def later_slot(store: Store, record: ProcessRecord, timestamp_ms: int) -> int:
    """The first slot of a log with a later time; the number of its slots when there is none.

    Times grow strictly from slot to slot, so it is found in a few steps.
    """
    with store.database.reading() as connection:

        def time_of(slot: int) -> int:
            found: int = connection.execute(_TIMESTAMP, {"process": record.id, "slot": slot}).fetchone()[0]
            return found

        return bisect_right(range(record.slots), timestamp_ms, key=time_of)


def good_results(
    store: Store, record: ProcessRecord, first: int, last: int, *, newest_first: bool
) -> Iterator[SlotResult]:
    """The results of the evaluated slots `first` to `last`, both included, without those that are errors.

    Args:
        store: where the log is.
        record: the process.
        first, last: slots.
        newest_first: begin at `last`.
    """
    page = 50
    last = min(last, record.evaluated - 1)
    while first <= last:
        span = {"process": record.id, "first": first, "last": last, "limit": page}
        with store.database.reading() as connection:
            rows = connection.execute(_DESCENDING if newest_first else _ASCENDING, span).fetchall()
        for slot, timestamp_ms, text in rows:
            result = json.loads(text)
            if result.get("Error") is None:
                yield SlotResult(slot, timestamp_ms, result)
        if len(rows) < page:
            return
        if newest_first:
            last = rows[-1][0] - 1
        else:
            first = rows[-1][0] + 1


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
