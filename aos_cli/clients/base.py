"""What the shell asks of a node, whichever kind it is, and the nouns of its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, Protocol

from aos_cli.machine.port import Inspection, Signature
from aos_cli.model import Result, Tags, tag_value
from aos_cli.units.changes import Change
from aos_cli.units.cron import Cron
from aos_cli.units.records import DeliveryState, ParcelKind, ProcessRecord

Cancelled = Callable[[], bool]


SentState = DeliveryState | Literal["sent"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message in a process's log, or in its outbox.

    Attributes:
        id: "" when it was never made into an item.
        sender: the process or wallet that it is from.
        target: whom it is for; "" for nobody.
        tags: as they travel.
        data: the content; bytes that are not UTF-8 are replaced.
    """

    id: str
    sender: str
    target: str
    tags: Tags
    data: str

    @property
    def action(self) -> str:
        """Value of the Action tag, or ""."""
        return tag_value(self.tags, "Action")


@dataclass(frozen=True, slots=True)
class Sent:
    """An entry of an outbox, and what became of it.

    Attributes:
        kind: message, spawn, notice (of a birth to the parent) or assignment.
        message: what was sent.
        state: delivered, kept (nobody here has that id), duplicate or refused; dry when it would be sent; sent when a
            network has it, and what became of it is not known.
        slot: in the target's log, when it was delivered.
        problem: why it was refused.
    """

    kind: ParcelKind
    message: Message
    state: SentState
    slot: int | None
    problem: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot of a process's log with its result; or a tick of a cron, which stands in no log, with its own.

    Attributes:
        process: whose log.
        number: the slot; for a tick, the slot that it comes behind.
        message: what the process was given.
        timestamp_ms: by the scheduler's clock.
        result: the process's answer.
        sent: what it sent.
        instructions: Lua instructions that it took, in steps of a thousand.
        raw: the result as the node has it, JSON decoded.
        cron: for a tick, id of its cron: number among those of the process and interval, such as `0-10-seconds`; ""
            for a slot.
        left_out: whether ticks came in front of this one that were left out because there are so many.
    """

    process: ProcessRecord
    number: int
    message: Message
    timestamp_ms: int
    result: Result
    sent: tuple[Sent, ...]
    instructions: int
    raw: Mapping[str, Any]
    cron: str = ""
    left_out: bool = False

    @property
    def place(self) -> tuple[int, bool, int]:
        """Where it stands among the slots and ticks of the process, to put them into order."""
        return self.number, bool(self.cron), self.timestamp_ms


class Ticks(NamedTuple):
    """Ticks that were evaluated.

    Attributes:
        found: in their order.
        mark: to be given to the next call, which goes on behind these.
    """

    found: list[Slot]
    mark: str

    def newest(self, most: int | None) -> Ticks:
        """The same with the newest so many ticks; None for all."""
        if most is None or len(self.found) <= most:
            return self
        kept = self.found[-most:]
        return self._replace(found=[replace(kept[0], left_out=True), *kept[1:]])


class LogPlace(NamedTuple):
    """A slot of a log, by its number."""

    process_id: str
    slot: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A slot as it stands in a log, whether it was evaluated or not.

    Attributes:
        process: whose log.
        number: the slot.
        message: what has the slot.
        signer: address of the key that signed the message.
        anchor: the message's, as text; "" when it has none.
        timestamp_ms: by the scheduler's clock.
        block_height: of the chain, as the scheduler saw it.
        hash_chain: link of the log's chain, 32 bytes as base64url.
        assignment_id: the signed assignment of the slot.
        scheduler: address that signed it.
        exclude: names of fields that the process does not see.
        cause: the slot whose outbox brought the message here; None when it came from outside, when a tick brought it,
            or when nobody says.
        slot: the slot with its result; None while it waits to be evaluated.
        cause_known: whether the node knows what brings messages.
        tick: the tick whose outbox brought the message here.
    """

    process: ProcessRecord
    number: int
    message: Message
    signer: str
    anchor: str
    timestamp_ms: int
    block_height: int
    hash_chain: str
    assignment_id: str
    scheduler: str
    exclude: tuple[str, ...]
    cause: LogPlace | None
    slot: Slot | None
    cause_known: bool = True
    tick: Slot | None = None


class FoundMessage(NamedTuple):
    """A message that a node keeps, and where it stands; nowhere when nobody of its target's id is here."""

    message: Message
    places: tuple[LogPlace, ...]


class Receipt(NamedTuple):
    """A message that is in the log."""

    process_id: str
    message_id: str
    slot: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a message would do. Nothing of it was kept.

    Attributes:
        slot: the slot that it would have, with its result; entries of its outbox are `dry`, or `refused`.
        changes: what would be different in the process's globals afterwards.
        uncompared: tables that were too large to be compared, or lay too deep.
    """

    slot: Slot
    changes: tuple[Change, ...]
    uncompared: tuple[str, ...]


class Description(NamedTuple):
    """What is known of a value of a process.

    Attributes:
        value: its type, text and fields.
        signature: what it takes, if it is a function.
    """

    value: Inspection
    signature: Signature | None


class HandlerChanges(NamedTuple):
    """What a load of Lua files did to the handlers of a process, by their names."""

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class LoadedCode(NamedTuple):
    """What the loading of Lua files left in a process.

    Attributes:
        digests: of the modules that the process has from files and that are as they were loaded, by require name.
        loads: how many loads ran to their end, as the process counts them.
        handlers: what the newest of them changed.
    """

    digests: Mapping[str, str]
    loads: str
    handlers: HandlerChanges


class Acquaintance(NamedTuple):
    """A process that is known by its name."""

    id: str
    name: str
    owner: str


class NodeClient(Protocol):
    """A node, as the shell sees it. Every call may raise NodeError or StoreError."""

    name: str
    options: str
    """What a command line says to reach it; "" for the node that it reaches without a word."""
    embedded: bool
    """Whether the node is inside this program: nothing costs anything there, and nobody else is troubled."""

    @property
    def authority(self) -> str:
        """The address of the messenger, which new processes trust."""

    @property
    def scheduler(self) -> str:
        """The address of the scheduler of new processes."""

    def default_module(self) -> str:
        """Id of the module for processes that name none."""

    def find_process(self, process_id: str) -> ProcessRecord | None:
        """A process by its id."""

    def find_named(self, name: str, owner: str) -> list[ProcessRecord]:
        """The processes of that name and owner, oldest first."""

    def processes(self, owner: str = "") -> list[ProcessRecord]:
        """The processes of an owner, oldest first; without one, those of everybody that the client knows of."""

    def acquaintances(self) -> list[Acquaintance]:
        """Processes whose names are known without asking anybody; cheap."""

    def name_of(self, process_id: str) -> str:
        """The name of a process, "" when it has none or when somebody would have to be asked; cheap."""

    def find_module(self, name: str) -> list[str]:
        """The ids of the modules of a name, newest first."""

    def spawn(self, item: bytes) -> ProcessRecord:
        """Makes a process of a signed item; gives the older one when the owner has one of that name."""

    def send(self, item: bytes) -> Receipt:
        """Sends a signed message."""

    def assign(self, process_id: str, message_id: str, exclude: Sequence[str] = ()) -> Receipt:
        """Puts a message that is there already into the log of a process too, without the fields of `exclude`."""

    def placed(self, process_id: str, message_id: str) -> Receipt | None:
        """Where a message stands in the log of a process; None when it does not."""

    def slot(self, process_id: str, slot: int) -> Slot:
        """A slot with its result, waiting for the evaluation if need be."""

    def slots(self, process_id: str, first: int, last: int | None = None) -> list[Slot]:
        """Slots that have a result, in order."""

    def entry(self, process_id: str, slot: int) -> Entry:
        """A slot, with its result if it has one; evaluates nothing."""

    def newest_command(self, process_id: str) -> int:
        """The newest slot of a process whose message no process sent; its newest slot when all were sent by some."""

    def find_messages(self, beginning: str, limit: int) -> list[FoundMessage]:
        """Messages whose id begins so, at most `limit` of them."""

    def follow(self, limit: int, cancelled: Cancelled, origin: Receipt | None = None) -> Iterable[Slot]:
        """What the slot of `origin` set off, in any log; without one, everything that waits on the node.

        A node that works by itself gives nothing here. At most `limit` slots are evaluated.
        """

    def keep_time(self, limit: int, cancelled: Cancelled, *, following: bool = True) -> Iterable[Slot]:
        """The ticks of monitored processes that are due now, and what they set off.

        A node that works by itself gives nothing here. Without `following`, what ticks set off is left in the logs.
        """

    def ticks(self, process_id: str, mark: str | None = None, most: int | None = None) -> Ticks:
        """The ticks of a process that were evaluated since the call that gave `mark`; evaluates nothing.

        Args:
            process_id: whose.
            mark: None gives no ticks, only a mark that stands behind those there are; the number of a slot gives those
                behind that slot and later ones, and may give earlier ones too.
            most: gives the newest so many where there are more; None gives them from the oldest on, some at a time.
        """

    def monitor(self, item: bytes, *, wanted: bool = True) -> None:
        """Has what the crons of a process send delivered from now on, or no longer; that it was so before is no error.

        Args:
            item: signed, with the process as its target.
            wanted: whether to deliver.
        """

    def crons(self, process_id: str) -> Sequence[Cron] | None:
        """By what a process ticks; nothing where it does not, None where the node does not say."""

    def is_monitored(self, process_id: str) -> bool | None:
        """Whether what the crons of a process send is delivered; None where the node does not say."""

    def inbox(self, process_id: str, count: int) -> tuple[int, list[dict[str, Any]]]:
        """How many messages no handler took, and the newest of them, oldest first."""

    def known_inbox(self, process_id: str, count: int) -> tuple[int, list[dict[str, Any]]] | None:
        """The same for who only counts: nobody waits, and what costs a network something is done seldom.

        Returns:
            None when it is not known, or not yet: asked again after a moment, it may be; a network may give fewer
            messages than `count`.
        """

    def inbox_size(self, process_id: str) -> int | None:
        """How many messages no handler took; None where to know that costs something."""

    def dry_run(self, item: bytes, process_id: str) -> DryRun:
        """Evaluates a signed message as if it were the next one of the process, and keeps nothing.

        Slots that wait for their result count as evaluated; they keep on waiting.
        """

    def describe(self, process_id: str, path: Sequence[str], limit: int = 1000) -> Description | None:
        """Looks at a value of a process, and at what it takes if it is a function; changes and evaluates nothing.

        Returns:
            None when there is no such value, or when a process of this node is at work or would have to be replayed
            first; asked again after a moment, it may answer. A network is waited for.
        """

    def learn(self, process_id: str) -> None:
        """Says that a user wants to know what can be named: a network, which answers `fields` and `handlers` from what
        was seen before, looks once for what the process has now. Nobody waits."""

    def fields(self, process_id: str, path: Sequence[str], limit: int = 1000) -> Mapping[str, str]:
        """Some named fields of a value with their Lua types, the globals for an empty path, for who types: nothing is
        evaluated, nobody waits, and nothing is given where that is not known."""

    def handlers(self, process_id: str) -> list[str]:
        """The names of a process's handlers in the order in which they are asked, as `fields` gives what it knows."""

    def known_modules(self, process_id: str) -> frozenset[str]:
        """The names that `require` finds in a process."""

    def loaded_code(self, process_id: str) -> LoadedCode:
        """What loading files left in a process, after its last evaluated slot."""

    def changed(self) -> bool:
        """Whether something may have happened on the node since the last call; cheap."""

    def close(self) -> None:
        """Gives back what the client holds."""
