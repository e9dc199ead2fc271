"""A node: the units wired over one store.

It keeps nothing that is not in the store, apart from machines that stand somewhere in a log and can be built anew.
Several programs may each have a node over the same file.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from aos_cli.codec.ans104 import decode_item, verify_item
from aos_cli.codec.assignment import decode_assignment
from aos_cli.codec.ids import address_of, encode_base64url
from aos_cli.errors import NodeRefused, StoreError
from aos_cli.machine.module import bundled_module, decode_module
from aos_cli.machine.port import Evaluation, Machine
from aos_cli.model import Assignment, DataItem, tag_value
from aos_cli.units import compute, messenger, scheduler
from aos_cli.units.keys import UnitKeys
from aos_cli.units.outcome import readable, sent_something
from aos_cli.units.records import Delivery, LogEntry, LogHead, Parcel, ProcessRecord
from aos_cli.units.store import Store, different_result
from aos_cli.units.verify import verify_log

# Machines that are kept open; the ones used longest ago go first and come back by replay.
_OPEN_MACHINES = 64


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sender gets: the message is in the log, durably."""

    process_id: str
    message_id: str
    slot: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A slot with its result.

    Attributes:
        entry: the slot as stored, or as it was just evaluated.
        message: the item that has the slot.
        assignment: the scheduler's word for it.
        result: the result's JSON, decoded.
        deliveries: what became of the outbox.
    """

    process: ProcessRecord
    entry: LogEntry
    message: DataItem
    assignment: Assignment
    result: dict[str, Any]
    deliveries: tuple[Delivery, ...]


@dataclass
class _Open:
    """A machine and the slot that it would handle next."""

    process: DataItem
    machine: Machine | None = None
    next_slot: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)


class Node:
    """The units over one store.

    Args:
        store: where everything is kept; the node does not close it.
        keys: who the units are.
        clock_ms: milliseconds since 1970.
    """

    def __init__(self, store: Store, keys: UnitKeys, clock_ms: Callable[[], int]) -> None:
        self.store = store
        self._keys = keys
        self._clock_ms = clock_ms
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._open_lock = threading.Lock()

    @property
    def authority(self) -> str:
        """The messenger's address: processes trust the messages of others by naming it as an Authority."""
        return self._keys.messenger.address

    @property
    def scheduler(self) -> str:
        """The scheduler's address, for the tag Scheduler."""
        return self._keys.scheduler.address

    def publish_module(self) -> str:
        """The id of the bundled module, which is kept in the store."""
        module = bundled_module()
        if self.store.item(module.id) is None:
            self.store.put_item(module)
        return module.id

    def _schedule(self, head: LogHead, message_id: str, exclude: tuple[str, ...]) -> Assignment:
        return scheduler.assign(head, message_id, exclude, now_ms=self._clock_ms(), signer=self._keys.scheduler)

    # In

    def submit(self, raw: bytes, *, unless_named: bool = False) -> Receipt:
        """Takes a signed item: a message gets a slot, a process is born. Durable when this returns.

        Args:
            raw: the item.
            unless_named: for a process, give the older one of the same owner and name if there is one.

        Raises:
            CodecError: the bytes are no data item; SignatureInvalid: its signature is wrong.
            NodeRefused: it is neither message nor process, or names a process or module that is not here.
        """
        item = decode_item(raw)
        verify_item(item)
        if scheduler.kind_of(item) == "Process":
            return self._spawn(item, unless_named)
        process_id = encode_base64url(item.target)
        appended = self.store.append(process_id, item, self._schedule)
        return Receipt(process_id, item.id, appended.slot, appended.fresh)

    def _spawn(self, item: DataItem, unless_named: bool) -> Receipt:
        module = self._check_process(item)
        # Only the messenger's word counts for a parent: a user's tag From-Process does not make him another owner.
        owner = address_of(item.owner, item.signature_type)
        if owner == self.authority:
            owner = compute.sender_of(item)
        record = ProcessRecord(item.id, tag_value(item.tags, "Name"), owner, module.id, 0, 0, 0)
        kept = self.store.spawn(item, record, self._schedule, unless_named=unless_named)
        return Receipt(kept.id, kept.id, 0, kept.id == item.id)

    def _check_process(self, item: DataItem) -> DataItem:
        """The module of a process that is to be born.

        Raises:
            NodeRefused: the process could never be evaluated, so that it would stand in the way of all others.
        """
        module = self._module(tag_value(item.tags, "Module"))
        compute.check_process(item, module)
        return module

    def _module(self, module_id: str) -> DataItem:
        raw = self.store.item(module_id)
        if raw is None:
            problem = f"Module {module_id} is not in this store"
            raise NodeRefused(problem, "Leave --module out to use the bundled one", operation="spawn")
        return decode_item(raw)

    # Evaluation

    def result(self, process_id: str, slot: int) -> Evaluated:
        """The result of a slot; it and those before it are evaluated if nobody has done so.

        Raises:
            NodeRefused: there is no such process or slot.
        """
        record = self._record(process_id)
        if slot >= record.slots:
            problem = f"Process {process_id} has no slot {slot}; its last one is {record.slots - 1}"
            raise NodeRefused(problem, operation="result")
        while record.evaluated <= slot:
            self.evaluate_next(process_id)
            record = self._record(process_id)
        return self.evaluated(process_id, slot, slot)[0]

    def _record(self, process_id: str) -> ProcessRecord:
        record = self.store.process(process_id)
        if record is None:
            raise NodeRefused(f"There is no process {process_id} here", operation="result")
        return record

    def evaluated(self, process_id: str, first_slot: int, last_slot: int | None = None) -> list[Evaluated]:
        """Slots that have a result, in order; evaluates nothing."""
        record = self._record(process_id)
        end = record.evaluated - 1 if last_slot is None else min(last_slot, record.evaluated - 1)
        return [self._read(record, entry) for entry in self.store.entries(process_id, first_slot, end)]

    def _read(self, record: ProcessRecord, entry: LogEntry) -> Evaluated:
        result = json.loads(entry.result or "{}")
        deliveries = tuple(self.store.deliveries(record.id, entry.slot)) if sent_something(result) else ()
        message, assignment = decode_item(entry.message), decode_assignment(decode_item(entry.assignment))
        return Evaluated(record, entry, message, assignment, result, deliveries)

    def evaluate_next(self, process_id: str) -> Evaluated | None:
        """Evaluates the first slot that has no result, keeps the result and delivers the outbox.

        Returns:
            The slot, or None when there was nothing to do or another program was faster.
        """
        opened = self._opened(process_id)
        with opened.lock:
            record = self._record(process_id)
            if record.evaluated >= record.slots:
                return None
            slot = record.evaluated
            self._catch_up(opened, process_id, slot)
            entry = next(iter(self.store.entries(process_id, slot, slot)))
            message, assignment, evaluation = self._evaluate(opened, entry)
            result, (text, failed, instructions) = readable(evaluation)
            if failed:
                # The state is undefined: the next message finds the process built anew.
                self._discard(opened)
            sender = messenger.Sender.of(opened.process, message)
            outbox = self._admitted(messenger.parcels(result, sender, self._keys.messenger, self.authority))
            deliveries = self.store.record(process_id, slot, text, failed, instructions, outbox, self._schedule)
        if deliveries is None:
            return None
        entry = entry._replace(result=text, failed=failed, instructions=instructions)
        return Evaluated(record, entry, message, assignment, result, tuple(deliveries))

    def _admitted(self, outbox: list[Parcel]) -> list[Parcel]:
        """The outbox with those spawns refused that `submit` would refuse, and without the notices of them."""
        refused: dict[int, str] = {}
        for parcel in outbox:
            if parcel.spawns is not None and parcel.item is not None:
                try:
                    self._check_process(parcel.item)
                except NodeRefused as error:
                    refused[parcel.position] = error.message
        return [
            replace(parcel, item=None, message_id="", targets=(), spawns=None, problem=refused[parcel.position])
            if parcel.position in refused
            else parcel
            for parcel in outbox
            if not (parcel.kind == "notice" and parcel.position in refused)
        ]

    def _opened(self, process_id: str) -> _Open:
        with self._open_lock:
            opened = self._open.get(process_id)
            if opened is None:
                raw = self.store.item(process_id)
                if raw is None:
                    raise NodeRefused(f"There is no process {process_id} here", operation="result")
                opened = self._open[process_id] = _Open(decode_item(raw))
            self._open.move_to_end(process_id)
            if len(self._open) > _OPEN_MACHINES:
                oldest = next(iter(self._open.values()))
                # One that is at work stays; it is the oldest only for a moment.
                if oldest.lock.acquire(blocking=False):
                    self._open.popitem(last=False)
                    oldest.lock.release()
            return opened

    def module_names(self, process_id: str) -> frozenset[str]:
        """The names that `require` finds in the module that a process was born with."""
        # The machine itself brings ".ao", another name of "ao".
        return frozenset(decode_module(self._module(self._record(process_id).module_id).data)) | {".ao"}

    def _machine(self, opened: _Open) -> Machine:
        if opened.machine is None:
            module = self._module(tag_value(opened.process.tags, "Module"))
            opened.machine = compute.open_machine(opened.process, module)
            opened.next_slot = 0
        return opened.machine

    def _catch_up(self, opened: _Open, process_id: str, slot: int) -> None:
        """Brings a process's machine in front of a slot by replaying what it has not seen.

        A message that had no result left no trace and is not replayed.

        Raises:
            StoreError: a replayed slot gives another result than the one that is stored.
        """
        if opened.next_slot > slot:
            # It handled a message whose result could not be recorded, a full disk say: that never happened.
            self._discard(opened)
        self._machine(opened)
        for entry in self.store.entries(process_id, opened.next_slot, slot - 1):
            if entry.failed:
                opened.next_slot = entry.slot + 1
                continue
            _, _, evaluation = self._evaluate(opened, entry)
            if evaluation.text != entry.result:
                self._discard(opened)
                raise different_result(process_id, entry.slot)

    def _evaluate(self, opened: _Open, entry: LogEntry) -> tuple[DataItem, Assignment, Evaluation]:
        message, assignment = decode_item(entry.message), decode_assignment(decode_item(entry.assignment))
        try:
            evaluation = self._machine(opened).evaluate(compute.message_fields(message, assignment))
        except BaseException:
            self._discard(opened)
            raise
        opened.next_slot = entry.slot + 1
        return message, assignment, evaluation

    @staticmethod
    def _discard(opened: _Open) -> None:
        if opened.machine is not None:
            opened.machine.close()
        opened.machine, opened.next_slot = None, 0

    def settle(self, limit: int, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Evaluated]:
        """Evaluates what is waiting in any log, and what comes of it, until nothing is left.

        Args:
            limit: slots to evaluate at the most: two processes that answer each other never end.
            cancelled: asked between slots.
        """
        done = 0
        while pending := self.store.pending():
            for process_id, _ in pending:
                if done >= limit or cancelled():
                    return
                evaluated = self.evaluate_next(process_id)
                done += 1
                if evaluated is not None:
                    yield evaluated

    def with_machine(self, process_id: str, look: Callable[[Machine], Any]) -> Any:
        """What `look` finds in a process's state after its last evaluated slot. It must change nothing."""
        opened = self._opened(process_id)
        with opened.lock:
            self._catch_up(opened, process_id, self._record(process_id).evaluated)
            return look(self._machine(opened))

    def verify(self, process_id: str) -> int:
        """Checks a log: signatures, order, the hash chain, and that every slot is there; gives the number of slots.

        Raises:
            NodeRefused: there is no such process.
            StoreError: something does not fit; says which slot.
        """
        known = self._record(process_id).slots
        count = verify_log(process_id, self.store.entries(process_id), self.scheduler)
        if count < known:
            raise StoreError(f"The log of {process_id} ends in front of slot {count}; it had {known} slots")
        return count
