"""Evaluates what waits in the logs of a node, in threads of its own, until it is closed.

Other programs may evaluate the same store at the same time: whoever records a result first is right, and the machine
that was slower goes on from there. Between the threads here each process belongs to one at a time, so that a process
that takes long keeps only its own thread: the others take what that one has not begun, and one more thread records what
it had ready before.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from aos_cli.background import leave
from aos_cli.errors import AosError, StoreError
from aos_cli.units.node import Node
from aos_cli.units.rounds import BATCH_SLOTS

logger = logging.getLogger(__name__)

_THREADS = 4

# How soon the writing of another program is seen; the index of what waits makes a look cheap.
_POLL_SECONDS = 0.05

# How soon it is seen that another program was faster; the threads here mostly see that themselves.
_ASK_SECONDS = 0.5

# How long a process rests that could not be evaluated. A full disk may have room again.
_REST_SECONDS = 5.0

# How long the end of the program waits for evaluations that have begun.
_GRACE_SECONDS = 2.0


# Stands among the ids of processes for all of them.
_STORE = ""


@dataclass(frozen=True, slots=True)
class _Rest:
    """Why a process is not evaluated at the moment, and until when."""

    problem: AosError
    until: float


class Worker:
    """Evaluates in the background, beginning at once.

    Args:
        node: whose logs; results are recorded and outboxes delivered by it.
        threads: processes that are evaluated at the same time.
    """

    def __init__(self, node: Node, threads: int = _THREADS) -> None:
        self._node = node
        self._closing = threading.Event()
        # Its lock guards the six below.
        self._work = threading.Condition()
        self._waiting: dict[str, set[threading.Event]] = {}
        self._asked: dict[str, list[int]] = {}
        # The list of a thread that each process is taken with, and those that their threads have begun with.
        self._taken: dict[str, list[str]] = {}
        self._begun: set[str] = set()
        self._resting: dict[str, _Rest] = {}
        self._last_taken = ""
        self._threads = [
            threading.Thread(target=self._run, name=f"aos-worker-{number}", daemon=True) for number in range(threads)
        ]
        self._share = len(self._threads)
        self._threads.append(threading.Thread(target=self._look_after, name="aos-worker-recording", daemon=True))
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Says that something was put into a log. It would be found a moment later anyway."""
        with self._work:
            self._work.notify()

    def wait_until(self, process_id: str, done: Callable[[], bool], seconds: float) -> bool:
        """Waits for what the evaluation of a process brings about, here or in another program.

        Args:
            process_id: the process.
            done: asked whenever a slot of the process was evaluated, and now and then.
            seconds: the longest wait.

        Returns:
            Whether it came about; False at once when the work ends.
        """
        deadline = time.monotonic() + seconds
        progress = threading.Event()
        with self._work:
            self._waiting.setdefault(process_id, set()).add(progress)
        try:
            while True:
                # Cleared in front of the question: what happens while it is asked is not missed.
                progress.clear()
                if done():
                    return True
                left = deadline - time.monotonic()
                if left <= 0 or self._closing.is_set():
                    return False
                progress.wait(min(left, _ASK_SECONDS))
        finally:
            with self._work:
                self._waiting[process_id].discard(progress)
                if not self._waiting[process_id]:
                    del self._waiting[process_id]

    def tick(self, process_id: str, until_ms: int, seconds: float) -> bool:
        """Has the ticks of a process evaluated, whether somebody monitors it or not.

        Args:
            process_id: the process.
            until_ms: the time of the last one.
            seconds: the longest wait.

        Returns:
            Whether they are evaluated; False at once when the process cannot be.
        """

        def ended() -> bool:
            return self._node.is_ticked(process_id, until_ms) or self.problem(process_id) is not None

        with self._work:
            self._asked.setdefault(process_id, []).append(until_ms)
            self._work.notify()
        try:
            self.wait_until(process_id, ended, seconds)
            return self._node.is_ticked(process_id, until_ms)
        finally:
            with self._work:
                self._asked[process_id].remove(until_ms)
                if not self._asked[process_id]:
                    del self._asked[process_id]

    def problem(self, process_id: str) -> AosError | None:
        """Why a process cannot be evaluated at the moment."""
        with self._work:
            rest = self._resting.get(process_id)
        return rest.problem if rest else None

    def close(self) -> None:
        """Ends the work. A program that runs for long in one message is left behind; nothing of it is recorded."""
        with self._work:
            self._closing.set()
            self._work.notify_all()
            self._tell(self._waiting)
        deadline = time.monotonic() + _GRACE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                leave(thread)

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # In the threads

    def _run(self) -> None:
        while claimed := self._claim_or_wait():
            try:
                self._evaluate(claimed, self._begin(claimed))
            finally:
                with self._work:
                    self._give_back(claimed)
                    self._tell(claimed)

    def _look_after(self) -> None:
        """Has recorded what is ready in threads that a process keeps, and lets others go on with it."""
        while not self._closing.wait(_POLL_SECONDS):
            try:
                released = self._node.record_overdue()
            except Exception:  # the thread that it belongs to goes on, too
                logger.exception("What is ready could not be recorded")
                continue
            with self._work:
                for process_id in released:
                    self._taken.pop(process_id, None)
                    self._begun.discard(process_id)
                self._tell(released)
                self._work.notify(len(released))

    def _tell(self, process_ids: Iterable[str]) -> None:
        """Wakes those who wait for some processes; the lock is held."""
        for process_id in process_ids:
            for progress in self._waiting.get(process_id, ()):
                progress.set()

    def _claim_or_wait(self) -> list[str]:
        """Processes that this thread alone evaluates now; none when the work ends."""
        with self._work:
            while not self._closing.is_set():
                claimed = self._claim()
                if claimed:
                    self._taken.update(dict.fromkeys(claimed, claimed))
                    return claimed
                self._work.wait(_POLL_SECONDS)
        return []

    def _claim(self) -> list[str]:
        """A fair share of the processes that wait, going on behind those that came last."""
        if self._rests(_STORE):
            return []
        try:
            pending = list(dict.fromkeys((*self._node.waiting(), *self._asked)))
        except StoreError as error:
            self._rest({_STORE: error})
            return []
        self._resting.pop(_STORE, None)
        start = pending.index(self._last_taken) + 1 if self._last_taken in pending else 0
        able = [
            process_id
            for process_id in (*pending[start:], *pending[:start])
            if process_id not in self._begun and not self._rests(process_id)
        ]
        # Those that another thread has taken may wait there for one that takes long.
        free = [process_id for process_id in able if process_id not in self._taken] or able
        return free[: min(BATCH_SLOTS, math.ceil(len(free) / self._share))]

    def _begin(self, claimed: list[str]) -> Iterator[str]:
        """Those of its processes that a thread still has, each when its turn comes."""
        for process_id in claimed:
            with self._work:
                if self._taken.get(process_id) is not claimed:
                    continue
                self._begun.add(process_id)
                self._last_taken = process_id
            yield process_id

    def _give_back(self, claimed: list[str]) -> None:
        """Lets others have the processes that a thread still has; the lock is held."""
        for process_id in claimed:
            if self._taken.get(process_id) is claimed:
                del self._taken[process_id]
                self._begun.discard(process_id)

    def _evaluate(self, claimed: list[str], turns: Iterable[str]) -> None:
        """Evaluates a slot of each; one that cannot be evaluated does not keep the others from it.

        Args:
            claimed: the processes.
            turns: those of them that are served.
        """
        broken: dict[str, StoreError] = {}
        problems: dict[str, AosError] = {}
        served: list[str] = []

        def noted() -> Iterator[str]:
            for process_id in turns:
                served.append(process_id)
                yield process_id

        try:
            with self._work:
                asked_ms = {process_id: max(times) for process_id, times in self._asked.items()}
            self._node.evaluate_some(noted(), len(claimed), self._closing.is_set, broken, asked_ms)
        except Exception as error:  # a thread that ended would leave its processes waiting for ever
            served = served or claimed
            if len(served) > 1:
                for process_id in served:
                    self._evaluate([process_id], [process_id])
                return
            if not isinstance(error, AosError):
                logger.exception("Process %s", served[0])
            problems[served[0]] = error if isinstance(error, AosError) else AosError(f"Internal error: {error}")
        self._note(served, {**broken, **problems})

    def _note(self, served: list[str], problems: dict[str, AosError]) -> None:
        """Lets processes rest that could not be evaluated."""
        if self._closing.is_set():
            return
        with self._work:
            for process_id in served:
                if process_id not in problems:
                    self._resting.pop(process_id, None)
            self._rest(problems)

    def _rests(self, process_id: str) -> bool:
        """Whether a process is left alone for now; the lock is held."""
        rest = self._resting.get(process_id)
        return rest is not None and rest.until > time.monotonic()

    def _rest(self, problems: Mapping[str, AosError]) -> None:
        """Leaves processes alone for a while. What is wrong is said once, not at every try; the lock is held."""
        until = time.monotonic() + _REST_SECONDS
        for process_id, problem in problems.items():
            before = self._resting.get(process_id)
            self._resting[process_id] = _Rest(problem, until)
            if before is None or before.problem.message != problem.message:
                what = f"Process {process_id} is not evaluated" if process_id != _STORE else "Nothing is evaluated"
                logger.warning("%s: %s", what, problem.message)
