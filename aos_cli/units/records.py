"""What the store hands out and takes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from aos_cli.model import Assignment, DataItem


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """What is known of a process without evaluating it.

    Attributes:
        id: 43 characters.
        name: value of its Name tag, or "".
        owner: address of its signer, or the id of the process that spawned it.
        module_id: the module that it runs.
        slots: length of its log.
        evaluated: slots that have a result; the first slot without one has this number.
        spawned_ms: timestamp of its first assignment.
    """

    id: str
    name: str
    owner: str
    module_id: str
    slots: int
    evaluated: int
    spawned_ms: int


class LogHead(NamedTuple):
    """The end of a process's log: what the next assignment depends on.

    Attributes:
        slots: how many there are; the next assignment has this slot.
        last_assignment_id: "" in front of the first.
        hash_chain: link of the last assignment, 32 bytes; empty in front of the first.
        timestamp_ms: of the last assignment, or of a later tick that was evaluated behind it; 0 in front of the first.
    """

    process_id: str
    slots: int
    last_assignment_id: str
    hash_chain: bytes
    timestamp_ms: int


Schedule = Callable[[LogHead, str, tuple[str, ...]], Assignment]
"""Gives a message the next slot: (head, message id, excluded fields) -> signed assignment."""


class Appended(NamedTuple):
    """Where a message stands in a log; `fresh` is False when it stood there before."""

    slot: int
    fresh: bool


class Place(NamedTuple):
    """What a message's assignment says of it; see `aos_cli.model.Assignment` for the fields."""

    process_id: str
    slot: int
    epoch: int
    timestamp_ms: int
    block_height: int
    hash_chain: str
    exclude: tuple[str, ...]


class LogEntry(NamedTuple):
    """One slot of a log as stored: the items are raw bytes, `result` is None until it was evaluated."""

    slot: int
    message_id: str
    message: bytes
    assignment: bytes
    place: Place
    result: str | None
    failed: bool
    instructions: int


class TickMark(NamedTuple):
    """Which tick of a process's crons is meant.

    Attributes:
        slot: the slot that it comes behind.
        number: 1 for the first tick behind that slot, then 2, 3, 4 ...
        cron: id of the cron.
        timestamp_ms: when it is due.
    """

    slot: int
    number: int
    cron: str
    timestamp_ms: int


class TickEntry(NamedTuple):
    """A tick that was evaluated, as stored."""

    mark: TickMark
    result: str
    failed: bool
    instructions: int
    deliveries: tuple[Delivery, ...]


class TickState(NamedTuple):
    """What is known of the ticks behind a slot.

    Attributes:
        timestamp_ms: of the slot.
        newest: the last tick behind it that was evaluated; None when there is none.
        monitored_ms: ticks that are later than this are delivered; None when nobody monitors the process.
        due_ms: when the next tick of a monitored process is due, as it was last worked out.
    """

    timestamp_ms: int
    newest: TickMark | None
    monitored_ms: int | None
    due_ms: int

    @property
    def number(self) -> int:
        """How many ticks behind the slot were evaluated."""
        return self.newest.number if self.newest else 0


class Standing(NamedTuple):
    """How far a process was evaluated.

    Attributes:
        record: the process.
        ticks: what is known of the ticks behind its last evaluated slot; None where it has no crons.
    """

    record: ProcessRecord
    ticks: TickState | None

    @property
    def position(self) -> tuple[int, int]:
        """How many slots, and how many ticks behind these."""
        return self.record.evaluated, self.ticks.number if self.ticks else 0


ParcelKind = Literal["message", "spawn", "notice", "assignment"]
DeliveryState = Literal["delivered", "kept", "duplicate", "refused", "dry"]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One entry of an outbox, ready for delivery.

    Attributes:
        position: place in the result's outbox, counted over messages, spawns and assignments in turn.
        kind: `notice` tells a parent of its child.
        item: the signed item; None when it could not be made or, for an assignment, is already in the store.
        message_id: id of what is put into logs.
        targets: ids of the processes whose logs it goes into.
        exclude: fields left out by an assignment.
        spawns: for a spawn, the process to be born.
        problem: why it cannot be delivered; "" when it can.
    """

    position: int
    kind: ParcelKind
    item: DataItem | None = None
    message_id: str = ""
    targets: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    spawns: ProcessRecord | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a slot or a tick, to be recorded.

    Attributes:
        slot: the slot, or the one that the tick comes behind.
        text: the result as JSON.
        failed: the message had no result.
        parcels: its outbox.
        tick: None for a slot.
        due_ms: for a tick, when the next one is due.
        made_ready: False for a tick whose outbox was left as it is because nobody monitored the process.
    """

    process_id: str
    slot: int
    text: str
    failed: bool
    instructions: int
    parcels: tuple[Parcel, ...] = ()
    tick: TickMark | None = None
    due_ms: int = 0
    made_ready: bool = True


class Delivery(NamedTuple):
    """What became of one parcel at one target.

    Attributes:
        state: `delivered` into the target's log at `slot`; `kept` as readable data because the target is no process
            of this store; `duplicate` of a message that the target has; `refused` for the reason in `problem`;
            `dry` when it would only be sent: such a delivery is never stored.
    """

    position: int
    kind: ParcelKind
    message_id: str
    target: str
    slot: int | None
    state: DeliveryState
    problem: str
