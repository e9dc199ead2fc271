"""The live feed: looks for new slots of the open process and hands them over, from a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from aos_cli.background import leave
from aos_cli.clients.base import Slot
from aos_cli.errors import AosError
from aos_cli.session import Session

_INTERVAL_SECONDS = 0.1

# How often a slot may be seen waiting before it is evaluated here: usually another program is at it.
_PATIENCE = 2


class Feed:
    """Watches a process.

    Args:
        session: the process.
        show: gets slots that have not been shown, in order.
        fail: gets the error when the node cannot be asked, once per failure.
        left_over_limit: slots to evaluate at the start that wait in any log.
    """

    def __init__(
        self,
        session: Session,
        show: Callable[[list[Slot]], None],
        fail: Callable[[AosError], None],
        left_over_limit: int,
    ) -> None:
        self._session = session
        self._left_over_limit = left_over_limit
        self._show = show
        self._fail = fail
        self._stopped = threading.Event()
        self._paused = threading.Lock()
        self._resting = False
        self._waited = 0
        self._thread = threading.Thread(target=self._run, name="aos-feed", daemon=True)

    def start(self) -> None:
        """Begins to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; a slot that is being evaluated is left at work."""
        self._stopped.set()
        leave(self._thread)

    def pause(self) -> threading.Lock:
        """A lock: while it is held, nothing is shown."""
        return self._paused

    def rest(self, resting: bool) -> None:
        """While it rests it shows what others evaluated, and evaluates nothing itself."""
        self._resting = resting

    def _run(self) -> None:
        failed = False
        try:
            # What a program left undone that was killed, say, also in other logs. Nobody here asked for it, so nothing
            # is shown but what it brings to this process.
            for _ in self._session.client.follow(self._left_over_limit, self._stopped.is_set):
                pass
        except AosError as error:
            self._fail(error)
        while not self._stopped.wait(_INTERVAL_SECONDS):
            try:
                # Not while it is paused, and not under the lock: an evaluation may take minutes, and the shell must
                # not wait for it.
                if self._look_unless_paused():
                    self._session.evaluate_pending()
                failed = False
            except AosError as error:
                if not failed:
                    self._fail(error)
                failed = True

    def _look_unless_paused(self) -> bool:
        if not self._paused.acquire(blocking=False):
            return False
        try:
            return self._look()
        finally:
            self._paused.release()

    def _look(self) -> bool:
        """Shows what is new; says whether slots have waited so long that they are to be evaluated here."""
        if not self._session.client.changed() and not self._waited:
            return False
        slots = self._session.unshown()
        if slots:
            self._show(slots)
        if self._resting or not self._session.pending():
            self._waited = 0
            return False
        self._waited = (self._waited + 1) % (_PATIENCE + 1)
        return self._waited == 0
