"""The live feed: looks for new slots of the open process and hands them over, from a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

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
    """

    def __init__(self, session: Session, show: Callable[[list[Slot]], None], fail: Callable[[AosError], None]) -> None:
        self._session = session
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
        """Ends; waits until the last look is over."""
        self._stopped.set()
        self._thread.join(timeout=2)

    def pause(self) -> threading.Lock:
        """A lock: while it is held, nothing is shown."""
        return self._paused

    def rest(self, resting: bool) -> None:
        """While it rests it shows what others evaluated, and evaluates nothing itself."""
        self._resting = resting

    def _run(self) -> None:
        failed = False
        while not self._stopped.wait(_INTERVAL_SECONDS):
            if not self._paused.acquire(blocking=False):
                continue
            try:
                self._look()
                failed = False
            except AosError as error:
                if not failed:
                    self._fail(error)
                failed = True
            finally:
                self._paused.release()

    def _look(self) -> None:
        if not self._session.client.changed() and not self._waited:
            return
        if self._session.pending() and not self._resting:
            self._waited += 1
            if self._waited > _PATIENCE:
                self._session.evaluate_pending()
                self._waited = 0
        else:
            self._waited = 0
        slots = self._session.unshown()
        if slots:
            self._show(slots)
