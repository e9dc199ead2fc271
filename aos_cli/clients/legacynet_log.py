"""The logs of a legacynet: slots with their results, and which of them are new.

What has happened never changes, so slots that were read are remembered; only the ends of logs are asked for again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aos_cli.clients.base import Message, Slot
from aos_cli.clients.gateway import Gateway
from aos_cli.clients.legacynet_shapes import Logged
from aos_cli.clients.legacynet_slots import decoded_slot
from aos_cli.clients.legacynet_sources import Sources
from aos_cli.clients.legacynet_units import End
from aos_cli.clients.transport import Pace
from aos_cli.errors import NodeError, NodeTimeout
from aos_cli.units.records import ProcessRecord

PAGE_SLOTS = 50
"""Slots that are read in one request."""

_MOST_REMEMBERED = 2000

# For how long the end of a log counts as known: longer where it takes long to ask, so that a command asks once.
_HEAD_SECONDS, _MOST_HEAD_SECONDS = 1.0, 4.0
_FRESH_FOR_READING = 4
_MOST_HEADS = 200

# How seldom a quiet log is looked at.
_LEAST_POLL_SECONDS, _MOST_POLL_SECONDS = 1.0, 8.0
_MORE_PATIENT = 1.3
_MOST_WATCHED = 8

# For a result that should be there already.
_SHORT_PATIENCE_SECONDS = 3.0


class Head(NamedTuple):
    """The end of a log.

    Attributes:
        slots: how many it has.
        evaluated: how many of them have a result; fewer while it is not known of the last ones.
        read_at: when it was read, in seconds of the clock of waiting.
        fresh_seconds: for how long it counts as known from then on.
        newest: cursor of the newest result, of whatever kind; "" when there is none.
    """

    slots: int
    evaluated: int
    read_at: float
    fresh_seconds: float
    newest: str = ""


class Logs:
    """The logs of a network.

    Args:
        sources: say who has them.
        gateway: has the messages that were assigned from elsewhere.
        pace: the clock of all waiting.
    """

    def __init__(self, sources: Sources, gateway: Gateway, pace: Pace) -> None:
        self._sources = sources
        self._gateway = gateway
        self._pace = pace
        self._lock = threading.Lock()
        self._heads: OrderedDict[str, Head] = OrderedDict()
        # Those that `changed` looks after.
        self._watched: OrderedDict[str, None] = OrderedDict()
        self._slots: OrderedDict[tuple[str, int], Slot] = OrderedDict()
        self._logged: OrderedDict[tuple[str, int], Logged] = OrderedDict()
        # How many slots of a log are known to have a result because one was read.
        self._read: dict[str, int] = {}
        self._told: dict[str, tuple[int, int, str]] = {}
        self._poll_seconds = _LEAST_POLL_SECONDS
        self._next_poll = 0.0

    # Ends

    def head(self, process_id: str, *, watched: bool = True) -> Head | None:
        """The end of a log, as it was a moment ago at the most; None when there is no such log.

        Args:
            process_id: whose.
            watched: whether `changed` is to look after it from now on.
        """
        known = self.known_head(process_id)
        if known is None or self._pace.now() - known.read_at >= known.fresh_seconds:
            known = self._read_head(process_id)
        if watched and known is not None:
            with self._lock:
                self._watched[process_id] = None
                self._watched.move_to_end(process_id)
                while len(self._watched) > _MOST_WATCHED:
                    self._told.pop(self._watched.popitem(last=False)[0], None)
        return known

    def _read_head(self, process_id: str) -> Head | None:
        """The end of a log as it is now; None when there is no such log."""
        began = self._pace.now()
        end = self._sources.of(process_id).end(process_id)
        return None if end is None else self.ends(process_id, end, self._pace.now() - began)

    def ends(self, process_id: str, end: End, took_seconds: float = 0.0) -> Head:
        """Keeps the end of a log as a unit has just told it, and gives it.

        Args:
            process_id: whose.
            end: what was told.
            took_seconds: how long it took to ask.
        """
        now = self._pace.now()
        fresh_seconds = max(_HEAD_SECONDS, min(_FRESH_FOR_READING * took_seconds, _MOST_HEAD_SECONDS))
        with self._lock:
            # A slot that was read says that it and those before it have their results.
            evaluated = max(end.evaluated, self._read.get(process_id, 0))
            head = Head(end.slots, min(end.slots, evaluated), now, fresh_seconds, end.newest)
            self._heads[process_id] = head
            self._heads.move_to_end(process_id)
            while len(self._heads) > _MOST_HEADS:
                self._heads.popitem(last=False)
        return head

    def known_head(self, process_id: str) -> Head | None:
        """The end of a log as it was seen last; None when it was not. Nobody is asked."""
        with self._lock:
            return self._heads.get(process_id)

    def grown(self, placed: Logged) -> None:
        """Says that a log has a new slot, which need not be read again then."""
        process_id, now = placed.process_id, self._pace.now()
        with self._lock:
            self._logged[process_id, placed.number] = placed
            while len(self._logged) > _MOST_WATCHED:
                self._logged.popitem(last=False)
            head = self._heads.get(process_id)
            if head is not None:
                self._heads[process_id] = head._replace(slots=max(head.slots, placed.number + 1), read_at=now)
        self._next_poll = now

    def changed(self) -> bool:
        """Whether a log whose end was asked for has grown or has new results; asks the units now and then only.

        Raises:
            NodeError: they cannot say; they are asked again after a longer while.
        """
        now = self._pace.now()
        if now < self._next_poll:
            return False
        before = dict(self._told)
        try:
            for process_id in list(self._watched):
                head = self.known_head(process_id)
                if head is None or now - head.read_at >= _HEAD_SECONDS:
                    head = self._read_head(process_id)
                if head is not None:
                    self._told[process_id] = (head.slots, head.evaluated, head.newest)
        except NodeError:
            self._poll_seconds = _MOST_POLL_SECONDS
            raise
        finally:
            self._next_poll = now + self._poll_seconds
        news = self._told != before
        # A log that is quiet is looked at less and less often.
        self._poll_seconds = (
            _LEAST_POLL_SECONDS if news else min(self._poll_seconds * _MORE_PATIENT, _MOST_POLL_SECONDS)
        )
        return news

    # Slots

    def logged(self, process_id: str, slot: int) -> Logged | None:
        """A slot as it stands in the log; None when there is none of that number."""
        with self._lock:
            known = self._logged.get((process_id, slot))
        if known is not None or slot < 0:
            return known
        return next(iter(self._sources.of(process_id).page(process_id, slot, slot)), None)

    def slots(self, record: ProcessRecord, first: int, last: int) -> list[Slot]:
        """Slots `first` to `last` up to the first one whose result is not there yet."""
        found: list[Slot] = []
        source = self._sources.of(record.id)
        while first <= last and (known := self.recalled(record.id, first)) is not None:
            found.append(known)
            first += 1
        while first <= last:
            page = source.page(record.id, first, min(last, first + PAGE_SLOTS - 1))
            evaluated = self._evaluated(record, page)
            found += evaluated
            if not page or len(evaluated) < len(page):
                break
            first = page[-1].number + 1
        return found

    def _evaluated(self, record: ProcessRecord, page: Sequence[Logged]) -> list[Slot]:
        """The slots of a page up to the first one whose result is not there yet."""
        missing = [logged for logged in page if self.recalled(record.id, logged.number) is None]
        # Those that are not among them are asked for one by one.
        results = self._sources.of(record.id).results(record.id, missing) if missing else {}
        found: list[Slot] = []
        for logged in page:
            try:
                found.append(self.slot(record, logged, _SHORT_PATIENCE_SECONDS, results.get(logged.number)))
            except NodeTimeout:
                break
        return found

    def slot(
        self,
        record: ProcessRecord,
        logged: Logged,
        patience_seconds: float = _SHORT_PATIENCE_SECONDS,
        raw: Mapping[str, Any] | None = None,
    ) -> Slot:
        """A slot with its result.

        Args:
            record: whose.
            logged: which.
            patience_seconds: how long its result is waited for.
            raw: the result, when it is known.

        Raises:
            NodeTimeout: there was none in that time.
        """
        known = self.recalled(record.id, logged.number)
        if known is not None:
            return known
        if raw is None:
            raw = self._sources.of(record.id).result(logged, patience_seconds)
        found = decoded_slot(record, logged, self.message(logged), raw)
        with self._lock:
            self._slots[record.id, logged.number] = found
            self._read[record.id] = read = max(logged.number + 1, self._read.get(record.id, 0))
            head = self._heads.get(record.id)
            if head is not None and head.evaluated < read:
                self._heads[record.id] = head._replace(evaluated=min(read, head.slots))
            while len(self._slots) > _MOST_REMEMBERED:
                self._slots.popitem(last=False)
        return found

    def recalled(self, process_id: str, slot: int) -> Slot | None:
        """A slot that was read before; nobody is asked."""
        with self._lock:
            return self._slots.get((process_id, slot))

    def are_commands(self, process_id: str, owner: str, first: int, end: int) -> bool:
        """Whether slots from `first` to in front of `end` were read and are all Lua of the owner's that changed no
        prompt. Such a slot leaves the inbox as it is, as far as one can tell: aos processes count it in their prompt.
        """
        known = [self.recalled(process_id, number) for number in range(first, end)]
        before = self.recalled(process_id, first - 1)
        prompts = {slot.result.prompt for slot in (before, *known) if slot is not None and slot.result.prompt}
        return len(prompts) < 2 and all(
            slot is not None and slot.message.sender == owner and slot.message.action == "Eval" for slot in known
        )

    # Messages

    def message(self, logged: Logged) -> Message:
        """The message of a slot; one that was only assigned is fetched from the gateway."""
        if logged.message is not None:
            return logged.message
        listed = self._gateway.transaction(logged.message_id)
        return Message(logged.message_id, "", "", (), "") if listed is None else self._gateway.message(listed)
