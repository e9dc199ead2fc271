"""One SQLite file, opened with care: checked, shared between programs, and never written over when damaged."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from aos_cli.errors import NodeRefused, StoreError
from aos_cli.units.group_commit import Done, GroupCommit

T = TypeVar("T")

SCHEMA_VERSION = 2
"""Of the tables. 1 had no ticks: a program of then would evaluate a process without its crons, so it must not try."""

# "aosS": says in the file's header whose it is.
_APPLICATION_ID = 0x616F7353

# How long a program waits for another one's transaction. They take milliseconds; a minute means something is wrong.
_BUSY_SECONDS = 60.0

# The switch to the write-ahead log does not wait for a lock by itself.
_RETRY_SECONDS = 0.01

# How long a search may take, and how often that is looked at: some milliseconds of SQLite's steps.
_SEARCH_SECONDS = 5.0
_SEARCH_STEPS = 20_000


class Database:
    """A connection that any thread may use, one at a time, one for reading while somebody writes, and one for searches.

    Args:
        path: the file, or None for a database in memory.

    Raises:
        StoreError: the file is damaged, is something else, or cannot be opened.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._share(beside=path is not None)
        with self._mapped_errors():
            if path is not None and not _create_private(path):
                self._inspect(path)
            self._connection = _connect(path)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _share(self, *, beside: bool) -> None:
        """Makes ready what threads share the connection by.

        Args:
            beside: reading while somebody writes has a connection of its own.
        """
        self._lock = threading.RLock()
        self._beside = beside
        self._writing = False
        self._second: sqlite3.Connection | None = None
        self._second_lock = threading.Lock()
        self._third: sqlite3.Connection | None = None
        self._third_lock = threading.Lock()
        self._group: GroupCommit[sqlite3.Connection] = GroupCommit(self._commit_together)

    @property
    def name(self) -> str:
        """What the store is called in messages."""
        return "in memory" if self.path is None else str(self.path)

    def _inspect(self, path: Path) -> None:
        """Refuses a file that is no whole store of ours.

        The connection cannot write: the last one that can would merge another program's write-ahead log on closing.
        """
        uri = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            # One transaction: between two statements another program could create the store.
            connection.execute("BEGIN")
            application, version, tables = (
                connection.execute(query).fetchone()[0]
                for query in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
            )
            if application != _APPLICATION_ID and (application or version or tables):
                raise StoreError(f"{self.name} is a database of another program", "Name another home with --home")
            if version > SCHEMA_VERSION:
                hint = "Upgrade aos, or name another home with --home"
                raise StoreError(f"{self.name} was written by a newer aos", hint)
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise self._damaged(found)
        finally:
            connection.close()

    def _prepare(self) -> None:
        if self.path is not None:
            self._write_ahead()
        # With FULL a commit that was acknowledged survives a power cut, too.
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        if _version(self._connection) != SCHEMA_VERSION:
            self._bring_up_to_date()

    def _write_ahead(self) -> None:
        """Switches to the write-ahead log, in which readers and a writer do not hinder each other."""
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(_RETRY_SECONDS)

    def _bring_up_to_date(self) -> None:
        """Makes the tables, or those that an older store lacks, in one transaction."""
        with self.transaction() as connection:
            version = _version(connection)
            # Another program may have been first while this one waited for the lock.
            if version == SCHEMA_VERSION:
                return
            if version == 0:
                for statement in (*statements_of("schema.sql"), *statements_of("ticks.sql")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            else:
                if not _has_causes(connection):
                    _add_causes(connection)
                if not has_ticks(connection):
                    _add_ticks(connection)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _damaged(self, detail: str) -> StoreError:
        detail = damage(detail)
        hint = "It was not changed. Move it away to begin anew, or try `sqlite3 FILE .recover`"
        return StoreError(f"The store {self.name} is damaged: {detail}", hint)

    @contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        """The one seam where SQLite's errors become ours."""
        try:
            yield
        except sqlite3.OperationalError as error:
            text = str(error)
            if "locked" in text:
                raise StoreError(f"The store {self.name} is busy: another program holds it", "Try again") from error
            if "full" in text:
                raise StoreError(f"The store {self.name} cannot grow: the disk is full", "Make room") from error
            if "malformed" in text or "not a database" in text:
                raise self._damaged(text) from error
            if "readonly" in text:
                hint = "Change the permissions of the file and its folder, or name another home with --home"
                raise StoreError(f"The store {self.name} cannot be written to: it is read-only", hint) from error
            hint = "The disk may be full, failing or read-only; `aos doctor` looks"
            raise StoreError(f"The store {self.name} cannot be used: {text}", hint) from error
        except sqlite3.ProgrammingError as error:
            # Work that the user walked away from may outlive the connection.
            raise StoreError(f"The store {self.name} cannot be used: {error}") from error
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for statements that change nothing; they see what is committed."""
        if self._lock.acquire(blocking=not (self._beside and self._writing)):
            try:
                with self._mapped_errors():
                    yield self._connection
            finally:
                self._lock.release()
            return
        # Whoever writes may be waiting for the disk.
        with self._second_lock, self._mapped_errors():
            if self._second is None:
                self._second = _connect_to_read(self.path)
            yield self._second

    @contextmanager
    def searching(self) -> Iterator[sqlite3.Connection]:
        """As `reading`, for what may take long. In a file it keeps nobody from the database but who searches, too.

        Raises:
            NodeRefused: it takes too long.
        """
        if not self._beside:
            with self.reading() as connection, _bounded(connection):
                yield connection
            return
        with self._third_lock, self._mapped_errors():
            if self._third is None:
                self._third = _connect_to_read(self.path)
            with _bounded(self._third):
                yield self._third

    def version(self) -> tuple[int, int]:
        """What is another one after every commit, of this program or another."""
        with self._lock, self._mapped_errors():
            # data_version counts the commits of other connections only, and each connection has its own.
            others = self._connection.execute("PRAGMA data_version").fetchone()[0]
            return others, self._connection.total_changes

    def write(self, change: Callable[[sqlite3.Connection], T]) -> T:
        """What a change of the database gives, once it is durable. Threads that wait at the same time share a commit.

        Args:
            change: whatever it raises, it changes nothing then.
        """
        return self._group.run(change)

    def _commit_together(self, changes: Sequence[Callable[[sqlite3.Connection], object]]) -> Sequence[Done]:
        """Makes changes in one transaction; one that fails does not keep the others from it."""
        begun = False
        try:
            with self.transaction() as connection:
                begun = True
                return [Done(change(connection)) for change in changes]
        except Exception:
            if not begun or len(changes) == 1:
                raise
        # Once more, with a way back in front of each: that costs two statements, and few changes fail.
        with self.transaction() as connection:
            return [self._part(connection, change) for change in changes]

    def _part(self, connection: sqlite3.Connection, change: Callable[[sqlite3.Connection], object]) -> Done:
        connection.execute("SAVEPOINT part")
        try:
            with self._mapped_errors():
                done = Done(change(connection))
        except Exception as error:
            if not connection.in_transaction:
                raise  # SQLite itself has rolled everything back
            connection.execute("ROLLBACK TO part")
            done = Done(None, error)
        connection.execute("RELEASE part")
        return done

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The connection inside a write transaction that is durable when the block ends, or never happened."""
        with self._lock, self._mapped_errors():
            self._writing = True
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite itself has rolled back when the disk is full.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._writing = False

    def close(self) -> None:
        """Closes the file; the log written ahead is merged into it when nobody else has it open."""
        with self._lock, self._second_lock, self._third_lock:
            for connection in (self._second, self._third, self._connection):
                if connection is not None:
                    connection.close()


def _connect(path: Path | None) -> sqlite3.Connection:
    return sqlite3.connect(
        ":memory:" if path is None else path,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )


def _connect_to_read(path: Path | None) -> sqlite3.Connection:
    connection = _connect(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


@contextmanager
def _bounded(connection: sqlite3.Connection) -> Iterator[None]:
    """Ends statements that take too long.

    Raises:
        NodeRefused: one did.
    """
    until = time.monotonic() + _SEARCH_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > until, _SEARCH_STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if str(error) != "interrupted":
            raise
        hint = "Ask for less at once, or by something that fewer items have"
        raise NodeRefused("The search takes too long", hint, operation="search") from error
    finally:
        connection.set_progress_handler(None, 0)


def damage(report: str) -> str:
    """What SQLite found wrong, in one line without its heading."""
    return " ".join(line for line in report.splitlines() if not line.startswith("***"))


def _version(connection: sqlite3.Connection) -> int:
    """Of the tables; 0 where there are none yet."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def _add_causes(connection: sqlite3.Connection) -> None:
    """Gives a store from before there was `slot.cause` that column, filled in from what became of the outboxes."""
    connection.execute("ALTER TABLE slot ADD COLUMN cause INTEGER")
    # A delivery is a list of fields; see `aos_cli.units.records.Delivery` for their order.
    connection.execute(
        """UPDATE slot SET cause = sent.cause FROM (
             SELECT s.key AS cause, p.number << 32 | json_extract(d.value, '$[4]') AS key
             FROM slot s, json_each(s.deliveries) d JOIN process p ON p.id = json_extract(d.value, '$[3]')
             WHERE json_extract(d.value, '$[5]') = 'delivered'
           ) sent WHERE slot.key = sent.key"""
    )


def _add_ticks(connection: sqlite3.Connection) -> None:
    """Gives a store from before there were crons their tables.

    What was evaluated then stays as it is: its processes tick from their last evaluated slot on.
    """
    for statement in statements_of("ticks.sql"):
        connection.execute(statement)
    # The name of the tag in the process message; one that stands in its data does no harm.
    connection.execute(
        """INSERT INTO untimed SELECT p.number, p.evaluated FROM process p JOIN item i ON i.id = p.id
           WHERE p.evaluated > 0 AND instr(i.raw, CAST('Cron-Interval' AS BLOB))"""
    )


def _has_causes(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM pragma_table_info('slot') WHERE name = 'cause'").fetchone())


def has_ticks(connection: sqlite3.Connection) -> bool:
    """Whether a store has the tables of ticks."""
    return bool(connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'tick'").fetchone())


def _create_private(path: Path) -> bool:
    """Makes an empty file that only its user can read; False when there is a file.

    An existing file is not opened here: to close it would drop the locks that SQLite holds on it in this program.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    except OSError as error:
        raise StoreError(f"The store {path} cannot be made: {error.strerror}") from error
    return True


def statements_of(script: str) -> Iterator[str]:
    """The statements of an SQL script beside this file, one by one: `executescript` would end the transaction."""
    statement = ""
    for line in Path(__file__).with_name(script).read_text("utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
