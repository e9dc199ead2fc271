"""Slots and dry runs as a legacynet tells them, in the shell's nouns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aos_cli.clients.base import Message, Sent, SentState, Slot, result_from_json
from aos_cli.clients.legacynet_shapes import Logged, sender_of
from aos_cli.codec.ids import address_of, encode_base64url
from aos_cli.model import DataItem, Tag, Tags
from aos_cli.units.records import ParcelKind, ProcessRecord

_OUTBOX: tuple[tuple[str, ParcelKind], ...] = (
    ("Messages", "message"), ("Spawns", "spawn"), ("Assignments", "assignment")
)  # fmt: skip


def decoded_slot(process: ProcessRecord, logged: Logged, message: Message, raw: Mapping[str, Any]) -> Slot:
    """A slot with its result. Of what was sent it is known only that the messenger has it."""
    return _slot(process, logged.number, message, logged.timestamp_ms, raw, "sent")


def dry_slot(process: ProcessRecord, item: DataItem, raw: Mapping[str, Any]) -> Slot:
    """The slot that a message would have had."""
    target = encode_base64url(item.target) if item.target else ""
    signer = address_of(item.owner, item.signature_type)
    message = Message(item.id, sender_of(signer, item.tags), target, item.tags, item.data.decode("utf-8", "replace"))
    return _slot(process, process.slots, message, 0, raw, "dry")


def dry_message(item: DataItem, process_id: str) -> dict[str, Any]:
    """A signed message as a compute unit takes it for a dry run, by its fields."""
    return {
        "Id": item.id,
        "Target": process_id,
        "Owner": address_of(item.owner, item.signature_type),
        "Anchor": item.anchor.decode("utf-8", "replace") or "0",
        "Data": item.data.decode("utf-8", "replace"),
        "Tags": [{"name": tag.name, "value": tag.value} for tag in item.tags],
    }


def _slot(
    process: ProcessRecord,
    number: int,
    message: Message,
    timestamp_ms: int,
    raw: Mapping[str, Any],
    state: SentState,
) -> Slot:
    gas = raw.get("GasUsed")
    return Slot(
        process=process,
        number=number,
        message=message,
        timestamp_ms=timestamp_ms,
        result=result_from_json(raw),
        sent=tuple(_sent(process.id, raw, state)),
        instructions=gas if type(gas) is int else 0,
        raw=raw,
    )


def _sent(process_id: str, raw: Mapping[str, Any], state: SentState) -> Iterator[Sent]:
    for field, kind in _OUTBOX:
        entries = raw.get(field)
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict):
                continue
            if kind != "assignment":
                data = entry.get("Data")
                message = Message("", process_id, _text(entry.get("Target")), _tags(entry), _text(data))
                yield Sent(kind, message, state, None, "")
                continue
            processes = entry.get("Processes")
            for target in processes if isinstance(processes, list) else ():
                message = Message(_text(entry.get("Message")), "", _text(target), (), "")
                yield Sent(kind, message, state, None, "")


def _tags(entry: Mapping[str, Any]) -> Tags:
    listed = entry.get("Tags")
    found = [tag for tag in listed if isinstance(tag, dict)] if isinstance(listed, list) else []
    return tuple(Tag(_text(tag.get("name")), _text(tag.get("value"))) for tag in found)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
