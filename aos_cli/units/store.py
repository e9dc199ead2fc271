"""The store of a node: items, logs, results and outboxes. All SQL of the project is here and in `database`.

Every method is one short transaction, safe to call from any thread and beside other programs that use the same file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from aos_cli.codec.ids import decode_base64url
from aos_cli.errors import NodeRefused, StoreError
from aos_cli.model import DataItem
from aos_cli.units.database import Database
from aos_cli.units.records import Appended, Delivery, LogEntry, LogHead, Parcel, ProcessRecord, Schedule

_PROCESS = "SELECT id, name, owner, module_id, slots, evaluated, spawned_ms FROM process"
_PAGE = 500


class Store:
    """What a node knows.

    Args:
        path: the file; None keeps everything in memory.

    Raises:
        StoreError: the file cannot be used.
    """

    def __init__(self, path: Path | None) -> None:
        self._database = Database(path)
        self._seen: tuple[int, int] | None = None

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def changed(self) -> bool:
        """Whether anything was written since the last call, through this store or by another program."""
        with self._database.reading() as connection:
            # data_version counts the commits of other connections only.
            others = connection.execute("PRAGMA data_version").fetchone()[0]
            seen, self._seen = self._seen, (others, connection.total_changes)
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
        with self._database.transaction() as connection:
            if unless_named and record.name:
                query = _PROCESS + " WHERE name = ? AND owner = ? ORDER BY number LIMIT 1"
                row = connection.execute(query, (_storable(record.name), record.owner)).fetchone()
                if row:
                    return ProcessRecord(*row)
            _insert_process(connection, record)
            _append(connection, record.id, _insert_item(connection, item), item.id, (), schedule)
        return record

    def pending(self, limit: int = _PAGE) -> list[tuple[str, int]]:
        """Processes with slots that have no result: (id, first such slot)."""
        query = "SELECT id, evaluated FROM process WHERE evaluated < slots ORDER BY number LIMIT ?"
        with self._database.reading() as connection:
            return connection.execute(query, (limit,)).fetchall()

    # Logs

    def append(self, process_id: str, item: DataItem, schedule: Schedule) -> Appended:
        """Gives a message the next slot of a log. Once this returns, it is never lost.

        Raises:
            NodeRefused: there is no such process.
        """
        with self._database.transaction() as connection:
            return _append(connection, process_id, _insert_item(connection, item), item.id, (), schedule)

    def entries(self, process_id: str, first: int = 0, last: int | None = None) -> Iterator[LogEntry]:
        """The slots `first` to `last` of a log, both included."""
        query = """SELECT a.slot, i.id, i.raw, a.raw, r.text, r.failed, r.instructions
                   FROM assignment a JOIN item i ON i.number = a.message
                   LEFT JOIN result r ON r.process = a.process AND r.slot = a.slot
                   WHERE a.process = (SELECT number FROM process WHERE id = ?) AND a.slot BETWEEN ? AND ?
                   ORDER BY a.slot LIMIT ?"""
        end = 2**62 if last is None else last
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(query, (process_id, first, end, _PAGE)).fetchall()
            for slot, message_id, message, assignment, text, failed, instructions in rows:
                yield LogEntry(slot, message_id, message, assignment, text, bool(failed), instructions or 0)
            if len(rows) < _PAGE:
                return
            first = rows[-1][0] + 1

    def slot_of(self, process_id: str, message_id: str) -> int | None:
        """The slot that a message has in a log."""
        query = """SELECT a.slot FROM assignment a JOIN process p ON p.number = a.process
                   JOIN item i ON i.number = a.message WHERE p.id = ? AND i.id = ?"""
        with self._database.reading() as connection:
            row = connection.execute(query, (process_id, message_id)).fetchone()
        return row[0] if row else None

    # Results

    def record(
        self, process_id: str, slot: int, text: str, failed: bool, instructions: int, parcels: Sequence[Parcel],
        schedule: Schedule,
    ) -> list[Delivery] | None:  # fmt: skip
        """Keeps the result of a slot and delivers its outbox, in one transaction.

        Returns:
            What became of each parcel; None when another program had recorded the same result before.

        Raises:
            StoreError: the slot has another result. That must never happen, so nothing is changed.
        """
        with self._database.transaction() as connection:
            query = "SELECT number, evaluated FROM process WHERE id = ?"
            number, evaluated = connection.execute(query, (process_id,)).fetchone()
            if slot < evaluated:
                _compare(connection, number, process_id, slot, text)
                return None
            if slot > evaluated:
                raise StoreError(f"Slot {slot} of {process_id} was evaluated before slot {evaluated}")
            row = (number, slot, text, failed, instructions)
            connection.execute("INSERT INTO result VALUES (?, ?, ?, ?, ?)", row)
            connection.execute("UPDATE process SET evaluated = ? WHERE number = ?", (slot + 1, number))
            deliveries = [delivery for parcel in parcels for delivery in _deliver(connection, parcel, schedule)]
            connection.executemany(
                "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(number, slot, d.position, d.kind, d.message_id, d.target, d.slot, d.state, d.problem)
                 for d in deliveries],
            )  # fmt: skip
        return deliveries

    def deliveries(self, process_id: str, slot: int) -> list[Delivery]:
        """What became of the outbox of a slot."""
        query = """SELECT position, kind, message_id, target, delivered, state, problem FROM outbox
                   WHERE process = (SELECT number FROM process WHERE id = ?) AND slot = ?
                   ORDER BY position, kind DESC"""
        with self._database.reading() as connection:
            return [Delivery(*row) for row in connection.execute(query, (process_id, slot))]


def _storable(name: str) -> str:
    """A name as SQLite takes it: bytes that are not UTF-8, which tags carry as surrogates, are replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _insert_item(connection: sqlite3.Connection, item: DataItem) -> int:
    """Keeps an item; its number, also when it was there before."""
    row = connection.execute("SELECT number FROM item WHERE id = ?", (item.id,)).fetchone()
    if row:
        return int(row[0])
    cursor = connection.execute("INSERT INTO item (id, raw) VALUES (?, ?)", (item.id, item.raw))
    return int(cursor.lastrowid or 0)


def _insert_process(connection: sqlite3.Connection, record: ProcessRecord) -> None:
    try:
        connection.execute(
            "INSERT INTO process (id, name, owner, module_id, spawned_ms) VALUES (?, ?, ?, ?, 0)",
            (record.id, _storable(record.name), record.owner, record.module_id),
        )
    except sqlite3.IntegrityError as error:
        raise NodeRefused(f"Process {record.id} exists already", operation="spawn") from error


def _append(
    connection: sqlite3.Connection, process_id: str, message: int, message_id: str, exclude: tuple[str, ...],
    schedule: Schedule,
) -> Appended:  # fmt: skip
    row = connection.execute(
        "SELECT number, slots, last_assignment_id, hash_chain, timestamp_ms FROM process WHERE id = ?", (process_id,)
    ).fetchone()
    if row is None:
        raise NodeRefused(f"There is no process {process_id} here", operation="send")
    number = row[0]
    known = connection.execute(
        "SELECT slot FROM assignment WHERE process = ? AND message = ?", (number, message)
    ).fetchone()
    if known:
        return Appended(known[0], fresh=False)
    assignment = schedule(LogHead(process_id, *row[1:]), message_id, exclude)
    connection.execute(
        "INSERT INTO assignment VALUES (?, ?, ?, ?)", (number, assignment.slot, message, assignment.item.raw)
    )
    link = decode_base64url(assignment.hash_chain)
    connection.execute(
        "UPDATE process SET slots = ?, last_assignment_id = ?, hash_chain = ?, timestamp_ms = ? WHERE number = ?",
        (assignment.slot + 1, assignment.item.id, link, assignment.timestamp_ms, number),
    )
    if assignment.slot == 0:
        connection.execute("UPDATE process SET spawned_ms = timestamp_ms WHERE number = ?", (number,))
    return Appended(assignment.slot, fresh=True)


def _deliver(connection: sqlite3.Connection, parcel: Parcel, schedule: Schedule) -> Iterable[Delivery]:
    """Puts a parcel where it belongs; one delivery per target, and one for an item without a target."""
    problem = parcel.problem
    message = None
    if not problem:
        message = _parcel_item(connection, parcel)
        if message is None:
            problem = f"there is no message {parcel.message_id} here"
    if not problem and parcel.spawns is not None and not _is_process(connection, parcel.spawns.id):
        _insert_process(connection, parcel.spawns)
    for target in parcel.targets or ("",):
        slot, state = None, "kept"
        at_target = problem
        if not problem and _is_process(connection, target):
            appended = _append(connection, target, message or 0, parcel.message_id, parcel.exclude, schedule)
            slot, state = appended.slot, "delivered" if appended.fresh else "duplicate"
        elif not problem and parcel.kind == "assignment":
            at_target = f"there is no process {target} here"
        yield Delivery(
            parcel.position, parcel.kind, parcel.message_id, target, slot,
            "refused" if at_target else state, at_target,  # type: ignore[arg-type] # one of the states' names
        )  # fmt: skip


def _parcel_item(connection: sqlite3.Connection, parcel: Parcel) -> int | None:
    """The number of a parcel's item; None when an assignment names a message that is not here."""
    if parcel.item is not None:
        return _insert_item(connection, parcel.item)
    row = connection.execute("SELECT number FROM item WHERE id = ?", (parcel.message_id,)).fetchone()
    return row[0] if row else None


def _is_process(connection: sqlite3.Connection, process_id: str) -> bool:
    return connection.execute("SELECT 1 FROM process WHERE id = ?", (process_id,)).fetchone() is not None


def _compare(connection: sqlite3.Connection, number: int, process_id: str, slot: int, text: str) -> None:
    """Two evaluations of one slot must be equal to the byte."""
    known = connection.execute("SELECT text FROM result WHERE process = ? AND slot = ?", (number, slot)).fetchone()[0]
    if known != text:
        raise different_result(process_id, slot)


def different_result(process_id: str, slot: int) -> StoreError:
    """The error of a slot that evaluates to another result than the stored one."""
    return StoreError(
        f"Slot {slot} of process {process_id} evaluated to another result than the one that is stored",
        "The stored result was kept. Please report this with the process's log",
    )
