"""A legacynet as a client: messenger, scheduler and compute unit, each at an address, and a gateway.

The network works by itself: what the messenger has taken is evaluated and sent on, whether anybody asks for it or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpx

from aos_cli.clients.base import (
    Acquaintance,
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
from aos_cli.clients.exchange import open_http, together
from aos_cli.clients.gateway import Gateway
from aos_cli.clients.legacynet_directory import Directory
from aos_cli.clients.legacynet_intake import Intake
from aos_cli.clients.legacynet_log import PAGE_SLOTS, Logs
from aos_cli.clients.legacynet_looks import Looks, Subject
from aos_cli.clients.legacynet_network import AOS_MODULE, Network
from aos_cli.clients.legacynet_shapes import Evaluations, Logged
from aos_cli.clients.legacynet_slots import dry_message, dry_slot
from aos_cli.clients.legacynet_sources import Sources
from aos_cli.clients.legacynet_ticks import TickLists
from aos_cli.clients.legacynet_units import ComputeUnit, MessengerUnit, SchedulerUnit
from aos_cli.clients.registry import KnownProcess, Registry
from aos_cli.clients.transport import DEFAULT_PATIENCE_SECONDS, Pace, Unit
from aos_cli.codec.ans104 import decode_item
from aos_cli.codec.ids import address_of, encode_base64url, is_id
from aos_cli.errors import ConfigError, NodeRefused
from aos_cli.model import DataItem, tag_value
from aos_cli.units.cron import Cron
from aos_cli.units.records import ProcessRecord

_DRY_RUN_SECONDS = 60.0

# How far back a user's own message is looked for.
_MOST_SEARCHED = 500

_ASKED_TOGETHER = 8


class LegacynetClient:
    """A network of messenger, scheduler and compute unit.

    Args:
        network: where it is.
        registry: the processes that the user has met on networks.
        transport, pace: in place of connections, and of the clock of all waiting.

    Attributes:
        units: messenger, scheduler, compute unit and gateway.

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
        self.name, self.options = network.name, network.options()
        self._network = network
        self._pace = pace or Pace()
        self._http = open_http(transport)

        def unit(name: str, address: str, setting: str) -> Unit:
            return Unit(name, address, self._http, self._pace, setting)

        messenger = MessengerUnit(unit("messenger unit", network.mu_url, "--mu-url"))
        scheduler = SchedulerUnit(unit("scheduler unit", network.su_url, "--su-url"))
        self._compute = ComputeUnit(unit("compute unit", network.cu_url, "--cu-url"))
        self._gateway = Gateway(unit("gateway", network.gateway_url, "--gateway-url"))
        registry, here = registry or Registry(None), scheduler.unit.address
        self._sources = Sources(
            network, scheduler, self._compute, self._gateway,
            met=lambda process_id: registry.find(here, process_id),
            open_unit=lambda url: unit("scheduler unit", url, "--su-url"),
            pace=self._pace,
        )  # fmt: skip
        self._intake = Intake(messenger, self._sources, self._pace)
        self._logs = Logs(self._sources, self._gateway, self._pace)
        self._ticks = TickLists(self._sources, self._compute)
        self._directory = Directory(registry, here, self._sources, self._gateway, self._known_authority)
        self._looks = Looks(self._compute.dry_run, self._pace)
        self.units = (messenger.unit, scheduler.unit, self._compute.unit, self._gateway.unit)

    # Who the units are

    @property
    def authority(self) -> str:
        """The messenger's address."""
        return self._known_authority() or self._must_be_given("messenger", "authority")

    @property
    def scheduler(self) -> str:
        """The scheduler's address."""
        told = self._network.scheduler or self._sources.told("scheduler") or self._sources.told("address")
        return told or self._must_be_given("scheduler", "scheduler")

    def default_module(self) -> str:
        """Id of the module for processes that name none; the public network's own when the units do not say."""
        return self._network.module or self._sources.told("module") or AOS_MODULE

    def _known_authority(self) -> str:
        return self._network.authority or self._sources.told("authority")

    def _must_be_given(self, unit: str, setting: str) -> str:
        problem = f"No unit of the network {self.name} tells the address of its {unit}"
        hint = f"Is it a network of AO? Then set `{setting}` in a profile [nodes.NAME]: who runs the network knows it"
        raise ConfigError(problem, hint)

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

    def acquaintances(self) -> list[Acquaintance]:
        """The processes that were met before, as far as they have a name."""
        return [Acquaintance(known.id, known.name, known.owner) for known in self._directory.all_met() if known.name]

    def name_of(self, process_id: str) -> str:
        """The name of a process that was met before; nobody is asked."""
        known = self._directory.met(process_id)
        return known.name if known else ""

    def find_module(self, name: str) -> list[str]:
        """The ids of the modules of a name, newest first."""
        return [module.id for module in self._gateway.modules(name)]

    def _records(self, known: Iterable[KnownProcess]) -> list[ProcessRecord]:
        # Each is asked for by itself, so they are asked for together.
        records = together(lambda one: self._record(one, watched=False), tuple(known), _ASKED_TOGETHER)
        return sorted((record for record in records if record is not None), key=lambda record: record.spawned_ms)

    def _record(self, known: KnownProcess, *, watched: bool = True) -> ProcessRecord | None:
        """A process with the end of its log; None when the scheduler has no such log.

        Args:
            known: the process.
            watched: whether `changed` is to look after it from now on.
        """
        head = self._logs.head(known.id, watched=watched)
        if head is None:
            return None
        return ProcessRecord(
            known.id, known.name, known.owner, known.module_id, head.slots, head.evaluated, known.spawned_ms
        )

    def _host(self, process_id: str) -> str:
        """Where the log of a process is asked for."""
        return self._sources.of(process_id).unit.host

    def _must_find(self, process_id: str) -> ProcessRecord:
        found = self.find_process(process_id)
        if found is None:
            problem = f"There is no process {process_id} on {self.name}"
            raise NodeRefused(problem, node=self._host(process_id), operation="find")
        return found

    # In

    def spawn(self, item: bytes) -> ProcessRecord:
        """Makes a process; gives the older one when one of that name and owner was met here."""
        process = decode_item(item)
        owner, name = address_of(process.owner, process.signature_type), tag_value(process.tags, "Name")
        older = self._records(self._directory.met_by_name(name, owner)) if name else []
        if older:
            return older[0]
        born, end = self._intake.spawn(process)
        self._directory.meet(process.id, owner, process.tags, born.timestamp_ms if born else 0)
        self._logs.ends(process.id, end)
        return self._must_find(process.id)

    def send(self, item: bytes) -> Receipt:
        """Sends a message; it is in the log when this returns."""
        message = decode_item(item)
        process_id = _target(message)
        return self._received(process_id, message.id, self._intake.send(process_id, message))

    def assign(self, process_id: str, message_id: str, exclude: Sequence[str] = ()) -> Receipt:
        """Has a message that is somewhere put into the log of a process too."""
        return self._received(process_id, message_id, self._intake.assign(process_id, message_id, tuple(exclude)))

    def _received(self, process_id: str, message_id: str, placed: Logged) -> Receipt:
        self._logs.grown(placed)
        return Receipt(process_id, message_id, placed.number)

    def placed(self, process_id: str, message_id: str) -> Receipt | None:
        """Where a message, or an assignment, stands in a log; None when it does not."""
        found = self._sources.of(process_id).place(process_id, message_id)
        return Receipt(process_id, message_id, found.number) if found else None

    def monitor(self, item: bytes, *, wanted: bool = True) -> None:
        """Asks that what the crons of a process send be sent on, or no longer; the item is signed to the process."""
        message = decode_item(item)
        self._intake.monitor(message, _target(message), wanted=wanted)

    def crons(self, process_id: str) -> Sequence[Cron] | None:
        """By what a process ticks; None when nobody has its tags."""
        return self._ticks.crons(process_id)

    def is_monitored(self, process_id: str) -> bool | None:
        """Not known: a messenger does not say whom it monitors."""
        return None

    # Slots

    def slot(self, process_id: str, slot: int) -> Slot:
        """A slot with its result, waiting for the evaluation."""
        return self._logs.recalled(process_id, slot) or self._logs.slot(
            self._must_find(process_id), self._logged(process_id, slot), DEFAULT_PATIENCE_SECONDS
        )

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
            cause_known=False,
        )

    def _logged(self, process_id: str, slot: int) -> Logged:
        found = self._logs.logged(process_id, slot)
        if found is None:
            last = self._must_find(process_id).slots - 1
            problem = f"Process {process_id} has no slot {slot}; its last one is {last}"
            raise NodeRefused(problem, node=self._host(process_id), operation="result")
        return found

    def newest_command(self, process_id: str) -> int:
        """The newest slot whose message no process sent, among the last 500; the newest slot when there is none."""
        newest = self._must_find(process_id).slots - 1
        source = self._sources.of(process_id)
        for last in range(newest, max(-1, newest - _MOST_SEARCHED), -PAGE_SLOTS):
            for logged in reversed(source.page(process_id, max(0, last - PAGE_SLOTS + 1), last)):
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
        placed = self._sources.of(log).place(log, listed.id) if log else None
        return [FoundMessage(self._gateway.message(listed), (LogPlace(log, placed.number),) if placed else ())]

    def follow(self, limit: int, cancelled: Cancelled, origin: Receipt | None = None) -> Iterable[Slot]:
        """Nothing: the network works by itself, and `slots` gives what arrives."""
        return ()

    def keep_time(self, limit: int, cancelled: Cancelled, *, following: bool = True) -> Iterable[Slot]:
        """Nothing: the messenger itself asks for the ticks of what it monitors."""
        return ()

    def ticks(self, process_id: str, mark: str | None = None, most: int | None = None) -> Ticks:
        """The ticks of a process that were evaluated since an earlier call."""
        if mark is None:
            return Ticks([], "")
        record, head = self._must_find(process_id), self._logs.known_head(process_id)
        return self._ticks.since(record, head.newest if head else "", mark, most)

    def changed(self) -> bool:
        """Whether a log that was looked at has grown, or has new results."""
        return self._logs.changed()

    # Looks

    def inbox(self, process_id: str, count: int) -> tuple[int, list[dict[str, Any]]]:
        """How many messages no handler took, and the newest `count` of them, oldest first."""
        return self._looks.inbox(self._subject(process_id), count)

    def known_inbox(self, process_id: str, count: int) -> tuple[int, list[dict[str, Any]]] | None:
        """The same as far as it is known; it is looked at in the background, seldom, when it may have changed."""
        return self._looks.known_inbox(self._known_subject(process_id), count, self._logs.are_commands)

    def inbox_size(self, process_id: str) -> int | None:
        """Not told: it would cost a dry run."""
        return None

    def known_modules(self, process_id: str) -> frozenset[str]:
        """The names that `require` finds in a process."""
        return self._looks.modules(self._subject(process_id))

    def loaded_code(self, process_id: str) -> LoadedCode:
        """What loading files left in a process."""
        return self._looks.loaded_code(self._subject(process_id))

    def describe(self, process_id: str, path: Sequence[str], limit: int = 1000) -> Description | None:
        """Looks at a value, and at what it takes if it is a function."""
        return self._looks.description(self._subject(process_id), path, limit)

    def learn(self, process_id: str) -> None:
        """Has names looked for in the background, once until the log has grown."""
        self._looks.learn(self._known_subject(process_id))

    def fields(self, process_id: str, path: Sequence[str], limit: int = 1000) -> Mapping[str, str]:
        """The named fields of a value, as they were when names were looked for."""
        return self._looks.fields(process_id, path, limit)

    def handlers(self, process_id: str) -> list[str]:
        """The names of the handlers in their order, as they were when names were looked for."""
        return self._looks.handlers(process_id)

    def _subject(self, process_id: str) -> Subject:
        record = self._must_find(process_id)
        return Subject(record.id, record.owner, record.slots)

    def _known_subject(self, process_id: str) -> Subject | None:
        """The same without asking anybody; None when it is not known, or the process is at work."""
        known, head = self._directory.met(process_id), self._logs.known_head(process_id)
        settled = known and head and head.evaluated == head.slots
        return Subject(process_id, known.owner, head.slots) if known and head and settled else None

    def dry_run(self, item: bytes, process_id: str) -> DryRun:
        """What a message would do. The state stays with the unit, so nothing of it is compared."""
        record, message = self._must_find(process_id), decode_item(item)
        raw = self._compute.dry_run(process_id, dry_message(message, process_id), _DRY_RUN_SECONDS)
        return DryRun(dry_slot(record, message, raw), (), ("_G",))

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()


def _target(item: DataItem) -> str:
    if not item.target:
        raise NodeRefused(f"Message {item.id} has no target", operation="send")
    return encode_base64url(item.target)
