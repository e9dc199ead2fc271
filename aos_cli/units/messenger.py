"""The messenger unit: makes signed items of what a process put into its outbox.

The same outbox gives the same items, ids included: Ed25519 signatures have no randomness. That makes delivery
idempotent. Source of tags and their order: the network's messenger unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from aos_cli.codec.ans104 import Signer, build_item
from aos_cli.codec.ids import is_id
from aos_cli.errors import CodecError
from aos_cli.model import DataItem, Tag, tag_value
from aos_cli.units.records import Parcel, ProcessRecord, TickMark

_VARIANT = Tag("Variant", "ao.TN.1")

EXCLUDABLE = ("Data", "Tags", "Signature", "Anchor")
"""Fields of a message that an assignment may leave out; other names leave nothing out."""

_MESSAGE_TAGS = frozenset({"Data-Protocol", "Type", "From-Process", "From-Module", "Assignments"})


@dataclass(frozen=True, slots=True)
class Sender:
    """The process whose outbox is sent, and for whom.

    Attributes:
        process_id: the sender.
        module_id: its module.
        scheduler: value of its Scheduler tag.
        cause_id: id of the message that the process handled; for a tick, a text that no other one has.
        pushed_for: id of the message by which a user set this off; "" when it was a tick.
    """

    process_id: str
    module_id: str
    scheduler: str
    cause_id: str
    pushed_for: str

    @classmethod
    def of(cls, process: DataItem, cause: DataItem | TickMark) -> Sender:
        """The sender of what a process sent when it handled `cause`."""
        if isinstance(cause, DataItem):
            cause_id, pushed_for = cause.id, tag_value(cause.tags, "Pushed-For") or cause.id
        else:
            cause_id, pushed_for = f"{cause.cron} {cause.timestamp_ms}", ""
        module_id, scheduler = tag_value(process.tags, "Module"), tag_value(process.tags, "Scheduler")
        return cls(process.id, module_id, scheduler, cause_id, pushed_for)

    def origin_tags(self) -> tuple[Tag, ...]:
        """The tag that says which message set this off, for what is sent because of one."""
        return (Tag("Pushed-For", self.pushed_for),) if self.pushed_for else ()


class _Undeliverable(Exception):
    """Why an entry of an outbox cannot become an item."""


def parcels(result: Mapping[str, Any], sender: Sender, signer: Signer, authority: str) -> list[Parcel]:
    """The outbox of a result, ready for delivery.

    Args:
        result: as the machine gave it, with Messages, Spawns and Assignments.
        sender: whose outbox it is.
        signer: the messenger's key.
        authority: its address, which a child without an authority of its own is told to trust.
    """
    made: list[Parcel] = []
    makers = (("Messages", _message), ("Spawns", _spawn), ("Assignments", _assignment))
    position = 0
    for field, make in makers:
        entries = result.get(field) or ()
        for entry in entries if isinstance(entries, list) else ():
            try:
                made.extend(make(position, entry, sender, signer, authority))
            except (_Undeliverable, CodecError) as error:
                kind = field[:-1].lower()
                target = entry.get("Target") if isinstance(entry, Mapping) else None
                targets = (target,) if isinstance(target, str) else ()
                made.append(Parcel(position, kind, targets=targets, problem=str(error)))  # type: ignore[arg-type] # Messages -> message
            position += 1
    return made


def _tags(entry: object) -> list[Tag]:
    """The tags of an entry; the network takes texts only."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("Tags"), list):
        raise _Undeliverable("it has no list of tags")
    tags = []
    for tag in entry["Tags"]:
        name, value = (tag.get("name"), tag.get("value")) if isinstance(tag, Mapping) else (None, None)
        if not isinstance(name, str):
            raise _Undeliverable(f"a tag has the name {_lua_text(name)}; names are texts")
        if not isinstance(value, str):
            raise _Undeliverable(f"tag {name} is {_lua_text(value)}; tag values are texts, so write tostring(...)")
        tags.append(Tag(name, value))
    return tags


def _lua_text(value: object) -> str:
    """How a value that should have been a text is called in a message to the user."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    return "a table" if isinstance(value, list | dict) else repr(value)


def _data(entry: Mapping[str, Any]) -> bytes:
    data = entry.get("Data")
    if isinstance(data, bool | int | float):
        return (str(data).lower() if isinstance(data, bool) else str(data)).encode()
    if data is None or data == "":
        # The network's messenger puts a blank where there is nothing.
        return b" "
    if not isinstance(data, str):
        raise _Undeliverable("its Data is not a text")
    return data.encode("utf-8", "surrogatepass")


def _anchor(entry: Mapping[str, Any]) -> bytes:
    anchor = entry.get("Anchor")
    return anchor.encode() if isinstance(anchor, str) else b""


def _own_anchor(sender: Sender, position: int) -> bytes:
    """An anchor that no other entry of any outbox has: without one, two entries alike would be one item."""
    return sha256(f"{sender.process_id} {sender.cause_id} {position}".encode()).hexdigest()[:32].encode()


def _message(position: int, entry: Any, sender: Sender, signer: Signer, _: str) -> Iterator[Parcel]:
    tags = _tags_of_message(entry)
    target = entry.get("Target")
    if target is not None and (not isinstance(target, str) or not is_id(target)):
        shown = f"'{target}'" if isinstance(target, str) else _lua_text(target)
        raise _Undeliverable(f"its Target is {shown}, not an id of 43 characters")
    item = build_item(
        signer,
        target=target or b"",
        anchor=_anchor(entry) or _own_anchor(sender, position),
        tags=[
            *(tag for tag in tags if tag.name not in _MESSAGE_TAGS),
            Tag("Data-Protocol", "ao"),
            Tag("Type", "Message"),
            Tag("From-Process", sender.process_id),
            Tag("From-Module", sender.module_id),
            *sender.origin_tags(),
        ],
        data=_data(entry),
    )
    yield Parcel(position, "message", item, item.id, (target,) if target else ())
    others = _assigned_processes(entry)
    if others:
        yield Parcel(position, "assignment", None, item.id, others)


def _tags_of_message(entry: Any) -> list[Tag]:
    """Tags without the one that is a list of processes: it asks for assignments and does not travel."""
    if isinstance(entry, Mapping) and isinstance(entry.get("Tags"), list):
        plain = [tag for tag in entry["Tags"] if not (isinstance(tag, Mapping) and tag.get("name") == "Assignments")]
        return _tags({**entry, "Tags": plain})
    return _tags(entry)


def _assigned_processes(entry: Mapping[str, Any]) -> tuple[str, ...]:
    for tag in entry["Tags"]:
        if tag.get("name") == "Assignments" and isinstance(tag.get("value"), list):
            return tuple(dict.fromkeys(str(process) for process in tag["value"]))
    return ()


def _spawn(position: int, entry: Any, sender: Sender, signer: Signer, authority: str) -> Iterator[Parcel]:
    tags = _tags(entry)
    names = {tag.name for tag in tags}
    if "Module" not in names:
        raise _Undeliverable("it names no Module")
    child_tags = [
        Tag(tag.name, sender.module_id) if tag.name == "From-Module" else tag
        for tag in tags
        if tag.name not in ("Data-Protocol", "Type", "From-Process", "Pushed-For")
    ]
    if "Variant" not in names:
        child_tags.append(_VARIANT)
    child_tags += (
        Tag("Data-Protocol", "ao"),
        Tag("Type", "Process"),
        Tag("From-Process", sender.process_id),
        *sender.origin_tags(),
    )
    if "Scheduler" not in names:
        child_tags.append(Tag("Scheduler", sender.scheduler))
    if "Authority" not in names:
        # Without an authority the child would refuse every message of another process.
        child_tags.append(Tag("Authority", authority))
    item = build_item(signer, anchor=_own_anchor(sender, position), tags=child_tags, data=_data(entry))
    module_id = tag_value(item.tags, "Module")
    record = ProcessRecord(item.id, tag_value(item.tags, "Name"), sender.process_id, module_id, 0, 0, 0)
    yield Parcel(position, "spawn", item, item.id, (item.id,), spawns=record)

    # It stands under the messenger's signature, so it cannot speak for another process.
    sources = {"From-Process": sender.process_id, "From-Module": sender.module_id}
    envelope = {("Data-Protocol", "ao"), _VARIANT, ("Type", "Process")}
    notice = build_item(
        signer,
        target=sender.process_id,
        tags=[
            *(Tag(tag.name, sources.get(tag.name, tag.value)) for tag in tags if tag not in envelope),
            Tag("Data-Protocol", "ao"),
            Tag("Type", "Message"),
            Tag("Process", item.id),
            Tag("Action", "Spawned"),
            _VARIANT,
        ],
        data=b" ",
    )
    yield Parcel(position, "notice", notice, notice.id, (sender.process_id,))


def _assignment(position: int, entry: Any, _: Sender, __: Signer, ___: str) -> Iterator[Parcel]:
    if not isinstance(entry, Mapping) or not isinstance(entry.get("Processes"), list):
        raise _Undeliverable("it has no list of Processes")
    message_id = entry.get("Message")
    if not isinstance(message_id, str) or not is_id(message_id):
        raise _Undeliverable("its Message is not an id of 43 characters")
    if entry.get("BaseLayer"):
        raise _Undeliverable("messages of the base layer cannot be had without a network")
    targets = tuple(dict.fromkeys(str(process) for process in entry["Processes"]))
    exclude = entry.get("Exclude")
    # Other names leave nothing out, and would be tags in the scheduler's assignment.
    names = tuple(name for name in EXCLUDABLE if name in exclude) if isinstance(exclude, list) else ()
    yield Parcel(position, "assignment", None, message_id, targets, exclude=names)
