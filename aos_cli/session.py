"""One open process: what a user does with it. Knows no terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aos_cli.clients.base import DryRun, NodeClient, Receipt, Slot
from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.codec.ids import address_of
from aos_cli.errors import NodeError
from aos_cli.model import DataItem, Tag
from aos_cli.process_view import ProcessView
from aos_cli.processes import check_ticking, unique_anchor
from aos_cli.units.records import ProcessRecord

_MESSAGE_TAGS = (Tag("Data-Protocol", "ao"), Tag("Variant", "ao.TN.1"), Tag("Type", "Message"))

_EVAL = Tag("Action", "Eval")


def fetching(client: NodeClient, process_id: str, message_id: str) -> str:
    """The command that prints the result of a message that was sent."""
    if client.embedded:
        return f"aos result {message_id}"
    # A gateway may learn of a message late, so the process is named, too.
    return f"aos {client.options} result --process {process_id} {message_id}"


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
            anchor=unique_anchor(),
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
        item = build_item(self._signer, target=self.process.id, anchor=unique_anchor(), data=b" ")
        self.client.monitor(item.raw, wanted=wanted)

    def eval(self, code: str | bytes, done: Callable[[str], None] = lambda step: None) -> Receipt:
        """Sends Lua text to be evaluated; `slot` gives the result. `done` is told of the steps, as by `send`."""
        return self.send(code, (_EVAL,), done)

    def dry_run(self, code: str | bytes) -> DryRun:
        """What Lua text would do if it were evaluated now; nothing is sent, and nothing is kept."""
        return self.client.dry_run(self._message(code, (_EVAL,)).raw, self.process.id)
