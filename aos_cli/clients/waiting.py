"""Telling somebody at a terminal what is waited for, when an answer takes long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aos_cli.background import is_awaited

_LONG_SECONDS = 3.0


class Notices:
    """Tells of waits that take long, each once; those of the feed and of looks in the background are nobody's.

    Args:
        tell: called with a sentence, from a thread of its own.
        long_seconds: how long somebody waits without wondering.
    """

    def __init__(self, tell: Callable[[str], None], long_seconds: float = _LONG_SECONDS) -> None:
        self._tell = tell
        self._long_seconds = long_seconds
        self._inside = threading.local()

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        """Tells of the work inside if it takes long; of work inside of such work nothing more is said."""
        if not is_awaited() or getattr(self._inside, "a_wait", False):
            yield
            return
        timer = threading.Timer(
            self._long_seconds, self._tell, [f"Waiting {what}; Ctrl-C stops that, and what was sent goes on."]
        )
        timer.daemon = self._inside.a_wait = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._inside.a_wait = False
