"""Which messages of an inbox a user has read; kept in a small file for each process."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from aos_cli.errors import StoreError
from aos_cli.private_files import replace_private_file, stamp_of

Identity = int | str
"""What tells a message from all others in its inbox, wherever the program moves it: its slot, or a digest of it."""

# Beyond these the oldest are forgotten. Slots become part of the floor then, so they stay read.
_MOST_SLOTS = 2000
_MOST_OTHERS = 1000


class _Marks(NamedTuple):
    """What is read: every slot below the floor, and these."""

    # Slot 0 is the process itself, which its owner made.
    floor: int = 1
    slots: frozenset[int] = frozenset()
    others: tuple[str, ...] = ()


class ReadMarks:
    """The read messages of one process.

    Several programs may use one file. It is replaced as a whole; when two mark at the very same moment, one of them
    may lose, and its messages are unread once more.

    Args:
        file: where they are kept; None for marks that end with the program.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._stamp: tuple[int, int] | None = None
        self._marks = _Marks()
        # The feed counts while a command marks: what one has read of the file must not undo what the other has added.
        self._lock = threading.RLock()

    @property
    def floor(self) -> int:
        """All slots below it are read."""
        return self._fresh().floor

    def has(self, identity: Identity) -> bool:
        """Whether a message was read."""
        marks = self._fresh()
        if isinstance(identity, int):
            return identity < marks.floor or identity in marks.slots
        return identity in marks.others

    def changed(self) -> bool:
        """Whether another program has marked something since this one looked."""
        return self._file is not None and stamp_of(self._file) != self._stamp

    def add(self, identities: Iterable[Identity], floor: int = 0) -> None:
        """Marks messages as read, for good.

        Args:
            identities: of the messages.
            floor: all slots below it are read as well; 0 says nothing.

        Raises:
            StoreError: the file cannot be written; they are read until the program ends.
        """
        with self._lock:
            self._add(list(identities), floor)

    def _add(self, added: Sequence[Identity], floor: int) -> None:
        before = self._fresh()
        floor = max(floor, before.floor)
        slots = sorted(before.slots.union(one for one in added if isinstance(one, int)))
        if len(slots) > _MOST_SLOTS:
            floor = max(floor, slots[-_MOST_SLOTS])
        others = dict.fromkeys([*before.others, *(one for one in added if isinstance(one, str))])
        kept = frozenset(slot for slot in slots if slot >= floor)
        after = _Marks(floor, kept, tuple(others)[-_MOST_OTHERS:])
        if after != before:
            self._marks = after
            self._write()

    def _fresh(self) -> _Marks:
        """The marks as the file has them now."""
        with self._lock:
            if self.changed():
                self._stamp = stamp_of(self._file)
                self._marks = self._read()
            return self._marks

    def _read(self) -> _Marks:
        """What the file says; nothing when it cannot be read, for nothing but these marks depends on it."""
        if self._file is None:
            return self._marks
        try:
            found = json.loads(self._file.read_bytes())
            slots = frozenset(slot for slot in found["slots"] if isinstance(slot, int))
            return _Marks(int(found["floor"]), slots, tuple(map(str, found["others"])))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return _Marks()

    def _write(self) -> None:
        if self._file is None:
            return
        marks = self._marks
        text = json.dumps({"floor": marks.floor, "slots": sorted(marks.slots), "others": marks.others})
        try:
            replace_private_file(self._file, text)
        except OSError as error:
            problem = f"What was read cannot be kept in {self._file.parent}: {error.strerror}"
            raise StoreError(problem, "The messages will count as unread again") from error
        self._stamp = stamp_of(self._file)
