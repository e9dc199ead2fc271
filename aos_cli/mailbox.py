"""The inbox of a process as its user sees it: numbered, filtered, read or unread."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from aos_cli.clients.base import Message, NodeClient
from aos_cli.errors import UsageError
from aos_cli.model import Tag, Tags
from aos_cli.read_marks import Identity, ReadMarks

# Unread messages are looked for among so many of the newest; reading them takes some 17 ms.
MOST_COUNTED = 200
_FIRST_LOOK = 20

# How much more is read when too few of the newest messages fit a filter.
_GROWTH = 4


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A message that no handler took.

    Attributes:
        number: its place in the inbox, from 1.
        fields: the message as the process keeps it. A sender's tags may stand in any field but From, Owner, Data,
            Target, Tags and Anchor.
        identity: what it is known by when its place has changed.
        unread: whether the user has not seen it yet.
    """

    number: int
    fields: Mapping[str, Any]
    identity: Identity
    unread: bool

    def text(self, name: str) -> str:
        """A field as text; "" when it is missing. Tables, as of JSON data, are written as JSON."""
        value = self.fields.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        return json.dumps(value, ensure_ascii=False)

    @property
    def content(self) -> Message:
        """Its parts in the form of a log's message."""
        return Message(self.text("Id"), self.text("From"), self.text("Target"), self._tags(), self.text("Data"))

    def _tags(self) -> Tags:
        """The tags in their order, repeats kept; without order where the program has left only their table."""
        listed, table = self.fields.get("TagArray"), self.fields.get("Tags")
        if isinstance(listed, list):
            found = [tag for tag in listed if isinstance(tag, dict)]
            return tuple(Tag(str(tag.get("name", "")), str(tag.get("value", ""))) for tag in found)
        return tuple(Tag(name, str(value)) for name, value in table.items()) if isinstance(table, dict) else ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages are meant.

    Attributes:
        sender: name of a process as people see it, its id or the beginning of that; "" for anybody.
        action: value of the Action tag, or ""; capitals do not matter.
        unread: unread ones only.
    """

    sender: str = ""
    action: str = ""
    unread: bool = False

    def __bool__(self) -> bool:
        return bool(self.sender or self.action or self.unread)

    def takes(self, message: InboxMessage, who: Callable[[str], str]) -> bool:
        """Whether a message is meant.

        Args:
            message: the message.
            who: gives senders the names that people see.
        """
        sender = message.text("From")
        if self.sender and self.sender != who(sender) and not _is_beginning(self.sender, sender):
            return False
        if self.action and message.text("Action").lower() != self.action.lower():
            return False
        return message.unread or not self.unread


# As short as `aos trace` takes them.
_LEAST_OF_ID = 6


def _is_beginning(text: str, process_id: str) -> bool:
    return len(text) >= _LEAST_OF_ID and process_id.startswith(text)


class Chosen(NamedTuple):
    """Messages of an inbox, oldest first.

    Attributes:
        messages: those that fit, the newest so many of them.
        total: size of the inbox.
        more: whether older ones fit as well.
    """

    messages: list[InboxMessage]
    total: int
    more: bool


class Tally(NamedTuple):
    """How many messages an inbox has, and how many of its newest MOST_COUNTED were not read."""

    total: int
    unread: int


class Mailbox:
    """The inbox of one process.

    Args:
        client: the node.
        process_id: the process.
        marks: what was read.
    """

    def __init__(self, client: NodeClient, process_id: str, marks: ReadMarks) -> None:
        self.marks = marks
        self._client = client
        self._process_id = process_id

    def newest(self, count: int) -> tuple[int, list[InboxMessage]]:
        """How many messages there are, and the newest of them, oldest first."""
        return self._numbered(*self._client.inbox(self._process_id, count))

    def _numbered(self, total: int, found: Sequence[Mapping[str, Any]]) -> tuple[int, list[InboxMessage]]:
        record = self._client.find_process(self._process_id)
        slots = record.slots if record else 0
        first = total - len(found) + 1
        return total, [self._message(number, fields, slots) for number, fields in enumerate(found, first)]

    def _message(self, number: int, fields: Mapping[str, Any], slots: int) -> InboxMessage:
        identity = _identity(fields, slots)
        return InboxMessage(number, fields, identity, not self.marks.has(identity))

    def chosen(self, wanted: Wanted, who: Callable[[str], str], count: int | None) -> Chosen:
        """The newest messages that are meant.

        Args:
            wanted: which.
            who: gives senders the names that people see.
            count: how many at most; None for all.
        """
        size = MOST_COUNTED if count is None or wanted else count
        while True:
            total, messages = self.newest(size)
            fitting = [message for message in messages if wanted.takes(message, who)]
            whole = size >= total
            if whole or (count is not None and len(fitting) >= count):
                shown = fitting if count is None else fitting[-count:]
                return Chosen(shown, total, len(fitting) > len(shown) or not whole)
            size = max(size * _GROWTH, total if count is None else 0)

    def message(self, number: int) -> InboxMessage:
        """A message by its number.

        Raises:
            UsageError: there is none.
        """
        total, _ = self.newest(0)
        if not 1 <= number <= total:
            held = f"it holds 1 to {total}" if total else "it is empty"
            raise UsageError(f"There is no message {number} in the inbox; {held}")
        while True:
            size = total - number + 1
            total, messages = self.newest(size)
            found = next((one for one in messages if one.number == number), None)
            if found is not None:
                return found
            # Another program has been there meanwhile: what it has put behind the message is read as well.
            if total - number + 1 <= size:
                raise UsageError(f"Message {number} was taken out of the inbox just now")

    def tally(self) -> Tally | None:
        """Counts the messages.

        Returns:
            None when that is not known, or not yet, because the process is at work say; nothing waits.
        """
        for count in (_FIRST_LOOK, MOST_COUNTED):
            known = self._client.known_inbox(self._process_id, count)
            if known is None:
                return None
            total, messages = self._numbered(*known)
            if self._reaches_floor(total, messages):
                break
        return Tally(total, sum(message.unread for message in messages))

    def mark(self, messages: Iterable[InboxMessage]) -> None:
        """Says that the user has read messages.

        Raises:
            StoreError: it cannot be kept.
        """
        read = {message.identity for message in messages if message.unread}
        if not read:
            return
        total, newest = self.newest(MOST_COUNTED)
        left = any(message.unread and message.identity not in read for message in newest)
        slots = [message.identity for message in newest if isinstance(message.identity, int)]
        # With nothing unread behind them the marks become one number.
        whole = slots and not left and self._reaches_floor(total, newest)
        self.marks.add(read, max(slots) + 1 if whole else 0)

    def _reaches_floor(self, total: int, messages: Sequence[InboxMessage]) -> bool:
        """Whether in front of these newest messages all are read."""
        if len(messages) >= total:
            return True
        oldest = messages[0].identity if messages else ""
        return isinstance(oldest, int) and oldest < self.marks.floor


def _identity(fields: Mapping[str, Any], slots: int) -> Identity:
    """The slot of a message. A text there is a tag of the sender's, or the program's own: it says nothing."""
    slot = fields.get("Nonce")
    if isinstance(slot, int) and not isinstance(slot, bool) and 0 <= slot < slots:
        return slot
    return hashlib.sha256(json.dumps(fields, sort_keys=True, default=str).encode()).hexdigest()[:32]
