"""Dry runs: what a message would do to a process, without doing it.

A machine of its own is built from the log and thrown away, so that the process that others use, here or in another
program, is never touched, and nothing is written to the store. It costs a replay of the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from aos_cli.codec.ans104 import decode_item, verify_item
from aos_cli.errors import NodeRefused
from aos_cli.machine.port import Evaluation, Machine
from aos_cli.model import DataItem
from aos_cli.units import compute, scheduler
from aos_cli.units.changes import Comparison, compare
from aos_cli.units.happened import Evaluated
from aos_cli.units.node import Node
from aos_cli.units.outcome import readable
from aos_cli.units.records import Delivery, DeliveryState, LogEntry, Parcel, Place, ProcessRecord


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
    with _apart(node, record, place.timestamp_ms) as (process, machine):
        before = machine.summary()
        result, evaluation = readable(machine.evaluate(compute.message_fields(message, place)))
        # Without a result the state would be the one before.
        comparison = Comparison((), ()) if evaluation.failed else compare(before, machine.summary())
    parcels = node.outbox(process, message, result)
    sent = {parcel.message_id: parcel.item for parcel in parcels if parcel.item is not None}
    entry = LogEntry(place.slot, message.id, raw, b"", place, *evaluation)
    return DryEvaluation(Evaluated(record, entry, message, result, tuple(_deliveries(node, parcels)), sent), comparison)


def dry_fields(
    node: Node, record: ProcessRecord, before_ms: int | None, fields: Mapping[str, Any]
) -> tuple[dict[str, Any], Evaluation]:
    """Evaluates a message that nobody signed, behind the last slot of a process as `record` knows it.

    Args:
        node: has the process.
        record: with fewer slots than the log has, the message comes behind these.
        before_ms: it comes behind the ticks that are due in front of this time; None for none behind the last slot.
        fields: the message as its process sees it.

    Returns:
        The result, decoded, and the evaluation.

    Raises:
        StoreError: a replayed slot gives another result than the one that is stored.
    """
    with _apart(node, record, before_ms) as (_, machine):
        return readable(machine.evaluate(fields))


@contextmanager
def _apart(node: Node, record: ProcessRecord, before_ms: int | None) -> Iterator[tuple[DataItem, Machine]]:
    """A process message, and a machine of its own behind its last slot and the ticks up to a time."""
    opened = node.apart(record, before_ms)
    try:
        assert opened.machine is not None  # noqa: S101 - it stands behind the last slot
        yield opened.process, opened.machine
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
