"""Dry runs: what a message would do to a process, without doing it.

It happens on a copy of the process's machine, so that the process that others use, here or in another program, is never
touched, and nothing is written to the store. Where there is no copy to be had, a machine is built from the log for it
and thrown away, which costs a replay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from aos_cli.codec.ans104 import decode_item, verify_item
from aos_cli.errors import NodeRefused
from aos_cli.machine.port import Evaluation, Machine
from aos_cli.model import DataItem
from aos_cli.units import compute, scheduler
from aos_cli.units.changes import Comparison, compare
from aos_cli.units.evaluator import OpenProcess
from aos_cli.units.happened import Evaluated
from aos_cli.units.node import Node
from aos_cli.units.outcome import readable
from aos_cli.units.records import Delivery, DeliveryState, LogEntry, Parcel, Place, ProcessRecord, Standing

T = TypeVar("T")

# How long a process that is at work is waited for before its log is replayed.
_SOON_SECONDS = 2.0

# Slots and ticks without a result that are evaluated on a copy; they are read while the process is held.
_MOST_AHEAD = 1000


Tried = tuple[dict[str, Any], Evaluation, Comparison]
"""A result, decoded, as it came, and what is different behind it."""


@dataclass(frozen=True, slots=True)
class DryEvaluation:
    """A slot that is in no log, and what it would change."""

    evaluated: Evaluated
    comparison: Comparison


def dry_run(node: Node, raw: bytes, process_id: str) -> DryEvaluation:
    """Evaluates a signed message as if it were the next one of a process, and keeps nothing.

    Args:
        node: has the process.
        raw: the message.
        process_id: the process.

    Raises:
        CodecError: the bytes are no data item; SignatureInvalid: its signature is wrong.
        NodeRefused: it is no message, the process has it already, or there is no such process.
        StoreError: a replayed slot gives another result than the one that is stored.
    """
    message = decode_item(raw)
    verify_item(message)
    record = node.record(process_id)
    _check(node, message, record)
    record, place = _next_place(node, record, message.id)
    fields = compute.message_fields(message, place)

    def work(machine: Machine) -> Tried:
        before = machine.summary()
        result, evaluation = readable(machine.evaluate(fields))
        # Without a result the state would be the one before.
        return result, evaluation, Comparison((), ()) if evaluation.failed else compare(before, machine.summary())

    def work_at(opened: OpenProcess, standing: Standing) -> Callable[[Machine], Tried] | None:
        if standing.record.slots != place.slot:
            return None
        waiting = node.evaluator.waiting(opened, standing.record, place.timestamp_ms, standing.ticks)
        ahead = [opened.fields(past) for past in islice(waiting, _MOST_AHEAD + 1)]
        return partial(_behind, ahead, work) if len(ahead) <= _MOST_AHEAD else None

    found = _on_copy(node, process_id, work_at)
    result, evaluation, comparison = _apart(node, record, place.timestamp_ms, work) if found is None else found
    parcels = node.outbox(node.evaluator.about(process_id).process, message, result)
    sent = {parcel.message_id: parcel.item for parcel in parcels if parcel.item is not None}
    entry = LogEntry(place.slot, message.id, raw, b"", place, *evaluation)
    return DryEvaluation(Evaluated(record, entry, message, result, tuple(_deliveries(node, parcels)), sent), comparison)


@dataclass(frozen=True, slots=True)
class DryState:
    """A state of a process in which a message can be tried.

    Attributes:
        process_id: the process.
        slots: how many slots it has handled.
        ticked_ms: the time of the last tick that it has handled behind them; 0 when there was none.
        timestamp_ms, block_height: of the last thing that it has handled, a slot or a tick.
    """

    process_id: str
    slots: int
    ticked_ms: int
    timestamp_ms: int
    block_height: int

    @classmethod
    def behind(cls, node: Node, record: ProcessRecord, before_ms: int | None) -> DryState:
        """Behind the last slot of a process, and behind its ticks that are due in front of a time; None for none."""
        timetable = node.timetable(record.id) if before_ms is not None else None
        ticked_ms = timetable.newest_ms(before_ms) if timetable is not None and before_ms is not None else 0
        return cls._at(node, record.id, record.slots, ticked_ms)

    @classmethod
    def evaluated(cls, node: Node, standing: Standing) -> DryState:
        """Behind what of a process has a result."""
        newest = standing.ticks.newest if standing.ticks else None
        return cls._at(node, standing.record.id, standing.record.evaluated, newest.timestamp_ms if newest else 0)

    @classmethod
    def _at(cls, node: Node, process_id: str, slots: int, ticked_ms: int) -> DryState:
        [last] = node.store.entries(process_id, slots - 1, slots - 1)
        place = last.place
        # A tick of the same time comes behind the slot; what is in front of that is part of its state.
        if ticked_ms < place.timestamp_ms:
            return cls(process_id, slots, 0, place.timestamp_ms, place.block_height)
        return cls(process_id, slots, ticked_ms, ticked_ms, scheduler.block_height(ticked_ms))


class DryFields(NamedTuple):
    """What came of a message that nobody signed.

    Attributes:
        state: in which it was tried.
        result: decoded.
        evaluation: the result as it came.
    """

    state: DryState
    result: dict[str, Any]
    evaluation: Evaluation


def dry_fields(
    node: Node, record: ProcessRecord, before_ms: int | None, fields_in: Callable[[DryState], Mapping[str, Any]]
) -> DryFields:
    """Evaluates a message that nobody signed.

    Args:
        node: has the process.
        record: with fewer slots than the log has, the message comes behind these.
        before_ms: the message comes behind the ticks that are due in front of this time, or behind what has a result
            by then if that is more; None for the last slot that `record` knows, and no ticks behind it.
        fields_in: the message as the process sees it in a state.

    Raises:
        StoreError: a replayed slot gives another result than the one that is stored.
    """

    def work_in(state: DryState) -> Callable[[Machine], DryFields]:
        fields = fields_in(state)
        return lambda machine: DryFields(state, *readable(machine.evaluate(fields)))

    asked = DryState.behind(node, record, before_ms)

    def work_at(_: OpenProcess, standing: Standing) -> Callable[[Machine], DryFields] | None:
        state = DryState.evaluated(node, standing)
        return work_in(state) if (state.slots, state.ticked_ms) >= (asked.slots, asked.ticked_ms) else None

    found = _on_copy(node, record.id, work_at) if before_ms is not None else None
    return _apart(node, record, before_ms, work_in(asked)) if found is None else found


def _on_copy(
    node: Node, process_id: str, work_at: Callable[[OpenProcess, Standing], Callable[[Machine], T] | None]
) -> T | None:
    """What some work finds with a copy of a process's machine, behind its last evaluated slot and tick.

    Args:
        node: has the process.
        process_id: the process.
        work_at: gets the process, held, and how far it was evaluated; gives the work to be done there, or None.

    Returns:
        None when there is no work, when the process is busy for long, or when there is no copy.
    """
    # What it loads is needed here only.
    from aos_cli.machine.copies import Copy, CopyLost

    opened = node.evaluator.hold(process_id, _SOON_SECONDS)
    if opened is None:
        return None
    try:
        try:
            standing = node.evaluator.standing(opened)
            work = work_at(opened, standing)
            if work is None:
                return None
            copy = Copy(partial(work, node.evaluator.catch_up(opened, *standing.position)))
        finally:
            opened.lock.release()
        return copy.value()
    except CopyLost:
        return None


def _behind(ahead: Sequence[Mapping[str, Any]], work: Callable[[Machine], T], machine: Machine) -> T:
    """What some work finds when a machine has handled some messages.

    Raises:
        ValueError: one of them has no result, which leaves the state undefined.
    """
    for fields in ahead:
        if readable(machine.evaluate(fields))[1].failed:
            raise ValueError(fields)
    return work(machine)


def _apart(node: Node, record: ProcessRecord, before_ms: int | None, work: Callable[[Machine], T]) -> T:
    """What some work finds with a machine of its own."""
    opened = node.evaluator.apart(record, before_ms)
    try:
        assert opened.machine is not None  # noqa: S101 - it stands behind the last slot
        return work(opened.machine)
    finally:
        opened.discard()


def _next_place(node: Node, record: ProcessRecord, message_id: str) -> tuple[ProcessRecord, Place]:
    """What the assignment of a message would say if it came now; it gets none. The process as it is then, too."""
    head = node.store.head(record.id)
    assert head is not None  # noqa: S101 - it has a record
    made = node.schedule(head, message_id, ())
    place = Place(record.id, made.slot, made.epoch, made.timestamp_ms, made.block_height, made.hash_chain, ())
    return replace(record, slots=head.slots), place


def _check(node: Node, message: DataItem, record: ProcessRecord) -> None:
    """Refuses what would get no new slot in the log of the process."""
    if scheduler.kind_of(message) != "Message":
        problem = f"Item {message.id} is a process; only messages can be tried in a dry run"
        raise NodeRefused(problem, operation="dry run")
    slot = node.store.slot_of(record.id, message.id)
    if slot is not None:
        problem = f"Message {message.id} stands in slot {slot} of the process; sent again it would do nothing"
        raise NodeRefused(problem, operation="dry run")


def _deliveries(node: Node, parcels: Sequence[Parcel]) -> Iterator[Delivery]:
    """What would become of an outbox, a delivery for each target, as far as it can be said without delivering."""
    made = {parcel.message_id for parcel in parcels if parcel.item is not None}
    for parcel in parcels:
        problem = parcel.problem
        if not problem and parcel.message_id not in made and node.store.item(parcel.message_id) is None:
            problem = f"there is no message {parcel.message_id} here"
        for target in parcel.targets or ("",):
            at_target = problem
            if not problem and parcel.kind == "assignment" and node.store.process(target) is None:
                at_target = f"there is no process {target} here"
            state: DeliveryState = "refused" if at_target else "dry"
            yield Delivery(parcel.position, parcel.kind, parcel.message_id, target, None, state, at_target)
