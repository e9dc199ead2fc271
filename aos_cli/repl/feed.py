"""The live feed: looks for new slots of the open process and of watched ones, from a thread of its own.

It tells an audience what it finds, in order and each slot once. While a command runs it holds still, and while the
user has paused it, it only counts.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from aos_cli.background import leave
from aos_cli.clients.base import Slot
from aos_cli.errors import AosError
from aos_cli.mailbox import Tally
from aos_cli.process_view import ProcessView
from aos_cli.session import Session

Health = Literal["live", "paused", "resting", "failing"]

_INTERVAL_SECONDS = 0.1

# What arrived in a long pause is in the log; nobody reads more of it in one go.
_MOST_GIVEN_BACK = 100

MOST_TICKS = 20
"""Ticks that are shown at once: a process may have slept for a year."""


class Audience(Protocol):
    """Who hears of what the feed finds. Every call comes from the feed's thread and must not take long."""

    @property
    def is_live(self) -> bool:
        """Whether the user wants to see what arrives."""

    def arrived(self, slots: Sequence[Slot]) -> None:
        """New slots of the open process, to be shown."""

    def held_back(self, slots: Sequence[Slot]) -> None:
        """New slots of the open process, not to be shown now."""

    def given_back(self, slots: Sequence[Slot], total: int) -> None:
        """The newest of `total` slots that were held back, to be shown."""

    def arrived_elsewhere(self, slots: Sequence[Slot]) -> None:
        """New slots of a watched process, to be shown."""

    def counted(self, tally: Tally) -> None:
        """How many messages are in the inbox now, and how many of them are unread."""

    def failed(self, error: AosError) -> None:
        """The node cannot be asked, or does not evaluate; told once, until it works again."""

    def recovered(self) -> None:
        """It works again."""


class Feed:
    """Watches processes.

    Args:
        session: the open process.
        watched: others by their ids; may change at any time.
        audience: hears of everything.
        left_over_limit: slots to evaluate at the start that wait in any log.
    """

    def __init__(
        self, session: Session, watched: Mapping[str, ProcessView], audience: Audience, left_over_limit: int
    ) -> None:
        self._session = session
        self._watched = watched
        self._audience = audience
        self._left_over_limit = left_over_limit
        self._stopped = threading.Event()
        self._paused = threading.Lock()
        self._resting = False
        self._held: list[int] = []
        self._held_ticks: deque[Slot] = deque(maxlen=_MOST_GIVEN_BACK)
        self._held_count = 0
        self._was_live = True
        # Whether the next turn has to look or to count although nothing has changed.
        self._look_again = self._count_again = True
        self._blind = False
        self._stuck: set[str] = set()
        self._late = False
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

    def hold_back(self, slots: Sequence[Slot]) -> None:
        """Keeps slots of the open process until the user wants to see what arrives; the lock must be held."""
        self._held += [slot.number for slot in slots if not slot.cron]
        # A tick is not found again by a number.
        self._held_ticks += [slot for slot in slots if slot.cron]
        self._held_count += len(slots)

    def told(self, slot: Slot) -> None:
        """Says that a slot of another process was shown already; the lock must be held."""
        view = self._watched.get(slot.process.id)
        if view is not None and not slot.cron:
            view.skip(slot.number)

    @property
    def health(self) -> Health:
        """How it does."""
        if self._blind or self._stuck or self._late:
            return "failing"
        if self._resting:
            return "resting"
        return "live" if self._audience.is_live else "paused"

    def _run(self) -> None:
        try:
            self._watch()
        except Exception as error:
            # A defect of ours; a feed that has stopped must not look like a process at which nothing happens.
            self._blind = True
            problem = f"The feed has stopped: {type(error).__name__}: {error}"
            self._audience.failed(AosError(problem, "What is sent is safe; .switch to this process begins anew"))

    def _watch(self) -> None:
        try:
            # What a program left undone that was killed, say, also in other logs. Nobody here asked for it, so nothing
            # is shown but what it brings to this process.
            for _ in self._session.client.follow(self._left_over_limit, self._stopped.is_set):
                pass
        except AosError as error:
            self._audience.failed(error)
        while not self._stopped.wait(_INTERVAL_SECONDS):
            self._turn()

    def _turn(self) -> None:
        failing = self._blind or bool(self._stuck) or self._late
        try:
            overdue = self._look_unless_paused()
            if overdue is None:
                return
            self._count()
            self._blind = False
        except AosError as error:
            self._look_again = True
            if not self._blind:
                self._blind = True
                self._audience.failed(error)
            return
        # Not under the lock: an evaluation may take minutes, and the shell must not wait for it.
        for view in overdue:
            self._evaluate(view)
        self._keep_time()
        if failing and not self._stuck and not self._late:
            self._audience.recovered()

    def _keep_time(self) -> None:
        """Evaluates the ticks that are due on the node; what they bring to this process is seen in the next turn."""
        try:
            for _ in self._session.client.keep_time(
                self._left_over_limit, self._stopped.is_set, following=not self._resting
            ):
                pass
            self._late = False
        except AosError as error:
            if not self._late:
                self._late = True
                self._audience.failed(error)

    def _evaluate(self, view: ProcessView) -> None:
        """Evaluates what waits. What cannot be evaluated is tried again when something has changed."""
        try:
            view.evaluate_pending()
        except AosError as error:
            if view.process.id not in self._stuck:
                self._stuck.add(view.process.id)
                self._audience.failed(error)
        else:
            self._stuck.discard(view.process.id)

    def _look_unless_paused(self) -> list[ProcessView] | None:
        """As `_look`; None while the lock is held by somebody else."""
        if not self._paused.acquire(blocking=False):
            return None
        try:
            return self._look()
        finally:
            self._paused.release()

    def _look(self) -> list[ProcessView]:
        """Tells what is new; gives the processes whose slots have waited so long that they are to be evaluated here."""
        live = self._audience.is_live
        others = [view for view in list(self._watched.values()) if view.process.id != self._session.process.id]
        views = [self._session, *others]
        changed = self._session.client.changed()
        self._count_again |= changed
        resumed, self._was_live = live and not self._was_live, live
        if not (changed or resumed or self._look_again or any(view.waits for view in views)):
            return []
        self._look_again = False
        if live:
            self._give_back()
        self._take_from_session(live)
        for view in others if live else ():
            slots = view.unshown()
            if slots:
                self._audience.arrived_elsewhere(slots)
        # The open one may be watched as well, and be left again: what is shown here is not shown once more then.
        if self._session.process.id in self._watched:
            self._watched[self._session.process.id].unshown()
        return [] if self._resting else self._overdue(views)

    def _overdue(self, views: Sequence[ProcessView]) -> list[ProcessView]:
        overdue = [view for view in views if view.overdue()]
        for view in views:
            if view.process.id in self._stuck and view not in overdue and not view.pending():
                self._stuck.discard(view.process.id)
        return overdue

    def _take_from_session(self, live: bool) -> None:
        slots = self._session.unshown()
        if not slots:
            return
        if live:
            self._audience.arrived(slots)
        else:
            self.hold_back(slots)
            self._audience.held_back(slots)

    def _give_back(self) -> None:
        if not self._held_count:
            return
        numbers, ticks, total = set(self._held), list(self._held_ticks), self._held_count
        self._held, self._held_count = [], 0
        self._held_ticks.clear()
        newest = sorted(numbers)[-_MOST_GIVEN_BACK:]
        slots = self._session.client.slots(self._session.process.id, newest[0], newest[-1]) if newest else []
        found = sorted((*(slot for slot in slots if slot.number in numbers), *ticks), key=lambda slot: slot.place)
        self._audience.given_back(found[-_MOST_GIVEN_BACK:], total)

    def _count(self) -> None:
        """Counts what is unread. While the process is at work nobody can say; it is asked again then."""
        if not (self._count_again or self._session.mailbox.marks.changed()):
            return
        tally = self._session.tally()
        self._count_again = tally is None
        if tally is not None:
            self._audience.counted(tally)
