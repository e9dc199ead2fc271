"""What came of slots and of ticks, as the node hands it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aos_cli.model import DataItem, Tags
from aos_cli.units.records import Delivery, LogEntry, ProcessRecord, TickEntry


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


@dataclass(frozen=True, slots=True)
class Ticked:
    """A tick of a cron with its result.

    Attributes:
        entry: the tick as stored, or as it was just evaluated.
        owner: address that its message is from.
        tags: of its message.
        result: the result's JSON, decoded.
        deliveries: what became of the outbox; none where nobody monitors the process.
        sent: the items of the outbox by id, as far as they were made just now.
    """

    process: ProcessRecord
    entry: TickEntry
    owner: str
    tags: Tags
    result: dict[str, Any]
    deliveries: tuple[Delivery, ...]
    sent: Mapping[str, DataItem] = field(default_factory=dict)


Happened = Evaluated | Ticked
