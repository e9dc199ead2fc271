"""A node: the units wired over one store.

It keeps nothing that is not in the store, apart from machines that stand somewhere in a log and can be built anew.
Several programs may each have a node over the same file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from aos_cli.codec.ans104 import decode_item, verify_item
from aos_cli.codec.ids import address_of, encode_base64url
from aos_cli.errors import NodeRefused, StoreError
from aos_cli.machine.module import decode_module
from aos_cli.machine.port import Machine
from aos_cli.model import Assignment, DataItem, tag_value
from aos_cli.units import compute, messenger, scheduler
from aos_cli.units.admission import Modules
from aos_cli.units.cron import Timetable
from aos_cli.units.evaluator import Evaluator
from aos_cli.units.happened import Evaluated, Happened, Ticked
from aos_cli.units.keys import UnitKeys
from aos_cli.units.location import location_item, newest_location
from aos_cli.units.outcome import sent_something
from aos_cli.units.records import LogEntry, LogHead, Parcel, ProcessRecord, Schedule, TickEntry, TickMark
from aos_cli.units.rounds import Round, Rounds, ticked
from aos_cli.units.rows import LATEST_MS
from aos_cli.units.store import Store
from aos_cli.units.ticks import Position
from aos_cli.units.verify import verify_log, verify_ticks


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


class Node:
    """The units over one store.

    Args:
        store: where everything is kept; the node does not close it.
        keys: who the units are.
        clock_ms: milliseconds since 1970.

    Attributes:
        evaluator: has the machines.
    """

    def __init__(self, store: Store, keys: UnitKeys, clock_ms: Callable[[], int]) -> None:
        self.store = store
        self._keys = keys
        self._clock_ms = clock_ms
        self._modules = Modules(store)
        self.evaluator = Evaluator(store, self._modules.get)
        self._rounds = Rounds(store, self.evaluator, self.outbox, self.schedule, clock_ms)

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
        return self._modules.publish()

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
        module = self._modules.of(item)
        # Only the messenger's word counts for a parent: a user's tag From-Process does not make him another owner.
        owner = address_of(item.owner, item.signature_type)
        if owner == self.authority:
            owner = compute.sender_of(item)
        record = ProcessRecord(item.id, tag_value(item.tags, "Name"), owner, module.id, 0, 0, 0)
        made: list[Assignment] = []
        kept = self.store.spawn(item, record, self._noted(made), unless_named=unless_named)
        fresh = kept.id == item.id
        # There may be one for the log of its target, too.
        own = [assignment for assignment in made if assignment.process_id == kept.id]
        return Receipt(kept.id, kept.id, 0, fresh, own[-1] if fresh else None)

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

    # Ticks

    def timetable(self, process_id: str) -> Timetable | None:
        """When the crons of a process tick; None when it has none.

        Raises:
            NodeRefused: there is no such process.
        """
        return self.evaluator.about(process_id).timetable

    def due(self) -> list[str]:
        """The monitored processes of which ticks are due now, the one that waits longest first."""
        return self.store.ticks.due(self._clock_ms())

    def ticked(self, process_id: str, after: Position, limit: int, *, newest: bool = False) -> list[Ticked]:
        """Ticks that were evaluated behind a place in a log, in order; evaluates nothing.

        Args:
            process_id: whose.
            after: a slot and the number of a tick behind it.
            limit: how many at the most.
            newest: if there are more, the last of them, not the first.
        """
        record, opened = self.record(process_id), self.evaluator.about(process_id)
        if opened.timetable is None:
            return []
        if newest:
            found: Iterable[TickEntry] = self.store.ticks.latest(process_id, after, limit)
        else:
            found = islice(self.store.ticks.between(process_id, after, (record.evaluated, 0)), limit)
        return [ticked(opened, record, entry, json.loads(entry.result)) for entry in found]

    def is_ticked(self, process_id: str, until_ms: int) -> bool:
        """Whether all slots and ticks of a process up to a time were evaluated."""
        entry = self.store.first_waiting(process_id)[1]
        if entry is not None and entry.place.timestamp_ms <= until_ms:
            return False
        opened = self.evaluator.about(process_id)
        return not opened.lacks_ticks(self.evaluator.standing(opened), until_ms + 1)

    def monitor(self, raw: bytes, *, wanted: bool = True) -> bool:
        """Has what the ticks of a process send delivered from now on, or no longer.

        Args:
            raw: a signed item whose target is the process; who signed it does not matter.
            wanted: whether to deliver.

        Returns:
            False when it was so before.

        Raises:
            CodecError: the bytes are no data item; SignatureInvalid: its signature is wrong.
            NodeRefused: there is no such process.
        """
        item = decode_item(raw)
        verify_item(item)
        record = self.record(encode_base64url(item.target))
        if not wanted:
            return self.store.ticks.unmonitor(record.id)
        # Who looks for something to do finds out when the first tick is due.
        due_ms = LATEST_MS if self.timetable(record.id) is None else 0
        return self.store.ticks.monitor(record.id, self._clock_ms(), due_ms)

    def evaluate_next(self, process_id: str, until_ms: int | None = None) -> list[Happened]:
        """Evaluates the next step of a process, keeps the result and delivers the outbox.

        A step is its first slot that has no result, or some of the ticks in front of that or behind the last slot.

        Args:
            process_id: the process.
            until_ms: ticks behind the last slot count up to this time; None counts them only where they are monitored.

        Returns:
            What was done; nothing when there was nothing to do, or another program was faster.
        """
        return self._rounds.next(process_id, until_ms)

    def outbox(self, process: DataItem, cause: DataItem | TickMark, result: Mapping[str, Any]) -> list[Parcel]:
        """What a process sent when it handled a message or a tick, ready for delivery."""
        sender = messenger.Sender.of(process, cause)
        return self._modules.admitted(messenger.parcels(result, sender, self._keys.messenger, self.authority))

    def module_names(self, process_id: str) -> frozenset[str]:
        """The names that `require` finds in the module that a process was born with."""
        # The machine itself brings ".ao", another name of "ao".
        return frozenset(decode_module(self._modules.get(self.record(process_id).module_id).data)) | {".ao"}

    def waiting(self) -> list[str]:
        """The processes that have something to be evaluated: slots, or due ticks if they are monitored."""
        return self._rounds.waiting()

    def settle(
        self, limit: int, cancelled: Callable[[], bool] = lambda: False, among: Sequence[str] | None = None
    ) -> Iterator[Happened]:
        """Evaluates what is waiting in any log, the due ticks of monitored processes, and what comes of it all.

        Args:
            limit: slots and ticks to evaluate at the most: two processes that answer each other never end. Of ticks a
                few more may come.
            cancelled: asked between slots.
            among: evaluate these processes only; programs that share a store can share the work like this.
        """
        return self._rounds.settle(limit, cancelled, among)

    def evaluate_some(
        self,
        process_ids: Iterable[str],
        limit: int,
        cancelled: Callable[[], bool],
        broken: dict[str, StoreError],
        asked_ms: Mapping[str, int] | None = None,
    ) -> Round:
        """Evaluates the next step of several processes and records all of them at once.

        One transaction costs as much as the evaluation of several messages, so what is ready is written together; it
        is held open for no evaluation, and what is ready does not wait long for more.

        Args:
            process_ids: in the order in which they are served; few enough for one transaction. Each is asked for when
                its turn comes.
            limit: slots at the most.
            cancelled: asked between processes.
            broken: gets the processes that could not be evaluated.
            asked_ms: for processes whose ticks somebody wants, the time up to which.
        """
        return self._rounds.some(process_ids, limit, cancelled, broken, asked_ms or {})

    def record_overdue(self) -> list[str]:
        """Records what `evaluate_some` in another thread has ready while a process there takes long.

        Returns:
            The processes that are free again.
        """
        return self._rounds.record_overdue()

    # Looks

    def with_machine(self, process_id: str, look: Callable[[Machine], Any]) -> Any:
        """What `look` finds in a process's state after its last evaluated slot. It must change nothing."""
        opened = self.evaluator.hold(process_id)
        assert opened is not None  # noqa: S101 - it waits
        try:
            return look(self.evaluator.catch_up(opened, *self.evaluator.standing(opened).position))
        finally:
            opened.lock.release()

    def look(self, process_id: str, look: Callable[[Machine], Any]) -> Any:
        """As `with_machine`, without waiting: None when the process is at work, or would take long to be replayed."""
        opened = self.evaluator.hold(process_id, 0)
        if opened is None:
            return None
        try:
            machine = self.evaluator.catch_up_soon(opened, *self.evaluator.standing(opened).position)
            return look(machine) if machine is not None else None
        finally:
            opened.lock.release()

    def verify(self, process_id: str) -> int:
        """Checks a log: signatures, order, the hash chain, and that every slot is there; gives the number of slots.

        Ticks are no part of a log. Those that were evaluated must be the ones that follow from it.

        Raises:
            NodeRefused: there is no such process.
            StoreError: something does not fit; says which slot.
        """
        record = self.record(process_id)
        known = record.slots
        count = verify_log(process_id, self.store.entries(process_id), self.scheduler)
        if count < known:
            raise StoreError(f"The log of {process_id} ends in front of slot {count}; it had {known} slots")
        timetable = self.timetable(process_id)
        if timetable is not None:
            times = [entry.place.timestamp_ms for entry in self.store.entries(process_id)]
            verify_ticks(record, times, self.store.ticks.between(process_id, (0, 0), (record.evaluated, 0)), timetable)
        return count
