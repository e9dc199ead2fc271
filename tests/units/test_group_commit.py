"""Changes of several threads share a commit, and none of them pays for what becomes of another."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from aos_cli.errors import NodeRefused, StoreError
from aos_cli.units.database import Database
from aos_cli.units.group_commit import Done, GroupCommit

LONG_SECONDS = 30.0


class Recorder:
    """Commits by calling the changes, and remembers how many there were each time.

    Attributes:
        held: while it is not set, the first commit does not end.
    """

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.held = threading.Event()
        self.begun = threading.Event()

    def __call__(self, changes: Sequence[Callable[[None], object]]) -> list[Done]:
        self.sizes.append(len(changes))
        if len(self.sizes) == 1:
            self.begun.set()
            assert self.held.wait(LONG_SECONDS)
        return [Done(change(None)) for change in changes]


class Threads:
    """Threads that change something at the same time, and what became of each."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Any] = {}
        self._threads: list[threading.Thread] = []

    def start(self, name: str, run: Callable[[], object]) -> None:
        def target() -> None:
            try:
                self.outcomes[name] = run()
            except BaseException as error:  # the test looks at it
                self.outcomes[name] = error

        self._threads.append(threading.Thread(target=target, daemon=True))
        self._threads[-1].start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(LONG_SECONDS)
            assert not thread.is_alive()


def queued(group: GroupCommit[Any], count: int) -> None:
    """Waits until so many wait in the queue."""
    until = time.monotonic() + LONG_SECONDS
    pause = threading.Event()
    while len(group._queue) < count:
        assert time.monotonic() < until
        pause.wait(0.001)


@pytest.fixture
def database(path: Path) -> Database:
    return Database(path)


def insert(name: str) -> Callable[[Any], str]:
    def change(connection: Any) -> str:
        connection.execute("INSERT INTO item (id, raw) VALUES (?, x'00')", (name,))
        return name

    return change


def names(database: Database) -> list[str]:
    with database.reading() as connection:
        return [row[0] for row in connection.execute("SELECT id FROM item ORDER BY number")]


def test_who_waits_shares_the_next_commit() -> None:
    recorder = Recorder()
    group: GroupCommit[None] = GroupCommit(recorder)
    threads = Threads()
    threads.start("first", lambda: group.run(lambda _: "first"))
    assert recorder.begun.wait(LONG_SECONDS)
    for number in range(70):
        threads.start(str(number), lambda number=number: group.run(lambda _: number))
    queued(group, 70)
    recorder.held.set()
    threads.join()
    # No transaction is held open for any number of changes.
    assert recorder.sizes == [1, 64, 6]
    assert threads.outcomes == {"first": "first", **{str(number): number for number in range(70)}}


def test_one_after_the_other_commits_each() -> None:
    recorder = Recorder()
    recorder.held.set()
    group: GroupCommit[None] = GroupCommit(recorder)
    assert [group.run(lambda _, number=number: number) for number in range(3)] == [0, 1, 2]
    assert recorder.sizes == [1, 1, 1]


def test_a_commit_that_fails_is_told_to_all_of_its_group_and_to_nobody_else() -> None:
    recorder = Recorder()

    def commit(changes: Sequence[Callable[[None], object]]) -> list[Done]:
        done = recorder(changes)
        if len(changes) == 2:
            raise StoreError("full")
        return done

    group: GroupCommit[None] = GroupCommit(commit)
    threads = Threads()
    threads.start("first", lambda: group.run(lambda _: "first"))
    assert recorder.begun.wait(LONG_SECONDS)
    for name in ("one", "other"):
        threads.start(name, lambda name=name: group.run(lambda _: name))
    queued(group, 2)
    recorder.held.set()
    threads.join()
    assert threads.outcomes["first"] == "first"
    assert [str(threads.outcomes[name]) for name in ("one", "other")] == ["full", "full"]
    assert group.run(lambda _: "later") == "later"


def test_a_thread_that_is_interrupted_while_it_commits_leaves_that_to_another() -> None:
    recorder = Recorder()
    interrupted: list[bool] = []

    def commit(changes: Sequence[Callable[[None], object]]) -> list[Done]:
        if recorder.sizes and not interrupted:
            interrupted.append(True)
            raise KeyboardInterrupt
        return recorder(changes)

    group: GroupCommit[None] = GroupCommit(commit)
    threads = Threads()
    threads.start("first", lambda: group.run(lambda _: "first"))
    assert recorder.begun.wait(LONG_SECONDS)
    for number, name in enumerate(("one", "two", "three"), 1):
        threads.start(name, lambda name=name: group.run(lambda _: name))
        queued(group, number)
    recorder.held.set()
    threads.join()
    assert isinstance(threads.outcomes.pop("one"), KeyboardInterrupt)
    assert threads.outcomes == {"first": "first", "two": "two", "three": "three"}
    assert recorder.sizes == [1, 2]


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
def test_a_thread_that_is_interrupted_while_it_waits_changes_nothing() -> None:
    recorder = Recorder()
    group: GroupCommit[None] = GroupCommit(recorder)
    threads = Threads()
    threads.start("first", lambda: group.run(lambda _: "first"))
    assert recorder.begun.wait(LONG_SECONDS)
    done: list[str] = []

    def interrupt() -> None:
        queued(group, 1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threads.start("interrupt", interrupt)
    with pytest.raises(KeyboardInterrupt):
        group.run(lambda _: done.append("mine"))
    threads.start("next", lambda: group.run(lambda _: "next"))
    queued(group, 1)
    recorder.held.set()
    threads.join()
    assert done == []
    assert threads.outcomes["next"] == "next"


def test_a_change_that_fails_does_not_keep_the_others_from_it(database: Database) -> None:
    threads = Threads()
    begun, held = threading.Event(), threading.Event()

    def first(connection: Any) -> str:
        begun.set()
        assert held.wait(LONG_SECONDS)
        return insert("first")(connection)

    def refused(connection: Any) -> None:
        insert("refused")(connection)
        raise NodeRefused("no")

    changes = {"one": insert("one"), "refused": refused, "twice": insert("first"), "other": insert("other")}
    threads.start("first", lambda: database.write(first))
    assert begun.wait(LONG_SECONDS)
    for number, (name, change) in enumerate(changes.items(), 1):
        threads.start(name, lambda change=change: database.write(change))
        queued(database._group, number)
    held.set()
    threads.join()
    assert names(database) == ["first", "one", "other"]
    assert isinstance(threads.outcomes["refused"], NodeRefused)
    # As when it is alone: the one seam where SQLite's errors become ours.
    assert isinstance(threads.outcomes["twice"], StoreError)
    assert [threads.outcomes[name] for name in ("first", "one", "other")] == ["first", "one", "other"]
    database.close()


def test_what_is_read_while_somebody_writes_is_what_was_committed(database: Database) -> None:
    database.write(insert("old"))
    threads = Threads()
    begun, held = threading.Event(), threading.Event()

    def change(connection: Any) -> None:
        insert("new")(connection)
        # Whoever writes sees what he wrote.
        assert names(database) == ["old", "new"]
        begun.set()
        assert held.wait(LONG_SECONDS)

    threads.start("writer", lambda: database.write(change))
    assert begun.wait(LONG_SECONDS)
    assert names(database) == ["old"]
    held.set()
    threads.join()
    assert threads.outcomes == {"writer": None}
    assert names(database) == ["old", "new"]
    database.close()


def test_the_connection_for_reading_cannot_write(database: Database) -> None:
    with database.transaction():
        threads = Threads()

        def write() -> None:
            with database.reading() as connection:
                connection.execute("INSERT INTO item (id, raw) VALUES ('a', x'00')")

        threads.start("reader", write)
        threads.join()
    assert isinstance(threads.outcomes["reader"], StoreError)
    assert names(database) == []
    database.close()


def test_in_memory_a_reader_waits_for_the_writer() -> None:
    database = Database(None)
    threads = Threads()
    with database.transaction() as connection:
        threads.start("reader", lambda: names(database))
        insert("new")(connection)
    threads.join()
    assert threads.outcomes["reader"] in ([], ["new"])
    database.close()
