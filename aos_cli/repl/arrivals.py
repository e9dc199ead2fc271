"""What the feed finds, shown in the shell: above the line that is being typed, and in the toolbar."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aos_cli.errors import AosError
from aos_cli.render.watching import watched_lines
from aos_cli.settings import LIVE

if TYPE_CHECKING:
    from aos_cli.clients.base import Slot
    from aos_cli.mailbox import Tally
    from aos_cli.repl.loop import Repl


class Arrivals:
    """The audience of a shell's feed; see `aos_cli.repl.feed.Audience`.

    Args:
        repl: the shell; the process that is open in it now is the feed's.
    """

    def __init__(self, repl: Repl) -> None:
        self._repl = repl
        self._status = repl.status

    @property
    def is_live(self) -> bool:
        """See `Audience`."""
        return self._repl.settings[LIVE]

    def arrived(self, slots: Sequence[Slot]) -> None:
        """See `Audience`."""
        self._repl.post(functools.partial(self._show_new, slots))

    def held_back(self, slots: Sequence[Slot]) -> None:
        """See `Audience`."""
        self._repl.post(functools.partial(self._take_note, slots))

    def given_back(self, slots: Sequence[Slot], total: int) -> None:
        """See `Audience`."""
        self._repl.post(functools.partial(self._show_held, slots, total))

    def arrived_elsewhere(self, slots: Sequence[Slot]) -> None:
        """See `Audience`."""
        self._repl.post(functools.partial(self._show_watched, slots))

    def counted(self, tally: Tally) -> None:
        """See `Audience`."""
        if tally != (self._status.inbox, self._status.unread):
            self._status.inbox, self._status.unread = tally
            self._repl.refresh()

    def failed(self, error: AosError) -> None:
        """See `Audience`."""
        hint = error.hint or "Nothing that arrives is lost; it is shown as soon as that is possible again"
        self._repl.post(functools.partial(self._repl.report, AosError(f"The feed fails: {error.message}", hint)))

    def recovered(self) -> None:
        """See `Audience`."""
        self._repl.post(functools.partial(self._repl.write, "The feed works again."))

    def _take_note(self, slots: Sequence[Slot]) -> None:
        # What was posted before another process was opened says nothing about that one.
        if self._repl.status is self._status:
            self._repl.note(slots)

    def _show_new(self, slots: Sequence[Slot]) -> None:
        self._take_note(slots)
        self._show(slots)

    def _show(self, slots: Sequence[Slot]) -> None:
        for slot in slots:
            # Slot 0 is the process itself.
            for line in self._repl.story.arrival(slot) if slot.number or slot.cron else ():
                self._repl.print(line)

    def _show_held(self, slots: Sequence[Slot], total: int) -> None:
        older = f"; .log -n {total} lists the older ones too" if total > len(slots) else ""
        self._repl.write(f"{total} arrived while the feed was paused{older}:")
        self._show(slots)

    def _show_watched(self, slots: Sequence[Slot]) -> None:
        for slot in slots:
            for line in watched_lines(slot, self._repl.story):
                self._repl.print(line)
