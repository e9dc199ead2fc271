"""A legacynet as a client: messenger, scheduler and compute unit, each at an address, and a gateway.

The network works by itself: a message that the messenger has taken is evaluated and sent on, whether anybody asks for
it or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import httpx

from aos_cli.clients.base import (
    Cancelled,
    Description,
    DryRun,
    Entry,
    FoundMessage,
    LoadedCode,
    LogPlace,
    Receipt,
    Slot,
    Ticks,
)
from aos_cli.clients.gateway import Gateway
from aos_cli.clients.legacynet_directory import Directory
from aos_cli.clients.legacynet_log import PAGE_SLOTS, Logs
from aos_cli.clients.legacynet_looks import Looks
from aos_cli.clients.legacynet_network import AOS_MODULE, Network
from aos_cli.clients.legacynet_shapes import Evaluations, Logged
from aos_cli.clients.legacynet_slots import dry_message, dry_slot
from aos_cli.clients.legacynet_ticks import TickLists
from aos_cli.clients.legacynet_units import ComputeUnit, MessengerUnit, SchedulerUnit
from aos_cli.clients.registry import KnownProcess, Registry
from aos_cli.clients.transport import DEFAULT_PATIENCE_SECONDS, Pace, Unit, open_http
from aos_cli.codec.ans104 import decode_item
from aos_cli.codec.ids import address_of, encode_base64url, is_id
from aos_cli.errors import ConfigError, NodeRefused, NodeTimeout
from aos_cli.machine.port import Inspection
from aos_cli.model import DataItem, tag_value
from aos_cli.units.records import ProcessRecord

T = TypeVar("T")

_DRY_RUN_SECONDS = 60.0

# How far back a user's own message is looked for.
_MOST_SEARCHED = 500

_FIRST_DELAY_SECONDS, _LONGEST_DELAY_SECONDS = 0.1, 5.0


class LegacynetClient:
    """A network of messenger, scheduler and compute unit.

    Args:
        network: where it is.
        registry: the processes that the user has met on networks.
        transport: in place of connections.
        pace: the clock of all waiting.

    Raises:
        ConfigError: an address is none.
    """

    embedded = False

    def __init__(
        self,
        network: Network,
        registry: Registry | None = None,
        transport: httpx.BaseTransport | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.name = network.name
        self._network = network
        self._pace = pace or Pace()
        self._identity: dict[str, str] | None = None
        self._http = open_http(transport)

        def unit(name: str, address: str, setting: str) -> Unit:
            return Unit(name, address, self._http, self._pace, setting)

        self._messenger = MessengerUnit(unit("messenger unit", network.mu_url, "--mu-url"))
        self._scheduler = SchedulerUnit(unit("scheduler unit", network.su_url, "--su-url"))
        self._compute = ComputeUnit(unit("compute unit", network.cu_url, "--cu-url"))
        self._gateway = Gateway(unit("gateway", network.gateway_url, "--gateway-url"))
        self._logs = Logs(self._scheduler, self._compute, self._gateway, self._pace)
        self._ticks = TickLists(self._scheduler, self._compute)
        self._directory = Directory(
            registry or Registry(None),
            self._scheduler,
            self._gateway,
            lambda: network.authority or self._told("authority"),
        )
        self._looks = Looks(self._compute.dry_run, self._pace)

    # Who the units are

    @property
    def authority(self) -> str:
        """The messenger's address."""
        return self._known_authority() or self._must_tell("authority")

    @property
    def scheduler(self) -> str:
        """The scheduler's address."""
        return self._network.scheduler or self._told("scheduler") or self._must_tell("address")

    def default_module(self) -> str:
        """Id of the module for processes that name none; the public network's own when the units do not say."""
        return self._network.module or self._told("module") or AOS_MODULE

    def _known_authority(self) -> str:
        return self._network.authority or self._told("authority")

    def _told(self, field: str) -> str:
        """What the scheduler's front page says, which is asked once; "" when it does not say."""
        if self._identity is None:
            self._identity = self._scheduler.identity()
        return self._identity.get(field, "")

    def _must_tell(self, field: str) -> str:
        told = self._told(field)
        if not told:
            whose = "messenger" if field == "authority" else "scheduler"
            raise ConfigError(
                f"The network {self.name} does not say the address of its {whose}", "Give it in the node's profile"
            )
        return told

    # Processes

    def find_process(self, process_id: str) -> ProcessRecord | None:
        """A process by its id; None when the scheduler has no log of it."""
        known = self._directory.find(process_id)
        return self._record(known) if known else None

    def find_named(self, name: str, owner: str) -> list[ProcessRecord]:
        """The processes of that name and owner: those that were met before, otherwise what the gateway has."""
        return self._records(self._directory.named(name, owner))

    def processes(self, owner: str = "") -> list[ProcessRecord]:
        """The processes that were met before; of an owner, all that the gateway has as well."""
        return self._records(self._directory.owned(owner) if owner else self._directory.all_met())

    def find_module(self, name: str) -> list[str]:
        """The ids of the modules of a name, newest first."""
        return [module.id for module in self._gateway.modules(name)]

    def _records(self, known: Iterable[KnownProcess]) -> list[ProcessRecord]:
        found = [record for record in map(self._record, known) if record is not None]
        return sorted(found, key=lambda record: record.spawned_ms)

    def _record(self, known: KnownProcess) -> ProcessRecord | None:
        """A process with the end of its log; None when the scheduler has no such log."""
        head = self._logs.head(known.id)
        if head is None:
            return None
        return ProcessRecord(
            known.id, known.name, known.owner, known.module_id, head.slots, head.evaluated, known.spawned_ms
        )

    def _must_find(self, process_id: str) -> ProcessRecord:
        found = self.find_process(process_id)
        if found is None:
            problem = f"There is no process {process_id} on {self.name}"
            raise NodeRefused(problem, node=self._scheduler.unit.host, operation="find")
        return found

    # In

    def spawn(self, item: bytes) -> ProcessRecord:
        """Makes a process; gives the older one when one of that name and owner was met here."""
        process = decode_item(item)
        owner, name = address_of(process.owner, process.signature_type), tag_value(process.tags, "Name")
        older = self._records(self._directory.met_by_name(name, owner)) if name else []
        if older:
            return older[0]
        self._messenger.post(process, "spawn")
        self._await(lambda: self._scheduler.latest(process.id), "spawn", process.id)
        born = self._scheduler.process(process.id)
        self._directory.meet(process.id, owner, process.tags, born.timestamp_ms if born else 0)
        return self._must_find(process.id)

    def send(self, item: bytes) -> Receipt:
        """Sends a message; it is in the log when this returns."""
        message = decode_item(item)
        process_id = _target(message)
        self._messenger.post(message, "send")
        return self._receipt(process_id, message.id, "send")

    def assign(self, process_id: str, message_id: str, exclude: Sequence[str] = ()) -> Receipt:
        """Has a message that is somewhere put into the log of a process too."""
        assignment_id = self._messenger.assign(process_id, message_id, tuple(exclude))
        return self._receipt(process_id, assignment_id, "assign")._replace(message_id=message_id)

    def monitor(self, item: bytes, *, wanted: bool = True) -> None:
        """Asks that what the crons of a process send be sent on, or no longer; the item is signed to the process."""
        message = decode_item(item)
        self._messenger.monitor(message, _target(message), wanted=wanted)

    def is_monitored(self, process_id: str) -> bool | None:
        """Not known: a messenger does not say whom it monitors."""
        return None

    def _receipt(self, process_id: str, item_id: str, operation: str) -> Receipt:
        placed = self._await(lambda: self._scheduler.place(process_id, item_id), operation, item_id)
        self._logs.grown(process_id)
        return Receipt(process_id, item_id, placed.number)

    def _await(self, look: Callable[[], T | None], operation: str, item_id: str) -> T:
        """What the scheduler will know in a moment: the messenger has it, and a copy of the log may lag behind."""
        until = self._pace.now() + DEFAULT_PATIENCE_SECONDS
        delay = _FIRST_DELAY_SECONDS
        while True:
            found = look()
            if found is not None:
                return found
            if self._pace.now() + delay > until:
                host = self._scheduler.unit.host
                problem = f"The messenger has taken {item_id}, but the scheduler at {host} does not have it"
                raise NodeTimeout(problem, "It may come late: look for it by its id", node=host, operation=operation)
            self._pace.wait(delay)
            delay = min(2 * delay, _LONGEST_DELAY_SECONDS)

    # Slots

    def slot(self, process_id: str, slot: int) -> Slot:
        """A slot with its result, waiting for the evaluation."""
        known = self._logs.recalled(process_id, slot)
        if known is not None:
            return known
        return self._logs.slot(self._must_find(process_id), self._logged(process_id, slot), DEFAULT_PATIENCE_SECONDS)

    def slots(self, process_id: str, first: int, last: int | None = None) -> list[Slot]:
        """Slots that have a result, in order."""
        record = self._must_find(process_id)
        end = record.slots - 1 if last is None else min(last, record.slots - 1)
        return self._logs.slots(record, max(first, 0), end)

    def results(self, process_id: str, after: str = "", limit: int = PAGE_SLOTS) -> Evaluations:
        """Results as the compute unit lists them, oldest first: ticks of crons are among them, failures are not.

        Args:
            process_id: whose.
            after: the cursor of the last one that is known; "" to begin with the first.
            limit: how many at the most.
        """
        return self._compute.results(process_id, after=after, limit=limit)

    def entry(self, process_id: str, slot: int) -> Entry:
        """A slot, with its result if there is one. What brought the message here is not known."""
        record = self._must_find(process_id)
        logged = self._logged(process_id, slot)
        known = self._logs.recalled(process_id, slot)
        if known is None and slot < record.evaluated:
            known = self._logs.slot(record, logged)
        return Entry(
            process=record,
            number=slot,
            message=self._logs.message(logged),
            signer=logged.signer,
            anchor=logged.anchor,
            timestamp_ms=logged.timestamp_ms,
            block_height=logged.block_height,
            hash_chain=logged.hash_chain,
            assignment_id=logged.assignment_id,
            scheduler=logged.scheduler,
            exclude=logged.exclude,
            cause=None,
            slot=known,
        )

    def _logged(self, process_id: str, slot: int) -> Logged:
        found = self._logs.logged(process_id, slot)
        if found is None:
            last = self._must_find(process_id).slots - 1
            problem = f"Process {process_id} has no slot {slot}; its last one is {last}"
            raise NodeRefused(problem, node=self._scheduler.unit.host, operation="result")
        return found

    def newest_command(self, process_id: str) -> int:
        """The newest slot whose message no process sent, among the last 500; the newest slot when there is none."""
        newest = self._must_find(process_id).slots - 1
        for last in range(newest, max(-1, newest - _MOST_SEARCHED), -PAGE_SLOTS):
            for logged in reversed(self._scheduler.page(process_id, max(0, last - PAGE_SLOTS + 1), last)):
                if not tag_value(self._logs.message(logged).tags, "From-Process"):
                    return logged.number
        return newest

    def find_messages(self, beginning: str, limit: int) -> list[FoundMessage]:
        """The message of that id.

        Raises:
            NodeRefused: it is only the beginning of one, by which a network finds nothing.
        """
        if not is_id(beginning):
            hint = "Write all 43 characters, or NAME:SLOT"
            raise NodeRefused(
                f"{self.name} finds no message by a part of its id", hint, node=self.name, operation="find"
            )
        listed = self._gateway.transaction(beginning) if limit > 0 else None
        if listed is None:
            return []
        log = listed.id if tag_value(listed.tags, "Type") == "Process" else listed.recipient
        placed = self._scheduler.place(log, listed.id) if log else None
        return [FoundMessage(self._logs.listed_message(listed), (LogPlace(log, placed.number),) if placed else ())]

    def follow(self, limit: int, cancelled: Cancelled, origin: Receipt | None = None) -> Iterable[Slot]:
        """Nothing: the network works by itself, and `slots` gives what arrives."""
        return ()

    def keep_time(self, limit: int, cancelled: Cancelled, *, following: bool = True) -> Iterable[Slot]:
        """Nothing: the messenger itself asks for the ticks of what it monitors."""
        return ()

    def ticks(self, process_id: str, mark: str | None = None) -> Ticks:
        """The ticks of a process that were evaluated since an earlier call."""
        return Ticks([], "") if mark is None else self._ticks.since(self._must_find(process_id), mark)

    def changed(self) -> bool:
        """Whether a log that was looked at has grown, or has new results."""
        return self._logs.changed()

    # Looks

    def inbox(self, process_id: str, count: int) -> tuple[int, list[dict[str, Any]]]:
        """How many messages no handler took, and the newest `count` of them, oldest first."""
        record = self._must_find(process_id)
        return self._looks.inbox(record.id, record.owner, record.slots, count)

    def known_modules(self, process_id: str) -> frozenset[str]:
        """The names that `require` finds in a process."""
        record = self._must_find(process_id)
        return self._looks.modules(record.id, record.owner, record.slots)

    def loaded_code(self, process_id: str) -> LoadedCode:
        """What loading files left in a process."""
        record = self._must_find(process_id)
        return self._looks.loaded_code(record.id, record.owner, record.slots)

    def inspect(self, process_id: str, path: Sequence[str], limit: int = 1000) -> Inspection | None:
        """Looks at a value; None when there is none, or when it is not known yet."""
        found = self.describe(process_id, path, limit)
        return found.value if found else None

    def describe(self, process_id: str, path: Sequence[str], limit: int = 1000) -> Description | None:
        """Looks at a value, and at what it takes if it is a function; None where `inspect` gives None."""
        seen = self._seen(process_id)
        return self._looks.description(process_id, *seen, path, limit) if seen else None

    def handlers(self, process_id: str) -> list[str]:
        """The names of the handlers in their order; none when they are not known yet."""
        seen = self._seen(process_id)
        return self._looks.handlers(process_id, *seen) if seen else []

    def _seen(self, process_id: str) -> tuple[str, int] | None:
        """Owner and length of the log as far as they are known: nobody waits here."""
        known, head = self._directory.met(process_id), self._logs.known_head(process_id)
        return (known.owner, head.slots) if known and head else None

    def dry_run(self, item: bytes, process_id: str) -> DryRun:
        """What a message would do. The state stays with the unit, so nothing of it is compared."""
        record = self._must_find(process_id)
        message = decode_item(item)
        raw = self._compute.dry_run(process_id, dry_message(message, process_id), _DRY_RUN_SECONDS)
        return DryRun(dry_slot(record, message, raw), (), ("_G",))

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()


def _target(item: DataItem) -> str:
    if not item.target:
        raise NodeRefused(f"Message {item.id} has no target", operation="send")
    return encode_base64url(item.target)
