"""Changes of several threads in one commit: a disk that takes milliseconds to sync takes them once for all who wait.

Whoever comes while nobody commits does so at once, for himself alone. Whoever comes meanwhile waits in a queue; when
the commit is done, the first of the queue commits for all of it. So a single thread waits for nothing, nobody needs a
thread for this, and the more threads there are the more of them share a commit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
Connection = TypeVar("Connection")

# Changes in one commit: what a transaction is held open for.
_MOST = 64


class Done(NamedTuple):
    """What became of a change: the error counts when there is one."""

    value: object
    error: BaseException | None = None


class _Waiting(Generic[Connection]):
    """A change in the queue.

    Attributes:
        change: what is to be done.
        woken: set when it is done, or when its thread is to commit for the whole queue.
        leads: whether its thread commits, or is to.
        done: what became of it.
    """

    __slots__ = ("change", "done", "leads", "woken")

    def __init__(self, change: Callable[[Connection], object]) -> None:
        self.change = change
        self.woken = threading.Event()
        self.leads = False
        self.done: Done | None = None


class GroupCommit(Generic[Connection]):
    """A queue of changes.

    Args:
        commit: makes changes durable together and tells what became of each of them. What it raises became of all.
    """

    def __init__(self, commit: Callable[[Sequence[Callable[[Connection], object]]], Sequence[Done]]) -> None:
        self._commit = commit
        self._lock = threading.Lock()
        self._queue: list[_Waiting[Connection]] = []
        self._led = False

    def run(self, change: Callable[[Connection], T]) -> T:
        """What a change gives, once it is durable; what it raises, if it changed nothing.

        Args:
            change: called by any thread, at most twice; once more when it could not be done together with others.
        """
        mine: _Waiting[Connection] = _Waiting(change)
        with self._lock:
            self._queue.append(mine)
            mine.leads, self._led = not self._led, True
        try:
            if not mine.leads:
                mine.woken.wait()
            if mine.done is None:
                self._lead(mine)
        except BaseException:
            self._leave(mine)
            raise
        assert mine.done is not None  # noqa: S101 - it was led, by this thread or by another
        if mine.done.error is not None:
            raise mine.done.error
        return mine.done.value  # type: ignore[return-value] # what `change` gave

    def _lead(self, mine: _Waiting[Connection]) -> None:
        """Commits for the beginning of the queue, which `mine` is the first of."""
        with self._lock:
            group = self._queue[:_MOST]
            del self._queue[:_MOST]
        try:
            outcomes = self._commit([waiting.change for waiting in group])
        except Exception as error:
            outcomes = [Done(None, error)] * len(group)
        except BaseException:
            # This thread is interrupted, the others are not: one of them commits. Should the commit have come about
            # all the same, their changes find that they are there.
            with self._lock:
                self._queue[:0] = group[1:]
            raise
        for waiting, outcome in zip(group, outcomes, strict=True):
            waiting.done = outcome
        mine.leads = False
        self._hand_on()
        for waiting in group:
            waiting.woken.set()

    def _hand_on(self) -> None:
        """Lets the first of the queue commit, if there is somebody."""
        with self._lock:
            if self._queue:
                self._queue[0].leads = True
                self._queue[0].woken.set()
            else:
                self._led = False

    def _leave(self, mine: _Waiting[Connection]) -> None:
        """Takes a change out of the queue whose thread is interrupted; one that is being committed stays."""
        with self._lock:
            if mine in self._queue:
                self._queue.remove(mine)
        if mine.leads:
            mine.leads = False
            self._hand_on()
