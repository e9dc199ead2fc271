"""Slots and dry runs as a legacynet tells them, in the shell's nouns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aos_cli.clients.base import Message, SentState, Slot
from aos_cli.clients.legacynet_shapes import Logged, sender_of
from aos_cli.clients.outbox import sent_entries
from aos_cli.clients.results import result_from_json
from aos_cli.codec.ids import address_of, encode_base64url
from aos_cli.model import DataItem
from aos_cli.units.records import ProcessRecord


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
        sent=tuple(sent_entries(process.id, raw, state)),
        instructions=gas if type(gas) is int else 0,
        raw=raw,
    )
