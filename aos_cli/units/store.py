"""The store of a node: items, logs, results and outboxes.

All SQL is here, in `rows` and `recording`, which this module is made of, and in `ticks`, `catalogue` and `database`.

Every method is one short transaction, safe to call from any thread and beside other programs that use the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aos_cli.codec.ids import encode_base64url
from aos_cli.errors import NodeRefused
from aos_cli.model import DataItem
from aos_cli.units.bundles import Unpacked
from aos_cli.units.catalogue import Catalogue
from aos_cli.units.database import Database
from aos_cli.units.recording import record_outcome
from aos_cli.units.records import Appended, Delivery, LogEntry, LogHead, Outcome, ProcessRecord, Schedule
from aos_cli.units.rows import (
    BUNDLED_TABLE,
    ENTRY,
    append,
    entry_bytes,
    insert_bundled,
    insert_item,
    insert_process,
    log_entry,
    log_head,
    process_number,
    slot_key,
    storable,
    within,
)
from aos_cli.units.ticks import Ticks

if TYPE_CHECKING:
    import sqlite3

_RECORD = "id, name, owner, module_id, slots, evaluated, spawned_ms"
_PROCESS = f"SELECT {_RECORD} FROM process"  # noqa: S608 - nothing from outside is in it
_NUMBERED_PROCESS = f"SELECT number, {_RECORD} FROM process"  # noqa: S608 - as above
_MAX_SLOT = 2**32 - 1

# What is read at once of a log: so many slots, or fewer when they are large.
_PAGE = 500
_PAGE_BYTES = 16 * 2**20


class Store:
    """What a node knows.

    Args:
        path: the file; None keeps everything in memory.

    Attributes:
        catalogue: finds items and assignments by their tags.
        ticks: what crons brought about.

    Raises:
        StoreError: the file cannot be used.
    """

    def __init__(self, path: Path | None) -> None:
        self._database = Database(path)
        self.catalogue = Catalogue(self._database)
        self.ticks = Ticks(self._database)
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
            insert_item(connection, item)

    def put_unpacked(self, found: Sequence[Unpacked]) -> None:
        """Keeps an item and everything in it as readable data."""
        with self._database.transaction() as connection:
            connection.execute(BUNDLED_TABLE)
            for item, bundle_id in found:
                if bundle_id:
                    insert_bundled(connection, item, bundle_id)
                else:
                    insert_item(connection, item)

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
            rows = connection.execute(query, {"name": name and storable(name), "owner": owner}).fetchall()
        return [ProcessRecord(*row) for row in rows]

    def spawn(
        self, item: DataItem, record: ProcessRecord, schedule: Schedule, *, unless_named: bool = False
    ) -> ProcessRecord:
        """Begins a process's log with its own message, which is also a message to its target if that is a process here.

        Args:
            item: the process message.
            record: the process.
            schedule: gives it slot 0.
            unless_named: do nothing when the owner has a process of that name already; never so without a name.

        Returns:
            The process; the older one if `unless_named` found it.
        """

        def change(connection: sqlite3.Connection) -> ProcessRecord:
            if unless_named and record.name:
                query = _PROCESS + " WHERE name = ? AND owner = ? ORDER BY number LIMIT 1"
                row = connection.execute(query, (storable(record.name), record.owner)).fetchone()
                if row:
                    return ProcessRecord(*row)
            insert_process(connection, record)
            message = insert_item(connection, item)
            append(connection, record.id, message, (), schedule)
            if item.target:
                append(connection, encode_base64url(item.target), message, (), schedule)
            return record

        return self._database.write(change)

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

        def change(connection: sqlite3.Connection) -> Appended:
            appended = append(connection, process_id, insert_item(connection, item), exclude, schedule)
            if appended is None:
                # Leaving by an exception takes the item out again.
                raise NodeRefused(f"There is no process {process_id} here", operation="send")
            return appended

        return self._database.write(change)

    def entries(self, process_id: str, first: int = 0, last: int | None = None) -> Iterator[LogEntry]:
        """The slots `first` to `last` of a log, both included."""
        query = ENTRY + " WHERE s.key BETWEEN ? AND ? ORDER BY s.key LIMIT ?"
        with self._database.reading() as connection:
            number = process_number(connection, process_id)
        if number is None:
            return
        end = slot_key(number, _MAX_SLOT if last is None else last)
        while True:
            with self._database.reading() as connection:
                found = connection.execute(query, (slot_key(number, first), end, _PAGE))
                rows = list(within(_PAGE_BYTES, found, entry_bytes))
            for row in rows:
                yield log_entry(process_id, row)
            if not rows:
                return
            first = rows[-1][0] + 1
            if slot_key(number, first) > end:
                return

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
            row = connection.execute(ENTRY + " WHERE s.key = ?", (slot_key(number, record.evaluated),)).fetchone()
        return record, log_entry(process_id, row) if row else None

    def head(self, process_id: str) -> LogHead | None:
        """The end of a log; None when there is no such process."""
        with self._database.reading() as connection:
            found = log_head(connection, process_id)
        return found[1] if found else None

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
            key = slot_key(process_number(connection, process_id) or 0, slot)
            found: tuple[str, int] | None = connection.execute(query, (key,)).fetchone()
        return found

    def newest_from_outside(self, process_id: str) -> int | None:
        """The newest slot of a log whose message no process sent."""
        query = "SELECT slot FROM slot WHERE key BETWEEN ? AND ? AND cause IS NULL ORDER BY key DESC LIMIT 1"
        with self._database.reading() as connection:
            number = process_number(connection, process_id) or 0
            row = connection.execute(query, (slot_key(number, 0), slot_key(number, _MAX_SLOT))).fetchone()
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
            For each, what became of its parcels; None when another program had recorded the same result before, or
            when a slot or a monitor came meanwhile that changes what the tick brings.

        Raises:
            StoreError: a slot has another result. That must never happen, so nothing is changed.
        """
        return self._database.write(
            lambda connection: [record_outcome(connection, outcome, schedule) for outcome in outcomes]
        )

    def deliveries(self, process_id: str, slot: int) -> list[Delivery]:
        """What became of the outbox of a slot."""
        with self._database.reading() as connection:
            key = slot_key(process_number(connection, process_id) or 0, slot)
            row = connection.execute("SELECT deliveries FROM slot WHERE key = ?", (key,)).fetchone()
        return [Delivery(*fields) for fields in json.loads(row[0])] if row and row[0] else []
