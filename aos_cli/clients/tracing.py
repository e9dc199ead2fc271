"""What a message set off, and what it came from, across all the logs of a node. Nothing is evaluated or sent."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from aos_cli.clients.base import Entry, LogPlace, Message, NodeClient, Sent, SentState, Slot
from aos_cli.codec.ids import ID_CHARACTERS, is_id
from aos_cli.errors import NodeRefused
from aos_cli.model import tag_value
from aos_cli.units.records import ParcelKind, ProcessRecord

LEAST_ID_CHARACTERS = 6
"""How much of an id is enough to look a message up by it."""

_NUMBER = re.compile(r"[0-9]{1,10}")
_NAMED_SLOT = re.compile(r"(?P<name>.+)(?::|\s+)(?P<slot>[0-9]{1,10})", re.DOTALL)
_ID_BEGINNING = re.compile(rf"[A-Za-z0-9_-]{{{LEAST_ID_CHARACTERS},{ID_CHARACTERS}}}")

# Ids that are listed when a text is the beginning of several.
_LISTED = 5

# Messages that are looked at only to say how many there are, or which of them sent something.
_SEARCHED = 1000


class Bounds(NamedTuple):
    """How much of a trace is given; None for all of it.

    Attributes:
        steps: messages, in the order of their distance from the first.
        depth: how far from the first.
        causes: how far back.
    """

    steps: int | None = 200
    depth: int | None = 100
    causes: int | None = 100


EVERYTHING = Bounds(None, None, None)


@dataclass(slots=True, eq=False)
class Step:
    """A message on its way: who got it, and what came of it.

    Attributes:
        depth: how many messages stand between it and the first one of the trace, which has 0.
        kind: as for `Sent`.
        state: as for `Sent`.
        target: whose log it went to, or was to go to; "" for nobody's.
        name: the name of that process, or "".
        slot: in that log; None when it is in none.
        message: what was sent.
        problem: why it was refused, or "".
        entry: the slot; None when the message stands in no log, or stood there before.
        more: messages below this one that are left out; that many at least.
    """

    depth: int
    kind: ParcelKind
    state: SentState
    target: str
    name: str
    slot: int | None
    message: Message
    problem: str = ""
    entry: Entry | None = None
    more: int = 0


class Trace(NamedTuple):
    """What a message set off, and what set it off.

    Attributes:
        steps: the message, and behind each step what its process sent then, with all that came of it.
        causes: the message's cause, the cause of that, and so on.
        whole: whether `causes` goes back to where it began.
        tick: the tick of a cron with which it began; None when it was a message.
    """

    steps: list[Step]
    causes: list[Entry]
    whole: bool
    tick: Slot | None = None


class Subject(NamedTuple):
    """The message that a user named.

    Attributes:
        message: what it is.
        entry: where it stands; None when it is in no log.
        elsewhere: further logs that it was put into.
    """

    message: Message
    entry: Entry | None
    elsewhere: tuple[LogPlace, ...] = ()


# What the user means


def find_subject(
    client: NodeClient,
    text: str,
    named: Callable[[str], ProcessRecord | None],
    here: ProcessRecord | None = None,
) -> Subject:
    """The message that a text means.

    Args:
        client: the node.
        text: a message's id or the beginning of one, `NAME:SLOT`, `NAME SLOT`, or a process's name for the newest
            message that no process sent it.
        named: finds a process by its name or id.
        here: the process whose slots go without a name.

    Raises:
        NodeRefused: there is no such process, slot or message, or there are several.
    """
    if here is not None and _NUMBER.fullmatch(text):
        return _at(client.entry(here.id, int(text)))
    at_slot = _NAMED_SLOT.fullmatch(text)
    if at_slot:
        process = named(at_slot["name"])
        if process is None:
            raise NodeRefused(f"There is no process {at_slot['name']} on this node", "`aos ps` lists them")
        return _at(client.entry(process.id, int(at_slot["slot"])))
    process = None if is_id(text) else named(text)
    if process is not None:
        return newest_command(client, process)
    found = client.find_messages(text, _LISTED + 1) if _ID_BEGINNING.fullmatch(text) else []
    if not found:
        hint = f"Name a message by its id, {LEAST_ID_CHARACTERS} characters of it at least, or as NAME:SLOT"
        raise NodeRefused(f"There is no message or process {text} on this node", hint, operation="find")
    if len(found) > 1:
        ids = ", ".join(each.message.id for each in found[:_LISTED]) + (" and more" if len(found) > _LISTED else "")
        raise NodeRefused(f"Several messages begin with {text}: {ids}", "Write more of the id", operation="find")
    return _subject(client, *found[0])


def newest_command(client: NodeClient, process: ProcessRecord) -> Subject:
    """The newest message of a process that no process sent."""
    return _at(client.entry(process.id, client.newest_command(process.id)))


def _at(entry: Entry) -> Subject:
    return Subject(entry.message, entry)


def _subject(client: NodeClient, message: Message, places: Sequence[LogPlace]) -> Subject:
    """A message with the log that it was sent to, in front of those that it was assigned to."""
    if not places:
        return Subject(message, None)
    own = next((place for place in places if place.process_id in (message.target, message.id)), places[0])
    return Subject(message, client.entry(*own), tuple(place for place in places if place != own))


# What came of it


def trace(client: NodeClient, subject: Subject, bounds: Bounds) -> Trace:
    """What a message set off, and what set it off.

    Args:
        client: the node.
        subject: the message.
        bounds: how much to give.

    Raises:
        StoreError: the store cannot be read.
    """
    entry = subject.entry
    if entry is None:
        first, cause = _kept(client, subject.message)
    else:
        first = Step(
            0, "message" if entry.number else "spawn", "delivered", entry.process.id, entry.process.name,
            entry.number, entry.message, entry=entry,
        )  # fmt: skip
        cause = entry.cause
    chain = list(islice(_causes(client, cause), bounds.causes))
    last = chain[-1] if chain else entry
    whole = not chain or chain[-1].cause is None
    return Trace(_Walk(client, bounds).steps(first), chain, whole, last.tick if last else None)


def _causes(client: NodeClient, cause: LogPlace | None) -> Iterator[Entry]:
    while cause is not None:
        entry = client.entry(*cause)
        yield entry
        cause = entry.cause


def _kept(client: NodeClient, message: Message) -> tuple[Step, LogPlace | None]:
    """A message that stands in no log, and the slot that sent it, if it is not far from where all began."""
    step = Step(0, "message", "kept", message.target, "", None, message)
    for origin in client.find_messages(tag_value(message.tags, "Pushed-For") or message.id, 1):
        for place in origin.places:
            for entry in islice(_set_off(client, [client.entry(*place)]), _SEARCHED):
                if any(sent.message.id == message.id for sent in _outbox(entry)):
                    return step, LogPlace(entry.process.id, entry.number)
    return step, None


def _set_off(client: NodeClient, entries: Sequence[Entry]) -> Iterator[Entry]:
    """Some slots and those that they set off."""
    waiting = deque(entries)
    while waiting:
        entry = waiting.popleft()
        yield entry
        waiting.extend(reached for sent in _outbox(entry) if (reached := _reached(client, sent)) is not None)


def _outbox(entry: Entry | None) -> tuple[Sent, ...]:
    return entry.slot.sent if entry is not None and entry.slot is not None else ()


class _Walk:
    """A walk from a message to all that it set off, the nearest first."""

    def __init__(self, client: NodeClient, bounds: Bounds) -> None:
        self._client = client
        self._bounds = bounds
        self._names: dict[str, str] = {}
        self._to_count = _SEARCHED

    def steps(self, first: Step) -> list[Step]:
        """The steps, each in front of those that it set off."""
        found = [first]
        below: list[list[int]] = [[]]
        # The list grows while it is walked.
        for at, step in enumerate(found):
            outbox = _outbox(step.entry)
            shown = outbox[: self._room(step, len(found))]
            for sent in shown:
                below[at].append(len(found))
                found.append(self._step(sent, step.depth + 1))
                below.append([])
            step.more = self._count(outbox[len(shown) :])
        return [found[at] for at in _each_before_its_own(below)]

    def _room(self, step: Step, count: int) -> int | None:
        """How many more steps may follow one, None for any number, when there are `count` already."""
        if self._bounds.depth is not None and step.depth >= self._bounds.depth:
            return 0
        return None if self._bounds.steps is None else max(0, self._bounds.steps - count)

    def _step(self, sent: Sent, depth: int) -> Step:
        target = _target(sent)
        entry = _reached(self._client, sent)
        return Step(
            depth, sent.kind, sent.state, target, self._name(target), sent.slot, sent.message, sent.problem, entry
        )

    def _name(self, process_id: str) -> str:
        if process_id not in self._names:
            record = self._client.find_process(process_id) if process_id else None
            self._names[process_id] = record.name if record else ""
        return self._names[process_id]

    def _count(self, outbox: Sequence[Sent]) -> int:
        """How many messages these are with all that they set off; no fewer than that many."""
        count = 0
        waiting = list(outbox)
        while waiting and self._to_count:
            sent = waiting.pop()
            count += 1
            self._to_count -= 1
            waiting.extend(_outbox(_reached(self._client, sent)))
        return count + len(waiting)


def _reached(client: NodeClient, sent: Sent) -> Entry | None:
    """The slot that an entry of an outbox got; None for a duplicate, which had it before."""
    if sent.state != "delivered" or sent.slot is None:
        return None
    return client.entry(_target(sent), sent.slot)


def _target(sent: Sent) -> str:
    """Whose log an entry of an outbox went to; a process is born into its own."""
    return sent.message.id if sent.kind == "spawn" else sent.message.target


def _each_before_its_own(below: Sequence[Sequence[int]]) -> Iterator[int]:
    """The numbers of a tree's nodes from the root 0 down, each in front of the ones below it."""
    waiting = [0]
    while waiting:
        at = waiting.pop()
        yield at
        waiting.extend(reversed(below[at]))
