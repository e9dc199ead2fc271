"""One open process: what a user does with it. Knows no terminal."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from aos_cli import __version__
from aos_cli.clients.base import DryRun, NodeClient, Receipt, Slot
from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.codec.ids import address_of, is_id
from aos_cli.errors import NodeError, NodeRefused, UsageError
from aos_cli.mailbox import MOST_COUNTED, InboxMessage, Mailbox, Tally
from aos_cli.model import DataItem, Tag
from aos_cli.read_marks import Identity, ReadMarks
from aos_cli.units.records import ProcessRecord

_MESSAGE_TAGS = (Tag("Data-Protocol", "ao"), Tag("Variant", "ao.TN.1"), Tag("Type", "Message"))

_EVAL = Tag("Action", "Eval")

# Tags that a spawn sets itself; a user's tag of that name would make two.
_RESERVED = frozenset({"Data-Protocol", "Variant", "Type", "Name", "Module", "Scheduler", "App-Name", "aos-Version"})

# Slots that are read at a time: enough for most looks back, and few to decode for the prompt.
_PAGE = 20

# How often a slot may be seen waiting before it is evaluated here: usually another program is at it.
_PATIENCE = 2

_LOOK_SECONDS = 0.05
_MOST_AT_ONCE = MOST_COUNTED


def birth_tags(
    client: NodeClient, name: str, *, module: str = "", scheduler: str = "", tags: Sequence[Tag] = ()
) -> list[Tag]:
    """The tags of a process that is to be spawned. What speaks against it is said here, before anything is made.

    Args:
        client: the node.
        name: what it is called.
        module: id of its module; "" for the node's own.
        scheduler: address of its scheduler; "" for the node's own.
        tags: of the user; they stand in front of ours.

    Raises:
        UsageError: a tag of the user's that the spawn sets itself.
        NodeError, ConfigError: the node does not say what a process has to name.
    """
    for tag in tags:
        if tag.name in _RESERVED:
            raise UsageError(f"--tag {tag.name} is set by aos itself", "Leave it out" + _option_for(tag.name))
    authorities = () if any(tag.name == "Authority" for tag in tags) else (Tag("Authority", client.authority),)
    return [
        Tag("App-Name", "aos"),
        Tag("Name", name),
        *tags,
        *authorities,
        Tag("aos-Version", __version__),
        Tag("Data-Protocol", "ao"),
        Tag("Variant", "ao.TN.1"),
        Tag("Type", "Process"),
        Tag("Module", module or client.default_module()),
        Tag("Scheduler", scheduler or client.scheduler),
    ]


def spawn_tagged(client: NodeClient, signer: Signer, tags: Sequence[Tag], data: bytes = b"") -> ProcessRecord:
    """A new process of the signer's with the tags of `birth_tags`, or the older one of that name.

    Raises:
        NodeError: the node refused.
    """
    return client.spawn(build_item(signer, anchor=_unique_anchor(), tags=tags, data=data or b" ").raw)


def spawn_process(
    client: NodeClient, signer: Signer, name: str, *, module: str = "", tags: Sequence[Tag] = ()
) -> ProcessRecord:
    """A new process of the signer's, or the older one of that name; see `birth_tags` and `spawn_tagged`."""
    return spawn_tagged(client, signer, birth_tags(client, name, module=module, tags=tags))


def _option_for(tag: str) -> str:
    options = {"Module": "use --module", "Scheduler": "use --scheduler", "Name": "give the name as the argument"}
    return f" and {options[tag]}" if tag in options else ""


def listed_processes(client: NodeClient, owner: str) -> list[ProcessRecord]:
    """The processes to list for somebody: all that there are on a node of his own, his own on a network."""
    return client.processes("" if client.embedded else owner)


def find_processes(client: NodeClient, owner: str, name_or_id: str) -> list[ProcessRecord]:
    """The process of an id, or those of an owner that have a name, oldest first; "" owns none."""
    if is_id(name_or_id):
        found = client.find_process(name_or_id)
        return [found] if found else []
    return client.find_named(name_or_id, owner) if owner else []


def find_anybodys(client: NodeClient, owner: str, name_or_id: str) -> ProcessRecord | None:
    """A process by its id, or by its name: one of an owner's, otherwise somebody else's that is known by that name.

    Raises:
        NodeRefused: several processes have that name.
    """
    found = find_processes(client, owner, name_or_id)
    named = [] if found else [one.id for one in client.acquaintances() if one.name == name_or_id]
    others = [record for record in map(client.find_process, named) if record is not None]
    return the_only(found or others, name_or_id)


def check_ticking(client: NodeClient, process_id: str) -> None:
    """Refuses to monitor a process that has no crons. Where that is not known, it is left to the node.

    Raises:
        UsageError: it has none.
    """
    crons = client.crons(process_id)
    if crons is not None and not crons:
        hint = "`aos NAME --cron 10-minutes` makes a process that does"
        raise UsageError("This process does not tick: it was spawned without a cron", hint)


def the_only(found: Sequence[ProcessRecord], name: str) -> ProcessRecord | None:
    """The process that was found by a name; None when none was.

    Raises:
        NodeRefused: several were.
    """
    if len(found) > 1:
        ids = ", ".join(record.id for record in found)
        raise NodeRefused(f"{len(found)} processes are called {name}: {ids}", "Name one by its id")
    return found[0] if found else None


def fetching(client: NodeClient, process_id: str, message_id: str) -> str:
    """The command that prints the result of a message that was sent."""
    if client.embedded:
        return f"aos result {message_id}"
    # A gateway may learn of a message late, so the process is named, too.
    return f"aos {client.options} result --process {process_id} {message_id}"


def _unique_anchor() -> bytes:
    """32 characters that make an item unlike all others: some keys sign the same words in the same way every time."""
    return secrets.token_hex(16).encode()


class ProcessView:
    """A process as somebody looks at it, and how far its log has been shown. Nothing here is signed or sent.

    Args:
        client: the node.
        process: the process.

    Attributes:
        shown: the first slot of the process that has not been shown yet.
        most_ticks: how many ticks are given out at a time, the newest ones; None gives out all.
        mailbox: its inbox; what is read is forgotten with the program unless other marks are put there.
    """

    def __init__(self, client: NodeClient, process: ProcessRecord) -> None:
        self.client = client
        self.process = process
        self.shown = process.evaluated
        self.mailbox = Mailbox(client, process.id, ReadMarks(None))
        # Held while slots are taken out to be shown, so that the feed and a command never show one twice.
        self._showing = threading.Lock()
        self._left_out: set[int] = set()
        self._looks = 0
        self.most_ticks: int | None = None
        self._tick_mark = client.ticks(process.id).mark
        # Those that were read before the slot in front of them was shown.
        self._ticks: list[Slot] = []
        self._ticks_since = 0

    def slot(self, number: int) -> Slot:
        """A slot of the process with its result, waiting for it if need be."""
        return self.client.slot(self.process.id, number)

    def begin_with(self, slot: int) -> None:
        """Has everything shown from a slot on."""
        with self._showing:
            self.shown = self._ticks_since = slot
            self._tick_mark = str(slot)
            self._ticks = []

    def unshown(self, before: int | None = None) -> list[Slot]:
        """Slots and ticks that have not been given out here yet, in order; they count as shown from now on.

        Those have a result. Slots of `leave_out` and `skip` are not among them.

        Args:
            before: leave out this slot and later ones.
        """
        with self._showing:
            last = None if before is None else before - 1
            slots = self.client.slots(self.process.id, self.shown, last)
            if slots:
                self.shown = slots[-1].number + 1
            found, self._tick_mark = self.client.ticks(self.process.id, self._tick_mark, self.most_ticks)
            ticks = [*self._ticks, *(tick for tick in found if tick.number >= self._ticks_since)]
            self._ticks = [tick for tick in ticks if tick.number >= self.shown]
            ready = [tick for tick in ticks if tick.number < self.shown]
            wanted = (slot for slot in slots if slot.number not in self._left_out)
            return sorted((*wanted, *ready), key=lambda slot: slot.place)

    def skip(self, number: int) -> None:
        """Says that a slot was shown elsewhere, so that `unshown` does not give it out."""
        with self._showing:
            self._left_out.add(number)

    def leave_out(self, send: Callable[[], Receipt]) -> Receipt:
        """Sends a message whose slot the caller shows himself, so that `unshown` does not give it out."""
        with self._showing:
            receipt = send()
            self._left_out.add(receipt.slot)
            return receipt

    def pending(self) -> bool:
        """Whether the process has slots without a result."""
        record = self.client.find_process(self.process.id)
        return record is not None and record.evaluated < record.slots

    def evaluate_pending(self) -> None:
        """Evaluates the slots that the process has now; what comes of them in other logs waits there."""
        record = self.client.find_process(self.process.id)
        if record is not None and record.evaluated < record.slots:
            self.client.slot(self.process.id, record.slots - 1)

    @property
    def waits(self) -> bool:
        """Whether the last call of `overdue` saw slots waiting, and wants to be called again."""
        return self._looks > 0

    def overdue(self) -> bool:
        """Whether slots have waited for several of these calls in a row: nobody else seems to evaluate them."""
        if not self.pending():
            self._looks = 0
            return False
        self._looks = (self._looks + 1) % (_PATIENCE + 1)
        return self._looks == 0

    def new_slots(self) -> Iterator[list[Slot]]:
        """New slots as they get their results, without end; an empty list now and then when there is none.

        Slots that nobody evaluates are evaluated here, after a moment, and so are the ticks that are due on the node.
        """
        fresh = True
        while True:
            fresh = self.client.changed() or fresh
            slots = self.unshown(before=self.shown + _MOST_AT_ONCE)
            yield slots
            if slots:
                continue
            if (fresh or self.waits) and self.overdue():
                self.evaluate_pending()
            elif not any(True for _ in self.client.keep_time(_MOST_AT_ONCE, lambda: False)):
                time.sleep(_LOOK_SECONDS)
            fresh = False

    def landing(self, after: int | None = None) -> Iterator[InboxMessage | None]:
        """Messages as they land in the inbox, without end; None now and then when there is none.

        Args:
            after: begin with those of later slots that lie there already; None begins with what lands from now on.
        """
        first = self.shown if after is None else after + 1
        known: set[Identity] = set()
        for message in self.mailbox.newest(MOST_COUNTED)[1]:
            known.add(message.identity)
            if after is not None and isinstance(message.identity, int) and message.identity >= first:
                yield message
        for slots in self.new_slots():
            if slots:
                for message in self.mailbox.newest(MOST_COUNTED)[1]:
                    slot = message.identity
                    if slot not in known and not (isinstance(slot, int) and slot < first):
                        yield message
                    known.add(slot)
            yield None

    def prompt(self) -> str:
        """The prompt that the process gave with its newest result that has one."""
        # A failing message has no prompt; the one before it has.
        return next((slot.result.prompt for slot in self.backwards() if slot.result.prompt), "> ")

    def backwards(self) -> Iterator[Slot]:
        """The slots that have a result, from the newest to the first; read a few at a time."""
        record = self.client.find_process(self.process.id)
        end = record.evaluated if record else 0
        while end > 0:
            first = max(0, end - _PAGE)
            yield from reversed(self.client.slots(self.process.id, first, end - 1))
            end = first

    def tally(self) -> Tally | None:
        """How many messages the inbox has, and how many of them the user has not read; see `Mailbox.tally`."""
        return self.mailbox.tally()


class Session(ProcessView):
    """A process, and a wallet that speaks to it.

    Args:
        client: the node.
        signer: who signs.
        process: the process.

    Attributes:
        address: of the wallet that speaks.
        handed_over: id of the newest message that was signed and handed to the node; "" before the first.
    """

    def __init__(self, client: NodeClient, signer: Signer, process: ProcessRecord) -> None:
        super().__init__(client, process)
        self.handed_over = ""
        self.as_wallet(signer)

    def as_wallet(self, signer: Signer) -> None:
        """Lets another wallet speak from now on; `address` and `is_owner` are its own."""
        self.address = address_of(signer.owner, signer.signature_type)
        self._signer = signer

    @property
    def is_owner(self) -> bool:
        """Whether the process was spawned by this wallet. Its Lua `Owner` may have changed since."""
        return self.process.owner == self.address

    def not_a_command(self) -> str:
        """What is said behind the name of a process of somebody else's where Lua goes there."""
        return f"owned by {self.process.owner}: what you type arrives as a message, not as a command"

    def send(self, data: str | bytes, tags: Sequence[Tag], done: Callable[[str], None] = lambda step: None) -> Receipt:
        """Sends a message to the process.

        Args:
            data: the content.
            tags: of the user; those of every message come behind them.
            done: told when the message is signed (`sign`), and when it is in the log (`send`).
        """
        message = self._message(data, tags)
        done("sign")
        self.handed_over = message.id
        receipt = self.client.send(message.raw)
        done("send")
        return receipt

    def outcome(self, receipt: Receipt) -> Slot:
        """The slot of a message that was sent, waiting for its result.

        Raises:
            NodeError: a network cannot give it; the hint says that the message is there and how to fetch the result.
        """
        try:
            return self.slot(receipt.slot)
        except NodeError as error:
            if not self.client.embedded:
                command = fetching(self.client, receipt.process_id, receipt.message_id)
                there = f"The message is in the log all the same: `{command}` fetches its result"
                error.hint = f"{error.hint.rstrip('.')}. {there}" if error.hint else there
            raise

    def _message(self, data: str | bytes, tags: Sequence[Tag]) -> DataItem:
        """A signed message to the process, unlike all others."""
        content = data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
        return build_item(
            self._signer,
            target=self.process.id,
            anchor=_unique_anchor(),
            tags=(*tags, *_MESSAGE_TAGS),
            data=content,
        )

    def monitor(self, *, wanted: bool = True) -> None:
        """Has what the crons of the process send delivered from now on, or no longer.

        Raises:
            UsageError: it has none; see `check_ticking`.
        """
        if wanted:
            check_ticking(self.client, self.process.id)
        item = build_item(self._signer, target=self.process.id, anchor=_unique_anchor(), data=b" ")
        self.client.monitor(item.raw, wanted=wanted)

    def eval(self, code: str | bytes, done: Callable[[str], None] = lambda step: None) -> Receipt:
        """Sends Lua text to be evaluated; `slot` gives the result. `done` is told of the steps, as by `send`."""
        return self.send(code, (_EVAL,), done)

    def dry_run(self, code: str | bytes) -> DryRun:
        """What Lua text would do if it were evaluated now; nothing is sent, and nothing is kept."""
        return self.client.dry_run(self._message(code, (_EVAL,)).raw, self.process.id)
