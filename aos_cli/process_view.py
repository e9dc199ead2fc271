"""A process as somebody looks at it. Knows no terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from aos_cli.clients.base import NodeClient, Receipt, Slot
from aos_cli.mailbox import MOST_COUNTED, InboxMessage, Mailbox, Tally
from aos_cli.read_marks import Identity, ReadMarks
from aos_cli.units.records import ProcessRecord

# Slots that are read at a time: enough for most looks back, and few to decode for the prompt.
_PAGE = 20

# How often a slot may be seen waiting before it is evaluated here: usually another program is at it.
_PATIENCE = 2

_LOOK_SECONDS = 0.05
_MOST_AT_ONCE = MOST_COUNTED


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
