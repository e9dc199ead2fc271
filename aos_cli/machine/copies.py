"""Work on a copy of a machine, which is thrown away.

A Lua state cannot be copied, and to build one anew costs a replay of its log. But a program can be copied whole: the
work is done in a fork of this one, in milliseconds whatever the log, and its memory is this program's until one of the
two writes to it. Only Linux lets a program with threads be forked like this.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Generic, NoReturn, TypeVar, cast

T = TypeVar("T")

# Which signal a program gets when the thread that made it ends.
_PR_SET_PDEATHSIG = 1

_SIZE_BYTES = 8

# Two forks at the same moment would hold on to each other's pipes.
_forking = threading.Lock()


class CopyLost(Exception):
    """There is no copy, or it ended without a value; what its work raised is not known."""


class Copy(Generic[T]):
    """Work that goes on in a fork of this program, until `value` has fetched what it gave.

    Nobody else may use what the work uses while this is made; afterwards everybody may. The fork has no threads, files
    and connections of this program, so that the work must not need any, nor import a module.

    Args:
        work: gives something that can be pickled.

    Raises:
        CopyLost: the system makes no copy.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        if sys.platform != "linux":
            raise CopyLost
        orphaned = _orphaned()
        with _forking, _no_signals():
            try:
                self._answer, answer = os.pipe()
            except OSError as error:
                raise CopyLost from error
            try:
                self._id = os.fork()
            except OSError as error:
                os.close(self._answer)
                os.close(answer)
                raise CopyLost from error
            if self._id == 0:
                _live(work, answer, orphaned)
            os.close(answer)

    def value(self) -> T:
        """What the work gave, waiting for it; to be called once.

        Raises:
            CopyLost: it gave nothing.
        """
        try:
            with open(self._answer, "rb") as answer:
                size = int.from_bytes(answer.read(_SIZE_BYTES), "big")
                pickled = answer.read(size)
        finally:
            # It has ended, or nobody waits for it any more.
            os.kill(self._id, signal.SIGKILL)
            os.waitpid(self._id, 0)
        if not size or len(pickled) < size:
            raise CopyLost
        # Written by this very program.
        return cast(T, pickle.loads(pickled))  # noqa: S301


@contextlib.contextmanager
def _no_signals() -> Iterator[None]:
    """Keeps signals from this thread, and from a fork that begins here: Ctrl-C at the terminal reaches both, and what
    it raised in the fork would go on there with the work of this program."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _orphaned() -> Callable[[], bool]:
    """What has a fork killed when the thread that made it ends; true when that has happened already, or cannot be had.

    It is looked up in front of the fork, where a lock of the system's loader may be held for ever.
    """
    program, prctl = os.getpid(), _prctl()
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGKILL) != 0 or os.getppid() != program


@functools.cache
def _prctl() -> Callable[[int, int], int]:
    return cast("Callable[[int, int], int]", ctypes.CDLL(None).prctl)


def _live(work: Callable[[], object], answer: int, orphaned: Callable[[], bool]) -> NoReturn:
    """The life of a fork."""
    try:
        # What is left to the collector there, an open store say, is the other program's to close.
        gc.disable()
        if not orphaned():
            _close_all_but(answer)
            pickled = pickle.dumps(work(), pickle.HIGHEST_PROTOCOL)
            with open(answer, "wb") as stream:
                stream.write(len(pickled).to_bytes(_SIZE_BYTES, "big"))
                stream.write(pickled)
    finally:
        # Nothing of the other program is cleaned up from here, and no exception reaches its callers.
        os._exit(0)


def _close_all_but(kept: int) -> None:
    """Closes files: whoever waits for the end of a connection of the other program does not wait for the fork too."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) != kept:
            # The list itself was one of them.
            with contextlib.suppress(OSError):
                os.close(int(name))
