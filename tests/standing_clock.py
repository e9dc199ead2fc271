"""A clock for tests."""

from __future__ import annotations


class Clock:
    """A clock that stands still until it is told to go on, in milliseconds since 1970."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now
