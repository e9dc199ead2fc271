"""The store of a node: items, logs, results and outboxes. All SQL is here, in `catalogue` and in `database`.

Every method is one short transaction, safe to call from any thread and beside other programs that use the same file.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from aos_cli.codec.ids import decode_base64url
from aos_cli.errors import NodeRefused, StoreError
from aos_cli.model import DataItem
from aos_cli.units.catalogue import Catalogue
from aos_cli.units.database import Database
from aos_cli.units.records import (
    Appended,
    Delivery,
    DeliveryState,
    LogEntry,
    LogHead,
    Outcome,
    Parcel,
    Place,
    ProcessRecord,
    Schedule,
)

_RECORD = "id, name, owner, module_id, slots, evaluated, spawned_ms"
_PROCESS = f"SELECT {_RECORD} FROM process"  # noqa: S608 - nothing from outside is in it
_NUMBERED_PROCESS = f"SELECT number, {_RECORD} FROM process"  # noqa: S608 - as above
_ENTRY = """SELECT s.slot, i.id, i.raw, s.assignment, s.timestamp_ms, s.block_height, s.hash_chain, s.exclude,
                   s.result, s.failed, s.instructions
            FROM slot s JOIN item i ON i.number = s.message"""
_MAX_SLOT = 2**32 - 1
_PAGE = 500


class Store:
    """What a node knows.

    Args:
        path: the file; None keeps everything in memory.

    Attributes:
        catalogue: finds items and assignments by their tags.

    Raises:
        StoreError: the file cannot be used.
    """

    def __init__(self, path: Path | None) -> None:
        self._database = Database(path)
        self.catalogue = Catalogue(self._database)
        self._seen: tuple[int, int] | None = None

    @property
    def database(self) -> Database:
        """The file itself, for the queries that have modules of their own."""
        return self._database

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def changed(self) -> bool:
        """Whether anything was written since the last call, through this store or by another program."""
        seen, self._seen = self._seen, self._database.version()
        return seen != self._seen

    # Items

    def put_item(self, item: DataItem) -> None:
        """Keeps an item as readable data."""
        with self._database.transaction() as connection:
            _insert_item(connection, item)

    def item(self, item_id: str) -> bytes | None:
        """A kept item as raw bytes."""
        with self._database.reading() as connection:
            row = connection.execute("SELECT raw FROM item WHERE id = ?", (item_id,)).fetchone()
        return row[0] if row else None

    # Processes

    def process(self, process_id: str) -> ProcessRecord | None:
        """A process by its id."""
        with self._database.reading() as connection:
            row = connection.execute(_PROCESS + " WHERE id = ?", (process_id,)).fetchone()
        return ProcessRecord(*row) if row else None

    def processes(self, *, name: str | None = None, owner: str | None = None) -> list[ProcessRecord]:
        """Processes, oldest first, of that name and owner if given."""
        wanted = "(:name IS NULL OR name = :name) AND (:owner IS NULL OR owner = :owner)"
        query = f"{_PROCESS} WHERE {wanted} ORDER BY number"
        with self._database.reading() as connection:
            rows = connection.execute(query, {"name": name and _storable(name), "owner": owner}).fetchall()
        return [ProcessRecord(*row) for row in rows]

    def spawn(
        self, item: DataItem, record: ProcessRecord, schedule: Schedule, *, unless_named: bool = False
    ) -> ProcessRecord:
        """Begins a process's log with its own message.

        Args:
            item: the process message.
            record: the process.
            schedule: gives it slot 0.
            unless_named: do nothing when the owner has a process of that name already; never so without a name.

        Returns:
            The process; the older one if `unless_named` found it.
        """

        def spawn(connection: sqlite3.Connection) -> ProcessRecord:
            if unless_named and record.name:
                query = _PROCESS + " WHERE name = ? AND owner = ? ORDER BY number LIMIT 1"
                row = connection.execute(query, (_storable(record.name), record.owner)).fetchone()
                if row:
                    return ProcessRecord(*row)
            _insert_process(connection, record)
            _append(connection, record.id, _insert_item(connection, item), (), schedule)
            return record

        return self._database.write(spawn)

    def pending(self, limit: int = 10_000) -> list[tuple[str, int]]:
        """Processes with slots that have no result: (id, first such slot)."""
        query = "SELECT id, evaluated FROM process WHERE evaluated < slots ORDER BY number LIMIT ?"
        with self._database.reading() as connection:
            return connection.execute(query, (limit,)).fetchall()

    # Logs

    def append(self, process_id: str, item: DataItem, schedule: Schedule, exclude: tuple[str, ...] = ()) -> Appended:
        """Gives a message the next slot of a log. Once this returns, it is never lost.

        Args:
            process_id: whose log.
            item: the message, which may be kept already.
            schedule: gives it the slot.
            exclude: fields that are left out when the message is read.

        Raises:
            NodeRefused: there is no such process.
        """

        def append(connection: sqlite3.Connection) -> Appended:
            appended = _append(connection, process_id, _insert_item(connection, item), exclude, schedule)
            if appended is None:
                # Leaving by an exception takes the item out again.
                raise NodeRefused(f"There is no process {process_id} here", operation="send")
            return appended

        return self._database.write(append)

    def entries(self, process_id: str, first: int = 0, last: int | None = None) -> Iterator[LogEntry]:
        """The slots `first` to `last` of a log, both included."""
        query = _ENTRY + " WHERE s.key BETWEEN ? AND ? ORDER BY s.key LIMIT ?"
        with self._database.reading() as connection:
            number = _number(connection, process_id)
        if number is None:
            return
        end = _key(number, _MAX_SLOT if last is None else last)
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(query, (_key(number, first), end, _PAGE)).fetchall()
            for row in rows:
                yield _entry(process_id, row)
            if len(rows) < _PAGE:
                return
            first = rows[-1][0] + 1

    def first_waiting(self, process_id: str) -> tuple[ProcessRecord, LogEntry | None]:
        """A process, and its first slot that has no result, if there is one.

        Raises:
            NodeRefused: there is no such process.
        """
        with self._database.reading() as connection:
            found = connection.execute(_NUMBERED_PROCESS + " WHERE id = ?", (process_id,)).fetchone()
            if found is None:
                raise NodeRefused(f"There is no process {process_id} here", operation="result")
            number, *columns = found
            record = ProcessRecord(*columns)
            row = connection.execute(_ENTRY + " WHERE s.key = ?", (_key(number, record.evaluated),)).fetchone()
        return record, _entry(process_id, row) if row else None

    def slot_of(self, process_id: str, message_id: str) -> int | None:
        """The slot that a message has in a log."""
        query = """SELECT s.slot FROM item i JOIN slot s ON s.message = i.number JOIN process p ON p.number = s.process
                   WHERE p.id = ? AND i.id = ?"""
        with self._database.reading() as connection:
            row = connection.execute(query, (process_id, message_id)).fetchone()
        return row[0] if row else None

    # Causes

    def cause(self, process_id: str, slot: int) -> tuple[str, int] | None:
        """The process and slot whose outbox brought the message of a slot; None when it came from outside."""
        query = """SELECT p.id, c.slot FROM slot s JOIN slot c ON c.key = s.cause JOIN process p ON p.number = c.process
                   WHERE s.key = ?"""
        with self._database.reading() as connection:
            key = _key(_number(connection, process_id) or 0, slot)
            found: tuple[str, int] | None = connection.execute(query, (key,)).fetchone()
        return found

    def newest_from_outside(self, process_id: str) -> int | None:
        """The newest slot of a log whose message no process sent."""
        query = "SELECT slot FROM slot WHERE key BETWEEN ? AND ? AND cause IS NULL ORDER BY key DESC LIMIT 1"
        with self._database.reading() as connection:
            number = _number(connection, process_id) or 0
            row = connection.execute(query, (_key(number, 0), _key(number, _MAX_SLOT))).fetchone()
        return row[0] if row else None

    def ids_beginning(self, prefix: str, limit: int) -> list[str]:
        """Ids of kept items that begin so, at most `limit` of them."""
        # Behind all characters of an id.
        end = prefix + "~"
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id FROM item WHERE id BETWEEN ? AND ? LIMIT ?", (prefix, end, limit))
            return [row[0] for row in rows]

    def slots_of(self, message_id: str) -> list[tuple[str, int]]:
        """The processes and slots that a message has, the oldest process first."""
        query = """SELECT p.id, s.slot FROM item i
                   JOIN slot s ON s.message = i.number JOIN process p ON p.number = s.process
                   WHERE i.id = ? ORDER BY s.process"""
        with self._database.reading() as connection:
            return connection.execute(query, (message_id,)).fetchall()

    # Results

    def record(self, outcomes: Sequence[Outcome], schedule: Schedule) -> list[list[Delivery] | None]:
        """Keeps results and delivers their outboxes, all in one transaction.

        Returns:
            For each, what became of its parcels; None when another program had recorded the same result before.

        Raises:
            StoreError: a slot has another result. That must never happen, so nothing is changed.
        """
        return self._database.write(lambda connection: [_record(connection, outcome, schedule) for outcome in outcomes])

    def deliveries(self, process_id: str, slot: int) -> list[Delivery]:
        """What became of the outbox of a slot."""
        with self._database.reading() as connection:
            key = _key(_number(connection, process_id) or 0, slot)
            row = connection.execute("SELECT deliveries FROM slot WHERE key = ?", (key,)).fetchone()
        return [Delivery(*fields) for fields in json.loads(row[0])] if row and row[0] else []


def _record(connection: sqlite3.Connection, outcome: Outcome, schedule: Schedule) -> list[Delivery] | None:
    process_id, slot = outcome.process_id, outcome.slot
    query = "SELECT number, evaluated FROM process WHERE id = ?"
    number, evaluated = connection.execute(query, (process_id,)).fetchone()
    if slot < evaluated:
        _compare(connection, number, process_id, slot, outcome.text)
        return None
    if slot > evaluated:
        raise StoreError(f"Slot {slot} of {process_id} was evaluated before slot {evaluated}")
    key = _key(number, slot)
    deliveries = [delivery for parcel in outcome.parcels for delivery in _deliver(connection, parcel, schedule, key)]
    connection.execute(
        "UPDATE slot SET result = ?, failed = ?, instructions = ?, deliveries = ? WHERE key = ?",
        (outcome.text, outcome.failed, outcome.instructions, json.dumps(deliveries) if deliveries else None, key),
    )  # fmt: skip
    connection.execute("UPDATE process SET evaluated = ? WHERE number = ?", (slot + 1, number))
    return deliveries


def _storable(name: str) -> str:
    """A name as SQLite takes it: bytes that are not UTF-8, which tags carry as surrogates, are replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _key(number: int, slot: int) -> int:
    """The key of a slot; see schema.sql."""
    return number << 32 | slot


def _number(connection: sqlite3.Connection, process_id: str) -> int | None:
    row = connection.execute("SELECT number FROM process WHERE id = ?", (process_id,)).fetchone()
    return row[0] if row else None


def _entry(process_id: str, row: tuple[Any, ...]) -> LogEntry:
    """A row of `_ENTRY`."""
    slot, message_id, message, raw, timestamp_ms, height, chain, exclude, text, failed, instructions = row
    place = Place(process_id, slot, 0, timestamp_ms, height, chain, tuple(exclude.split()))
    return LogEntry(slot, message_id, message, raw, place, text, bool(failed), instructions or 0)


class _Kept(NamedTuple):
    """An item of the store: its number there, its id, and whether it was kept just now."""

    number: int
    id: str
    fresh: bool


def _insert_item(connection: sqlite3.Connection, item: DataItem) -> _Kept:
    """Keeps an item, unless it is there already."""
    cursor = connection.execute("INSERT OR IGNORE INTO item (id, raw) VALUES (?, ?)", (item.id, item.raw))
    if cursor.rowcount:
        return _Kept(int(cursor.lastrowid or 0), item.id, fresh=True)
    number = connection.execute("SELECT number FROM item WHERE id = ?", (item.id,)).fetchone()[0]
    return _Kept(int(number), item.id, fresh=False)


def _insert_process(connection: sqlite3.Connection, record: ProcessRecord) -> None:
    try:
        connection.execute(
            "INSERT INTO process (id, name, owner, module_id, spawned_ms) VALUES (?, ?, ?, ?, 0)",
            (record.id, _storable(record.name), record.owner, record.module_id),
        )
    except sqlite3.IntegrityError as error:
        raise NodeRefused(f"Process {record.id} exists already", operation="spawn") from error


def _append(
    connection: sqlite3.Connection, process_id: str, message: _Kept, exclude: tuple[str, ...], schedule: Schedule,
    cause: int | None = None,
) -> Appended | None:  # fmt: skip
    """Gives a message the next slot of a log; None when there is no such process.

    Args:
        cause: key of the slot whose outbox it comes from; None when it comes from outside.
    """
    row = connection.execute(
        "SELECT number, slots, last_assignment_id, hash_chain, timestamp_ms FROM process WHERE id = ?", (process_id,)
    ).fetchone()
    if row is None:
        return None
    number = row[0]
    if not message.fresh:
        known = connection.execute(
            "SELECT slot FROM slot WHERE message = ? AND process = ?", (message.number, number)
        ).fetchone()
        if known:
            return Appended(known[0], fresh=False)
    made = schedule(LogHead(process_id, *row[1:]), message.id, exclude)
    connection.execute(
        """INSERT INTO slot (key, message, assignment, timestamp_ms, block_height, hash_chain, exclude, cause)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (_key(number, made.slot), message.number, made.item.raw, made.timestamp_ms, made.block_height,
         made.hash_chain, " ".join(made.exclude), cause),
    )  # fmt: skip
    connection.execute(
        "UPDATE process SET slots = ?, last_assignment_id = ?, hash_chain = ?, timestamp_ms = ? WHERE number = ?",
        (made.slot + 1, made.item.id, decode_base64url(made.hash_chain), made.timestamp_ms, number),
    )
    if made.slot == 0:
        connection.execute("UPDATE process SET spawned_ms = timestamp_ms WHERE number = ?", (number,))
    return Appended(made.slot, fresh=True)


def _deliver(connection: sqlite3.Connection, parcel: Parcel, schedule: Schedule, cause: int) -> Iterable[Delivery]:
    """Puts a parcel where it belongs; one delivery per target, and one for an item without a target."""
    message = None if parcel.problem else _parcel_item(connection, parcel)
    problem = parcel.problem or ("" if message else f"there is no message {parcel.message_id} here")
    if parcel.spawns is not None and message is not None and message.fresh:
        _insert_process(connection, parcel.spawns)
    for target in parcel.targets or ("",):
        slot: int | None = None
        state: DeliveryState = "refused" if problem else "kept"
        at_target = problem
        appended = _append(connection, target, message, parcel.exclude, schedule, cause) if message else None
        if appended is not None:
            slot, state = appended.slot, "delivered" if appended.fresh else "duplicate"
        elif message is not None and parcel.kind == "assignment":
            state, at_target = "refused", f"there is no process {target} here"
        yield Delivery(parcel.position, parcel.kind, parcel.message_id, target, slot, state, at_target)


def _parcel_item(connection: sqlite3.Connection, parcel: Parcel) -> _Kept | None:
    """A parcel's item in the store; None when an assignment names a message that is not here."""
    if parcel.item is not None:
        return _insert_item(connection, parcel.item)
    row = connection.execute("SELECT number FROM item WHERE id = ?", (parcel.message_id,)).fetchone()
    return _Kept(row[0], parcel.message_id, fresh=False) if row else None


def _compare(connection: sqlite3.Connection, number: int, process_id: str, slot: int, text: str) -> None:
    """Two evaluations of one slot must be equal to the byte."""
    known = connection.execute("SELECT result FROM slot WHERE key = ?", (_key(number, slot),)).fetchone()[0]
    if known != text:
        raise different_result(process_id, slot)


def different_result(process_id: str, slot: int) -> StoreError:
    """The error of a slot that evaluates to another result than the stored one."""
    return StoreError(
        f"Slot {slot} of process {process_id} evaluated to another result than the one that is stored",
        "The stored result was kept. Please report this with the process's log",
    )
