"""The machines that a node has open, each at a place in its process's log.

A machine is a cache: it can be thrown away at any moment and comes back by replay. Whoever uses one holds its lock.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from aos_cli.codec.ans104 import decode_item
from aos_cli.errors import NodeRefused
from aos_cli.machine.port import Evaluation, Machine
from aos_cli.model import DataItem
from aos_cli.units import compute
from aos_cli.units.outcome import readable
from aos_cli.units.records import LogEntry, ProcessRecord
from aos_cli.units.store import Store, different_result

# Machines that are kept open; the ones used longest ago go first.
_OPEN_MACHINES = 64

# What a look that must not wait spends on replay, and the longest slot that it takes on (some 50 ms).
_MOMENT_SECONDS = 0.05
_QUICK_INSTRUCTIONS = 5_000_000


@dataclass(slots=True)
class OpenProcess:
    """A process with a machine, or without one yet.

    Attributes:
        process: the process message.
        machine: None until it is needed.
        next_slot: the slot that the machine would handle next.
        lock: held by whoever uses the machine, until what it found is recorded.
    """

    process: DataItem
    machine: Machine | None = None
    next_slot: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def discard(self) -> None:
        """Throws the machine away; the next use builds it anew."""
        if self.machine is not None:
            self.machine.close()
        self.machine, self.next_slot = None, 0


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

    def hold(self, process_id: str, *, wait: bool = True) -> OpenProcess | None:
        """An open process with its lock taken; the caller gives the lock back.

        Args:
            process_id: the process.
            wait: False gives None when somebody else is at it.

        Raises:
            NodeRefused: there is no such process.
        """
        opened = self._opened(process_id)
        return opened if opened.lock.acquire(blocking=wait) else None

    def _opened(self, process_id: str) -> OpenProcess:
        with self._lock:
            opened = self._open.get(process_id)
            if opened is None:
                opened = self._open[process_id] = OpenProcess(self._process(process_id))
            self._open.move_to_end(process_id)
            if len(self._open) > _OPEN_MACHINES:
                oldest = next(iter(self._open.values()))
                # One that is at work stays; it is the oldest only for a moment.
                if oldest.lock.acquire(blocking=False):
                    self._open.popitem(last=False)
                    oldest.lock.release()
            return opened

    def _process(self, process_id: str) -> DataItem:
        raw = self._store.item(process_id)
        if raw is None:
            raise NodeRefused(f"There is no process {process_id} here", operation="result")
        return decode_item(raw)

    def evaluate(self, opened: OpenProcess, entry: LogEntry) -> tuple[DataItem, Evaluation]:
        """Evaluates the slot in front of which the machine stands, or builds it up to there.

        Args:
            opened: the process, held.
            entry: its first slot without a result.

        Raises:
            StoreError: a slot before it gives another result than the one that is stored.
        """
        self.catch_up(opened, entry.slot)
        return self._evaluate(opened, entry)

    def catch_up(self, opened: OpenProcess, slot: int) -> Machine:
        """The machine in front of a slot, by replay of what it has not seen.

        A message that had no result left no trace and is not replayed.

        Raises:
            StoreError: a replayed slot gives another result than the one that is stored.
        """
        if opened.next_slot > slot:
            # It handled a message whose result could not be recorded, a full disk say: that never happened.
            opened.discard()
        machine = self._machine(opened)
        if opened.next_slot < slot:
            self._replay(opened, slot)
        return machine

    def catch_up_soon(self, opened: OpenProcess, slot: int) -> Machine | None:
        """As `catch_up`, but gives up after a moment, and in front of a slot that takes long.

        Returns:
            None when it gave up; what was replayed until then need not be replayed again.
        """
        if opened.next_slot > slot:
            return None
        machine = self._machine(opened)
        self._replay(opened, slot, time.monotonic() + _MOMENT_SECONDS, _QUICK_INSTRUCTIONS)
        return machine if opened.next_slot == slot else None

    def apart(self, record: ProcessRecord) -> OpenProcess:
        """A process with a machine of its own behind the last slot of its log, which nobody else uses.

        Slots that have no result yet are evaluated in it, and nothing of that is recorded.

        Raises:
            StoreError: a replayed slot gives another result than the one that is stored.
        """
        opened = OpenProcess(self._process(record.id))
        without_result: set[int] = set()
        while not self._advance(opened, record, without_result):
            # The state is undefined: once more from the first slot, without the one that has no result.
            opened.discard()
        return opened

    def _advance(self, opened: OpenProcess, record: ProcessRecord, without_result: set[int]) -> bool:
        """Replays a log and evaluates the slots that wait; False when one of these turned out to have no result."""
        self.catch_up(opened, record.evaluated)
        for entry in self._store.entries(record.id, record.evaluated, record.slots - 1):
            if entry.slot in without_result:
                opened.next_slot = entry.slot + 1
            elif readable(self._evaluate(opened, entry)[1])[1].failed:
                without_result.add(entry.slot)
                return False
        return True

    def _replay(
        self, opened: OpenProcess, slot: int, until: float = math.inf, most_instructions: float = math.inf
    ) -> None:
        for entry in self._store.entries(opened.process.id, opened.next_slot, slot - 1):
            if entry.failed:
                opened.next_slot = entry.slot + 1
                continue
            if time.monotonic() > until or entry.instructions > most_instructions:
                return
            _, evaluation = self._evaluate(opened, entry)
            if evaluation.text != entry.result:
                opened.discard()
                raise different_result(opened.process.id, entry.slot)

    def _machine(self, opened: OpenProcess) -> Machine:
        if opened.machine is None:
            record = self._store.process(opened.process.id)
            assert record is not None  # noqa: S101 - its message was there when it was opened
            # Not what its tag names: another module may stand in for that, and after an upgrade another one still.
            module = self._module(record.module_id)
            opened.machine = compute.open_machine(opened.process, module)
            opened.next_slot = 0
        return opened.machine

    def _evaluate(self, opened: OpenProcess, entry: LogEntry) -> tuple[DataItem, Evaluation]:
        message = decode_item(entry.message)
        try:
            evaluation = self._machine(opened).evaluate(compute.message_fields(message, entry.place))
        except BaseException:
            opened.discard()
            raise
        opened.next_slot = entry.slot + 1
        return message, evaluation
