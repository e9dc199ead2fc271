"""A store that is only looked at: nothing of it changes, not even the files beside it.

An ordinary `Store` brings an older schema up to date, and merges what was written ahead when it is closed.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from aos_cli.errors import StoreError
from aos_cli.units.database import SCHEMA_VERSION, Database, damage, has_ticks, statements_of
from aos_cli.units.store import Store
from aos_cli.units.ticks import Ticks

SQLITE_VERSION = sqlite3.sqlite_version

# Somebody who only looks does not wait as long as somebody who has something to say.
_BUSY_SECONDS = 5.0


class StoreFacts(NamedTuple):
    """What a store says of itself.

    Attributes:
        schema: version of its tables.
        bytes: size of the file.
        ahead_bytes: size of the log that is written ahead of it.
    """

    schema: int
    bytes: int
    ahead_bytes: int


class _ReadOnlyDatabase(Database):
    """A connection that cannot write.

    Args:
        path: the file, which must be there.

    Raises:
        StoreError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        # Nothing of what the base does to make a file ready is wanted here.
        self.path = path
        self._share(beside=False)
        with self._mapped_errors():
            uri = f"{path.absolute().as_uri()}?{_mode(path)}"
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._stand_in_for_ticks()

    def _stand_in_for_ticks(self) -> None:
        """Puts empty tables, which nobody else sees, where a store from before there were crons has none."""
        try:
            if has_ticks(self._connection):
                return
            self._connection.execute("PRAGMA temp_store = MEMORY")
            for statement in statements_of("ticks.sql"):
                self._connection.execute(statement.replace("CREATE TABLE", "CREATE TEMP TABLE"))
            # Otherwise these could be written to.
            self._connection.execute("PRAGMA query_only = ON")
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            # It is no database. Whoever asks it for something is told so.
            return


def _mode(path: Path) -> str:
    """How to open the file; with `mode=ro` SQLite leaves two files beside one that nobody has open."""
    return "mode=ro" if _written_ahead(path).exists() else "immutable=1"


def _written_ahead(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


class ReadOnlyStore(Store):
    """A store for looking; what would write raises StoreError.

    Args:
        path: the file, which must be there.

    Raises:
        StoreError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = _ReadOnlyDatabase(path)
        self.ticks = Ticks(self._database)
        self._seen = None

    def facts(self) -> StoreFacts:
        """Size and version, after a look at the whole file for damage, which takes longer the larger it is.

        Raises:
            StoreError: it is damaged, or no store of ours.
        """
        with self._database.reading() as connection:
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            known = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'process'").fetchone()[0]
        if found != "ok":
            raise StoreError(
                f"The store {self._path} is damaged: {damage(found)}", "Move it away, or try `sqlite3 FILE .recover`"
            )
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{self._path} was written by a newer aos", "Upgrade aos, or name another home with --home"
            )
        if not known:
            raise StoreError(f"{self._path} is no store of aos", "Name another home with --home")
        return StoreFacts(version, _size(self._path), _size(_written_ahead(self._path)))


def _size(path: Path) -> int:
    return os.stat(path).st_size if path.exists() else 0
