"""One open process: what a user does with it. Knows no terminal."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from aos_cli import __version__
from aos_cli.clients.base import NodeClient, Receipt, Slot
from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.codec.ids import address_of, is_id
from aos_cli.errors import NodeRefused, UsageError
from aos_cli.model import Tag
from aos_cli.units.records import ProcessRecord

_MESSAGE_TAGS = (Tag("Data-Protocol", "ao"), Tag("Variant", "ao.TN.1"), Tag("Type", "Message"))

# Tags that a spawn sets itself; a user's tag of that name would make two.
_RESERVED = frozenset({"Data-Protocol", "Variant", "Type", "Name", "Module", "Scheduler", "App-Name", "aos-Version"})

# Slots that are read at a time: enough for most looks back, and few to decode for the prompt.
_PAGE = 20


def spawn_process(
    client: NodeClient, signer: Signer, name: str, *, module: str = "", tags: Sequence[Tag] = (), data: bytes = b""
) -> ProcessRecord:
    """A new process of the signer's, or the older one of that name.

    Args:
        client: the node.
        signer: the owner.
        name: what it is called.
        module: id of its module; "" for the node's own.
        tags: of the user; they stand in front of ours.
        data: the process message's data.

    Raises:
        UsageError: a tag of the user's that the spawn sets itself.
        NodeError: the node refused.
    """
    for tag in tags:
        if tag.name in _RESERVED:
            raise UsageError(f"--tag {tag.name} is set by aos itself", "Leave it out" + _option_for(tag.name))
    authorities = () if any(tag.name == "Authority" for tag in tags) else (Tag("Authority", client.authority),)
    item = build_item(
        signer,
        anchor=_unique_anchor(),
        tags=[
            Tag("App-Name", "aos"),
            Tag("Name", name),
            *tags,
            *authorities,
            Tag("aos-Version", __version__),
            Tag("Data-Protocol", "ao"),
            Tag("Variant", "ao.TN.1"),
            Tag("Type", "Process"),
            Tag("Module", module or client.default_module()),
            Tag("Scheduler", client.scheduler),
        ],
        data=data or b" ",
    )
    return client.spawn(item.raw)


def _option_for(tag: str) -> str:
    return {"Module": " and use --module", "Name": " and give the name as the argument"}.get(tag, "")


def find_process(client: NodeClient, owner: str, name_or_id: str) -> ProcessRecord | None:
    """A process by its id, or by its name among those of an owner; None when there is none.

    Raises:
        NodeRefused: several processes have that name.
    """
    if is_id(name_or_id):
        return client.find_process(name_or_id)
    found = client.find_named(name_or_id, owner)
    if len(found) > 1:
        ids = ", ".join(record.id for record in found)
        raise NodeRefused(f"{len(found)} processes are called {name_or_id}: {ids}", "Name one by its id")
    return found[0] if found else None


def _unique_anchor() -> bytes:
    """32 characters that make an item unlike all others: some keys sign the same words in the same way every time."""
    return secrets.token_hex(16).encode()


class Session:
    """A process, a wallet that speaks to it, and how far its log has been shown.

    Args:
        client: the node.
        signer: who signs.
        process: the process.

    Attributes:
        shown: the first slot of the process that has not been shown yet.
    """

    def __init__(self, client: NodeClient, signer: Signer, process: ProcessRecord) -> None:
        self.client = client
        self.process = process
        self.address = address_of(signer.owner, signer.signature_type)
        self.shown = process.evaluated
        self._signer = signer
        # Held while slots are taken out to be shown, so that the feed and a command never show one twice.
        self._showing = threading.Lock()

    @property
    def is_owner(self) -> bool:
        """Whether the process was spawned by this wallet. Its Lua `Owner` may have changed since."""
        return self.process.owner == self.address

    def send(self, data: str | bytes, tags: Sequence[Tag]) -> Receipt:
        """Sends a message to the process."""
        content = data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
        item = build_item(
            self._signer,
            target=self.process.id,
            anchor=_unique_anchor(),
            tags=(*tags, *_MESSAGE_TAGS),
            data=content,
        )
        return self.client.send(item.raw)

    def eval(self, code: str | bytes) -> Receipt:
        """Sends Lua text to be evaluated; `slot` gives the result."""
        return self.send(code, (Tag("Action", "Eval"),))

    def slot(self, number: int) -> Slot:
        """A slot of the process with its result, waiting for it if need be."""
        return self.client.slot(self.process.id, number)

    def unshown(self, before: int | None = None) -> list[Slot]:
        """Slots with a result that have not been given out here yet, in order; they count as shown from now on.

        Args:
            before: leave out this slot and later ones.
        """
        with self._showing:
            last = None if before is None else before - 1
            slots = self.client.slots(self.process.id, self.shown, last)
            if slots:
                self.shown = slots[-1].number + 1
            return slots

    def pending(self) -> bool:
        """Whether the process has slots without a result."""
        record = self.client.find_process(self.process.id)
        return record is not None and record.evaluated < record.slots

    def evaluate_pending(self) -> None:
        """Evaluates the slots that the process has now; what comes of them in other logs waits there."""
        record = self.client.find_process(self.process.id)
        if record is not None and record.evaluated < record.slots:
            self.client.slot(self.process.id, record.slots - 1)

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

    def inbox(self, count: int) -> tuple[int, list[dict[str, Any]]]:
        """How many messages no handler took, and the newest `count` of them, oldest first."""
        return self.client.inbox(self.process.id, count)
