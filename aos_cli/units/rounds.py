"""Whose turn it is: evaluates what waits in the logs of a node, and ticks of crons, a step of each process at a time.

A step is a slot, or some ticks: those in front of the slot that comes next, or those that are due behind the last one.
What several processes did in a round is recorded in one transaction, with what became of their outboxes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from aos_cli.codec.ans104 import decode_item
from aos_cli.codec.ids import address_of
from aos_cli.errors import StoreError
from aos_cli.model import DataItem
from aos_cli.units.evaluator import FOREVER, Evaluator, OpenProcess
from aos_cli.units.happened import Evaluated, Happened, Ticked
from aos_cli.units.outcome import readable
from aos_cli.units.records import (
    Delivery,
    LogEntry,
    Outcome,
    Parcel,
    ProcessRecord,
    Schedule,
    TickEntry,
    TickMark,
    TickState,
)
from aos_cli.units.store import Store

BATCH_SLOTS = 32
"""Processes that are served in one round at the most."""

# What is recorded in one transaction does not wait long for more, nor do the others that want to write.
_BATCH_SECONDS = 0.02
_BATCH_TICKS = 256

# How long what is ready waits for a process that takes long, where a thread looks after it.
_OVERDUE_SECONDS = 0.05

# How soon a due tick is seen while messages wait without end.
_LOOK_SECONDS = 0.05


class Outbox(Protocol):
    """Makes parcels of what a process sent."""

    def __call__(self, process: DataItem, cause: DataItem | TickMark, result: Mapping[str, Any]) -> list[Parcel]:
        """The parcels.

        Args:
            process: the sender.
            cause: what it handled.
            result: what it answered.
        """


class Round(NamedTuple):
    """What was done in a round.

    Attributes:
        slots: how many slots were evaluated.
        ticks: how many ticks were.
        happened: both, without those that another program recorded before.
    """

    slots: int
    ticks: int
    happened: list[Happened]


class _Computed(NamedTuple):
    """What was evaluated and is not recorded yet; what `happened` has no deliveries yet."""

    opened: OpenProcess
    outcome: Outcome
    happened: Happened


@dataclass(slots=True, eq=False)
class _Batch:
    """What a round has ready.

    Attributes:
        broken: gets the processes whose results could not be recorded.
        computed: what is not recorded yet.
        held: the processes that are held until it is.
        kept: what was recorded.
        begun: when, by the monotonic clock.
        lock: held by whoever uses these; the round itself does so only between two processes.
    """

    broken: dict[str, StoreError]
    computed: list[_Computed] = field(default_factory=list)
    held: list[OpenProcess] = field(default_factory=list)
    kept: list[Happened | None] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Rounds:
    """Evaluates in turn.

    Args:
        store: has the logs.
        evaluator: has the machines.
        outbox: makes parcels.
        schedule: gives messages their slots.
        clock_ms: milliseconds since 1970; says which ticks are due, and nothing else.
    """

    def __init__(
        self, store: Store, evaluator: Evaluator, outbox: Outbox, schedule: Schedule, clock_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._evaluator = evaluator
        self._outbox = outbox
        self._schedule = schedule
        self._clock_ms = clock_ms
        self._last_served = ""
        self._next_look = 0.0
        self._batches: set[_Batch] = set()

    def waiting(self) -> list[str]:
        """The processes that have something to be evaluated: slots, or due ticks if they are monitored."""
        pending = [process_id for process_id, _ in self._store.pending()]
        now = time.monotonic()
        if pending and now < self._next_look:
            return pending
        self._next_look = now + _LOOK_SECONDS
        return list(dict.fromkeys((*pending, *self._store.ticks.due(self._clock_ms()))))

    def settle(self, limit: int, cancelled: Callable[[], bool], among: Sequence[str] | None) -> Iterator[Happened]:
        """Evaluates what waits, and what comes of it, until nothing is left; see `Node.settle`."""
        done = 0
        # A process that cannot be evaluated does not keep the others from it; what is wrong with it is said at the end.
        broken: dict[str, StoreError] = {}
        while done < limit and not cancelled():
            waiting = [process_id for process_id in self.waiting() if process_id not in broken]
            if among is not None:
                waiting = [process_id for process_id in among if process_id in waiting]
            if not waiting:
                break
            made = self.some(self._in_turn(waiting), limit - done, cancelled, broken, {})
            done += made.slots + made.ticks
            yield from made.happened
        for error in broken.values():
            raise error

    def _in_turn(self, process_ids: list[str]) -> list[str]:
        """The processes that come next, so that with many of them all get their turn."""
        start = process_ids.index(self._last_served) + 1 if self._last_served in process_ids else 0
        return [*process_ids[start:], *process_ids[:start]][:BATCH_SLOTS]

    def next(self, process_id: str, until_ms: int | None) -> list[Happened]:
        """The next step of a process, waiting for it while somebody else is at it.

        Args:
            process_id: the process.
            until_ms: ticks up to this time count, whether they are monitored or not.
        """
        opened = self._evaluator.hold(process_id)
        assert opened is not None  # noqa: S101 - it waits
        try:
            computed = self._compute(opened, until_ms, time.monotonic() + _BATCH_SECONDS)
            broken: dict[str, StoreError] = {}
            kept = self._keep_each(computed, broken)
        finally:
            opened.lock.release()
        for error in broken.values():
            raise error
        return [happened for happened in kept if happened is not None]

    def some(
        self,
        process_ids: Iterable[str],
        limit: int,
        cancelled: Callable[[], bool],
        broken: dict[str, StoreError],
        asked_ms: Mapping[str, int],
    ) -> Round:
        """A step of several processes; see `Node.evaluate_some`."""
        batch = _Batch(broken)
        slots = ticks = 0
        until = batch.begun + _BATCH_SECONDS
        self._batches.add(batch)
        try:
            for process_id in process_ids:
                if slots + ticks and (slots >= limit or time.monotonic() > until or cancelled()):
                    break
                # Time may run out before all had their turn: the next round goes on behind this one.
                self._last_served = process_id
                # Waiting for a process while others are held could wait for ever; only the first one is waited for.
                opened = self._evaluator.hold(process_id, 0 if batch.held else FOREVER)
                if opened is None:
                    continue
                step = self._put(batch, opened, asked_ms.get(process_id), until)
                ticks += sum(1 for found in step if found.outcome.tick is not None)
                slots += sum(1 for found in step if found.outcome.tick is None)
        finally:
            self._batches.discard(batch)
            with batch.lock:
                self._record(batch)
        return Round(slots, ticks, [found for found in batch.kept if found is not None])

    def _put(self, batch: _Batch, opened: OpenProcess, until_ms: int | None, deadline: float) -> list[_Computed]:
        """Puts the next step of a held process into a batch; nothing when it cannot be evaluated."""
        step: list[_Computed] = []
        try:
            step = self._compute(opened, until_ms, deadline)
        except StoreError as error:
            batch.broken[opened.process.id] = error
            # Ticks in front of what failed may have been handled, and are not recorded.
            opened.discard()
        finally:
            with batch.lock:
                batch.held.append(opened)
                batch.computed += step
        return step

    def _record(self, batch: _Batch) -> list[str]:
        """Records what is ready, and gives back the processes; gives these. The lock of the batch is held."""
        computed, held = batch.computed, batch.held
        batch.computed, batch.held = [], []
        try:
            batch.kept += self._keep_each(computed, batch.broken)
        finally:
            for opened in held:
                opened.lock.release()
        return [opened.process.id for opened in held]

    def record_overdue(self) -> list[str]:
        """Records what other threads have ready while a process there takes long; see `Node.record_overdue`."""
        released: list[str] = []
        for batch in tuple(self._batches):
            if time.monotonic() - batch.begun > _OVERDUE_SECONDS and batch.lock.acquire(blocking=False):
                try:
                    released += self._record(batch)
                finally:
                    batch.lock.release()
        return released

    # One process

    def _compute(self, opened: OpenProcess, until_ms: int | None, deadline: float) -> list[_Computed]:
        """Evaluates the next step of a held process; nothing is recorded yet."""
        record, entry = self._store.first_waiting(opened.process.id)
        state = None
        if opened.timetable is not None:
            state = self._store.ticks.state(record.id, record.evaluated - 1)
        if state is not None:
            computed = self._compute_ticks(opened, record, state, self._end_of_ticks(state, entry, until_ms), deadline)
            if computed:
                return computed
        if entry is None:
            return []
        message = decode_item(entry.message)
        evaluation = self._evaluator.evaluate(opened, entry, message, state.number if state else 0)
        result, (text, failed, instructions) = readable(evaluation)
        if failed:
            # The state is undefined: the next message finds the process built anew.
            opened.discard()
        outbox = tuple(self._outbox(opened.process, message, result))
        outcome = Outcome(record.id, entry.slot, text, failed, instructions, outbox)
        entry = entry._replace(result=text, failed=failed, instructions=instructions)
        return [_Computed(opened, outcome, Evaluated(record, entry, message, result, ()))]

    def _end_of_ticks(self, state: TickState, entry: LogEntry | None, until_ms: int | None) -> int:
        """The time in front of which ticks are to be evaluated now; 0 for none of them."""
        if entry is not None:
            return entry.place.timestamp_ms
        now_ms = self._clock_ms()
        if state.monitored_ms is not None:
            return now_ms + 1
        return 0 if until_ms is None else min(now_ms, until_ms) + 1

    def _compute_ticks(
        self, opened: OpenProcess, record: ProcessRecord, state: TickState, end_ms: int, deadline: float
    ) -> list[_Computed]:
        """Evaluates ticks behind the last slot that has a result, some of them if there are many."""
        assert opened.timetable is not None  # noqa: S101 - who calls has looked
        computed: list[_Computed] = []
        marks = opened.timetable.behind(record.evaluated - 1, state.timestamp_ms, state.newest)
        for mark, following in pairwise(marks):
            if mark.timestamp_ms >= end_ms:
                if state.monitored_ms is not None and not computed and state.due_ms != mark.timestamp_ms:
                    # What it said was overtaken by slots, or by another program.
                    self._store.ticks.postpone(record.id, mark.timestamp_ms)
                break
            computed.append(self._compute_tick(opened, record, state, mark, following.timestamp_ms))
            if computed[-1].outcome.failed or len(computed) == _BATCH_TICKS or time.monotonic() > deadline:
                break
        return computed

    def _compute_tick(
        self, opened: OpenProcess, record: ProcessRecord, state: TickState, mark: TickMark, due_ms: int
    ) -> _Computed:
        result, (text, failed, instructions) = readable(self._evaluator.evaluate_tick(opened, mark))
        if failed:
            opened.discard()
        wanted = state.monitored_ms is not None and state.monitored_ms < mark.timestamp_ms
        parcels = tuple(self._outbox(opened.process, mark, result)) if wanted else ()
        outcome = Outcome(record.id, mark.slot, text, failed, instructions, parcels, mark, due_ms, wanted)
        entry = TickEntry(mark, text, failed, instructions, ())
        return _Computed(opened, outcome, ticked(opened, record, entry, result))

    # Recording

    def _keep(self, computed: Sequence[_Computed]) -> list[Happened | None]:
        """Records what was computed, in one transaction; None for what was not recorded, see `Store.record`."""
        if not computed:
            return []
        deliveries = self._store.record([found.outcome for found in computed], self._schedule)
        kept: list[Happened | None] = []
        for found, delivered in zip(computed, deliveries, strict=True):
            if delivered is None:
                self._forget_overtaken(found)
            kept.append(None if delivered is None else _delivered(found, delivered))
        return kept

    def _forget_overtaken(self, found: _Computed) -> None:
        """Throws the machine away of a tick that was computed, but then a slot came in front of it, or a monitor."""
        mark = found.outcome.tick
        if mark is not None and not self._store.ticks.is_known(found.outcome.process_id, mark):
            # The machine has handled it all the same, and would go on from there as soon as somebody else evaluates
            # that slot.
            found.opened.discard()

    def _keep_each(self, computed: Sequence[_Computed], broken: dict[str, StoreError]) -> list[Happened | None]:
        """Records results together; one that cannot be recorded does not keep the others from it.

        Args:
            computed: the results.
            broken: gets the processes whose results could not be recorded.
        """
        try:
            return self._keep(computed)
        except StoreError as error:
            if len(computed) == 1:
                broken[computed[0].outcome.process_id] = error
                # What it has handled never happened.
                computed[0].opened.discard()
                return []
        # Which one it is shows when each is recorded by itself.
        kept: list[Happened | None] = []
        for found in computed:
            if found.outcome.process_id not in broken:
                kept += self._keep_each([found], broken)
        return kept


def ticked(opened: OpenProcess, record: ProcessRecord, entry: TickEntry, result: dict[str, Any]) -> Ticked:
    """A tick of a process, with what its message was.

    Raises:
        StoreError: the process has no such cron.
    """
    cron = opened.cron(entry.mark)
    owner = address_of(opened.process.owner, opened.process.signature_type)
    return Ticked(record, entry, owner, cron.tags, result, entry.deliveries)


def _delivered(found: _Computed, delivered: Sequence[Delivery]) -> Happened:
    """What was computed, now that it is recorded."""
    sent = {parcel.message_id: parcel.item for parcel in found.outcome.parcels if parcel.item is not None}
    if isinstance(found.happened, Ticked):
        entry = found.happened.entry._replace(deliveries=tuple(delivered))
        return replace(found.happened, entry=entry, deliveries=tuple(delivered), sent=sent)
    return replace(found.happened, deliveries=tuple(delivered), sent=sent)
