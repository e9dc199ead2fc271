"""Rows of the store's tables: how they are found, read and written. The transaction is the caller's."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

from aos_cli.codec.ids import decode_base64url
from aos_cli.errors import NodeRefused
from aos_cli.model import DataItem
from aos_cli.units.records import Appended, LogEntry, LogHead, Place, ProcessRecord, Schedule

ENTRY = """SELECT s.slot, i.id, i.raw, s.assignment, s.timestamp_ms, s.block_height, s.hash_chain, s.exclude,
                  s.result, s.failed, s.instructions
           FROM slot s JOIN item i ON i.number = s.message"""
"""Begins a query whose rows `log_entry` reads."""

BUNDLED_TABLE = """CREATE TABLE IF NOT EXISTS bundled (
                     item   INTEGER PRIMARY KEY REFERENCES item (number),
                     bundle INTEGER NOT NULL REFERENCES item (number))"""
"""Which bundle an item came in. Stores from before there were bundles get it when it is needed first."""

LATEST_MS = 2**62
"""The latest time that the store can write down; intervals may be as long as anybody likes."""

_HEAD = "SELECT number, slots, last_assignment_id, hash_chain, timestamp_ms FROM process WHERE id = ?"


T = TypeVar("T")


def within(most: int, found: Iterable[T], size: Callable[[T], int]) -> Iterator[T]:
    """The first of some things, until they have some size in all; always one, and never more than one beyond it."""
    total = 0
    for one in found:
        yield one
        total += size(one)
        if total >= most:
            return


def storable(name: str) -> str:
    """A name as SQLite takes it: bytes that are not UTF-8, which tags carry as surrogates, are replaced."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def slot_key(number: int, slot: int) -> int:
    """The key of a slot of the process of that number; see schema.sql."""
    return number << 32 | slot


def process_number(connection: sqlite3.Connection, process_id: str) -> int | None:
    """The number of a process; None when there is no such process."""
    row = connection.execute("SELECT number FROM process WHERE id = ?", (process_id,)).fetchone()
    return row[0] if row else None


def log_entry(process_id: str, row: tuple[Any, ...]) -> LogEntry:
    """A row of `ENTRY`."""
    slot, message_id, message, raw, timestamp_ms, height, chain, exclude, text, failed, instructions = row
    place = Place(process_id, slot, 0, timestamp_ms, height, chain, tuple(exclude.split()))
    return LogEntry(slot, message_id, message, raw, place, text, bool(failed), instructions or 0)


def entry_bytes(row: tuple[Any, ...]) -> int:
    """About how large a row of `ENTRY` is."""
    return len(row[2]) + len(row[3]) + len(row[8] or "")


class Kept(NamedTuple):
    """An item of the store: its number there, its id, and whether it was kept just now."""

    number: int
    id: str
    fresh: bool


def insert_item(connection: sqlite3.Connection, item: DataItem) -> Kept:
    """Keeps an item, unless it is there already."""
    cursor = connection.execute("INSERT OR IGNORE INTO item (id, raw) VALUES (?, ?)", (item.id, item.raw))
    if cursor.rowcount:
        return Kept(int(cursor.lastrowid or 0), item.id, fresh=True)
    number = connection.execute("SELECT number FROM item WHERE id = ?", (item.id,)).fetchone()[0]
    return Kept(int(number), item.id, fresh=False)


def insert_bundled(connection: sqlite3.Connection, item: DataItem, bundle_id: str) -> None:
    """Keeps an item that came in a bundle; one that is there already stays one that came otherwise."""
    kept = insert_item(connection, item)
    if kept.fresh:
        query = "INSERT INTO bundled SELECT ?, number FROM item WHERE id = ?"
        connection.execute(query, (kept.number, bundle_id))


def insert_process(connection: sqlite3.Connection, record: ProcessRecord) -> None:
    """Notes a process; its log is empty then.

    Raises:
        NodeRefused: it is there already.
    """
    try:
        connection.execute(
            "INSERT INTO process (id, name, owner, module_id, spawned_ms) VALUES (?, ?, ?, ?, 0)",
            (record.id, storable(record.name), record.owner, record.module_id),
        )
    except sqlite3.IntegrityError as error:
        raise NodeRefused(f"Process {record.id} exists already", operation="spawn") from error


def log_head(connection: sqlite3.Connection, process_id: str) -> tuple[int, LogHead] | None:
    """The number of a process and the end of its log; None when there is no such process."""
    row = connection.execute(_HEAD, (process_id,)).fetchone()
    return (row[0], LogHead(process_id, *row[1:])) if row else None


def append(
    connection: sqlite3.Connection, process_id: str, message: Kept, exclude: tuple[str, ...], schedule: Schedule,
    cause: int | None = None,
) -> Appended | None:  # fmt: skip
    """Gives a message the next slot of a log; None when there is no such process.

    Args:
        connection: inside a transaction.
        process_id: whose log.
        message: the message.
        exclude: fields that are left out when the message is read.
        schedule: gives it the slot.
        cause: key of the slot whose outbox it comes from; None when it comes from outside.
    """
    found = log_head(connection, process_id)
    if found is None:
        return None
    number, head = found
    if not message.fresh:
        known = connection.execute(
            "SELECT slot FROM slot WHERE message = ? AND process = ?", (message.number, number)
        ).fetchone()
        if known:
            return Appended(known[0], fresh=False)
    made = schedule(head, message.id, exclude)
    connection.execute(
        """INSERT INTO slot (key, message, assignment, timestamp_ms, block_height, hash_chain, exclude, cause)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (slot_key(number, made.slot), message.number, made.item.raw, made.timestamp_ms, made.block_height,
         made.hash_chain, " ".join(made.exclude), cause),
    )  # fmt: skip
    connection.execute(
        "UPDATE process SET slots = ?, last_assignment_id = ?, hash_chain = ?, timestamp_ms = ? WHERE number = ?",
        (made.slot + 1, made.item.id, decode_base64url(made.hash_chain), made.timestamp_ms, number),
    )
    if made.slot == 0:
        connection.execute("UPDATE process SET spawned_ms = timestamp_ms WHERE number = ?", (number,))
    return Appended(made.slot, fresh=True)
