"""The machines that a node has open, each at a place in its process's log.

A machine is a cache: it can be thrown away at any moment and comes back by replay. Whoever uses one holds its lock.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from aos_cli.codec.ans104 import decode_item
from aos_cli.errors import NodeRefused
from aos_cli.machine.port import Evaluation, Machine
from aos_cli.model import DataItem, tag_value
from aos_cli.units import compute
from aos_cli.units.records import LogEntry
from aos_cli.units.store import Store, different_result

# Machines that are kept open; the ones used longest ago go first.
_OPEN_MACHINES = 64


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
                raw = self._store.item(process_id)
                if raw is None:
                    raise NodeRefused(f"There is no process {process_id} here", operation="result")
                opened = self._open[process_id] = OpenProcess(decode_item(raw))
            self._open.move_to_end(process_id)
            if len(self._open) > _OPEN_MACHINES:
                oldest = next(iter(self._open.values()))
                # One that is at work stays; it is the oldest only for a moment.
                if oldest.lock.acquire(blocking=False):
                    self._open.popitem(last=False)
                    oldest.lock.release()
            return opened

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

    def _replay(self, opened: OpenProcess, slot: int) -> None:
        for entry in self._store.entries(opened.process.id, opened.next_slot, slot - 1):
            if entry.failed:
                opened.next_slot = entry.slot + 1
                continue
            _, evaluation = self._evaluate(opened, entry)
            if evaluation.text != entry.result:
                opened.discard()
                raise different_result(opened.process.id, entry.slot)

    def _machine(self, opened: OpenProcess) -> Machine:
        if opened.machine is None:
            module = self._module(tag_value(opened.process.tags, "Module"))
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
