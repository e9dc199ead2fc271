"""The machines that a node has open, each at a place in its process's log.

A machine is a cache: it can be thrown away at any moment and comes back by replay. Whoever uses one holds its lock.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

from aos_cli.codec.ans104 import decode_item
from aos_cli.errors import NodeRefused, StoreError
from aos_cli.machine.port import Evaluation, Machine
from aos_cli.model import DataItem
from aos_cli.units import compute
from aos_cli.units.cron import Cron, Timetable, known_crons
from aos_cli.units.outcome import readable
from aos_cli.units.recording import different_result
from aos_cli.units.records import LogEntry, ProcessRecord, Standing, TickEntry, TickMark, TickState
from aos_cli.units.store import Store
from aos_cli.units.ticks import Position

FOREVER = -1.0
"""As a number of seconds: without end."""

# Machines that are kept open; the ones used longest ago go first.
_OPEN_MACHINES = 64

# What a look that must not wait spends on replay, and the longest slot that it takes on (some 50 ms).
_MOMENT_SECONDS = 0.05
_QUICK_INSTRUCTIONS = 5_000_000

Happening = LogEntry | TickMark
"""What a machine is given: the message of a slot, or a tick."""


@dataclass(slots=True)
class OpenProcess:
    """A process with a machine, or without one yet.

    Attributes:
        process: the process message.
        timetable: when its crons tick; None when it has none.
        machine: None until it is needed.
        next_slot: the slot that the machine would handle next.
        ticks: how many ticks it has handled behind the slot in front of that one.
        lock: held by whoever uses the machine, until what it found is recorded; another thread may give it back then.
    """

    process: DataItem
    timetable: Timetable | None = None
    machine: Machine | None = None
    next_slot: int = 0
    ticks: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def discard(self) -> None:
        """Throws the machine away; the next use builds it anew."""
        if self.machine is not None:
            self.machine.close()
        self.machine, self.next_slot, self.ticks = None, 0, 0

    def passed(self, past: Happening) -> None:
        """Notes that the machine stands behind a slot or a tick."""
        if isinstance(past, LogEntry):
            self.next_slot, self.ticks = past.slot + 1, 0
        else:
            self.next_slot, self.ticks = past.slot + 1, past.number

    def lacks_ticks(self, standing: Standing, before_ms: int) -> bool:
        """Whether ticks behind the last evaluated slot are due in front of a time, and not evaluated."""
        state = standing.ticks
        if self.timetable is None or state is None:
            return False
        following = self.timetable.behind(standing.record.evaluated - 1, state.timestamp_ms, state.newest, before_ms)
        return next(following, None) is not None

    def fields(self, past: Happening, message: DataItem | None = None) -> Mapping[str, Any]:
        """The message of a slot or a tick, as the process sees it.

        Args:
            past: the slot or the tick.
            message: of the slot, where somebody has decoded it already.

        Raises:
            StoreError: the process has no cron that could tick so.
        """
        if isinstance(past, LogEntry):
            return compute.message_fields(message or decode_item(past.message), past.place)
        return compute.tick_fields(self.process, self.cron(past), past.timestamp_ms)

    def cron(self, mark: TickMark) -> Cron:
        """The cron that ticks.

        Raises:
            StoreError: the process has none that could tick so.
        """
        cron = self.timetable.cron(mark.cron) if self.timetable else None
        if cron is None:
            raise StoreError(f"Process {self.process.id} has no cron {mark.cron}, which the store knows ticks of")
        return cron


class Evaluator:
    """Evaluates logs in slot order.

    Args:
        store: where the logs are.
        module: gives a module by its id.
    """

    def __init__(self, store: Store, module: Callable[[str], DataItem]) -> None:
        self._store = store
        self._module = module
        self._open: OrderedDict[str, OpenProcess] = OrderedDict()
        self._lock = threading.Lock()

    def hold(self, process_id: str, seconds: float = FOREVER) -> OpenProcess | None:
        """An open process with its lock taken; the caller gives the lock back.

        Args:
            process_id: the process.
            seconds: how long to wait for somebody else who is at it; then it gives None.

        Raises:
            NodeRefused: there is no such process.
        """
        opened = self._opened(process_id)
        return opened if opened.lock.acquire(timeout=seconds) else None

    def _opened(self, process_id: str) -> OpenProcess:
        with self._lock:
            opened = self._open.get(process_id)
            if opened is None:
                opened = self._open[process_id] = self._new(process_id)
            self._open.move_to_end(process_id)
            if len(self._open) > _OPEN_MACHINES:
                oldest = next(iter(self._open.values()))
                # One that is at work stays; it is the oldest only for a moment.
                if oldest.lock.acquire(blocking=False):
                    self._open.popitem(last=False)
                    oldest.lock.release()
            return opened

    def _new(self, process_id: str) -> OpenProcess:
        raw = self._store.item(process_id)
        if raw is None:
            raise NodeRefused(f"There is no process {process_id} here", operation="result")
        process = decode_item(raw)
        crons = known_crons(process.tags)
        birth = next(self._store.entries(process_id, 0, 0), None) if crons else None
        if birth is None:
            return OpenProcess(process)
        first_slot = self._store.ticks.first_timed(process_id)
        place = birth.place
        return OpenProcess(process, Timetable(crons, place.timestamp_ms, place.block_height, first_slot))

    def about(self, process_id: str) -> OpenProcess:
        """An open process, for what never changes of it; its machine is not the caller's.

        Raises:
            NodeRefused: there is no such process.
        """
        return self._opened(process_id)

    def standing(self, opened: OpenProcess) -> Standing:
        """How far a process was evaluated.

        Raises:
            NodeRefused: there is no such process.
        """
        record = self._store.process(opened.process.id)
        if record is None:
            raise NodeRefused(f"There is no process {opened.process.id} here", operation="result")
        ticks = self._store.ticks.state(record.id, record.evaluated - 1) if opened.timetable else None
        return Standing(record, ticks)

    def evaluate(self, opened: OpenProcess, entry: LogEntry, message: DataItem, ticks: int = 0) -> Evaluation:
        """Evaluates the slot in front of which the machine stands, or builds it up to there.

        Args:
            opened: the process, held.
            entry: its first slot without a result.
            message: of that slot.
            ticks: how many ticks come in front of it, behind the slot before.

        Raises:
            StoreError: a slot before it gives another result than the one that is stored.
        """
        self.catch_up(opened, entry.slot, ticks)
        return self._evaluate(opened, entry, message)

    def evaluate_tick(self, opened: OpenProcess, mark: TickMark) -> Evaluation:
        """As `evaluate`, for a tick behind the last slot that has a result.

        Raises:
            StoreError: something before it gives another result than the one that is stored.
        """
        self.catch_up(opened, mark.slot + 1, mark.number - 1)
        return self._evaluate(opened, mark)

    def catch_up(self, opened: OpenProcess, slot: int, ticks: int = 0) -> Machine:
        """The machine in front of a slot, by replay of what it has not seen.

        A message that had no result left no trace and is not replayed.

        Args:
            opened: the process, held.
            slot: the slot.
            ticks: how many ticks behind the slot before have been handled then.

        Raises:
            StoreError: something gives another result than the one that is stored.
        """
        if (opened.next_slot, opened.ticks) > (slot, ticks):
            # It handled a message whose result could not be recorded, a full disk say: that never happened.
            opened.discard()
        machine = self._machine(opened)
        if (opened.next_slot, opened.ticks) < (slot, ticks):
            self._replay(opened, slot, ticks)
        return machine

    def catch_up_soon(self, opened: OpenProcess, slot: int, ticks: int = 0) -> Machine | None:
        """As `catch_up`, but gives up after a moment, and in front of a slot that takes long.

        Returns:
            None when it gave up; what was replayed until then need not be replayed again.
        """
        if (opened.next_slot, opened.ticks) > (slot, ticks):
            return None
        machine = self._machine(opened)
        self._replay(opened, slot, ticks, time.monotonic() + _MOMENT_SECONDS, _QUICK_INSTRUCTIONS)
        return machine if (opened.next_slot, opened.ticks) == (slot, ticks) else None

    def waiting(
        self, opened: OpenProcess, record: ProcessRecord, before_ms: int | None, state: TickState | None
    ) -> Iterator[Happening]:
        """The slots of a process that have no result, with the ticks between them and behind them.

        Args:
            opened: the process.
            record: how many slots it has, and how many of them have a result.
            before_ms: ticks behind the last slot count as far as they are due in front of this time; None for none.
            state: of the ticks behind the last slot with a result.
        """
        behind: tuple[int, int, TickMark | None] | None = None
        if state is not None:
            behind = record.evaluated - 1, state.timestamp_ms, state.newest
        for entry in self._store.entries(record.id, record.evaluated, record.slots - 1):
            if opened.timetable is not None and behind is not None:
                yield from opened.timetable.behind(*behind, entry.place.timestamp_ms)
            yield entry
            behind = entry.slot, entry.place.timestamp_ms, None
        if opened.timetable is not None and behind is not None and before_ms is not None:
            yield from opened.timetable.behind(*behind, before_ms)

    def apart(self, record: ProcessRecord, before_ms: int | None) -> OpenProcess:
        """A process with a machine of its own behind the last slot of its log, which nobody else uses.

        Slots and ticks that have no result yet are evaluated in it, and nothing of that is recorded.

        Args:
            record: the process; with fewer slots than the log has, the machine stands behind these.
            before_ms: ticks behind the last slot count as far as they are due in front of this time; None for none.

        Raises:
            StoreError: something that is replayed gives another result than the one that is stored.
        """
        opened = self._new(record.id)
        without_result: set[Happening] = set()
        while not self._advance(opened, record, before_ms, without_result):
            # The state is undefined: once more from the first slot, without the one that has no result.
            opened.discard()
        return opened

    def _advance(
        self, opened: OpenProcess, record: ProcessRecord, before_ms: int | None,
        without_result: set[Happening],
    ) -> bool:  # fmt: skip
        """Replays a log and evaluates what waits; False when something of this turned out to have no result."""
        whole = record.evaluated < record.slots or before_ms is not None
        state = self._store.ticks.state(record.id, record.evaluated - 1) if opened.timetable and whole else None
        self.catch_up(opened, record.evaluated, state.number if state else 0)
        for past in self.waiting(opened, record, before_ms, state):
            if past in without_result:
                opened.passed(past)
            elif readable(self._evaluate(opened, past))[1].failed:
                without_result.add(past)
                return False
        return True

    def _replay(
        self, opened: OpenProcess, slot: int, ticks: int, until: float = math.inf, most_instructions: float = math.inf
    ) -> None:
        for what, past in self._past(opened, slot, ticks):
            if past.failed:
                opened.passed(what)
                continue
            if time.monotonic() > until or past.instructions > most_instructions:
                return
            if self._evaluate(opened, what).text != past.result:
                opened.discard()
                raise different_result(opened.process.id, what.slot, what if isinstance(what, TickMark) else None)

    def _past(self, opened: OpenProcess, slot: int, ticks: int) -> Iterable[tuple[Happening, LogEntry | TickEntry]]:
        """What the machine has not handled yet in front of a slot and behind some ticks, with what was recorded."""
        known = max(opened.next_slot - 1, 0), opened.ticks
        entries: Iterator[tuple[Happening, LogEntry | TickEntry]] = (
            (entry, entry) for entry in self._store.entries(opened.process.id, opened.next_slot, slot - 1)
        )
        if opened.timetable is None:
            return entries
        ticked = ((tick.mark, tick) for tick in self._store.ticks.between(opened.process.id, known, (slot - 1, ticks)))
        return merge(entries, ticked, key=lambda past: _position(past[0]))

    def _machine(self, opened: OpenProcess) -> Machine:
        if opened.machine is None:
            record = self._store.process(opened.process.id)
            assert record is not None  # noqa: S101 - its message was there when it was opened
            # Not what its tag names: another module may stand in for that, and after an upgrade another one still.
            module = self._module(record.module_id)
            opened.machine = compute.open_machine(opened.process, module)
            opened.next_slot = opened.ticks = 0
        return opened.machine

    def _evaluate(self, opened: OpenProcess, past: Happening, message: DataItem | None = None) -> Evaluation:
        try:
            evaluation = self._machine(opened).evaluate(opened.fields(past, message))
        except BaseException:
            opened.discard()
            raise
        opened.passed(past)
        return evaluation


def _position(what: Happening) -> Position:
    """Where something stands in a log with its ticks."""
    return what.slot, what.number if isinstance(what, TickMark) else 0
