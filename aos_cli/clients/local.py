"""The embedded node as a client: no network, no server, one store that several programs may have open."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aos_cli.clients.base import (
    Acquaintance,
    Cancelled,
    Description,
    DryRun,
    Entry,
    FoundMessage,
    LoadedCode,
    LogPlace,
    Message,
    Receipt,
    Sent,
    Slot,
    Ticks,
)
from aos_cli.clients.local_looks import Inbox, inbox, loaded_code
from aos_cli.clients.outbox import sent_entries
from aos_cli.clients.results import result_from_json
from aos_cli.codec.ans104 import decode_item
from aos_cli.codec.ids import address_of, encode_base64url
from aos_cli.errors import StoreError
from aos_cli.machine.port import Machine
from aos_cli.model import DataItem, Tag
from aos_cli.units.assigning import assign
from aos_cli.units.catalogue import Filter
from aos_cli.units.compute import sender_of
from aos_cli.units.consequences import consequences, ticks_and_consequences
from aos_cli.units.cron import Cron
from aos_cli.units.dry import dry_run
from aos_cli.units.happened import Evaluated, Happened, Ticked
from aos_cli.units.keys import kept_unit_keys, new_unit_keys
from aos_cli.units.log_queries import slot_named
from aos_cli.units.node import Node
from aos_cli.units.read_only import ReadOnlyStore
from aos_cli.units.records import Delivery, ProcessRecord
from aos_cli.units.store import Store
from aos_cli.units.trace import standing

# Ticks that are given out at a time.
_MOST_TICKS = 200


class LocalClient:
    """A node over a store file, or over memory.

    Args:
        store_path: the file; None for a store that ends with the program.
        keys_folder: where the units' keys are; None goes with a store in memory.
        clock_ms: milliseconds since 1970.
        read_only: only look at the store, which must be there; what would write to it raises StoreError.

    Raises:
        StoreError: the store cannot be used. WalletError: the units' keys cannot be read.
    """

    name = "local"
    options = ""
    embedded = True

    def __init__(
        self,
        store_path: Path | None,
        keys_folder: Path | None,
        clock_ms: Callable[[], int],
        *,
        read_only: bool = False,
    ) -> None:
        if store_path is not None and not read_only:
            try:
                store_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"The folder {store_path.parent} cannot be made: {error.strerror}") from error
        self._read_only = read_only
        self._store = ReadOnlyStore(store_path) if store_path is not None and read_only else Store(store_path)
        try:
            keys = new_unit_keys() if keys_folder is None else kept_unit_keys(keys_folder)
        except BaseException:
            self._store.close()
            raise
        self._node = Node(self._store, keys, clock_ms)
        self.authority = self._node.authority
        self.scheduler = self._node.scheduler

    @property
    def node(self) -> Node:
        """The units themselves, for whoever serves them; the client closes their store."""
        return self._node

    @property
    def store_path(self) -> Path | None:
        """The file of the store; None for one that ends with the program."""
        return self._store.database.path

    def default_module(self) -> str:
        """Id of the bundled module, which is put into the store if it is new."""
        return self._node.publish_module()

    def find_process(self, process_id: str) -> ProcessRecord | None:
        """A process by its id."""
        return self._store.process(process_id)

    def find_named(self, name: str, owner: str) -> list[ProcessRecord]:
        """The processes of that name and owner, oldest first."""
        return self._store.processes(name=name, owner=owner)

    def processes(self, owner: str = "") -> list[ProcessRecord]:
        """The processes of an owner, oldest first; without one, every process of the store."""
        return self._store.processes(owner=owner or None)

    def acquaintances(self) -> list[Acquaintance]:
        """The processes of the store."""
        return [Acquaintance(process.id, process.name, process.owner) for process in self._store.processes()]

    def name_of(self, process_id: str) -> str:
        """The name of a process of the store; "" for all others."""
        found = self._store.process(process_id)
        return found.name if found else ""

    def find_module(self, name: str) -> list[str]:
        """The ids of the modules of the store that have a name, newest first."""
        filters = [Filter("tag", (value,), tag) for tag, value in (("Type", "Module"), ("Name", name))]
        return [listed.item.id for listed in self._store.catalogue.search(filters, limit=_MOST_MODULES_FOUND)]

    def spawn(self, item: bytes) -> ProcessRecord:
        """Makes a process; gives the older one when another program was faster with the same name."""
        receipt = self._node.submit(item, unless_named=True)
        record = self._store.process(receipt.process_id)
        assert record is not None  # noqa: S101 - it was stored a line above
        return record

    def send(self, item: bytes) -> Receipt:
        """Sends a signed message; it is in the log, durably, when this returns."""
        receipt = self._node.submit(item)
        return Receipt(receipt.process_id, receipt.message_id, receipt.slot)

    def assign(self, process_id: str, message_id: str, exclude: Sequence[str] = ()) -> Receipt:
        """Puts a message of the store into the log of a process too; where it stands already if it is there."""
        assign(self._node, process_id, message_id, frozenset(exclude))
        placed = self.placed(process_id, message_id)
        assert placed is not None  # noqa: S101 - it was put there two lines above
        return placed

    def placed(self, process_id: str, message_id: str) -> Receipt | None:
        """Where a message stands in a log; None when it does not."""
        slot = slot_named(self._store, process_id, message_id)
        return None if slot is None else Receipt(process_id, message_id, slot)

    def slot(self, process_id: str, slot: int) -> Slot:
        """A slot with its result; evaluates up to it."""
        return self._slot(self._node.result(process_id, slot))

    def slots(self, process_id: str, first: int, last: int | None = None) -> list[Slot]:
        """Slots that have a result, in order."""
        return [self._slot(evaluated) for evaluated in self._node.evaluated(process_id, first, last)]

    def entry(self, process_id: str, slot: int) -> Entry:
        """A slot, with its result if it has one; evaluates nothing."""
        found = standing(self._node, process_id, slot)
        place, item = found.entry.place, found.message
        assignment = decode_item(found.entry.assignment)
        return Entry(
            process=found.process,
            number=slot,
            message=_message(item),
            signer=address_of(item.owner, item.signature_type),
            anchor=item.anchor.decode("utf-8", "replace"),
            timestamp_ms=place.timestamp_ms,
            block_height=place.block_height,
            hash_chain=place.hash_chain,
            assignment_id=assignment.id,
            scheduler=address_of(assignment.owner, assignment.signature_type),
            exclude=place.exclude,
            cause=LogPlace(*found.cause) if found.cause else None,
            tick=self._tick(found.tick) if found.tick else None,
            slot=self._slot(found.evaluated) if found.evaluated else None,
        )

    def newest_command(self, process_id: str) -> int:
        """The newest slot of a process whose message no process sent; its newest slot when all were sent by some."""
        newest = self._store.newest_from_outside(process_id)
        return self._node.record(process_id).slots - 1 if newest is None else newest

    def find_messages(self, beginning: str, limit: int) -> list[FoundMessage]:
        """Messages whose id begins so, at most `limit` of them."""
        items = map(self._item, self._store.ids_beginning(beginning, limit))
        return [
            FoundMessage(_message(item), tuple(LogPlace(*place) for place in self._store.slots_of(item.id)))
            for item in items
            if item is not None
        ]

    def follow(self, limit: int, cancelled: Cancelled, origin: Receipt | None = None) -> Iterator[Slot]:
        """Evaluates what `origin` set off, or all that waits in the store, until nothing is left."""
        if origin is None:
            evaluated = self._node.settle(limit, cancelled)
        else:
            evaluated = consequences(self._node, origin.process_id, origin.slot, limit, cancelled)
        yield from map(self._happened, evaluated)

    def keep_time(self, limit: int, cancelled: Cancelled, *, following: bool = True) -> Iterator[Slot]:
        """Evaluates the ticks of monitored processes that are due, and what they set off."""
        if not self._read_only:
            yield from map(self._happened, ticks_and_consequences(self._node, limit, cancelled, following=following))

    def ticks(self, process_id: str, mark: str | None = None, most: int | None = None) -> Ticks:
        """The ticks of a process that were evaluated since an earlier call."""
        if mark is None:
            newest = self._store.ticks.newest(process_id)
            return Ticks([], f"{newest.slot}.{newest.number}" if newest else "0.0")
        slot, _, number = mark.partition(".")
        after = int(slot), int(number or 0)
        # One more than is wanted says whether there are more.
        limit = _MOST_TICKS if most is None else most + 1
        found = self._node.ticked(process_id, after, limit, newest=most is not None)
        if found:
            newest = found[-1].entry.mark
            mark = f"{newest.slot}.{newest.number}"
        return Ticks(list(map(self._tick, found)), mark).newest(most)

    def monitor(self, item: bytes, *, wanted: bool = True) -> None:
        """Has what the crons of a process send delivered, or no longer; the item is signed to the process."""
        self._node.monitor(item, wanted=wanted)

    def crons(self, process_id: str) -> Sequence[Cron]:
        """By what a process ticks."""
        timetable = self._node.timetable(process_id)
        return timetable.crons if timetable else ()

    def is_monitored(self, process_id: str) -> bool:
        """Whether what the crons of a process send is delivered."""
        return self._store.ticks.is_monitored(process_id)

    def inbox(self, process_id: str, count: int) -> tuple[int, list[dict[str, Any]]]:
        """How many messages no handler took, and the newest `count` of them, oldest first."""
        found: Inbox = self._node.with_machine(process_id, functools.partial(inbox, count=count))
        return found

    def known_inbox(self, process_id: str, count: int) -> tuple[int, list[dict[str, Any]]] | None:
        """The same; None when it would have to wait."""

        def look(machine: Machine) -> Inbox | None:
            # A process that was never evaluated has none.
            return inbox(machine, count) if machine.inspect(["Inbox"], 0) else None

        found: Inbox | None = self._node.look(process_id, look)
        return found

    def inbox_size(self, process_id: str) -> int:
        """How many messages no handler took."""
        return self.inbox(process_id, 0)[0]

    def dry_run(self, item: bytes, process_id: str) -> DryRun:
        """Evaluates a message as if it were the next one of the process, and keeps nothing."""
        found = dry_run(self._node, item, process_id)
        return DryRun(self._slot(found.evaluated), found.comparison.changes, found.comparison.uncompared)

    def learn(self, process_id: str) -> None:
        """Nothing: `fields` and `handlers` look at the process itself."""

    def fields(self, process_id: str, path: Sequence[str], limit: int = 1000) -> Mapping[str, str]:
        """Some named fields of a value with their Lua types; none when it would have to wait."""
        found = self.describe(process_id, path, limit)
        return found.value.fields if found else {}

    def describe(self, process_id: str, path: Sequence[str], limit: int = 1000) -> Description | None:
        """Looks at a value, and at what it takes if it is a function; None when it would have to wait."""

        def look(machine: Machine) -> Description | None:
            value = machine.inspect(path, limit)
            return None if value is None else Description(value, machine.signature(path))

        found: Description | None = self._node.look(process_id, look)
        return found

    def handlers(self, process_id: str) -> list[str]:
        """The names of the handlers in the order in which they are asked; none when it would have to wait."""
        found: list[str] | None = self._node.look(process_id, lambda machine: machine.handlers())
        return found or []

    def known_modules(self, process_id: str) -> frozenset[str]:
        """The names that `require` finds in a process: its module's, and those that were loaded into it."""

        def look(machine: Machine) -> frozenset[str]:
            loaded = machine.inspect(["package", "loaded"], 10_000)
            return frozenset(loaded.fields if loaded else ())

        found: frozenset[str] = self._node.with_machine(process_id, look)
        return found | self._node.module_names(process_id)

    def loaded_code(self, process_id: str) -> LoadedCode:
        """What loading files left in a process, after its last evaluated slot."""
        found: LoadedCode = self._node.with_machine(process_id, loaded_code)
        return found

    def changed(self) -> bool:
        """Whether the store was written to since the last call, by this program or another."""
        return self._store.changed()

    def close(self) -> None:
        """Closes the store."""
        self._store.close()

    def _happened(self, happened: Happened) -> Slot:
        return self._slot(happened) if isinstance(happened, Evaluated) else self._tick(happened)

    def _tick(self, ticked: Ticked) -> Slot:
        mark = ticked.entry.mark
        return Slot(
            process=ticked.process,
            number=mark.slot,
            message=Message("", ticked.owner, ticked.process.id, ticked.tags, ""),
            timestamp_ms=mark.timestamp_ms,
            result=result_from_json(ticked.result),
            sent=self._sent_by_tick(ticked),
            instructions=ticked.entry.instructions,
            raw=ticked.result,
            cron=mark.cron,
        )

    def _sent_by_tick(self, ticked: Ticked) -> tuple[Sent, ...]:
        if ticked.deliveries:
            return tuple(self._sent(ticked, delivery) for delivery in ticked.deliveries)
        # Nobody monitored the process: it went nowhere.
        return tuple(sent_entries(ticked.process.id, ticked.result, "dry"))

    def _slot(self, evaluated: Evaluated) -> Slot:
        return Slot(
            process=evaluated.process,
            number=evaluated.entry.slot,
            message=_message(evaluated.message),
            timestamp_ms=evaluated.entry.place.timestamp_ms,
            result=result_from_json(evaluated.result),
            sent=tuple(self._sent(evaluated, delivery) for delivery in evaluated.deliveries),
            instructions=evaluated.entry.instructions,
            raw=evaluated.result,
        )

    def _sent(self, evaluated: Happened, delivery: Delivery) -> Sent:
        item = evaluated.sent.get(delivery.message_id) or self._item(delivery.message_id)
        if item is not None:
            message = _message(item)
        else:
            message = _unsent(evaluated, delivery)
        if delivery.kind == "assignment":
            # The message keeps its own target; it was put into the log of this one.
            message = replace(message, target=delivery.target)
        return Sent(delivery.kind, message, delivery.state, delivery.slot, delivery.problem)

    def _item(self, item_id: str) -> DataItem | None:
        raw = self._store.item(item_id) if item_id else None
        return None if raw is None else decode_item(raw)


_MOST_MODULES_FOUND = 100


def _message(item: DataItem) -> Message:
    target = encode_base64url(item.target) if item.target else ""
    return Message(item.id, sender_of(item), target, item.tags, item.data.decode("utf-8", "replace"))


def _unsent(evaluated: Happened, delivery: Delivery) -> Message:
    """An entry that could not be made into an item, as the process wrote it."""
    outbox = (evaluated.result.get(field) for field in ("Messages", "Spawns", "Assignments"))
    entries = [entry for part in outbox if isinstance(part, list) for entry in part]
    entry = entries[delivery.position] if delivery.position < len(entries) else None
    if not isinstance(entry, dict):
        entry = {}
    listed = entry.get("Tags")
    tags = tuple(
        Tag(str(tag.get("name")), str(tag.get("value")))
        for tag in (listed if isinstance(listed, list) else ())
        if isinstance(tag, dict)
    )
    return Message("", evaluated.process.id, delivery.target, tags, str(entry.get("Data") or ""))
