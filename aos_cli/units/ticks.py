"""The ticks of a store: those that were evaluated, what they brought about, and whose are delivered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aos_cli.units.database import Database
from aos_cli.units.records import Delivery, TickEntry, TickMark, TickState
from aos_cli.units.rows import LATEST_MS, process_number, slot_key

if TYPE_CHECKING:
    import sqlite3

_MARK = "slot & 4294967295, number, cron, timestamp_ms"
_ENTRY = f"SELECT {_MARK}, result, failed, instructions, deliveries FROM tick"  # noqa: S608 - nothing from outside is in it
_STATE = """SELECT s.timestamp_ms, m.since_ms, coalesce(m.due_ms, 0)
            FROM slot s LEFT JOIN monitor m ON m.process = s.process WHERE s.key = ?"""
_PAGE = 500
_MAX_SLOT = 2**32 - 1

Position = tuple[int, int]
"""A slot and the number of a tick behind it; the number is 0 for the slot itself."""


class Ticks:
    """The tables of ticks.

    Args:
        database: the store's.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # Those that were evaluated

    def state(self, process_id: str, slot: int) -> TickState | None:
        """What is known of the ticks behind a slot; None when there is no such slot."""
        if slot < 0:
            return None
        with self._database.reading() as connection:
            key = slot_key(process_number(connection, process_id) or 0, slot)
            row = connection.execute(_STATE, (key,)).fetchone()
            newest = _newest(connection, key, key)
        return TickState(row[0], newest, row[1], row[2]) if row else None

    def is_known(self, process_id: str, mark: TickMark) -> bool:
        """Whether a tick was evaluated, here or by another program."""
        with self._database.reading() as connection:
            key = slot_key(process_number(connection, process_id) or 0, mark.slot)
            query = "SELECT 1 FROM tick WHERE slot = ? AND number = ?"
            return connection.execute(query, (key, mark.number)).fetchone() is not None

    def newest(self, process_id: str) -> TickMark | None:
        """The last tick of a process that was evaluated."""
        with self._database.reading() as connection:
            number = process_number(connection, process_id) or 0
            return _newest(connection, slot_key(number, 0), slot_key(number, _MAX_SLOT))

    def between(self, process_id: str, after: Position, last: Position) -> Iterator[TickEntry]:
        """The ticks that were evaluated behind a position, up to another one, which is included."""
        query = _ENTRY + " WHERE (slot, number) > (?, ?) AND (slot, number) <= (?, ?) ORDER BY slot, number LIMIT ?"
        with self._database.reading() as connection:
            process = process_number(connection, process_id)
        if process is None:
            return
        end = slot_key(process, min(last[0], _MAX_SLOT)), last[1]
        while True:
            begin = slot_key(process, after[0]), after[1]
            with self._database.reading() as connection:
                rows = connection.execute(query, (*begin, *end, _PAGE)).fetchall()
            yield from map(_entry, rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1][0], rows[-1][1]

    def latest(self, process_id: str, after: Position, count: int) -> list[TickEntry]:
        """The newest ticks that were evaluated behind a position, in their order."""
        query = _ENTRY + " WHERE (slot, number) > (?, ?) AND slot <= ? ORDER BY slot DESC, number DESC LIMIT ?"
        with self._database.reading() as connection:
            process = process_number(connection, process_id) or 0
            begin, end = slot_key(process, after[0]), slot_key(process, _MAX_SLOT)
            rows = connection.execute(query, (begin, after[1], end, count)).fetchall()
        return [_entry(row) for row in reversed(rows)]

    def cause(self, process_id: str, slot: int) -> int:
        """The number of the tick that sent the message of a slot; 0 when none did."""
        query = "SELECT number FROM tick_cause WHERE slot = ?"
        with self._database.reading() as connection:
            key = slot_key(process_number(connection, process_id) or 0, slot)
            row = connection.execute(query, (key,)).fetchone()
        return row[0] if row else 0

    def first_timed(self, process_id: str) -> int:
        """The first slot of a process that ticks come behind: those before it were evaluated when there were none."""
        query = "SELECT u.slots - 1 FROM untimed u JOIN process p ON p.number = u.process WHERE p.id = ?"
        with self._database.reading() as connection:
            row = connection.execute(query, (process_id,)).fetchone()
        return row[0] if row else 0

    # Those that are delivered

    def due(self, now_ms: int, limit: int = 10_000) -> list[str]:
        """Monitored processes that have a tick to be evaluated, the one that waits longest first."""
        query = """SELECT p.id FROM monitor m JOIN process p ON p.number = m.process
                   WHERE m.due_ms <= ? ORDER BY m.due_ms LIMIT ?"""
        with self._database.reading() as connection:
            return [row[0] for row in connection.execute(query, (now_ms, limit))]

    def postpone(self, process_id: str, due_ms: int) -> None:
        """Says when the next tick of a monitored process is due."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE monitor SET due_ms = ? WHERE process = (SELECT number FROM process WHERE id = ?)",
                (min(due_ms, LATEST_MS), process_id),
            )

    def is_monitored(self, process_id: str) -> bool:
        """Whether somebody wants that what the ticks of a process send is delivered."""
        query = "SELECT 1 FROM monitor m JOIN process p ON p.number = m.process WHERE p.id = ?"
        with self._database.reading() as connection:
            return connection.execute(query, (process_id,)).fetchone() is not None

    def monitor(self, process_id: str, now_ms: int, due_ms: int) -> bool:
        """Has ticks delivered from now on; False when they are already.

        Args:
            process_id: whose.
            now_ms: nothing is delivered of ticks up to this time, nor of those that were evaluated.
            due_ms: when to look for a tick.
        """
        with self._database.transaction() as connection:
            made = connection.execute(
                """INSERT OR IGNORE INTO monitor
                   SELECT number, max(timestamp_ms, ?), ? FROM process WHERE id = ?""",
                (now_ms, min(due_ms, LATEST_MS), process_id),
            )
            return made.rowcount > 0

    def unmonitor(self, process_id: str) -> bool:
        """Has ticks delivered no longer; False when they are not."""
        with self._database.transaction() as connection:
            gone = connection.execute(
                "DELETE FROM monitor WHERE process = (SELECT number FROM process WHERE id = ?)", (process_id,)
            )
            return gone.rowcount > 0


def _newest(connection: sqlite3.Connection, first: int, last: int) -> TickMark | None:
    query = f"SELECT {_MARK} FROM tick WHERE slot BETWEEN ? AND ? ORDER BY slot DESC, number DESC LIMIT 1"  # noqa: S608 - as above
    row = connection.execute(query, (first, last)).fetchone()
    return TickMark(*row) if row else None


def _entry(row: tuple[Any, ...]) -> TickEntry:
    """A row of `_ENTRY`."""
    *mark, result, failed, instructions, deliveries = row
    made = tuple(Delivery(*fields) for fields in json.loads(deliveries)) if deliveries else ()
    return TickEntry(TickMark(*mark), result, bool(failed), instructions, made)
