"""Results of slots and of ticks put into the store, with what becomes of their outboxes.

The transaction is the caller's.

Whoever evaluates first records. Another evaluation must be equal to the byte, and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from aos_cli.errors import StoreError
from aos_cli.units.records import Delivery, DeliveryState, Outcome, Parcel, Schedule, TickMark
from aos_cli.units.rows import LATEST_MS, Kept, append, insert_item, insert_process, slot_key

if TYPE_CHECKING:
    import sqlite3

# A tick that is recorded already, what comes behind its slot, and since when it is to be delivered.
_ABOUT_TICK = """SELECT (SELECT result FROM tick WHERE slot = :key AND number = :number),
                        (SELECT timestamp_ms FROM slot WHERE key = :key + 1),
                        (SELECT coalesce(max(number), 0) FROM tick WHERE slot = :key),
                        (SELECT since_ms FROM monitor WHERE process = :process)"""


def record_outcome(connection: sqlite3.Connection, outcome: Outcome, schedule: Schedule) -> list[Delivery] | None:
    """Keeps a result and delivers its outbox.

    Returns:
        What became of its parcels; None when it was not kept, because it is there already, or because something came
        meanwhile that changes what is due.

    Raises:
        StoreError: there is another result. That must never happen.
    """
    query = "SELECT number, evaluated FROM process WHERE id = ?"
    number, evaluated = connection.execute(query, (outcome.process_id,)).fetchone()
    if outcome.tick is not None:
        return _record_tick(connection, outcome, outcome.tick, number, evaluated, schedule)
    slot, key = outcome.slot, slot_key(number, outcome.slot)
    if slot < evaluated:
        known = connection.execute("SELECT result FROM slot WHERE key = ?", (key,)).fetchone()[0]
        _compare(outcome, known)
        return None
    if slot > evaluated:
        raise StoreError(f"Slot {slot} of {outcome.process_id} was evaluated before slot {evaluated}")
    deliveries = [delivery for parcel in outcome.parcels for delivery in _deliver(connection, parcel, schedule, key)]
    connection.execute(
        "UPDATE slot SET result = ?, failed = ?, instructions = ?, deliveries = ? WHERE key = ?",
        (outcome.text, outcome.failed, outcome.instructions, json.dumps(deliveries) if deliveries else None, key),
    )  # fmt: skip
    connection.execute("UPDATE process SET evaluated = ? WHERE number = ?", (slot + 1, number))
    return deliveries


def _record_tick(
    connection: sqlite3.Connection, outcome: Outcome, mark: TickMark, number: int, evaluated: int, schedule: Schedule
) -> list[Delivery] | None:
    key = slot_key(number, mark.slot)
    known, following_ms, newest, since_ms = connection.execute(
        _ABOUT_TICK, {"key": key, "number": mark.number, "process": number}
    ).fetchone()
    if known is not None:
        _compare(outcome, known)
        return None
    if evaluated != mark.slot + 1 or (following_ms is not None and following_ms <= mark.timestamp_ms):
        return None
    wanted = since_ms is not None and since_ms < mark.timestamp_ms
    if wanted and not outcome.made_ready:
        # Somebody has begun to monitor meanwhile: it is evaluated once more.
        return None
    if newest + 1 != mark.number:
        raise StoreError(f"Tick {mark.number} behind slot {mark.slot} of {outcome.process_id} was evaluated too early")
    # Before its own deliveries: one may go to the process itself, and that slot is later than the tick.
    connection.execute(
        "UPDATE process SET timestamp_ms = max(timestamp_ms, ?) WHERE number = ?", (mark.timestamp_ms, number)
    )
    deliveries: list[Delivery] = []
    for parcel in outcome.parcels if wanted else ():
        deliveries += _deliver(connection, parcel, schedule, key, mark.number)
    connection.execute(
        "INSERT INTO tick VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (key, mark.number, mark.cron, mark.timestamp_ms, outcome.text, outcome.failed, outcome.instructions,
         json.dumps(deliveries) if deliveries else None),
    )  # fmt: skip
    if since_ms is not None:
        due_ms = min(outcome.due_ms, LATEST_MS)
        connection.execute("UPDATE monitor SET due_ms = ? WHERE process = ?", (due_ms, number))
    return deliveries


def _deliver(
    connection: sqlite3.Connection, parcel: Parcel, schedule: Schedule, cause: int, tick: int = 0
) -> Iterable[Delivery]:
    """Puts a parcel where it belongs; one delivery per target, and one for an item without a target.

    Args:
        connection: inside a transaction.
        parcel: what is sent.
        schedule: gives it its slots.
        cause: key of the slot that sent it, or that the tick comes behind which did.
        tick: number of that tick; 0 for none.
    """
    message = None if parcel.problem else _parcel_item(connection, parcel)
    problem = parcel.problem or ("" if message else f"there is no message {parcel.message_id} here")
    if parcel.spawns is not None and message is not None and message.fresh:
        insert_process(connection, parcel.spawns)
    for target in parcel.targets or ("",):
        slot: int | None = None
        state: DeliveryState = "refused" if problem else "kept"
        at_target = problem
        appended = append(connection, target, message, parcel.exclude, schedule, cause) if message else None
        if appended is not None:
            slot, state = appended.slot, "delivered" if appended.fresh else "duplicate"
            if tick and appended.fresh:
                _note_tick(connection, target, slot, tick)
        elif message is not None and parcel.kind == "assignment":
            state, at_target = "refused", f"there is no process {target} here"
        yield Delivery(parcel.position, parcel.kind, parcel.message_id, target, slot, state, at_target)


def _note_tick(connection: sqlite3.Connection, process_id: str, slot: int, tick: int) -> None:
    """Says that a tick sent the message of a slot."""
    connection.execute(
        "INSERT INTO tick_cause SELECT number << 32 | ?, ? FROM process WHERE id = ?", (slot, tick, process_id)
    )


def _parcel_item(connection: sqlite3.Connection, parcel: Parcel) -> Kept | None:
    """A parcel's item in the store; None when an assignment names a message that is not here."""
    if parcel.item is not None:
        return insert_item(connection, parcel.item)
    row = connection.execute("SELECT number FROM item WHERE id = ?", (parcel.message_id,)).fetchone()
    return Kept(row[0], parcel.message_id, fresh=False) if row else None


def _compare(outcome: Outcome, known: str) -> None:
    """Two evaluations must be equal to the byte."""
    if known != outcome.text:
        raise different_result(outcome.process_id, outcome.slot, outcome.tick)


def different_result(process_id: str, slot: int, tick: TickMark | None = None) -> StoreError:
    """The error of a slot or a tick that evaluates to another result than the stored one."""
    what = f"Tick {tick.cron}, number {tick.number} behind slot {tick.slot}" if tick else f"Slot {slot}"
    return StoreError(
        f"{what} of process {process_id} evaluated to another result than the one that is stored",
        "The stored result was kept. Please report this with the process's log",
    )
