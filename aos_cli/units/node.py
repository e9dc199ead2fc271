"""A node: the units wired over one store.

It keeps nothing that is not in the store, apart from machines that stand somewhere in a log and can be built anew.
Several programs may each have a node over the same file.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from aos_cli.codec.ans104 import decode_item, verify_item
from aos_cli.codec.ids import address_of, encode_base64url
from aos_cli.errors import NodeRefused, StoreError
from aos_cli.machine.module import bundled_module, decode_module
from aos_cli.machine.port import Machine
from aos_cli.model import Assignment, DataItem, tag_value
from aos_cli.units import compute, messenger, scheduler
from aos_cli.units.aliases import STAND_INS
from aos_cli.units.evaluator import Evaluator, OpenProcess
from aos_cli.units.keys import UnitKeys
from aos_cli.units.location import location_item, newest_location
from aos_cli.units.outcome import readable, sent_something
from aos_cli.units.records import Delivery, LogEntry, LogHead, Outcome, Parcel, ProcessRecord, Schedule
from aos_cli.units.store import Store
from aos_cli.units.verify import verify_log

# What is recorded in one transaction at the most, and how long results wait for each other.
BATCH_SLOTS = 32
_BATCH_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sender gets: the message is in the log, durably.

    Attributes:
        assignment: how it got there; None when it was there before.
    """

    process_id: str
    message_id: str
    slot: int
    fresh: bool
    assignment: Assignment | None = None


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A slot with its result.

    Attributes:
        entry: the slot as stored, or as it was just evaluated.
        message: the item that has the slot.
        result: the result's JSON, decoded.
        deliveries: what became of the outbox.
        sent: the items of the outbox by id, as far as they were made just now.
    """

    process: ProcessRecord
    entry: LogEntry
    message: DataItem
    result: dict[str, Any]
    deliveries: tuple[Delivery, ...]
    sent: Mapping[str, DataItem] = field(default_factory=dict)


class _Computed(NamedTuple):
    """A slot that was evaluated and is not recorded yet."""

    outcome: Outcome
    process: ProcessRecord
    entry: LogEntry
    message: DataItem
    result: dict[str, Any]


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
        self._evaluator = Evaluator(store, self._module)
        self._last_served = ""

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

    def announce(self, url: str) -> None:
        """Keeps an item that says where the scheduler is reached, unless the newest one says so."""
        item = location_item(newest_location(self.store.catalogue, self.scheduler), url, self._keys.scheduler)
        if item is not None:
            self.store.put_item(item)

    def schedule(self, head: LogHead, message_id: str, exclude: tuple[str, ...]) -> Assignment:
        """Signs a message's place at the end of a log; whoever asks puts it there."""
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
        return self.accept(item, unless_named=unless_named)

    def accept(self, item: DataItem, *, unless_named: bool = False) -> Receipt:
        """As `submit`, for an item whose signature was verified."""
        if scheduler.kind_of(item) == "Process":
            return self._spawn(item, unless_named)
        process_id = encode_base64url(item.target)
        made: list[Assignment] = []
        appended = self.store.append(process_id, item, self._noted(made))
        return Receipt(process_id, item.id, appended.slot, appended.fresh, made[-1] if appended.fresh else None)

    def _noted(self, made: list[Assignment]) -> Schedule:
        """`schedule`, which also puts what it signs into a list."""

        def schedule(head: LogHead, message_id: str, exclude: tuple[str, ...]) -> Assignment:
            made.append(self.schedule(head, message_id, exclude))
            return made[-1]

        return schedule

    def _spawn(self, item: DataItem, unless_named: bool) -> Receipt:
        module = self._check_process(item)
        # Only the messenger's word counts for a parent: a user's tag From-Process does not make him another owner.
        owner = address_of(item.owner, item.signature_type)
        if owner == self.authority:
            owner = compute.sender_of(item)
        record = ProcessRecord(item.id, tag_value(item.tags, "Name"), owner, module.id, 0, 0, 0)
        made: list[Assignment] = []
        kept = self.store.spawn(item, record, self._noted(made), unless_named=unless_named)
        fresh = kept.id == item.id
        return Receipt(kept.id, kept.id, 0, fresh, made[-1] if fresh else None)

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
        if raw is None and module_id in STAND_INS:
            raw = self.store.item(self.publish_module())
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
        record = self.record(process_id)
        if slot >= record.slots:
            problem = f"Process {process_id} has no slot {slot}; its last one is {record.slots - 1}"
            raise NodeRefused(problem, operation="result")
        while record.evaluated <= slot:
            self.evaluate_next(process_id)
            record = self.record(process_id)
        return self.evaluated(process_id, slot, slot)[0]

    def record(self, process_id: str) -> ProcessRecord:
        """A process.

        Raises:
            NodeRefused: there is none of that id.
        """
        record = self.store.process(process_id)
        if record is None:
            raise NodeRefused(f"There is no process {process_id} here", operation="result")
        return record

    def evaluated(self, process_id: str, first_slot: int, last_slot: int | None = None) -> list[Evaluated]:
        """Slots that have a result, in order; evaluates nothing."""
        record = self.record(process_id)
        end = record.evaluated - 1 if last_slot is None else min(last_slot, record.evaluated - 1)
        return [self._read(record, entry) for entry in self.store.entries(process_id, first_slot, end)]

    def _read(self, record: ProcessRecord, entry: LogEntry) -> Evaluated:
        result = json.loads(entry.result or "{}")
        deliveries = tuple(self.store.deliveries(record.id, entry.slot)) if sent_something(result) else ()
        return Evaluated(record, entry, decode_item(entry.message), result, deliveries)

    def evaluate_next(self, process_id: str) -> Evaluated | None:
        """Evaluates the first slot that has no result, keeps the result and delivers the outbox.

        Returns:
            The slot, or None when there was nothing to do or another program was faster.
        """
        opened = self._evaluator.hold(process_id)
        assert opened is not None  # noqa: S101 - it waits
        try:
            found = self._compute(opened)
            return self._keep([found])[0] if found else None
        finally:
            opened.lock.release()

    def _compute(self, opened: OpenProcess) -> _Computed | None:
        """Evaluates the first slot of a held process that has no result; nothing is recorded yet."""
        record, entry = self.store.first_waiting(opened.process.id)
        if entry is None:
            return None
        message, evaluation = self._evaluator.evaluate(opened, entry)
        result, (text, failed, instructions) = readable(evaluation)
        if failed:
            # The state is undefined: the next message finds the process built anew.
            opened.discard()
        outbox = self.outbox(opened.process, message, result)
        outcome = Outcome(record.id, entry.slot, text, failed, instructions, tuple(outbox))
        return _Computed(outcome, record, entry, message, result)

    def _keep(self, computed: Sequence[_Computed]) -> list[Evaluated | None]:
        """Records what was computed, in one transaction; None for a slot that another program recorded before."""
        deliveries = self.store.record([found.outcome for found in computed], self.schedule)
        return [
            None if delivered is None else _evaluated(found, delivered)
            for found, delivered in zip(computed, deliveries, strict=True)
        ]

    def outbox(self, process: DataItem, message: DataItem, result: Mapping[str, Any]) -> list[Parcel]:
        """What a process sent when it handled a message, ready for delivery."""
        sender = messenger.Sender.of(process, message)
        return self._admitted(messenger.parcels(result, sender, self._keys.messenger, self.authority))

    def _admitted(self, outbox: list[Parcel]) -> list[Parcel]:
        """The outbox with those spawns refused that `submit` would refuse, and without the notices of them."""
        admitted: list[Parcel] = []
        refused: set[int] = set()
        for parcel in outbox:
            found = parcel
            if parcel.spawns is not None and parcel.item is not None:
                try:
                    module = self._check_process(parcel.item)
                    found = replace(parcel, spawns=replace(parcel.spawns, module_id=module.id))
                except NodeRefused as error:
                    refused.add(parcel.position)
                    found = replace(
                        parcel, item=None, message_id="", targets=(), spawns=None, problem=error.message
                    )  # fmt: skip
            if not (parcel.kind == "notice" and parcel.position in refused):
                admitted.append(found)
        return admitted

    def module_names(self, process_id: str) -> frozenset[str]:
        """The names that `require` finds in the module that a process was born with."""
        # The machine itself brings ".ao", another name of "ao".
        return frozenset(decode_module(self._module(self.record(process_id).module_id).data)) | {".ao"}

    def settle(
        self, limit: int, cancelled: Callable[[], bool] = lambda: False, among: Sequence[str] | None = None
    ) -> Iterator[Evaluated]:
        """Evaluates what is waiting in any log, and what comes of it, until nothing is left.

        Args:
            limit: slots to evaluate at the most: two processes that answer each other never end.
            cancelled: asked between slots.
            among: evaluate these processes only; programs that share a store can share the work like this.
        """
        done = 0
        # A process that cannot be evaluated does not keep the others from it; what is wrong with it is said at the end.
        broken: dict[str, StoreError] = {}
        while done < limit and not cancelled():
            waiting = [process_id for process_id, _ in self.store.pending() if process_id not in broken]
            if among is not None:
                waiting = [process_id for process_id in among if process_id in waiting]
            if not waiting:
                break
            counted, evaluated = self.evaluate_some(self._in_turn(waiting), limit - done, cancelled, broken)
            done += counted
            yield from evaluated
        for error in broken.values():
            raise error

    def _in_turn(self, process_ids: list[str]) -> list[str]:
        """The processes that come next, so that with many of them all get their turn."""
        start = process_ids.index(self._last_served) + 1 if self._last_served in process_ids else 0
        return [*process_ids[start:], *process_ids[:start]][:BATCH_SLOTS]

    def evaluate_some(
        self, process_ids: Sequence[str], limit: int, cancelled: Callable[[], bool], broken: dict[str, StoreError]
    ) -> tuple[int, list[Evaluated]]:
        """Evaluates the next slot of several processes and records all of them at once.

        One transaction costs as much as the evaluation of several messages, so what is ready is written together; it
        is held open for no evaluation, and what is ready does not wait long for more.

        Args:
            process_ids: in the order in which they are served; few enough for one transaction.
            limit: slots at the most.
            cancelled: asked between slots.
            broken: gets the processes that could not be evaluated.

        Returns:
            How many were evaluated, and those that no other program recorded before.
        """
        held: list[OpenProcess] = []
        computed: list[_Computed] = []
        until = time.monotonic() + _BATCH_SECONDS
        try:
            for process_id in process_ids:
                if computed and (len(computed) >= limit or time.monotonic() > until or cancelled()):
                    break
                # Time may run out before all had their turn: the next round goes on behind this one.
                self._last_served = process_id
                # Waiting for a process while others are held could wait for ever; only the first one is waited for.
                opened = self._evaluator.hold(process_id, wait=not held)
                if opened is None:
                    continue
                held.append(opened)
                try:
                    found = self._compute(opened)
                except StoreError as error:
                    broken[process_id] = error
                    continue
                if found:
                    computed.append(found)
            kept = self._keep_each(computed)
        finally:
            for opened in held:
                opened.lock.release()
        return len(computed), [evaluated for evaluated in kept if evaluated is not None]

    def _keep_each(self, computed: Sequence[_Computed]) -> list[Evaluated | None]:
        """Records results together; one that cannot be recorded does not keep the others from it."""
        try:
            return self._keep(computed) if computed else []
        except StoreError:
            if len(computed) == 1:
                raise
        return [evaluated for found in computed for evaluated in self._keep([found])]

    def with_machine(self, process_id: str, look: Callable[[Machine], Any]) -> Any:
        """What `look` finds in a process's state after its last evaluated slot. It must change nothing."""
        opened = self._evaluator.hold(process_id)
        assert opened is not None  # noqa: S101 - it waits
        try:
            return look(self._evaluator.catch_up(opened, self.record(process_id).evaluated))
        finally:
            opened.lock.release()

    def look(self, process_id: str, look: Callable[[Machine], Any]) -> Any:
        """As `with_machine`, without waiting: None when the process is at work, or would take long to be replayed."""
        opened = self._evaluator.hold(process_id, wait=False)
        if opened is None:
            return None
        try:
            machine = self._evaluator.catch_up_soon(opened, self.record(process_id).evaluated)
            return look(machine) if machine is not None else None
        finally:
            opened.lock.release()

    def apart(self, record: ProcessRecord) -> OpenProcess:
        """A process behind its last slot in a machine of its own, which is the caller's to use and to discard."""
        return self._evaluator.apart(record)

    def verify(self, process_id: str) -> int:
        """Checks a log: signatures, order, the hash chain, and that every slot is there; gives the number of slots.

        Raises:
            NodeRefused: there is no such process.
            StoreError: something does not fit; says which slot.
        """
        known = self.record(process_id).slots
        count = verify_log(process_id, self.store.entries(process_id), self.scheduler)
        if count < known:
            raise StoreError(f"The log of {process_id} ends in front of slot {count}; it had {known} slots")
        return count


def _evaluated(found: _Computed, deliveries: Iterable[Delivery]) -> Evaluated:
    """What was computed, now that it is recorded."""
    outcome = found.outcome
    entry = found.entry._replace(result=outcome.text, failed=outcome.failed, instructions=outcome.instructions)
    sent = {parcel.message_id: parcel.item for parcel in outcome.parcels if parcel.item is not None}
    return Evaluated(found.process, entry, found.message, found.result, tuple(deliveries), sent)
