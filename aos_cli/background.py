"""Work that the user can walk away from.

Evaluation holds no lock of Python while Lua runs, but it cannot be stopped from outside. So it runs in a thread, and
Ctrl-C stops the waiting: work that looks at `cancelled` ends at its next step, other work goes on unseen.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

# After Ctrl-C or at the end, how long the work may take to end in good order.
_GRACE_SECONDS = 0.3

_AWAITED = "aos-work"


class _Task(Generic[T]):
    def __init__(self, work: Callable[[Callable[[], bool]], T]) -> None:
        self._work = work
        self._cancel = threading.Event()
        self.done = threading.Event()
        self.value: T
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self.value = self._work(self._cancel.is_set)
        except BaseException as error:  # whatever it is, it belongs to the thread that waits
            self.failure = error
        finally:
            self.done.set()

    def cancel(self) -> None:
        self._cancel.set()


@contextlib.contextmanager
def ctrl_c_raises() -> Iterator[None]:
    """While it lasts, Ctrl-C raises KeyboardInterrupt, also where an event loop has caught the signal: work on the main
    thread keeps the loop from hearing of it. For the main thread."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


abandoned: list[threading.Thread] = []
"""Threads that were left at work. While one lives, the program has to leave without Python's usual farewell, which
would pull the Lua state from under it."""


def is_awaited() -> bool:
    """Whether the user waits for what this thread does: the main thread, or one of `run_interruptible`."""
    thread = threading.current_thread()
    return thread is threading.main_thread() or (thread.name == _AWAITED and thread not in abandoned)


def run_interruptible(work: Callable[[Callable[[], bool]], T]) -> T:
    """Runs `work` in a thread and gives its value; its exceptions come out here.

    Args:
        work: called with a function that says whether the user has cancelled.

    Raises:
        KeyboardInterrupt: the user pressed Ctrl-C; the work was told, and left alone if it did not end at once.
    """
    task = _Task(work)
    thread = threading.Thread(target=task.run, name=_AWAITED, daemon=True)
    try:
        thread.start()
        task.done.wait()
    except KeyboardInterrupt:
        # First of all: a second Ctrl-C may come while this one is served.
        abandoned.append(thread)
        task.cancel()
        task.done.wait(_GRACE_SECONDS)
        raise
    if task.failure is not None:
        raise task.failure
    return task.value


def leave(thread: threading.Thread) -> None:
    """Gives a thread that was told to end a moment to do so, and leaves it at work if it does not."""
    abandoned.append(thread)
    thread.join(_GRACE_SECONDS)


def work_is_left() -> bool:
    """Whether some abandoned work still runs."""
    return any(thread.is_alive() for thread in abandoned)
